//! What the bank may offer beside the successor that is due, and what becomes of it.

use quaymaster::domain::condition::Condition;
use quaymaster::key::KeyText;
use quaymaster::sandbox::KeyChange;
use quaymaster::service::Command;
use quaymaster::settings::model::Unscheduled;

use super::port::{Moody, Wrong, at_bank, mint_for, offer, says, serves, well, wrote};
use crate::quay::{Quay, days, first_key, hours};

#[tokio::test]
async fn a_key_that_has_expired_already_is_refused() {
    let (quay, task, key) = well().await;
    let gone = "SANDBOX_SEC_sandbox0expired0before0it0came";
    offer(&quay, gone, quay.clock.now() - days(1));
    task.pass(hours(26)).await;
    says(&task, Condition::ExpiredOffer);
    serves(&quay, &key).await;
    assert_eq!(quay.held().await.2, Vec::<String>::new());
    quay.sandbox.control().clear_faults();
    task.pass(hours(26)).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_key_that_expires_before_ours_waits_for_a_persons_word_and_stays_once_accepted() {
    let (quay, task, key) = well().await;
    let earlier = mint_for(&quay, 200);
    task.pass(hours(26)).await;
    says(&task, Condition::EarlierOffer);
    serves(&quay, &key).await;
    wrote(&task, "hold").await;
    task.pass(hours(5)).await;
    says(&task, Condition::EarlierOffer);

    let plan = task.dry_run(Command::Accept).await.unwrap();
    assert!(plan.changes_pending, "{plan:?}");
    let done = task.ask(Command::Accept).await.unwrap();
    assert!(done.steps.iter().any(|step| step.contains("is now current")), "{done:?}");
    serves(&quay, &earlier).await;
    task.pass(days(3)).await;
    serves(&quay, &earlier).await;
    says(&task, Condition::Ok);
    task.stop().await;
    let task = quay.launch().await;
    task.pass(hours(26)).await;
    serves(&quay, &earlier).await;
    let refused = task.ask(Command::Accept).await.unwrap_err();
    assert_eq!(refused.label, "nothing_held");
}

#[tokio::test]
async fn another_key_with_the_same_expiry_is_the_banks_word_and_is_taken() {
    let (quay, task, key) = well().await;
    let expires = at_bank(&quay, &key).expires.unwrap();
    let twin = mint_for(&quay, 700);
    let change = KeyChange::Expires(expires);
    quay.sandbox.control().change_key(&at_bank(&quay, &twin).id, change).unwrap();
    task.pass(hours(26)).await;
    serves(&quay, &twin).await;
    task.pass(days(2)).await;
    serves(&quay, &twin).await;
    says(&task, Condition::Ok);
}

/// The first key lives for `left` days from now, and unscheduled keys wait.
async fn holding(left: u64) -> Quay {
    let mut quay = Quay::new().await;
    quay.facility.secret_key.unscheduled = Unscheduled::Hold;
    let change = KeyChange::Expires(quay.clock.now() + days(left));
    quay.sandbox.control().change_key(&at_bank(&quay, &first_key()).id, change).unwrap();
    quay
}

#[tokio::test]
async fn an_unscheduled_key_is_held_until_a_person_accepts_it() {
    let quay = holding(300).await;
    let task = quay.launch().await;
    task.idle().await;
    let surprise = quay.mint();
    task.pass(hours(26)).await;
    says(&task, Condition::Held);
    serves(&quay, &first_key()).await;
    assert_eq!(quay.held().await.2, Vec::<String>::new(), "it is in no store");
    let looked = task.ask(Command::Renew { end_pin: false }).await.unwrap_err();
    assert_eq!(looked.label, "held");

    // Made by mistake, and made again: only the one the bank offers now can be accepted.
    let second = quay.mint();
    task.pass(hours(26)).await;
    says(&task, Condition::Held);
    wrote(&task, "drop").await;
    task.ask(Command::Accept).await.unwrap();
    serves(&quay, &second).await;
    says(&task, Condition::Ok);
    wrote(&task, "accept").await;
    assert!(quay.works(&surprise).await);
}

#[tokio::test]
async fn a_held_key_needs_no_word_once_ours_comes_near_its_expiry() {
    let quay = holding(65).await;
    let task = quay.launch().await;
    task.idle().await;
    let next = quay.mint();
    task.pass(days(4)).await;
    says(&task, Condition::Held);
    serves(&quay, &first_key()).await;
    task.pass(days(3)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
    wrote(&task, "release").await;
}

/// Whoever holds a leaked key could ask the bank for its successor, too: the one that waits for a
/// person's word, and the one that the store did not take.
#[tokio::test]
async fn a_leak_takes_the_keys_that_wait_with_it() {
    let mut quay = Quay::new().await;
    quay.facility.secret_key.unscheduled = Unscheduled::Hold;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let key = quay.delivered().unwrap();
    let next = quay.mint();
    task.pass(hours(26)).await;
    says(&task, Condition::Held);
    task.ask(Command::Compromise { fingerprint: None }).await.unwrap();
    says(&task, Condition::Compromised);
    let refused = task.ask(Command::Accept).await.unwrap_err();
    assert_eq!(refused.label, "nothing_held");
    let key_text = KeyText::parse(next.as_str()).unwrap();
    let refused = task.ask(Command::Install { key: key_text }).await.unwrap_err();
    assert_eq!(refused.label, "leaked");
    serves(&quay, &key).await;
    task.stop().await;

    let mut quay = Quay::new().await;
    let moody = Moody::before(&mut quay, 0);
    let task = quay.launch().await;
    task.pass(hours(6)).await;
    moody.is(Some(Wrong::DeniesWrites));
    let next = quay.mint();
    task.ask(Command::Renew { end_pin: false }).await.unwrap_err();
    task.ask(Command::Compromise { fingerprint: None }).await.unwrap();
    moody.is(None);
    task.pass(days(2)).await;
    let (current, _, pending) = quay.held().await;
    assert_eq!((current, pending), (Some(first_key()), vec![]), "{next} is nowhere");
    says(&task, Condition::Compromised);
}
