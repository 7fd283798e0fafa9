//! `GET /`.

use super::operation::Operation;
use super::schema::{Spec, always, list, model, object, text};

pub(super) fn operations(_: Spec<'_>) -> Vec<Operation> {
    let root = object(vec![
        always("links", list(model("Link"))),
        always("communityCode", text()),
        always("communityName", text()),
        always("keyName", text()),
    ]);
    vec![Operation::get("/", "getRoot", "Whose key this is").ok("The facility", root)]
}
