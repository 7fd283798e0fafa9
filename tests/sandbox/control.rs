//! The control API: clock, keys, log, guesses, reset.

use quaymaster::sandbox::{SANDBOX_KEY, SandboxOptions};
use serde_json::{Value, json};

use super::support::{Bank, START, at, authorization, options};

const ROOT: &str = "/rest/v1/";
const LATEST: &str = "/rest/v1/api-keys/latest";

#[tokio::test]
async fn the_clock_is_shown_set_advanced_and_run_fast() {
    let bank = Bank::start().await;
    let clock = async |change: Value| bank.control("POST", "/clock", change).await;
    let shown = bank.control("GET", "/clock", Value::Null).await.body;
    assert_eq!(shown, json!({ "now": START, "reached": START, "rate": 0.0, "next_due": null }));
    assert_eq!(clock(json!({ "advance": "36h" })).await.body["now"], "2026-03-02T12:00:00Z");
    assert_eq!(clock(json!({ "advance": 60 })).await.body["now"], "2026-03-02T12:01:00Z");
    assert_eq!(clock(json!({ "advance": "1d" })).await.body["now"], "2026-03-03T12:01:00Z");
    assert_eq!(
        clock(json!({ "now": "2027-01-01T00:00:00Z" })).await.body["now"],
        "2027-01-01T00:00:00Z"
    );
    assert_eq!(bank.running.clock().now(), at("2027-01-01T00:00:00Z"));
    for wrong in [
        json!({ "advance": "soon" }),
        json!({ "rate": -1 }),
        json!({ "rate": 604_801 }),
        json!({ "then": 1 }),
    ] {
        assert_eq!(clock(wrong).await.status, 400);
    }
    assert_eq!(clock(json!({ "rate": 86400.0 })).await.body["rate"], 86400.0);
    while bank.running.clock().now() < at("2027-01-01T02:00:00Z") {
        tokio::task::yield_now().await;
    }
}

/// What a page in a browser can send without being asked for leave, and what a name that leads here
/// lets it read.
#[tokio::test]
async fn a_page_of_another_host_neither_writes_nor_reads() {
    let bank = Bank::start().await;
    let plain = ["Content-Type: text/plain".to_owned()];
    let json = ["Content-Type: application/json; charset=utf-8".to_owned()];
    let change = r#"{ "advance": "1d" }"#;
    let clock = "/_sandbox/clock";
    for (host, lines, status) in [
        ("localhost:80", &plain[..], 415),
        ("localhost:80", &[], 415),
        ("page.example", &json, 403),
        ("page.example", &plain, 403),
        ("localhost.page.example:80", &json, 403),
    ] {
        let reply = bank.ask_at_host(host, "POST", clock, lines, change).await.unwrap();
        assert_eq!(reply.status, status, "{host} {lines:?}: {}", reply.text);
    }
    let reset = bank.ask_at_host("localhost", "POST", "/_sandbox/reset", &plain, "").await.unwrap();
    assert_eq!(reset.status, 415, "{}", reset.text);
    assert_eq!(bank.now(), at(START), "nothing moved");
    for path in ["/_sandbox", "/_sandbox/keys", "/_sandbox/facilities"] {
        let reply = bank.ask_at_host("page.example", "GET", path, &[], "").await.unwrap();
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
        assert!(!reply.text.contains("_SEC_"), "{}", reply.text);
        let reply = bank.ask_at_host("[::1]:9", "GET", path, &[], "").await.unwrap();
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    }
    let moved = bank.ask_at_host("LocalHost", "POST", clock, &json, change).await.unwrap();
    assert_eq!(moved.status, 200, "{}", moved.text);
}

/// The index tells which place shows whole keys, and those places do what it tells.
#[tokio::test]
async fn the_index_tells_where_whole_keys_are() {
    let bank = Bank::start().await;
    let index = bank.control("GET", "", Value::Null).await.body;
    for (place, path) in
        [("GET /_sandbox/keys", "/keys"), ("GET /_sandbox/facilities", "/facilities")]
    {
        let row = index.as_array().unwrap().iter().find(|row| row["place"] == place).unwrap();
        let told = row["what"].as_str().unwrap().contains("whole");
        let shown = bank.control("GET", path, Value::Null).await.text.contains("_SEC_");
        assert_eq!(told, shown, "{row}");
    }
}

#[tokio::test]
async fn a_shared_clock_moves_for_both() {
    let clock = quaymaster::clock::Clock::starting_at(at(START), 0.0);
    let bank = Bank::with(SandboxOptions { clock: Some(clock.clone()), ..options() }).await;
    clock.set(at("2026-03-15T00:00:00Z"));
    assert_ne!(bank.latest(SANDBOX_KEY).await, SANDBOX_KEY);
    bank.control("POST", "/clock", json!({ "advance": "10d" })).await;
    assert_eq!(clock.now(), at("2026-03-25T00:00:00Z"));
}

#[tokio::test]
async fn the_machines_clock_is_not_set() {
    let clock = quaymaster::clock::Clock::machine();
    let bank = Bank::with(SandboxOptions { clock: Some(clock), ..options() }).await;
    let reply = bank.control("POST", "/clock", json!({ "advance": "1d" })).await;
    assert_eq!((reply.status, &reply.body["code"]), (409, &json!("clock_fixed")));
}

#[tokio::test]
async fn keys_are_listed_made_and_changed() {
    let bank = Bank::start().await;
    let keys = bank.control("GET", "/keys", Value::Null).await.body;
    assert_eq!(keys[0]["key"], SANDBOX_KEY);
    assert_eq!(keys[0]["kind"], "secret");
    assert_eq!(keys[0]["fingerprint"].as_str().unwrap().len(), 16);
    assert_eq!(keys[1]["expires"], Value::Null);

    let wanted = json!({ "facility": "SANDBOX", "key": "SANDBOX_SEC_test", "expires": 3,
                       "businesses": ["SANDBOXHIRE"] });
    let made = bank.control("POST", "/keys", wanted.clone()).await.body;
    assert_eq!(made["id"], "SANDBOX-3");
    assert_eq!(made["expires"], "2026-03-04T00:00:00Z");
    let twice = bank.control("POST", "/keys", wanted).await;
    assert!(twice.status == 400 && !twice.text.contains("SANDBOX_SEC_test"), "{}", twice.text);

    let change = json!({ "expires": -1, "businesses": [] });
    let changed = bank.control("PATCH", "/keys/SANDBOX-3", change).await.body;
    assert_eq!(
        (&changed["expires"], &changed["businesses"]),
        (&json!("2026-02-28T00:00:00Z"), &json!([]))
    );
    assert_eq!(bank.get_with("SANDBOX_SEC_test", ROOT).await.status, 401);
    let revoked = bank.control("PATCH", "/keys/SANDBOX-3", json!({ "revoked": true })).await;
    assert_eq!(revoked.body["revoked"], START);

    // A change that is wrong in one part is not made in any.
    let wrong = json!({ "expires": 9, "businesses": ["NONE"] });
    assert_eq!(bank.control("PATCH", "/keys/SANDBOX-3", wrong).await.status, 404);
    let wrong = json!({ "expires": 9, "revoked": true });
    assert_eq!(bank.control("PATCH", "/keys/SANDBOX-2", wrong).await.status, 400);
    assert_eq!(bank.key("SANDBOX-3").expires, Some(at("2026-02-28T00:00:00Z")));
    assert_eq!(bank.key("SANDBOX-2").revoked, None);

    for (path, body, status) in [
        ("/keys", json!({ "facility": "NONE" }), 404),
        ("/keys", json!({ "facility": "SANDBOX", "businesses": ["NONE"] }), 404),
        ("/keys", json!({ "facility": "SANDBOX", "key": "OTHER_SEC_test" }), 400),
    ] {
        assert_eq!(bank.control("POST", path, body).await.status, status);
    }
    let unknown = bank.control("PATCH", "/keys/NONE-1", json!({ "revoked": true })).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn the_request_log_holds_no_key() {
    let bank = Bank::start().await;
    bank.days_pass(10);
    let minted = bank.latest(SANDBOX_KEY).await;
    bank.get_with("STRANGER_SEC_abcdef", ROOT).await;
    bank.get(&format!("/rest/v1/{SANDBOX_KEY}?key={minted}")).await;
    let log = bank.control("GET", "/requests", Value::Null).await;
    for key in [SANDBOX_KEY, &minted, "STRANGER_SEC_abcdef"] {
        assert!(!log.text.contains(key), "{}", log.text);
        let encoded = authorization(key).rsplit_once(' ').unwrap().1.to_owned();
        assert!(!log.text.contains(&encoded), "{}", log.text);
    }
    let requests = log.body["requests"].as_array().unwrap();
    let told: Vec<_> = requests.iter().map(|r| (r["status"].clone(), r["key"].clone())).collect();
    assert_eq!(
        told,
        [(json!(200), json!("SANDBOX-1")), (json!(401), Value::Null), (json!(404), Value::Null)]
    );
    assert_eq!(log.body["by_route"], json!({ "/": 1, "/api-keys/latest": 1 }));
    assert_eq!(bank.running.control().latest_calls(), 1);
}

#[tokio::test]
async fn the_request_log_is_a_ring() {
    let bank = Bank::with(SandboxOptions { requests_kept: 3, ..options() }).await;
    for _ in 0..5 {
        bank.get(ROOT).await;
    }
    let numbers: Vec<u64> = bank.running.control().requests().iter().map(|r| r.number).collect();
    assert_eq!(numbers, [3, 4, 5]);
    assert_eq!(bank.running.control().requests_by_route()["/"], 5);
    let newest = bank.control("GET", "/requests?newest=1", Value::Null).await.body;
    assert_eq!(newest["requests"].as_array().unwrap().len(), 1);
    bank.control("DELETE", "/requests", Value::Null).await;
    assert!(bank.running.control().requests().is_empty());
}

#[tokio::test]
async fn a_guess_that_is_switched_changes_what_is_done() {
    let bank = Bank::start().await;
    let guess = async |values: Value| {
        let reply = bank.control("POST", "/guesses", values).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    };
    let table = bank.control("GET", "/guesses", Value::Null).await.body;
    let row = table.as_array().unwrap().iter().find(|row| row["name"] == "mint_days_left");
    assert_eq!((&row.unwrap()["value"], &row.unwrap()["reference"]), (&json!(30), &json!("20 #1")));

    guess(json!({ "mint_days_left": 31, "date_time_offset": "sydney", "latest_links": "absent" }))
        .await;
    let minted = bank.get(LATEST).await.body;
    assert_ne!(minted["key"], SANDBOX_KEY);
    assert_eq!(minted["expiryDate"], "2028-03-01T11:00:00+1100");
    assert_eq!(minted.as_object().unwrap().len(), 3);

    guess(json!({ "minting": "every_call" })).await;
    assert_ne!(bank.latest(SANDBOX_KEY).await, bank.latest(SANDBOX_KEY).await);

    guess(json!({ "newest_key": "last_to_expire", "minting": "once" })).await;
    let early = json!({ "facility": "SANDBOX", "expires": 400 });
    let early = bank.control("POST", "/keys", early).await.body["key"].clone();
    assert_ne!(json!(bank.latest(SANDBOX_KEY).await), early);

    guess(json!({ "credentials_without_colon": "401", "trace_code": "present" })).await;
    let lines = [super::support::basic(SANDBOX_KEY), "Accept: application/json".to_owned()];
    let refused = bank.ask("GET", ROOT, &lines, "").await.unwrap();
    assert_eq!(refused.status, 401);
    assert!(refused.body["traceCode"].is_string());

    guess(json!({ "root_links": "help", "root_keys": "secret", "retry_after_seconds": 0 })).await;
    assert_eq!(bank.get(ROOT).await.body["links"].as_array().unwrap().len(), 1);
    assert_eq!(bank.get_with(&bank.key("SANDBOX-2").text, ROOT).await.status, 403);
    bank.fault(json!({ "status": 503 })).await;
    assert_eq!(bank.get(ROOT).await.header("retry-after"), None);
    let wrong = bank.control("POST", "/guesses", json!({ "minting": "never" })).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn an_old_key_can_be_made_to_end_when_its_successor_is_used() {
    let bank = Bank::start().await;
    let guess =
        json!({ "old_key_ends": "at_first_use_of_newer", "latest_for_restricted_key": "403" });
    bank.control("POST", "/guesses", guess).await;
    bank.days_pass(5);
    let minted = bank.latest(SANDBOX_KEY).await;
    assert_eq!(bank.get(ROOT).await.status, 200);
    assert_eq!(bank.get_with(&minted, ROOT).await.status, 200);
    assert_eq!(bank.get(ROOT).await.status, 401);
    bank.control("PATCH", "/keys/SANDBOX-3", json!({ "businesses": ["SANDBOXHIRE"] })).await;
    assert_eq!(bank.get_with(&minted, LATEST).await.status, 403);
}

#[tokio::test]
async fn a_reset_brings_the_seed_data_back_and_leaves_the_clock() {
    let bank = Bank::start().await;
    bank.days_pass(10);
    let minted = bank.latest(SANDBOX_KEY).await;
    bank.fault(json!({ "status": 503 })).await;
    bank.control("POST", "/guesses", json!({ "mint_days_left": 5 })).await;
    assert_eq!(bank.control("POST", "/reset", Value::Null).await.status, 200);
    assert_eq!(bank.running.clock().now(), at("2026-03-11T00:00:00Z"));
    assert_eq!(bank.running.control().requests(), []);
    assert_eq!(bank.latest(SANDBOX_KEY).await, SANDBOX_KEY);
    assert_eq!(bank.get_with(&minted, ROOT).await.status, 401);
    let expires = bank.key("SANDBOX-1").expires;
    assert_eq!(expires, Some(at("2026-04-10T12:00:00Z")));
}

#[tokio::test]
async fn the_control_api_lists_itself_and_refuses_the_rest() {
    let bank = Bank::start().await;
    let places = bank.control("GET", "", Value::Null).await.body;
    assert!(places.as_array().unwrap().len() > 10);
    for (method, path) in [("GET", "/nothing"), ("DELETE", "/clock"), ("PUT", "/keys")] {
        let reply = bank.control(method, path, Value::Null).await;
        assert_eq!((reply.status, &reply.body["code"]), (404, &json!("unknown")), "{path}");
    }
}
