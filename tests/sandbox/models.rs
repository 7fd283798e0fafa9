//! The fields of the documents' models that depend on what is paid with.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{Bank, wrong_fields};
use super::transactions::{payment, take};

fn card(number: &str) -> Value {
    json!({ "cardNumber": number, "expiryDateMonth": "12", "expiryDateYear": "30" })
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = super::support::names(value);
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_transaction_says_whose_account_receives_it() {
    let bank = Bank::start().await;
    let au = json!({ "accountName": "Sam Test", "bsb": "032-999", "accountNumber": "999994" });
    let nz = json!({ "nzAccountName": "Sam Test", "nzBankCode": "15", "nzBranchCode": "01",
                     "nzAccountNumber": "123416", "nzAccountSuffix": "01" });
    let merchant = [
        "acquiringInstitution",
        "currency",
        "displayName",
        "merchantId",
        "merchantName",
        "settlementAccountNumber",
        "settlementBsb",
        "settlementSurchargeAccountNumber",
        "settlementSurchargeBsb",
    ];
    let direct = [
        "accountName",
        "currency",
        "directEntryUserId",
        "directEntryUserName",
        "displayName",
        "remitterName",
        "settlementAccountNumber",
        "settlementBsb",
    ];
    let nz_direct = [
        "currency",
        "debitUserId",
        "displayName",
        "nzAccountName",
        "nzAccountNumber",
        "nzAccountSuffix",
        "nzBankCode",
        "nzBranchCode",
    ];
    for (source, details, account, fields) in [
        ("creditCard", card("4242424242424242"), "merchantAccount", &merchant[..]),
        ("bankAccount", au, "directEntryAccount", &direct[..]),
        ("nzBankAccount", nz, "nzDirectEntryAccount", &nz_direct[..]),
    ] {
        let mut body = payment(source, &details);
        body["currency"] = json!(if source == "nzBankAccount" { "NZD" } else { "AUD" });
        let taken = take(&bank, &body).await;
        assert_eq!(taken.status, 201, "{}", taken.text);
        assert_eq!(names(&taken.body[account]), fields);
        assert_eq!(taken.body[account]["currency"], body["currency"]);
        if source != "creditCard" {
            assert_eq!(taken.body[source]["displayName"], "Sam Test");
            assert_eq!(taken.body[source]["currency"], body["currency"]);
        }
    }
    // A token's model has no such fields.
    let asked = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT",
        "accountName": "Jane Smith", "bsb": "032-000", "accountNumber": "123410" });
    let path = "/rest/v1/single-use-tokens";
    let token = bank.write(&bank.publishable(), "POST", path, &asked).await;
    assert_eq!(names(&token.body["bankAccount"]), ["accountName", "accountNumber", "bsb"]);
}

#[tokio::test]
async fn only_visa_and_mastercard_name_a_payments_life_cycle() {
    let bank = Bank::start().await;
    for (number, named) in
        [("4242424242424242", true), ("5163200000000008", true), ("370000000201048", false)]
    {
        let taken = take(&bank, &payment("creditCard", &card(number))).await;
        assert_eq!(taken.status, 201, "{}", taken.text);
        let id = taken.body["networkTransactionId"].as_str();
        assert_eq!(id.is_some(), named, "{number}");
        assert!(id.is_none_or(|id| id.len() <= 15));
    }
}

#[tokio::test]
async fn an_aggregators_merchant_is_repeated() {
    let bank = Bank::start().await;
    let mut body = payment("creditCard", &card("4242424242424242"));
    let said = [
        ("merchantName", "Corner Shop"),
        ("merchantStreetAddress", "1 High Street"),
        ("merchantLocation", "Sydney"),
        ("merchantState", "NSW"),
        ("merchantCountry", "AU"),
        ("merchantPostCode", "2000"),
        ("subMerchantId", "SUB-1"),
    ];
    for (name, text) in said {
        body[name] = json!(text);
    }
    let taken = take(&bank, &body).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    for (name, text) in said {
        assert_eq!(taken.body[name], json!(text));
    }
    body["merchantCountry"] = json!("NZ");
    assert_eq!(wrong_fields(&take(&bank, &body).await), ["merchantCountry"]);
}

#[tokio::test]
async fn a_payto_payment_repeats_what_it_was_asked_for_with() {
    let bank = Bank::start().await;
    let asked = json!({
        "supplierBusinessCode": "SANDBOXHIRE",
        "paymentDetails": { "purpose": "RETL", "description": "Hire", "startDate": "2026-03-02",
                            "automaticRenewal": true },
        "paymentTerms": { "frequency": "MNTH", "agreementType": "VARI", "currency": "AUD" },
        "payerDetails": { "payerType": "PERS", "payerName": "SAM TEST", "bsb": "032999",
                          "accountNumber": "123456" },
    });
    let agreed = bank.write(SANDBOX_KEY, "POST", "/rest/v1/payto-agreements", &asked).await;
    let data = json!({ "agreementToken": agreed.body["agreementToken"], "endToEndId": "HIRE-1",
                       "remittanceInformation1": "March hire", "finalPayment": false });
    let taken = take(&bank, &payment("payToData", &data)).await;
    assert_eq!(taken.status, 202, "{}", taken.text);
    assert_eq!(taken.body["payToData"], data);
    assert_eq!(taken.body["payToPayerAccount"]["payerName"], "SAM TEST");
    assert_eq!(names(&taken.body["payToPayeeAccount"]), ["accountName", "accountNumber", "bsb"]);
}
