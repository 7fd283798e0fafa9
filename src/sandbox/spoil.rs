//! What a fault does to a reply.

use hyper::StatusCode;
use hyper::header::HeaderName;
use serde_json::{Map, Value, json};

use super::faults::{CutAt, Fault, Malformed};
use super::guesses::Guesses;
use super::refusal::{Asked, Refusal};
use crate::http::{Cut, Reply};

/// How deep `deep` nests.
const DEPTH: usize = 100_000;

/// Whether the bank carries the request out before `fault` shows.
pub(super) fn lets_act(fault: &Fault) -> bool {
    let instead = fault.status.is_some() && !fault.acted;
    !instead && fault.cut != Some(CutAt::Before)
}

/// The reply a client sees. `real` is what the bank answered, if it acted.
pub(super) fn spoil(
    real: Option<Reply>,
    fault: &Fault,
    asked: Asked<'_>,
    guesses: &Guesses,
) -> Reply {
    let mut reply = match (fault.status, real) {
        (Some(status), _) => instead(status, fault, asked, guesses),
        (None, Some(real)) => real,
        (None, None) => Reply::empty(StatusCode::OK),
    };
    if let Some(malformed) = fault.malformed {
        reply = malform(reply, malformed, fault.size());
    }
    for (name, value) in &fault.headers {
        if let Ok(name) = name.parse::<HeaderName>() {
            reply = reply.with_header(name, value);
        }
    }
    match fault.cut {
        None => reply,
        Some(CutAt::Before | CutAt::After) => reply.with_cut(Cut::Unanswered),
        Some(CutAt::Within) => {
            let half = reply.body.len() / 2;
            reply.with_cut(Cut::AfterBytes(half))
        }
    }
}

fn instead(status: u16, fault: &Fault, asked: Asked<'_>, guesses: &Guesses) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match &fault.body {
        Some(Value::String(page)) => Reply::bytes(status, "text/html", page.clone()),
        Some(body) => Reply::json(status, body),
        None => Refusal::new(status, "A fault of the sandbox.").reply(asked, guesses),
    }
}

fn malform(mut reply: Reply, malformed: Malformed, size: usize) -> Reply {
    let json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let members = json.as_object().cloned().unwrap_or_default();
    let key = members.get("key").and_then(Value::as_str).unwrap_or("SANDBOX_SEC_").to_owned();
    let with = |name: &str, value: Value| {
        let mut members = members.clone();
        members.insert(name.to_owned(), value);
        Value::Object(members).to_string().into_bytes()
    };
    let body: Vec<u8> = match malformed {
        Malformed::Html => {
            let page = "<!DOCTYPE html><html><body><h1>Scheduled maintenance</h1></body></html>";
            return Reply::bytes(reply.status, "text/html", page);
        }
        Malformed::Empty => Vec::new(),
        Malformed::TruncatedJson => {
            let half = reply.body.len() / 2;
            reply.body.iter().take(half).copied().collect()
        }
        Malformed::DuplicateKeys => duplicated(&members),
        Malformed::Oversized => with("filler", Value::from("x".repeat(size))),
        Malformed::Deep => [vec![b'['; DEPTH], vec![b']'; DEPTH]].concat(),
        Malformed::InvalidUtf8 => reply.body.iter().copied().flat_map(broken_quote).collect(),
        Malformed::WrongTypes => Value::Object(mistyped(&members)).to_string().into_bytes(),
        Malformed::UnknownMembers => {
            let mut stirred: Map<String, Value> =
                members.iter().rev().map(|(name, value)| (name.clone(), value.clone())).collect();
            stirred.insert("someday".into(), json!({ "new": [1, null, "two"] }));
            Value::Object(stirred).to_string().into_bytes()
        }
        Malformed::MissingKey => {
            let mut members = members.clone();
            members.remove("key");
            Value::Object(members).to_string().into_bytes()
        }
        Malformed::NullKey => with("key", Value::Null),
        Malformed::EmptyKey => with("key", Value::from("")),
        Malformed::KeyWithCrlf => with("key", Value::from(format!("{key}\r\nX-Injected: yes"))),
        Malformed::NonAsciiKey => with("key", Value::from(format!("{key}\u{e9}"))),
        Malformed::LongKey => with("key", Value::from(format!("{key}{}", "x".repeat(size)))),
    };
    reply.body = body.into();
    reply
}

/// Each member twice: first with a value that is wrong, then as it was.
fn duplicated(members: &Map<String, Value>) -> Vec<u8> {
    let twice = |(name, value): (&String, &Value)| {
        let name = Value::from(name.as_str());
        format!("{name}:\"another\",{name}:{value}")
    };
    let pairs: Vec<String> = members.iter().map(twice).collect();
    format!("{{{}}}", pairs.join(",")).into_bytes()
}

fn mistyped(members: &Map<String, Value>) -> Map<String, Value> {
    let other = |value: &Value| match value {
        Value::String(_) => json!(42),
        Value::Number(_) | Value::Bool(_) => json!("a text"),
        Value::Array(_) | Value::Null => json!({ "an": "object" }),
        Value::Object(_) => json!(["a list"]),
    };
    members.iter().map(|(name, value)| (name.clone(), other(value))).collect()
}

/// Puts a byte that is no UTF-8 after each quotation mark.
fn broken_quote(byte: u8) -> impl Iterator<Item = u8> {
    [Some(byte), (byte == b'"').then_some(0xff)].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MAIN_SEC_abc";

    fn spoilt(malformed: Malformed) -> Vec<u8> {
        let real = json!({ "links": [], "keyName": "n", "key": KEY, "expiryDate": "d" });
        malform(Reply::json(StatusCode::OK, &real), malformed, 100_000).body.to_vec()
    }

    fn member(malformed: Malformed, name: &str) -> Value {
        serde_json::from_slice::<Value>(&spoilt(malformed)).unwrap()[name].clone()
    }

    #[test]
    fn every_body_is_spoilt_as_named() {
        use Malformed as M;
        let text = |malformed| String::from_utf8(spoilt(malformed)).unwrap();
        assert!(text(M::Html).starts_with("<!DOCTYPE"));
        assert_eq!(text(M::Empty), "");
        for malformed in [M::TruncatedJson, M::InvalidUtf8, M::Deep] {
            assert!(serde_json::from_slice::<Value>(&spoilt(malformed)).is_err(), "{malformed:?}");
        }
        assert!(String::from_utf8(spoilt(M::InvalidUtf8)).is_err());
        assert_eq!(text(M::DuplicateKeys).matches("\"key\":").count(), 2);
        assert!(spoilt(M::Oversized).len() > 100_000);
        assert_eq!(member(M::WrongTypes, "key"), 42);
        assert_eq!(member(M::UnknownMembers, "key"), KEY);
        assert!(
            text(M::MissingKey).contains("keyName") && !text(M::MissingKey).contains("\"key\"")
        );
        assert_eq!(member(M::NullKey, "key"), Value::Null);
        assert_eq!(member(M::EmptyKey, "key"), "");
        assert_eq!(member(M::KeyWithCrlf, "key"), "MAIN_SEC_abc\r\nX-Injected: yes");
        assert_eq!(member(M::NonAsciiKey, "key"), "MAIN_SEC_abcé");
        assert!(member(M::LongKey, "key").as_str().unwrap().len() > 100_000);
    }
}
