//! `GET /api-keys/latest`.

use super::operation::Operation;
use super::schema::{Spec, always, date_time, list, model, object, text};
use crate::sandbox::LATEST;
use crate::sandbox::guesses;

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let mut members = vec![
        always("keyName", text()),
        always("key", text()),
        spec.maybe("expiryDate", date_time()),
    ];
    if spec.guesses.is(guesses::LATEST_LINKS, "present") {
        members.push(always("links", list(model("Link"))).guess(guesses::LATEST_LINKS));
    }
    let latest = Operation::get(LATEST, "getLatestApiKey", "The key to use from now on");
    vec![latest.ok("The key", object(members))]
}
