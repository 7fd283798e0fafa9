//! The story of a renewal, as a person would watch it: the real task, the real sandbox, real stores.

#[path = "support/quay.rs"]
mod quay;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use quay::{Quay, days, file_store, first_key, hours};
use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::ActorName;
use quaymaster::key::KeyText;
use quaymaster::sandbox::{NewSandboxKey, SANDBOX_CODE};
use quaymaster::secrets::file::FileHooks;
use quaymaster::service::Command;

#[tokio::test]
async fn a_first_start_takes_the_bootstrap_key_into_the_store_and_delivers_it() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.idle().await;
    let status = task.status();
    // The sandbox's first key has some thirty days left, and its successor is due.
    assert_eq!(status.condition, Condition::RenewalDue, "{}", status.detail);
    assert_eq!(quay.held().await, (Some(first_key()), None, vec![]));
    assert_eq!(quay.delivered(), Some(first_key()));
    assert!(status.delivered_once);
}

/// The vendor's own acceptance test: two keys in the portal, the first configured; the application
/// must come to use the second.
#[tokio::test]
async fn the_vendors_two_key_procedure_passes() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.idle().await;
    let second = quay.mint();
    task.pass(days(2)).await;
    assert_eq!(quay.held().await, (Some(second.clone()), Some(first_key()), vec![]));
    assert_eq!(quay.delivered(), Some(second));
    assert_eq!(task.status().condition, Condition::Ok);
}

#[tokio::test]
async fn a_day_of_nothing_is_one_call() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(3)).await;
    assert_eq!(task.status().condition, Condition::Ok, "the first key was renewed");
    let before = quay.sandbox.control().latest_calls();
    task.pass(days(10)).await;
    let calls = quay.sandbox.control().latest_calls() - before;
    assert!((9..=10).contains(&calls), "{calls} calls in 10 days");
}

#[tokio::test]
async fn renewing_by_hand_finds_a_new_key_at_once() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.idle().await;
    let second = quay.mint();
    let report = task.ask(Command::Renew { end_pin: false }).await.unwrap();
    assert!(report.summary.contains("is now current"), "{report:?}");
    assert_eq!(quay.delivered(), Some(second));
    task.pass(hours(1)).await;
}

/// A trouble is not forgotten because an hour passed in which nothing was tried.
#[tokio::test]
async fn a_refused_address_is_said_until_it_is_let_in_again() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.idle().await;
    let nobody = ["192.0.2.1".to_owned()];
    quay.sandbox.control().whitelist(SANDBOX_CODE, Some(&nobody)).unwrap();
    task.pass(hours(30)).await;
    for _ in 0..5 {
        assert_eq!(task.status().condition, Condition::IpRefused, "{}", task.status().detail);
        assert_eq!(quay.delivered(), Some(first_key()));
        task.pass(hours(1)).await;
    }
    quay.sandbox.control().whitelist(SANDBOX_CODE, None).unwrap();
    task.pass(hours(2)).await;
    assert_eq!(task.status().condition, Condition::Ok, "{}", task.status().detail);
}

/// A key that a person installs stays, though the key before it expires later.
#[tokio::test]
async fn an_installed_key_that_expires_earlier_stays() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(3)).await;
    let soon = quay.clock.now() + SignedDuration::from_hours(100 * 24);
    let new = NewSandboxKey { expires: Some(soon), ..NewSandboxKey::secret(SANDBOX_CODE) };
    let text = quay.sandbox.control().make_key(new).unwrap().text;
    let key = KeyText::parse(text.clone()).unwrap();
    task.ask(Command::Install { key }).await.unwrap();
    assert_eq!(quay.delivered(), Some(text.clone()));
    task.pass(days(3)).await;
    assert_eq!(quay.delivered(), Some(text));
}

/// A rollback whose pin reached the book and whose promotion did not reach the store is finished.
#[tokio::test]
async fn a_rollback_that_died_half_way_is_finished() {
    let mut quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(3)).await;
    let (newer, older, _) = quay.held().await;
    task.stop().await;

    // The store hangs before it writes anything, and the process is killed meanwhile.
    let (armed, hit) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (trap, sprung) = (Arc::clone(&armed), Arc::clone(&hit));
    let hooks = FileHooks::new(move |_| {
        if !trap.load(Ordering::SeqCst) {
            return Ok(());
        }
        sprung.store(true, Ordering::SeqCst);
        while trap.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(std::io::Error::other("died"))
    });
    quay.stores = vec![file_store(quay.directory.path(), "store", hooks)];
    let task = quay.launch().await;
    task.idle().await;
    armed.store(true, Ordering::SeqCst);
    let asking = tokio::spawn({
        let handle = task.handle.clone();
        async move {
            let actor = ActorName::new("ann").unwrap();
            handle.ask(Command::Rollback { until: None }, actor, None, false).await
        }
    });
    while !hit.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    task.kill().await;
    armed.store(false, Ordering::SeqCst);
    asking.await.unwrap().unwrap_err();

    let task = quay.launch().await;
    task.pass(hours(2)).await;
    assert_eq!(quay.held().await.0, older, "{:?}", task.status());
    assert_ne!(quay.held().await.0, newer);
}

/// A book that cannot be read at the start is never written over.
#[tokio::test]
async fn a_book_that_could_not_be_read_keeps_what_it_holds() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(3)).await;
    let second = quay.delivered();
    task.stop().await;
    let book = rusqlite::Connection::open(quay.path("book.db")).unwrap();
    let spoil = "UPDATE secret_key SET state = 'levitating' WHERE state = 'previous'";
    assert_eq!(book.execute(spoil, []).unwrap(), 1);

    let task = quay.launch().await;
    task.pass(hours(2)).await;
    assert_eq!(task.status().condition, Condition::BookUnusable, "{}", task.status().detail);
    assert_eq!(quay.delivered(), second);
    let kept = "SELECT count(*) FROM secret_key WHERE state = 'levitating'";
    assert_eq!(book.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}
