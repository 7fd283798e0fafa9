//! Days on which the secret store is away, says no, or was changed by a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use quaymaster::domain::condition::Condition;
use quaymaster::sandbox::KeyChange;
use quaymaster::secrets::file::FileHooks;
use quaymaster::secrets::{NewKey, Place};
use quaymaster::service::Command;
use quaymaster::service::points::{Point, Points};

use super::port::{Moody, Wrong, at_bank, offer, says, serves, well, wrote};
use crate::quay::{Quay, days, file_store, first_key, hours};

#[tokio::test]
async fn a_store_that_is_away_for_a_day_is_waited_for() {
    for (wrong, condition) in [
        (Wrong::Down, Condition::StoreUnavailable),
        (Wrong::Denied, Condition::StoreDenied),
        (Wrong::Shape, Condition::StoreShape),
    ] {
        let mut quay = Quay::new().await;
        let moody = Moody::before(&mut quay, 0);
        let task = quay.launch().await;
        task.pass(hours(6)).await;
        moody.is(Some(wrong));
        let next = quay.mint();
        task.pass(days(1)).await;
        says(&task, condition);
        assert_eq!(quay.delivered(), Some(first_key()));
        let refused = task.ask(Command::Renew { end_pin: false }).await.unwrap_err();
        assert_eq!(refused.label, condition.label());
        assert!(task.status().stores[0].problem.is_some());
        moody.is(None);
        task.pass(hours(2)).await;
        serves(&quay, &next).await;
        says(&task, Condition::Ok);
    }
}

#[tokio::test]
async fn a_store_that_denies_writes_loses_no_key_and_is_not_stormed() {
    let mut quay = Quay::new().await;
    let moody = Moody::before(&mut quay, 0);
    let task = quay.launch().await;
    task.pass(hours(6)).await;
    moody.is(Some(Wrong::DeniesWrites));
    let next = quay.mint();
    let (before, calls) = (moody.writes(), quay.sandbox.control().latest_calls());
    task.pass(days(2)).await;
    says(&task, Condition::StoreDenied);
    assert!(task.status().detail.contains("PutSecretValue"), "{}", task.status().detail);
    serves(&quay, &first_key()).await;
    wrote(&task, "store_denied").await;
    let writes = moody.writes() - before;
    assert!((2..=30).contains(&writes), "{writes} writes in two days of denial");
    let calls = quay.sandbox.control().latest_calls() - calls;
    assert!(calls <= 24, "{calls} calls in two days of denial");
    // The bank is asked once a day, so the key is there again within a day.
    moody.is(None);
    task.pass(hours(26)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
}

/// Reading and staging go on; only what makes a key current gets no answer. Each try after a pause
/// proves the key anew, which the day's calls must last for.
#[tokio::test]
async fn a_store_that_makes_nothing_current_is_asked_less_and_less() {
    let mut quay = Quay::new().await;
    let moody = Moody::before(&mut quay, 0);
    moody.is(Some(Wrong::PromotesNothing));
    let task = quay.launch().await;
    task.pass(hours(6)).await;
    says(&task, Condition::StoreUnavailable);
    assert_eq!(quay.delivered(), None);
    let writes = moody.writes();
    assert!((5..=12).contains(&writes), "{writes} creations in six hours");
    moody.is(None);
    task.pass(hours(2)).await;
    serves(&quay, &first_key()).await;

    let next = quay.mint();
    moody.is(Some(Wrong::PromotesNothing));
    let (before, calls) = (moody.writes(), quay.sandbox.control().latest_calls());
    task.pass(days(1) + hours(6)).await;
    says(&task, Condition::StoreUnavailable);
    assert!(task.status().detail.contains("503"), "{}", task.status().detail);
    serves(&quay, &first_key()).await;
    let writes = moody.writes() - before;
    assert!((5..=36).contains(&writes), "{writes} writes in thirty hours");
    let calls = quay.sandbox.control().latest_calls() - calls;
    assert!(calls <= 24 + 6, "{calls} calls in thirty hours");
    moody.is(None);
    task.pass(hours(2)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
    let before = moody.writes();
    task.pass(hours(12)).await;
    assert_eq!(moody.writes(), before);
}

/// A person makes another key current by hand while one of ours is on its way.
#[tokio::test]
async fn what_a_person_writes_between_two_steps_is_not_overwritten_blindly() {
    let (quay, task, key) = well().await;
    let (mine, theirs) = (quay.mint(), quay.mint());
    let store = &quay.stores[0];
    let seen = store.read().await.unwrap();
    let text = |text: &str| quaymaster::key::KeyText::parse(text).unwrap();
    let stage = |key: &str| NewKey { key: text(key), name: None, expires_at: None };
    let version = store.stage(&seen, &stage(&mine)).await.unwrap();
    store.promote(seen.basis.as_ref().unwrap(), &version).await.unwrap();
    // The bank's newest comes last, whoever was current in between.
    task.pass(hours(26)).await;
    serves(&quay, &theirs).await;
    assert_eq!(quay.held().await.1, Some(mine));
    assert!(quay.works(&key).await);
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_secret_that_was_deleted_is_made_again_with_the_key_that_works() {
    let (quay, task, key) = well().await;
    std::fs::remove_dir_all(quay.path("store")).unwrap();
    task.pass(hours(2)).await;
    serves(&quay, &key).await;
    wrote(&task, "lose").await;
    says(&task, Condition::Ok);
}

/// A new key waits for its window; a person deletes it from the pending place.
#[tokio::test]
async fn a_staged_key_that_was_deleted_is_staged_again() {
    let (quay, task, key) = well().await;
    let next = quay.mint();
    let id = at_bank(&quay, &next).id;
    let control = quay.sandbox.control();
    control.change_key(&id, KeyChange::Revoke).unwrap();
    offer(&quay, &next, quay.clock.now() + days(730));
    task.pass(hours(26)).await;
    assert_eq!(quay.held().await.2, std::slice::from_ref(&next));
    let pending = quay.stores[0].read().await.unwrap().pending;
    quay.stores[0].remove(&pending[0].version, Place::Pending).await.unwrap();
    control.change_key(&id, KeyChange::Restore).unwrap();
    serves(&quay, &key).await;
    task.pass(hours(27)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_secret_restored_from_a_backup_gets_its_newest_key_back() {
    let (quay, task, key) = well().await;
    let backup = quay.path("backup");
    copy(&quay.path("store"), &backup);
    let next = quay.mint();
    task.pass(hours(26)).await;
    serves(&quay, &next).await;
    std::fs::remove_dir_all(quay.path("store")).unwrap();
    copy(&backup, &quay.path("store"));
    assert_eq!(quay.held().await.0, Some(key));
    task.pass(hours(26)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
}

/// The bank gave out a key that it does not accept yet.
#[tokio::test]
async fn a_key_that_is_not_active_yet_waits_beside_the_one_that_works() {
    let (quay, task, key) = well().await;
    let next = quay.mint();
    let id = at_bank(&quay, &next).id;
    let control = quay.sandbox.control();
    control.change_key(&id, KeyChange::Revoke).unwrap();
    offer(&quay, &next, quay.clock.now() + days(730));
    task.pass(hours(26)).await;
    says(&task, Condition::NotActive);
    serves(&quay, &key).await;
    assert_eq!(quay.held().await.2, std::slice::from_ref(&next));
    wrote(&task, "not_active").await;
    task.pass(hours(30)).await;
    says(&task, Condition::NotActive);
    control.clear_faults();
    control.change_key(&id, KeyChange::Restore).unwrap();
    task.pass(hours(2)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_second_store_is_kept_equal_and_its_failure_touches_nothing() {
    let mut quay = Quay::new().await;
    let mirror = file_store(quay.directory.path(), "mirror", FileHooks::default());
    quay.stores.push(mirror.clone());
    let moody = Moody::before(&mut quay, 1);
    let task = quay.launch().await;
    task.idle().await;
    let mirrored = async || {
        let held = mirror.read().await.unwrap().current;
        held.map(|held| held.key.expose().to_owned())
    };
    assert_eq!(mirrored().await, Some(first_key()));

    moody.is(Some(Wrong::Denied));
    let next = quay.mint();
    task.pass(hours(30)).await;
    says(&task, Condition::StoreDenied);
    serves(&quay, &next).await;
    assert_eq!(mirrored().await, Some(first_key()));
    assert_eq!(task.status().stores[1].in_sync, Some(false));
    assert!(task.metrics().contains("store=\"file:mirror\"} 0"), "{}", task.metrics());
    moody.is(None);
    task.pass(hours(2)).await;
    says(&task, Condition::Ok);
    assert_eq!(mirrored().await, Some(next.clone()));
    wrote(&task, "mirror").await;

    // A person changes the mirror: it drifts, and is mended.
    let seen = mirror.read().await.unwrap();
    let (from, to) = (seen.basis.unwrap(), seen.previous.unwrap().version);
    mirror.promote(&from, &to).await.unwrap();
    task.pass(hours(2)).await;
    assert_eq!(mirrored().await, Some(next));
    says(&task, Condition::Ok);
}

/// A version that somebody left in the pending place, which the bank does not know.
#[tokio::test]
async fn a_stranger_that_the_bank_refuses_is_cleared_within_a_day_or_two() {
    let (quay, task, key) = well().await;
    let store = &quay.stores[0];
    let seen = store.read().await.unwrap();
    let left = quaymaster::key::KeyText::parse("LEFT_SEC_behind0long0ago0by0somebody").unwrap();
    let left = NewKey { key: left, name: None, expires_at: None };
    store.stage(&seen, &left).await.unwrap();
    // The next daily answer of the bank shows that the current key is the newer one.
    task.pass(days(2)).await;
    assert_eq!(quay.held().await.2, Vec::<String>::new());
    says(&task, Condition::Ok);
    serves(&quay, &key).await;
}

#[tokio::test]
async fn a_book_deleted_while_it_is_written_is_said() {
    let (quay, task, key) = well().await;
    std::fs::remove_file(quay.path("book.db")).unwrap();
    task.pass(hours(2)).await;
    says(&task, Condition::BookUnusable);
    assert!(task.status().detail.contains("was deleted"), "{}", task.status().detail);
    serves(&quay, &key).await;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A person deletes the pointer to the current key while its successor is on its way, at each point of
/// that way.
#[tokio::test]
async fn a_pointer_deleted_under_a_renewal_is_made_again_at_once() {
    for point in Point::ALL.iter().filter(|point| **point != Point::StoreRemoved) {
        let mut quay = Quay::new().await;
        let (pointer, armed) = (quay.path("store/CURRENT"), Arc::new(AtomicBool::new(false)));
        let trigger = Arc::clone(&armed);
        quay.points = Points::asking(move |at| {
            if at == *point && trigger.swap(false, Ordering::Relaxed) {
                std::fs::remove_file(&pointer).unwrap();
            }
            Ok(())
        });
        let task = quay.launch().await;
        task.pass(days(2)).await;
        let key = quay.delivered().unwrap();
        let next = quay.mint();
        armed.store(true, Ordering::Relaxed);
        drop(task.ask(Command::Renew { end_pin: false }).await);
        assert!(!armed.load(Ordering::Relaxed), "{point:?} was not passed");
        // After its last look the store is looked at again within the hour.
        let late = matches!(point, Point::Delivering | Point::Delivered);
        task.pass(if late { hours(1) } else { Duration::from_mins(5) }).await;
        assert_eq!(quay.held().await.0.as_ref(), Some(&next), "{point:?}, not {key}");
        serves(&quay, &next).await;
        says(&task, Condition::Ok);
    }
}
