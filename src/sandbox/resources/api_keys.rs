//! `GET /api-keys/latest`: the key to use from now on. Usually the one that asks; a newer one if there
//! is one; a new one once the newest is about to expire.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Keys, PAGE_SAYS_401, Route, Visit};
use crate::sandbox::LATEST;
use crate::sandbox::book::{KeyKind, Latest};
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::refusal::Refusal;

pub(super) const ROUTES: &[Route] =
    &[Route::new("GET", LATEST, Keys::Only(KeyKind::Secret, PAGE_SAYS_401), latest)];

fn latest(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let guesses = visit.state.guesses.clone();
    let (seed, asking, now) = (visit.state.book.seed, visit.key, visit.now);
    let facility = visit.facility()?;
    let (at, minted) = match facility.latest(seed, asking, &guesses, now) {
        Latest::Key { at, minted } => (at, minted),
        Latest::Refused(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            let reason = "A key with Business restrictions cannot be renewed with this API.";
            return Err(Refusal::new(status, reason));
        }
    };
    let unknown = || Refusal::unauthorized("The API key is not known.");
    let key = facility.keys.get(at).ok_or_else(unknown)?;
    let mut body = json!({
        "keyName": key.name(&guesses),
        "key": key.text,
        "expiryDate": key.expires.map(|at| links::date_time(at, &guesses)),
    });
    if minted {
        let (facility, key_name) = (&facility.code, key.name(&guesses));
        tracing::info!(facility, key_name, "the sandbox's bank made a new key");
        visit.state.changed();
    }
    if guesses.is(guesses::LATEST_LINKS, "present")
        && let Value::Object(members) = &mut body
    {
        members.insert("links".into(), json!([links::help("api-keys/")]));
    }
    Ok(Answer::ok(body))
}
