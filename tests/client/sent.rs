//! What a client sent to a scripted bank, as its line and its JSON.

use quaymaster::quickstream::ask::IdempotencyKey;
use serde_json::Value;

use crate::bank::{Answer, Bank};

/// A bank that answers as one that created something does.
pub(crate) async fn creating(body: &str) -> Bank {
    let location = "Location: /rest/v1/there";
    Bank::saying(Answer::reply("201 Created", &[location], body)).await
}

/// A bank that answers as one that did it and shows nothing.
pub(crate) async fn silent() -> Bank {
    Bank::saying(Answer::reply("204 No Content", &[], "")).await
}

/// Each request's method with its path below the base, and its body; null for none.
pub(crate) fn sent(bank: &Bank) -> Vec<(String, Value)> {
    let read = |request: &String| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let line = head.lines().next().unwrap().replace("/rest/v1", "").replace(" HTTP/1.1", "");
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
        (line, body)
    };
    bank.requests().iter().map(read).collect()
}

/// The name of one change.
pub(crate) fn name() -> IdempotencyKey {
    IdempotencyKey::new("a1b22c16-4870-428c-a199-6203cbec7290").unwrap()
}

/// Whether each request carried that name, or none did.
pub(crate) fn named(bank: &Bank) -> Vec<bool> {
    let header = "idempotency-key: a1b22c16-4870-428c-a199-6203cbec7290";
    bank.requests().iter().map(|request| request.contains(header)).collect()
}
