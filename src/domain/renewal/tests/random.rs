//! Laws of single decisions over ledgers, places and times of any kind, sensible or not.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use jiff::Timestamp;

use super::key;
use crate::domain::ledger::{Ledger, Pin};
use crate::domain::names::{ActorName, Fingerprint};
use crate::domain::renewal::{
    Gate, Offer, PROOF_LASTS, Places, Sight, Step, Unscheduled, judge_offer, next_step,
};
use crate::domain::secret_key::{Event, KeyRecord, Origin, State};

/// How many cases each law is tried on.
pub(super) const CASES: u32 = 4_096;

/// How many keys a random ledger may hold.
const KEYS: u8 = 5;

/// A look at anything.
#[derive(Clone, Debug)]
struct Look {
    ledger: Ledger,
    places: Places,
    in_hand: Option<Fingerprint>,
    now: Timestamp,
    bank_time: Option<Timestamp>,
    gate: Gate,
    put_off: Vec<Fingerprint>,
    current_refused: bool,
    fetch_due: bool,
}

impl Look {
    fn sight(&self) -> Sight<'_> {
        Sight {
            ledger: &self.ledger,
            places: &self.places,
            in_hand: self.in_hand,
            now: self.now,
            bank_time: self.bank_time,
            gate: self.gate,
            put_off: &self.put_off,
            current_refused: self.current_refused,
            fetch_due: self.fetch_due,
        }
    }

    fn record(&self, key: Fingerprint) -> &KeyRecord {
        self.ledger.key(key).unwrap()
    }

    fn is_chosen(&self, key: Fingerprint) -> bool {
        self.ledger.accepted == Some(key) || self.record(key).origin == Origin::Installed
    }

    /// The key of a rollback that the book has and the store has not.
    fn unfinished_rollback(&self) -> Option<Fingerprint> {
        let pinned = self.ledger.pinned(self.now).map(|pin| pin.fingerprint);
        pinned.filter(|pinned| {
            self.ledger.intended != Some(*pinned) && self.places.current != Some(*pinned)
        })
    }

    /// The current key, if nothing speaks against it.
    fn living(&self) -> Option<&KeyRecord> {
        let current = self.places.current.map(|key| self.record(key));
        current.filter(|key| key.state != State::Expired && !self.current_refused)
    }
}

/// Few values, so that the present, proofs, pins and windows meet each other.
fn a_time() -> impl Strategy<Value = Timestamp> {
    let minutes = select(vec![0_i64, 1, 9, 10, 11, 12, 1_440, 90_000]);
    minutes.prop_map(|minutes| Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap())
}

/// The present is at most minutes after the first of the times above.
fn a_present() -> impl Strategy<Value = Timestamp> {
    (0_i64..12).prop_map(|minutes| Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap())
}

/// Most keys live; two may expire at once.
fn an_expiry() -> impl Strategy<Value = Timestamp> {
    let days = (2_i64..6).prop_map(|days| days * 86_400);
    let days = days.prop_map(|seconds| Timestamp::from_second(1_800_000_000 + seconds).unwrap());
    prop_oneof![15 => days, 1 => a_time()]
}

fn a_record(number: u8) -> impl Strategy<Value = KeyRecord> {
    let state = prop_oneof![
        select(State::ALL),
        select(vec![State::Staged, State::Proven, State::Proven, State::Previous]),
    ];
    (
        state,
        option::weighted(0.8, an_expiry()),
        option::of(a_time()),
        select(Origin::ALL),
        -3_i64..3,
    )
        .prop_map(move |(state, expires_at, proven_at, origin, seq)| KeyRecord {
            fingerprint: key(number),
            name: None,
            expires_at,
            state,
            origin,
            version: None,
            proven_at,
            seq,
            first_seen_at: Timestamp::UNIX_EPOCH,
        })
}

fn a_key() -> impl Strategy<Value = Fingerprint> {
    (1..=KEYS).prop_map(key)
}

fn some_keys(most: usize) -> impl Strategy<Value = Vec<Fingerprint>> {
    subsequence((1..=KEYS).map(key).collect::<Vec<_>>(), 0..=most)
}

fn a_ledger() -> impl Strategy<Value = Ledger> {
    let keys = (1..=KEYS).map(a_record).collect::<Vec<_>>();
    let pin = option::weighted(0.2, (a_key(), a_time()));
    let chosen = option::weighted(0.2, a_key());
    (keys, some_keys(2), chosen, option::of(a_key()), pin).prop_map(
        |(keys, leaked, accepted, intended, pin)| Ledger {
            keys: keys.into_iter().map(|key| (key.fingerprint, key)).collect(),
            leaked: leaked.into_iter().collect(),
            accepted,
            intended,
            pin: pin.map(|(fingerprint, until)| Pin {
                fingerprint,
                until,
                by: ActorName::new("a person").unwrap(),
                reason: None,
            }),
            ..Ledger::default()
        },
    )
}

fn some_places() -> impl Strategy<Value = Places> {
    let places = (option::weighted(0.6, a_key()), option::of(a_key()), some_keys(2));
    (proptest::bool::weighted(0.3), places).prop_map(|(exists, (current, previous, pending))| {
        Places {
            exists: exists || current.is_some() || previous.is_some() || !pending.is_empty(),
            current,
            previous: previous.filter(|key| Some(*key) != current),
            pending: pending.into_iter().filter(|key| Some(*key) != current).collect(),
        }
    })
}

fn a_look() -> impl Strategy<Value = Look> {
    let times = (a_present(), option::weighted(0.8, Just(())), option::of(a_time()));
    let hands = (option::weighted(0.9, a_key()), some_keys(1), any::<bool>(), any::<bool>());
    (a_ledger(), some_places(), times, hands).prop_map(
        |(ledger, places, (now, told, gate), (in_hand, put_off, current_refused, fetch_due))| {
            Look {
                in_hand: in_hand.filter(|_| places.current.is_none()),
                ledger,
                places,
                now,
                bank_time: told.map(|()| now),
                gate: gate.map_or(Gate::Open, Gate::Until),
                put_off,
                current_refused,
                fetch_due,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    /// What is made current was proven minutes ago, leaked never, has not expired by the bank's time,
    /// was not refused or put off, and is there to be made current.
    #[test]
    fn only_a_key_that_works_is_made_current(look in a_look()) {
        let (Step::Promote(name) | Step::Create(name)) = next_step(&look.sight()) else {
            return Ok(());
        };
        let made = look.record(name);
        let rollback = look.unfinished_rollback() == Some(name) && made.state == State::Previous;
        prop_assert!(rollback || made.state == State::Proven);
        let age = look.now.duration_since(made.proven_at.unwrap());
        prop_assert!(age.abs() <= PROOF_LASTS);
        prop_assert!(!look.ledger.leaked.contains(&name));
        prop_assert!(look.bank_time.is_none_or(|now| !made.has_expired(now)));
        prop_assert!(!look.put_off.contains(&name));
        let places = &look.places;
        prop_assert_ne!(places.current, Some(name));
        let stored = places.pending.contains(&name) || places.previous == Some(name);
        let created = next_step(&look.sight()) == Step::Create(name);
        prop_assert_eq!(created, !places.exists && !rollback);
        prop_assert!(stored || (created && look.in_hand == Some(name)));
    }

    /// Only a person's choice or rollback, or a current key that is dead, lets an older key become
    /// current; else only beside a dead, leaked or missing one, or for a key that a person brought, no
    /// window is waited for.
    #[test]
    fn an_older_key_is_never_made_current(look in a_look()) {
        let Step::Promote(name) = next_step(&look.sight()) else { return Ok(()) };
        if let Some(living) = look.living().filter(|_| look.unfinished_rollback() != Some(name)) {
            prop_assert!(look.is_chosen(name) || look.record(name).is_newer_than(living));
            let brought = look.record(name).origin == Origin::Installed && look.is_chosen(name);
            let leaked = look.ledger.leaked.contains(&living.fingerprint);
            prop_assert!(look.gate == Gate::Open || brought || leaked);
        }
    }

    /// While a pin holds, no key is made current but the pinned one, and that once.
    #[test]
    fn a_pin_is_respected(look in a_look()) {
        if look.ledger.pinned(look.now).is_some() {
            let step = next_step(&look.sight());
            let rollback = look.unfinished_rollback().map(Step::Promote);
            let moves = matches!(step, Step::Promote(_) | Step::Create(_) | Step::Stage(_));
            prop_assert!(!moves || Some(step) == rollback, "{step:?}");
        }
    }

    /// The current key is never taken away, nor is a previous or pending one that may still be used.
    #[test]
    fn only_what_is_of_no_use_is_removed(look in a_look()) {
        let Step::Remove(name) = next_step(&look.sight()) else { return Ok(()) };
        prop_assert_ne!(look.places.current, Some(name));
        let useless = [
            State::Rejected, State::Dropped, State::Compromised, State::Revoked, State::Expired,
        ];
        prop_assert!(useless.contains(&look.record(name).state));
    }

    /// Every noted move has a row; a life ends by the bank's own time only, and a key is dropped only
    /// from the pending place and only for a better one.
    #[test]
    fn every_noted_move_is_lawful(look in a_look()) {
        let Step::Note(name, event) = next_step(&look.sight()) else { return Ok(()) };
        let record = look.record(name);
        prop_assert!(record.state.next(event).is_some(), "{:?} on {event:?}", record.state);
        if event == Event::Expire {
            prop_assert!(look.bank_time.is_some_and(|now| record.has_expired(now)));
        } else if event == Event::Drop {
            prop_assert!(look.places.pending.contains(&name));
            prop_assert_ne!(look.places.current, Some(name));
            let better = look.ledger.keys.values().any(|other| {
                other.is_newer_than(record) || look.is_chosen(other.fingerprint)
            });
            prop_assert!(better);
        } else {
            prop_assert_eq!(event, Event::Prove);
            prop_assert!(record.proven_at.is_some());
        }
    }

    /// The bank is asked only when that is due, and then before any rest; no key that waits for its
    /// next try is tried, and none that leaked.
    #[test]
    fn the_bank_is_asked_in_measure(look in a_look()) {
        match next_step(&look.sight()) {
            Step::Fetch => prop_assert!(look.fetch_due),
            Step::Rest(_) => prop_assert!(!look.fetch_due),
            Step::Prove(name) => {
                prop_assert!(!look.put_off.contains(&name));
                prop_assert!(!look.ledger.leaked.contains(&name));
            }
            Step::Note(..) | Step::Remove(_) | Step::Create(_) | Step::Stage(_)
            | Step::Promote(_) => {}
        }
    }

    /// What an offer is judged to be never contradicts what is known of the key.
    #[test]
    fn no_offer_of_a_bad_key_is_taken(
        look in a_look(), offered in a_key(), expiry in a_time(), hold in any::<bool>(),
    ) {
        let policy = if hold { Unscheduled::Hold } else { Unscheduled::Adopt };
        let judged =
            judge_offer(&look.ledger, offered, expiry, &look.places, policy, look.now);
        let bad = matches!(
            look.record(offered).state,
            State::Rejected | State::Compromised | State::Revoked | State::Expired
        );
        let bad = bad || look.ledger.leaked.contains(&offered) || expiry <= look.now;
        let current = look.places.current == Some(offered);
        prop_assert_eq!(judged == Offer::Same, current);
        prop_assert_eq!(judged == Offer::Refuse, bad && !current);
        prop_assert!(judged != Offer::Hold || hold);
    }
}

/// The random looks meet every step, so the laws above are about something.
#[test]
fn random_looks_meet_every_step() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut met = std::collections::BTreeMap::new();
    for _ in 0..CASES {
        let look = a_look().new_tree(&mut runner).unwrap().current();
        let word = match next_step(&look.sight()) {
            Step::Note(_, event) => event.label(),
            Step::Remove(_) => "remove",
            Step::Prove(_) => "try",
            Step::Create(_) => "create",
            Step::Stage(_) => "stage",
            Step::Promote(_) => "promote",
            Step::Fetch => "fetch",
            Step::Rest(_) => "rest",
        };
        *met.entry(word).or_insert(0_u32) += 1;
    }
    for word in ["expire", "drop", "remove", "try", "create", "stage", "promote", "fetch", "rest"] {
        assert!(met.get(word).is_some_and(|count| *count >= 8), "{word}: {met:?}");
    }
}
