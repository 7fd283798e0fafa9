//! What comes back in place of a key, and what is made of it.

use std::time::Duration;

use quaymaster::domain::class::Class;
use quaymaster::domain::product::Product;
use quaymaster::quickstream::FaultKind;

use crate::bank::{Answer, Bank, OFFERED, SENT, SHORT, client, key, latest, observed};

fn offer(expiry: &str) -> String {
    format!(
        r#"{{"links":[],"keyName":"SANDBOX_SEC...r8t9v7y","key":"{OFFERED}","expiryDate":"{expiry}"}}"#
    )
}

#[tokio::test]
async fn a_key_is_offered_in_both_spellings_of_its_expiry() {
    for expiry in ["2028-03-01T02:15:00+00:00", "2028-03-01T12:15:00+1000", "2028-03-01T02:15:00Z"]
    {
        let offer = latest(Answer::json(offer(expiry))).await.unwrap();
        assert_eq!(offer.key.expose(), OFFERED);
        assert_eq!(offer.expires_at, "2028-03-01T02:15:00Z".parse().unwrap());
        assert_eq!(offer.name.unwrap().as_str(), "SANDBOX_SEC...r8t9v7y");
    }
}

#[tokio::test]
async fn a_facility_is_read_whatever_else_is_said() {
    let body = r#"{"somethingNew":[{"a":null}],"keyName":"SANDBOX_SEC...r8t9v7y",
        "communityName":null,"links":"none","communityCode":"SANDBOX","communityCode":"SANDBOX2"}"#;
    let bank = Bank::saying(Answer::json(body)).await;
    let root = bank.client().root(&key()).await.unwrap();
    assert_eq!(root.community_code.as_str(), "SANDBOX2");
    assert_eq!(root.community_name, None);
    assert_eq!(root.key_name.unwrap().as_str(), "SANDBOX_SEC...r8t9v7y");

    for body in ["{}", r#"{"communityCode":""}"#, r#"{"communityCode":null}"#] {
        let bank = Bank::saying(Answer::json(body)).await;
        let fault = bank.client().root(&key()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::FacilityMissing, "{body}");
    }
}

#[tokio::test]
async fn the_products_name_the_facility_each_in_its_own_way() {
    let body = r#"{"links":[],"buyerCode":"ACME","buyerName":"Acme Ltd","keyName":"ACME...1"}"#;
    let bank = Bank::saying(Answer::json(body)).await;
    let mut options = bank.options();
    let fault = client(options.clone()).root(&key()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::FacilityMissing);
    options.product = Product::PaymentsPlus;
    let root = client(options).root(&key()).await.unwrap();
    assert_eq!(root.community_code.as_str(), "ACME");
    assert_eq!(root.community_name.as_deref(), Some("Acme Ltd"));
}

/// Each answer is refused with a word of its own, and nothing of it is repeated.
#[tokio::test]
async fn bad_bodies_are_told_apart_and_never_quoted() {
    let whole = offer("2028-03-01T02:15:00Z");
    let with_key = |json: &str| whole.replace(&format!("\"{OFFERED}\""), json);
    let html = format!("<html><body>{SENT} {OFFERED}</body></html>");
    let twice = whole.replace("\"links\":[]", &format!("\"key\":\"{SENT}\""));
    let cases: Vec<(Vec<u8>, FaultKind)> = vec![
        (html.into(), FaultKind::Html),
        ([b"\xef\xbb\xbf".as_slice(), whole.as_bytes()].concat(), FaultKind::ByteOrderMark),
        ([whole.as_bytes(), b"\xff"].concat(), FaultKind::NotUtf8),
        (whole[..whole.len() - 20].into(), FaultKind::JsonCut),
        (b"".to_vec(), FaultKind::JsonCut),
        (format!("{OFFERED}\n").into(), FaultKind::NotJson),
        (format!("\"{OFFERED}\"").into(), FaultKind::WrongShape),
        (twice.into(), FaultKind::DuplicateField),
        (whole.replace("\"key\"", "\"kex\"").into(), FaultKind::KeyMissing),
        (with_key("null").into(), FaultKind::KeyNull),
        (with_key("[]").into(), FaultKind::KeyNotText),
        (with_key("\"\"").into(), FaultKind::KeyEmpty),
        (with_key(&format!("\"{OFFERED}\\r\\nX: y\"")).into(), FaultKind::KeyControl),
        (with_key(&format!("\"{OFFERED}é\"")).into(), FaultKind::KeyNotAscii),
        (with_key(&format!("\"{OFFERED}:\"")).into(), FaultKind::KeyNotSendable),
        (with_key(&format!("\"{}\"", "k".repeat(1025))).into(), FaultKind::KeyTooLong),
        (with_key(&format!("\"{}\"", "k".repeat(1 << 20))).into(), FaultKind::BodyTooLarge),
        (whole.replace("expiryDate", "expires").into(), FaultKind::ExpiryMissing),
        (offer("01/03/2028").into(), FaultKind::ExpiryUnreadable),
        (offer("2028-03-01T02:15:00").into(), FaultKind::ExpiryUnreadable),
    ];
    for (body, kind) in cases {
        let fault = latest(Answer::json(&body)).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{}", String::from_utf8_lossy(&body));
        assert_eq!(fault.status, Some(200));
        let shown = format!("{fault} {fault:?}");
        for secret in [SENT, OFFERED, &OFFERED[20..40], "kkkkkk"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_oversized_body_is_cut_without_reading_on() {
    // Announced: refused before a byte of it is there.
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n";
    let fault = latest(Answer::Hold(head.into())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::BodyTooLarge);

    // Not announced: refused on the way, and the connection is dropped.
    let head = "HTTP/1.1 200 OK\r\n\r\n{\"key\":\"";
    let bank = Bank::saying(Answer::Flood(head.into())).await;
    let fault = bank.client().latest_key(&key()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::BodyTooLarge);
    while bank.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bank.requests()[1], "the client went away");

    // The largest that may come does.
    let mut body = offer("2028-03-01T02:15:00Z");
    body.push_str(&" ".repeat(65536 - body.len()));
    assert!(latest(Answer::json(body)).await.is_ok());
}

#[tokio::test]
async fn a_compressed_body_is_not_opened() {
    let bomb = Answer::reply("200 OK", &["Content-Encoding: gzip"], [0x1f, 0x8b, 8, 0]);
    assert_eq!(latest(bomb).await.unwrap_err().kind, FaultKind::Encoded);
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_asked_for_once() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{\"key\":";
    for (answer, kind) in [
        ("", FaultKind::ReplyLost),
        ("HTTP/1.1 200", FaultKind::ReplyLost),
        ("220 mail.example ESMTP\r\n", FaultKind::ReplyLost),
        (cut, FaultKind::BodyCut),
    ] {
        let bank = Bank::saying(Answer::Bytes(answer.into())).await;
        let (options, calls) = observed(bank.options());
        let fault = client(options).latest_key(&key()).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{answer}");
        assert!(fault.may_have_arrived());
        assert_eq!(bank.requests().len(), 1, "{answer}");
        assert_eq!(calls.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_slow_reply_is_given_up() {
    for head in ["", "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{\"key\":"] {
        let bank = Bank::saying(Answer::Hold(head.into())).await;
        let mut options = bank.options();
        options.timeout = SHORT;
        let fault = client(options).latest_key(&key()).await.unwrap_err();
        assert_eq!((fault.kind, fault.class()), (FaultKind::Timeout, Class::TryLater));
        assert!(fault.may_have_arrived());
    }
}

#[tokio::test]
async fn a_reading_is_answered_with_200_alone() {
    for status in ["201 Created", "202 Accepted", "204 No Content", "206 Partial Content"] {
        let fault = latest(Answer::reply(status, &[], "")).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::UnexpectedStatus, "{status}");
    }
}

#[tokio::test]
async fn the_banks_clock_is_compared_with_ours() {
    let date = "Date: Sun, 01 Mar 2026 00:01:30 GMT";
    let bank = Bank::saying(Answer::reply("503 Service Unavailable", &[date], "")).await;
    let client = bank.client();
    assert_eq!(client.skew(), None);
    client.root(&key()).await.unwrap_err();
    assert_eq!(client.skew().unwrap().as_secs(), 90);
}

#[tokio::test]
async fn the_wait_that_the_bank_asks_for_is_handed_on() {
    let date = "Date: Sun, 01 Mar 2026 00:00:00 GMT";
    for (header, wait) in [
        ("Retry-After: 40", Some(Duration::from_secs(40))),
        ("Retry-After: Sun, 01 Mar 2026 00:02:00 GMT", Some(Duration::from_mins(2))),
        ("Retry-After: Sat, 28 Feb 2026 00:00:00 GMT", None),
        ("Retry-After: 999999", None),
        ("Retry-After: soon", None),
    ] {
        let answer = Answer::reply("503 Service Unavailable", &[date, header], "");
        assert_eq!(latest(answer).await.unwrap_err().retry_after, wait, "{header}");
    }
}
