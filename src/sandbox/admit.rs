//! The checks every request passes before its resource acts, in the order of the guess
//! `order_of_checks`.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::StatusCode;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::Value;

use super::bank::{Bank, InFlight, Slot};
use super::book::{Facility, Key, KeyKind};
use super::guesses::{self, Guesses};
use super::idempotency::{KEY_CHARS_MAX, Remembered, Seen};
use super::refusal::Refusal;
use super::resources::{Keys, Route, Takes, address};
use super::router;
use crate::http::Request;

/// What was learned about a request on the way, for faults and the log, passed or not.
#[derive(Debug, Default)]
pub(super) struct Learned {
    pub(super) route: Option<&'static str>,
    pub(super) facility: Option<String>,
    /// The key's id.
    pub(super) key: Option<String>,
    pub(super) idempotency_key: Option<String>,
}

/// A request that passed.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) route: &'static Route,
    pub(super) parameters: Vec<String>,
    pub(super) facility: String,
    pub(super) key: usize,
    /// The only businesses the key may touch; empty for an unrestricted key.
    pub(super) only: Vec<String>,
    pub(super) body: Value,
    pub(super) idempotency: Idempotency,
    /// Held until the request is answered.
    pub(super) _slot: Slot,
}

/// What the request's Idempotency-Key comes to.
#[derive(Debug)]
pub(super) enum Idempotency {
    /// It has none, or needs none.
    None,
    /// It is the first under its key.
    First(InFlight),
    /// It was answered before.
    Replay(Remembered),
}

/// Checks a request.
///
/// # Errors
///
/// The first check it fails.
pub(super) fn admit(
    bank: &Arc<Bank>,
    request: &Request,
    path: &str,
    learned: &mut Learned,
) -> Result<Admitted, Refusal> {
    let matched = router::find(request.method().as_str(), path)?;
    let route = matched.route;
    learned.route = Some(route.path);
    let Caller { facility, key, only } = identify(bank, request, route, learned)?;
    let guesses = bank.state().guesses.clone();
    check_headers(request, route, &guesses)?;

    let key_id = learned.key.clone().unwrap_or_default();
    let scope = |guess| if guesses.is(guess, "api_key") { &key_id } else { &facility };
    let most = guesses.number(guesses::SIMULTANEOUS);
    let slot = bank.slot(scope(guesses::SIMULTANEOUS_SCOPE), most);
    let slot =
        slot.ok_or_else(|| Refusal::too_many("There are too many simultaneous requests."))?;

    let idempotency = if route.method == "POST" {
        check_idempotency(bank, request, scope(guesses::IDEMPOTENCY_SCOPE), learned)?
    } else {
        Idempotency::None
    };
    let replays = matches!(idempotency, Idempotency::Replay(_));
    let body = if replays { Value::Null } else { read_body(request, route)? };
    let parameters = matched.parameters;
    Ok(Admitted { route, parameters, facility, key, only, body, idempotency, _slot: slot })
}

/// Whose request it is.
struct Caller {
    facility: String,
    /// The place of the key.
    key: usize,
    only: Vec<String>,
}

/// Whose request it is; 401 and 403 in all their reasons.
fn identify(
    bank: &Arc<Bank>,
    request: &Request,
    route: &Route,
    learned: &mut Learned,
) -> Result<Caller, Refusal> {
    let now = bank.now();
    let mut state = bank.state();
    let guesses = state.guesses.clone();
    let text = credentials(request, &guesses)?;
    let found = state.book.find(&text);
    let (facility, at) = found.ok_or_else(|| Refusal::unauthorized("The API key is not known."))?;
    learned.facility = Some(facility.code.clone());
    let key = facility.keys.get(at);
    learned.key = key.map(|key| key.id.clone());
    if let Some(key) = key {
        check_key(key, facility, request, route, &guesses, now)?;
    }
    let only = key.map(|key| key.businesses.clone()).unwrap_or_default();
    let changed = facility.used(at, &guesses, now);
    let facility = facility.code.clone();
    if changed {
        state.changed();
    }
    Ok(Caller { facility, key: at, only })
}

fn check_key(
    key: &Key,
    facility: &Facility,
    request: &Request,
    route: &Route,
    guesses: &Guesses,
    now: Timestamp,
) -> Result<(), Refusal> {
    if key.is_expired(now) {
        return Err(Refusal::unauthorized("The API key has expired."));
    }
    if let Some(whitelist) = &facility.whitelist {
        let peer = address(&request.peer);
        let listed = peer.is_some_and(|peer| whitelist.iter().any(|range| range.contains(peer)));
        if !listed {
            let reason = "The IP address of the request is not in the facility's whitelist.";
            return Err(Refusal::unauthorized(reason));
        }
    }
    if !facility.ready {
        let reason = "The set-up of the facility is not complete.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, reason));
    }
    check_kind(key.kind, route, guesses)
}

fn check_kind(kind: KeyKind, route: &Route, guesses: &Guesses) -> Result<(), Refusal> {
    let (wanted, page) = match route.keys {
        Keys::Either(guess) if guesses.is(guess, "either") => return Ok(()),
        Keys::Either(_) => (KeyKind::Secret, None),
        Keys::Only(wanted, page) => (wanted, page),
    };
    if kind == wanted {
        return Ok(());
    }
    let reason = format!("The resource needs a {} API key.", wanted.label());
    if page.is_some_and(|guess| guesses.is(guess, "401")) {
        Err(Refusal::unauthorized(&reason))
    } else {
        Err(Refusal::new(StatusCode::FORBIDDEN, reason))
    }
}

/// The key in the Authorization header: the user name of Basic credentials.
fn credentials(request: &Request, guesses: &Guesses) -> Result<String, Refusal> {
    let mut sent = request.headers().get_all(AUTHORIZATION).iter();
    let header = sent.next().ok_or_else(|| Refusal::unauthorized("No API key was sent."))?;
    if sent.next().is_some() {
        return Err(Refusal::unauthorized("More than one Authorization header was sent."));
    }
    let malformed = || Refusal::unauthorized("The Authorization header is not HTTP Basic.");
    let (scheme, encoded) =
        header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let text = String::from_utf8(decoded).map_err(|_| malformed())?;
    match text.split_once(':') {
        Some((key, _)) => Ok(key.to_owned()),
        None if guesses.is(guesses::COLON, "accepted") => Ok(text),
        None => Err(malformed()),
    }
}

fn check_headers(request: &Request, route: &Route, guesses: &Guesses) -> Result<(), Refusal> {
    let wildcard = guesses.is(guesses::WILDCARD_ACCEPT, "accepted");
    // The documents want application/json in every request, so it asks for a report too.
    let json_too = guesses.is(guesses::files::REPORT_ACCEPT, "json_too");
    let acceptable = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        if parts.any(refuses_it) {
            return false;
        }
        let is = |name: &str| media_type.eq_ignore_ascii_case(name);
        if json_too && is("application/json") {
            return true;
        }
        let kind = |given: &str| given.split('/').next().is_some_and(|k| is(&format!("{k}/*")));
        route.gives.iter().any(|given| is(given) || (wildcard && (is("*/*") || kind(given))))
    };
    let accepts = request.headers().get_all(ACCEPT).iter();
    if !accepts.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).any(acceptable) {
        let reason = format!("Accept must be {}.", route.gives.join(" or "));
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, reason));
    }
    let wanted = match route.takes {
        Takes::Json | Takes::JsonOrNothing => "application/json",
        Takes::Multipart => "multipart/form-data",
    };
    let media_type = request.header(CONTENT_TYPE.as_str()).and_then(|v| v.split(';').next());
    let is_wanted = media_type.is_some_and(|v| v.trim().eq_ignore_ascii_case(wanted));
    if writes(route) && !request.body.is_empty() && !is_wanted {
        let reason = format!("Content-Type must be {wanted}.");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    }
    Ok(())
}

/// Whether a parameter of a media range gives it no weight, which is to say that it is not wanted.
fn refuses_it(parameter: &str) -> bool {
    let (name, weight) = parameter.split_once('=').unwrap_or((parameter, "1"));
    let zero = weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0);
    zero && name.trim().eq_ignore_ascii_case("q")
}

fn check_idempotency(
    bank: &Arc<Bank>,
    request: &Request,
    scope: &str,
    learned: &mut Learned,
) -> Result<Idempotency, Refusal> {
    let Some(key) = request.headers().get("idempotency-key") else {
        return Ok(Idempotency::None);
    };
    let key = key.to_str().ok().filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len()));
    let key = key.ok_or_else(|| {
        let reason = "Idempotency-Key must be 1 to 60 ASCII characters.";
        Refusal::new(StatusCode::BAD_REQUEST, reason)
    })?;
    learned.idempotency_key = Some(key.to_owned());
    match bank.enter((scope.to_owned(), key.to_owned())) {
        (Seen::First, Some(guard)) => Ok(Idempotency::First(guard)),
        (Seen::Before(reply), _) => Ok(Idempotency::Replay(reply)),
        (Seen::InFlight | Seen::First, _) => {
            Err(Refusal::too_many("A request with the same Idempotency-Key is in progress."))
        }
    }
}

fn read_body(request: &Request, route: &Route) -> Result<Value, Refusal> {
    if !writes(route) {
        return Ok(Value::Null);
    }
    if request.query().is_some_and(|query| !query.is_empty()) {
        let reason = "Query parameters are not allowed with this HTTP verb.";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, reason));
    }
    let nothing = request.body.is_empty() && route.takes == Takes::JsonOrNothing;
    if nothing || route.takes == Takes::Multipart {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&request.body).map_err(|_| Refusal::malformed("The body is not JSON."))
}

fn writes(route: &Route) -> bool {
    matches!(route.method, "POST" | "PUT" | "PATCH")
}
