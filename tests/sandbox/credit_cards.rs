//! The scheme of a card by its first six digits.

use serde_json::json;

use super::support::{Bank, wrong_fields};

#[tokio::test]
async fn six_digits_name_a_scheme() {
    let bank = Bank::start().await;
    let ask = async |bin: &str| {
        let path = format!("/rest/v1/credit-cards/card-schemes/{bin}");
        bank.get_with(&bank.publishable(), &path).await
    };
    for (bin, scheme) in [
        ("424242", "VISA"),
        ("516320", "MASTERCARD"),
        ("222400", "MASTERCARD"),
        ("370000", "AMEX"),
        ("360000", "DINERS"),
        ("353000", "JCB"),
        ("625094", "UNIONPAY"),
    ] {
        let reply = ask(bin).await;
        assert_eq!((reply.status, &reply.body["cardScheme"]), (200, &json!(scheme)));
    }
    for wrong in ["42424", "4242424", "4242x2", "900000"] {
        let reply = ask(wrong).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["cardBIN"]), "{wrong}");
    }
    assert_eq!(ask("600000").await.status, 404);
    let whole = ask("4242424242424242").await;
    assert!(!whole.body["errors"].to_string().contains("4242"), "{}", whole.text);
    bank.control("POST", "/guesses", json!({ "unknown_bin": "404" })).await;
    assert_eq!(ask("900000").await.status, 404);
    assert_eq!(bank.get("/rest/v1/credit-cards/card-schemes/424242").await.status, 403);
}
