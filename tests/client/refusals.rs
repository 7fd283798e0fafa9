//! The bank says no: the status tells what, the body why, and neither carries a key away.

use quaymaster::domain::condition::Condition;
use quaymaster::domain::retry::{Action, Earlier, Method};
use quaymaster::quickstream::{CallCode, FaultKind};
use serde_json::json;

use crate::bank::{Answer, Bank, SENT, client, key, latest, observed};

#[tokio::test]
async fn each_status_has_its_kind_its_condition_and_its_label() {
    let unavailable = Some(Condition::BankUnavailable);
    for (status, kind, condition) in [
        (301, FaultKind::Redirect, Some(Condition::WrongAddress)),
        (400, FaultKind::BadRequest, Some(Condition::BankUnreadable)),
        (401, FaultKind::Unauthorised, None),
        (403, FaultKind::Forbidden, None),
        (404, FaultKind::NotFound, Some(Condition::WrongAddress)),
        (407, FaultKind::ProxyAuth, Some(Condition::ProxyRefused)),
        (409, FaultKind::Conflict, unavailable),
        (422, FaultKind::Unprocessable, Some(Condition::BankUnreadable)),
        (429, FaultKind::Busy, unavailable),
        (500, FaultKind::ServerError, unavailable),
        (502, FaultKind::BadGateway, unavailable),
        (503, FaultKind::Unavailable, unavailable),
        (504, FaultKind::GatewayTimeout, unavailable),
        (418, FaultKind::UnexpectedStatus, Some(Condition::BankUnreadable)),
        (599, FaultKind::UnexpectedStatus, Some(Condition::BankUnreadable)),
    ] {
        let answer = Answer::reply(&format!("{status} Whatever"), &[], "<html>no</html>");
        let bank = Bank::saying(answer).await;
        let (options, calls) = observed(bank.options());
        let fault = client(options).latest_key(&key()).await.unwrap_err();
        assert_eq!((fault.kind, fault.status), (kind, Some(status)));
        assert_eq!(fault.condition(), condition, "{status}");
        assert_eq!(fault.body, None);
        let call = calls.lock().unwrap()[0];
        assert_eq!((call.endpoint, call.method), ("/api-keys/latest", "GET"));
        assert_eq!(call.code, CallCode::Status(status));
        let label = if [418, 599].contains(&status) { "other" } else { &status.to_string() };
        assert_eq!(call.code.label(), label);
        assert!(CallCode::labels().any(|known| known == label));
    }
}

#[tokio::test]
async fn the_error_body_is_read_whole_and_without_the_key() {
    let body = json!({
        "links": [{"rel": "help", "href": "https://help.example/", "requestMethod": "GET"}],
        "status": "401", "requestMethod": "GET",
        "requestUrl": format!("https://api.example/rest/v1/?key={SENT}"),
        "customerMessage": "Sorry.",
        "developerMessage": format!("The key {SENT} has expired, not OTHER_SEC_12ab."),
        "errors": [{"messages": ["Expired"], "fieldName": "Authorization", "fieldValue": SENT}],
        "traceCode": "T123",
    });
    let fault = latest(Answer::reply("401 Unauthorized", &[], body.to_string())).await.unwrap_err();
    let text = fault.to_string();
    assert!(
        text.ends_with(
            "[401]: The key [key] has expired, not [key].; Authorization: Expired; trace code T123"
        ),
        "{text}"
    );
    let body = fault.body.as_ref().unwrap();
    assert_eq!(body.request_url.as_deref(), Some("https://api.example/rest/v1/?key=[key]"));
    assert_eq!(body.errors[0].field_value.as_deref(), Some("[key]"));
    assert!(!format!("{fault:?}").contains(&SENT[12..30]));
    assert_eq!(fault.advice(Method::Get, Earlier::None).action, Action::FreshKey);
}

#[tokio::test]
async fn an_error_body_that_cannot_be_read_takes_nothing_from_the_status() {
    let cut = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 300\r\n\r\n{\"status\":";
    let large = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9000000\r\n\r\n";
    for answer in [Answer::Bytes(cut.into()), Answer::Hold(large.into())] {
        let fault = latest(answer).await.unwrap_err();
        assert_eq!((fault.kind, fault.body), (FaultKind::Unavailable, None));
    }
}
