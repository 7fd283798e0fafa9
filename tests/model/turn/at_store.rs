//! What a replica does at the store, and what a person makes it do: every write, with its reply heard,
//! lost, or never read.

use quaymaster::domain::secret_key::{Event, State};

use super::{Reply, Turn};
use crate::memory::{Memory, key_named, name, now};
use crate::setup::{Met, Mutation, Pending};
use crate::world::{At, Key, Keys, Stock};

impl Turn<'_> {
    /// Whether the store takes a write other than a promotion.
    fn takes_writes(&self) -> bool {
        let hears = self.world.up && !self.world.deaf;
        hears && (self.round.fresh || !self.setup.kind.checks_all)
    }

    /// Looks again at what was done. Where reads may be stale, others may come first.
    fn look_again(&mut self) {
        if self.setup.stale_reads {
            self.at = At::Looking(self.round);
        } else if self.world.up {
            self.see(self.world.stock);
        } else {
            self.sleep();
        }
    }

    pub(crate) fn stage(mut self, key: Key, reply: Reply) {
        let stock = self.world.stock;
        let slot =
            self.setup.kind.pending == Pending::Slot || self.setup.mutation == Mutation::OneLabel;
        let compares = slot
            && self.setup.mutation != Mutation::OneLabel
            && self.setup.mutation != Mutation::StageOverNewer;
        let outdone = compares && stock.pending.iter().any(|pending| pending > key);
        let done = self.takes_writes() && !outdone;
        if done {
            self.setup.meet(Met::Stage);
            // A key that has a place already is the same version.
            if !stock.keys().contains(key) {
                let pending = if slot { Keys::only(key) } else { stock.pending.with(key) };
                self.world.put(Stock { pending, ..stock });
            }
        } else {
            self.setup.meet(Met::LostStaging);
        }
        self.at = At::Deciding(self.round);
        self.refresh();
        match reply {
            Reply::Unread | Reply::Unsent => return self.die(),
            Reply::Heard if done => {
                self.note(key, Event::Stage);
                self.write();
                self.look_again();
            }
            Reply::Heard | Reply::Lost => self.round.put_off = self.round.put_off.with(key),
        }
        self.go_on();
    }

    /// After a write of its own, what a replica read before is out of date, too.
    fn refresh(&mut self) {
        self.round.fresh = self.round.fresh && self.round.seen == self.world.stock;
    }

    pub(super) fn create(mut self, key: Key, reply: Reply) {
        let stock = self.world.stock;
        let exists = stock.current.is_some();
        let hears = self.world.up && !self.world.deaf;
        if hears && !exists {
            self.setup.meet(Met::Create);
            self.world.put(Stock { current: Some(key), ..stock });
        } else if hears {
            self.setup.meet(Met::LostCreation);
        }
        self.refresh();
        match reply {
            Reply::Unread | Reply::Unsent => return self.die(),
            Reply::Heard if hears && (!exists || stock.current == Some(key)) => {
                self.made_current(key);
            }
            Reply::Heard | Reply::Lost => self.unanswered(key, reply),
        }
        self.look_again();
        self.go_on();
    }

    pub(super) fn promote(mut self, key: Key, reply: Reply) {
        let promoted = self.try_promotion(key);
        match reply {
            Reply::Unread | Reply::Unsent => return self.die(),
            Reply::Heard if promoted => {
                self.made_current(key);
                self.write();
            }
            Reply::Heard | Reply::Lost => self.unanswered(key, reply),
        }
        self.look_again();
        self.go_on();
    }

    /// A key that the store gave no answer about waits for a later cycle; a lost race is an answer.
    fn unanswered(&mut self, key: Key, reply: Reply) {
        let silent = reply == Reply::Lost || self.world.deaf;
        if silent && self.setup.mutation != Mutation::PromoteAgain {
            self.round.put_off = self.round.put_off.with(key);
        }
    }

    /// A compare-and-set: from exactly what was read, to a key that is there.
    pub(super) fn try_promotion(&mut self, key: Key) -> bool {
        let stock = self.world.stock;
        if !self.world.up || self.world.deaf {
            return false;
        }
        if stock.current == Some(key) {
            return true;
        }
        let as_read = stock.current == self.round.seen.current
            && stock.keys().contains(key)
            && (self.round.fresh || !self.setup.kind.checks_all);
        if !as_read && self.setup.mutation != Mutation::NoCas {
            self.setup.meet(Met::LostRace);
            return false;
        }
        self.setup.meet(Met::Promote);
        let recorded = self.ledger.pin.as_ref().is_some_and(|pin| pin.fingerprint == name(key));
        self.world.regressed |= key < self.world.newest && !recorded;
        self.world.newest = if recorded { key } else { self.world.newest.max(key) };
        let retire = self.setup.mutation == Mutation::RetireOnPromote;
        let pending = stock.pending.without(key);
        let next = Stock { current: Some(key), previous: stock.current, pending };
        self.world.put(next);
        // There is one previous place; what it held is no longer stored.
        if let Some(out) = stock.previous.filter(|out| !next.keys().contains(*out)) {
            self.world.stored = self.world.stored.without(out);
        }
        if retire && let Some(old) = stock.current {
            self.take_out(old);
        }
        self.refresh();
        true
    }

    fn made_current(&mut self, key: Key) {
        let before = self.ledger.current().map(|old| key_named(old.fingerprint));
        let back = self.ledger.pin.as_ref().is_some_and(|pin| pin.fingerprint == name(key));
        for before in before.into_iter().filter(|before| *before != key) {
            self.note(before, if back { Event::SetAside } else { Event::Supersede });
        }
        let state = self.ledger.state(name(key));
        if back && state == Some(State::Previous) {
            self.note(key, Event::Rollback);
        } else {
            self.note(key, Event::Promote);
        }
        self.ledger.intended = Some(name(key));
    }

    pub(super) fn remove(mut self, key: Key, reply: Reply) {
        let done = self.takes_writes();
        if done {
            self.setup.meet(Met::Remove);
            let place = |stock: Stock| (stock.previous == Some(key), stock.pending.contains(key));
            if place(self.world.stock) == place(self.round.seen) {
                self.take_out(key);
            }
        }
        self.refresh();
        match reply {
            Reply::Unread | Reply::Unsent => return self.die(),
            Reply::Heard | Reply::Lost => {
                let seen = &mut self.round.seen;
                seen.pending = seen.pending.without(key);
                seen.previous = seen.previous.filter(|previous| *previous != key);
            }
        }
        self.go_on();
    }

    /// Takes a key out of the previous or pending place.
    fn take_out(&mut self, key: Key) {
        let stock = self.world.stock;
        if stock.current == Some(key) {
            return;
        }
        let previous = stock.previous.filter(|previous| *previous != key);
        let taken_from_reader = stock.previous == Some(key) && self.world.reader == key;
        self.world.stranded |= taken_from_reader && self.world.bank.accepts(key);
        self.world.put(Stock { previous, pending: stock.pending.without(key), ..stock });
    }

    /// Goes back to the previous key and pins it; nothing where the program refuses to.
    pub(crate) fn roll_back(mut self, reply: Reply) {
        self.see(self.world.stock);
        let previous = self.round.seen.previous.filter(|key| {
            let record = self.ledger.key(name(*key));
            let ready =
                record.is_some_and(|key| key.state == State::Previous && key.expires_at.is_some());
            ready && self.world.bank.accepts(*key)
        });
        let Some(key) = previous else {
            self.sleep();
            return self.end();
        };
        self.setup.meet(Met::Rollback);
        let mut pinned = Memory::of(&self.ledger);
        pinned.pinned = Some(key);
        self.ledger = pinned.ledger(now(self.world.bank.expired));
        if let Some(record) = self.ledger.keys.get_mut(&name(key)) {
            record.proven_at = Some(now(self.world.bank.expired));
        }
        self.write();
        if reply == Reply::Unsent {
            return self.die();
        }
        let done = self.try_promotion(key);
        match reply {
            Reply::Unread | Reply::Unsent => return self.die(),
            Reply::Heard if done => self.made_current(key),
            Reply::Heard | Reply::Lost => {}
        }
        self.see(self.world.stock);
        if self.round.seen.current != Some(key) {
            self.ledger.pin = None;
        }
        self.write();
        self.go_on();
    }

    /// The pin's time is over.
    pub(crate) fn end_pin(mut self) {
        self.setup.meet(Met::GoneForward);
        self.ledger.pin = None;
        self.write();
        let at = self.at;
        self.at = if self.world.replicas[self.who].at == At::Asleep { At::Asleep } else { at };
        self.end();
    }
}
