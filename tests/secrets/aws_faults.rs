//! AWS Secrets Manager on a bad day: calls that fail before they act, that act and lose their
//! answer, that are denied, throttled, late or answered by something else.

use std::sync::Arc;
use std::time::Duration;

use quaymaster::secrets::aws::{AwsOptions, AwsSecrets};
use quaymaster::secrets::{Promotion, SecretStore, StoreError};

use crate::aws::{SECRET, connect};
use crate::contract::{begun, key, pending, staged, text};
use crate::fake_aws::{FakeAws, Fault, Operation, Unlabelled, options};

async fn store_at(fake: &FakeAws, attempts: u32) -> Arc<dyn SecretStore> {
    connect(&fake.settings(SECRET, None), attempts).await
}

/// One renewal, as it is repeated until it goes through.
async fn renew(store: &Arc<dyn SecretStore>, text: &str) -> Result<(), StoreError> {
    let snapshot = store.read().await?;
    let Some(from) = &snapshot.basis else {
        return store.create(&key(text)).await.map(drop);
    };
    let to = store.stage(&snapshot, &key(text)).await?;
    store.promote(from, &to).await.map(drop)
}

#[tokio::test]
async fn a_call_that_fails_at_any_place_is_repeated_without_harm() {
    for fault in [Fault::CutBefore, Fault::CutAfter, Fault::Refuse(500, "InternalServiceError")] {
        // The calls of a renewal, one after the other, until there is none left to fail.
        for place in 0.. {
            assert!(place < 20, "a renewal makes fewer calls");
            let fake = FakeAws::start().await;
            let store = store_at(&fake, 1).await;
            begun(&store, "KEY_1").await;
            renew(&store, "KEY_2").await.unwrap();
            fake.fault(None, Fault::Delay(Duration::ZERO), place);
            fake.fault(None, fault.clone(), 1);
            let outcome = renew(&store, "KEY_3").await;
            if fake.calm() > 0 {
                outcome.unwrap();
                assert!(place > 5, "the calls of a renewal were reached");
                break;
            }
            // Taking the label off at the end is tidying, whose failure is no matter.
            if let Err(error) = outcome {
                assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
                let seen = store.read().await.unwrap();
                let current = text(seen.current.as_ref()).unwrap();
                assert!(["KEY_2", "KEY_3"].contains(&current), "{fault:?} at {place}");
            }
            renew(&store, "KEY_3").await.unwrap();
            let seen = store.read().await.unwrap();
            assert_eq!(text(seen.current.as_ref()), Some("KEY_3"), "{fault:?} at {place}");
            assert_eq!(text(seen.previous.as_ref()), Some("KEY_2"), "{fault:?} at {place}");
            assert!(seen.pending.is_empty(), "{fault:?} at {place}");
            renew(&store, "KEY_4").await.unwrap();
            let labels: Vec<_> = fake.versions(SECRET).into_values().collect();
            assert_eq!(labels.len(), 2, "{fault:?} at {place}: {labels:?}");
            assert!(
                labels.iter().all(|labels| labels.len() == 1),
                "{fault:?} at {place}: {labels:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_first_key_survives_a_lost_answer() {
    for without_a_value in [false, true] {
        for operation in [Operation::Create, Operation::Put] {
            let fake = FakeAws::start().await;
            if without_a_value {
                fake.person_creates(SECRET, None);
            }
            let store = store_at(&fake, 1).await;
            fake.fault(Some(operation), Fault::CutAfter, 1);
            let outcome = store.create(&key("KEY_1")).await;
            if fake.calm() > 0 {
                continue;
            }
            outcome.unwrap_err();
            assert_eq!(store.create(&key("KEY_1")).await.unwrap(), Promotion::AlreadyCurrent);
            let seen = store.read().await.unwrap();
            assert_eq!(text(seen.current.as_ref()), Some("KEY_1"));
            assert!(seen.pending.is_empty());
        }
    }
}

#[tokio::test]
async fn the_client_repeats_by_itself_what_was_lost() {
    let fake = FakeAws::start().await;
    let store = store_at(&fake, 3).await;
    fake.fault(Some(Operation::Create), Fault::CutAfter, 1);
    let created = store.create(&key("KEY_1")).await.unwrap();
    assert!(matches!(created, Promotion::Promoted | Promotion::AlreadyCurrent), "{created:?}");
    fake.fault(Some(Operation::Put), Fault::CutAfter, 1);
    let first = store.read().await.unwrap().basis.unwrap();
    let second = staged(&store, "KEY_2").await;
    assert_eq!(fake.count(Operation::Put), 2, "the same put, twice");
    fake.fault(Some(Operation::UpdateStage), Fault::CutAfter, 1);
    // The repeat finds the label moved, and the description tells by whom.
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::AlreadyCurrent);
    let seen = store.read().await.unwrap();
    assert_eq!(text(seen.current.as_ref()), Some("KEY_2"));
    assert_eq!(text(seen.previous.as_ref()), Some("KEY_1"));
    assert!(seen.pending.is_empty());
}

/// What the caller is to do about it.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Denied,
    Unavailable,
    Refused,
}

fn told(error: &StoreError) -> Told {
    match error {
        StoreError::Denied { .. } => Told::Denied,
        StoreError::Unavailable { .. } => Told::Unavailable,
        StoreError::Refused { .. } => Told::Refused,
        StoreError::Shape { .. } => panic!("{error}"),
    }
}

#[tokio::test]
async fn each_refusal_says_what_to_do_about_it_and_never_the_key() {
    for (status, code, wanted) in [
        (400, "AccessDeniedException", Told::Denied),
        (400, "EncryptionFailure", Told::Denied),
        (400, "DecryptionFailure", Told::Denied),
        (400, "KMSAccessDeniedException", Told::Denied),
        (400, "ExpiredTokenException", Told::Denied),
        (403, "AnythingNew", Told::Denied),
        (400, "ThrottlingException", Told::Unavailable),
        (429, "TooManyRequestsException", Told::Unavailable),
        (500, "InternalServiceError", Told::Unavailable),
        (503, "AnythingNew", Told::Unavailable),
        (400, "LimitExceededException", Told::Refused),
        (400, "InvalidRequestException", Told::Refused),
        (400, "AnythingNew", Told::Refused),
    ] {
        let fake = FakeAws::start().await;
        let store = store_at(&fake, 1).await;
        let first = begun(&store, "KEY_1").await;
        let second = staged(&store, "KEY_2").await;
        let basis = store.read().await.unwrap();
        for operation in Operation::ALL {
            // The fake's message repeats the request, with the key where the request has one.
            fake.fault(Some(operation), Fault::Refuse(status, code), 1);
            let error = match operation {
                Operation::Describe | Operation::Get => store.read().await.unwrap_err(),
                Operation::Put => store.stage(&basis, &key("KEY_3")).await.unwrap_err(),
                Operation::UpdateStage => store.promote(&first, &second).await.unwrap_err(),
                Operation::Create => {
                    let settings = fake.settings("quickstream/other", None);
                    connect(&settings, 1).await.create(&key("KEY_3")).await.unwrap_err()
                }
            };
            assert_eq!(told(&error), wanted, "{operation:?}, {code}: {error}");
            let sentence = error.to_string();
            assert!(sentence.contains(code) && sentence.contains(operation.name()), "{sentence}");
            assert!(!sentence.contains("KEY_"), "{sentence}");
        }
        let seen = store.read().await.unwrap();
        assert_eq!(text(seen.current.as_ref()), Some("KEY_1"));
        assert_eq!(pending(&seen), ["KEY_2"]);
    }
}

#[tokio::test]
async fn a_late_or_unreadable_answer_is_tried_again_later() {
    let fake = FakeAws::start().await;
    let quick = AwsOptions { attempt_timeout: Duration::from_millis(200), ..options(1) };
    let store = AwsSecrets::connect_with(&fake.settings(SECRET, None), quick).await.unwrap();
    fake.fault(None, Fault::Delay(Duration::from_secs(3600)), 1);
    let error = store.read().await.unwrap_err();
    assert_eq!(told(&error), Told::Unavailable, "{error}");
    fake.fault(None, Fault::Answer(200, "<html>hello</html>".to_owned()), 1);
    let error = store.read().await.unwrap_err();
    assert_eq!(told(&error), Told::Unavailable, "{error}");
    fake.fault(None, Fault::Answer(502, "<html>bad gateway</html>".to_owned()), 1);
    let error = store.read().await.unwrap_err();
    assert_eq!(told(&error), Told::Unavailable, "{error}");
    drop(fake);
    let error = store.read().await.unwrap_err();
    assert_eq!(told(&error), Told::Unavailable, "{error}");
}

#[tokio::test]
async fn other_data_under_the_id_of_a_key_is_refused() {
    for unlabelled in [Unlabelled::Vanish, Unlabelled::Linger] {
        let fake = FakeAws::start().await;
        fake.unlabelled(unlabelled);
        let store = store_at(&fake, 1).await;
        begun(&store, "KEY_1").await;
        let second = staged(&store, "KEY_2").await;
        fake.person_changes(SECRET, |secret| {
            let version = secret.versions.get_mut(second.as_str()).unwrap();
            "OTHER".clone_into(&mut version.text);
            if unlabelled == Unlabelled::Linger {
                version.labels.clear();
            }
        });
        let basis = store.read().await.unwrap();
        let error = store.stage(&basis, &key("KEY_2")).await.unwrap_err();
        assert_eq!(told(&error), Told::Refused, "{error}");
        assert!(error.to_string().contains("other data"), "{error}");
    }
}

#[tokio::test]
async fn a_secret_that_would_be_too_long_is_refused_before_it_is_sent() {
    let fake = FakeAws::start().await;
    let filler = "x".repeat(65_536 - 40);
    fake.person_creates(SECRET, Some(&format!(r#"{{"apiKey":"KEY_1","other":"{filler}"}}"#)));
    let store = connect(&fake.settings(SECRET, Some("apiKey")), 1).await;
    let basis = store.read().await.unwrap();
    let error = store.stage(&basis, &key(&"K".repeat(100))).await.unwrap_err();
    assert_eq!(told(&error), Told::Refused, "{error}");
    assert!(error.to_string().contains("65536 bytes"), "{error}");
    assert!(fake.writes().is_empty());
    staged(&store, "KEY_2").await;
}

#[tokio::test]
async fn the_quota_of_labels_is_told() {
    let fake = FakeAws::start().await;
    let store = store_at(&fake, 1).await;
    begun(&store, "KEY_0").await;
    for number in 1..20 {
        staged(&store, &format!("KEY_{number}")).await;
    }
    let basis = store.read().await.unwrap();
    assert_eq!(basis.pending.len(), 19);
    let error = store.stage(&basis, &key("KEY_20")).await.unwrap_err();
    assert_eq!(told(&error), Told::Refused, "{error}");
    assert!(error.to_string().contains("LimitExceededException"), "{error}");
}

#[tokio::test]
async fn a_read_that_lags_behind_is_at_worst_an_old_one() {
    for lag in 1..8 {
        let fake = FakeAws::start().await;
        let store = store_at(&fake, 1).await;
        begun(&store, "KEY_1").await;
        renew(&store, "KEY_2").await.unwrap();
        fake.stale_reads(lag);
        // However far the lag reaches into the renewal, it ends well or is simply repeated.
        if let Err(error) = renew(&store, "KEY_3").await {
            assert_eq!(told(&error), Told::Unavailable, "lag {lag}: {error}");
        }
        fake.stale_reads(0);
        renew(&store, "KEY_3").await.unwrap();
        let seen = store.read().await.unwrap();
        assert_eq!(text(seen.current.as_ref()), Some("KEY_3"), "lag {lag}");
        assert_eq!(text(seen.previous.as_ref()), Some("KEY_2"), "lag {lag}");
        assert!(seen.pending.is_empty(), "lag {lag}");
    }
}

/// A promotion that died before it tidied leaves a label on the version that is current; it must not
/// turn that version into a pending one when a rollback, and later another key, comes after it.
#[tokio::test]
async fn a_label_left_behind_never_makes_an_old_key_pending() {
    let fake = FakeAws::start().await;
    let store = store_at(&fake, 1).await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    fake.fault(Some(Operation::UpdateStage), Fault::Delay(Duration::ZERO), 1);
    fake.fault(Some(Operation::UpdateStage), Fault::CutBefore, 1);
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    assert_eq!(fake.versions(SECRET)[second.as_str()].len(), 2, "the label was left behind");
    assert!(store.read().await.unwrap().pending.is_empty());
    assert_eq!(store.promote(&second, &first).await.unwrap(), Promotion::Promoted);
    assert_eq!(fake.versions(SECRET)[second.as_str()], ["AWSPREVIOUS"]);
}
