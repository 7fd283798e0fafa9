//! The whole book: dumped, taken in, gone back to; and seeds that say a part and leave out the rest.

use std::path::Path;

use quaymaster::sandbox::{SANDBOX_KEY, SandboxOptions};
use serde_json::{Value, json};

use super::support::{Bank, START, names, options, with_data};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sandbox-book.md");

/// The example of the documentation.
fn documented() -> String {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let example = page.split("```json\n").nth(1).unwrap();
    example.split("```").next().unwrap().to_owned()
}

async fn dump(bank: &Bank) -> String {
    let reply = bank.control("GET", "/dump", Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text
}

async fn seed(bank: &Bank, text: &str) -> super::support::Reply {
    let lines = ["Content-Type: application/json".to_owned()];
    bank.ask_at_host("127.0.0.1:1", "POST", "/_sandbox/seed", &lines, text).await.unwrap()
}

/// A book in which there is one of everything, as the requests of a day make it.
async fn lively(bank: &Bank) {
    let loaded = seed(bank, &documented()).await;
    assert_eq!(loaded.status, 200, "{}", loaded.text);
    bank.days_pass(10);
    bank.latest(SANDBOX_KEY).await;
    bank.control("POST", "/guesses", json!({ "instalment_retries": 2 })).await;
    let preauth = json!({ "transactionType": "PREAUTH", "supplierBusinessCode": "HIRE",
        "principalAmount": 30, "currency": "AUD", "creditCard": { "cardNumber": "4242424242424242",
        "expiryDateMonth": "12", "expiryDateYear": "2027", "cvn": "123" } });
    let path = "/rest/v1/transactions";
    let held = bank.post(SANDBOX_KEY, path, "once", &preauth.to_string()).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let publishable = bank.key("SANDBOX-2").text;
    let token = json!({ "supplierBusinessCode": "HIRE", "accountType": "CREDIT_CARD",
        "cardholderName": "Jane Smith", "cardNumber": "4242424242424242",
        "expiryDateMonth": "12", "expiryDateYear": "2027", "cvn": "123" });
    bank.write(&publishable, "POST", "/rest/v1/single-use-tokens", &token).await;
    let pay_id =
        json!({ "payId": "hire@example.com", "type": "STATIC", "supplierBusinessCode": "HIRE" });
    let path = "/rest/v1/customers/310000001/payids";
    assert_eq!(bank.write(SANDBOX_KEY, "POST", path, &pay_id).await.status, 201);
}

#[tokio::test]
async fn what_is_dumped_and_taken_in_again_is_dumped_in_the_same_bytes() {
    let bank = Bank::start().await;
    lively(&bank).await;
    let book = dump(&bank).await;
    let merchant = &serde_json::from_str::<Value>(&book).unwrap()["facilities"][0]["merchant"];
    for name in names(merchant) {
        let empty = merchant[name].as_array().is_some_and(Vec::is_empty);
        assert!(!empty || name == "planned", "the test's book has no {name}");
    }
    bank.days_pass(400);
    assert_ne!(dump(&bank).await, book);
    assert_eq!(seed(&bank, &book).await.status, 200);
    assert_eq!(dump(&bank).await, book);
    assert_eq!(bank.now().to_string(), "2026-03-11T00:00:00Z", "the clock comes with it");

    // Another bank that starts from it, and goes the same way from there.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.json");
    std::fs::write(&path, &book).unwrap();
    let of_file =
        SandboxOptions { seed_file: Some(path.clone()), start_at: None, rate: None, ..options() };
    let other = Bank::with(of_file).await;
    assert_eq!(dump(&other).await, book);
    for bank in [&bank, &other] {
        bank.days_pass(100);
        bank.get("/rest/v1/").await;
    }
    assert_eq!(dump(&bank).await, dump(&other).await);
    assert_ne!(dump(&bank).await, book);

    // A reset goes back to it, and replays what was answered by it.
    assert_eq!(other.control("POST", "/reset", json!({})).await.status, 200);
    let replayed = other.post(SANDBOX_KEY, "/rest/v1/transactions", "once", "{}").await;
    assert_ne!(replayed.status, 201, "22 hours have passed");
    assert_eq!(seed(&other, &book).await.status, 200);
    let replayed = other.post(SANDBOX_KEY, "/rest/v1/transactions", "once", "{}").await;
    assert_eq!(replayed.status, 201, "{}", replayed.text);
}

/// A dump is what a data file holds, so that one serves as the other.
#[tokio::test]
async fn a_data_file_is_a_dump() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let bank = Bank::with(with_data(&path)).await;
    lively(&bank).await;
    let book = dump(&bank).await;
    bank.running.stop().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), book);
}

/// The example of the page loads, and what it leaves out is as the page says.
#[tokio::test]
async fn the_documented_example_loads() {
    let bank = Bank::start().await;
    let loaded = seed(&bank, &documented()).await;
    assert_eq!((loaded.status, loaded.body), (200, json!({ "records": 13 })));
    let get = async |path: &str| {
        let reply = bank.get(&format!("/rest/v1{path}")).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    };
    let customer = &get("/customers?customerNumber=CUST-1").await["data"][0];
    assert_eq!(
        (&customer["customerName"], &customer["customerId"]),
        (&json!("Sam Test"), &json!("310000001"))
    );
    let accounts = get("/customers/310000001/accounts").await;
    assert_eq!(accounts["data"].as_array().unwrap().len(), 2, "{accounts}");
    let card = get("/accounts/SANDBOX-100000001").await;
    assert_eq!(card["cardNumber"], "424242...242");
    let paid = get("/transactions/4000000001").await;
    assert_eq!(
        (&paid["status"], &paid["settlementDate"]),
        (&json!("Approved"), &json!("2026-02-27"))
    );
    assert_eq!(paid["customerReferenceNumber"], "CUST-1");
    let bank_paid = get("/transactions/4000000002").await;
    assert_eq!(bank_paid["status"], "Approved*");
    assert_eq!(get("/transactions/4000000003").await["status"], "Declined");
    let agreements = get("/payto-agreements").await;
    let states: Vec<&str> = agreements["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["agreementStatus"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["PENDING", "ACTIVE"]);
    let webhooks = bank.control("GET", "/facilities/SANDBOX/webhooks", Value::Null).await.body;
    assert_eq!(webhooks[0]["url"], "http://127.0.0.1:8099/hooks");

    bank.days_pass(30);
    assert_eq!(
        get("/transactions/4000000002").await["status"],
        "Approved",
        "it goes on by the rules"
    );
    let pending = get("/payto-agreements/C00000000000002").await;
    assert_eq!(pending["agreementStatus"], "ACTIVE", "its payer has answered");
    let history = get("/recurring-payments/710000001/transactions").await;
    assert_eq!(history["data"].as_array().unwrap().len(), 1, "{history}");
    assert_eq!(get("/payment-files").await["data"][0]["status"], "COMPLETE");
}

/// A PayID of a seed stands as it says, or goes the way of its address from now on.
#[tokio::test]
async fn pay_ids_of_a_seed_stand_or_are_registered() {
    let text = json!({ "facilities": [{ "code": "SANDBOX", "businesses": [{ "code": "HIRE" }],
        "keys": [{ "key": SANDBOX_KEY }], "merchant": {
            "customers": [{ "number": "CUST-1" }],
            "pay_ids": [
                { "customer": "CUST-1", "address": "one@example.com", "life": "SINGLE",
                  "state": "active", "amount": 1250 },
                { "customer": "CUST-1", "address": "two@example.com" },
                { "customer": "CUST-1", "address": "test_error@example.com" },
            ] } }] });
    let bank = Bank::start().await;
    let loaded = seed(&bank, &text.to_string()).await;
    assert_eq!(loaded.body, json!({ "records": 4 }), "{}", loaded.text);
    let read = async |address: &str| {
        let body = bank.get(&format!("/rest/v1/payids/{address}@example.com")).await.body;
        let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        ["type", "status", "paymentAmount", "registrationPriority"].map(member).join(" ")
    };
    assert_eq!(read("one").await, "SINGLE ACTIVE 12.50 HIGH");
    assert_eq!(read("two").await, "STATIC PENDING  LOW");
    bank.minutes_pass(1);
    assert_eq!(read("two").await, "STATIC ACTIVE  LOW");
    assert_eq!(read("test_error").await, "STATIC REJECTED  LOW");
}

/// A seed of one facility with these records.
fn facility(merchant: &str) -> String {
    format!(
        r#"{{"facilities":[{{"code":"MAIN","businesses":[{{"code":"HIRE"}}],"keys":[],
        "merchant":{{{merchant}}}}}]}}"#
    )
}

/// Texts that are no book, and what is said of each.
fn wrongs(before: &str) -> Vec<(String, &'static str)> {
    let wrong_key = before.replace("SANDBOX", "MAIN");
    vec![
        ("{".to_owned(), "line 1: it is not JSON"),
        (r#"{"facilities":[],"x":1}"#.to_owned(), "unknown field `x`"),
        (r#"{"clock":{"rate":-1},"facilities":[]}"#.to_owned(), "at clock.rate: from 0 to"),
        (r#"{"clock":{"now":"noon"},"facilities":[]}"#.to_owned(), "line 1: "),
        (before.replacen("\"format\": 2", "\"format\": 1", 1), "it has format 1"),
        (before.replacen("\"customers\"", "\"costumers\"", 1), "is not what a sandbox wrote"),
        (wrong_key, "at facilities[0].keys[1].key: a chosen key must hold the word"),
        (facility(r#""costumers":[]"#), "costumers: a seed has customers, accounts,"),
        (facility(r#""customers":[{"id":0}]"#), "customers[0].id: expected a whole number above 0"),
        (
            facility(r#""customers":[{},{"nome":"x"}]"#),
            "customers[1].nome: unknown; expected id, number, name",
        ),
        (facility(r#""customers":[{"name":5551234}]"#), "customers[0].name: expected a string"),
        (
            facility(r#""customers":[{"number":"A"},{"number":"A"}]"#),
            "customers[1].number: another customer has it",
        ),
        (
            facility(r#""customers":[{"business":"X"}]"#),
            "customers[0].business: expected the code of",
        ),
        (
            facility(r#""accounts":[{"customer":"A"}]"#),
            "accounts[0].customer: expected the id or the number",
        ),
        (
            facility(
                r#""customers":[{"number":"A"}],"accounts":[{"customer":"A","instrument":{"kind":"card","number":"4242424242424241"}}]"#,
            ),
            "accounts[0].instrument.number: expected a card number",
        ),
        (
            facility(r#""transactions":[{"principal":5}]"#),
            "transactions[0].instrument: needed, or details.account",
        ),
        (
            facility(r#""transactions":[{"details":{"account":7}}]"#),
            "transactions[0].details.account: expected the token",
        ),
        (facility(r#""recurring_payments":[{}]"#), "recurring_payments[0].customer: needed"),
        (
            facility(r#""payto_agreements":[{"payer":{"payer_name":"S"}}]"#),
            "payto_agreements[0].payer.number: needed",
        ),
        (
            facility(r#""payment_files":[{"name":"f"}]"#),
            "at facilities[0].merchant.payment_files[0]: missing field `content`",
        ),
        (facility(r#""webhooks":[{"url":"ftp://x"}]"#), "webhooks[0].url: an address such as"),
        (
            facility(
                r#""customers":[{"number":"A"}],"pay_ids":[{"customer":"A","address":"a@x"}]"#,
            ),
            "pay_ids[0].address: expected one at a domain of pay_id_domains",
        ),
        (
            facility(
                r#""customers":[{"id":1}],"pay_ids":[{"customer":1,"address":"a@example.com"},{"customer":1,"address":"A@example.com"}]"#,
            ),
            "pay_ids[1].address: another PayID has it",
        ),
        (facility(r#""transactions":{}"#), "transactions: expected a list"),
    ]
}

#[tokio::test]
async fn a_book_that_is_not_in_order_is_refused_with_the_place_and_what_is_right() {
    let bank = Bank::start().await;
    let before = dump(&bank).await;
    for (text, says) in wrongs(&before) {
        let reply = seed(&bank, &text).await;
        assert_eq!(reply.status, 400, "{says}: {}", reply.text);
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{detail}\n{says}");
        assert!(!detail.contains("5551234") && !detail.contains("4242424242424241"), "{detail}");
    }
    assert_eq!(dump(&bank).await, before, "nothing moved");
    let plain = ["Content-Type: text/plain".to_owned()];
    let page = bank.ask_at_host("localhost", "POST", "/_sandbox/seed", &plain, &before).await;
    assert_eq!(page.unwrap().status, 415);
    let stranger =
        bank.ask_at_host("page.example", "GET", "/_sandbox/dump", &[], "").await.unwrap();
    assert!(stranger.status == 403 && !stranger.text.contains("_SEC_"));
}

/// Keys that the sandbox made say of themselves that they are for play: it would make them again.
#[tokio::test]
async fn keys_that_the_sandbox_made_are_taken_in_again() {
    let main =
        json!({ "facilities": [{ "code": "MAIN", "keys": [{}, { "kind": "publishable" }] }] });
    let bank = Bank::seeded(&main.to_string()).await;
    let book = dump(&bank).await;
    let other = Bank::with(SandboxOptions { seed: 99, ..options() }).await;
    assert_eq!(seed(&other, &book).await.status, 200);
    assert_eq!(dump(&other).await, book);
    let made = bank.key("MAIN-1").text;
    let foreign =
        book.replace(&made, "MAIN_SEC_q7w8e9r1t2y3u4i5o6p7a8s9d0f1g2h3j4k5l6z7x8c9v0b1n2m3q4w5");
    let reply = seed(&other, &foreign).await;
    assert!(
        reply.status == 400 && reply.text.contains("facilities[0].keys[0].key"),
        "{}",
        reply.text
    );
}

/// What the benches and a developer's load need: a book of many transactions, in seconds.
#[tokio::test]
async fn many_transactions_load_at_once() {
    let bank = Bank::start().await;
    let count = 5_000;
    let payment = json!({ "principal": 1250, "time": -20.5,
        "instrument": { "kind": "card", "number": "4242424242424242",
                        "expiry_month": 12, "expiry_year": 2029 } });
    let payments = vec![payment; count];
    let text = json!({ "facilities": [{ "code": "SANDBOX", "businesses": [{ "code": "HIRE" }],
        "keys": [{ "key": SANDBOX_KEY }], "merchant": { "transactions": payments } }] });
    let loaded = seed(&bank, &text.to_string()).await;
    assert_eq!(loaded.body, json!({ "records": count }), "{}", loaded.text);
    let last = format!("/rest/v1/transactions/{}", 4_000_000_000 + count);
    assert_eq!(bank.get(&last).await.status, 200);
    assert_eq!(bank.now().to_string(), START);
}

/// Every collection of a whole book and of a seed is on the page.
#[tokio::test]
async fn the_page_names_every_part() {
    let page = std::fs::read_to_string(Path::new(PAGE)).unwrap();
    let bank = Bank::start().await;
    lively(&bank).await;
    let book: Value = serde_json::from_str(&dump(&bank).await).unwrap();
    let facility = &book["facilities"][0];
    let merchant = &facility["merchant"];
    let mut parts = [names(&book), names(facility), names(merchant)].concat();
    for name in [
        "customers",
        "accounts",
        "transactions",
        "payto_agreements",
        "recurring_payments",
        "webhooks",
    ] {
        parts.extend(names(&merchant[name][0]));
    }
    let missing: Vec<&str> =
        parts.into_iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[tokio::test]
async fn a_seed_names_no_host_of_the_bank_however_it_is_escaped() {
    let bank = Bank::start().await;
    for host in ["api.westpac.com.au", r"api\u002ewestpac\u002ecom\u002eau", "https://qvalent.com/"]
    {
        let text = format!(r#"{{"facilities":[{{"code":"MAIN","keys":[],"name":"{host}"}}]}}"#);
        let reply = seed(&bank, &text).await;
        assert_eq!(reply.status, 400, "{host}");
        assert!(reply.text.contains("host of the bank"), "{host}: {}", reply.text);
    }
}

/// A counter that stands at its end would run over when what it counts comes next.
#[tokio::test]
async fn a_counter_without_room_is_refused_with_its_place() {
    let bank = Bank::start().await;
    let before = dump(&bank).await;
    let mut whole: Value = serde_json::from_str(&before).unwrap();
    whole["facilities"][0]["merchant"]["ids"]["receipt"] = json!(u64::MAX);
    let customers = json!({ "customers": [{ "id": u64::MAX }] });
    let part = json!({ "facilities": [{ "code": "MAIN", "keys": [], "merchant": customers }] });
    for (text, place) in [(whole, "ids.receipt"), (part, "customers[0].id")] {
        let reply = seed(&bank, &text.to_string()).await;
        let says = format!("at facilities[0].merchant.{place}: at most {}", u64::MAX / 2);
        assert_eq!((reply.status, reply.body["detail"].as_str()), (400, Some(says.as_str())));
    }
    assert_eq!(dump(&bank).await, before, "nothing moved");
}
