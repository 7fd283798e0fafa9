//! 3-D Secure: every field of the documents' tables, the flows, and the challenge.

use quaymaster::sandbox::{Capability, SANDBOX_KEY};
use serde_json::{Value, json};

use super::support::{Bank, Reply, wrong_fields};

fn browser() -> Value {
    json!({ "browserJavaEnabled": true, "browserLanguage": "en", "browserColorDepth": "1",
            "browserScreenHeight": "1000", "browserScreenWidth": "2000", "browserTZ": "60" })
}

/// The documents' own example.
fn request() -> Value {
    let text = r#"{
        "messageCategory": "01", "threeDSRequestorAuthenticationInd": "01",
        "principalAmount": "10.00", "currency": "AUD", "recurringExpiry": "20240926",
        "recurringFrequency": "31", "purchaseInstalData": "6",
        "deliveryEmailAddress": "customer@example.com.au", "deliveryTimeframe": "02",
        "giftCardAmount": "124", "giftCardCount": "02", "giftCardCurr": "036",
        "preOrderDate": "20210926", "preOrderPurchaseInd": "02", "reorderItemsInd": "02",
        "shipIndicator": "02", "email": "customer@example.com.au", "homePhone": "+61499999999",
        "mobilePhone": "+61499999999", "workPhone": "+61499999999", "billAddrLine1": "Shop 11",
        "billAddrLine2": "Level 2", "billAddrLine3": "New Village", "billAddrCity": "Newcastle",
        "billAddrPostCode": "2000", "billAddrState": "NSW", "billAddrCountry": "AUS",
        "addrMatch": "Y", "shipAddrLine1": "Shop 11", "shipAddrLine2": "Level 2",
        "shipAddrLine3": "New Vilage", "shipAddrCity": "Newcastle", "shipAddrPostCode": "2000",
        "shipAddrState": "NSW", "shipAddrCountry": "AUS", "acctID": "CUST12345678",
        "chAccAgeInd": "01", "chAccChange": "20220926", "chAccChangeInd": "01",
        "chAccDate": "20220926", "chAccPwChange": "20220926", "chAccPwChangeInd": "01",
        "nbPurchaseAccount": "2", "paymentAccAge": "20220926", "paymentAccInd": "01",
        "shipAddressUsage": "20220926", "shipAddressUsageInd": "03", "provisionAttemptsDay": "2",
        "shipNameIndicator": "02", "suspiciousAccActivity": "02", "txnActivityDay": "2",
        "txnActivityYear": "61"
    }"#;
    serde_json::from_str(text).unwrap()
}

async fn token(bank: &Bank, holder: &str) -> String {
    let three_ds2 =
        json!({ "threeDS2": true, "browserProfile": browser(), "cardholderName": holder });
    bank.card_token(three_ds2).await
}

async fn authenticate(bank: &Bank, token: &str, body: &Value) -> Reply {
    let path = format!("/rest/v1/single-use-tokens/{token}/three-ds2-authentication");
    bank.write(SANDBOX_KEY, "POST", &path, body).await
}

#[tokio::test]
async fn a_token_for_3_d_secure_says_so_and_needs_the_browser() {
    let bank = Bank::start().await;
    let path = "/rest/v1/single-use-tokens";
    let mut body = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "CREDIT_CARD",
        "cardNumber": "4242424242424242", "expiryDateMonth": "12", "expiryDateYear": "2027",
        "threeDS2": true, "browserProfile": browser() });
    let reply = bank.write(&bank.publishable(), "POST", path, &body).await;
    let card = &reply.body["creditCard"];
    assert_eq!(card["threeDS2AuthRequired"], true, "{}", reply.text);
    assert_eq!(card["threeDS2"], browser());
    assert!(card["threeDS2Status"].is_string());
    for (field, wrong) in [
        ("browserJavaEnabled", json!("yes")),
        ("browserLanguage", json!("en-Australia")),
        ("browserScreenHeight", json!("1000000")),
        ("browserScreenWidth", json!("wide")),
        ("browserColorDepth", json!("2")),
        ("browserTZ", json!("-60000")),
        ("browserTZ", json!(null)),
    ] {
        body["browserProfile"] = browser();
        body["browserProfile"][field] = wrong;
        let reply = bank.write(&bank.publishable(), "POST", path, &body).await;
        assert_eq!(
            (reply.status, wrong_fields(&reply)),
            (422, vec![&*format!("browserProfile.{field}")])
        );
    }
    body["browserProfile"] = json!(null);
    let reply = bank.write(&bank.publishable(), "POST", path, &body).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["browserProfile"]));
}

#[tokio::test]
async fn the_cardholder_decides_the_flow_and_the_token_is_not_used_up() {
    let bank = Bank::start().await;
    for (holder, status) in [
        ("Amira Spenar", "Y"),
        ("Amira Attempt", "A"),
        ("Amira Challenge", "C"),
        ("Amira Fail", "N"),
        ("Amira Reject", "R"),
        ("Amira Unavailable", "U"),
    ] {
        let token = token(&bank, holder).await;
        let reply = authenticate(&bank, &token, &request()).await;
        assert_eq!((reply.status, &reply.body), (200, &json!({ "transStatus": status })));
        let again = authenticate(&bank, &token, &request()).await;
        assert_eq!(again.body, reply.body);
    }
}

#[tokio::test]
async fn a_challenge_ends_as_the_control_api_says() {
    let bank = Bank::start().await;
    let token = token(&bank, "Amira Challenge").await;
    let path = format!("/three-ds2/{token}");
    let listed = async || {
        let token = bank.control("GET", "/tokens", Value::Null).await.body[0].take();
        (token["threeDS2"].clone(), token["transStatus"].clone())
    };
    assert_eq!(listed().await, (json!(true), Value::Null));
    let early = bank.control("POST", &path, json!({ "transStatus": "Y" })).await;
    assert_eq!(early.status, 400, "{}", early.text);
    authenticate(&bank, &token, &request()).await;
    assert_eq!(listed().await, (json!(true), json!("C")));
    let waiting = bank.control("GET", "/three-ds2", Value::Null).await;
    assert_eq!(waiting.body[0]["singleUseTokenId"], json!(token));
    assert_eq!(bank.control("POST", &path, json!({ "transStatus": "C" })).await.status, 400);
    assert_eq!(bank.control("POST", &path, json!({ "transStatus": "Y" })).await.status, 200);
    assert_eq!(authenticate(&bank, &token, &request()).await.body["transStatus"], "Y");
    assert_eq!(bank.control("GET", "/three-ds2", Value::Null).await.body, json!([]));
    let none = bank.control("POST", "/three-ds2/none", json!({ "transStatus": "Y" })).await;
    assert_eq!(none.status, 404);
}

/// One wrong value for every field of the documents' tables.
#[tokio::test]
async fn every_field_is_checked() {
    let bank = Bank::start().await;
    let token = token(&bank, "Amira Spenar").await;
    let long = |length: usize| "x".repeat(length);
    let wrong = [
        ("messageCategory", "03".to_owned()),
        ("threeDSRequestorAuthenticationInd", "07".to_owned()),
        ("principalAmount", "ten".to_owned()),
        ("currency", "NZD".to_owned()),
        ("recurringExpiry", "2024-09-26".to_owned()),
        ("recurringFrequency", "10000".to_owned()),
        ("purchaseInstalData", "1000".to_owned()),
        ("deliveryEmailAddress", long(255)),
        ("deliveryTimeframe", "05".to_owned()),
        ("giftCardAmount", "123.45".to_owned()),
        ("giftCardCount", "2".to_owned()),
        ("giftCardCurr", "AUD".to_owned()),
        ("preOrderDate", "20210931".to_owned()),
        ("preOrderPurchaseInd", "03".to_owned()),
        ("reorderItemsInd", "0".to_owned()),
        ("shipIndicator", "08".to_owned()),
        ("email", long(255)),
        ("homePhone", "0499999999".to_owned()),
        ("mobilePhone", "+6149999999999999".to_owned()),
        ("workPhone", "+61 4".to_owned()),
        ("billAddrLine1", long(51)),
        ("billAddrLine2", long(51)),
        ("billAddrLine3", long(51)),
        ("billAddrCity", long(51)),
        ("billAddrPostCode", long(17)),
        ("billAddrState", long(4)),
        ("billAddrCountry", "AU".to_owned()),
        ("addrMatch", "yes".to_owned()),
        ("shipAddrLine1", long(51)),
        ("shipAddrLine2", long(51)),
        ("shipAddrLine3", long(51)),
        ("shipAddrCity", long(51)),
        ("shipAddrPostCode", long(17)),
        ("shipAddrState", long(4)),
        ("shipAddrCountry", "Australia".to_owned()),
        ("acctID", long(65)),
        ("chAccAgeInd", "06".to_owned()),
        ("chAccChange", "1".to_owned()),
        ("chAccChangeInd", "05".to_owned()),
        ("chAccDate", "26092022".to_owned()),
        ("chAccPwChange", "2022092".to_owned()),
        ("chAccPwChangeInd", "00".to_owned()),
        ("nbPurchaseAccount", "10000".to_owned()),
        ("paymentAccAge", "never".to_owned()),
        ("paymentAccInd", "1".to_owned()),
        ("provisionAttemptsDay", "1000".to_owned()),
        ("shipAddressUsage", "20220229".to_owned()),
        ("shipAddressUsageInd", "05".to_owned()),
        ("shipNameIndicator", "03".to_owned()),
        ("suspiciousAccActivity", "03".to_owned()),
        ("txnActivityDay", "-1".to_owned()),
        ("txnActivityYear", "1000".to_owned()),
    ];
    assert_eq!(wrong.len(), request().as_object().unwrap().len());
    for (field, value) in wrong {
        let mut body = request();
        body[field] = json!(value);
        let reply = authenticate(&bank, &token, &body).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec![field]), "{}", reply.text);
        body[field] = json!(1);
        let reply = authenticate(&bank, &token, &body).await;
        assert_eq!(wrong_fields(&reply), [field], "a number is no text");
    }
}

#[tokio::test]
async fn what_is_needed_goes_by_the_purpose() {
    let bank = Bank::start().await;
    let token = token(&bank, "Amira Spenar").await;
    let ask = async |category: &str, purpose: &str| {
        let body = json!({ "messageCategory": category,
                           "threeDSRequestorAuthenticationInd": purpose });
        authenticate(&bank, &token, &body).await
    };
    let both = ["messageCategory", "threeDSRequestorAuthenticationInd"];
    assert_eq!(wrong_fields(&authenticate(&bank, &token, &json!({})).await), both);
    let payment = ["principalAmount", "currency"];
    assert_eq!(wrong_fields(&ask("01", "01").await), payment);
    let recurring = ["principalAmount", "currency", "recurringExpiry", "recurringFrequency"];
    assert_eq!(wrong_fields(&ask("01", "02").await), recurring);
    let instalment = [&recurring[..], &["purchaseInstalData"]].concat();
    assert_eq!(wrong_fields(&ask("01", "03").await), instalment);
    assert_eq!(ask("02", "04").await.status, 200);
    bank.control("POST", "/guesses", json!({ "billing_address": "required" })).await;
    let wrong = ask("01", "04").await;
    let address = ["billAddrLine1", "billAddrCity", "billAddrPostCode", "billAddrCountry"];
    assert_eq!(wrong_fields(&wrong), address);
}

#[tokio::test]
async fn tokens_and_facilities_without_3_d_secure() {
    let bank = Bank::start().await;
    assert_eq!(authenticate(&bank, "none", &request()).await.status, 404);
    let plain = bank.card_token(json!({})).await;
    let reply = authenticate(&bank, &plain, &request()).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["singleUseTokenId"]));
    let ended = token(&bank, "Amira Spenar").await;
    bank.control("POST", "/clock", json!({ "advance": "10m" })).await;
    assert_eq!(authenticate(&bank, &ended, &request()).await.status, 404);

    bank.running.control().without("SANDBOX", vec![Capability::ThreeDs2]).unwrap();
    let path = "/rest/v1/single-use-tokens/none/three-ds2-authentication";
    let reply = bank.post(SANDBOX_KEY, path, "k", "{}").await;
    assert_eq!((reply.status, reply.reason()), (503, "3DS2 not allowed for community"));
    let unable = token(&bank, "Amira Spenar").await;
    assert_eq!(authenticate(&bank, &unable, &request()).await.status, 503);
    assert_eq!(bank.write(&bank.publishable(), "POST", path, &json!({})).await.status, 403);
    // A 503 is never kept: the same key reaches the bank again.
    bank.running.control().without("SANDBOX", vec![]).unwrap();
    assert_eq!(bank.post(SANDBOX_KEY, path, "k", "{}").await.status, 404);
}
