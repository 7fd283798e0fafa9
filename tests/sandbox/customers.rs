//! Customers: create, find, replace, disable, and what they paid.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{BUSINESSES, Bank, Reply, linked, names, wrong_fields};

const CUSTOMERS: &str = "/rest/v1/customers";

fn sam() -> Value {
    json!({
        "customerNumber": "CUST-77", "customerName": "Sam Test",
        "supplierBusinessCode": "SANDBOXHIRE", "phoneNumber": "+61400000000",
        "emailAddress": "sam@example.com", "preferredNotificationMedium": "EMAIL",
        "address": { "street1": "2 Test St", "city": "Sydney", "state": "NSW",
                     "postcode": "2000", "country": "AU" },
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

async fn create(bank: &Bank, body: &Value) -> Reply {
    bank.write(SANDBOX_KEY, "POST", CUSTOMERS, body).await
}

/// The path of what a `Location` names.
fn location(reply: &Reply) -> String {
    let location = reply.header("location").unwrap();
    location.strip_prefix("http://bank.example").unwrap().to_owned()
}

fn ids(reply: &Reply) -> Vec<&str> {
    let data = reply.body["data"].as_array().unwrap();
    data.iter().map(|customer| customer["customerId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_customer_is_created_and_read_back() {
    let bank = Bank::start().await;
    let created = create(&bank, &sam()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(
        names(&created.body),
        [
            "links",
            "customerId",
            "customerNumber",
            "customerName",
            "supplierBusinessCode",
            "status",
            "phoneNumber",
            "emailAddress",
            "preferredNotificationMedium",
            "address",
        ]
    );
    let id = created.body["customerId"].as_str().unwrap();
    assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    assert_eq!(created.body["status"], "ENABLED");
    assert_eq!(created.body["address"]["street2"], Value::Null);
    let path = location(&created);
    assert_eq!(path, format!("{CUSTOMERS}/{id}"));
    let read = bank.get(&path).await;
    assert_eq!((read.status, &read.body), (200, &created.body));
    let url = format!("http://bank.example{path}");
    assert_eq!(linked(&read.body, "self"), Some(url.as_str()));
    for wrong in ["310000099", "0310000001", "x"] {
        assert_eq!(bank.get(&format!("{CUSTOMERS}/{wrong}")).await.status, 404, "{wrong}");
    }
    assert_eq!(bank.get_with(&bank.publishable(), &path).await.status, 403);
}

#[tokio::test]
async fn what_has_no_value_is_null_or_left_out() {
    let bank = Bank::start().await;
    let lean = json!({ "customerNumber": "CUST-1", "customerName": "Sam" });
    let path = location(&create(&bank, &lean).await);
    assert_eq!(bank.get(&path).await.body["phoneNumber"], Value::Null);
    assert!(bank.get(&path).await.text.contains("\"phoneNumber\":null"));
    bank.control("POST", "/guesses", json!({ "absent_fields": "left_out" })).await;
    let reply = bank.get(&path).await;
    assert!(!reply.text.contains("null"), "{}", reply.text);
    assert_eq!(reply.body["address"], json!({}));
}

#[tokio::test]
async fn every_wrong_field_is_422_and_named() {
    let bank = Bank::start().await;
    assert_eq!(create(&bank, &sam()).await.status, 201);
    let other = || with(sam(), "customerNumber", json!("CUST-78"));
    let cases = [
        (json!({}), vec!["customerNumber", "customerName"]),
        (sam(), vec!["customerNumber"]),
        (with(other(), "customerName", json!(" ")), vec!["customerName"]),
        (with(other(), "customerName", json!("x".repeat(101))), vec!["customerName"]),
        (with(other(), "supplierBusinessCode", json!("NONE")), vec!["supplierBusinessCode"]),
        (with(other(), "emailAddress", json!("sam at example")), vec!["emailAddress"]),
        (
            with(other(), "preferredNotificationMedium", json!("POST")),
            vec!["preferredNotificationMedium"],
        ),
        (with(other(), "address", json!("2 Test St")), vec!["address"]),
        (with(other(), "address", json!({ "city": 7 })), vec!["address.city"]),
        (with(other(), "enabled", json!("true")), vec!["enabled"]),
    ];
    for (body, fields) in cases {
        let reply = create(&bank, &body).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, fields), "{body}");
    }
    assert_eq!(create(&bank, &json!([])).await.status, 400);
    bank.control("POST", "/guesses", json!({ "duplicate_customer_number": "409" })).await;
    assert_eq!(create(&bank, &sam()).await.status, 409);
}

#[tokio::test]
async fn a_replayed_key_creates_once() {
    let bank = Bank::start().await;
    let first = bank.post(SANDBOX_KEY, CUSTOMERS, "once", &sam().to_string()).await;
    let second = bank.post(SANDBOX_KEY, CUSTOMERS, "once", "{}").await;
    assert_eq!((second.status, &second.body), (201, &first.body));
    assert_eq!(second.header("location"), first.header("location"));
    // A 422 is kept as well, whatever is sent under its key afterwards.
    let refused = bank.post(SANDBOX_KEY, CUSTOMERS, "refused", &sam().to_string()).await;
    assert_eq!(refused.status, 422);
    let other = with(sam(), "customerNumber", json!("CUST-78")).to_string();
    let again = bank.post(SANDBOX_KEY, CUSTOMERS, "refused", &other).await;
    assert_eq!((again.status, &again.body), (422, &refused.body));
    assert_eq!(ids(&bank.get(CUSTOMERS).await).len(), 1);
}

#[tokio::test]
async fn a_search_pages_in_the_order_of_ids_and_keeps_its_filter() {
    let bank = Bank::start().await;
    for n in 0..45 {
        let name = if n % 2 == 0 { "Even" } else { "Odd" };
        let body = json!({ "customerNumber": format!("N{n}"), "customerName": format!("{name} {n}"),
                           "emailAddress": format!("C{n}@example.com") });
        assert_eq!(create(&bank, &body).await.status, 201);
    }
    let mut found = Vec::new();
    let mut next = Some(format!("{CUSTOMERS}?customerName=eVEN"));
    while let Some(path) = next {
        let page = bank.get(&path).await;
        found.extend(ids(&page).into_iter().map(str::to_owned));
        let to = linked(&page.body, "next");
        next = to.map(|href| href.strip_prefix("http://bank.example").unwrap().to_owned());
    }
    assert_eq!(found.len(), 23);
    assert!(found.is_sorted());
    let count = async |query: &str| {
        let page = bank.get(&format!("{CUSTOMERS}?{query}")).await;
        page.body["data"].as_array().unwrap().len()
    };
    assert_eq!(count("customerNumber=N7").await, 1);
    assert_eq!(count("customerNumber=N").await, 0);
    assert_eq!(count("emailAddress=c44%40").await, 1);
    assert_eq!(count("customerEmail=c44%40").await, 1);
    assert_eq!(count("customerNumber=N7&customerName=Even").await, 0);
    let last = bank.get(&format!("{CUSTOMERS}?page=3")).await;
    assert_eq!(ids(&last).len(), 5);
    assert_eq!(linked(&last.body, "next"), None);
    assert_eq!(linked(&last.body, "prev"), Some("http://bank.example/rest/v1/customers?page=2"));
}

#[tokio::test]
async fn a_put_replaces_everything() {
    let bank = Bank::start().await;
    let path = location(&create(&bank, &sam()).await);
    let lean = json!({ "customerNumber": "CUST-1", "customerName": "Sam" });
    let put = bank.write(SANDBOX_KEY, "PUT", &path, &lean).await;
    assert_eq!(put.status, 200, "{}", put.text);
    assert_eq!(put.body["customerNumber"], "CUST-1");
    for gone in ["phoneNumber", "emailAddress"] {
        assert_eq!(put.body[gone], Value::Null);
    }
    assert_eq!(put.body["preferredNotificationMedium"], "NONE");
    assert_eq!(put.body["address"]["street1"], Value::Null);
    assert_eq!(bank.get(&path).await.body, put.body);
    // Its own number is free to keep, the old one to take, another's is not.
    assert_eq!(bank.write(SANDBOX_KEY, "PUT", &path, &lean).await.status, 200);
    let other = location(&create(&bank, &sam()).await);
    let taken = bank.write(SANDBOX_KEY, "PUT", &other, &lean).await;
    assert_eq!((taken.status, wrong_fields(&taken)), (422, vec!["customerNumber"]));
    let none = format!("{CUSTOMERS}/310000099");
    assert_eq!(bank.write(SANDBOX_KEY, "PUT", &none, &lean).await.status, 404);
}

#[tokio::test]
async fn a_patch_enables_and_disables() {
    let bank = Bank::start().await;
    let path = location(&create(&bank, &sam()).await);
    let set = async |body: Value| bank.write(SANDBOX_KEY, "PATCH", &path, &body).await;
    let off = set(json!({ "enabled": false })).await;
    assert_eq!((off.status, &off.body["status"]), (200, &json!("DISABLED")));
    // A PUT that says nothing of it leaves it, unless the guess is switched.
    assert_eq!(bank.write(SANDBOX_KEY, "PUT", &path, &sam()).await.body["status"], "DISABLED");
    assert_eq!(set(json!({ "enabled": true })).await.body["status"], "ENABLED");
    for wrong in [json!({}), json!({ "enabled": "no" })] {
        let reply = set(wrong).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["enabled"]));
    }
    bank.control("POST", "/guesses", json!({ "patch_reply": "204" })).await;
    let off = set(json!({ "enabled": false })).await;
    assert_eq!((off.status, off.text.as_str()), (204, ""));
    assert_eq!(bank.get(&path).await.body["status"], "DISABLED");
    let none = format!("{CUSTOMERS}/310000099");
    let body = json!({ "enabled": true });
    assert_eq!(bank.write(SANDBOX_KEY, "PATCH", &none, &body).await.status, 404);
    let queried = format!("{path}?a=b");
    assert_eq!(bank.write(SANDBOX_KEY, "PATCH", &queried, &body).await.status, 400);
}

#[tokio::test]
async fn a_restricted_key_neither_sees_nor_makes_another_businesss_customers() {
    let bank = Bank::seeded(BUSINESSES).await;
    let of = |code: &str, number: &str| json!({ "customerNumber": number, "customerName": "X", "supplierBusinessCode": code });
    let hire = create(&bank, &of("HIRE", "1")).await;
    let sales = create(&bank, &of("SALES", "2")).await;
    assert_eq!((hire.status, sales.status), (201, 201));
    let ambiguous = json!({ "customerNumber": "3", "customerName": "X" });
    let reply = create(&bank, &ambiguous).await;
    assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["supplierBusinessCode"]));

    let key = bank.restricted_to("SALES");
    let seen = bank.get_with(&key, CUSTOMERS).await;
    assert_eq!(ids(&seen), [sales.body["customerId"].as_str().unwrap()]);
    let foreign = location(&hire);
    assert_eq!(bank.get_with(&key, &foreign).await.status, 404);
    let put = bank.write(&key, "PUT", &foreign, &of("SALES", "9")).await;
    assert_eq!(put.status, 404);
    assert_eq!(bank.get_with(&key, &format!("{foreign}/transactions")).await.status, 404);
    let made = bank.write(&key, "POST", CUSTOMERS, &of("HIRE", "3")).await;
    assert_eq!((made.status, wrong_fields(&made)), (422, vec!["supplierBusinessCode"]));
    let moved = bank.write(&key, "PUT", &location(&sales), &of("HIRE", "2")).await;
    assert_eq!(moved.status, 422);
    // The only business the key may touch need not be named.
    assert_eq!(bank.write(&key, "POST", CUSTOMERS, &ambiguous).await.status, 201);
}

#[tokio::test]
async fn a_history_holds_what_the_customer_paid_newest_first() {
    let bank = Bank::start().await;
    let customer = create(&bank, &sam()).await;
    let path = location(&customer);
    let token = bank.card_token(json!({})).await;
    let body = json!({ "singleUseTokenId": token });
    let account = bank.write(SANDBOX_KEY, "POST", &format!("{path}/accounts"), &body).await;
    assert_eq!(account.status, 201, "{}", account.text);
    let pay = async |more: Value| {
        let mut body = json!({ "transactionType": "PAYMENT", "supplierBusinessCode": "SANDBOXHIRE",
                               "principalAmount": 12.50, "currency": "AUD", "eci": "PHONE" });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = bank.write(SANDBOX_KEY, "POST", "/rest/v1/transactions", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.body["receiptNumber"].as_str().unwrap().to_owned()
    };
    let by_customer = pay(json!({ "customerId": customer.body["customerId"] })).await;
    // A payment by someone not registered, under the customer's number.
    let once = bank.card_token(json!({})).await;
    let by_reference =
        pay(json!({ "singleUseTokenId": once, "customerReferenceNumber": "CUST-77" })).await;
    let other = bank.card_token(json!({})).await;
    pay(json!({ "singleUseTokenId": other })).await;
    let history = bank.get(&format!("{path}/transactions")).await;
    assert_eq!(history.status, 200, "{}", history.text);
    let receipts: Vec<&str> = history.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|taken| taken["receiptNumber"].as_str().unwrap())
        .collect();
    assert_eq!(receipts, [by_reference.as_str(), by_customer.as_str()]);
    let none = format!("{CUSTOMERS}/310000099/transactions");
    assert_eq!(bank.get(&none).await.status, 404);
}
