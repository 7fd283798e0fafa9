//! Accounts: registering, which one is the default, changing, disabling.

use quaymaster::sandbox::{Capability, SANDBOX_KEY};
use serde_json::{Value, json};

use super::support::{BUSINESSES, Bank, Reply, linked, names, wrong_fields};

const ACCOUNTS: &str = "/rest/v1/accounts";

/// A customer's path.
async fn customer(bank: &Bank) -> String {
    let body = json!({ "customerNumber": "CUST-77", "customerName": "Sam Test",
                       "supplierBusinessCode": "SANDBOXHIRE" });
    let reply = bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &body).await;
    location(&reply)
}

fn location(reply: &Reply) -> String {
    let location = reply.header("location").expect(&reply.text);
    location.strip_prefix("http://bank.example").unwrap().to_owned()
}

async fn register(bank: &Bank, path: &str, body: &Value) -> Reply {
    bank.write(SANDBOX_KEY, "POST", path, body).await
}

fn bank_account() -> Value {
    json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT",
            "accountName": "Jane Smith", "bsb": "032-999", "accountNumber": "999994" })
}

fn nz_bank_account() -> Value {
    json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT_NZ",
            "nzAccountName": "Jane Smith", "nzBankCode": "15", "nzBranchCode": "01",
            "nzAccountNumber": "123416", "nzAccountSuffix": "01" })
}

#[tokio::test]
async fn a_card_is_registered_once_with_its_token() {
    let bank = Bank::start().await;
    let customer = customer(&bank).await;
    let accounts = format!("{customer}/accounts");
    let body = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    let made = register(&bank, &accounts, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let mut fields = names(&made.body);
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "accountToken",
            "accountType",
            "cardNumber",
            "cardScheme",
            "cardType",
            "cardholderName",
            "customerId",
            "defaultAccount",
            "expiryDateMonth",
            "expiryDateYear",
            "links",
            "maskedCardNumber4Digits",
            "panType",
            "surchargePercentage",
        ]
    );
    assert_eq!(made.body["accountToken"], "SANDBOX-100000001");
    assert_eq!(made.body["defaultAccount"], true, "the first one is the default");
    assert_eq!(made.body["cardNumber"], "424242...242");
    assert_eq!(made.body["expiryDateYear"], "27");
    assert_eq!(made.body["surchargePercentage"], "0.400");
    assert_eq!(location(&made), format!("{ACCOUNTS}/SANDBOX-100000001"));
    assert_eq!(bank.get(&location(&made)).await.body, made.body);

    let again = register(&bank, &accounts, &body).await;
    assert_eq!((again.status, wrong_fields(&again)), (422, vec!["singleUseTokenId"]));
}

#[tokio::test]
async fn a_token_that_was_refused_or_only_read_is_not_used_up() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    let token = bank.card_token(json!({})).await;
    let wrong = json!({ "singleUseTokenId": token, "defaultAccount": "yes" });
    assert_eq!(register(&bank, &accounts, &wrong).await.status, 422);
    let nobody = "/rest/v1/customers/310000099/accounts";
    let body = json!({ "singleUseTokenId": token });
    assert_eq!(register(&bank, nobody, &body).await.status, 404);
    assert_eq!(register(&bank, &accounts, &body).await.status, 201);
}

#[tokio::test]
async fn a_token_lives_ten_minutes() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    let (early, late) = (bank.card_token(json!({})).await, bank.card_token(json!({})).await);
    bank.control("POST", "/clock", json!({ "advance": 599 })).await;
    let early = register(&bank, &accounts, &json!({ "singleUseTokenId": early })).await;
    assert_eq!(early.status, 201);
    bank.control("POST", "/clock", json!({ "advance": 1 })).await;
    let late = register(&bank, &accounts, &json!({ "singleUseTokenId": late })).await;
    assert_eq!((late.status, wrong_fields(&late)), (422, vec!["singleUseTokenId"]));
}

#[tokio::test]
async fn every_kind_of_account_is_registered() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    for token in [bank_account(), nz_bank_account()] {
        let body = json!({ "singleUseTokenId": bank.token(&token).await });
        let reply = register(&bank, &accounts, &body).await;
        assert_eq!((reply.status, &reply.body["accountType"]), (201, &token["accountType"]));
    }
    let raw = [
        json!({ "creditCard": { "cardNumber": "5163200000000008", "expiryDateMonth": "01",
                                "expiryDateYear": "30", "cardholderName": "Jane" } }),
        json!({ "bankAccount": { "accountName": "Jane", "bsb": "032999",
                                 "accountNumber": "999994" } }),
        json!({ "nzBankAccount": { "nzAccountName": "Jane", "nzBankCode": "15",
                                   "nzBranchCode": "01", "nzAccountNumber": "123416",
                                   "nzAccountSuffix": "01" } }),
    ];
    for body in raw {
        let reply = register(&bank, &accounts, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    let list = bank.get(&accounts).await;
    let kinds: Vec<&str> = list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["accountType"].as_str().unwrap())
        .collect();
    let newest_first =
        ["DIRECT_DEBIT_NZ", "DIRECT_DEBIT", "CREDIT_CARD", "DIRECT_DEBIT_NZ", "DIRECT_DEBIT"];
    assert_eq!(kinds, newest_first);
    let defaults = list.body["data"].as_array().unwrap().iter();
    let defaults: Vec<bool> = defaults.map(|a| a["defaultAccount"] == true).collect();
    assert_eq!(defaults, [false, false, false, false, true]);
}

#[tokio::test]
async fn every_wrong_field_is_422_and_named() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    let wallet = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "APPLE_PAY",
                         "applePayToken": "x" });
    let wallet = bank.token(&wallet).await;
    let expired = json!({ "cardNumber": "4242424242424242", "expiryDateMonth": "02",
                          "expiryDateYear": "26" });
    let cases = [
        (json!({}), vec!["singleUseTokenId"]),
        (json!({ "singleUseTokenId": "none" }), vec!["singleUseTokenId"]),
        (json!({ "singleUseTokenId": wallet }), vec!["singleUseTokenId"]),
        (json!({ "singleUseTokenId": "a", "bankAccount": {} }), vec!["singleUseTokenId"]),
        (json!({ "creditCard": expired }), vec!["creditCard.expiryDateYear"]),
        (
            json!({ "bankAccount": { "bsb": "032-999" } }),
            vec!["bankAccount.accountName", "bankAccount.accountNumber"],
        ),
        (json!({ "bankAccount": 7 }), vec!["bankAccount"]),
    ];
    for (body, fields) in cases {
        let reply = register(&bank, &accounts, &body).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, fields), "{body}");
    }
    bank.running.control().without("SANDBOX", vec![Capability::CreditCard]).unwrap();
    let body = json!({ "creditCard": { "cardNumber": "4242424242424242",
                                       "expiryDateMonth": "12", "expiryDateYear": "27" } });
    let reply = register(&bank, &accounts, &body).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["creditCard"]));
}

#[tokio::test]
async fn a_card_that_needs_3_d_secure_is_registered_after_it() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    let browser = json!({ "browserJavaEnabled": true, "browserLanguage": "en", "browserColorDepth": "1",
                "browserScreenHeight": "1000", "browserScreenWidth": "2000", "browserTZ": "60" });
    let token = async |holder: &str| {
        let more = json!({ "threeDS2": true, "browserProfile": browser,
                           "cardholderName": holder });
        let token = bank.card_token(more).await;
        let path = format!("/rest/v1/single-use-tokens/{token}/three-ds2-authentication");
        let purpose = json!({ "messageCategory": "02", "threeDSRequestorAuthenticationInd": "04" });
        assert_eq!(bank.write(SANDBOX_KEY, "POST", &path, &purpose).await.status, 200);
        token
    };
    let failed = token("Jane Fail").await;
    let body = json!({ "singleUseTokenId": failed, "threeDS2": true });
    let reply = register(&bank, &accounts, &body).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["threeDS2"]));
    let passed = token("Jane Smith").await;
    let unsaid = register(&bank, &accounts, &json!({ "singleUseTokenId": passed })).await;
    assert_eq!((unsaid.status, wrong_fields(&unsaid)), (422, vec!["threeDS2"]));
    let body = json!({ "singleUseTokenId": passed, "threeDS2": true });
    assert_eq!(register(&bank, &accounts, &body).await.status, 201);
    // And none may say so that did not go through it.
    let plain = json!({ "singleUseTokenId": bank.card_token(json!({})).await, "threeDS2": true });
    assert_eq!(register(&bank, &accounts, &plain).await.status, 422);
}

#[tokio::test]
async fn an_account_without_a_customer_makes_one() {
    let bank = Bank::start().await;
    let body = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    let made = register(&bank, ACCOUNTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.body["customerId"].as_str().unwrap();
    let customer = bank.get(&format!("/rest/v1/customers/{id}")).await.body;
    assert_eq!(customer["customerNumber"], id);
    assert_eq!(customer["customerName"], "Jane Smith");
    assert_eq!(customer["supplierBusinessCode"], "SANDBOXHIRE");
    let named = json!({ "singleUseTokenId": bank.card_token(json!({})).await,
                        "customerNumber": "CUST-1" });
    let named = register(&bank, ACCOUNTS, &named).await;
    assert_ne!(named.body["customerId"], json!(id));
    let taken = json!({ "singleUseTokenId": bank.card_token(json!({})).await,
                        "customerNumber": "CUST-1" });
    let taken = register(&bank, ACCOUNTS, &taken).await;
    assert_eq!((taken.status, wrong_fields(&taken)), (422, vec!["customerNumber"]));
}

#[tokio::test]
async fn the_holder_and_the_expiry_change_and_nothing_else() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    let card = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    let card = location(&register(&bank, &accounts, &card).await);
    let patch = async |path: &str, body: Value| bank.write(SANDBOX_KEY, "PATCH", path, &body).await;
    let changed = json!({ "cardholderName": "Jane Jones", "expiryDateMonth": "01",
                          "expiryDateYear": "29", "cardNumber": "5163200000000008" });
    let reply = patch(&card, changed).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["cardholderName"], "Jane Jones");
    assert_eq!(reply.body["expiryDateMonth"], "01");
    assert_eq!(reply.body["expiryDateYear"], "29");
    assert_eq!(reply.body["cardNumber"], "424242...242");
    for (body, fields) in [
        (json!({}), vec!["cardholderName"]),
        (json!({ "expiryDateMonth": "02" }), vec!["expiryDateYear"]),
        (json!({ "expiryDateMonth": "02", "expiryDateYear": "26" }), vec!["expiryDateYear"]),
        (json!({ "accountName": "Jane" }), vec!["accountName"]),
        (json!({ "defaultAccount": false }), vec!["defaultAccount"]),
    ] {
        let reply = patch(&card, body.clone()).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, fields), "{body}");
    }
    let bank_token = json!({ "singleUseTokenId": bank.token(&bank_account()).await });
    let other = location(&register(&bank, &accounts, &bank_token).await);
    let reply = patch(&other, json!({ "accountName": "J Smith", "defaultAccount": true })).await;
    assert_eq!((reply.status, &reply.body["accountName"]), (200, &json!("J Smith")));
    assert_eq!(reply.body["defaultAccount"], true);
    assert_eq!(bank.get(&card).await.body["defaultAccount"], false);
    let none = format!("{ACCOUNTS}/SANDBOX-100000099");
    assert_eq!(patch(&none, json!({ "accountName": "J" })).await.status, 404);
}

#[tokio::test]
async fn a_disabled_account_is_gone() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    let card = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    let card = location(&register(&bank, &accounts, &card).await);
    let gone = bank.write(SANDBOX_KEY, "DELETE", &card, &Value::Null).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(bank.get(&card).await.status, 404);
    assert_eq!(bank.get(&accounts).await.body["data"], json!([]));
    for (method, body) in [("DELETE", Value::Null), ("PATCH", json!({ "cardholderName": "J" }))] {
        assert_eq!(bank.write(SANDBOX_KEY, method, &card, &body).await.status, 404);
    }
    bank.control("POST", "/guesses", json!({ "disabled_account": "200" })).await;
    let read = bank.get(&card).await;
    assert_eq!((read.status, &read.body["defaultAccount"]), (200, &json!(false)));
    // The next one registered is the default again.
    let next = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    assert_eq!(register(&bank, &accounts, &next).await.body["defaultAccount"], true);
}

#[tokio::test]
async fn accounts_come_by_the_twenty() {
    let bank = Bank::start().await;
    let accounts = format!("{}/accounts", customer(&bank).await);
    for _ in 0..21 {
        let body = json!({ "singleUseTokenId": bank.token(&bank_account()).await });
        assert_eq!(register(&bank, &accounts, &body).await.status, 201);
    }
    let first = bank.get(&accounts).await;
    assert_eq!(first.body["data"].as_array().unwrap().len(), 20);
    assert_eq!(first.body["data"][0]["accountToken"], "SANDBOX-100000021");
    let next = linked(&first.body, "next").unwrap().strip_prefix("http://bank.example").unwrap();
    let last = bank.get(next).await;
    assert_eq!(last.body["data"][0]["accountToken"], "SANDBOX-100000001");
    assert_eq!(linked(&last.body, "next"), None);
}

#[tokio::test]
async fn a_restricted_key_does_not_see_another_businesss_accounts() {
    let bank = Bank::seeded(BUSINESSES).await;
    let body =
        json!({ "customerNumber": "1", "customerName": "X", "supplierBusinessCode": "HIRE" });
    let customer = location(&bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &body).await);
    let card = json!({ "creditCard": { "cardNumber": "4242424242424242",
                                       "expiryDateMonth": "12", "expiryDateYear": "27" } });
    let account = location(&register(&bank, &format!("{customer}/accounts"), &card).await);
    let key = bank.restricted_to("SALES");
    assert_eq!(bank.get_with(&key, &account).await.status, 404);
    assert_eq!(bank.get_with(&key, &format!("{customer}/accounts")).await.status, 404);
    for (method, path) in
        [("PATCH", &account), ("DELETE", &account), ("POST", &format!("{customer}/accounts"))]
    {
        let body = if method == "DELETE" { Value::Null } else { card.clone() };
        assert_eq!(bank.write(&key, method, path, &body).await.status, 404, "{method}");
    }
    let mut foreign = card.clone();
    foreign["supplierBusinessCode"] = json!("HIRE");
    let reply = bank.write(&key, "POST", ACCOUNTS, &foreign).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["supplierBusinessCode"]));
}

/// Customers, accounts and waiting tokens outlive a restart.
#[tokio::test]
async fn the_data_file_keeps_what_is_registered() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let bank = Bank::with(super::support::with_data(&path)).await;
    let customer = customer(&bank).await;
    let body = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    let made = register(&bank, &format!("{customer}/accounts"), &body).await;
    let waiting = bank.card_token(json!({})).await;
    bank.running.stop().await;
    let bank = Bank::with(super::support::with_data(&path)).await;
    assert_eq!(bank.get(&location(&made)).await.body, made.body);
    let body = json!({ "singleUseTokenId": waiting });
    let second = register(&bank, &format!("{customer}/accounts"), &body).await;
    assert_eq!((second.status, &second.body["accountToken"]), (201, &json!("SANDBOX-100000002")));
}
