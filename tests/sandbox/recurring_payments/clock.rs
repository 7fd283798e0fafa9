//! What the clock does to recurring payments: they begin, are declined and tried again, and end.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::super::support::{BUSINESSES, Bank, with_data, wrong_fields};
use super::super::transactions::{payment, take};
use super::{POOR, all, begin, begun, customer, location, monthly, sam, with};

#[tokio::test]
async fn the_first_instalment_is_taken_at_once_where_the_documents_say_so() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    for (start, at_once) in [("2026-03-01", 1), ("2026-03-02", 1), ("2026-03-03", 0)] {
        let path = begun(&bank, &customer, &monthly(start)).await;
        let history = bank.get(&format!("{path}/transactions")).await;
        assert_eq!(all(&history, "settlementDate").len(), at_once, "{start}");
    }
    let once = json!({ "frequency": "DAILY", "scheduleType": "CONTINUE_FOR_NUMBER_OF_PAYMENTS",
                       "numberOfPayments": 1, "startDate": "2026-03-01",
                       "regularPaymentAmount": 1.50 });
    let reply = begin(&bank, &customer, &once).await;
    assert_eq!(reply.body["status"], "COMPLETED");
    assert_eq!(reply.body["nextPaymentDate"], Value::Null);
    assert_eq!(reply.body["numberOfPayments"], 1);
}

#[tokio::test]
async fn a_schedule_ends_with_its_date_its_number_or_its_total() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    let ends = [
        (json!({ "scheduleType": "CONTINUE_UNTIL_DATE", "endDate": "2026-03-25" }), 4, "100.00"),
        (
            json!({ "scheduleType": "CONTINUE_FOR_NUMBER_OF_PAYMENTS", "numberOfPayments": 2,
                    "finalPaymentAmount": 33.30 }),
            2,
            "33.30",
        ),
        (json!({ "scheduleType": "CONTINUE_UNTIL_TOTAL_AMOUNT", "totalAmount": 250 }), 3, "50.00"),
    ];
    let mut paths = Vec::new();
    for (end, ..) in &ends {
        let mut body = with(monthly("2026-03-04"), "frequency", json!("WEEKLY"));
        for (name, value) in end.as_object().unwrap() {
            body[name] = value.clone();
        }
        paths.push(begun(&bank, &customer, &body).await);
    }
    bank.days_pass(60);
    for (path, (end, count, last)) in paths.iter().zip(ends) {
        assert_eq!(bank.get(path).await.body["status"], "COMPLETED", "{end}");
        let history = bank.get(&format!("{path}/transactions")).await;
        let amounts = all(&history, "principalAmount");
        assert_eq!((amounts.len(), amounts[0]["amount"].to_string()), (count, last.to_owned()));
    }
}

#[tokio::test]
async fn a_declined_instalment_is_tried_again_and_its_tries_are_listed() {
    let bank = Bank::seeded(BUSINESSES).await;
    bank.control("POST", "/guesses", json!({ "instalment_retries": 2 })).await;
    let customer = customer(&bank, "HIRE", "CUST-2", POOR).await;
    let path = begun(&bank, &customer, &monthly("2026-03-04")).await;
    bank.days_pass(10);
    let history = bank.get(&format!("{path}/transactions")).await;
    assert_eq!(all(&history, "status"), ["Declined"; 3]);
    assert_eq!(all(&history, "responseCode"), ["51"; 3]);
    let receipts = all(&history, "receiptNumber");
    let failed = receipts[2].as_str().unwrap();
    assert_eq!(
        all(&history, "originalReceiptNumber"),
        [&json!(failed), &json!(failed), &Value::Null]
    );
    let retries = bank.get(&format!("/rest/v1/transactions/{failed}/retries")).await;
    assert_eq!(all(&retries, "receiptNumber"), receipts[..2]);
    assert_eq!(bank.get(&path).await.body["nextPaymentDate"], "2026-04-04");
}

#[tokio::test]
async fn disabling_an_account_declines_and_disabling_a_customer_stops() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    let accounts = bank.get(&format!("{customer}/accounts")).await;
    let token = accounts.body["data"][0]["accountToken"].clone();
    let own =
        begun(&bank, &customer, &with(monthly("2026-03-04"), "accountToken", token.clone())).await;
    let usual = begun(&bank, &customer, &monthly("2026-03-04")).await;
    assert_eq!(bank.get(&own).await.body["accountToken"], token);
    assert_eq!(bank.get(&usual).await.body["accountToken"], Value::Null);
    let account = format!("/rest/v1/accounts/{}", token.as_str().unwrap());
    assert_eq!(bank.write(SANDBOX_KEY, "DELETE", &account, &Value::Null).await.status, 204);
    let reply = begin(&bank, &customer, &monthly("2026-03-09")).await;
    assert_eq!(wrong_fields(&reply), ["accountToken"], "no default account any more");
    bank.days_pass(5);
    for path in [&own, &usual] {
        let history = bank.get(&format!("{path}/transactions")).await;
        assert_eq!(all(&history, "status"), ["Declined"]);
        assert_eq!(all(&history, "responseCode"), ["QQ"]);
    }
    // Another account becomes the default one, for schedules that name none.
    let token = bank.card_token(json!({ "supplierBusinessCode": "HIRE" })).await;
    let body = json!({ "singleUseTokenId": token });
    bank.write(SANDBOX_KEY, "POST", &format!("{customer}/accounts"), &body).await;
    bank.days_pass(31);
    let paid = bank.get(&format!("{usual}/transactions")).await;
    assert_eq!(all(&paid, "status"), ["Approved", "Declined"]);
    let paid = bank.get(&format!("{own}/transactions")).await;
    assert_eq!(all(&paid, "status"), ["Declined", "Declined"]);

    let disabled = bank.write(SANDBOX_KEY, "PATCH", &customer, &json!({ "enabled": false })).await;
    assert_eq!(disabled.status, 200);
    let list = bank.get(&format!("{customer}/recurring-payments")).await;
    assert_eq!(all(&list, "status"), ["STOPPED", "STOPPED"]);
    let reply = begin(&bank, &customer, &monthly("2026-05-09")).await;
    assert!(wrong_fields(&reply).contains(&"customerId"), "{}", reply.text);
}

#[tokio::test]
async fn a_replayed_key_begins_once_and_schedules_go_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("book.json");
    let bank = Bank::with(with_data(&file)).await;
    let customer = customer(&bank, "SANDBOXHIRE", "CUST-77", "4242424242424242").await;
    let path = format!("{customer}/recurring-payments");
    let body = with(monthly("2026-03-01"), "frequency", json!("WEEKLY")).to_string();
    let first = bank.post(SANDBOX_KEY, &path, "one", &body).await;
    let again = bank.post(SANDBOX_KEY, &path, "one", &body).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    let schedule = location(&first);
    bank.days_pass(10);
    bank.running.stop().await;

    let bank = Bank::with(with_data(&file)).await;
    let history = bank.get(&format!("{schedule}/transactions")).await;
    assert_eq!(all(&history, "settlementDate"), ["2026-03-09", "2026-03-02"]);
    bank.days_pass(7);
    let history = bank.get(&format!("{schedule}/transactions")).await;
    assert_eq!(all(&history, "settlementDate").len(), 3);
    let list = bank.get(&path).await;
    assert_eq!(all(&list, "nextPaymentDate"), ["2026-03-22"]);
}

/// Eight thousand instalments come due at once. A request lets a part of them happen and is answered
/// as of the time the bank has reached; whoever moved the clock by the control API is answered at the
/// end.
#[tokio::test]
async fn a_long_jump_happens_in_parts_and_nothing_is_done_ahead_of_its_time() {
    let bank = Bank::seeded(BUSINESSES).await;
    let customer = sam(&bank).await;
    let daily = with(monthly("2026-03-04"), "frequency", json!("DAILY"));
    let mut paths = Vec::new();
    for _ in 0..20 {
        paths.push(begun(&bank, &customer, &daily).await);
    }
    let left = async || {
        let clock = bank.control("GET", "/clock", Value::Null).await.body;
        (clock["reached"] != clock["now"]).then(|| clock["reached"].as_str().unwrap().to_owned())
    };
    assert_eq!(left().await, None);
    bank.days_pass(400);
    let account = json!({ "accountName": "Sam", "bsb": "032999", "accountNumber": "999994" });
    let body = with(payment("bankAccount", &account), "supplierBusinessCode", json!("HIRE"));
    let taken = take(&bank, &body).await;
    let reached = left().await.expect("the bank is not done yet");
    let at = taken.body["transactionTime"].as_str().unwrap();
    assert!("2026-03-04" < at && at[..19] <= reached[..19], "{at} {reached}");

    bank.running.control().catch_up().await;
    assert_eq!(left().await, None);
    bank.control("POST", "/clock", json!({ "advance": "100d" })).await;
    assert_eq!(left().await, None);
    for path in &paths {
        assert_eq!(bank.get(path).await.body["nextPaymentDate"], "2027-07-15");
    }
}
