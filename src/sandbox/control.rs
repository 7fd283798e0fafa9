//! The control API under `/_sandbox`: what only a sandbox lets one do to a bank.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::bank::Bank;
use super::handle::{Control, ControlError};
use super::requests::LoggedRequest;
use crate::http::{Problem, Reply, Request};

mod acts;
mod book;
mod clock;
mod door;
mod keys;
mod page;
mod webhooks;

pub(super) use self::book::BOOK_BYTES_MAX;
pub(super) use self::webhooks::check_texts as check_webhook;

/// What can be asked, for people who look around.
const PLACES: &[(&str, &str)] = &[
    ("GET /openapi.json", "what the API under /rest/v1 takes and answers, as OpenAPI 3.1"),
    (
        "GET /_sandbox/clock",
        "what time it is here, how fast it runs, and how far the bank has come with what is due",
    ),
    (
        "POST /_sandbox/clock",
        "{\"now\": MOMENT}, {\"advance\": \"30d\" or SECONDS}, {\"rate\": 3600}",
    ),
    ("GET /_sandbox/facilities", "the facilities, with the ids of their keys"),
    (
        "PATCH /_sandbox/facilities/CODE",
        "{\"ready\": false}, {\"whitelist\": [\"10.0.0.0/8\"] or null}, {\"without\": [\"three_ds2\"]}",
    ),
    (
        "POST /_sandbox/facilities/CODE/payto-agreements/TOKEN",
        "has the payer act: {\"act\": \"approve\", \"after\": \"1h\"}",
    ),
    (
        "POST /_sandbox/facilities/CODE/transactions/RECEIPT",
        "has a bank act: {\"act\": \"return\", \"after\": \"3d\"}",
    ),
    ("GET /_sandbox/facilities/CODE/webhooks", "who is told of what, with their secrets"),
    (
        "POST /_sandbox/facilities/CODE/webhooks",
        "tells someone: {\"url\", \"secret\", \"authorization\", \"events\": [\"payto.agreement.confirmed\"]}",
    ),
    ("DELETE /_sandbox/facilities/CODE/webhooks/ID", "tells them no more"),
    (
        "GET /_sandbox/facilities/CODE/webhook-deliveries",
        "what was told and what waits, newest first, with every try; ?newest=N",
    ),
    ("POST /_sandbox/facilities/CODE/webhook-deliveries/ID", "tells it again, under the same id"),
    (
        "POST /_sandbox/facilities/CODE/payids/ADDRESS",
        "has a payer pay: {\"act\": \"pay\", \"amount\": \"12.50\", \"payer\", \"reference\", \"after\"}; or register, reject",
    ),
    ("GET /_sandbox/keys", "every key, with its whole text"),
    (
        "POST /_sandbox/keys",
        "makes a key: {\"facility\": CODE, \"kind\", \"key\", \"expires\", \"businesses\"}",
    ),
    (
        "PATCH /_sandbox/keys/ID",
        "{\"expires\": MOMENT or DAYS}, {\"revoked\": true}, {\"businesses\": [CODE]}",
    ),
    ("GET /_sandbox/faults", "the rules in force, and how often each struck"),
    ("POST /_sandbox/faults", "adds a rule, or a list of rules"),
    ("DELETE /_sandbox/faults", "removes every rule; /_sandbox/faults/ID removes one"),
    ("GET /_sandbox/requests", "the newest requests, without keys; ?newest=N"),
    ("DELETE /_sandbox/requests", "empties the log"),
    ("GET /_sandbox/guesses", "what the documents do not say, and what is done about it here"),
    ("POST /_sandbox/guesses", "switches guesses: {NAME: VALUE}"),
    (
        "GET /_sandbox/tokens",
        "the single-use tokens that wait to be used, masked, until when, and how far 3-D Secure is",
    ),
    ("GET /_sandbox/three-ds2", "the single-use tokens whose cardholder is being challenged"),
    ("POST /_sandbox/three-ds2/TOKEN", "ends a challenge: {\"transStatus\": \"Y\", A, N, R or U}"),
    ("GET /_sandbox/dump", "the whole book with its whole keys, in the format of a seed"),
    ("POST /_sandbox/seed", "takes a book, or a part of one, in place of what there is"),
    (
        "POST /_sandbox/reset",
        "back to the seed data; the clock goes on, and what is due by then happens at once",
    ),
];

/// Answers a request to the control API; `path` is what follows `/_sandbox`.
pub(super) async fn answer(bank: &Arc<Bank>, request: &Request, path: &str) -> Reply {
    if let Err(problem) = door::check(request) {
        return problem.reply();
    }
    let control = Control::new(Arc::clone(bank));
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let method = request.method().as_str();
    let answered = match (method, segments.as_slice()) {
        ("GET", []) if page::is_asked_by_a_browser(request) => return page::page(),
        ("GET", []) => Ok(index()),
        ("GET", ["log"]) => return page::page(),
        ("GET", ["clock"]) => Ok(clock::show(&control)),
        ("POST", ["clock"]) => clock::change(&control, request).await,
        (_, ["facilities", facility, rest @ ..])
            if matches!(rest.first(), Some(&("webhooks" | "webhook-deliveries"))) =>
        {
            webhooks::answer(bank, request, facility, rest)
        }
        ("POST", ["facilities", facility, collection, id]) => {
            acts::act(bank, request, facility, collection, id)
        }
        (_, ["keys" | "facilities", ..]) => keys::answer(&control, request, &segments),
        (_, ["faults", ..]) => faults(&control, request, &segments),
        ("GET", ["requests"]) => Ok(requests(bank, request)),
        ("DELETE", ["requests"]) => {
            bank.state().requests.clear();
            Ok(json!({}))
        }
        ("GET", ["guesses"]) => Ok(control.guesses()),
        ("POST", ["guesses"]) => read::<Value>(request).and_then(|values| {
            control.guess(&values)?;
            Ok(control.guesses())
        }),
        ("GET", ["tokens"]) => Ok(control.tokens()),
        ("GET", ["three-ds2"]) => Ok(control.challenges()),
        ("POST", ["three-ds2", token]) => complete_challenge(&control, request, token),
        ("GET", ["dump"]) => return book::dump(bank).await,
        ("POST", ["seed"]) => book::seed(bank, request).await,
        ("POST", ["reset"]) => control.reset().map(|()| json!({})),
        _ => Err(ControlError::NoSuchPlace),
    };
    match answered {
        Ok(body) => Reply::json(StatusCode::OK, &body),
        Err(error) => problem(&error),
    }
}

fn index() -> Value {
    let place = |(place, what): &(&str, &str)| json!({ "place": place, "what": what });
    Value::Array(PLACES.iter().map(place).collect())
}

fn faults(control: &Control, request: &Request, segments: &[&str]) -> Result<Value, ControlError> {
    match (request.method().as_str(), segments) {
        ("GET", ["faults"]) => {}
        ("POST", ["faults"]) => {
            let body: Value = read(request)?;
            let rules = if body.is_array() { body } else { Value::Array(vec![body]) };
            control.add_faults(parse(rules)?)?;
        }
        ("DELETE", ["faults"]) => control.clear_faults(),
        ("DELETE", ["faults", id]) => {
            let id = id.parse().map_err(|_| ControlError::NoSuchPlace)?;
            control.remove_fault(id)?;
        }
        _ => return Err(ControlError::NoSuchPlace),
    }
    Ok(control.faults())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Challenged {
    trans_status: String,
}

fn complete_challenge(
    control: &Control,
    request: &Request,
    token: &str,
) -> Result<Value, ControlError> {
    let challenged: Challenged = read(request)?;
    control.complete_challenge(token, &challenged.trans_status)?;
    Ok(control.challenges())
}

fn requests(bank: &Arc<Bank>, request: &Request) -> Value {
    let state = bank.state();
    let keys = state.book.facilities.iter().flat_map(|facility| &facility.keys);
    let prints: BTreeMap<&str, String> =
        keys.map(|key| (key.id.as_str(), key.fingerprint())).collect();
    let shown = |request: &LoggedRequest| {
        let mut shown = serde_json::to_value(request).ok()?;
        let print = request.key.as_ref().and_then(|id| prints.get(id.as_str()));
        shown.as_object_mut()?.insert("fingerprint".into(), json!(print));
        Some(shown)
    };
    let newest = state.requests.newest(newest(request));
    let requests: Vec<Value> = newest.filter_map(shown).collect();
    let simultaneous = |facility: &super::book::Facility| {
        (facility.code.clone(), Value::from(bank.most_simultaneous(&facility.code)))
    };
    let most: serde_json::Map<String, Value> =
        state.book.facilities.iter().map(simultaneous).collect();
    json!({
        "by_route": state.requests.by_route(),
        "most_simultaneous": most,
        "requests": requests,
    })
}

/// How many of the newest are asked for; all if not said.
fn newest(request: &Request) -> usize {
    let mut pairs = request.query().unwrap_or_default().split('&');
    let asked = pairs.find_map(|pair| pair.strip_prefix("newest=")?.parse().ok());
    asked.unwrap_or(usize::MAX)
}

/// Reads a request's body.
fn read<T: DeserializeOwned>(request: &Request) -> Result<T, ControlError> {
    let value = serde_json::from_slice(&request.body)
        .map_err(|_| ControlError::Wrong("the body is not JSON".to_owned()))?;
    parse(value)
}

fn parse<T: DeserializeOwned>(value: Value) -> Result<T, ControlError> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| ControlError::Wrong(format!("at {}: {}", error.path(), error.inner())))
}

fn problem(error: &ControlError) -> Reply {
    let (status, code) = match error {
        ControlError::Wrong(_) => (StatusCode::BAD_REQUEST, "wrong"),
        ControlError::NoSuchPlace | ControlError::Unknown(_) => (StatusCode::NOT_FOUND, "unknown"),
        ControlError::ClockFixed => (StatusCode::CONFLICT, "clock_fixed"),
    };
    Problem::new(status, code, error.to_string()).reply()
}
