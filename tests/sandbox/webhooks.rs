//! Webhooks out: what happens is told, signed, to whoever wants to know, until they have taken it.

use std::time::Duration;

use quaymaster::sandbox::{SANDBOX_KEY, SandboxOptions};
use serde_json::{Value, json};

use super::receiver::{PATIENCE, Receiver, Told};
use super::support::{Bank, START, options, with_data};

const SECRET: &str = "a word between us";

/// Asks for an agreement with a payer of this BSB.
async fn agree(bank: &Bank, bsb: &str) -> String {
    let body = json!({
        "respondByTimeMinutes": 60, "supplierBusinessCode": "SANDBOXHIRE",
        "agreementCreationType": "AUTHORISED",
        "paymentDetails": { "purpose": "RETL", "description": "Hire", "startDate": "2026-03-01",
                            "automaticRenewal": true },
        "paymentTerms": { "frequency": "MNTH", "agreementType": "VARI", "paymentAmount": "80.00",
                          "maximumPaymentAmount": "250.00", "currency": "AUD" },
        "payerDetails": { "payerType": "PERS", "payerName": "Sam Test", "bsb": bsb,
                          "accountNumber": "123456" },
    });
    let reply = bank.write(SANDBOX_KEY, "POST", "/rest/v1/payto-agreements", &body).await;
    assert!(reply.status < 300, "{}", reply.text);
    reply.body["agreementToken"].as_str().unwrap().to_owned()
}

async fn subscribe(bank: &Bank, url: &str, events: Value) -> Value {
    let body = json!({ "url": url, "secret": SECRET, "events": events });
    let reply = bank.control("POST", "/facilities/SANDBOX/webhooks", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body
}

async fn deliveries(bank: &Bank) -> Value {
    bank.control("GET", "/facilities/SANDBOX/webhook-deliveries", Value::Null).await.body
}

/// Waits until the newest delivery was tried so often.
async fn tried(bank: &Bank, times: usize) -> Value {
    let wait = async {
        loop {
            let newest = deliveries(bank).await[0].take();
            if newest["attempts"].as_array().is_some_and(|tries| tries.len() >= times) {
                return newest;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it is tried")
}

fn words(told: &[Told]) -> Vec<String> {
    let mut words: Vec<String> =
        told.iter().map(|it| it.json()["eventType"].as_str().unwrap().to_owned()).collect();
    words.sort();
    words
}

#[tokio::test]
async fn the_documents_five_events_are_told_with_the_model_and_a_signature() {
    let (bank, receiver) = (Bank::start().await, Receiver::start().await);
    let body = json!({ "url": format!("{}/200", receiver.address), "secret": SECRET,
                       "authorization": "Bearer word" });
    bank.control("POST", "/facilities/SANDBOX/webhooks", body).await;
    let token = agree(&bank, "032999").await;
    for other in ["032001", "032002", "032005"] {
        agree(&bank, other).await;
    }
    bank.minutes_pass(1);
    let first = receiver.told(2).await;
    let confirmed = first.iter().map(Told::json).find(|it| it["data"]["agreementToken"] == *token);
    let confirmed = confirmed.unwrap();
    assert_eq!(super::support::names(&confirmed), ["id", "timestamp", "eventType", "data"]);
    assert_eq!(confirmed["timestamp"], "2026-03-01T11:01:00+1100");
    assert_eq!(confirmed["eventType"], "payto.agreement.confirmed");
    assert_eq!(confirmed["data"]["agreementStatus"], "ACTIVE");
    let path = format!("/rest/v1/payto-agreements/{token}");
    assert_eq!(confirmed["data"]["payerDetails"], bank.get(&path).await.body["payerDetails"]);
    assert!(first.iter().all(|it| it.is_signed_with(SECRET) && !it.is_signed_with("another")));
    assert_eq!(first[0].authorization.as_deref(), Some("Bearer word"));
    assert_eq!(first[0].content_type, "application/json");

    let payment = json!({ "transactionType": "PAYMENT", "supplierBusinessCode": "SANDBOXHIRE",
        "principalAmount": 80.00, "currency": "AUD",
        "payToData": { "agreementToken": token, "endToEndId": "1" } });
    let paid = bank.write(SANDBOX_KEY, "POST", "/rest/v1/transactions", &payment).await;
    assert_eq!(paid.status, 202, "{}", paid.text);
    bank.minutes_pass(60);
    let told = receiver.told(5).await;
    let documented = ["confirmed", "declined", "expired", "recalled"]
        .map(|word| format!("payto.agreement.{word}"));
    assert_eq!(words(&told), [&documented[..], &["payto.payment.approved".to_owned()]].concat());
    let approved = told.iter().map(Told::json).find(|it| it["data"]["receiptNumber"].is_string());
    let approved = approved.unwrap();
    assert_eq!(approved["data"]["receiptNumber"], paid.body["receiptNumber"]);
    assert_eq!(approved["data"]["status"], "Approved");
    let ids: std::collections::BTreeSet<String> = told.iter().map(Told::id).collect();
    assert_eq!(ids.len(), 5, "every event has an id of its own");
}

#[tokio::test]
async fn what_the_payee_and_the_payer_do_is_told_to_those_who_want_it() {
    let (bank, receiver) = (Bank::start().await, Receiver::start().await);
    let only = json!(["payto.agreement.suspended", "payto.agreement.cancelled"]);
    subscribe(&bank, &format!("{}/200", receiver.address), only).await;
    subscribe(&bank, &format!("{}/204", receiver.address), json!([])).await;
    let token = agree(&bank, "032999").await;
    bank.minutes_pass(1);
    let path = format!("/rest/v1/payto-agreements/{token}");
    for status in ["SUSPENDED", "ACTIVE"] {
        let change = json!({ "agreementStatus": status });
        let reply = bank.write(SANDBOX_KEY, "PATCH", &path, &change).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    let details = json!({ "endDate": "2027-03-01", "automaticRenewal": false });
    let amend = json!({ "respondByTimeMinutes": 60, "paymentDetails": details });
    let amended = bank.write(SANDBOX_KEY, "PATCH", &path, &amend).await;
    assert_eq!(amended.status, 200, "{}", amended.text);
    bank.minutes_pass(2);
    // Everything else has been told, so that nothing but the act itself can bring about its telling.
    receiver.told(5).await;
    while deliveries(&bank).await.as_array().unwrap().iter().any(|it| it["standing"] == "waiting") {
    }
    let act = format!("/facilities/SANDBOX/payto-agreements/{token}");
    bank.control("POST", &act, json!({ "act": "cancel" })).await;
    let told = receiver.told(7).await;
    let of =
        |path: &str| -> Vec<Told> { told.iter().filter(|it| it.path == path).cloned().collect() };
    assert_eq!(words(&of("/200")), ["payto.agreement.cancelled", "payto.agreement.suspended"]);
    let all = ["amended", "cancelled", "confirmed", "resumed", "suspended"]
        .map(|word| format!("payto.agreement.{word}"));
    assert_eq!(words(&of("/204")), all);
    let suspended = |path: &str| {
        let of = of(path);
        of.iter().find(|it| it.body.contains("payto.agreement.suspended")).unwrap().id()
    };
    assert_eq!(suspended("/200"), suspended("/204"), "one event, one id");
    let first = of("/204")[0].json();
    assert_eq!(first["data"]["agreementStatus"], "ACTIVE", "as it stood when it happened");
}

#[tokio::test]
async fn what_becomes_of_pay_ids_is_told_with_their_model_or_the_payments() {
    let (bank, receiver) = (Bank::start().await, Receiver::start().await);
    subscribe(&bank, &format!("{}/200", receiver.address), json!([])).await;
    let customer = json!({ "customerNumber": "CUST-77", "customerName": "Sam Test",
                           "supplierBusinessCode": "SANDBOXHIRE" });
    let made = bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &customer).await;
    let path = format!("/rest/v1/customers/{}/payids", made.body["customerId"].as_str().unwrap());
    for (address, life) in [
        ("test_error@example.com", "STATIC"),
        ("one@example.com", "SINGLE"),
        ("all@example.com", "STATIC"),
    ] {
        let body = json!({ "payId": address, "type": life, "supplierBusinessCode": "SANDBOXHIRE" });
        assert_eq!(bank.write(SANDBOX_KEY, "POST", &path, &body).await.status, 201);
    }
    bank.minutes_pass(1);
    receiver.told(3).await;
    for address in ["all@example.com", "one@example.com"] {
        let act = format!("/facilities/SANDBOX/payids/{address}");
        let paid = bank.control("POST", &act, json!({ "act": "pay", "amount": "12.50" })).await;
        assert_eq!(paid.body["outcome"], "received", "{}", paid.text);
    }
    for status in [204, 422] {
        let gone =
            bank.write(SANDBOX_KEY, "DELETE", "/rest/v1/payids/all@example.com", &Value::Null);
        assert_eq!(gone.await.status, status);
    }
    let told: Vec<Value> = receiver.told(7).await.iter().map(Told::json).collect();
    let told: Vec<[&str; 3]> = told
        .iter()
        .map(|it| {
            let address = [&it["data"]["payId"], &it["data"]["payIdData"]["payId"]];
            let address = address.into_iter().find_map(Value::as_str);
            let word = it["eventType"].as_str();
            [word, address, it["data"]["status"].as_str()].map(Option::unwrap_or_default)
        })
        .collect();
    assert_eq!(
        told,
        [
            ["payid.rejected", "test_error@example.com", "REJECTED"],
            ["payid.registered", "one@example.com", "ACTIVE"],
            ["payid.registered", "all@example.com", "ACTIVE"],
            ["payid.payment.received", "all@example.com", "Approved"],
            ["payid.payment.received", "one@example.com", "Approved"],
            ["payid.deregistered", "one@example.com", "DEREGISTERED"],
            ["payid.deregistered", "all@example.com", "DEREGISTERED"],
        ]
    );
}

#[tokio::test]
async fn a_failure_is_sent_again_on_the_sandboxs_clock_with_the_same_bytes() {
    let (bank, receiver) = (Bank::start().await, Receiver::start().await);
    subscribe(&bank, &format!("{}/500/200", receiver.address), json!([])).await;
    agree(&bank, "032001").await;
    bank.minutes_pass(1);
    let failed = tried(&bank, 1).await;
    assert_eq!(
        (&failed["standing"], &failed["attempts"][0]["status"]),
        (&json!("waiting"), &json!(500))
    );
    assert_eq!(failed["next"], "2026-03-01T00:02:00Z");
    bank.minutes_pass(1);
    let done = tried(&bank, 2).await;
    assert_eq!(
        (&done["standing"], &done["attempts"][1]["status"]),
        (&json!("delivered"), &json!(200))
    );
    let told = receiver.told(2).await;
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn one_that_is_away_is_given_up_after_five_tries_and_told_again_by_hand() {
    let bank = Bank::start().await;
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    subscribe(&bank, &format!("http://{away}/"), json!([])).await;
    agree(&bank, "032001").await;
    bank.minutes_pass(1);
    for (at, pause) in [1, 4, 16, 64].into_iter().enumerate() {
        let waiting = tried(&bank, at + 1).await;
        assert_eq!(waiting["attempts"][at]["outcome"], "not_connected");
        let now = bank.now();
        let next: jiff::Timestamp = waiting["next"].as_str().unwrap().parse().unwrap();
        assert_eq!(next.duration_since(now).as_mins(), pause);
        bank.minutes_pass(u64::try_from(pause).unwrap());
    }
    let given_up = tried(&bank, 5).await;
    assert_eq!((&given_up["standing"], &given_up["next"]), (&json!("given_up"), &Value::Null));
    bank.days_pass(30);
    assert_eq!(tried(&bank, 5).await["attempts"].as_array().unwrap().len(), 5);

    let again = format!("/facilities/SANDBOX/webhook-deliveries/{}", given_up["id"]);
    assert_eq!(bank.control("POST", &again, json!({})).await.body["standing"], "waiting");
    assert_eq!(tried(&bank, 6).await["eventId"], given_up["eventId"]);
    let nobody = bank.control("POST", "/facilities/SANDBOX/webhook-deliveries/99", json!({})).await;
    assert_eq!(nobody.status, 404, "{}", nobody.text);
}

/// One that never answers and one that leads elsewhere hold up neither requests nor each other.
#[tokio::test]
async fn one_that_does_not_answer_holds_up_nobody() {
    let (bank, receiver) = (Bank::start().await, Receiver::start().await);
    subscribe(&bank, &format!("{}/never", receiver.address), json!([])).await;
    subscribe(&bank, &format!("{}/302", receiver.address), json!([])).await;
    subscribe(&bank, &format!("{}/200", receiver.address), json!([])).await;
    agree(&bank, "032001").await;
    agree(&bank, "032999").await;
    bank.minutes_pass(1);
    let told = receiver.told(5).await;
    let count = |path: &str| told.iter().filter(|it| it.path == path).count();
    assert_eq!((count("/never"), count("/200"), count("/elsewhere")), (1, 2, 0));
    let path = "/rest/v1/payto-agreements";
    assert_eq!(bank.get(path).await.status, 200);
    let led = deliveries(&bank).await;
    let led = led.as_array().unwrap().iter().filter(|it| it["webhook"] == 2);
    assert!(led.clone().all(|it| it["standing"] == "waiting"), "a redirect takes nothing");
    bank.running.stop().await;
}

/// Killed between the outbox and the receiver: it is sent after the restart, under the same id.
#[tokio::test]
async fn what_was_not_sent_at_a_kill_is_sent_after_it() {
    let receiver = Receiver::start().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let bank = Bank::with(with_data(&path)).await;
    subscribe(&bank, &format!("{}/never/200", receiver.address), json!([])).await;
    agree(&bank, "032001").await;
    bank.minutes_pass(1);
    let first = receiver.told(1).await;
    // Nothing more is written: what follows starts from what was on disk at that moment.
    let killed = directory.path().join("killed.json");
    std::fs::copy(&path, &killed).unwrap();
    drop(bank);

    let again = SandboxOptions { start_at: Some(START.parse().unwrap()), ..with_data(&killed) };
    let bank = Bank::with(again).await;
    let told = receiver.told(2).await;
    assert_eq!(told[0].id(), first[0].id());
    assert_eq!(told[1].id(), first[0].id());
    assert_eq!(tried(&bank, 1).await["standing"], "delivered");
    bank.running.stop().await;
    let bank = Bank::with(with_data(&killed)).await;
    assert_eq!(deliveries(&bank).await[0]["standing"], "delivered", "it is known to be over");
    bank.get("/rest/v1/").await;
    assert_eq!(receiver.told(2).await.len(), 2);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_told_is_refused_with_what_can() {
    let bank = Bank::with(options()).await;
    let subscribe =
        async |body: Value| bank.control("POST", "/facilities/SANDBOX/webhooks", body).await;
    for (wrong, says) in [
        (json!({ "url": "ftp://127.0.0.1/" }), "url: an address such as http://"),
        (json!({ "url": "http://user:word@127.0.0.1/" }), "authorization"),
        (json!({ "url": "https://api.quickstream.westpac.com.au/" }), "host of the bank"),
        (json!({ "url": "http://127.0.0.1/", "secret": "" }), "secret: a text of 1 to"),
        (
            json!({ "url": "http://127.0.0.1/", "authorization": "a\nb" }),
            "authorization: the whole",
        ),
        (
            json!({ "url": "http://127.0.0.1/", "events": ["payto.lunch"] }),
            "payto.agreement.confirmed",
        ),
        (json!({ "uri": "http://127.0.0.1/" }), "unknown field `uri`"),
    ] {
        let reply = subscribe(wrong).await;
        assert_eq!(reply.status, 400, "{}", reply.text);
        assert!(reply.body["detail"].as_str().unwrap().contains(says), "{}", reply.text);
        assert!(!reply.text.contains("word@"), "{}", reply.text);
    }
    let made = subscribe(json!({ "url": "http://127.0.0.1:9/" })).await.body;
    assert_eq!(made["secret"].as_str().unwrap().len(), 40);
    let list = bank.control("GET", "/facilities/SANDBOX/webhooks", Value::Null).await.body;
    assert_eq!(list, json!([made]));
    let one = format!("/facilities/SANDBOX/webhooks/{}", made["id"]);
    assert_eq!(bank.control("DELETE", &one, Value::Null).await.status, 200);
    assert_eq!(bank.control("DELETE", &one, Value::Null).await.status, 404);
    for _ in 0..20 {
        assert_eq!(subscribe(json!({ "url": "http://127.0.0.1:9/" })).await.status, 200);
    }
    assert_eq!(subscribe(json!({ "url": "http://127.0.0.1:9/" })).await.status, 400);
    let nowhere = bank.control("GET", "/facilities/NONE/webhooks", Value::Null).await;
    assert_eq!(nowhere.status, 404, "{}", nowhere.text);
}

#[tokio::test]
async fn no_spelling_of_the_banks_hosts_is_a_webhooks_address() {
    let bank = Bank::start().await;
    let subscribe = async |url: &str| {
        bank.control("POST", "/facilities/SANDBOX/webhooks", json!({ "url": url })).await
    };
    for url in [
        "https://westpac.com.au/",
        "https://WESTPAC.com.au.:8443/",
        "https://api.quickstream.westpac%2Ecom%2eau/",
        "https://api.quickstream.%77estpac.com.au/",
        "https://api.quickstream.westpac\u{ff0e}com\u{3002}au/",
        "https:qvalent.com",
        "https://secure.paymentsonline.co.\tnz/",
    ] {
        let reply = subscribe(url).await;
        assert_eq!(reply.status, 400, "{url}");
        assert!(reply.text.contains("host of the bank"), "{url}: {}", reply.text);
    }
    assert_eq!(subscribe("http://notwestpac.com.au/").await.status, 200);
}
