//! Faults over the wire: status, latency, cuts, malformed bodies, chance.

use std::time::Duration;

use quaymaster::sandbox::{SANDBOX_CODE, SANDBOX_KEY};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::support::{Bank, authorization};

const ROOT: &str = "/rest/v1/";
const LATEST: &str = "/rest/v1/api-keys/latest";

#[tokio::test]
async fn a_status_takes_the_place_of_the_act() {
    let bank = Bank::start().await;
    bank.days_pass(10);
    bank.fault(json!({ "path": "/api-keys", "status": 503, "times": 2 })).await;
    for _ in 0..2 {
        let reply = bank.get(LATEST).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("20")));
        assert_eq!(reply.body["status"], "503");
    }
    assert_eq!(bank.running.control().keys().len(), 2, "nothing was made");
    assert_eq!(bank.get(LATEST).await.status, 200);
}

#[tokio::test]
async fn a_status_may_hide_an_act() {
    let bank = Bank::start().await;
    bank.days_pass(10);
    bank.fault(json!({ "path": "/api-keys/latest", "status": 504, "acted": true })).await;
    assert_eq!(bank.get(LATEST).await.status, 504);
    assert_eq!(bank.running.control().keys().len(), 3, "a key was made");
}

#[tokio::test]
async fn a_status_can_carry_any_body_and_headers() {
    let bank = Bank::start().await;
    let other = json!({ "keyName": "n", "key": "OTHER_SEC_x", "expiryDate": "2020-01-01" });
    bank.fault(json!([
        { "path": "/api-keys/latest", "status": 200, "body": other },
        { "path": "/", "status": 302, "headers": { "Location": "http://elsewhere.example/" } },
    ]))
    .await;
    assert_eq!(bank.get(LATEST).await.body, other);
    let redirect = bank.get(ROOT).await;
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (302, Some("http://elsewhere.example/"))
    );
}

#[tokio::test]
async fn latency_holds_the_reply_back() {
    let bank = Bank::start().await;
    bank.fault(json!({ "latency_ms": 300, "times": 1 })).await;
    let before = Instant::now();
    assert_eq!(bank.get(ROOT).await.status, 200);
    assert!(before.elapsed() >= Duration::from_millis(300));
}

/// What the bank heard counts, whether the caller waited for the answer or not.
#[tokio::test]
async fn a_caller_that_gives_up_is_in_the_log() {
    let bank = Bank::start().await;
    bank.fault(json!({ "path": "/api-keys/latest", "latency_ms": 600_000 })).await;
    let mut caller = TcpStream::connect(bank.running.address()).await.unwrap();
    let key = authorization(SANDBOX_KEY);
    let request = format!(
        "GET {LATEST} HTTP/1.1\r\nHost: bank.example\r\nAccept: application/json\r\n{key}\r\n\r\n"
    );
    caller.write_all(request.as_bytes()).await.unwrap();
    while bank.running.control().most_simultaneous(SANDBOX_CODE) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(caller);
    let control = bank.running.control();
    while control.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let logged: Vec<_> = control.requests().iter().map(|r| (r.status, r.fault, r.acted)).collect();
    assert_eq!(logged, [(None, Some(1), false)]);
    assert_eq!(control.latest_calls(), 1);
}

#[tokio::test]
async fn a_connection_is_cut_before_after_or_within() {
    let bank = Bank::start().await;
    bank.days_pass(10);
    let lines = [authorization(SANDBOX_KEY), "Accept: application/json".to_owned()];
    bank.fault(json!({ "path": "/api-keys", "cut": "before", "times": 1 })).await;
    assert!(bank.ask("GET", LATEST, &lines, "").await.is_none());
    assert_eq!(bank.running.control().keys().len(), 2);

    bank.fault(json!({ "path": "/api-keys", "cut": "after", "times": 1 })).await;
    assert!(bank.ask("GET", LATEST, &lines, "").await.is_none());
    assert_eq!(bank.running.control().keys().len(), 3);

    bank.fault(json!({ "path": "/api-keys", "cut": "within", "times": 1 })).await;
    let half = bank.ask("GET", LATEST, &lines, "").await.unwrap();
    let announced: usize = half.header("content-length").unwrap().parse().unwrap();
    assert!(half.status == 200 && half.text.len() < announced, "{}", half.text);

    let log = bank.running.control().requests();
    let logged: Vec<_> = log.iter().map(|r| (r.status, r.acted)).collect();
    assert_eq!(logged, [(None, false), (None, true), (Some(200), true)]);
}

#[tokio::test]
async fn bodies_are_malformed_over_the_wire() {
    let bank = Bank::start().await;
    let spoilt = async |rule: Value| {
        bank.running.control().clear_faults();
        bank.fault(rule).await;
        let reply = bank.get(LATEST).await;
        assert_eq!(reply.status, 200);
        reply
    };
    let html = spoilt(json!({ "malformed": "html" })).await;
    assert_eq!(html.header("content-type"), Some("text/html"));
    let cut_short = spoilt(json!({ "malformed": "truncated_json" })).await;
    let announced: usize = cut_short.header("content-length").unwrap().parse().unwrap();
    assert!(cut_short.body.is_null() && cut_short.text.len() == announced);
    let twice = spoilt(json!({ "malformed": "duplicate_keys" })).await;
    assert_eq!(twice.text.matches("\"key\":").count(), 2);
    let oversized = spoilt(json!({ "malformed": "oversized", "bytes": 3_000_000 })).await;
    assert!(oversized.text.len() > 3_000_000);
    let long = spoilt(json!({ "malformed": "long_key" })).await;
    assert!(long.body["key"].as_str().unwrap().len() > 1024 * 1024);
    assert_eq!(spoilt(json!({ "malformed": "empty_key" })).await.body["key"], "");
    let crlf = spoilt(json!({ "malformed": "key_with_crlf" })).await;
    assert!(crlf.body["key"].as_str().unwrap().contains("\r\n"));
    assert!(spoilt(json!({ "malformed": "wrong_types" })).await.body["key"].is_number());
}

#[tokio::test]
async fn the_first_rule_in_order_strikes_and_counts() {
    let bank = Bank::start().await;
    bank.fault(json!([
        { "method": "POST", "status": 500 },
        { "path": "/", "status": 502, "times": 1 },
        { "status": 504 },
    ]))
    .await;
    assert_eq!(bank.get(ROOT).await.status, 502);
    assert_eq!(bank.get(ROOT).await.status, 504);
    let rules = bank.control("GET", "/faults", Value::Null).await.body;
    let struck: Vec<_> = rules.as_array().unwrap().iter().map(|r| r["struck"].clone()).collect();
    assert_eq!(struck, [0, 1, 1]);
    assert_eq!(bank.control("DELETE", "/faults/3", Value::Null).await.status, 200);
    assert_eq!(bank.get(ROOT).await.status, 200);
    assert_eq!(bank.control("DELETE", "/faults/3", Value::Null).await.status, 404);
}

#[tokio::test]
async fn chance_strikes_the_same_requests_under_the_same_seed() {
    let statuses = async || {
        let bank = Bank::start().await;
        bank.fault(json!({ "probability": 0.5, "status": 500 })).await;
        let mut statuses = Vec::new();
        for _ in 0..24 {
            statuses.push(bank.get(ROOT).await.status);
        }
        statuses
    };
    let first = statuses().await;
    assert!(first.contains(&200) && first.contains(&500));
    assert_eq!(first, statuses().await);
}

#[tokio::test]
async fn a_wrong_rule_is_told_what_is_wrong() {
    let bank = Bank::start().await;
    let wrong = [
        (json!({ "probability": 2 }), "probability is from 0 to 1"),
        (json!({ "chance": 1 }), "unknown field `chance`"),
        (json!([{ "status": 503 }, { "malformed": "badly" }]), "[1].malformed"),
    ];
    for (rule, message) in wrong {
        let reply = bank.control("POST", "/faults", rule).await;
        assert_eq!(reply.status, 400);
        assert!(reply.body["detail"].as_str().unwrap().contains(message), "{}", reply.text);
    }
    assert_eq!(bank.get(ROOT).await.status, 200);
}
