//! The promises every store makes, as one suite; `contract!` runs it over a place.

use std::sync::Arc;

use quaymaster::domain::names::{KeyName, VersionId};
use quaymaster::key::KeyText;
use quaymaster::secrets::{
    Holding, Need, NewKey, Place as At, Promotion, SecretStore, Snapshot, StoreError,
};

/// Somewhere a secret can be kept, empty at first. Every adapter is a process of its own.
pub(crate) trait Place {
    async fn adapter(&self) -> Arc<dyn SecretStore>;
}

pub(crate) fn key(text: &str) -> NewKey {
    NewKey {
        key: KeyText::parse(text).unwrap(),
        name: Some(KeyName::new(format!("a key of {} characters", text.len())).unwrap()),
        expires_at: Some("2028-01-31T10:00:00Z".parse().unwrap()),
    }
}

pub(crate) fn text(holding: Option<&Holding>) -> Option<&str> {
    holding.map(|holding| holding.key.expose())
}

pub(crate) fn pending(snapshot: &Snapshot) -> Vec<&str> {
    let mut texts: Vec<_> = snapshot.pending.iter().map(|one| one.key.expose()).collect();
    texts.sort_unstable();
    texts
}

pub(crate) async fn staged(store: &Arc<dyn SecretStore>, text: &str) -> VersionId {
    let basis = store.read().await.unwrap();
    store.stage(&basis, &key(text)).await.unwrap()
}

/// Creates the secret with one key and returns that key's version.
pub(crate) async fn begun(store: &Arc<dyn SecretStore>, text: &str) -> VersionId {
    assert_eq!(store.create(&key(text)).await.unwrap(), Promotion::Promoted);
    store.read().await.unwrap().basis.unwrap()
}

pub(crate) async fn nothing_is_there_before_the_first_key(place: &impl Place) {
    let store = place.adapter().await;
    let basis = store.read().await.unwrap();
    assert!(!basis.exists && basis.basis.is_none() && basis.current.is_none());
    let refused = store.stage(&basis, &key("KEY_1")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    store.check(Need::Write).await;
    let basis = store.read().await.unwrap();
    assert!(!basis.exists && basis.pending.is_empty());
}

pub(crate) async fn a_secret_is_created_once(place: &impl Place) {
    let (store, peer) = (place.adapter().await, place.adapter().await);
    begun(&store, "KEY_1").await;
    let again = store.create(&key("KEY_1")).await.unwrap();
    assert!(matches!(again, Promotion::Promoted | Promotion::AlreadyCurrent), "{again:?}");
    let other = peer.create(&key("KEY_2")).await.unwrap();
    assert!(matches!(other, Promotion::Lost { .. }), "{other:?}");
    let snapshot = peer.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"));
    assert!(snapshot.exists && snapshot.previous.is_none() && snapshot.pending.is_empty());
}

pub(crate) async fn a_key_staged_twice_is_one_version(place: &impl Place) {
    let (store, peer) = (place.adapter().await, place.adapter().await);
    begun(&store, "KEY_1").await;
    let version = staged(&store, "KEY_2").await;
    assert_eq!(staged(&store, "KEY_2").await, version);
    assert_eq!(staged(&peer, "KEY_2").await, version);
    let snapshot = peer.read().await.unwrap();
    assert_eq!(pending(&snapshot), ["KEY_2"]);
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"));
}

pub(crate) async fn staging_the_current_key_changes_nothing(place: &impl Place) {
    let store = place.adapter().await;
    let current = begun(&store, "KEY_1").await;
    let version = staged(&store, "KEY_1").await;
    assert_eq!(version, current);
    assert_eq!(store.promote(&current, &version).await.unwrap(), Promotion::AlreadyCurrent);
    let snapshot = store.read().await.unwrap();
    assert!(snapshot.pending.is_empty() && snapshot.previous.is_none());
}

pub(crate) async fn two_stagers_keep_both_keys(place: &impl Place) {
    let (store, peer) = (place.adapter().await, place.adapter().await);
    begun(&store, "KEY_1").await;
    let basis = store.read().await.unwrap();
    let (two, three) = (key("KEY_2"), key("KEY_3"));
    let (one, other) = tokio::join!(store.stage(&basis, &two), peer.stage(&basis, &three));
    assert_ne!(one.unwrap(), other.unwrap());
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_2", "KEY_3"]);
}

pub(crate) async fn a_promotion_is_a_compare_and_set(place: &impl Place) {
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let (second, third) = (staged(&store, "KEY_2").await, staged(&store, "KEY_3").await);
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::AlreadyCurrent);
    // A peer that slept since it read the first version must not win over the second.
    let late = store.promote(&first, &third).await.unwrap();
    assert_eq!(late, Promotion::Lost { current: Some(second.clone()) });
    let snapshot = store.read().await.unwrap();
    assert_eq!(snapshot.basis, Some(second));
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_2"));
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_1"));
    assert_eq!(pending(&snapshot), ["KEY_3"]);
}

pub(crate) async fn a_rollback_is_a_promotion_of_the_previous(place: &impl Place) {
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    assert_eq!(store.promote(&second, &first).await.unwrap(), Promotion::Promoted);
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"));
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_2"));
    // And forward again, by staging the key that is offered still.
    let again = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&first, &again).await.unwrap(), Promotion::Promoted);
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_2"));
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_1"));
}

pub(crate) async fn a_previous_key_staged_again_outlives_the_next_promotion(place: &impl Place) {
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    let third = staged(&store, "KEY_3").await;
    assert_eq!(store.promote(&second, &third).await.unwrap(), Promotion::Promoted);
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_2"));
    // The key before the previous one has played its part, and can be brought back all the same.
    let again = staged(&store, "KEY_1").await;
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_1"]);
    assert_eq!(store.promote(&third, &again).await.unwrap(), Promotion::Promoted);
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"));
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_3"));
    assert_eq!(pending(&snapshot), Vec::<&str>::new());
}

pub(crate) async fn what_is_removed_is_gone_and_the_current_key_stays(place: &impl Place) {
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    let third = staged(&store, "KEY_3").await;
    store.remove(&third, At::Previous).await.unwrap();
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_2", "KEY_3"], "it is not there");
    store.remove(&third, At::Pending).await.unwrap();
    store.remove(&third, At::Pending).await.unwrap();
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_2"]);
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    for place in [At::Pending, At::Previous] {
        store.remove(&second, place).await.unwrap();
    }
    assert_eq!(text(store.read().await.unwrap().current.as_ref()), Some("KEY_2"));
    // Whoever read it while it was pending does not take it from a reader who still uses it.
    store.remove(&first, At::Pending).await.unwrap();
    assert_eq!(text(store.read().await.unwrap().previous.as_ref()), Some("KEY_1"));
    store.remove(&first, At::Previous).await.unwrap();
    store.remove(&first, At::Previous).await.unwrap();
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_2"));
    assert!(snapshot.previous.is_none() && snapshot.pending.is_empty());
    // Gone is gone: a late promotion of it must not bring it back.
    let late = store.promote(&second, &third).await.unwrap();
    assert!(matches!(late, Promotion::Lost { .. }), "{late:?}");
    // A key that was removed can be staged anew.
    let again = staged(&store, "KEY_3").await;
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_3"]);
    assert_eq!(store.promote(&second, &again).await.unwrap(), Promotion::Promoted);
    // So can the newest of all, once it was previous.
    assert_eq!(store.promote(&again, &second).await.unwrap(), Promotion::Promoted);
    store.remove(&again, At::Previous).await.unwrap();
    let once_more = staged(&store, "KEY_3").await;
    assert_eq!(pending(&store.read().await.unwrap()), ["KEY_3"]);
    assert_eq!(store.promote(&second, &once_more).await.unwrap(), Promotion::Promoted);
}

/// Two processes race for the same current version, again and again: one wins, the other is told,
/// and no key that was staged is lost.
pub(crate) async fn a_race_has_one_winner(place: &impl Place, rounds: usize) {
    let (store, peer) = (place.adapter().await, place.adapter().await);
    let mut current = begun(&store, "KEY_0").await;
    let mut holds = "KEY_0".to_owned();
    for round in 0..rounds {
        let (one, other) = (format!("KEY_{round}_A"), format!("KEY_{round}_B"));
        let race = |store: Arc<dyn SecretStore>, text: String, from: VersionId, late: bool| {
            tokio::spawn(async move {
                let version = staged(&store, &text).await;
                if late {
                    tokio::task::yield_now().await;
                }
                (store.promote(&from, &version).await.unwrap(), version)
            })
        };
        let first = race(Arc::clone(&store), one.clone(), current.clone(), round % 3 == 0);
        let second = race(Arc::clone(&peer), other.clone(), current.clone(), round % 3 == 1);
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        let (winner, loser) = match (&first.0, &second.0) {
            (Promotion::Promoted, Promotion::Lost { .. }) => {
                ((&first.1, &one), (&second.1, &other))
            }
            (Promotion::Lost { .. }, Promotion::Promoted) => {
                ((&second.1, &other), (&first.1, &one))
            }
            both => panic!("round {round}: {both:?}"),
        };
        let snapshot = peer.read().await.unwrap();
        assert_eq!(snapshot.basis.as_ref(), Some(winner.0));
        assert_eq!(text(snapshot.current.as_ref()), Some(winner.1.as_str()));
        assert_eq!(text(snapshot.previous.as_ref()), Some(holds.as_str()));
        assert_eq!(pending(&snapshot), [loser.1.as_str()]);
        store.remove(loser.0, At::Pending).await.unwrap();
        (current, holds) = (winner.0.clone(), winner.1.clone());
    }
}

/// Defines one test for each promise. `$place` makes an empty place, or `None` when what it needs is
/// not on this machine.
macro_rules! contract {
    ($place:expr, rounds: $rounds:expr) => {
        contract!(@each $place;
            nothing_is_there_before_the_first_key a_secret_is_created_once
            a_key_staged_twice_is_one_version staging_the_current_key_changes_nothing
            two_stagers_keep_both_keys a_promotion_is_a_compare_and_set
            a_rollback_is_a_promotion_of_the_previous
            a_previous_key_staged_again_outlives_the_next_promotion
            what_is_removed_is_gone_and_the_current_key_stays);

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_race_has_one_winner() {
            let Some(place) = $place("a_race_has_one_winner").await else { return };
            $crate::contract::a_race_has_one_winner(&place, $rounds).await;
        }
    };
    (@each $place:expr; $($promise:ident)+) => {
        $(
            #[tokio::test]
            async fn $promise() {
                let Some(place) = $place(stringify!($promise)).await else { return };
                $crate::contract::$promise(&place).await;
            }
        )+
    };
}
