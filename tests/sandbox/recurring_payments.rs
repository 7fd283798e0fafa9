//! Recurring payments: begun, read, replaced, stopped and listed over the wire.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{BUSINESSES, Bank, Reply, linked, names, wrong_fields};

#[path = "recurring_payments/clock.rs"]
mod clock;

const BASE: &str = "/rest/v1/recurring-payments";

/// Declined for want of funds.
const POOR: &str = "4111111111444496";

fn monthly(start: &str) -> Value {
    json!({
        "frequency": "MONTHLY", "scheduleType": "CONTINUE_UNTIL_FURTHER_NOTICE",
        "startDate": start, "regularPaymentAmount": 100.00,
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// The path of a customer of this business, who pays with this card.
async fn customer(bank: &Bank, business: &str, number: &str, card: &str) -> String {
    let body = json!({ "customerNumber": number, "customerName": "Sam Test",
                       "supplierBusinessCode": business });
    let made = bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = location(&made);
    let more = json!({ "supplierBusinessCode": business, "cardNumber": card });
    let token = bank.card_token(more).await;
    let body = json!({ "singleUseTokenId": token });
    let registered = bank.write(SANDBOX_KEY, "POST", &format!("{path}/accounts"), &body).await;
    assert_eq!(registered.status, 201, "{}", registered.text);
    path
}

async fn sam(bank: &Bank) -> String {
    customer(bank, "HIRE", "CUST-77", "4242424242424242").await
}

async fn begin(bank: &Bank, customer: &str, body: &Value) -> Reply {
    let path = format!("{customer}/recurring-payments");
    bank.write(SANDBOX_KEY, "POST", &path, body).await
}

async fn begun(bank: &Bank, customer: &str, body: &Value) -> String {
    let reply = begin(bank, customer, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    location(&reply)
}

/// The path of what a `Location` names.
fn location(reply: &Reply) -> String {
    let location = reply.header("location").unwrap();
    location.strip_prefix("http://bank.example").unwrap().to_owned()
}

/// One member of every item of a list.
fn all<'a>(reply: &'a Reply, name: &str) -> Vec<&'a Value> {
    reply.body["data"].as_array().unwrap().iter().map(|item| &item[name]).collect()
}

#[tokio::test]
async fn a_schedule_is_begun_and_runs_by_the_clock() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = customer(&bank, "HIRE", "CUST-77", "4242424242424242").await;
    let body = with(monthly("2026-03-31"), "paymentScheduleCode", json!("GOLD"));
    let made = begin(&bank, &customer, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        names(&made.body),
        [
            "links",
            "paymentScheduleId",
            "paymentScheduleCode",
            "status",
            "customerId",
            "accountToken",
            "supplierBusinessCode",
            "description",
            "frequency",
            "scheduleType",
            "startDate",
            "endDate",
            "numberOfPayments",
            "totalAmount",
            "finalPaymentAmount",
            "nextPaymentDate",
            "instalmentAmount",
        ]
    );
    let path = location(&made);
    assert_eq!(path, format!("{BASE}/{}", made.body["paymentScheduleId"].as_str().unwrap()));
    assert_eq!(made.body["status"], "ACTIVE");
    assert_eq!(made.body["nextPaymentDate"], "2026-03-31");
    assert_eq!(made.body["supplierBusinessCode"], "HIRE");
    let money = |amount: &str| {
        let number: serde_json::Number = amount.parse().unwrap();
        json!({ "currency": "AUD", "amount": number, "displayAmount": format!("${amount}") })
    };
    let amount = json!({ "principalAmount": money("100.00"), "surchargeAmount": money("0.40"),
                         "totalAmount": money("100.40") });
    assert_eq!(made.body["instalmentAmount"], amount);
    assert_eq!(linked(&made.body, "self").unwrap(), format!("http://bank.example{path}"));
    assert_eq!(bank.get(&path).await.body, made.body);

    bank.days_pass(61);
    let read = bank.get(&path).await;
    assert_eq!(read.body["nextPaymentDate"], "2026-05-31");
    let history = bank.get(&format!("{path}/transactions")).await;
    assert_eq!(all(&history, "settlementDate"), ["2026-04-30", "2026-03-31"]);
    assert_eq!(
        all(&history, "transactionTime"),
        ["2026-04-29T20:00:00+00:00", "2026-03-30T19:00:00+00:00"]
    );
    let first = &history.body["data"][1];
    assert_eq!(
        (&first["status"], &first["transactionType"]),
        (&json!("Approved"), &json!("PAYMENT"))
    );
    assert_eq!(first["totalAmount"], amount["totalAmount"]);
    assert_eq!(first["customerReferenceNumber"], "CUST-77");
    assert_eq!(first["creditCard"]["defaultAccount"], true);
    let theirs = bank.get(&format!("{customer}/transactions")).await;
    assert_eq!(theirs.body["data"], history.body["data"]);
    let receipt = first["receiptNumber"].as_str().unwrap();
    assert_eq!(bank.get(&format!("/rest/v1/transactions/{receipt}")).await.body, *first);
}

/// The tests' clock stands on Sunday 1 March, 11 am in Sydney; the settlement date is the Monday.
#[tokio::test]
async fn every_wrong_field_is_422_and_named() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    let mut path = begun(&bank, &customer, &monthly("2026-04-01")).await;
    path.insert_str(0, "PUT ");
    let create = format!("POST {customer}/recurring-payments");
    let dated = |end: &str| {
        let body = with(monthly("2026-03-09"), "scheduleType", json!("CONTINUE_UNTIL_DATE"));
        with(body, "endDate", json!(end))
    };
    let bodies = [
        (json!({}), "frequency startDate regularPaymentAmount scheduleType"),
        (with(monthly("2026-03-09"), "frequency", json!("HOURLY")), "frequency"),
        (with(monthly("2026-03-09"), "scheduleType", json!("FOREVER")), "scheduleType"),
        (monthly("2026-02-28"), "startDate"),
        (monthly("2026-02-30"), "startDate"),
        (with(monthly("2026-03-09"), "regularPaymentAmount", json!(0)), "regularPaymentAmount"),
        (with(monthly("2026-03-09"), "regularPaymentAmount", json!(1.001)), "regularPaymentAmount"),
        (with(monthly("2026-03-09"), "endDate", json!("2026-04-01")), "endDate"),
        (with(monthly("2026-03-09"), "totalAmount", json!(5)), "totalAmount"),
        (dated("2026-03-08"), "endDate"),
        (with(dated("2026-03-09"), "numberOfPayments", json!(2)), "numberOfPayments"),
        (
            with(monthly("2026-03-09"), "scheduleType", json!("CONTINUE_FOR_NUMBER_OF_PAYMENTS")),
            "numberOfPayments",
        ),
        (with(monthly("2026-03-09"), "currency", json!("NZD")), "currency"),
        (
            with(monthly("2026-03-09"), "supplierBusinessCode", json!("NONE")),
            "supplierBusinessCode",
        ),
        (with(monthly("2026-03-09"), "accountToken", json!("SANDBOX-1")), "accountToken"),
        (
            with(monthly("2026-03-09"), "paymentScheduleCode", json!("x".repeat(101))),
            "paymentScheduleCode",
        ),
        (with(monthly("2026-03-09"), "description", json!(["x"])), "description"),
    ];
    for target in [&create, &path] {
        let (method, path) = target.split_once(' ').unwrap();
        for (body, expected) in &bodies {
            let reply = bank.write(SANDBOX_KEY, method, path, body).await;
            assert_eq!(reply.status, 422, "{body}: {}", reply.text);
            assert_eq!(wrong_fields(&reply).join(" "), *expected, "{body}");
        }
        let reply = bank.write(SANDBOX_KEY, method, path, &json!([])).await;
        assert_eq!(reply.status, 400);
        let reply = bank.write(SANDBOX_KEY, method, &format!("{path}?x=1"), &bodies[0].0).await;
        assert_eq!(reply.status, 400);
    }
    let other = self::customer(&bank, "HIRE", "CUST-2", POOR).await;
    let accounts = bank.get(&format!("{other}/accounts")).await;
    let theirs = accounts.body["data"][0]["accountToken"].clone();
    let body = with(monthly("2026-03-09"), "accountToken", theirs);
    assert_eq!(wrong_fields(&begin(&bank, &customer, &body).await), ["accountToken"]);
}

#[tokio::test]
async fn what_is_not_there_is_404_and_a_browsers_key_is_403() {
    let bank = Bank::seeded(BUSINESSES).await;
    let path = begun(&bank, &sam(&bank).await, &monthly("2026-04-01")).await;
    for none in ["710000099", "0710000001", "x"] {
        let none = format!("{BASE}/{none}");
        assert_eq!(bank.get(&none).await.status, 404);
        assert_eq!(bank.get(&format!("{none}/transactions")).await.status, 404);
        for method in ["PUT", "PATCH"] {
            let reply = bank.write(SANDBOX_KEY, method, &none, &monthly("2026-04-01")).await;
            assert_eq!(reply.status, 404);
        }
    }
    let nobody = "/rest/v1/customers/310000099";
    assert_eq!(bank.get(&format!("{nobody}/recurring-payments")).await.status, 404);
    assert_eq!(begin(&bank, nobody, &monthly("2026-04-01")).await.status, 404);
    assert_eq!(bank.get_with(&bank.publishable(), &path).await.status, 403);
    assert_eq!(bank.write(SANDBOX_KEY, "DELETE", &path, &Value::Null).await.status, 405);
}

#[tokio::test]
async fn a_schedule_is_stopped_for_good() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    for body in [json!({ "status": "STOPPED" }), json!({ "enabled": false })] {
        let path = begun(&bank, &customer, &monthly("2026-04-01")).await;
        for (wrong, field) in [
            (json!({}), "status"),
            (json!({ "status": "ACTIVE" }), "status"),
            (json!({ "status": "PAUSED" }), "status"),
            (json!({ "enabled": true }), "enabled"),
            (json!({ "enabled": "no" }), "enabled"),
        ] {
            let reply = bank.write(SANDBOX_KEY, "PATCH", &path, &wrong).await;
            assert_eq!((reply.status, wrong_fields(&reply)), (422, vec![field]), "{wrong}");
        }
        let reply = bank.write(SANDBOX_KEY, "PATCH", &path, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.body["status"], "STOPPED");
        assert_eq!(reply.body["nextPaymentDate"], Value::Null);
        let again = bank.write(SANDBOX_KEY, "PATCH", &path, &body).await;
        assert_eq!((again.status, wrong_fields(&again)), (422, vec!["status"]));
        let put = bank.write(SANDBOX_KEY, "PUT", &path, &monthly("2026-04-01")).await;
        assert_eq!((put.status, wrong_fields(&put)), (422, vec!["status"]));
    }
    let path = begun(&bank, &customer, &monthly("2026-04-01")).await;
    bank.control("POST", "/guesses", json!({ "patch_reply": "204" })).await;
    let reply = bank.write(SANDBOX_KEY, "PATCH", &path, &json!({ "status": "STOPPED" })).await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    bank.days_pass(400);
    let theirs = bank.get(&format!("{customer}/transactions")).await;
    assert_eq!(theirs.body["data"], json!([]));
}

#[tokio::test]
async fn a_put_replaces_everything() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    let body = with(monthly("2026-03-31"), "paymentScheduleCode", json!("GOLD"));
    let path = begun(&bank, &customer, &with(body, "description", json!("Gym"))).await;
    bank.days_pass(40);
    // The first date has passed, and stays what it is.
    let new = with(monthly("2026-03-31"), "regularPaymentAmount", json!(20.5));
    let reply = bank.write(SANDBOX_KEY, "PUT", &path, &new).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["paymentScheduleCode"], Value::Null);
    assert_eq!(reply.body["description"], Value::Null);
    assert_eq!(reply.body["nextPaymentDate"], "2026-04-30");
    let reply = bank.write(SANDBOX_KEY, "PUT", &path, &monthly("2026-03-30")).await;
    assert_eq!(wrong_fields(&reply), ["startDate"], "another day of the past");
    bank.days_pass(30);
    let history = bank.get(&format!("{path}/transactions")).await;
    let amounts: Vec<_> =
        all(&history, "principalAmount").iter().map(|it| it["amount"].to_string()).collect();
    assert_eq!(amounts, ["20.50", "100.00"]);
}

#[tokio::test]
async fn lists_come_by_the_twenty_in_the_documents_order() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    for number in (0..23).rev() {
        let body =
            with(monthly("2026-04-01"), "paymentScheduleCode", json!(format!("S{number:02}")));
        begun(&bank, &customer, &body).await;
    }
    let first = bank.get(&format!("{customer}/recurring-payments")).await;
    let oldest = format!("{BASE}/710000001");
    bank.write(SANDBOX_KEY, "PATCH", &format!("{BASE}/710000023"), &json!({ "enabled": false }))
        .await;
    assert_eq!(bank.get(&oldest).await.body["paymentScheduleCode"], "S22");
    assert_eq!(all(&first, "paymentScheduleCode")[..2], ["S00", "S01"]);
    let first = bank.get(&format!("{customer}/recurring-payments")).await;
    let next = linked(&first.body, "next").unwrap().strip_prefix("http://bank.example").unwrap();
    let second = bank.get(next).await;
    assert_eq!(all(&first, "paymentScheduleCode").len(), 20);
    assert_eq!(all(&first, "paymentScheduleCode")[0], "S01");
    assert_eq!(all(&second, "paymentScheduleCode"), ["S21", "S22", "S00"]);
    assert_eq!(all(&second, "status"), ["ACTIVE", "ACTIVE", "STOPPED"]);

    let daily = with(monthly("2026-03-04"), "frequency", json!("DAILY"));
    let path = begun(&bank, &customer, &daily).await;
    bank.days_pass(25);
    let first = bank.get(&format!("{path}/transactions")).await;
    let next = linked(&first.body, "next").unwrap().strip_prefix("http://bank.example").unwrap();
    let second = bank.get(next).await;
    let mut receipts = all(&first, "receiptNumber");
    receipts.extend(all(&second, "receiptNumber"));
    assert_eq!(receipts.len(), 23);
    assert!(receipts.windows(2).all(|pair| pair[0].as_str() > pair[1].as_str()));
}

#[tokio::test]
async fn a_restricted_key_neither_sees_nor_makes_another_businesss_schedules() {
    let bank = Bank::seeded(BUSINESSES).await;
    let ours = customer(&bank, "SALES", "CUST-1", "4242424242424242").await;
    let other = customer(&bank, "HIRE", "CUST-2", "4242424242424242").await;
    let theirs = begun(&bank, &other, &monthly("2026-04-01")).await;
    // Of our customer, but for the other business.
    let body = with(monthly("2026-04-01"), "supplierBusinessCode", json!("HIRE"));
    let hidden = begun(&bank, &ours, &body).await;
    let seen = begun(&bank, &ours, &monthly("2026-04-01")).await;
    let key = bank.restricted_to("SALES");
    assert_eq!(bank.get_with(&key, &seen).await.status, 200);
    for path in [&theirs, &hidden] {
        assert_eq!(bank.get_with(&key, path).await.status, 404);
        assert_eq!(bank.get_with(&key, &format!("{path}/transactions")).await.status, 404);
        for method in ["PUT", "PATCH"] {
            let reply = bank.write(&key, method, path, &monthly("2026-04-01")).await;
            assert_eq!(reply.status, 404);
        }
    }
    let list = bank.get_with(&key, &format!("{ours}/recurring-payments")).await;
    assert_eq!(all(&list, "supplierBusinessCode"), ["SALES"]);
    let path = format!("{ours}/recurring-payments");
    let reply = bank.write(&key, "POST", &path, &body).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["supplierBusinessCode"]));
    let path = format!("{other}/recurring-payments");
    assert_eq!(bank.get_with(&key, &path).await.status, 404);
    assert_eq!(bank.write(&key, "POST", &path, &monthly("2026-04-01")).await.status, 404);
    assert_eq!(bank.write(&key, "PATCH", &seen, &json!({ "enabled": false })).await.status, 200);
}
