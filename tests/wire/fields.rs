//! What the sandbox answers has the documents' fields, types and formats, and nothing that no document
//! has, unless the guesses' table says so.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use quaymaster::domain::money::Cents;
use quaymaster::domain::time::{parse_date, parse_date_time};
use quaymaster::key::KeyText;
use quaymaster::quickstream::Priority;
use quaymaster::quickstream::ask::{Ask, Body, Verb};
use quaymaster::quickstream::resources::payment_files::FileFormat;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::models::{self, EMPTY, Is, MODELS, Model};
use crate::page;
use crate::payment_files::TWO_CARDS;
use crate::wire::Wire;

/// The fields that were answered with something, as `Model.field`.
type Seen = BTreeSet<String>;

/// Holds a value against a model.
fn check(model: &Model, value: &Value, seen: &mut Seen) {
    let Model(name, fields) = model;
    let members = value.as_object().unwrap_or_else(|| unreachable!("{name} is no object: {value}"));
    for (field, value) in members {
        let place = format!("{name}.{field}");
        let known = fields.iter().find(|(known, ..)| known == field);
        let Some((_, is, _)) = known else { unreachable!("{place} is in no document: {value}") };
        // Absent or null is the guess `absent_fields`.
        if !value.is_null() {
            holds(&place, *is, value, seen);
            if !matches!(value, Value::Array(items) if items.is_empty()) {
                seen.insert(place);
            }
        }
    }
    if *name == "Money" {
        is_money(members);
    }
}

fn holds(place: &str, is: Is, value: &Value, seen: &mut Seen) {
    let text = value.as_str();
    let fits = match is {
        Is::Text => text.is_some(),
        Is::Count => value.is_u64(),
        Is::Flag => value.is_boolean(),
        Is::Date => text.is_some_and(|text| text.len() == 10 && parse_date(text).is_ok()),
        Is::Moment => text.is_some_and(is_moment),
        Is::TwoDigits => text
            .is_some_and(|text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())),
        Is::Url => {
            text.is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"))
        }
        Is::Decimal(digits) => text.is_some_and(|text| has_decimals(text, digits)),
        Is::Word(words) => text.is_some_and(|text| words.contains(&text)),
        Is::Texts => value.as_object().is_some_and(|texts| texts.values().all(Value::is_string)),
        Is::Sentences => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
        Is::One(model) => {
            check(model, value, seen);
            true
        }
        Is::Many(model) => {
            for item in value.as_array().into_iter().flatten() {
                check(model, item, seen);
            }
            value.is_array()
        }
        Is::Anything => true,
    };
    assert!(fits, "{place}: {value}");
}

fn has_decimals(text: &str, digits: usize) -> bool {
    let parts = text.split_once('.');
    parts.is_some_and(|(whole, part)| {
        let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        all(whole.trim_start_matches('-')) && all(part) && part.len() == digits
    })
}

/// `YYYY-MM-DDTHH:mm:ss` and an offset of hours and minutes.
fn is_moment(text: &str) -> bool {
    let offset = text.get(19..).unwrap_or_default();
    let offset = offset.strip_prefix(['+', '-']).unwrap_or_default().replacen(':', "", 1);
    let digits = offset.len() == 4 && offset.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.as_bytes().get(10) == Some(&b'T') && parse_date_time(text).is_ok()
}

/// A number with two decimals, and the same with a dollar sign and commas.
fn is_money(members: &serde_json::Map<String, Value>) {
    let amount = &members["amount"];
    assert!(amount.is_number() && has_decimals(&amount.to_string(), 2), "{amount}");
    let shown = members["displayAmount"].as_str().unwrap();
    let plain = shown.replacen('$', "", 1).replace(',', "");
    assert!(
        shown.contains('$') && Cents::parse(&plain) == Cents::parse(&amount.to_string()),
        "{shown}"
    );
}

/// Asks by hand, and gives the body.
async fn ask(wire: &Wire, key: &KeyText, verb: Verb, path: &str) -> Value {
    let ask = Ask::new("/by-hand", verb, path, Priority::Command).unwrap();
    wire.client
        .ask_by_hand(key, ask)
        .await
        .unwrap_or_else(|fault| unreachable!("{path}: {fault}"))
        .body
        .unwrap()
}

async fn get(wire: &Wire, path: &str) -> Value {
    ask(wire, &wire.key, Verb::Get, path).await
}

async fn post(wire: &Wire, path: &str, body: Value) -> Value {
    ask(wire, &wire.key, Verb::Post(wire.name(), Body(body)), path).await
}

/// A list's items.
fn items(list: &Value) -> &Vec<Value> {
    let names: Vec<&String> = list.as_object().unwrap().keys().collect();
    assert_eq!(names, ["links", "data"]);
    list["data"].as_array().unwrap()
}

fn each(model: &Model, list: &Value, seen: &mut Seen) {
    assert!(!items(list).is_empty(), "a list of {} is empty", model.0);
    for item in items(list) {
        check(model, item, seen);
    }
}

async fn the_facility(wire: &Wire, seen: &mut Seen) {
    let public = wire.publishable.key();
    check(&models::ROOT, &get(wire, "/").await, seen);
    check(&models::KEY, &get(wire, "/api-keys/latest").await, seen);
    each(&models::BUSINESS, &get(wire, "/businesses").await, seen);
    check(&models::BUSINESS, &get(wire, "/businesses/SANDBOXHIRE").await, seen);
    let of = |path: &str| format!("/businesses/SANDBOXHIRE/{path}");
    each(&models::SCHEME, &ask(wire, public, Verb::Get, &of("accepted-cards")).await, seen);
    each(&models::SURCHARGE, &ask(wire, public, Verb::Get, &of("card-surcharges")).await, seen);
    let card = Verb::Post(wire.name(), Body(json!({ "cardNumber": "4242424242424242" })));
    check(&models::SURCHARGE, &ask(wire, public, card, &of("query-card-surcharge")).await, seen);
    let scheme = "/credit-cards/card-schemes/424242";
    check(&models::SCHEME, &ask(wire, public, Verb::Get, scheme).await, seen);
}

/// The documents' example requests, with a business that is there.
async fn tokens(wire: &Wire, seen: &mut Seen) -> Vec<String> {
    let mut made = Vec::new();
    for name in ["01-card", "02-bank-account", "03-nz-bank-account", "04-three-ds2"] {
        let file = format!("tests/client/reference/single-use-tokens-{name}-request.json");
        let mut body: Value = serde_json::from_str(&page::read(&file)).unwrap();
        body["supplierBusinessCode"] = json!("SANDBOXHIRE");
        let verb = Verb::Post(wire.name(), Body(body));
        let token = ask(wire, wire.publishable.key(), verb, "/single-use-tokens").await;
        check(&models::TOKEN, &token, seen);
        made.push(token["singleUseTokenId"].as_str().unwrap().to_owned());
    }
    let file = "tests/client/reference/single-use-tokens-08-authentication-request.json";
    let body = serde_json::from_str(&page::read(file)).unwrap();
    let path = format!("/single-use-tokens/{}/three-ds2-authentication", made[3]);
    check(&models::AUTHENTICATED, &post(wire, &path, body).await, seen);
    made
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

async fn a_customer(wire: &Wire, tokens: &[String], seen: &mut Seen) -> (String, Vec<String>) {
    let customer = post(wire, "/customers", json!({
        "customerNumber": "CUST-77", "customerName": "Sam Test", "supplierBusinessCode": "SANDBOXHIRE",
        "phoneNumber": "+61400000000", "emailAddress": "sam@example.com",
        "preferredNotificationMedium": "EMAIL",
        "address": { "street1": "2 Test St", "street2": "Level 2", "street3": "Rear", "city": "Sydney",
            "state": "NSW", "postcode": "2000", "country": "AU" },
    })).await;
    check(&models::CUSTOMER, &customer, seen);
    each(&models::CUSTOMER, &get(wire, "/customers").await, seen);
    let path = format!("/customers/{}", text(&customer, "customerId"));
    check(&models::CUSTOMER, &get(wire, &path).await, seen);
    let mut accounts = Vec::new();
    for token in &tokens[..3] {
        let body = json!({ "singleUseTokenId": token });
        let account = post(wire, &format!("{path}/accounts"), body).await;
        check(&models::ACCOUNT, &account, seen);
        accounts.push(text(&account, "accountToken"));
    }
    each(&models::ACCOUNT, &get(wire, &format!("{path}/accounts")).await, seen);
    (path, accounts)
}

async fn paid(wire: &Wire, body: Value, seen: &mut Seen) -> String {
    let mut whole = json!({
        "transactionType": "PAYMENT", "supplierBusinessCode": "SANDBOXHIRE",
        "principalAmount": 1234.5, "currency": "AUD",
    });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let shown = post(wire, "/transactions", whole).await;
    check(&models::TRANSACTION, &shown, seen);
    text(&shown, "receiptNumber")
}

async fn payments(wire: &Wire, accounts: &[String], seen: &mut Seen) {
    let of = |account: &str| json!({ "accountToken": account });
    let with = |body: Value, more: Value| {
        let mut body = body;
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let card = &accounts[0];
    let first = paid(wire, with(of(card), json!({
        "eci": "INTERNET", "ipAddress": "203.0.113.7", "customerReferenceNumber": "CUST-77",
        "paymentReferenceNumber": "INV-1009", "comment": "Boat", "metadata": { "berth": "7" },
        "merchantName": "Sub Shop", "merchantStreetAddress": "1 Test St", "merchantLocation": "Sydney",
        "merchantState": "NSW", "merchantCountry": "AU", "merchantPostCode": "2000",
        "subMerchantId": "SUB-1", "debtRepayment": true,
    })), seen).await;
    paid(wire, of(&accounts[1]), seen).await;
    paid(wire, with(of(&accounts[2]), json!({ "currency": "NZD" })), seen).await;
    let hold = paid(wire, with(of(card), json!({ "transactionType": "PREAUTH" })), seen).await;
    let after = |kind: &str, more: Value| {
        with(json!({ "transactionType": kind, "originalReceiptNumber": hold }), more)
    };
    paid(wire, after("PREAUTH", json!({ "authorisationType": "INCREMENTAL" })), seen).await;
    paid(
        wire,
        after("REFUND", json!({ "cancellationType": "PARTIAL", "principalAmount": 1 })),
        seen,
    )
    .await;
    paid(wire, after("CAPTURE", json!({ "principalAmount": 1 })), seen).await;
    wire.bank.control().guess(&json!({ "fraud_guard_from_dollars": 5 })).unwrap();
    paid(wire, with(of(card), json!({ "eci": "INTERNET", "ipAddress": "203.0.113.7" })), seen)
        .await;
    each(&models::TRANSACTION, &get(wire, "/transactions/suspended").await, seen);
    wire.pass(Duration::from_hours(24));
    let back = json!({ "transactionType": "REFUND", "originalReceiptNumber": first });
    paid(wire, back, seen).await;
    each(&models::TRANSACTION, &get(wire, &format!("/transactions/{first}/refunds")).await, seen);
    each(&models::TRANSACTION, &get(wire, "/transactions").await, seen);
}

async fn schedules(wire: &Wire, customer: &str, account: &str, seen: &mut Seen) {
    for end in [
        json!({ "scheduleType": "CONTINUE_UNTIL_FURTHER_NOTICE", "description": "Berth", "accountToken": account }),
        json!({ "scheduleType": "CONTINUE_UNTIL_DATE", "endDate": "2027-04-01" }),
        json!({ "scheduleType": "CONTINUE_FOR_NUMBER_OF_PAYMENTS", "numberOfPayments": 3,
            "finalPaymentAmount": 5.25 }),
        json!({ "scheduleType": "CONTINUE_UNTIL_TOTAL_AMOUNT", "totalAmount": 1000 }),
    ] {
        let mut body = json!({
            "supplierBusinessCode": "SANDBOXHIRE", "frequency": "MONTHLY", "startDate": "2026-04-01",
            "regularPaymentAmount": 100, "currency": "AUD", "paymentScheduleCode": "GOLD",
        });
        body.as_object_mut().unwrap().extend(end.as_object().unwrap().clone());
        let path = format!("{customer}/recurring-payments");
        check(&models::RECURRING, &post(wire, &path, body).await, seen);
        each(&models::RECURRING, &get(wire, &path).await, seen);
    }
}

async fn files(wire: &Wire, seen: &mut Seen) {
    let wrong = "H,SANDBOX,2026-03-01,2\r\nC,NOBODY,CAPTURE,x,,,,,1,2,3,4\r\nT,1,0.00\r\n";
    for (name, content) in [("good.csv", TWO_CARDS), ("wrong.csv", wrong)] {
        let file = FileContent::new(name, content).unwrap();
        let sent = wire.name();
        let done = wire.client.upload_payment_file(&wire.key, &sent, &file, FileFormat::Csv2);
        let path = format!("/payment-files/{}", done.await.unwrap().value.payment_file_id);
        check(&models::FILE, &get(wire, &path).await, seen);
        wire.pass(Duration::from_mins(10));
        if name == "wrong.csv" {
            each(&models::FILE_ERROR, &get(wire, &format!("{path}/errors")).await, seen);
        } else {
            let batches = get(wire, &format!("{path}/payment-batches")).await;
            each(&models::BATCH, &batches, seen);
            let batch = format!("/payment-batches/{}", text(&items(&batches)[0], "paymentBatchId"));
            check(&models::BATCH, &get(wire, &batch).await, seen);
            each(&models::TRANSACTION, &get(wire, &format!("{batch}/transactions")).await, seen);
        }
    }
    each(&models::FILE, &get(wire, "/payment-files").await, seen);
}

async fn agreements(wire: &Wire, seen: &mut Seen) {
    for (start, account) in [
        ("2026-03-10", json!({ "bsb": "032999", "accountNumber": "123456" })),
        ("2026-03-20", json!({ "payIdType": "EMAL", "payId": "sam@example.com" })),
    ] {
        let mut payer = json!({ "payerType": "PERS", "payerId": "CUST-77", "payerName": "SAM TEST",
            "payerReference": "HIRE-77" });
        payer.as_object_mut().unwrap().extend(account.as_object().unwrap().clone());
        let made = post(wire, "/payto-agreements", json!({
            "respondByTimeMinutes": 1440, "supplierBusinessCode": "SANDBOXHIRE", "payeeReference": "AGR-5",
            "agreementCreationType": "AUTHORISED", "payerDetails": payer,
            "paymentDetails": { "purpose": "RETL", "description": "Monthly hire",
                "startDate": start, "endDate": "2027-04-01", "automaticRenewal": false },
            "paymentTerms": { "frequency": "MNTH", "agreementType": "VARI", "paymentAmount": "80.00",
                "maximumPaymentAmount": "250.00", "currency": "AUD" },
        })).await;
        check(&models::AGREEMENT, &made, seen);
        wire.pass(Duration::from_hours(24 * 10));
        let token = text(&made, "agreementToken");
        let receipt = paid(wire, json!({ "principalAmount": 80, "payToData": { "agreementToken": token,
            "endToEndId": "HIRE-77-0001", "remittanceInformation1": "March", "finalPayment": false } }), seen).await;
        wire.pass(Duration::from_mins(5));
        check(&models::TRANSACTION, &get(wire, &format!("/transactions/{receipt}")).await, seen);
        let path = format!("/payto-agreements/{token}");
        for body in [
            json!({ "paymentTerms": { "frequency": "MNTH", "agreementType": "FIXE",
                "paymentAmount": "90.00", "currency": "AUD" }, "paymentDetails": { "endDate": "2028-04-01",
                "automaticRenewal": false } }),
            json!({ "agreementStatus": "SUSPENDED", "reasonCode": "MD17", "reasonDescription": "Winter" }),
        ] {
            let verb = Verb::Patch(Body(body));
            check(&models::AGREEMENT, &ask(wire, &wire.key, verb, &path).await, seen);
        }
    }
    each(&models::AGREEMENT, &get(wire, "/payto-agreements").await, seen);
}

/// The body of an error, as it comes.
async fn error(wire: &Wire, path: &str) -> Value {
    let base = wire.bank.base_url();
    let (host, base) = base.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let key = BASE64_STANDARD.encode(format!("{SANDBOX_KEY}:"));
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /{base}{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {key}\r\n\
        Accept: application/json\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    socket.read_to_string(&mut reply).await.unwrap();
    serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn every_answer_has_the_documents_fields_types_and_formats() {
    let (wire, mut seen) = (Wire::start().await, Seen::new());
    the_facility(&wire, &mut seen).await;
    let tokens = tokens(&wire, &mut seen).await;
    let (customer, accounts) = a_customer(&wire, &tokens, &mut seen).await;
    schedules(&wire, &customer, &accounts[0], &mut seen).await;
    payments(&wire, &accounts, &mut seen).await;
    files(&wire, &mut seen).await;
    agreements(&wire, &mut seen).await;
    for path in
        ["/transactions/1", "/transactions/for-settlement-date?settlementDate=x", "/nowhere"]
    {
        check(&models::ERROR, &error(&wire, path).await, &mut seen);
    }
    for Model(name, fields) in MODELS {
        for (field, ..) in *fields {
            let place = format!("{name}.{field}");
            let empty = EMPTY.iter().any(|(known, _)| *known == place);
            assert_ne!(seen.contains(&place), empty, "{place}");
        }
    }
}
