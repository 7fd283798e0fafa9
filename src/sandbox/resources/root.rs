//! `GET /`: whose key this is. Callers use it to test their credentials.

use serde_json::json;

use super::{Answer, Keys, Route, Visit, directory};
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::refusal::Refusal;

pub(super) const ROUTES: &[Route] =
    &[Route::new("GET", "/", Keys::Either(guesses::ROOT_KEYS), root)];

fn root(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let mut links = vec![links::help("root/")];
    if visit.state.guesses.is(guesses::ROOT_LINKS, "resources") {
        let kind = visit.key()?.kind;
        links.extend(directory(visit.base_url, kind));
    }
    let guesses = visit.state.guesses.clone();
    let key_name = visit.key()?.name(&guesses);
    let facility = visit.facility()?;
    Ok(Answer::ok(json!({
        "links": links,
        "communityCode": facility.code,
        "communityName": facility.name,
        "keyName": key_name,
    })))
}
