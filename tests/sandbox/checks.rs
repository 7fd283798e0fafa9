//! What every request must pass, and in which order.

use std::time::Duration;

use quaymaster::sandbox::{SANDBOX_KEY, SetUp};
use serde_json::json;

use super::support::{Bank, authorization, basic, wrong_fields};

const ROOT: &str = "/rest/v1/";
const LATEST: &str = "/rest/v1/api-keys/latest";
const SURCHARGE: &str = "/rest/v1/businesses/SANDBOXHIRE/query-card-surcharge";
const CARD: &str = r#"{"cardNumber":"4242424242424242"}"#;

#[tokio::test]
async fn an_error_has_the_whole_body() {
    let bank = Bank::start().await;
    let reply = bank.get("/rest/v1/nothing?a=b").await;
    assert_eq!(reply.status, 404);
    let body = reply.body.as_object().unwrap();
    let names: Vec<&str> = body.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["links", "status", "requestMethod", "requestUrl", "customerMessage", "developerMessage"]
    );
    assert_eq!(body["status"], "404");
    assert_eq!(body["requestMethod"], "GET");
    assert_eq!(body["requestUrl"], "http://bank.example/rest/v1/nothing?a=b");
    assert_eq!(body["links"][0]["rel"], "help");
}

#[tokio::test]
async fn a_field_error_names_the_field() {
    let bank = Bank::start().await;
    let publishable = bank.key("SANDBOX-2").text;
    let reply = bank.post(&publishable, SURCHARGE, "a", r#"{"cardNumber":"12"}"#).await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.body["errors"][0]["fieldName"], "cardNumber");
}

#[tokio::test]
async fn verbs_are_refused_by_resource_or_by_all() {
    let bank = Bank::start().await;
    for (method, path, status) in [
        ("DELETE", LATEST, 405),
        ("POST", ROOT, 405),
        ("BREW", LATEST, 501),
        ("BREW", "/rest/v1/nowhere", 404),
        ("GET", "/", 404),
        ("GET", "/rest/v2/", 404),
    ] {
        let reply = bank.ask(method, path, &[], "").await.unwrap();
        assert_eq!(reply.status, status, "{method} {path}");
    }
    let reply = bank.ask("DELETE", LATEST, &[], "").await.unwrap();
    assert_eq!(reply.header("allow"), Some("GET"));
}

/// Every 401 says which reason applied.
#[tokio::test]
async fn wrong_credentials_are_401_each_with_its_reason() {
    let bank = Bank::start().await;
    let accept = "Accept: application/json".to_owned();
    let cases = [
        (vec![], "No API key was sent."),
        (vec!["Authorization: Bearer x".to_owned()], "The Authorization header is not HTTP Basic."),
        (
            vec!["Authorization: Basic %%%".to_owned()],
            "The Authorization header is not HTTP Basic.",
        ),
        (vec![authorization("SANDBOX_SEC_another")], "The API key is not known."),
        (vec![basic(&format!(":{SANDBOX_KEY}"))], "The API key is not known."),
    ];
    for (mut lines, reason) in cases {
        lines.push(accept.clone());
        let reply = bank.ask("GET", ROOT, &lines, "").await.unwrap();
        assert_eq!((reply.status, reply.reason()), (401, reason));
        assert!(reply.header("www-authenticate").is_some());
    }
    for credentials in [format!("{SANDBOX_KEY}:"), SANDBOX_KEY.to_owned()] {
        let lines = [basic(&credentials), accept.clone()];
        assert_eq!(bank.ask("GET", ROOT, &lines, "").await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_caller_off_the_whitelist_is_401() {
    let bank = Bank::start().await;
    let list = json!({ "whitelist": ["127.0.0.2", "10.0.0.0/8"] });
    assert_eq!(bank.control("PATCH", "/facilities/SANDBOX", list).await.status, 200);
    let refused = bank.get(ROOT).await;
    assert_eq!(refused.status, 401);
    assert!(refused.reason().contains("whitelist"));
    let lines = [authorization(SANDBOX_KEY), "Accept: application/json".to_owned()];
    let listed = Some("127.0.0.2".parse().unwrap());
    let reply = bank.send(listed, "GET", ROOT, &lines, "").await.unwrap().unwrap();
    assert_eq!(reply.status, 200);
    bank.control("PATCH", "/facilities/SANDBOX", json!({ "whitelist": null })).await;
    assert_eq!(bank.get(ROOT).await.status, 200);
}

#[tokio::test]
async fn a_key_of_the_wrong_kind_is_403_or_as_its_page_says() {
    let bank = Bank::start().await;
    let publishable = bank.key("SANDBOX-2").text;
    assert_eq!(bank.get_with(&publishable, LATEST).await.status, 403);
    assert_eq!(bank.post(SANDBOX_KEY, SURCHARGE, "a", CARD).await.status, 403);
    bank.control("POST", "/guesses", json!({ "wrong_kind_status": "401" })).await;
    let refused = bank.get_with(&publishable, LATEST).await;
    assert_eq!((refused.status, refused.reason()), (401, "The resource needs a secret API key."));
    // The page of this resource does not disagree with the reference.
    assert_eq!(bank.post(SANDBOX_KEY, SURCHARGE, "a", CARD).await.status, 403);
}

#[tokio::test]
async fn a_facility_that_is_not_set_up_is_403() {
    let bank = Bank::start().await;
    bank.running.control().set_up("SANDBOX", SetUp::Incomplete).unwrap();
    assert_eq!(bank.get(ROOT).await.status, 403);
    bank.running.control().set_up("SANDBOX", SetUp::Complete).unwrap();
    assert_eq!(bank.get(ROOT).await.status, 200);
}

/// One request with everything wrong, put right check by check.
#[tokio::test]
async fn the_order_of_checks() {
    let bank = Bank::start().await;
    let (secret, publishable) = (authorization(SANDBOX_KEY), bank.key("SANDBOX-2").text);
    let publishable = authorization(&publishable);
    let long = format!("Idempotency-Key: {}", "k".repeat(61));
    let short = "Idempotency-Key: k".to_owned();
    let accept = "Accept: application/json".to_owned();
    let xml = "Content-Type: application/xml".to_owned();
    let json = "Content-Type: application/json; charset=utf-8".to_owned();
    let queried = format!("{SURCHARGE}?a=b");
    let nowhere = "/rest/v1/businesses/NONE/query-card-surcharge".to_owned();
    let surcharge = SURCHARGE.to_owned();
    let steps: [(&str, &String, Vec<&String>, &str, u16); 11] = [
        ("BREW", &queried, vec![], "no", 501),
        ("PATCH", &queried, vec![], "no", 405),
        ("POST", &queried, vec![&long, &xml], "no", 401),
        ("POST", &queried, vec![&long, &xml, &secret], "no", 403),
        ("POST", &queried, vec![&long, &xml, &publishable], "no", 406),
        ("POST", &queried, vec![&long, &xml, &publishable, &accept], "no", 415),
        ("POST", &queried, vec![&long, &json, &publishable, &accept], "no", 400),
        ("POST", &queried, vec![&short, &json, &publishable, &accept], "{}", 400),
        ("POST", &surcharge, vec![&short, &json, &publishable, &accept], "no", 400),
        ("POST", &nowhere, vec![&json, &publishable, &accept], "{}", 404),
        ("POST", &surcharge, vec![&json, &publishable, &accept], "{}", 422),
    ];
    for (method, path, lines, body, status) in steps {
        let lines: Vec<String> = lines.into_iter().cloned().collect();
        let reply = bank.ask(method, path, &lines, body).await.unwrap();
        assert_eq!(reply.status, status, "{method} {path} {lines:?}: {}", reply.text);
    }
    let long = [long, json, publishable, accept];
    let reply = bank.ask("POST", SURCHARGE, &long, CARD).await.unwrap();
    assert!(reply.status == 400 && reply.reason().contains("60"), "{}", reply.text);
}

#[tokio::test]
async fn accept_is_needed() {
    let bank = Bank::start().await;
    let ask = async |accept: &str| {
        let lines = [authorization(SANDBOX_KEY), format!("Accept: {accept}")];
        bank.ask("GET", ROOT, &lines, "").await.unwrap().status
    };
    assert_eq!(ask("text/html").await, 406);
    assert_eq!(ask("text/html, application/json;q=0.5").await, 200);
    assert_eq!(ask("*/*").await, 200);
    bank.control("POST", "/guesses", json!({ "accept_wildcard": "406" })).await;
    assert_eq!(ask("*/*").await, 406);
    let none = [authorization(SANDBOX_KEY)];
    assert_eq!(bank.ask("GET", ROOT, &none, "").await.unwrap().status, 406);
}

#[tokio::test]
async fn the_eleventh_simultaneous_request_is_429() {
    let bank = Bank::seeded(
        r#"{ "facilities": [ { "code": "ONE", "keys": [ { "key": "ONE_SEC_test" } ] },
                             { "code": "TWO", "keys": [ { "key": "TWO_SEC_test" } ] } ] }"#,
    )
    .await;
    bank.fault(json!({ "facility": "ONE", "latency_ms": 1500 })).await;
    let lines = [authorization("ONE_SEC_test"), "Accept: application/json".to_owned()];
    let ten: Vec<_> = (0..10).map(|_| bank.send(None, "GET", ROOT, &lines, "")).collect();
    while bank.running.control().most_simultaneous("ONE") < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let eleventh = bank.get_with("ONE_SEC_test", ROOT).await;
    assert_eq!((eleventh.status, eleventh.header("retry-after")), (429, Some("20")));
    assert_eq!(bank.get_with("TWO_SEC_test", ROOT).await.status, 200);
    for one in ten {
        assert_eq!(one.await.unwrap().unwrap().status, 200);
    }
    assert_eq!(bank.get_with("ONE_SEC_test", ROOT).await.status, 200);
    assert_eq!(bank.running.control().most_simultaneous("ONE"), 11);
    assert_eq!(bank.running.control().most_simultaneous("TWO"), 1);
}

#[tokio::test]
async fn a_repeated_post_is_answered_as_before_whatever_else_it_says() {
    let bank = Bank::start().await;
    let publishable = bank.key("SANDBOX-2").text;
    let first = bank.post(&publishable, SURCHARGE, "same", CARD).await;
    assert_eq!((first.status, &first.body["cardScheme"]), (200, &json!("VISA")));
    let other = "/rest/v1/businesses/NONE/query-card-surcharge?page=1";
    let again = bank.post(&publishable, other, "same", "not even JSON").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    let log = bank.running.control().requests();
    assert_eq!(
        log.iter().map(|r| (r.acted, r.replayed)).collect::<Vec<_>>(),
        [(true, false), (false, true)]
    );

    assert!(bank.running.clock().advance(Duration::from_hours(22)));
    assert_eq!(bank.post(&publishable, other, "same", CARD).await.status, 400);
}

#[tokio::test]
async fn a_422_is_replayed_and_a_404_is_not() {
    let bank = Bank::start().await;
    let publishable = bank.key("SANDBOX-2").text;
    let nowhere = "/rest/v1/businesses/NONE/query-card-surcharge";
    assert_eq!(bank.post(&publishable, nowhere, "a", CARD).await.status, 404);
    assert_eq!(bank.post(&publishable, SURCHARGE, "a", "{}").await.status, 422);
    assert_eq!(bank.post(&publishable, SURCHARGE, "a", CARD).await.status, 422);
    assert_eq!(bank.post(&publishable, SURCHARGE, "b", CARD).await.status, 200);
}

#[tokio::test]
async fn a_key_in_flight_is_429_and_a_lost_reply_is_kept() {
    let bank = Bank::start().await;
    let publishable = bank.key("SANDBOX-2").text;
    bank.fault(json!({ "latency_ms": 1000, "cut": "after", "times": 1 })).await;
    let lines = [
        authorization(&publishable),
        "Accept: application/json".to_owned(),
        "Content-Type: application/json".to_owned(),
        "Idempotency-Key: once".to_owned(),
    ];
    let first = bank.send(None, "POST", SURCHARGE, &lines, CARD);
    while bank.running.control().most_simultaneous("SANDBOX") < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let busy = bank.post(&publishable, SURCHARGE, "once", CARD).await;
    assert_eq!(busy.status, 429, "{}", busy.text);
    assert!(first.await.unwrap().is_none(), "the reply is lost");
    let again = bank.post(&publishable, SURCHARGE, "once", "{}").await;
    assert_eq!((again.status, &again.body["cardScheme"]), (200, &json!("VISA")));
}

#[tokio::test]
async fn one_caller_has_one_key() {
    let bank = Bank::start().await;
    let accept = "Accept: application/json".to_owned();
    let both = [authorization(SANDBOX_KEY), authorization(&bank.key("SANDBOX-2").text), accept];
    let reply = bank.ask("GET", ROOT, &both, "").await.unwrap();
    assert_eq!(
        (reply.status, reply.reason()),
        (401, "More than one Authorization header was sent.")
    );
}

#[tokio::test]
async fn what_a_caller_gives_no_weight_it_does_not_accept() {
    let bank = Bank::start().await;
    for (accept, status) in [
        ("application/json;q=0", 406),
        ("application/json; Q=0.000, text/csv", 406),
        ("application/json;q=0.1", 200),
        ("application/json; charset=utf-8", 200),
        ("*/*;q=0", 406),
    ] {
        let lines = [authorization(SANDBOX_KEY), format!("Accept: {accept}")];
        assert_eq!(bank.ask("GET", ROOT, &lines, "").await.unwrap().status, status, "{accept}");
    }
}

#[tokio::test]
async fn a_report_is_given_to_who_accepts_what_the_documents_want() {
    let bank = Bank::start().await;
    let file = "H,SANDBOX,2026-03-01,2\r\n\
        C,SANDBOXHIRE,CAPTURE,10.00,,,,,4242424242424242,12,30,Sam\r\nT,1,10.00\r\n";
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\nCSV2\r\n--x\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{file}\r\n--x--\r\n"
    );
    let lines = [
        authorization(SANDBOX_KEY),
        "Accept: application/json".to_owned(),
        "Content-Type: multipart/form-data; boundary=x".to_owned(),
        "Prevent-CSRF: true".to_owned(),
    ];
    let made = bank.ask("POST", "/rest/v1/payment-files", &lines, &body).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    bank.minutes_pass(10);
    let id = made.body["paymentFileId"].as_str().unwrap();
    let reply = bank.get(&format!("/rest/v1/payment-files/{id}/csv2")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/csv")));
    bank.control("POST", "/guesses", json!({ "report_accept": "report_only" })).await;
    assert_eq!(bank.get(&format!("/rest/v1/payment-files/{id}/csv2")).await.status, 406);
}

#[tokio::test]
async fn the_root_leads_to_what_its_key_may_read() {
    let bank = Bank::start().await;
    for (key, some) in [(SANDBOX_KEY.to_owned(), true), (bank.publishable(), false)] {
        let root = bank.get_with(&key, ROOT).await;
        let links = root.body["links"].as_array().unwrap().clone();
        assert_eq!(links.len() > 1, some, "{}", root.text);
        for link in links.iter().filter(|link| link["rel"] != "help") {
            let href = link["href"].as_str().unwrap();
            let path = href.strip_prefix("http://bank.example").unwrap();
            assert_eq!(bank.get_with(&key, path).await.status, 200, "{href}");
        }
        let mut rels: Vec<String> = links.iter().map(|link| link["rel"].to_string()).collect();
        rels.sort_unstable();
        rels.dedup();
        assert_eq!(rels.len(), links.len(), "each once");
    }
}

#[tokio::test]
async fn a_restricted_key_cannot_ask_for_anothers_business() {
    let bank = Bank::with_two_businesses().await;
    let key = bank.restricted_to("OTHER");
    for list in [
        "/transactions",
        "/transactions/suspended",
        "/payto-agreements",
        "/transactions?format=csv&settlementDate=2026-03-02",
    ] {
        let sign = if list.contains('?') { '&' } else { '?' };
        let ask = |code: &str| format!("/rest/v1{list}{sign}supplierBusinessCode={code}");
        let refused = bank.get_with(&key, &ask("SANDBOXHIRE")).await;
        assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["supplierBusinessCode"]));
        assert_eq!(bank.get_with(&key, &ask("OTHER")).await.status, 200);
        assert_eq!(bank.get(&ask("SANDBOXHIRE")).await.status, 200);
    }
}
