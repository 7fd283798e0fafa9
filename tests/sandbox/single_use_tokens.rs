//! Single-use tokens: what is asked, what is shown of it, how long it lives and how many there are.

use quaymaster::sandbox::{Capability, SANDBOX_KEY};
use serde_json::{Value, json};

use super::support::{Bank, names, wrong_fields};

const TOKENS: &str = "/rest/v1/single-use-tokens";

/// The documents' own examples, of a year that has not passed here.
fn card() -> Value {
    json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "CREDIT_CARD",
            "cardholderName": "Jane Smith", "cardNumber": "4242424242424242",
            "expiryDateMonth": "12", "expiryDateYear": "2027", "cvn": "123" })
}

fn bank_account() -> Value {
    json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT",
            "accountName": "Jane Smith", "bsb": "032-000", "accountNumber": "123410" })
}

fn nz_bank_account() -> Value {
    json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT_NZ",
            "nzAccountName": "Jane Smith", "nzBankCode": "15", "nzBranchCode": "01",
            "nzAccountNumber": "123416", "nzAccountSuffix": "01" })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

#[tokio::test]
async fn a_cards_token_shows_the_card_masked() {
    let bank = Bank::start().await;
    let reply = bank.write(&bank.publishable(), "POST", TOKENS, &card()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(names(&reply.body), ["links", "singleUseTokenId", "accountType", "creditCard"]);
    assert_eq!(reply.body["accountType"], "CREDIT_CARD");
    assert_eq!(
        reply.body["creditCard"],
        json!({
            "cardNumber": "424242...242", "expiryDateMonth": "12", "expiryDateYear": "27",
            "cardScheme": "VISA", "cardType": "CREDIT", "cardholderName": "Jane Smith",
            "maskedCardNumber4Digits": "424242...4242", "surchargePercentage": "0.400",
        })
    );
    let id = reply.body["singleUseTokenId"].as_str().unwrap();
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "a UUID: {id}");
    assert!(!reply.text.contains("4242424242"), "{}", reply.text);
}

#[tokio::test]
async fn bank_accounts_have_tokens_too() {
    let bank = Bank::start().await;
    let ask = async |body: &Value| bank.write(&bank.publishable(), "POST", TOKENS, body).await;
    let reply = ask(&bank_account()).await;
    let masked = json!({ "accountName": "Jane Smith", "bsb": "...000", "accountNumber": "...410" });
    assert_eq!((reply.status, &reply.body["bankAccount"]), (200, &masked));
    let undashed = with(bank_account(), "bsb", json!("032000"));
    assert_eq!(ask(&undashed).await.body["bankAccount"], masked);
    let reply = ask(&nz_bank_account()).await;
    let whole = json!({ "nzAccountName": "Jane Smith", "nzBankCode": "15", "nzBranchCode": "01",
                        "nzAccountNumber": "123416", "nzAccountSuffix": "01" });
    assert_eq!((reply.status, &reply.body["nzBankAccount"]), (200, &whole));
}

#[tokio::test]
async fn a_wallets_token_shows_its_kind_only() {
    let bank = Bank::start().await;
    for (kind, field) in [("APPLE_PAY", "applePayToken"), ("GOOGLE_PAY", "googlePayToken")] {
        let body = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": kind,
                           field: { "data": "anything" } });
        let reply = bank.write(&bank.publishable(), "POST", TOKENS, &body).await;
        assert_eq!(names(&reply.body), ["links", "singleUseTokenId", "accountType"]);
        assert_eq!(reply.body["accountType"], kind);
        let missing = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": kind });
        let reply = bank.write(&bank.publishable(), "POST", TOKENS, &missing).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec![field]));
    }
}

#[tokio::test]
async fn every_wrong_field_is_422_and_named() {
    let bank = Bank::start().await;
    let nothing = ["supplierBusinessCode", "accountType"];
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (json!({}), nothing.to_vec()),
        (with(card(), "supplierBusinessCode", json!("NONE")), vec!["supplierBusinessCode"]),
        (with(card(), "accountType", json!("GOLD")), vec!["accountType"]),
        (with(card(), "cardNumber", json!("4242x")), vec!["cardNumber"]),
        (with(card(), "cardNumber", json!("4242424242424241")), vec!["cardNumber"]),
        // Diners, which this business does not accept.
        (with(card(), "cardNumber", json!("36000000000008")), vec!["cardNumber"]),
        (with(card(), "cardNumber", json!(null)), vec!["cardNumber"]),
        (with(card(), "expiryDateMonth", json!("13")), vec!["expiryDateMonth"]),
        (with(card(), "expiryDateMonth", json!("3")), vec!["expiryDateMonth"]),
        (with(card(), "expiryDateYear", json!("27")), vec!["expiryDateYear"]),
        (with(card(), "expiryDateYear", json!("2025")), vec!["expiryDateYear"]),
        (with(card(), "cvn", json!("12")), vec!["cvn"]),
        (with(card(), "cardholderName", json!(7)), vec!["cardholderName"]),
        (with(card(), "threeDS2", json!("true")), vec!["threeDS2"]),
        (with(bank_account(), "accountName", json!(null)), vec!["accountName"]),
        (with(bank_account(), "bsb", json!("03-2000")), vec!["bsb"]),
        (with(bank_account(), "accountNumber", json!("1234567890")), vec!["accountNumber"]),
        (with(nz_bank_account(), "nzBankCode", json!("1")), vec!["nzBankCode"]),
        (with(nz_bank_account(), "nzAccountSuffix", json!("x")), vec!["nzAccountSuffix"]),
    ];
    for (body, fields) in cases {
        let reply = bank.write(&bank.publishable(), "POST", TOKENS, &body).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, fields), "{body}: {}", reply.text);
        assert!(!reply.text.contains("4242424242"), "{}", reply.text);
    }
    let far = with(card(), "expiryDateYear", json!("2050"));
    assert_eq!(bank.write(&bank.publishable(), "POST", TOKENS, &far).await.status, 200);
    bank.control("POST", "/guesses", json!({ "token_expiry_year": "two_or_four" })).await;
    let two = with(card(), "expiryDateYear", json!("27"));
    assert_eq!(bank.write(&bank.publishable(), "POST", TOKENS, &two).await.status, 200);
}

#[tokio::test]
async fn a_method_the_facility_does_not_take_is_422() {
    let bank = Bank::start().await;
    bank.running.control().without("SANDBOX", vec![Capability::DirectDebit]).unwrap();
    let reply = bank.write(&bank.publishable(), "POST", TOKENS, &bank_account()).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["accountType"]));
    assert_eq!(bank.write(&bank.publishable(), "POST", TOKENS, &card()).await.status, 200);
}

#[tokio::test]
async fn a_secret_key_is_403_or_as_the_page_says_401() {
    let bank = Bank::start().await;
    let secret = SANDBOX_KEY;
    assert_eq!(bank.write(secret, "POST", TOKENS, &card()).await.status, 403);
    bank.control("POST", "/guesses", json!({ "wrong_kind_status": "401" })).await;
    assert_eq!(bank.write(secret, "POST", TOKENS, &card()).await.status, 401);
}

#[tokio::test]
async fn a_replay_gives_the_same_token() {
    let bank = Bank::start().await;
    let key = bank.publishable();
    let first = bank.post(&key, TOKENS, "once", &card().to_string()).await;
    let second = bank.post(&key, TOKENS, "once", &bank_account().to_string()).await;
    assert_eq!((first.status, &first.body), (200, &second.body));
    let third = bank.post(&key, TOKENS, "twice", &card().to_string()).await;
    assert_ne!(third.body["singleUseTokenId"], first.body["singleUseTokenId"]);
}

/// 1000 unused tokens, then 429 until they have lived their ten minutes.
#[tokio::test]
async fn the_thousand_and_first_unused_token_is_429() {
    let bank = Bank::start().await;
    let (key, body) = (bank.publishable(), bank_account());
    for _ in 0..1000 {
        assert_eq!(bank.write(&key, "POST", TOKENS, &body).await.status, 200);
    }
    let reply = bank.write(&key, "POST", TOKENS, &body).await;
    assert_eq!(reply.status, 429);
    assert!(reply.reason().contains("quota"), "{}", reply.text);
    assert_eq!(reply.header("retry-after"), Some("20"));
    let moved = bank.control("POST", "/clock", json!({ "advance": 599 })).await;
    assert_eq!(moved.status, 200);
    assert_eq!(bank.write(&key, "POST", TOKENS, &body).await.status, 429);
    bank.control("POST", "/clock", json!({ "advance": 1 })).await;
    assert_eq!(bank.write(&key, "POST", TOKENS, &body).await.status, 200);
}

/// Whoever builds a payment page sees what it has made, until it is used or ends.
#[tokio::test]
async fn the_control_api_lists_those_not_used_yet() {
    let bank = Bank::start().await;
    let used = bank.card_token(json!({})).await;
    let direct_debit = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT",
                               "accountName": "Sam Test", "bsb": "032-999", "accountNumber": "999994" });
    let account = bank.token(&direct_debit).await;
    let list = bank.control("GET", "/tokens", Value::Null).await;
    assert_eq!((list.status, list.body.as_array().map(Vec::len)), (200, Some(2)), "{}", list.text);
    let card = &list.body[0];
    assert_eq!(card["account"]["cardNumber"], "424242...242");
    assert!(!list.text.contains("4242424242424242") && !list.text.contains("999994"));
    for (field, value) in [
        ("singleUseTokenId", json!(used)),
        ("facility", json!("SANDBOX")),
        ("business", json!("SANDBOXHIRE")),
        ("accountType", json!("CREDIT_CARD")),
        ("ends", json!("2026-03-01T00:10:00Z")),
        ("threeDS2", json!(false)),
        ("transStatus", Value::Null),
    ] {
        assert_eq!(card[field], value, "{field}");
    }
    let pay = json!({ "transactionType": "PAYMENT", "singleUseTokenId": used,
                      "principalAmount": 10.00, "currency": "AUD", "eci": "INTERNET",
                      "supplierBusinessCode": "SANDBOXHIRE" });
    let paid = bank.write(SANDBOX_KEY, "POST", "/rest/v1/transactions", &pay).await;
    assert_eq!(paid.status, 201, "{}", paid.text);
    let left = bank.control("GET", "/tokens", Value::Null).await.body;
    assert_eq!((left[0]["singleUseTokenId"].as_str(), &left[1]), (Some(&*account), &Value::Null));
    bank.minutes_pass(10);
    assert_eq!(bank.control("GET", "/tokens", Value::Null).await.body, json!([]));
}
