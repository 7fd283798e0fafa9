//! Keys: ageing, minting, expiry, the vendor's two-key procedure, restricted keys.

use quaymaster::sandbox::{KeyChange, NewSandboxKey, SANDBOX_KEY};
use serde_json::json;

use super::support::{Bank, at};

const LATEST: &str = "/rest/v1/api-keys/latest";

#[tokio::test]
async fn the_root_tells_whose_key_it_is() {
    let bank = Bank::start().await;
    let reply = bank.get("/rest/v1").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["communityCode"], "SANDBOX");
    assert_eq!(reply.body["communityName"], "Sandbox Facility");
    assert_eq!(reply.body["keyName"], "SANDBOX_SEC...8s9d0f1");
    assert_eq!(reply.header("date"), Some("Sun, 01 Mar 2026 00:00:00 GMT"));
    let link = &reply.body["links"][1];
    assert_eq!(link["rel"], "api-keys");
    assert_eq!(link["href"], "http://bank.example/rest/v1/api-keys/latest");
    assert_eq!(bank.get("/rest/v1/").await.body, reply.body);
    let publishable = bank.key("SANDBOX-2").text;
    assert_eq!(bank.get_with(&publishable, "/rest/v1/").await.status, 200);
}

#[tokio::test]
async fn a_young_key_is_its_own_latest() {
    let bank = Bank::start().await;
    let reply = bank.get(LATEST).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["key"], SANDBOX_KEY);
    assert_eq!(reply.body["expiryDate"], "2026-03-31T12:00:00+00:00");
}

#[tokio::test]
async fn a_key_is_followed_once_when_it_has_30_days_left() {
    let bank = Bank::start().await;
    assert_eq!(SANDBOX_KEY.len(), "SANDBOX_SEC_".len() + 55);
    assert_eq!(bank.latest(SANDBOX_KEY).await, SANDBOX_KEY);
    bank.days_pass(1);
    let second = bank.get(LATEST).await;
    let new = second.body["key"].as_str().unwrap().to_owned();
    let tail = new.strip_prefix("SANDBOX_SEC_").unwrap();
    let is_alphabet = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    assert!(tail.len() == 55 && tail.chars().all(is_alphabet), "{tail}");
    assert_eq!(second.body["expiryDate"], "2028-03-02T00:00:00+00:00");
    assert_eq!(second.body["keyName"], format!("SANDBOX_SEC...{}", &tail[48..]));

    assert_eq!(bank.latest(SANDBOX_KEY).await, new);
    assert_eq!(bank.latest(&new).await, new);
    bank.days_pass(29);
    assert_eq!(bank.get("/rest/v1/").await.status, 200);
    bank.days_pass(1);
    let expired = bank.get("/rest/v1/").await;
    assert_eq!((expired.status, expired.reason()), (401, "The API key has expired."));
    assert_eq!(bank.latest(&new).await, new);
}

#[tokio::test]
async fn an_expired_key_cannot_fetch_its_successor() {
    let bank = Bank::start().await;
    bank.days_pass(31);
    assert_eq!(bank.get(LATEST).await.status, 401);
    assert_eq!(bank.running.control().keys().len(), 2);
}

#[tokio::test]
async fn the_vendors_two_key_procedure() {
    let bank = Bank::start().await;
    let make = json!({ "facility": "SANDBOX" });
    let second = bank.control("POST", "/keys", make).await.body["key"].clone();
    assert_eq!(bank.latest(SANDBOX_KEY).await, second.as_str().unwrap());
    assert_eq!(bank.latest(second.as_str().unwrap()).await, second.as_str().unwrap());
}

#[tokio::test]
async fn a_restricted_key_is_never_renewed_nor_handed_out() {
    let bank = Bank::start().await;
    let restricted = bank
        .running
        .control()
        .make_key(NewSandboxKey {
            businesses: vec!["SANDBOXHIRE".to_owned()],
            expires: Some(at("2026-03-10T00:00:00Z")),
            ..NewSandboxKey::secret("SANDBOX")
        })
        .unwrap();
    assert_eq!(bank.latest(&restricted.text).await, restricted.text);
    assert_eq!(bank.latest(SANDBOX_KEY).await, SANDBOX_KEY);
    bank.days_pass(8);
    assert_eq!(bank.latest(&restricted.text).await, restricted.text);
}

#[tokio::test]
async fn a_restricted_key_sees_its_businesses_only() {
    let bank = Bank::seeded(
        r#"{ "facilities": [ { "code": "MAIN",
            "businesses": [ { "code": "HIRE" }, { "code": "SALES", "name": "Sales" } ],
            "keys": [ { "key": "MAIN_SEC_test_all" },
                      { "key": "MAIN_SEC_test_one", "businesses": ["SALES"] } ] } ] }"#,
    )
    .await;
    let codes = async |key| {
        let list = bank.get_with(key, "/rest/v1/businesses").await.body["data"].clone();
        let codes = list.as_array().unwrap().iter();
        codes.map(|b| b["supplierBusinessCode"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes("MAIN_SEC_test_all").await, ["HIRE", "SALES"]);
    assert_eq!(codes("MAIN_SEC_test_one").await, ["SALES"]);
    let hire = bank.get_with("MAIN_SEC_test_one", "/rest/v1/businesses/HIRE").await;
    assert_eq!(hire.status, 404);
    let sales = bank.get_with("MAIN_SEC_test_one", "/rest/v1/businesses/SALES").await;
    assert_eq!(sales.body["supplierBusinessName"], "Sales");
}

#[tokio::test]
async fn a_list_comes_in_pages_whose_links_lead_through_it() {
    let codes: Vec<_> = (0..45).map(|n| json!({ "code": format!("B{n:02}") })).collect();
    let keys = json!([{ "key": "MAIN_SEC_test" }]);
    let seed = json!({ "facilities": [{ "code": "MAIN", "businesses": codes, "keys": keys }] });
    let bank = Bank::seeded(&seed.to_string()).await;
    let (mut path, mut found) = (Some("/rest/v1/businesses".to_owned()), Vec::new());
    while let Some(next) = path {
        let page = bank.get_with("MAIN_SEC_test", &next).await.body;
        let data = page["data"].as_array().unwrap().clone();
        assert!(data.len() <= 20);
        found.extend(data.iter().map(|b| b["supplierBusinessCode"].clone()));
        let links = page["links"].as_array().unwrap().clone();
        let next = links.iter().find(|link| link["rel"] == "next");
        let below = |href: &str| href.strip_prefix("http://bank.example").unwrap().to_owned();
        path = next.map(|link| below(link["href"].as_str().unwrap()));
    }
    let all: Vec<_> = codes.iter().map(|b| b["code"].clone()).collect();
    assert_eq!(found, all);
}

#[tokio::test]
async fn a_revoked_key_is_unknown_and_never_the_latest() {
    let bank = Bank::start().await;
    let control = bank.running.control();
    let second = control.make_key(NewSandboxKey::secret("SANDBOX")).unwrap();
    let third = control.make_key(NewSandboxKey::secret("SANDBOX")).unwrap();
    control.change_key(&third.id, KeyChange::Revoke).unwrap();
    let refused = bank.get_with(&third.text, "/rest/v1/").await;
    assert_eq!((refused.status, refused.reason()), (401, "The API key is not known."));
    assert_eq!(bank.latest(SANDBOX_KEY).await, second.text);
    control.change_key(&third.id, KeyChange::Restore).unwrap();
    assert_eq!(bank.latest(SANDBOX_KEY).await, third.text);
}

#[tokio::test]
async fn facilities_are_strangers_to_each_other() {
    let bank = Bank::seeded(
        r#"{ "facilities": [
            { "code": "ONE", "keys": [ { "key": "ONE_SEC_test", "expires": 10 } ] },
            { "code": "TWO", "keys": [ { "key": "TWO_SEC_test", "expires": 10 } ] } ] }"#,
    )
    .await;
    let one = bank.latest("ONE_SEC_test").await;
    assert!(one.starts_with("ONE_SEC_") && one != "ONE_SEC_test");
    assert_eq!(bank.running.control().keys().len(), 3);
    assert_eq!(bank.get_with(&one, "/rest/v1/").await.body["communityCode"], "ONE");
    assert!(bank.latest("TWO_SEC_test").await.starts_with("TWO_SEC_"));
}

#[tokio::test]
async fn the_same_seed_and_clock_make_the_same_keys() {
    let made = async |seed| {
        let options = quaymaster::sandbox::SandboxOptions { seed, ..super::support::options() };
        let bank = Bank::with(options).await;
        bank.days_pass(5);
        let minted = bank.latest(SANDBOX_KEY).await;
        bank.days_pass(700);
        let next = bank.get_with(&minted, LATEST).await;
        (minted, next.body)
    };
    assert_eq!(made(7).await, made(7).await);
    assert_ne!(made(7).await.0, made(8).await.0);
}
