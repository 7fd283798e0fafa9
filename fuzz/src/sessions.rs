//! What a merchant's program may send the sandbox, one request after another.

use quaymaster::http::Reply;
use serde_json::Value;

use super::bank::{Asked, Bank, basic, with_bank};

/// What stands between two requests of a session.
const BETWEEN: &str = "\n---\n";
/// The most requests of one session.
const REQUESTS_MAX: usize = 12;
/// The names under which the bank tells the number of what it made.
const IDS: &[&str] = &[
    "receiptNumber",
    "singleUseTokenId",
    "paymentScheduleId",
    "accountToken",
    "agreementToken",
    "customerId",
    "paymentFileId",
    "paymentBatchId",
];

/// Requests in text: a line with verb and path, perhaps header lines, an empty line and a body. `<1>`
/// stands for the number of what the first made, and `WAIT 60` lets a minute pass. No answer is one
/// the bank has not, the client reads every one, and what is sent twice under one key happens once.
pub(super) fn sessions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    with_bank(|bank| {
        let mut made = Vec::new();
        for (place, block) in text.split(BETWEEN).take(REQUESTS_MAX).enumerate() {
            let block = named(block, &made);
            made.push(request(bank, place, &block).unwrap_or_default());
        }
    });
}

/// The block with the numbers of what was made before.
fn named(block: &str, made: &[String]) -> String {
    let mut block = block.to_owned();
    for (place, id) in made.iter().enumerate() {
        block = block.replace(&format!("<{}>", place + 1), id);
    }
    block
}

fn request(bank: &Bank, place: usize, block: &str) -> Option<String> {
    let (head, body) = block.split_once("\n\n").unwrap_or((block, ""));
    let mut lines = head.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    if method == "WAIT" {
        // A year at most: what a schedule makes in it is made at once.
        bank.pass(path.trim().parse::<u64>().ok()?.min(366 * 86_400));
        return None;
    }
    let target =
        if path.starts_with("/_sandbox") { path.to_owned() } else { format!("/rest/v1{path}") };
    if path.starts_with("/_sandbox/faults") {
        // What a rule does to a reply is no promise of the bank's.
        return None;
    }
    let key = format!("request-{place}");
    let mut headers: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.as_bytes(), value.trim().as_bytes().to_vec()));
        }
    }
    let mut usual = |name: &'static [u8], value: Vec<u8>| {
        if !headers.iter().any(|(present, _)| present.eq_ignore_ascii_case(name)) {
            headers.push((name, value));
        }
    };
    usual(b"host", b"127.0.0.1:8080".to_vec());
    usual(b"accept", b"application/json".to_vec());
    usual(b"authorization", bank.credentials(method, path));
    if method == "POST" {
        usual(b"idempotency-key", key.into_bytes());
    }
    if !body.is_empty() {
        usual(b"content-type", b"application/json".to_vec());
    }
    let asked = Asked { method, target: &target, headers, body: body.as_bytes().to_vec() };
    let reply = bank.ask(&asked)?;
    if method == "POST" && reply.status.is_success() && target.starts_with("/rest/v1") {
        let again = bank.ask(&asked)?;
        assert_eq!((reply.status, &reply.body), (again.status, &again.body), "{target} acts twice");
    }
    Some(id(&reply))
}

/// The number of what a request made.
fn id(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let own = IDS.iter().find_map(|name| body.get(name)?.as_str());
    let location = reply.headers.get("location").and_then(|value| value.to_str().ok());
    let named = location.and_then(|location| location.rsplit('/').next());
    named.or(own).unwrap_or_default().to_owned()
}

/// A request's head as it may be: the verb, the path and each header in a line of their own, as bytes.
pub(super) fn heads(data: &[u8]) {
    let (head, body) = split(data, b"\n\n");
    let mut lines = head.split(|byte| *byte == b'\n');
    let Some(Ok(method)) = lines.next().map(std::str::from_utf8) else { return };
    let Some(Ok(target)) = lines.next().map(std::str::from_utf8) else { return };
    let mut headers: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for line in lines {
        let (name, value) = split(line, b":");
        let value = match value.strip_prefix(b"KEY ") {
            // A credential that is nearly right, of which the encoding would hide what it says.
            Some(key) => basic(&String::from_utf8_lossy(key)),
            None => value.to_vec(),
        };
        headers.push((name, value));
    }
    with_bank(|bank| {
        bank.ask(&Asked { method, target, headers, body: body.to_vec() });
    });
}

/// What stands before and after the first separator.
pub(super) fn split<'a>(data: &'a [u8], separator: &[u8]) -> (&'a [u8], &'a [u8]) {
    let found = data.windows(separator.len()).position(|window| window == separator);
    found.map_or((data, &[]), |at| (&data[..at], &data[at + separator.len()..]))
}
