//! What a replica does at the bank: prove a key, ask for the latest, and take what is offered.

use quaymaster::domain::names::CommunityCode;
use quaymaster::domain::renewal::{self, Offer, Unscheduled};
use quaymaster::domain::secret_key::{Event, Origin};
use quaymaster::domain::verdict::{self, Answer, Verdict};

use super::Turn;
use crate::memory::{expiry, key_named, name, now};
use crate::setup::{Met, Mutation};
use crate::world::{At, Key};

impl Turn<'_> {
    fn answer(&self, key: Key) -> Answer {
        let code = CommunityCode::new("MODEL").unwrap();
        let accepted = self.world.bank.accepts(key);
        if accepted { Answer::Works(code) } else { Answer::Unauthorised }
    }

    pub(super) fn prove(&mut self, key: Key) {
        match self.setup.mutation {
            Mutation::NoVerify => {
                self.ledger.learn(name(key), None, Some(expiry(key)));
                return self.proved(key);
            }
            Mutation::PromoteThenVerify if self.round.seen.pending.contains(key) => {
                self.try_promotion(key);
            }
            _ => {}
        }
        let answer = self.answer(key);
        let old = self.round.seen.current.filter(|old| *old != key).map(|old| self.answer(old));
        if answer == Answer::Unauthorised {
            self.round.refused |= old == Some(Answer::Unauthorised);
        }
        let verdict = verdict::judge(&answer, old.as_ref());
        if verdict == Verdict::Promote {
            self.round.fetched = true;
            self.proved(key);
            let latest = self.world.bank.latest;
            if latest == key {
                self.ledger.offered(name(key), None, expiry(key));
            } else if self.round.seen.current.is_some() {
                self.take_offer(latest);
            }
        } else {
            let active = verdict == Verdict::NotActive;
            self.setup.meet(if active { Met::NotActive } else { Met::NoKeyWorks });
            self.round.put_off = self.round.put_off.with(key);
        }
        self.write();
    }

    fn proved(&mut self, key: Key) {
        let at = now(self.world.bank.expired);
        if let Some(record) = self.ledger.keys.get_mut(&name(key)) {
            record.proven_at = Some(at);
        }
        self.note(key, Event::Prove);
    }

    pub(super) fn fetch(&mut self) {
        self.round.fetched = true;
        let places = self.places();
        let mut keys: Vec<_> = places.current.into_iter().collect();
        keys.extend(places.pending.iter().rev());
        keys.extend(places.previous);
        if self.setup.mutation == Mutation::NoFallback {
            keys.truncate(1);
        }
        let works = |key: &&_| self.world.bank.accepts(key_named(**key));
        let accepted = keys.iter().find(works).copied();
        self.round.refused |= places.current.is_some() && accepted != places.current;
        match accepted {
            Some(key) => {
                if Some(key) != places.current {
                    self.setup.meet(Met::Fallback);
                }
                self.take_offer(self.world.bank.latest);
            }
            None => self.refused_everywhere(),
        }
    }

    fn take_offer(&mut self, key: Key) {
        let at = now(self.world.bank.expired);
        let places = self.places();
        let policy = Unscheduled::Adopt;
        let judged =
            renewal::judge_offer(&self.ledger, name(key), expiry(key), &places, policy, at);
        self.meet(key, Origin::Fetched);
        self.ledger.offered(name(key), None, expiry(key));
        match judged {
            Offer::Take => self.at = At::Holding(self.round, key),
            Offer::Known => self.setup.meet(Met::KnownOffer),
            Offer::Same | Offer::Hold | Offer::Earlier | Offer::Refuse => {}
        }
        self.write();
    }

    /// Before a person is told, the store is read again, as consistently as it can be.
    fn refused_everywhere(&mut self) {
        if self.setup.mutation != Mutation::HumanOnStale {
            if !self.world.up {
                return self.sleep();
            }
            let before = self.round.seen;
            self.see(self.world.stock);
            if self.round.seen != before {
                self.setup.meet(Met::LookedAgain);
                return;
            }
        }
        let needless = self.world.some_key_works();
        self.world.called_needlessly |= needless;
        if !needless {
            self.setup.meet(Met::ToldRightly);
        }
        self.sleep();
    }
}
