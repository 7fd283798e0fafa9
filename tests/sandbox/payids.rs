//! PayIDs: submitted, registered or rejected on the clock, paid to by payers, given up.

use quaymaster::sandbox::{SANDBOX_CODE, SANDBOX_KEY};
use serde_json::{Value, json};

use super::support::{Bank, Reply, linked, names, wrong_fields};

async fn customer(bank: &Bank, number: &str, business: &str) -> String {
    let body = json!({ "customerNumber": number, "customerName": "Sam Test",
                       "supplierBusinessCode": business });
    let made = bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["customerId"].as_str().unwrap().to_owned()
}

fn of_customer(id: &str) -> String {
    format!("/rest/v1/customers/{id}/payids")
}

fn one(address: &str) -> String {
    format!("/rest/v1/payids/{address}")
}

fn wanted(address: &str, life: &str) -> Value {
    json!({ "payId": address, "type": life, "supplierBusinessCode": "SANDBOXHIRE" })
}

async fn register(bank: &Bank, customer: &str, body: &Value) -> Reply {
    bank.write(SANDBOX_KEY, "POST", &of_customer(customer), body).await
}

/// A bank with a customer, whose id it tells, and one PayID of theirs that is registered.
async fn registered(address: &str, life: &str, amount: Value) -> (Bank, String) {
    let bank = Bank::start().await;
    let customer = customer(&bank, "CUST-77", "SANDBOXHIRE").await;
    let mut body = wanted(address, life);
    body["paymentAmount"] = amount;
    let made = register(&bank, &customer, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    bank.minutes_pass(2);
    assert_eq!(status(&bank, address).await, "ACTIVE");
    (bank, customer)
}

async fn status(bank: &Bank, address: &str) -> String {
    let read = bank.get(&one(address)).await;
    assert_eq!(read.status, 200, "{}", read.text);
    read.body["status"].as_str().unwrap().to_owned()
}

async fn act(bank: &Bank, address: &str, body: Value) -> Reply {
    bank.control("POST", &format!("/facilities/{SANDBOX_CODE}/payids/{address}"), body).await
}

async fn pay(bank: &Bank, address: &str, amount: &str) -> Reply {
    act(bank, address, json!({ "act": "pay", "amount": amount })).await
}

/// The history of a customer, newest first, as amounts.
async fn came_in(bank: &Bank, customer: &str) -> Vec<String> {
    let list = bank.get(&format!("/rest/v1/customers/{customer}/transactions")).await;
    let data = list.body["data"].as_array().unwrap();
    data.iter().map(|it| it["principalAmount"]["amount"].to_string()).collect()
}

#[tokio::test]
async fn one_is_submitted_and_registered_a_little_later() {
    let bank = Bank::start().await;
    let customer = customer(&bank, "CUST-77", "SANDBOXHIRE").await;
    let body = json!({ "payId": "Jane+hire@Example.com", "type": "SINGLE",
                       "supplierBusinessCode": "SANDBOXHIRE", "paymentAmount": "10.00",
                       "customerNumber": "CUST-77" });
    let made = register(&bank, &customer, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let fields = [
        "links",
        "payId",
        "type",
        "status",
        "customerId",
        "customerNumber",
        "supplierBusinessCode",
        "paymentAmount",
        "registrationPriority",
    ];
    let mut shown = names(&made.body);
    shown.sort_unstable();
    let mut expected = fields.to_vec();
    expected.sort_unstable();
    assert_eq!(shown, expected);
    assert_eq!((&made.body["status"], &made.body["type"]), (&json!("PENDING"), &json!("SINGLE")));
    assert_eq!(made.body["payId"], "Jane+hire@Example.com");
    assert_eq!(made.body["paymentAmount"], "10.00", "amounts of PayIDs are texts");
    assert_eq!(made.body["customerId"], json!(customer));
    assert_eq!(made.header("location"), linked(&made.body, "self"));
    let place = made.header("location").unwrap();
    let path = place.split_once("bank.example").unwrap().1;
    assert_eq!(path, "/rest/v1/payids/Jane%2Bhire%40Example.com");

    // It is registered a minute later, and is the same in whatever way its address is spelt.
    bank.minutes_pass(1);
    for spelling in ["Jane%2Bhire%40Example.com", "jane+hire@example.com"] {
        let read = bank.get(&one(spelling)).await;
        assert_eq!((read.status, &read.body["status"]), (200, &json!("ACTIVE")), "{spelling}");
        assert_eq!(read.body["payId"], "Jane+hire@Example.com");
    }
    let of_customer = bank.get(&format!("/rest/v1/customers/{customer}")).await;
    assert!(linked(&of_customer.body, "payids").unwrap().ends_with("/payids"));
    for unknown in ["other@example.com", "jane%40example.com%00", "%"] {
        assert_eq!(bank.get(&one(unknown)).await.status, 404, "{unknown}");
    }
    let unknown = register(&bank, "999999999", &wanted("x@example.com", "STATIC")).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let bank = Bank::start().await;
    let customer = customer(&bank, "CUST-77", "SANDBOXHIRE").await;
    for (more, wrong) in [
        (json!({ "payId": null }), "payId"),
        (json!({ "payId": "jane" }), "payId"),
        (json!({ "payId": "jane@elsewhere.example" }), "payId"),
        (json!({ "payId": "jane@sub.example.com" }), "payId"),
        (json!({ "payId": format!("{}@example.com", "j".repeat(250)) }), "payId"),
        (json!({ "type": null }), "type"),
        (json!({ "type": "static" }), "type"),
        (json!({ "supplierBusinessCode": "NOWHERE" }), "supplierBusinessCode"),
        (json!({ "paymentAmount": "10.00" }), "paymentAmount"),
        (json!({ "type": "SINGLE", "paymentAmount": "0.00" }), "paymentAmount"),
        (json!({ "type": "SINGLE", "paymentAmount": "10.001" }), "paymentAmount"),
        (json!({ "type": "SINGLE", "paymentAmount": "ten" }), "paymentAmount"),
        (json!({ "customerNumber": "CUST-78" }), "customerNumber"),
        (json!({ "registrationPriority": 1 }), "registrationPriority"),
    ] {
        let mut body = wanted("jane@example.com", "STATIC");
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = register(&bank, &customer, &body).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec![wrong]), "{body}");
    }
    let reply = register(&bank, &customer, &json!({ "type": 1 })).await;
    assert_eq!(wrong_fields(&reply), ["payId", "type"]);
    assert_eq!(bank.get(&of_customer(&customer)).await.body["data"], json!([]));

    // An address is registered once at a time, whoever asks.
    let body = wanted("jane@example.com", "STATIC");
    assert_eq!(register(&bank, &customer, &body).await.status, 201);
    let again = register(&bank, &customer, &wanted("JANE@example.com", "SINGLE")).await;
    assert_eq!((again.status, wrong_fields(&again)), (422, vec!["payId"]));

    let disable = json!({ "enabled": false });
    let path = format!("/rest/v1/customers/{customer}");
    bank.write(SANDBOX_KEY, "PATCH", &path, &disable).await;
    let refused = register(&bank, &customer, &wanted("joe@example.com", "STATIC")).await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["customerId"]));
}

#[tokio::test]
async fn the_test_addresses_do_what_the_test_page_says() {
    let bank = Bank::start().await;
    let customer = customer(&bank, "CUST-77", "SANDBOXHIRE").await;
    for (address, life) in [
        ("test_error1@example.com", "STATIC"),
        ("invalidpayid@example.com", "SINGLE"),
        ("test_payment1@example.com", "STATIC"),
        ("test_payment2@example.com", "SINGLE"),
        ("plain@example.com", "SINGLE"),
    ] {
        assert_eq!(register(&bank, &customer, &wanted(address, life)).await.status, 201);
        assert_eq!(status(&bank, address).await, "PENDING");
    }
    bank.minutes_pass(1);
    for (address, word) in [
        ("test_error1@example.com", "REJECTED"),
        ("invalidpayid@example.com", "REJECTED"),
        ("test_payment1@example.com", "ACTIVE"),
        ("test_payment2@example.com", "ACTIVE"),
        ("plain@example.com", "ACTIVE"),
    ] {
        assert_eq!(status(&bank, address).await, word, "{address}");
    }
    assert_eq!(came_in(&bank, &customer).await, Vec::<String>::new());
    bank.days_pass(30);
    assert_eq!(came_in(&bank, &customer).await, ["1.00", "1.00"]);
    assert_eq!(status(&bank, "test_payment1@example.com").await, "ACTIVE");
    assert_eq!(status(&bank, "test_payment2@example.com").await, "DEREGISTERED");
    // What was rejected may be tried again.
    let again = register(&bank, &customer, &wanted("test_error1@example.com", "STATIC")).await;
    assert_eq!((again.status, &again.body["status"]), (201, &json!("PENDING")));
}

#[tokio::test]
async fn what_payers_pay_is_a_transaction_that_can_be_refunded() {
    let (bank, customer) = registered("jane@example.com", "STATIC", Value::Null).await;
    let told = json!({ "act": "pay", "amount": 12.5, "payer": "Sam Payer", "reference": "INV-9" });
    let paid = act(&bank, "jane@example.com", told).await;
    assert_eq!((paid.status, &paid.body["outcome"]), (200, &json!("received")), "{}", paid.text);
    let receipt = paid.body["receiptNumber"].as_str().unwrap();
    let read = bank.get(&format!("/rest/v1/transactions/{receipt}")).await;
    for (name, value) in [
        ("transactionType", json!("PAYMENT")),
        ("status", json!("Approved")),
        ("summaryCode", json!("0")),
        ("source", json!("PAYID")),
        ("supplierBusinessCode", json!("SANDBOXHIRE")),
        ("customerReferenceNumber", json!("CUST-77")),
        ("paymentReferenceNumber", json!("INV-9")),
        ("voidable", json!(false)),
        ("refundable", json!(true)),
        ("settlementDate", json!("2026-03-01")),
    ] {
        assert_eq!(read.body[name], value, "{name}");
    }
    assert_eq!(read.body["totalAmount"]["displayAmount"], "$12.50");
    let from = &read.body["payIdData"];
    assert_eq!(
        (&from["payId"], &from["accountName"]),
        (&json!("jane@example.com"), &json!("Sam Payer"))
    );
    assert_eq!(pay(&bank, "jane@example.com", "3.00").await.body["outcome"], "received");
    assert_eq!(came_in(&bank, &customer).await, ["3.00", "12.50"]);

    let refund = |amount: f64| {
        json!({ "transactionType": "REFUND", "originalReceiptNumber": receipt,
                "principalAmount": amount, "currency": "AUD" })
    };
    let give_back = async |amount: f64| {
        bank.write(SANDBOX_KEY, "POST", "/rest/v1/transactions", &refund(amount)).await
    };
    let part = give_back(2.50).await;
    assert_eq!((part.status, &part.body["status"]), (201, &json!("Approved")), "{}", part.text);
    assert_eq!(part.body["payIdData"]["payId"], "jane@example.com");
    assert_eq!(wrong_fields(&give_back(10.01).await), ["principalAmount"]);
    assert_eq!(give_back(10.00).await.status, 201);
    let void = format!("/rest/v1/transactions/{receipt}/void");
    assert_eq!(bank.write(SANDBOX_KEY, "POST", &void, &Value::Null).await.status, 422);

    bank.control("POST", "/guesses", json!({ "pay_id_refunds": "whole" })).await;
    let paid = pay(&bank, "jane@example.com", "5.00").await;
    let other = paid.body["receiptNumber"].as_str().unwrap();
    let mut body = refund(1.00);
    body["originalReceiptNumber"] = json!(other);
    let part = bank.write(SANDBOX_KEY, "POST", "/rest/v1/transactions", &body).await;
    assert_eq!(wrong_fields(&part), ["principalAmount"]);
    let report = "/rest/v1/transactions?settlementDate=2026-03-01&format=csv&columns=payId,source";
    let lines = [super::support::authorization(SANDBOX_KEY), "Accept: text/csv".to_owned()];
    let report = bank.ask("GET", report, &lines, "").await.unwrap();
    assert!(report.text.contains("jane@example.com,PAYID"), "{}", report.text);
}

#[tokio::test]
async fn a_single_one_takes_one_payment_of_its_amount() {
    let (bank, customer) = registered("one@example.com", "SINGLE", json!("10.00")).await;
    let other = pay(&bank, "one@example.com", "9.99").await;
    assert_eq!((other.status, &other.body["outcome"]), (200, &json!("returned")));
    assert_eq!(came_in(&bank, &customer).await, Vec::<String>::new());
    assert_eq!(status(&bank, "one@example.com").await, "ACTIVE");
    assert_eq!(pay(&bank, "one@example.com", "10.00").await.body["outcome"], "received");
    assert_eq!(status(&bank, "one@example.com").await, "DEREGISTERED");
    assert_eq!(pay(&bank, "one@example.com", "10.00").await.status, 400);
    assert_eq!(came_in(&bank, &customer).await, ["10.00"]);
}

#[tokio::test]
async fn one_that_is_given_up_takes_nothing() {
    let (bank, customer) = registered("jane@example.com", "STATIC", Value::Null).await;
    let later = json!({ "act": "pay", "amount": "7.00", "after": "2d" });
    let planned = act(&bank, "jane@example.com", later.clone()).await;
    assert_eq!(planned.body["outcome"], "planned", "{}", planned.text);
    bank.days_pass(1);
    assert_eq!(came_in(&bank, &customer).await, Vec::<String>::new());
    bank.days_pass(1);
    assert_eq!(came_in(&bank, &customer).await, ["7.00"]);
    act(&bank, "jane@example.com", later).await;
    let delete =
        async || bank.write(SANDBOX_KEY, "DELETE", &one("jane@example.com"), &Value::Null).await;
    let gone = delete().await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(status(&bank, "jane@example.com").await, "DEREGISTERED");
    bank.days_pass(3);
    assert_eq!(came_in(&bank, &customer).await, ["7.00"], "the planned payment never came");
    assert_eq!(pay(&bank, "jane@example.com", "1.00").await.status, 400);
    let again = delete().await;
    assert_eq!((again.status, wrong_fields(&again)), (422, vec!["payId"]));
    for (word, status) in [("409", 409), ("404", 404)] {
        bank.control("POST", "/guesses", json!({ "pay_id_wrong_state": word })).await;
        assert_eq!(delete().await.status, status);
    }
    // Someone else may have the address now; before it is registered nobody can pay to it.
    bank.control("POST", "/guesses", json!({ "pay_id_delete_reply": "200" })).await;
    let other = self::customer(&bank, "CUST-78", "SANDBOXHIRE").await;
    let made = register(&bank, &other, &wanted("jane@example.com", "SINGLE")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(pay(&bank, "jane@example.com", "1.00").await.status, 400);
    assert_eq!(bank.get(&of_customer(&customer)).await.body["data"], json!([]));
    let gone = delete().await;
    assert_eq!((gone.status, &gone.body["status"]), (200, &json!("DEREGISTERED")));
}

#[tokio::test]
async fn the_control_api_says_what_it_cannot_do() {
    let (bank, _) = registered("jane@example.com", "STATIC", Value::Null).await;
    for (address, body, status) in [
        ("nobody@example.com", json!({ "act": "pay", "amount": "1.00" }), 404),
        ("jane@example.com", json!({ "act": "pay" }), 400),
        ("jane@example.com", json!({ "act": "pay", "amount": "-1" }), 400),
        ("jane@example.com", json!({ "act": "pay", "amount": [] }), 400),
        ("jane@example.com", json!({ "act": "eat" }), 400),
        ("jane@example.com", json!({ "act": "reject" }), 400),
        ("jane%40example.com", json!({ "act": "pay", "amount": "1.00" }), 200),
    ] {
        let reply = act(&bank, address, body.clone()).await;
        assert_eq!(reply.status, status, "{address} {body}: {}", reply.text);
    }
    let index = bank.control("GET", "", Value::Null).await;
    assert!(index.text.contains("/payids/ADDRESS"), "{}", index.text);
}

#[tokio::test]
async fn a_customers_come_by_the_twenty_newest_first() {
    let bank = Bank::start().await;
    let customer = customer(&bank, "CUST-77", "SANDBOXHIRE").await;
    for number in 0..21 {
        let body = wanted(&format!("p{number}@example.com"), "STATIC");
        assert_eq!(register(&bank, &customer, &body).await.status, 201);
    }
    let first = bank.get(&of_customer(&customer)).await;
    let data = first.body["data"].as_array().unwrap();
    assert_eq!((data.len(), &data[0]["payId"]), (20, &json!("p20@example.com")));
    let next = linked(&first.body, "next").unwrap().split_once("bank.example").unwrap().1;
    let last = bank.get(next).await;
    assert_eq!(last.body["data"][0]["payId"], "p0@example.com");
    assert_eq!((linked(&last.body, "next"), linked(&last.body, "prev").is_some()), (None, true));
    assert_eq!(bank.get(&of_customer("999999999")).await.status, 404);
}

#[tokio::test]
async fn a_restricted_key_sees_its_own_business_alone() {
    let bank = Bank::with_two_businesses().await;
    let customer = customer(&bank, "CUST-77", "OTHER").await;
    let mut body = wanted("jane@example.com", "STATIC");
    assert_eq!(register(&bank, &customer, &body).await.status, 201);
    body["supplierBusinessCode"] = json!("OTHER");
    body["payId"] = json!("joe@example.com");
    assert_eq!(register(&bank, &customer, &body).await.status, 201);
    let ours = bank.restricted_to("OTHER");
    let list = bank.get_with(&ours, &of_customer(&customer)).await;
    let data = list.body["data"].as_array().unwrap();
    assert_eq!((data.len(), &data[0]["payId"]), (1, &json!("joe@example.com")));
    assert_eq!(bank.get_with(&ours, &one("joe@example.com")).await.status, 200);
    assert_eq!(bank.get_with(&ours, &one("jane@example.com")).await.status, 404);
    let delete = bank.write(&ours, "DELETE", &one("jane@example.com"), &Value::Null).await;
    assert_eq!(delete.status, 404);
    let theirs = wanted("jill@example.com", "STATIC");
    let refused = bank.write(&ours, "POST", &of_customer(&customer), &theirs).await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["supplierBusinessCode"]));
    let theirs = bank.restricted_to("SANDBOXHIRE");
    assert_eq!(bank.get_with(&theirs, &of_customer(&customer)).await.status, 404);
    assert_eq!(bank.get_with(&theirs, &one("jane@example.com")).await.status, 200);
    let publishable = bank.publishable();
    assert_eq!(bank.get_with(&publishable, &one("jane@example.com")).await.status, 403);
}

#[tokio::test]
async fn a_facility_has_domains_and_may_have_no_payids() {
    let seed = json!({ "facilities": [{
        "code": SANDBOX_CODE, "businesses": [{ "code": "SANDBOXHIRE" }],
        "pay_id_domains": ["pay.hire.example"], "keys": [{ "key": SANDBOX_KEY }],
    }] });
    let bank = Bank::seeded(&seed.to_string()).await;
    let customer = customer(&bank, "CUST-77", "SANDBOXHIRE").await;
    let asked = async |address| register(&bank, &customer, &wanted(address, "STATIC")).await;
    assert_eq!(asked("jane@Pay.Hire.example").await.status, 201);
    assert_eq!(wrong_fields(&asked("jane@example.com").await), ["payId"]);
    let without = json!({ "without": ["pay_id"] });
    bank.control("PATCH", &format!("/facilities/{SANDBOX_CODE}"), without).await;
    let refused = asked("joe@pay.hire.example").await;
    assert_eq!((refused.status, wrong_fields(&refused)), (422, vec!["payId"]));
}
