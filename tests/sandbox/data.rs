//! Starting: seeds, data files, addresses.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quaymaster::sandbox::{SANDBOX_KEY, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use super::support::{Bank, at, date, options, with_data};

const ROOT: &str = "/rest/v1/";
/// What each of several callers creates.
const CUSTOMERS_EACH: usize = 40;
const SURCHARGE: &str = "/rest/v1/businesses/SANDBOXHIRE/query-card-surcharge";

#[tokio::test]
async fn book_and_clock_go_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let bank = Bank::with(with_data(&path)).await;
    bank.days_pass(10);
    let minted = bank.latest(SANDBOX_KEY).await;
    let publishable = bank.key("SANDBOX-2").text;
    let card = r#"{"cardNumber":"4242424242424242"}"#;
    let answered = bank.post(&publishable, SURCHARGE, "kept", card).await;
    bank.control("POST", "/guesses", json!({ "mint_days_left": 45 })).await;
    let _outlives = bank.running.control();
    bank.running.stop().await;

    let later = SandboxOptions { seed: 99, start_at: None, rate: None, ..with_data(&path) };
    let bank = Bank::with(later).await;
    assert_eq!(bank.running.clock().now(), at("2026-03-11T00:00:00Z"));
    assert_eq!(bank.latest(SANDBOX_KEY).await, minted);
    let again = bank.post(&publishable, SURCHARGE, "kept", "{}").await;
    assert_eq!((again.status, &again.body), (200, &answered.body));
    bank.days_pass(731 - 45);
    let next = bank.latest(&minted).await;
    assert_ne!(next, minted);
    bank.running.stop().await;

    // The seed that goes on is the file's.
    let replay = Bank::with(options()).await;
    replay.control("POST", "/guesses", json!({ "mint_days_left": 45 })).await;
    replay.days_pass(10);
    assert_eq!(replay.latest(SANDBOX_KEY).await, minted);
    replay.days_pass(731 - 45);
    assert_eq!(replay.latest(&minted).await, next);
}

/// A change is on disk before its reply, so that a kill loses nothing that was told.
#[tokio::test]
async fn what_was_answered_is_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let bank = Bank::with(with_data(&path)).await;
    bank.days_pass(10);
    let minted = bank.latest(SANDBOX_KEY).await;
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept.contains(&minted));
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
    assert_eq!(mode & 0o777, 0o600);
}

/// Whenever the book is on disk or dumped, every effect is there with the reply that tells of it: a
/// restart from it lets no key act again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reply_is_remembered_with_its_effect_in_every_book_that_was_ever_saved() {
    const AT_ONCE: usize = 6;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let bank = Arc::new(Bank::with(with_data(&path)).await);
    let asking: Vec<_> =
        (0..AT_ONCE).map(|of| tokio::spawn(customers(Arc::clone(&bank), of))).collect();
    let mut seen = BTreeSet::new();
    while !asking.iter().all(tokio::task::JoinHandle::is_finished) {
        let dumped = bank.control("GET", "/dump", Value::Null).await.text;
        for book in [dumped, std::fs::read_to_string(&path).unwrap()] {
            let book: Value = serde_json::from_str(&book).unwrap();
            let customers =
                book["facilities"][0]["merchant"]["customers"].as_array().unwrap().len();
            assert_eq!(customers, book["idempotency"].as_array().unwrap().len());
            seen.insert(customers);
        }
    }
    assert!(seen.len() > 10, "books were seen between the requests: {seen:?}");
    for asking in asking {
        asking.await.unwrap();
    }
}

/// Creates customers, each under a key of its own.
async fn customers(bank: Arc<Bank>, of: usize) {
    for nth in 0..CUSTOMERS_EACH {
        let customer = json!({ "customerName": "Sam Test", "supplierBusinessCode": "SANDBOXHIRE",
            "customerNumber": format!("CUST-{of}-{nth}") });
        let (path, key) = ("/rest/v1/customers", format!("key-{of}-{nth}"));
        let created = bank.post(SANDBOX_KEY, path, &key, &customer.to_string()).await;
        assert_eq!(created.status, 201, "{}", created.text);
    }
}

/// Dropped is as good as killed: nothing is saved at the end.
#[tokio::test]
async fn a_fast_clock_never_goes_back_over_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let fast = || SandboxOptions { rate: Some(86_400.0), ..with_data(&path) };
    let bank = Bank::with(fast()).await;
    let told = date(&bank.get(ROOT).await);
    drop(bank);
    let bank = loop {
        match Bank::started(fast()).await {
            Ok(bank) => break bank,
            Err(error) => assert!(error.to_string().contains("another sandbox"), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(bank.running.clock().now() >= told);
    let seen = bank.running.clock().now();
    bank.running.stop().await;
    let standing = SandboxOptions { rate: Some(0.0), ..fast() };
    let stopped = Bank::with(standing).await.running.clock().now();
    assert!(stopped >= seen && stopped < seen + SignedDuration::from_hours(24 * 60));
}

#[tokio::test]
async fn a_data_file_that_is_not_ours_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    Bank::with(with_data(&path)).await.running.stop().await;
    let whole = std::fs::read_to_string(&path).unwrap();
    let newer = whole.replacen("\"format\": 2", "\"format\": 3", 1);
    let guess = whole.replacen("\"guesses\": {}", "\"guesses\": {\"luck\": 1}", 1);
    for broken in [&whole[..whole.len() / 2], "", "not JSON", &newer, &guess] {
        std::fs::write(&path, broken).unwrap();
        let message = Sandbox::start(with_data(&path)).await.unwrap_err().to_string();
        assert!(message.contains("bank.json") && message.contains("left as it is"), "{message}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
    }
}

#[tokio::test]
async fn a_data_file_has_one_user_and_a_writable_home() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    let _bank = Bank::with(with_data(&path)).await;
    let message = Sandbox::start(with_data(&path)).await.unwrap_err().to_string();
    assert!(message.contains("another sandbox is using it"), "{message}");
    let nowhere = directory.path().join("missing/bank.json");
    let message = Sandbox::start(with_data(&nowhere)).await.unwrap_err().to_string();
    assert!(message.contains("missing/bank.json"), "{message}");
}

#[tokio::test]
async fn a_seed_that_looks_like_the_banks_own_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    let start = async |seed: &Value| {
        std::fs::write(&path, seed.to_string()).unwrap();
        let seed_file = Some(path.clone());
        Sandbox::start(SandboxOptions { seed_file, ..options() }).await.unwrap_err().to_string()
    };
    let with_key =
        |key: &str| json!({ "facilities": [{ "code": "MAIN", "keys": [{ "key": key }] }] });
    let real = "MAIN_SEC_q7w8e9r1t2y3u4i5o6p7a8s9d0f1g2h3j4k5l6z7x8c9v0b1n2m3q4w5";
    let message = start(&with_key(real)).await;
    assert!(message.contains("seed.json") && message.contains("facilities[0].keys[0].key"));
    assert!(!message.contains(real), "{message}");
    let host = json!({ "facilities": [{ "code": "MAIN", "keys": [],
                       "name": "https://api.quickstream.westpac.com.au/rest/v1" }] });
    assert!(start(&host).await.contains("host of the bank"));
}

#[tokio::test]
async fn a_request_meant_for_the_bank_is_turned_away() {
    let bank = Bank::start().await;
    let reply = bank.get_at_host("api.quickstream.westpac.com.au", ROOT).await;
    assert_eq!(reply.status, 421);
    assert_eq!(bank.running.control().requests()[0].key, None);
}

/// The seed of the README's first command.
#[tokio::test]
async fn the_shipped_seed_goes_with_the_shipped_key() {
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sandbox");
    let key = std::fs::read_to_string(shipped.join("bootstrap.key")).unwrap();
    let seed_file = Some(shipped.join("seed.json"));
    let bank = Bank::with(SandboxOptions { seed_file, ..options() }).await;
    assert_eq!(bank.latest(key.trim()).await, key.trim());
    bank.days_pass(1);
    assert_ne!(bank.latest(key.trim()).await, key.trim());
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let bank = Bank::start().await;
    let listen = bank.running.address();
    let error = Sandbox::start(SandboxOptions { listen, ..options() }).await.unwrap_err();
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
    bank.running.stop().await;
    let again = Bank::with(SandboxOptions { listen, ..options() }).await;
    assert_eq!(again.get(ROOT).await.status, 200);
}

#[tokio::test]
async fn it_listens_on_loopback_unless_told_otherwise() {
    let bank = Bank::with(SandboxOptions::default()).await;
    assert!(bank.running.address().ip().is_loopback());
    assert_ne!(bank.running.address().port(), 0);
}

/// By whatever link it is named, it is one file, with one sandbox.
#[tokio::test]
async fn a_link_to_a_data_file_is_that_file() {
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (directory.path().join("bank.json"), directory.path().join("link.json"));
    std::os::unix::fs::symlink("bank.json", &link).unwrap();
    let bank = Bank::with(with_data(&link)).await;
    assert!(path.is_file(), "also where the link led nowhere yet");
    for name in [&path, &link] {
        let second = Sandbox::start(with_data(name)).await.unwrap_err().to_string();
        assert!(second.contains("another sandbox is using it"), "{second}");
    }
    bank.days_pass(10);
    let minted = bank.latest(SANDBOX_KEY).await;
    bank.running.stop().await;
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&path).unwrap().contains(&minted));
}

/// Whoever edits a data file is told as whoever sends a book.
#[tokio::test]
async fn a_data_file_is_checked_as_a_book_that_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.json");
    Bank::with(with_data(&path)).await.running.stop().await;
    let good: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for (place, value, says) in [
        ("/clock/rate", json!(1e300), "at clock.rate: from 0 to"),
        ("/clock/rate", json!(-1), "at clock.rate: from 0 to"),
        ("/facilities/0/code", json!("x"), "at facilities[0].code: "),
        ("/facilities/0/merchant/ids", json!({ "receipt": u64::MAX }), "ids.receipt: at most"),
    ] {
        let mut wrong = good.clone();
        *wrong.pointer_mut(place).unwrap() = value;
        std::fs::write(&path, wrong.to_string()).unwrap();
        let refused = Sandbox::start(with_data(&path)).await.unwrap_err().to_string();
        assert!(refused.contains(says) && refused.contains("left as it is"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), wrong.to_string());
    }
}
