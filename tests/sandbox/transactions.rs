//! Transactions: taken from every source, read, searched for, voided and refunded.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{Bank, Reply, wrong_fields};

const TRANSACTIONS: &str = "/rest/v1/transactions";

fn card(number: &str) -> Value {
    json!({ "cardNumber": number, "expiryDateMonth": "12", "expiryDateYear": "30",
            "cardholderName": "Sam Test", "cvn": "123" })
}

fn bank_account(bsb: &str) -> Value {
    json!({ "accountName": "Sam Test", "bsb": bsb, "accountNumber": "111110" })
}

/// A payment from raw details.
pub(crate) fn payment(name: &str, source: &Value) -> Value {
    let mut body = json!({ "transactionType": "PAYMENT", "supplierBusinessCode": "SANDBOXHIRE",
                           "principalAmount": 25.50, "currency": "AUD", "eci": "PHONE" });
    body[name] = source.clone();
    body
}

pub(crate) async fn take(bank: &Bank, body: &Value) -> Reply {
    bank.write(SANDBOX_KEY, "POST", TRANSACTIONS, body).await
}

pub(crate) fn receipt(reply: &Reply) -> String {
    reply.body["receiptNumber"].as_str().expect("a receipt").to_owned()
}

async fn paid(bank: &Bank, number: &str) -> Reply {
    let reply = take(bank, &payment("creditCard", &card(number))).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply
}

async fn receipts(bank: &Bank, path: &str) -> Vec<String> {
    let reply = bank.get(&format!("{TRANSACTIONS}{path}")).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    let items = reply.body["data"].as_array().expect("a list");
    items.iter().map(|item| item["receiptNumber"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_payment_of_a_debt_stays_one() {
    let bank = Bank::start().await;
    for (sent, shown) in [(json!(true), true), (json!(false), false), (Value::Null, false)] {
        let mut body = payment("creditCard", &card("4242424242424242"));
        if !sent.is_null() {
            body["debtRepayment"] = sent;
        }
        let taken = take(&bank, &body).await;
        assert_eq!(taken.body["debtRepayment"], json!(shown), "{}", taken.text);
        let read = bank.get(&format!("{TRANSACTIONS}/{}", receipt(&taken))).await;
        assert_eq!(read.body["debtRepayment"], json!(shown), "{}", read.text);
    }
}

#[tokio::test]
async fn a_card_payment_is_taken_with_its_surcharge_and_can_be_read() {
    let bank = Bank::start().await;
    let taken = paid(&bank, "4242424242424242").await;
    let body = &taken.body;
    assert_eq!(body["status"], "Approved");
    assert_eq!((&body["responseCode"], &body["summaryCode"]), (&json!("08"), &json!("0")));
    assert_eq!(body["totalAmount"]["displayAmount"], "$25.60", "0.4 % of surcharge");
    assert_eq!(body["creditCard"]["cardNumber"], "424242...242");
    assert_eq!((&body["voidable"], &body["refundable"]), (&json!(true), &json!(false)));
    assert_eq!(body.get("authorisationType"), None, "only pre-authorisations have one");
    let location = taken.header("location").expect("a location");
    assert!(location.ends_with(&format!("/rest/v1/transactions/{}", receipt(&taken))));
    let read = bank.get(&format!("{TRANSACTIONS}/{}", receipt(&taken))).await;
    assert_eq!((read.status, &read.body), (200, body));
    assert!(!taken.text.contains("4242424242"), "{}", taken.text);
    assert_eq!(bank.get(&format!("{TRANSACTIONS}/4999999999")).await.status, 404);
    assert_eq!(bank.get(&format!("{TRANSACTIONS}/nonsense")).await.status, 404);
}

#[tokio::test]
async fn declined_payments_are_created_too() {
    let bank = Bank::start().await;
    let declined = paid(&bank, "4111111111444496").await;
    assert_eq!(declined.body["status"], "Declined");
    assert_eq!(
        (&declined.body["responseCode"], &declined.body["summaryCode"]),
        (&json!("51"), &json!("1"))
    );
    let mut expired = card("4242424242424242");
    expired["expiryDateYear"] = json!("20");
    let reply = take(&bank, &payment("creditCard", &expired)).await;
    assert_eq!(wrong_fields(&reply), ["creditCard.expiryDateYear"], "{}", reply.text);
    let bounced = take(&bank, &payment("bankAccount", &bank_account("032-055"))).await;
    assert_eq!((bounced.status, &bounced.body["status"]), (201, &json!("Declined")));
}

#[tokio::test]
async fn a_token_pays_once() {
    let bank = Bank::start().await;
    let asked = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "CREDIT_CARD",
                        "cardNumber": "4242424242424242", "expiryDateMonth": "12",
                        "expiryDateYear": "2030" });
    let made = bank.write(&bank.publishable(), "POST", "/rest/v1/single-use-tokens", &asked).await;
    let body = payment("singleUseTokenId", &made.body["singleUseTokenId"]);
    assert_eq!(take(&bank, &body).await.status, 201);
    let again = take(&bank, &body).await;
    assert_eq!((again.status, wrong_fields(&again)), (422, vec!["singleUseTokenId"]));
}

#[tokio::test]
async fn what_is_wrong_is_named_at_once() {
    let bank = Bank::start().await;
    let body = json!({ "transactionType": "PAYMENT", "principalAmount": 0, "currency": "USD",
                       "eci": "SMOKE", "ipAddress": "10.0.0.1", "comment": "x".repeat(101),
                       "accountToken": "SANDBOX-999999999", "customerId": "1" });
    let reply = take(&bank, &body).await;
    assert_eq!(reply.status, 422, "{}", reply.text);
    let mut wrong = wrong_fields(&reply);
    wrong.sort_unstable();
    let expected = ["comment", "currency", "customerId", "eci", "ipAddress", "principalAmount"];
    assert_eq!(wrong, expected, "two sources are one too many");
    for (body, field) in [
        (json!({}), "transactionType"),
        (json!({ "transactionType": "GIFT" }), "transactionType"),
        (
            json!({ "transactionType": "REFUND", "principalAmount": 1, "currency": "AUD",
                    "originalReceiptNumber": "4000000001" }),
            "originalReceiptNumber",
        ),
        (json!({ "transactionType": "CAPTURE", "principalAmount": 1 }), "originalReceiptNumber"),
        (json!({ "transactionType": "PAYMENT", "cancellationType": "FULL" }), "cancellationType"),
    ] {
        let reply = take(&bank, &body).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec![field]), "{body}");
    }
    assert_eq!(take(&bank, &json!([])).await.status, 400);
    assert_eq!(receipts(&bank, "").await, Vec::<String>::new(), "nothing was taken");
}

#[tokio::test]
async fn a_void_is_for_the_day_and_a_refund_for_later() {
    let bank = Bank::start().await;
    let receipt = receipt(&paid(&bank, "4242424242424242").await);
    let refund = |cents: f64| {
        json!({ "transactionType": "REFUND", "originalReceiptNumber": receipt,
                "principalAmount": cents, "currency": "AUD" })
    };
    let early = take(&bank, &refund(1.00)).await;
    assert_eq!(wrong_fields(&early), ["originalReceiptNumber"], "it may still be voided");

    bank.days_pass(4);
    let void = format!("{TRANSACTIONS}/{receipt}/void");
    let late = bank.write(SANDBOX_KEY, "POST", &void, &Value::Null).await;
    assert_eq!(late.status, 422, "{}", late.text);
    let first = take(&bank, &refund(20.00)).await;
    assert_eq!((first.status, &first.body["transactionType"]), (201, &json!("REFUND")));
    assert_eq!(first.body["originalReceiptNumber"], json!(receipt));
    assert_eq!(first.body["totalAmount"]["amount"].to_string(), "20.00");
    let too_much = take(&bank, &refund(5.61)).await;
    assert_eq!(wrong_fields(&too_much), ["principalAmount"], "25.60 were paid");
    let rest = take(&bank, &refund(5.60)).await;
    assert_eq!(rest.status, 201, "{}", rest.text);
    let spent = bank.get(&format!("{TRANSACTIONS}/{receipt}")).await;
    assert_eq!(spent.body["refundable"], false, "nothing of it is left");
    let refunds = receipts(&bank, &format!("/{receipt}/refunds")).await;
    assert_eq!(refunds, [self::receipt(&rest), self::receipt(&first)], "newest first");
    assert_eq!(receipts(&bank, &format!("/{receipt}/retries")).await, Vec::<String>::new());

    let fresh = self::receipt(&paid(&bank, "4242424242424242").await);
    let void = format!("{TRANSACTIONS}/{fresh}/void");
    let voided = bank.write(SANDBOX_KEY, "POST", &void, &Value::Null).await;
    assert_eq!((voided.status, &voided.body["status"]), (200, &json!("Voided")));
    assert_eq!(bank.write(SANDBOX_KEY, "POST", &void, &Value::Null).await.status, 422);
}

#[tokio::test]
async fn lists_find_what_was_taken_newest_first() {
    let bank = Bank::start().await;
    let mut first = payment("creditCard", &card("4242424242424242"));
    first["paymentReferenceNumber"] = json!("INV-1");
    let first = take(&bank, &first).await;
    let day = first.body["settlementDate"].as_str().unwrap().to_owned();
    let mut second = payment("bankAccount", &bank_account("032-999"));
    second["customerReferenceNumber"] = json!("INV-1");
    let second = take(&bank, &second).await;
    let both = vec![receipt(&second), receipt(&first)];
    let [first, second] = [vec![receipt(&first)], vec![receipt(&second)]];
    for (path, expected) in [
        ("", &both),
        ("/for-reference-number?referenceNumber=INV-1", &both),
        (&format!("/for-reference-number?referenceNumber={}", first[0]), &first),
        (&format!("/for-settlement-date?settlementDate={day}"), &both),
        ("/for-credit-card?cardNumber=4242424242424242", &first),
        ("/for-credit-card?cardNumber=4242", &first),
        ("/for-credit-card?cardNumber=9999", &vec![]),
        ("/for-bank-account?bsb=032-999&accountNumber=111110", &second),
        ("/suspended", &vec![]),
        ("?month=1999-01", &vec![]),
        ("?supplierBusinessCode=OTHER", &vec![]),
    ] {
        assert_eq!(receipts(&bank, path).await, *expected, "{path}");
    }
    for path in ["/for-reference-number", "/for-settlement-date?settlementDate=x", "?month=13"] {
        assert_eq!(bank.get(&format!("{TRANSACTIONS}{path}")).await.status, 422, "{path}");
    }
    assert_eq!(bank.get(&format!("{TRANSACTIONS}/for-account-token/X-1")).await.status, 404);
}

#[tokio::test]
async fn pages_hold_twenty() {
    let bank = Bank::start().await;
    for _ in 0..21 {
        paid(&bank, "4242424242424242").await;
    }
    let page = bank.get(TRANSACTIONS).await;
    assert_eq!(page.body["data"].as_array().unwrap().len(), 20);
    let next = page.body["links"][0]["href"].as_str().unwrap();
    let path = next.split_once("/rest/v1").unwrap().1;
    let rest = bank.get(&format!("/rest/v1{path}")).await;
    assert_eq!(rest.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(rest.body["links"][0]["rel"], "prev");
}

#[tokio::test]
async fn a_restricted_key_sees_and_takes_for_its_business_only() {
    let bank = Bank::with_two_businesses().await;
    let receipt = receipt(&paid(&bank, "4242424242424242").await);
    let other = bank.restricted_to("OTHER");
    let read = bank.get_with(&other, &format!("{TRANSACTIONS}/{receipt}")).await;
    assert_eq!(read.status, 404);
    let list = bank.get_with(&other, TRANSACTIONS).await;
    assert_eq!(list.body["data"], json!([]));
    let body = payment("creditCard", &card("4242424242424242"));
    let taken = bank.write(&other, "POST", TRANSACTIONS, &body).await;
    assert_eq!((taken.status, wrong_fields(&taken)), (422, vec!["supplierBusinessCode"]));
    let void = format!("{TRANSACTIONS}/{receipt}/void");
    assert_eq!(bank.write(&other, "POST", &void, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn a_replayed_key_takes_nothing_twice() {
    let bank = Bank::start().await;
    let body = payment("creditCard", &card("4242424242424242")).to_string();
    let first = bank.post(SANDBOX_KEY, TRANSACTIONS, "once", &body).await;
    let again = bank.post(SANDBOX_KEY, TRANSACTIONS, "once", &body).await;
    assert_eq!((first.status, first.text), (again.status, again.text));
    assert_eq!(receipts(&bank, "").await.len(), 1);
}

#[tokio::test]
async fn the_days_report_is_csv_with_the_columns_asked_for() {
    let bank = Bank::start().await;
    let mut body = payment("creditCard", &card("4242424242424242"));
    body["comment"] = json!("one, \"two\"");
    let taken = take(&bank, &body).await;
    let day = taken.body["settlementDate"].as_str().unwrap();
    let path = format!(
        "{TRANSACTIONS}?format=csv&settlementDate={day}&columns=receiptNumber,totalAmount,comment"
    );
    let report = bank.get(&path).await;
    assert!(report.header("content-type").unwrap().starts_with("text/csv"));
    let expected = format!(
        "Receipt Number,Total Amount,Comment\r\n{},25.60,\"one, \"\"two\"\"\"",
        receipt(&taken)
    );
    assert_eq!(report.text, expected);
    let whole = bank.get(&format!("{TRANSACTIONS}?format=csv&settlementDate={day}")).await;
    assert!(whole.text.starts_with("Supplier Business Code,Receipt Number,"), "{}", whole.text);
    let wrong = bank.get(&format!("{path},nonsense")).await;
    assert_eq!(wrong_fields(&wrong), ["columns"]);
    // A record whose only field is empty is a record all the same.
    let path = format!("{TRANSACTIONS}?format=csv&settlementDate={day}&columns=accountToken");
    assert_eq!(bank.get(&path).await.text, "Account Token\r\n\"\"");
}

#[tokio::test]
async fn fraud_guard_suspends_when_told_to() {
    let bank = Bank::start().await;
    bank.control("POST", "/guesses", json!({ "fraud_guard_from_dollars": 20 })).await;
    let mut body = payment("creditCard", &card("4242424242424242"));
    body["eci"] = json!("INTERNET");
    let held = take(&bank, &body).await;
    assert_eq!(held.body["status"], "Suspended");
    assert_eq!(receipts(&bank, "/suspended").await, [receipt(&held)]);
    assert_eq!(paid(&bank, "4242424242424242").await.body["status"], "Approved", "by phone");
}

#[tokio::test]
async fn a_bank_returns_a_payment_and_a_person_lets_a_suspended_one_go() {
    let bank = Bank::start().await;
    let taken = take(&bank, &payment("bankAccount", &bank_account("032-999"))).await;
    assert_eq!(taken.body["status"], "Approved*");
    let act = async |receipt: &str, body: Value| {
        bank.control("POST", &format!("/facilities/SANDBOX/transactions/{receipt}"), body).await
    };
    let planned = act(&receipt(&taken), json!({ "act": "return", "after": "2d" })).await;
    assert_eq!(planned.status, 200, "{}", planned.text);
    let read = async |receipt: &str| -> Value {
        bank.get(&format!("{TRANSACTIONS}/{receipt}")).await.body["status"].clone()
    };
    assert_eq!(read(&receipt(&taken)).await, "Approved*");
    bank.days_pass(2);
    assert_eq!(read(&receipt(&taken)).await, "Declined");
    assert_eq!(act(&receipt(&taken), json!({ "act": "return" })).await.status, 400);

    bank.control("POST", "/guesses", json!({ "fraud_guard_from_dollars": 1 })).await;
    let mut body = payment("creditCard", &card("4242424242424242"));
    body["eci"] = json!("INTERNET");
    let held = receipt(&take(&bank, &body).await);
    assert_eq!(act(&held, json!({ "act": "release" })).await.status, 200);
    assert_eq!(read(&held).await, "Approved");
}
