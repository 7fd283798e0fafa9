//! Businesses: what they are, the cards they accept and what they add to each.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::json;

use super::support::{BUSINESSES, Bank, linked, names, wrong_fields};

const HIRE: &str = "/rest/v1/businesses/HIRE";

#[tokio::test]
async fn a_business_has_the_documents_fields() {
    let bank = Bank::seeded(BUSINESSES).await;
    let reply = bank.get(HIRE).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(
        names(&reply.body),
        [
            "links",
            "supplierBusinessName",
            "supplierBusinessCode",
            "registeredName",
            "abn",
            "contactName",
            "contactEmail",
            "contactPhone",
            "customerNotificationEmail",
            "businessAddress",
        ]
    );
    assert_eq!(linked(&reply.body, "self"), Some("http://bank.example/rest/v1/businesses/HIRE"));
    let address = ["street1", "street2", "street3", "city", "state", "postcode", "country"];
    assert_eq!(names(&reply.body["businessAddress"]), address);
    let list = bank.get("/rest/v1/businesses").await;
    assert_eq!(list.body["data"][0], reply.body);
    assert_eq!(list.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(bank.get("/rest/v1/businesses/NONE").await.status, 404);
    assert_eq!(bank.get_with(&bank.publishable(), HIRE).await.status, 403);
}

#[tokio::test]
async fn businesses_come_by_the_twenty() {
    let codes: Vec<_> = (0..45).map(|n| json!({ "code": format!("B{n:02}") })).collect();
    let keys = json!([{ "key": SANDBOX_KEY }]);
    let facility = json!({ "code": "SANDBOX", "businesses": codes, "keys": keys });
    let bank = Bank::seeded(&json!({ "facilities": [facility] }).to_string()).await;
    let mut found = Vec::new();
    let mut next = Some("/rest/v1/businesses".to_owned());
    while let Some(path) = next {
        let page = bank.get(&path).await.body;
        let data = page["data"].as_array().unwrap();
        found.extend(data.iter().map(|b| b["supplierBusinessCode"].as_str().unwrap().to_owned()));
        let to = linked(&page, "next").and_then(|href| href.strip_prefix("http://bank.example"));
        next = to.map(str::to_owned);
        assert!(data.len() == 20 || next.is_none());
    }
    let all: Vec<String> = (0..45).map(|n| format!("B{n:02}")).collect();
    assert_eq!(found, all);
}

#[tokio::test]
async fn a_restricted_key_sees_its_own_business() {
    let bank = Bank::seeded(BUSINESSES).await;
    let key = bank.restricted_to("SALES");
    let list = bank.get_with(&key, "/rest/v1/businesses").await;
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(bank.get_with(&key, "/rest/v1/businesses/SALES").await.status, 200);
    assert_eq!(bank.get_with(&key, HIRE).await.status, 404);
}

#[tokio::test]
async fn accepted_cards_are_schemes_each_once() {
    let bank = Bank::seeded(BUSINESSES).await;
    let reply = bank.get_with(&bank.publishable(), &format!("{HIRE}/accepted-cards")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let schemes = json!([{ "links": [], "cardScheme": "VISA" },
                         { "links": [], "cardScheme": "AMEX" }]);
    assert_eq!(reply.body, json!({ "links": [], "data": schemes }));
    let usual = "/rest/v1/businesses/SALES/accepted-cards";
    let usual = bank.get_with(&bank.publishable(), usual).await;
    assert_eq!(usual.body["data"].as_array().unwrap().len(), 5);
    let none = "/rest/v1/businesses/NONE/accepted-cards";
    assert_eq!(bank.get_with(&bank.publishable(), none).await.status, 404);
    assert_eq!(bank.get(&format!("{HIRE}/accepted-cards")).await.status, 403);
}

#[tokio::test]
async fn surcharges_are_texts_of_three_decimals() {
    let bank = Bank::seeded(BUSINESSES).await;
    let reply = bank.get_with(&bank.publishable(), &format!("{HIRE}/card-surcharges")).await;
    let row = |scheme, card_type: Option<&str>, surcharge| {
        json!({ "links": [], "cardScheme": scheme, "cardType": card_type,
                "surchargePercentage": surcharge })
    };
    let rows = json!([
        row("VISA", Some("CREDIT"), "0.400"),
        row("VISA", Some("DEBIT"), "0.000"),
        row("AMEX", None, "1.500"),
    ]);
    assert_eq!(reply.body, json!({ "links": [], "data": rows }));
}

#[tokio::test]
async fn a_cards_surcharge_goes_by_its_number() {
    let bank = Bank::seeded(BUSINESSES).await;
    let path = format!("{HIRE}/query-card-surcharge");
    let ask = async |number: &str| {
        let body = json!({ "cardNumber": number });
        bank.write(&bank.publishable(), "POST", &path, &body).await
    };
    for (number, scheme, card_type, surcharge) in [
        ("4242424242424242", "VISA", json!("CREDIT"), "0.400"),
        ("4041 3700 0045 6459", "VISA", json!("DEBIT"), "0.000"),
        ("370000000201048", "AMEX", json!(null), "1.500"),
    ] {
        let reply = ask(number).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let fields = ["links", "cardScheme", "cardType", "surchargePercentage"];
        assert_eq!(names(&reply.body), fields);
        assert_eq!(reply.body["cardScheme"], scheme);
        assert_eq!(reply.body["cardType"], card_type);
        assert_eq!(reply.body["surchargePercentage"], surcharge);
    }
    // Not accepted here, no card's number, none at all.
    for number in ["5163200000000008", "4242424242424241", "abc", ""] {
        let reply = ask(number).await;
        assert_eq!((reply.status, wrong_fields(&reply)), (422, vec!["cardNumber"]), "{number}");
        assert_eq!(reply.body["errors"][0]["fieldValue"], "", "a card number is not repeated");
    }
}
