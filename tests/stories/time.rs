//! Windows, freezes, clocks that jump, and keys whose life ends.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use quaymaster::domain::calendar::{Calendar, WindowRule};
use quaymaster::domain::condition::Condition;
use quaymaster::domain::history::ManualFreeze;
use quaymaster::domain::names::ActorName;
use quaymaster::key::KeyText;
use quaymaster::sandbox::Fault;
use quaymaster::service::Command;
use tokio::time::Instant;

use super::port::{at_bank, says, serves, well, wrote};
use crate::quay::{Quay, at, days, first_key, hours};

/// Open for two hours on Sunday mornings in Sydney.
fn sundays() -> Calendar {
    let rule =
        WindowRule { cron: "0 2 * * SUN".to_owned(), duration: SignedDuration::from_hours(2) };
    Calendar::new("Australia/Sydney", &[rule], &[]).unwrap()
}

/// The quay begins on a Monday, and the bank makes the next key within a day.
#[tokio::test]
async fn a_proven_key_waits_for_its_window_and_a_person_need_not() {
    let mut quay = Quay::new().await;
    quay.calendar = sundays();
    let task = quay.launch().await;
    task.pass(days(3)).await;
    serves(&quay, &first_key()).await;
    let next = quay.held().await.2[0].clone();
    let status = task.status();
    // Sunday 11 January 2026, 02:00 in Sydney.
    assert_eq!(status.renewal.activation_at, Some(at("2026-01-10T15:00:00Z")));
    assert!(!status.renewal.why_not_yet.is_empty());
    let report = task.ask(Command::Renew { end_pin: false }).await.unwrap();
    assert!(report.summary.contains("2026-01-10T15:00:00Z"), "{report:?}");
    task.pass(days(3)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);

    let fresh = quay.mint();
    let key = KeyText::parse(fresh.as_str()).unwrap();
    task.ask(Command::Install { key }).await.unwrap();
    serves(&quay, &fresh).await;
}

#[tokio::test]
async fn a_freeze_holds_activation_and_never_lets_the_old_key_expire() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.idle().await;
    let by = ActorName::new("ann").unwrap();
    let reason = "end of the year".to_owned();
    let freeze = ManualFreeze { since: quay.clock.now(), until: None, by, reason };
    task.book().set_freeze(Some(freeze), Vec::new()).await.unwrap();
    task.pass(days(3)).await;
    serves(&quay, &first_key()).await;
    let next = quay.held().await.2[0].clone();
    assert!(task.status().renewal.why_not_yet.contains("end of the year"));
    let refused = task.ask(Command::Rehearse).await.unwrap_err();
    assert_eq!(refused.label, "frozen");
    // Forced before the expiry, with days to spare.
    task.pass(days(26)).await;
    serves(&quay, &next).await;
    assert!(quay.works(&first_key()).await);

    // The key before stays until its own end, and then leaves store and delivery.
    assert_eq!(quay.held().await.1, Some(first_key()));
    assert!(quay.path("run/previous").exists());
    task.pass(days(2)).await;
    assert_eq!(quay.held().await.1, None);
    assert!(!quay.path("run/previous").exists());
    wrote(&task, "expire").await;
    wrote(&task, "remove").await;
}

#[tokio::test]
async fn a_wall_clock_that_jumps_changes_no_key_and_makes_no_storm() {
    let quay = Quay::with_clocks_apart().await;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let key = quay.delivered().unwrap();
    for wrong in ["2036-01-01T00:00:00Z", "2016-01-01T00:00:00Z", "2026-01-06T00:00:00Z"] {
        let calls = quay.sandbox.control().latest_calls();
        quay.clock.set(at(wrong));
        task.pass(hours(20)).await;
        serves(&quay, &key).await;
        says(&task, Condition::Ok);
        let calls = quay.sandbox.control().latest_calls() - calls;
        assert!(calls <= 2, "{calls} calls after the clock showed {wrong}");
    }
}

/// The bank is asked what time it is as soon as the wall clock is set, not at the next nap's end.
#[tokio::test]
async fn a_wall_clock_that_is_set_is_noticed_at_once() {
    let quay = Quay::with_clocks_apart().await;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let greetings = || quay.sandbox.control().requests_by_route()["/"];
    let before = greetings();
    quay.clock.set(at("2036-01-01T00:00:00Z"));
    let began = Instant::now();
    while greetings() == before {
        assert!(began.elapsed() < Duration::from_secs(60), "the task sleeps on");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    task.idle().await;
    says(&task, Condition::Ok);
}

/// One reply with a wrong date, as from a proxy that gave an old page or a machine gone mad.
#[tokio::test]
async fn one_wrong_date_ends_no_key() {
    let (quay, task, key) = well().await;
    let headers = BTreeMap::from([("date".to_owned(), "Thu, 01 Jan 2037 00:00:00 GMT".to_owned())]);
    for _ in 0..3 {
        let fault = Fault { headers: headers.clone(), times: Some(1), ..Fault::default() };
        quay.sandbox.control().add_faults(vec![fault]).unwrap();
        task.pass(hours(25)).await;
        serves(&quay, &key).await;
        says(&task, Condition::Ok);
        assert!(task.status().bank.skew_seconds.is_some_and(|skew| skew.abs() < 5));
    }
    let lines = task.history().await;
    assert!(lines.iter().all(|line| line.what != "expire"), "{lines:?}");
    let faults = quay.sandbox.control().faults();
    let struck = faults.as_array().unwrap().iter().filter(|fault| fault["struck"] == 1).count();
    assert_eq!(struck, 3, "{faults}");
}

#[tokio::test]
async fn a_rehearsal_moves_nothing_that_is_real() {
    let (quay, task, key) = well().await;
    let report = task.ask(Command::Rehearse).await.unwrap();
    assert!(report.steps.len() >= 4, "{report:?}");
    serves(&quay, &key).await;
    task.pass(hours(1)).await;
    assert!(task.status().renewal.rehearsed_at.is_some());
    wrote(&task, "rehearse").await;
    assert!(at_bank(&quay, &key).revoked.is_none());
}
