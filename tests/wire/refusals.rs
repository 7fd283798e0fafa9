//! What every row answers alike: keys that do not fit, things that are not there, a bank with a bad
//! day; and that the client says it by its own word each time.

use quaymaster::domain::retry::{Action, Earlier, Method};
use quaymaster::key::KeyText;
use quaymaster::quickstream::FaultKind;

use crate::rows::{Of, ROWS};
use crate::wire::{Wire, refused};

#[tokio::test]
async fn a_key_that_is_unknown_or_of_the_wrong_kind_opens_nothing() {
    let wire = Wire::start().await;
    let unknown = KeyText::parse("SANDBOX_SEC_0never0made0q7w8e9r1t2y3u4i5o6p7a8s9d0f1").unwrap();
    let publishable = wire.publishable.key();
    for row in ROWS {
        let fault = (row.call)(&wire, &unknown).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unauthorised, "{}", row.name);
        let with_publishable = (row.call)(&wire, publishable).await;
        if row.name == "GET /" {
            assert_eq!(with_publishable, Ok(()));
        } else {
            let fault = with_publishable.unwrap_err();
            // The documents say 403, and on some pages 401.
            let kinds = [FaultKind::Forbidden, FaultKind::Unauthorised];
            assert!(kinds.contains(&fault.kind), "{}: {fault:?}", row.name);
        }
        assert!(!format!("{fault:?}").contains("0never0made"), "{}", row.name);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_asked_rightly_is_answered() {
    let wire = Wire::start().await;
    for row in ROWS {
        let outcome = (row.call)(&wire, &wire.key).await;
        match row.of {
            Of::Anything => assert_eq!(outcome, Ok(()), "{}", row.name),
            Of::Refused => {
                let (kind, fields) = refused(outcome);
                assert_eq!(kind, FaultKind::Unprocessable, "{}", row.name);
                assert!(!fields.is_empty(), "{}", row.name);
            }
            Of::Missing => {
                let fault = outcome.unwrap_err();
                assert_eq!(fault.kind, FaultKind::NotFound, "{}", row.name);
                let body = fault.body.unwrap();
                assert_eq!(body.status.as_deref(), Some("404"), "{}", row.name);
                let method = row.name.split(' ').next();
                assert_eq!(body.request_method.as_deref(), method, "{}", row.name);
                assert!(body.customer_message.is_some() && body.developer_message.is_some());
            }
        }
    }
}

#[tokio::test]
async fn a_bad_day_of_the_bank_is_told_by_its_word() {
    let wire = Wire::start().await;
    for (status, kind) in [
        (400, FaultKind::BadRequest),
        (409, FaultKind::Conflict),
        (422, FaultKind::Unprocessable),
        (429, FaultKind::Busy),
        (500, FaultKind::ServerError),
        (502, FaultKind::BadGateway),
        (503, FaultKind::Unavailable),
        (504, FaultKind::GatewayTimeout),
    ] {
        for row in ROWS {
            wire.fail_once(status);
            let fault = (row.call)(&wire, &wire.key).await.unwrap_err();
            assert_eq!((fault.kind, fault.status), (kind, Some(status)), "{}", row.name);
            let method = match row.name.split(' ').next() {
                Some("GET") => Method::Get,
                Some("POST") => Method::PostWithKey,
                _ => Method::Patch,
            };
            let told = fault.advice(method, Earlier::None).action;
            // Only these two are sent again without looking, and a 500 never.
            let again = told == Action::SendAgain;
            assert!(!again || matches!(status, 429 | 503) || method == Method::Get, "{}", row.name);
            assert!(again || status != 429 || method == Method::Patch, "{}", row.name);
        }
    }
}
