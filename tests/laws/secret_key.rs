//! What the keys' table promises: we make no key current unproven, no leak comes back, and what is
//! typed agrees with what is stored.

use std::collections::BTreeSet;

use jiff::Timestamp;
use quaymaster::domain::names::Fingerprint;
use quaymaster::domain::secret_key::{Event, Held, KeyRecord, Origin, State, at, ev};

crate::walks::enums_follow_the_rows!(secret_key);

/// The states that can be reached from one, itself among them.
fn reached(from: State) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(state) = next.pop() {
        if seen.insert(state.label()) {
            next.extend(Event::ALL.iter().filter_map(|event| state.next(*event)));
        }
    }
    seen
}

/// What we do ourselves makes a key current only after the bank knew it; a rollback proves the key
/// before it takes the row. That someone else made a key current is a fact, and facts are taken.
#[test]
fn only_a_proven_key_is_made_current() {
    let mut ways = Vec::new();
    for from in State::ALL {
        for event in Event::ALL.iter().filter(|event| **event != Event::Find) {
            if from.next(*event) == Some(State::Current) {
                ways.push((from.label(), event.label()));
            }
        }
    }
    assert_eq!(ways, [("proven", "promote"), ("previous", "rollback")]);
}

#[test]
fn what_leaked_or_has_expired_never_comes_back() {
    assert_eq!(reached(State::Compromised), BTreeSet::from(["compromised", "revoked", "expired"]));
    assert_eq!(reached(State::Revoked), BTreeSet::from(["revoked"]));
    assert_eq!(reached(State::Expired), BTreeSet::from(["expired"]));
}

/// A key that was refused comes back only if a person brings it again, or a store shows it current.
#[test]
fn what_was_refused_comes_back_by_hand_only() {
    let ways = Event::ALL.iter().filter(|event| State::Rejected.next(**event).is_some());
    assert_eq!(ways.map(|event| event.label()).collect::<Vec<_>>(), ["install", "find"]);
}

#[test]
fn every_key_that_may_be_used_can_leak_and_can_expire() {
    let unused = [State::Rejected, State::Dropped, State::Compromised];
    for state in State::ALL.iter().filter(|state| !state.is_end() && !unused.contains(state)) {
        assert_eq!(state.next(Event::Expire), Some(State::Expired), "{state:?}");
        assert_eq!(state.next(Event::Compromise), Some(State::Compromised), "{state:?}");
    }
    assert_eq!(State::Compromised.next(Event::Expire), Some(State::Expired));
}

/// No row lets the bank's word, or a newer offer, take the key away that readers hold.
#[test]
fn a_current_key_is_neither_refused_nor_dropped() {
    let ways = Event::ALL.iter().filter(|event| State::Current.next(**event).is_some());
    let ways: Vec<_> = ways.map(|event| event.label()).collect();
    assert_eq!(ways, ["lose", "supersede", "set_aside", "compromise", "expire"]);
}

#[test]
fn a_rollback_goes_back_and_forward_again() {
    let back = State::Previous.next(Event::Rollback);
    assert_eq!(back, Some(State::Current));
    let aside = State::Current.next(Event::SetAside).unwrap();
    let forward = aside.next(Event::Prove).and_then(|state| state.next(Event::Promote));
    assert_eq!(forward, Some(State::Current));
}

fn record(state: State) -> KeyRecord {
    KeyRecord {
        fingerprint: Fingerprint::from_bytes([1; 8]),
        name: None,
        expires_at: None,
        state,
        origin: Origin::Fetched,
        version: None,
        proven_at: None,
        seq: 1,
        first_seen_at: Timestamp::UNIX_EPOCH,
    }
}

/// A typed step ends where the stored one ends, and holding works in the one right state only.
macro_rules! typed_steps {
    ($( $from:ident on $event:ident )+) => { $(
        let held: Held<at::$from> = record(State::$from).hold().unwrap();
        let typed = held.step(ev::$event).into_record();
        assert_eq!(Some(typed.state), State::$from.next(Event::$event), stringify!($from $event));
        assert_eq!(typed, KeyRecord { state: typed.state, ..record(State::$from) });
        for other in State::ALL.iter().filter(|state| **state != State::$from) {
            let back = record(*other).hold::<at::$from>().unwrap_err();
            assert_eq!(*back, record(*other));
        }
    )+ };
}

#[test]
fn typed_steps_agree_with_the_table() {
    typed_steps! {
        Offered on Stage
        Offered on Hold
        Held on Accept
        Staged on Prove
        Proven on Promote
        Current on Supersede
        Current on SetAside
        Previous on Rollback
        SetAside on Prove
        Current on Compromise
        Compromised on Revoke
        Previous on Expire
    }
}
