//! AWS Secrets Manager while people, and AWS's own rotation, change the secret behind our back.

use quaymaster::domain::names::VersionId;
use quaymaster::secrets::{Need, Place as At, Promotion, StoreError};

use crate::aws::{FIELD, Faked, SECRET};
use crate::contract::{Place, begun, key, pending, staged, text};
use crate::fake_aws::Operation;

#[tokio::test]
async fn a_persons_edit_of_another_field_is_never_undone() {
    let place = Faked::new(Some(FIELD)).await;
    place.fake.person_creates(SECRET, Some(r#"{"host":"old","apiKey":"KEY_1"}"#));
    let store = place.adapter().await;
    let stale = staged(&store, "KEY_2").await;
    place.fake.person_edits(SECRET, |text| text.replace("old", "new"));
    let edited = store.read().await.unwrap().basis.unwrap();
    let lost = store.promote(&edited, &stale).await.unwrap();
    assert_eq!(lost, Promotion::Lost { current: Some(edited.clone()) });
    let anew = staged(&store, "KEY_2").await;
    assert_ne!(anew, stale);
    // The first attempt is let go of, since the same key is staged beside the new fields.
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_2"]);
    assert!(!place.fake.versions(SECRET).contains_key(stale.as_str()));
    assert_eq!(store.promote(&edited, &anew).await.unwrap(), Promotion::Promoted);
    let now = place.fake.text(SECRET, "AWSCURRENT").unwrap();
    assert_eq!(now, r#"{"host":"new","apiKey":"KEY_2"}"#);
    // Nor is it by a rollback to the text before it.
    place.fake.person_edits(SECRET, |text| text.replace("KEY_2", "KEY_3").replace("new", "newer"));
    let snapshot = store.read().await.unwrap();
    let (current, previous) = (snapshot.basis.unwrap(), snapshot.previous.unwrap().version);
    let lost = store.promote(&current, &previous).await.unwrap();
    assert!(matches!(lost, Promotion::Lost { .. }), "{lost:?}");
    let back = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&current, &back).await.unwrap(), Promotion::Promoted);
    let now = place.fake.text(SECRET, "AWSCURRENT").unwrap();
    assert_eq!(now, r#"{"host":"newer","apiKey":"KEY_2"}"#);
}

#[tokio::test]
async fn a_deleted_secret_is_refused_and_a_restored_one_goes_on() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    place.fake.person_changes(SECRET, |secret| secret.deleted = true);
    for error in [
        store.read().await.unwrap_err(),
        store.create(&key("KEY_2")).await.unwrap_err(),
        store.promote(&first, &first).await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
        assert!(error.to_string().contains("deletion"), "{error}");
    }
    place.fake.person_changes(SECRET, |secret| secret.deleted = false);
    assert_eq!(text(store.read().await.unwrap().current.as_ref()), Some("KEY_1"));
}

#[tokio::test]
async fn a_secret_put_back_to_an_old_value_is_seen_as_it_is() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    store.promote(&first, &second).await.unwrap();
    place.fake.person_edits(SECRET, |_| "KEY_1".to_owned());
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"));
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_2"));
    // The newer key is promoted again, by the version it has.
    let again = staged(&store, "KEY_2").await;
    assert_eq!(again, second);
    let current = snapshot.basis.unwrap();
    assert_eq!(store.promote(&current, &again).await.unwrap(), Promotion::Promoted);
}

/// `pending_label_blocks_next`: a rotation of AWS's that hangs is not ours to touch, nor in our way.
#[tokio::test]
async fn the_label_of_awss_own_rotation_is_left_alone() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    place.fake.person_adds(SECRET, "KEY_9", "AWSPENDING");
    assert!(store.read().await.unwrap().pending.is_empty());
    let second = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    assert_eq!(place.fake.text(SECRET, "AWSPENDING").unwrap(), "KEY_9");
}

/// `empty_pending_version`: a pending version without a key stops nothing.
#[tokio::test]
async fn a_pending_version_without_a_key_is_left_out() {
    let place = Faked::new(Some(FIELD)).await;
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    place.fake.person_adds(SECRET, " ", "QS-00000001");
    place.fake.person_adds(SECRET, r#"{"apiKey":""}"#, "QS-00000002");
    let second = staged(&store, "KEY_2").await;
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_2"]);
    let empty = place.fake.versions(SECRET).into_iter();
    let empty = empty.filter(|(_, labels)| labels == &["QS-00000002"]).map(|(id, _)| id).next();
    let empty = VersionId::new(empty.unwrap()).unwrap();
    let error = store.promote(&first, &empty).await.unwrap_err();
    assert!(matches!(error, StoreError::Shape { .. }), "{error}");
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    store.remove(&empty, At::Pending).await.unwrap();
    assert!(!place.fake.versions(SECRET).contains_key(empty.as_str()));
}

/// `concurrent_update_keeps_expired`: a person's newer key is not overwritten by a promotion that
/// began before it.
#[tokio::test]
async fn a_promotion_loses_against_a_person() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    place.fake.person_edits(SECRET, |_| "KEY_9".to_owned());
    // AWS still shows the store what was there before; its compare-and-set knows better.
    place.fake.stale_reads(3);
    let lost = store.promote(&first, &second).await.unwrap();
    let now = store.read().await.unwrap();
    assert_eq!(lost, Promotion::Lost { current: now.basis });
    assert_eq!(text(now.current.as_ref()), Some("KEY_9"));
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_2"]);
    assert!(place.fake.log().iter().any(|call| call.refused.is_some()), "the set was tried");
}

#[tokio::test]
async fn a_version_that_others_have_labelled_is_not_gone() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    place.fake.person_changes(SECRET, |secret| {
        let version = secret.versions.get_mut(second.as_str()).unwrap();
        version.labels.push("keep".to_owned());
    });
    let error = store.remove(&second, At::Pending).await.unwrap_err();
    assert!(error.to_string().contains("\"keep\""), "{error}");
    assert!(store.read().await.unwrap().pending.is_empty());
}

#[tokio::test]
async fn awss_own_rotation_beside_ours_is_told() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    begun(&store, "KEY_1").await;
    place.fake.person_changes(SECRET, |secret| secret.rotated = true);
    let tried = store.check(Need::Read).await;
    assert!(tried[0].outcome.as_ref().is_err_and(|told| told.contains("rotation")), "{tried:?}");
}

#[tokio::test]
async fn a_key_that_a_person_stored_is_not_stored_again() {
    let place = Faked::new(Some(FIELD)).await;
    place.fake.person_creates(SECRET, Some(r#"{"apiKey":"KEY_1"}"#));
    let store = place.adapter().await;
    let first = store.read().await.unwrap().basis.unwrap();
    let second = staged(&store, "KEY_2").await;
    store.promote(&first, &second).await.unwrap();
    assert_eq!(staged(&store, "KEY_1").await, first);
    assert_eq!(place.fake.count(Operation::Put), 1, "the put of KEY_2");
    // It has a label of its own now, and outlives the next promotion.
    let third = staged(&store, "KEY_3").await;
    store.promote(&second, &third).await.unwrap();
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_1"]);
}
