//! Rehearsals: the path is exercised beside the real one, what fails is told, and no key is left in
//! places that nobody looks at for two years.

use quaymaster::domain::names::Environment;
use quaymaster::key::KeyText;
use quaymaster::sandbox::Fault;
use quaymaster::secrets::NewKey;
use quaymaster::service::Command;
use quaymaster::service::facility::RefusedKind;

use super::port::{serves, spoil_latest, well};
use crate::quay::{Quay, days, hours};

/// The rehearsal's store holds one thing, which is no key.
async fn is_empty(quay: &Quay) {
    let held = quay.rehearsal.read().await.unwrap();
    let current = held.current.map(|held| held.key.expose().to_owned());
    assert!(current.is_some_and(|text| text.starts_with("rehearsal-")), "a key is current");
    assert!(held.previous.is_none() && held.pending.is_empty(), "a key is left");
}

fn names(quay: &Quay) -> usize {
    std::fs::read_dir(quay.path("run")).unwrap().count()
}

#[tokio::test]
async fn it_can_be_repeated_and_leaves_no_key() {
    let (quay, task, key) = well().await;
    let files = names(&quay);
    for _ in 0..3 {
        let done = task.ask(Command::Rehearse).await.unwrap();
        let told = done.steps.join("\n");
        for step in ["staged and made current", "read back", "as a secret key", "beside the real"] {
            assert!(told.contains(step), "no {step:?} in {told}");
        }
        is_empty(&quay).await;
        assert_eq!(names(&quay), files);
        serves(&quay, &key).await;
        task.pass(hours(1)).await;
    }
    assert!(task.status().renewal.rehearsed_at.is_some());
}

/// A proof is two calls: the second failing fails the rehearsal, though the bank knows the key.
#[tokio::test]
async fn a_bank_that_lets_the_key_do_nothing_fails_it() {
    let mut quay = Quay::new().await;
    quay.facility.environment = Environment::Production;
    let task = quay.launch().await;
    task.ask(Command::Adopt).await.unwrap();
    task.pass(days(2)).await;
    let key = quay.delivered().unwrap();
    let second = quay.mint();
    spoil_latest(&quay, Fault { status: Some(403), ..Fault::default() });
    let refused = task.ask(Command::Rehearse).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("rehearsal_failed", RefusedKind::Refused));
    assert!(refused.sentence.starts_with("proving: "), "{}", refused.sentence);
    assert!(task.status().renewal.rehearsed_at.is_none());
    is_empty(&quay).await;
    quay.sandbox.control().clear_faults();
    // In production the rehearsal moves the present key, whatever else the bank would offer.
    task.ask(Command::Rehearse).await.unwrap();
    assert_eq!(quay.held().await.0, Some(key), "the real key was moved");
    assert!(quay.works(&second).await);
    is_empty(&quay).await;
}

#[tokio::test]
async fn a_renewal_that_fails_fails_it() {
    let (quay, task, _) = well().await;
    spoil_latest(&quay, Fault { status: Some(503), ..Fault::default() });
    let refused = task.ask(Command::Rehearse).await.unwrap_err();
    assert_eq!(refused.label, "rehearsal_failed");
    assert!(refused.sentence.starts_with("renewing: "), "{}", refused.sentence);
}

#[tokio::test]
async fn a_directory_that_takes_no_files_fails_it() {
    let (quay, task, key) = well().await;
    // Not even root can make a directory beneath what is none.
    let real = quay.path("run");
    std::fs::rename(&real, quay.path("away")).unwrap();
    std::fs::write(&real, "").unwrap();
    let refused = task.ask(Command::Rehearse).await.unwrap_err();
    assert_eq!(refused.label, "rehearsal_failed");
    assert!(refused.sentence.starts_with("delivering: "), "{}", refused.sentence);
    is_empty(&quay).await;
    std::fs::remove_file(&real).unwrap();
    std::fs::rename(quay.path("away"), &real).unwrap();
    task.pass(hours(2)).await;
    task.ask(Command::Rehearse).await.unwrap();
    serves(&quay, &key).await;
}

/// A leaked key is looked for in the rehearsal's store, too: a rehearsal may have been cut short.
#[tokio::test]
async fn a_leaked_key_leaves_its_store_and_is_not_rehearsed_with() {
    let (quay, task, key) = well().await;
    let text = KeyText::parse(key.as_str()).unwrap();
    let new = NewKey { key: text, name: None, expires_at: None };
    quay.rehearsal.create(&new).await.unwrap();
    task.ask(Command::Compromise { fingerprint: None }).await.unwrap();
    is_empty(&quay).await;
    let refused = task.ask(Command::Rehearse).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("leaked", RefusedKind::NotNow));
    is_empty(&quay).await;
}
