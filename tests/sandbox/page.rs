//! The page on which a developer watches the requests.

use std::process::Command;

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::Bank;
use crate::peers;

async fn page(bank: &Bank, path: &str, accept: &str) -> super::support::Reply {
    let lines = [format!("Accept: {accept}")];
    bank.ask_at_host("127.0.0.1:1", "GET", path, &lines, "").await.unwrap()
}

#[tokio::test]
async fn a_browser_gets_the_page_and_a_program_the_list() {
    let bank = Bank::start().await;
    for (path, accept, is_page) in [
        ("/_sandbox/", "text/html,application/xhtml+xml", true),
        ("/_sandbox", "text/html", true),
        ("/_sandbox/log", "*/*", true),
        ("/_sandbox/", "application/json", false),
        ("/_sandbox", "*/*", false),
    ] {
        let reply = page(&bank, path, accept).await;
        assert_eq!((reply.status, reply.text.starts_with("<!doctype html>")), (200, is_page));
    }
    let reply = page(&bank, "/_sandbox/log", "text/html").await;
    let policy = reply.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "script-src 'sha256-",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    for loads in ["src=", "@import", "url(", "//", "innerHTML", "{style}", "{script}"] {
        let text = reply.text.replace("// The log of requests", "");
        assert!(!text.contains(loads), "the page has {loads}");
    }
    assert!(!reply.text.contains("_SEC_"));
    let stranger = bank.ask_at_host("page.example", "GET", "/_sandbox/log", &[], "").await.unwrap();
    assert_eq!(stranger.status, 403);
}

#[tokio::test]
async fn the_log_tells_the_key_the_time_taken_and_what_was_wrong() {
    let bank = Bank::start().await;
    bank.get("/rest/v1/").await;
    bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &json!({ "customerName": 5 })).await;
    let log = bank.control("GET", "/requests", Value::Null).await.body;
    let (read, refused) = (&log["requests"][0], &log["requests"][1]);
    assert_eq!(read["fingerprint"], bank.key("SANDBOX-1").fingerprint);
    assert_eq!((&read["key"], &read["error"]), (&json!("SANDBOX-1"), &Value::Null));
    assert!(read["duration_us"].as_u64().is_some());
    let words = refused["error"].as_str().unwrap();
    assert!(
        words.starts_with("Validation failed. At ") && words.contains("customerName"),
        "{words}"
    );
}

/// In a real browser, with the page's own policy in force: what was asked is seen, as text.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_a_request_and_no_key() {
    let Some(chromium) = peers::program("chromium", "a_browser_shows_a_request_and_no_key") else {
        return;
    };
    let bank = Bank::start().await;
    bank.get("/rest/v1/businesses/%3Cimg%20id=planted%3E").await;
    bank.get(&format!("/rest/v1/{SANDBOX_KEY}")).await;
    let home = tempfile::tempdir().unwrap();
    let url = format!("http://{}/_sandbox/", bank.running.address());
    let shown = tokio::task::spawn_blocking(move || {
        Command::new(chromium)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--virtual-time-budget=4000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", home.path().display()))
            .arg(url)
            .output()
            .unwrap()
    });
    let shown = String::from_utf8_lossy(&shown.await.unwrap().stdout).into_owned();
    assert!(shown.contains("/rest/v1/businesses/%3Cimg%20id=planted%3E"), "{shown}");
    assert!(shown.contains(&bank.key("SANDBOX-1").fingerprint), "{shown}");
    assert!(shown.contains("2026-03-01 00:00:00 UTC"), "the clock");
    assert!(shown.contains("[key]") && !shown.contains(SANDBOX_KEY));
}
