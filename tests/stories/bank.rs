//! Days on which the bank, or what lies before it, answers nonsense or nothing.

use std::collections::BTreeMap;

use quaymaster::domain::condition::Condition;
use quaymaster::sandbox::{CutAt, Fault, Malformed};
use quaymaster::service::Command;
use serde_json::json;

use super::port::{says, serves, spoil_latest, well, wrote};
use crate::quay::{Afloat, Quay, hours};

fn malformed(malformed: Malformed) -> Fault {
    Fault { malformed: Some(malformed), ..Fault::default() }
}

fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

/// A day with the fault, then the bank is itself again: nothing changes but what is said.
async fn a_day_of(quay: &Quay, task: &Afloat, key: &str, fault: Fault, condition: Condition) {
    let before = task.history().await.len();
    spoil_latest(quay, fault);
    task.pass(hours(26)).await;
    says(task, condition);
    serves(quay, key).await;
    let news = task.history().await.len() - before;
    assert!(news > 0, "nothing was written down of it");
    quay.sandbox.control().clear_faults();
    task.pass(hours(10)).await;
    says(task, Condition::Ok);
    serves(quay, key).await;
}

#[tokio::test]
async fn answers_that_make_no_sense_change_nothing_and_pass() {
    let (quay, task, key) = well().await;
    for body in [
        Malformed::Html,
        Malformed::TruncatedJson,
        Malformed::LongKey,
        Malformed::DuplicateKeys,
        Malformed::EmptyKey,
        Malformed::KeyWithCrlf,
        Malformed::NullKey,
        Malformed::InvalidUtf8,
        Malformed::Oversized,
        Malformed::Deep,
    ] {
        a_day_of(&quay, &task, &key, malformed(body), Condition::BankUnreadable).await;
    }
    let cut_short = Fault { cut: Some(CutAt::Within), ..Fault::default() };
    a_day_of(&quay, &task, &key, cut_short, Condition::BankUnreadable).await;
    wrote(&task, "fetch_failed").await;
    let said = format!("{:?}{}", task.history().await, task.metrics());
    assert!(!said.contains(&key) && !said.contains("X-Injected"), "a body was written down");
    assert!(task.metrics().contains("reason=\"bank_unreadable\""), "{}", task.metrics());
}

#[tokio::test]
async fn what_lies_before_the_bank_is_named_and_the_key_goes_nowhere_else() {
    let (quay, task, key) = well().await;
    let elsewhere = BTreeMap::from([("Location".to_owned(), "http://127.0.0.1:9/".to_owned())]);
    let redirect = Fault { headers: elsewhere, body: Some(json!("moved")), ..status(302) };
    a_day_of(&quay, &task, &key, redirect, Condition::WrongAddress).await;
    let proxy = Fault { body: Some(json!("log in")), ..status(407) };
    a_day_of(&quay, &task, &key, proxy, Condition::ProxyRefused).await;
    for fault in [
        status(429),
        status(500),
        status(503),
        Fault { cut: Some(CutAt::Before), ..Fault::default() },
    ] {
        let calls = quay.sandbox.control().latest_calls();
        a_day_of(&quay, &task, &key, fault, Condition::BankUnavailable).await;
        let calls = quay.sandbox.control().latest_calls() - calls;
        assert!(calls <= 24, "{calls} calls in a day and a half of trouble");
    }
}

/// The bank may add fields and change their order at any time.
#[tokio::test]
async fn what_the_bank_may_add_is_no_trouble() {
    let (quay, task, _) = well().await;
    spoil_latest(&quay, malformed(Malformed::UnknownMembers));
    let next = quay.mint();
    task.pass(hours(26)).await;
    says(&task, Condition::Ok);
    serves(&quay, &next).await;
}

/// A person asks so often that no call is left to prove the new key with. The bank is not away.
#[tokio::test]
async fn a_key_that_cannot_be_proven_today_waits_for_the_days_calls() {
    let (quay, task, key) = well().await;
    while task.status().renewal.calls_in_24h < 23 {
        task.ask(Command::Renew { end_pin: false }).await.unwrap();
    }
    let next = quay.mint();
    let refused = task.ask(Command::Renew { end_pin: false }).await.unwrap_err();
    assert_eq!(refused.label, "calls_spent", "{refused}");
    says(&task, Condition::CallsSpent);
    let status = task.status();
    assert!(status.bank.available, "{:?}", status.bank);
    assert_eq!(quay.held().await.2, std::slice::from_ref(&next));
    serves(&quay, &key).await;
    let asked = quay.sandbox.control().requests().len();
    task.pass(hours(1)).await;
    assert_eq!(quay.sandbox.control().requests().len(), asked, "the bank is left alone");
    says(&task, Condition::CallsSpent);
    task.pass(hours(25)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
}
