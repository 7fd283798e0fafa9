//! What comes with time comes by itself: nobody asks anything of the bank in between.

use std::time::Duration;

use quaymaster::sandbox::SandboxOptions;
use serde_json::{Value, json};

use super::support::{Bank, options};

/// Much longer than a machine with too much to do keeps a task waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the next thing that is due is another one. Looking at the clock lets nothing happen.
async fn next_due_after(bank: &Bank, before: &Value) -> Value {
    let look = async {
        loop {
            let next = bank.control("GET", "/clock", Value::Null).await.body["next_due"].clone();
            if next != *before {
                return next;
            }
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("what is due happens by itself")
}

#[tokio::test]
async fn a_standing_clock_that_is_moved_lets_things_happen_unasked() {
    let bank = Bank::start().await;
    bank.card_token(json!({})).await;
    let token_ends = next_due_after(&bank, &Value::Null).await;
    assert_eq!(token_ends, "2026-03-01T00:10:00Z");
    bank.minutes_pass(5);
    bank.card_token(json!({})).await;
    bank.minutes_pass(6);
    assert_eq!(next_due_after(&bank, &token_ends).await, "2026-03-01T00:15:00Z");
    bank.minutes_pass(60);
    let second = json!("2026-03-01T00:15:00Z");
    assert_eq!(next_due_after(&bank, &second).await, Value::Null);
    bank.running.stop().await;
}

#[tokio::test]
async fn a_clock_that_runs_lets_things_happen_unasked() {
    let bank = Bank::with(SandboxOptions { rate: Some(3600.0), ..options() }).await;
    bank.card_token(json!({})).await;
    let look = async {
        while !bank.control("GET", "/clock", Value::Null).await.body["next_due"].is_null() {}
    };
    tokio::time::timeout(PATIENCE, look).await.expect("the token ends by itself");
}

/// A guess that is switched changes what comes, and not what was due before.
#[tokio::test]
async fn what_was_due_before_a_switch_happens_as_things_stood() {
    let bank = Bank::start().await;
    let token = json!({ "supplierBusinessCode": "SANDBOXHIRE", "accountType": "DIRECT_DEBIT",
                        "accountName": "Test", "bsb": "032-999", "accountNumber": "999994" });
    let token = bank.token(&token).await;
    bank.minutes_pass(11);
    bank.control("POST", "/guesses", json!({ "payto_payers": "by_hand" })).await;
    let next = bank.control("GET", "/clock", Value::Null).await.body["next_due"].clone();
    assert_eq!(next, Value::Null, "{token} was due and has ended");
}
