//! Pre-authorisations over the wire: held, changed, captured and cancelled.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{Bank, Reply, wrong_fields};
use super::transactions::{receipt, take};

async fn hold(bank: &Bank, number: &str) -> Reply {
    let body = json!({
        "transactionType": "PREAUTH", "supplierBusinessCode": "SANDBOXHIRE",
        "principalAmount": 300.00, "currency": "AUD",
        "creditCard": { "cardNumber": number, "expiryDateMonth": "12", "expiryDateYear": "30" },
    });
    let held = take(bank, &body).await;
    assert_eq!(held.status, 201, "{}", held.text);
    held
}

fn change(kind: &str, original: &str, extra: &Value) -> Value {
    let mut body = json!({ "transactionType": kind, "originalReceiptNumber": original });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn void(bank: &Bank, receipt: &str) -> Reply {
    let path = format!("/rest/v1/transactions/{receipt}/void");
    bank.write(SANDBOX_KEY, "POST", &path, &Value::Null).await
}

#[tokio::test]
async fn a_hold_is_topped_up_and_captured() {
    let bank = Bank::start().await;
    let held = hold(&bank, "4242424242424242").await;
    assert_eq!(held.body["status"], "Approved");
    assert_eq!(held.body["authorisationCode"].as_str().map(str::len), Some(6));
    let root = receipt(&held);
    let more = json!({ "authorisationType": "INCREMENTAL", "principalAmount": 75.00 });
    let more = take(&bank, &change("PREAUTH", &root, &more)).await;
    assert_eq!(more.status, 201, "{}", more.text);
    assert_eq!(more.body["authorisationType"], "INCREMENTAL");
    assert_eq!(more.body["originalReceiptNumber"], json!(root));
    // Any receipt of the hold names it.
    let whole = json!({ "principalAmount": 375.00, "currency": "AUD" });
    let capture = change("CAPTURE", &receipt(&more), &whole);
    let captured = take(&bank, &capture).await;
    assert_eq!((captured.status, &captured.body["status"]), (201, &json!("Approved")));
    let again = take(&bank, &capture).await;
    assert_eq!((again.status, wrong_fields(&again)), (422, vec!["transactionType"]));
}

#[tokio::test]
async fn a_hold_is_cancelled_in_part_and_in_full() {
    let bank = Bank::start().await;
    let root = receipt(&hold(&bank, "5163200000000008").await);
    let part = json!({ "cancellationType": "PARTIAL", "principalAmount": 100.00 });
    let part = take(&bank, &change("REFUND", &root, &part)).await;
    assert_eq!((part.status, &part.body["cancellationType"]), (201, &json!("PARTIAL")));
    let above = json!({ "principalAmount": 200.01 });
    assert_eq!(
        wrong_fields(&take(&bank, &change("CAPTURE", &root, &above)).await),
        ["principalAmount"]
    );
    let full = change("PREAUTH", &root, &json!({ "cancellationType": "FULL" }));
    let full = take(&bank, &full).await;
    assert_eq!(
        (full.status, full.body["totalAmount"]["amount"].to_string()),
        (201, "200.00".to_owned())
    );
    let late = take(&bank, &change("CAPTURE", &root, &json!({ "principalAmount": 1.00 }))).await;
    assert_eq!(late.status, 422);
    bank.control("POST", "/guesses", json!({ "cancel_transaction_type": "REFUND" })).await;
    let root = receipt(&hold(&bank, "5163200000000008").await);
    let wrong = change("PREAUTH", &root, &json!({ "cancellationType": "FULL" }));
    assert_eq!(wrong_fields(&take(&bank, &wrong).await), ["transactionType"]);
}

#[tokio::test]
async fn only_visa_extends_and_only_mastercard_reauthorises() {
    let bank = Bank::start().await;
    let extend = json!({ "authorisationType": "EXTENSION" });
    let anew = json!({ "authorisationType": "REAUTHORISATION" });
    for (number, extends, renews) in [
        ("4242424242424242", 201, 422),
        ("5163200000000008", 422, 201),
        ("370000000201048", 422, 422),
    ] {
        let root = receipt(&hold(&bank, number).await);
        let asked = take(&bank, &change("PREAUTH", &root, &extend)).await;
        assert_eq!(asked.status, extends, "{number}: {}", asked.text);
        let asked = take(&bank, &change("PREAUTH", &root, &anew)).await;
        assert_eq!(asked.status, renews, "{number}: {}", asked.text);
    }
}

#[tokio::test]
async fn a_capture_after_the_hold_ran_out_is_declined() {
    let bank = Bank::start().await;
    let root = receipt(&hold(&bank, "4242424242424242").await);
    bank.days_pass(8);
    let capture = change("CAPTURE", &root, &json!({ "principalAmount": 300.00 }));
    let late = take(&bank, &capture).await;
    assert_eq!(
        (late.status, &late.body["status"], &late.body["responseCode"]),
        (201, &json!("Declined"), &json!("12"))
    );
}

#[tokio::test]
async fn a_card_is_verified_without_an_amount() {
    let bank = Bank::start().await;
    let verify = |number: &str| {
        json!({ "transactionType": "ACCOUNT_VERIFICATION", "supplierBusinessCode": "SANDBOXHIRE",
                "creditCard": { "cardNumber": number, "expiryDateMonth": "12",
                                "expiryDateYear": "30" } })
    };
    let verified = take(&bank, &verify("4242424242424242")).await;
    assert_eq!((verified.status, &verified.body["status"]), (201, &json!("Approved")));
    assert_eq!(verified.body["totalAmount"]["displayAmount"], "$0.00");
    let declined = take(&bank, &verify("4111111117444490")).await;
    assert_eq!(declined.body["status"], "Declined");
    assert_eq!(wrong_fields(&take(&bank, &verify("370000000201048")).await), ["transactionType"]);
}

#[tokio::test]
async fn what_was_done_with_a_hold_cannot_be_undone_behind_its_back() {
    let bank = Bank::start().await;
    let root = receipt(&hold(&bank, "4242424242424242").await);
    let more = json!({ "authorisationType": "INCREMENTAL", "principalAmount": 75.00 });
    let more = take(&bank, &change("PREAUTH", &root, &more)).await;
    let part = json!({ "cancellationType": "PARTIAL", "principalAmount": 25.00 });
    let part = take(&bank, &change("REFUND", &root, &part)).await;
    for reply in [&more, &part] {
        assert_eq!(reply.body["voidable"], json!(false), "{}", reply.text);
        assert_eq!(void(&bank, &receipt(reply)).await.status, 422);
    }
    let captured = change("CAPTURE", &root, &json!({ "principalAmount": 350.00 }));
    let captured = take(&bank, &captured).await;
    assert_eq!((captured.status, &captured.body["voidable"]), (201, &json!(true)));
    // The money was taken: the hold is gone, whatever was made of it.
    assert_eq!(void(&bank, &root).await.status, 422);
    assert_eq!(void(&bank, &receipt(&captured)).await.body["status"], "Voided");
    assert_eq!(void(&bank, &root).await.body["status"], "Voided");
}

#[tokio::test]
async fn there_is_nothing_to_void_of_a_verification() {
    let bank = Bank::start().await;
    let body = json!({ "transactionType": "ACCOUNT_VERIFICATION",
                       "supplierBusinessCode": "SANDBOXHIRE",
                       "creditCard": { "cardNumber": "4242424242424242", "expiryDateMonth": "12",
                                       "expiryDateYear": "30" } });
    let verified = take(&bank, &body).await;
    assert_eq!(verified.body["voidable"], json!(false), "{}", verified.text);
    assert_eq!(void(&bank, &receipt(&verified)).await.status, 422);
}
