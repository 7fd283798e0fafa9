//! What is sent, to the byte.

use quaymaster::quickstream::ask::{Ask, Body, IdempotencyKey, Verb};
use quaymaster::quickstream::{FaultKind, Priority};
use serde_json::json;

use crate::bank::{Answer, Bank, key};

/// A request's lines and its body, the headers in the order of their names.
fn parts(request: &str) -> (String, Vec<String>, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines().map(str::to_owned);
    let first = lines.next().unwrap();
    let mut headers: Vec<String> = lines.collect();
    headers.sort();
    (first, headers, body.to_owned())
}

const AUTHORIZATION: &str = "authorization: Basic U0FOREJPWF9TRUNfOGsybTRuNnA4cTJyNHQ2djh3Mng0eTZ6OGEyYjRjNmQ4ZTJmNGc2aDhqMms0bTZuOHAycTRyNjo=";
const AGENT: &str = concat!("user-agent: quaymaster/", env!("CARGO_PKG_VERSION"));

#[tokio::test]
async fn a_reading_carries_the_key_and_nothing_that_was_not_asked_for() {
    let bank = Bank::saying(Answer::json(r#"{"communityCode":"SANDBOX"}"#)).await;
    let client = bank.client();
    client.root(&key()).await.unwrap();
    client.latest_key(&key()).await.unwrap_err();
    let requests = bank.requests();
    let host = format!("host: {}", bank.address);
    let headers = ["accept: application/json", AUTHORIZATION, &host, AGENT];
    for (request, line) in requests.iter().zip(["/rest/v1/", "/rest/v1/api-keys/latest"]) {
        let (first, sent, body) = parts(request);
        assert_eq!(first, format!("GET {line} HTTP/1.1"));
        assert_eq!(sent, headers);
        assert_eq!(body, "");
    }
}

#[tokio::test]
async fn a_change_carries_its_body_and_its_idempotency_key() {
    let created = Answer::reply("201 Created", &["Location: /rest/v1/transactions/7"], "{}");
    let gone = Answer::reply("204 No Content", &[], "");
    let bank = Bank::playing(vec![created, gone]).await;
    let client = bank.client();
    let name = IdempotencyKey::new("a1b22c16-4870-428c-a199-6203cbec7290").unwrap();
    let verb = Verb::Post(name, Body(json!({"principalAmount": 10})));
    let ask = Ask::new("/transactions", verb, "/transactions", Priority::Command).unwrap();
    let answer = client.ask(&key(), ask).await.unwrap();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.location.as_deref(), Some("/rest/v1/transactions/7"));

    let verb = Verb::Patch(Body(json!({"status": "CANCELLED"})));
    let ask = Ask::new("/x/{id}", verb, "/x/1", Priority::Command).unwrap();
    let answer = client.ask(&key(), ask).await.unwrap();
    assert_eq!((answer.status, answer.fields), (204, None));

    let requests = bank.requests();
    let (first, headers, body) = parts(&requests[0]);
    assert_eq!(first, "POST /rest/v1/transactions HTTP/1.1");
    assert_eq!(body, r#"{"principalAmount":10}"#);
    for header in
        ["content-type: application/json", "idempotency-key: a1b22c16-4870-428c-a199-6203cbec7290"]
    {
        assert!(headers.iter().any(|sent| sent == header), "{headers:?}");
    }
    let (first, headers, body) = parts(&requests[1]);
    assert_eq!(first, "PATCH /rest/v1/x/1 HTTP/1.1");
    assert_eq!(body, r#"{"status":"CANCELLED"}"#);
    assert!(!headers.iter().any(|sent| sent.starts_with("idempotency-key")));
}

/// A bank that keeps the connection open never hears a second request on it.
#[tokio::test]
async fn each_exchange_has_a_connection_of_its_own() {
    let body = r#"{"communityCode":"SANDBOX"}"#;
    let Answer::Bytes(kept_alive) = Answer::json(body) else { return };
    let bank = Bank::saying(Answer::Hold(kept_alive)).await;
    let client = bank.client();
    for connections in 1..=3 {
        client.root(&key()).await.unwrap();
        assert_eq!(bank.requests().len(), connections);
    }
}

#[tokio::test]
async fn a_doubtful_change_is_sent_once() {
    let bank = Bank::saying(Answer::Bytes(Vec::new())).await;
    let name = IdempotencyKey::new("1").unwrap();
    let verb = Verb::Post(name, Body(json!({})));
    let ask = Ask::new("/transactions", verb, "/transactions", Priority::Command).unwrap();
    let fault = bank.client().ask(&key(), ask).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::ReplyLost);
    assert_eq!(bank.requests().len(), 1);
}
