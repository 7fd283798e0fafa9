//! Decisions repeated against a store and a bank that always answer: the newest key becomes current
//! within a few steps, and then nothing more is done.

use jiff::{SignedDuration, Timestamp};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::key;
use super::random::CASES;
use crate::domain::ledger::Ledger;
use crate::domain::names::Fingerprint;
use crate::domain::renewal::{
    Gate, Offer, Places, Sight, Step, Unscheduled, judge_offer, next_step,
};
use crate::domain::secret_key::{Event, Origin, State};

/// The newest key, which the bank answers with.
const LATEST: u8 = 6;

/// No start takes more steps than this; the service allows a cycle twice as many.
const STEPS_MAX: usize = 16;

fn now() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

/// Keys with higher numbers expire later; how many have expired differs.
fn expiry(number: u8, expired: u8) -> Timestamp {
    now() + SignedDuration::from_hours(24 * 30) * (i32::from(number) - i32::from(expired))
}

/// A store and a bank that always answer, and a ledger that may have forgotten much.
#[derive(Clone, Debug)]
struct Ground {
    ledger: Ledger,
    places: Places,
    bootstrap: Option<u8>,
    expired: u8,
    keeps_expiry: bool,
    put_off: Vec<Fingerprint>,
    fetched: bool,
    refused: bool,
}

impl Ground {
    fn number(name: Fingerprint) -> u8 {
        (1..=LATEST).find(|number| key(*number) == name).unwrap()
    }

    fn accepts(&self, name: Fingerprint) -> bool {
        Self::number(name) > self.expired
    }

    /// Meets what the store holds, as every look does.
    fn look(&mut self) {
        let places = self.places.clone();
        let stored = places.current.iter().chain(&places.previous).chain(&places.pending);
        for name in stored {
            self.ledger.meet(*name, Origin::Store, now());
            if self.keeps_expiry {
                self.ledger.learn(*name, None, Some(expiry(Self::number(*name), self.expired)));
            }
        }
        let before = self.ledger.current().map(|key| key.fingerprint);
        if let Some(current) = places.current.filter(|current| Some(*current) != before) {
            if let Some(before) = before {
                self.note(before, Event::Supersede);
            }
            self.note(current, Event::Find);
            self.refused = false;
        }
        let waits = |state| matches!(state, Some(State::Offered | State::Held | State::Dropped));
        if let Some(name) = places.previous {
            let state = self.ledger.state(name);
            if waits(state) || state == Some(State::Staged) {
                self.note(name, Event::Supersede);
            }
        }
        for name in places.pending {
            if waits(self.ledger.state(name)) {
                self.note(name, Event::Adopt);
            }
        }
    }

    fn note(&mut self, name: Fingerprint, event: Event) {
        self.ledger.step(name, event).ok();
    }

    fn decide(&mut self) -> Step {
        let in_hand = self.bootstrap.filter(|_| self.places.current.is_none()).map(key);
        if let Some(name) = in_hand {
            self.ledger.meet(name, Origin::Bootstrap, now());
        }
        let nothing = self.places.current.is_none() && self.places.pending.is_empty();
        next_step(&Sight {
            ledger: &self.ledger,
            places: &self.places,
            in_hand,
            now: now(),
            bank_time: Some(now()),
            gate: Gate::Open,
            put_off: &self.put_off,
            current_refused: self.refused,
            fetch_due: !self.fetched && !nothing,
        })
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Note(name, event) => drop(self.ledger.step(name, event).unwrap()),
            Step::Remove(name) => {
                assert_ne!(self.places.current, Some(name));
                self.places.pending.retain(|pending| *pending != name);
                self.places.previous = self.places.previous.filter(|previous| *previous != name);
            }
            Step::Prove(name) if self.accepts(name) => {
                self.fetched = true;
                self.ledger.keys.get_mut(&name).unwrap().proven_at = Some(now());
                self.note(name, Event::Prove);
                self.offer();
            }
            Step::Prove(name) => self.put_off.push(name),
            Step::Stage(name) => self.stage(name),
            Step::Create(name) | Step::Promote(name) => {
                assert!(self.accepts(name), "a dead key was made current");
                self.places.pending.retain(|pending| *pending != name);
                self.places.previous = self.places.current.replace(name);
                self.places.exists = true;
                let before = self.ledger.current().map(|key| key.fingerprint);
                if let Some(before) = before {
                    self.note(before, Event::Supersede);
                }
                self.note(name, Event::Promote);
                self.ledger.intended = Some(name);
                self.refused = false;
            }
            Step::Fetch => {
                self.fetched = true;
                let places = &self.places;
                let mut all = places.current.iter().chain(&places.pending).chain(&places.previous);
                self.refused = places.current.is_some_and(|current| !self.accepts(current));
                if all.any(|name| self.accepts(*name)) {
                    self.offer();
                }
            }
            Step::Rest(_) => {}
        }
    }

    fn offer(&mut self) {
        if self.places.current.is_none() && !self.places.exists {
            return;
        }
        let (name, expires_at) = (key(LATEST), expiry(LATEST, self.expired));
        let policy = Unscheduled::Adopt;
        let judged = judge_offer(&self.ledger, name, expires_at, &self.places, policy, now());
        self.ledger.meet(name, Origin::Fetched, now());
        self.ledger.offered(name, None, expires_at);
        if judged == Offer::Take {
            self.stage(name);
        }
    }

    fn stage(&mut self, name: Fingerprint) {
        if self.places.current != Some(name)
            && self.places.previous != Some(name)
            && !self.places.pending.contains(&name)
        {
            self.places.pending.push(name);
        }
        self.note(name, Event::Stage);
        self.look();
    }

    /// One cycle, a day or an hour after the one before.
    fn cycle(&mut self) -> Vec<Step> {
        (self.fetched, self.refused) = (false, false);
        self.put_off.clear();
        for record in self.ledger.keys.values_mut() {
            record.proven_at = None;
        }
        self.look();
        let mut steps = Vec::new();
        loop {
            let step = self.decide();
            if matches!(step, Step::Rest(_)) {
                return steps;
            }
            steps.push(step);
            assert!(steps.len() <= STEPS_MAX, "it goes on and on: {steps:?}");
            self.carry_out(step);
        }
    }
}

/// A start of any kind: places filled anyhow, nothing or something remembered, keys dead or alive.
fn a_ground() -> impl Strategy<Value = Ground> {
    let names = (1..=LATEST).collect::<Vec<_>>();
    let kept =
        (option::weighted(0.8, 1..=LATEST), option::of(1..=LATEST), subsequence(names, 0..4));
    (kept, 0..LATEST, any::<bool>(), 1..=LATEST).prop_map(
        |((current, previous, pending), expired, keeps_expiry, bootstrap)| {
            let pending = pending
                .into_iter()
                .filter(|key| current.is_some() && current != Some(*key) && previous != Some(*key));
            let previous =
                previous.filter(|previous| current.is_some_and(|current| current != *previous));
            let places = Places {
                exists: current.is_some(),
                current: current.map(key),
                previous: previous.map(key),
                pending: pending.map(key).collect(),
            };
            Ground {
                ledger: Ledger::default(),
                places,
                bootstrap: Some(bootstrap),
                expired,
                keeps_expiry,
                put_off: Vec::new(),
                fetched: false,
                refused: false,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    /// Whatever the store holds at first, three cycles end with the newest key current, if any key
    /// that works was held; and a fourth asks the bank once and changes nothing.
    #[test]
    fn every_start_ends_with_the_newest_key_and_rest(mut ground in a_ground()) {
        let stored = ground.places.clone();
        let mut held = stored.current.iter().chain(&stored.previous).chain(&stored.pending);
        let bootstrap = ground.bootstrap.map(key).filter(|_| stored.current.is_none());
        let works = held.any(|name| ground.accepts(*name))
            || bootstrap.is_some_and(|name| ground.accepts(name));
        for _ in 0..3 {
            ground.cycle();
        }
        if works {
            prop_assert_eq!(ground.places.current, Some(key(LATEST)));
        } else {
            prop_assert_eq!(ground.places.current, stored.current);
        }
        let before = (ground.places.clone(), ground.ledger.clone());
        let steps = ground.cycle();
        if works {
            prop_assert_eq!(steps, vec![Step::Fetch]);
            prop_assert_eq!((&ground.places, &ground.ledger), (&before.0, &before.1));
        }
        // A key the store still holds beside the current one is one that readers may use.
        for pending in &ground.places.pending {
            prop_assert!(!works || *pending != key(LATEST));
        }
    }
}
