//! The summary code, by which the documents have callers decide: 0 only for what was accepted.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{Bank, Reply};
use super::transactions::{payment, receipt, take};

fn outcome(reply: &Reply) -> (&str, &str) {
    let text = |name: &str| reply.body[name].as_str().expect("a transaction");
    (text("status"), text("summaryCode"))
}

fn card() -> Value {
    json!({ "cardNumber": "4242424242424242", "expiryDateMonth": "12", "expiryDateYear": "30" })
}

#[tokio::test]
async fn a_suspended_payment_is_not_approved() {
    let bank = Bank::start().await;
    bank.control("POST", "/guesses", json!({ "fraud_guard_from_dollars": 20 })).await;
    let mut body = payment("creditCard", &card());
    body["eci"] = json!("INTERNET");
    body["ipAddress"] = json!("203.0.113.7");
    let held = take(&bank, &body).await;
    assert_eq!(outcome(&held), ("Suspended", "2"));
    let path = format!("/facilities/SANDBOX/transactions/{}", receipt(&held));
    bank.control("POST", &path, json!({ "act": "release" })).await;
    let read = bank.get(&format!("/rest/v1/transactions/{}", receipt(&held))).await;
    assert_eq!(outcome(&read), ("Approved", "0"));
}

#[tokio::test]
async fn a_voided_payment_is_rejected() {
    let bank = Bank::start().await;
    let paid = take(&bank, &payment("creditCard", &card())).await;
    assert_eq!(outcome(&paid), ("Approved", "0"));
    let path = format!("/rest/v1/transactions/{}/void", receipt(&paid));
    let voided = bank.write(SANDBOX_KEY, "POST", &path, &Value::Null).await;
    assert_eq!(outcome(&voided), ("Voided", "3"));
    assert_eq!(voided.body["responseCode"], paid.body["responseCode"]);
}

#[tokio::test]
async fn a_bank_account_is_declined_or_rejected_by_its_branch() {
    let bank = Bank::start().await;
    for (bsb, expected) in [
        ("032-999", ("Approved*", "0")),
        ("032-051", ("Declined", "1")),
        ("032-050", ("Declined", "3")),
    ] {
        let account = json!({ "accountName": "Sam", "bsb": bsb, "accountNumber": "111119" });
        let taken = take(&bank, &payment("bankAccount", &account)).await;
        assert_eq!(outcome(&taken), expected, "{bsb}");
        // That code is a card's, and its summary is 1.
        assert_ne!(taken.body["responseCode"], "QQ");
    }
}
