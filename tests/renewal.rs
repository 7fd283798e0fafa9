//! The story of a renewal, as a person would watch it: the real task, the real sandbox, real stores.

#[path = "support/quay.rs"]
mod quay;

use quay::{Quay, days, first_key, hours};
use quaymaster::domain::condition::Condition;
use quaymaster::sandbox::SANDBOX_CODE;
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
