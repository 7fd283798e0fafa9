//! `GET /credit-cards/card-schemes/{cardBIN}`.

use super::models::card_scheme;
use super::operation::Operation;
use super::schema::{Spec, always, list, model, object};

pub(super) fn operations(_: Spec<'_>) -> Vec<Operation> {
    let scheme =
        object(vec![always("links", list(model("Link"))), always("cardScheme", card_scheme())]);
    let path = "/credit-cards/card-schemes/{cardBIN}";
    vec![
        Operation::get(path, "getCardScheme", "Whose card begins so")
            .ok("The scheme", scheme)
            .refuses(422),
    ]
}
