//! One replica's moves: the service's part of the protocol, on modelled ground.
//!
//! What is real: the decision (`next_step`), the judgement of an offer (`judge_offer`) and of a tried
//! key (`verdict::judge`), the ledger and its table. What is written again here, in the service's
//! order: reading the store, carrying a step out, which keys a fetch tries, when a person is told.

use quaymaster::domain::ledger::Ledger;
use quaymaster::domain::renewal::{self, Gate, Places, Sight, Step};
use quaymaster::domain::secret_key::{Event, Origin, State};

use super::memory::{Memory, expiry, key_named, name, now};
use super::setup::{Met, Mutation, Setup};
use super::world::{At, Key, Round, Stock, World};

#[path = "turn/at_bank.rs"]
mod at_bank;
#[path = "turn/at_store.rs"]
mod at_store;

/// The most steps of a cycle, as in the service.
pub(crate) const STEPS_MAX: usize = 32;

/// What happens to a write's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It is heard.
    Heard,
    /// The write is done, and its reply is lost.
    Lost,
    /// The write is done, and the replica dies before it writes its book.
    Unread,
    /// The replica dies before the write is done.
    Unsent,
}

/// A replica at work.
pub(crate) struct Turn<'a> {
    setup: &'a Setup,
    world: &'a mut World,
    who: usize,
    ledger: Ledger,
    round: Round,
    at: At,
}

impl<'a> Turn<'a> {
    pub(crate) fn of(setup: &'a Setup, world: &'a mut World, who: usize) -> Self {
        let replica = world.replicas[who];
        let at = replica.at;
        let round = { at }.round_mut().copied().unwrap_or_default();
        let mind = if at == At::Asleep { replica.mind.without_proofs() } else { replica.mind };
        let ledger = mind.ledger(now(world.bank.expired));
        Self { setup, world, who, ledger, round, at: At::Deciding(round) }
    }

    /// Puts everything back into the world.
    fn end(self) {
        let replica = &mut self.world.replicas[self.who];
        replica.mind = Memory::of(&self.ledger);
        replica.at = match self.at {
            At::Asleep => At::Asleep,
            At::Looking(_) => At::Looking(self.round),
            At::Deciding(_) => At::Deciding(self.round),
            At::Holding(_, key) => At::Holding(self.round, key),
        };
        if replica.at == At::Asleep {
            replica.mind = replica.mind.without_proofs();
        }
    }

    fn write(&mut self) {
        self.world.replicas[self.who].book = Memory::of(&self.ledger).without_proofs();
    }

    fn sleep(&mut self) {
        self.write();
        self.at = At::Asleep;
    }

    fn die(self) {
        let replica = &mut self.world.replicas[self.who];
        replica.mind = replica.book;
        replica.at = At::Asleep;
    }

    /// Follows a row of the table; a fact without a row changes nothing.
    fn note(&mut self, key: Key, event: Event) {
        self.ledger.step(name(key), event).ok();
    }

    /// Reads the store, as it is or as it was.
    pub(crate) fn look(mut self, stock: Stock) {
        if self.world.up {
            self.see(stock);
            self.settle();
        } else {
            self.sleep();
        }
        self.end();
    }

    fn see(&mut self, stock: Stock) {
        // What the bank said, it said of the key that was current then.
        self.round.refused &= self.round.seen.current == stock.current;
        self.round.seen = stock;
        self.round.fresh = stock == self.world.stock;
        self.agree();
    }

    fn agree(&mut self) {
        let seen = self.round.seen;
        let before = self.ledger.current().map(|key| key_named(key.fingerprint));
        match seen.current {
            None => {
                if let Some(gone) = before {
                    self.note(gone, Event::Lose);
                }
            }
            Some(key) => {
                self.meet(key, Origin::Store);
                if before != Some(key) {
                    if let Some(before) = before {
                        self.note(before, Event::Supersede);
                    }
                    self.note(key, Event::Find);
                    self.agree_intention(key);
                }
            }
        }
        if let Some(previous) = seen.previous {
            self.meet(previous, Origin::Store);
            let waits = matches!(
                self.ledger.state(name(previous)),
                Some(State::Offered | State::Held | State::Staged | State::Dropped)
            );
            if waits {
                self.note(previous, Event::Supersede);
            }
        }
        if self.setup.mutation == Mutation::NoAdopt {
            return;
        }
        for key in seen.pending.iter() {
            self.meet(key, Origin::Store);
            let is_news = matches!(
                self.ledger.state(name(key)),
                Some(State::Offered | State::Held | State::Dropped)
            );
            if is_news {
                self.setup.meet(Met::Adopt);
                self.note(key, Event::Adopt);
            }
        }
    }

    fn agree_intention(&mut self, key: Key) {
        let intended = self.ledger.intended.and_then(|intended| self.ledger.key(intended));
        let found = self.ledger.key(name(key));
        let older = intended.zip(found).is_some_and(|(ours, found)| ours.is_newer_than(found));
        if older {
            self.setup.meet(Met::Repair);
        } else {
            self.ledger.intended = Some(name(key));
        }
    }

    fn meet(&mut self, key: Key, origin: Origin) {
        let at = now(self.world.bank.expired);
        self.ledger.meet(name(key), origin, at);
        if origin == Origin::Store && self.setup.kind.keeps_expiry {
            self.ledger.learn(name(key), None, Some(expiry(key)));
        }
    }

    fn places(&self) -> Places {
        let seen = self.round.seen;
        let ours = |key: &Key| {
            let state = self.ledger.state(name(*key));
            self.setup.mutation != Mutation::NoAdopt
                || matches!(state, Some(State::Staged | State::Proven))
        };
        Places {
            exists: seen.current.is_some(),
            current: seen.current.map(name),
            previous: seen.previous.map(name),
            pending: seen.pending.iter().filter(ours).map(name).collect(),
        }
    }

    pub(crate) fn decide(&mut self) -> Step {
        let places = self.places();
        let in_hand = places.current.is_none().then(|| {
            self.meet(1, Origin::Bootstrap);
            name(1)
        });
        let nothing = places.current.is_none() && places.pending.is_empty();
        let put_off: Vec<_> = self.round.put_off.iter().map(name).collect();
        let at = now(self.world.bank.expired);
        renewal::next_step(&Sight {
            ledger: &self.ledger,
            places: &places,
            in_hand,
            now: at,
            bank_time: Some(at),
            gate: if self.setup.frozen { Gate::Until(expiry(9)) } else { Gate::Open },
            put_off: &put_off,
            current_refused: self.round.refused,
            fetch_due: !self.round.fetched && !nothing,
        })
    }

    /// Takes the steps no one outside can see, and ends the cycle if nothing else is to do.
    fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            match self.decide() {
                Step::Note(key, event) => {
                    self.setup.meet(if event == Event::Drop { Met::Drop } else { Met::Expire });
                    self.ledger.step(key, event).expect("every noted move has a row");
                }
                Step::Rest(_) => return self.sleep(),
                _ => return,
            }
        }
        panic!("a decision notes for ever: {:?}", self.ledger);
    }

    /// Carries a decided step out.
    pub(crate) fn carry_out(mut self, step: Step, reply: Reply) {
        match step {
            // Time passed since the decision.
            Step::Note(..) | Step::Rest(_) => {}
            Step::Prove(key) => self.prove(key_named(key)),
            Step::Fetch => self.fetch(),
            Step::Remove(key) => return self.remove(key_named(key), reply),
            Step::Create(key) => return self.create(key_named(key), reply),
            Step::Promote(key) => return self.promote(key_named(key), reply),
            Step::Stage(key) => return self.stage(key_named(key), reply),
        }
        self.go_on();
    }

    fn go_on(mut self) {
        if matches!(self.at, At::Deciding(_)) {
            self.settle();
        }
        self.end();
    }
}
