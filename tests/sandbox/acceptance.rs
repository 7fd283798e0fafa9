//! Which business is paid, with what, in which money, and up to how much.

use quaymaster::sandbox::{SANDBOX_CODE, SANDBOX_KEY};
use serde_json::{Value, json};

use super::support::{Bank, Reply, wrong_fields};
use super::transactions::{payment, receipt, take};

const AMEX: &str = "370000000201048";

/// `SANDBOXHIRE`, which takes every usual card, and `VISAONLY`.
async fn two_businesses() -> Bank {
    let visa = json!([{ "scheme": "VISA", "surcharge": "1.000" }]);
    let seed = json!({ "facilities": [{
        "code": SANDBOX_CODE,
        "businesses": [{ "code": "SANDBOXHIRE" }, { "code": "VISAONLY", "cards": visa }],
        "keys": [{ "key": SANDBOX_KEY }, { "kind": "publishable" }],
    }] });
    Bank::seeded(&seed.to_string()).await
}

fn at(business: Option<&str>, name: &str, source: &Value) -> Value {
    let mut body = payment(name, source);
    body["supplierBusinessCode"] = business.map_or(Value::Null, Value::from);
    body
}

async fn registered(bank: &Bank, token: &str) -> Reply {
    let body = json!({ "singleUseTokenId": token, "supplierBusinessCode": "SANDBOXHIRE" });
    let reply = bank.write(SANDBOX_KEY, "POST", "/rest/v1/accounts", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply
}

#[tokio::test]
async fn a_card_pays_only_businesses_that_accept_it() {
    let bank = two_businesses().await;
    let amex = json!({ "cardNumber": AMEX });
    let token = json!(bank.card_token(amex.clone()).await);
    let refused = take(&bank, &at(Some("VISAONLY"), "singleUseTokenId", &token)).await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["singleUseTokenId"]));
    // It was not used up.
    let charged = take(&bank, &at(Some("SANDBOXHIRE"), "singleUseTokenId", &token)).await;
    assert_eq!(charged.status, 201, "{}", charged.text);

    let account = registered(&bank, &bank.card_token(amex).await).await.body;
    let refused =
        take(&bank, &at(Some("VISAONLY"), "accountToken", &account["accountToken"])).await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["accountToken"]));
    let customer = account["customerId"].as_str().unwrap();
    let plan = json!({ "supplierBusinessCode": "VISAONLY", "frequency": "MONTHLY",
        "scheduleType": "CONTINUE_UNTIL_FURTHER_NOTICE", "startDate": "2026-04-01",
        "regularPaymentAmount": 10.00 });
    let path = format!("/rest/v1/customers/{customer}/recurring-payments");
    let refused = bank.write(SANDBOX_KEY, "POST", &path, &plan).await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["accountToken"]));
}

#[tokio::test]
async fn a_token_implies_its_business() {
    let bank = two_businesses().await;
    let token = json!(bank.card_token(json!({})).await);
    let charged = take(&bank, &at(None, "singleUseTokenId", &token)).await;
    assert_eq!(charged.status, 201, "{}", charged.text);
    assert_eq!(charged.body["supplierBusinessCode"], "SANDBOXHIRE");
    let card = json!({ "cardNumber": "4242424242424242", "expiryDateMonth": "12",
                       "expiryDateYear": "30" });
    let nobody = take(&bank, &at(None, "creditCard", &card)).await;
    assert_eq!((nobody.status, wrong_fields(&nobody)), (422, vec!["supplierBusinessCode"]));
    // A key for one business has no other in mind.
    let only = bank.restricted_to("VISAONLY");
    let path = "/rest/v1/transactions";
    let charged = bank.write(&only, "POST", path, &at(None, "creditCard", &card)).await;
    assert_eq!(charged.body["supplierBusinessCode"], "VISAONLY", "{}", charged.text);
}

#[tokio::test]
async fn an_agreement_pays_the_business_it_was_made_with() {
    let bank = two_businesses().await;
    let asked = json!({
        "supplierBusinessCode": "SANDBOXHIRE",
        "paymentDetails": { "purpose": "RETL", "description": "Hire", "startDate": "2026-03-02",
                            "automaticRenewal": true },
        "paymentTerms": { "frequency": "MNTH", "agreementType": "VARI", "currency": "AUD" },
        "payerDetails": { "payerType": "PERS", "payerName": "SAM TEST", "bsb": "032999",
                          "accountNumber": "123456" },
    });
    let agreed = bank.write(SANDBOX_KEY, "POST", "/rest/v1/payto-agreements", &asked).await;
    let data = json!({ "agreementToken": agreed.body["agreementToken"] });
    let refused = take(&bank, &at(Some("VISAONLY"), "payToData", &data)).await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["supplierBusinessCode"]));
    assert_eq!(take(&bank, &at(None, "payToData", &data)).await.status, 202);
}

#[tokio::test]
async fn money_is_given_back_as_it_came() {
    let bank = Bank::start().await;
    let card = json!({ "cardNumber": "4242424242424242", "expiryDateMonth": "12",
                       "expiryDateYear": "30" });
    let paid = take(&bank, &payment("creditCard", &card)).await;
    bank.days_pass(3);
    let mut refund = json!({ "transactionType": "REFUND", "originalReceiptNumber": receipt(&paid),
                           "principalAmount": 5.00, "currency": "NZD" });
    assert_eq!(wrong_fields(&take(&bank, &refund).await), ["currency"]);
    refund["currency"] = json!("AUD");
    assert_eq!(take(&bank, &refund).await.status, 201);
}

#[tokio::test]
async fn principal_and_surcharge_are_always_the_total() {
    let bank = Bank::start().await;
    let card = json!({ "cardNumber": "4242424242424242", "expiryDateMonth": "12",
                       "expiryDateYear": "30" });
    for (amount, status) in
        [("9999999999999.99", 201), ("10000000000000.00", 422), ("92233720368547758.07", 422)]
    {
        let mut body = payment("creditCard", &card);
        body["principalAmount"] = serde_json::from_str(amount).unwrap();
        let charged = take(&bank, &body).await;
        assert_eq!(charged.status, status, "{}", charged.text);
        if status == 201 {
            let cents = |name: &str| {
                let text = charged.body[name]["amount"].to_string();
                text.replace('.', "").parse::<u64>().unwrap()
            };
            assert_eq!(cents("principalAmount") + cents("surchargeAmount"), cents("totalAmount"));
        }
    }
}

#[tokio::test]
async fn a_reference_is_as_long_as_a_customers_number_may_be() {
    let bank = Bank::start().await;
    let number = "x".repeat(100);
    let customer = json!({ "customerNumber": number, "customerName": "Sam" });
    let customer = bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &customer).await;
    assert_eq!(customer.status, 201, "{}", customer.text);
    let card = json!({ "cardNumber": "4242424242424242", "expiryDateMonth": "12",
                       "expiryDateYear": "30" });
    let mut body = payment("creditCard", &card);
    body["customerReferenceNumber"] = json!(number);
    assert_eq!(take(&bank, &body).await.status, 201);
    let id = customer.body["customerId"].as_str().unwrap();
    let history = bank.get(&format!("/rest/v1/customers/{id}/transactions")).await;
    assert_eq!(history.body["data"].as_array().map(Vec::len), Some(1));
    body["customerReferenceNumber"] = json!(format!("{number}x"));
    assert_eq!(wrong_fields(&take(&bank, &body).await), ["customerReferenceNumber"]);
}
