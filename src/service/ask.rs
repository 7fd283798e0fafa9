//! Asking the bank which key is the latest, and what its refusals mean.
//!
//! Every call for the latest key is written into the book before it is made, so that no crash and no
//! restart can make more of them than a day allows. Between the bank's answer and the store's pending
//! place nothing else is done: a new key is only in memory for the length of one call.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::domain::backoff::{self, CALLS_PER_DAY_MAX, CALLS_PER_DAY_SCHEDULED, Failure};
use crate::domain::class::Class;
use crate::domain::condition::Condition;
use crate::domain::history::{Deed, What};
use crate::domain::names::Fingerprint;
use crate::domain::renewal::{self, Offer as Judged, Places};
use crate::domain::secret_key::{Event, Origin, State};
use crate::key::KeyText;
use crate::metrics::labels::{Attempt, Stage};
use crate::quickstream::{Fault, FaultKind, Offer};
use crate::settings::model::Unscheduled;

use super::points::{Died, Point};
use super::renewal::{AtBank, Renewal, Round, Source, Why};

/// How long a run whose book cannot be written, or remembers nothing of the run before it, waits for its
/// first scheduled fetch: it does not know whether one was made just before it, and a program that is
/// started again and again would make one each time.
const BLANK_WAITS: SignedDuration = SignedDuration::from_hours(1);

impl Renewal {
    /// Whether the bank may and should be asked for the latest key now.
    pub(super) fn fetch_due(&self, places: &Places, round: &Round) -> bool {
        if round.fetched || (places.current.is_none() && places.pending.is_empty()) {
            return false;
        }
        let now = self.time.now();
        let limit =
            if round.why == Why::Asked { CALLS_PER_DAY_MAX } else { CALLS_PER_DAY_SCHEDULED };
        if !backoff::may_call(&self.ledger.calls, now, limit) {
            return false;
        }
        let on_leak = places.current.is_some_and(|key| self.ledger.leaked.contains(&key));
        // A successor fetched with a leaked key is known to whoever holds the leaked key, too.
        let wanted = round.why == Why::Asked
            || (self.fetch_due_at().is_none_or(|due| due <= now) && self.may_tell_the_day());
        wanted && !on_leak
    }

    /// When the schedule asks the bank next.
    pub(super) fn fetch_due_at(&self) -> Option<Timestamp> {
        backoff::due_at(self.ledger.next_attempt_at, self.ledger.last_success_at)
    }

    /// Whether it is known that the day of the last fetch is over. A wall clock that the bank has not
    /// confirmed may be hours ahead; that this task itself has run for a day is proof, too.
    fn may_tell_the_day(&self) -> bool {
        let met = self.ledger.last_success_at.is_some();
        !met || self.time.sure().is_some() || self.time.running() >= SignedDuration::from_hours(25)
    }

    /// Asks the bank for the latest key, with the current key or, if the bank refuses it, with a
    /// pending or the previous one.
    pub(super) async fn fetch(&mut self, round: &mut Round) -> Result<(), Died> {
        round.fetched = true;
        if round.why == Why::Due && self.time.running() < BLANK_WAITS {
            self.write().await;
            if self.book_trouble.is_some() || !self.parts.remembers {
                return Ok(());
            }
        }
        let started = Instant::now();
        let places = self.places();
        let mut keys: Vec<_> = places.current.into_iter().collect();
        keys.extend(places.pending.iter().rev());
        keys.extend(places.previous);
        let mut refusal = None;
        for (nth, key) in keys.iter().enumerate() {
            let Some(text) = self.hand.get(key).cloned() else { continue };
            if self.ledger.leaked.contains(key) {
                continue;
            }
            let spent = !backoff::may_call(&self.ledger.calls, self.time.now(), CALLS_PER_DAY_MAX);
            if nth > 0 && (spent || !self.answers(&text).await) {
                continue;
            }
            match self.latest(&text, round).await? {
                Ok(offer) => {
                    self.parts.metrics.stage_took(Stage::Fetch, started.elapsed());
                    self.fetched_well();
                    return self.take_offer(offer, round).await;
                }
                Err(fault) if fault.kind == FaultKind::Unauthorised => {
                    if Some(*key) == places.current {
                        round.current = AtBank::Refused;
                    }
                    refusal = refusal.or(Some(fault));
                }
                Err(fault) => return self.fetch_failed(&fault).await,
            }
        }
        match refusal {
            Some(fault) => self.refused_everywhere(&fault, round).await,
            None => Ok(()),
        }
    }

    /// One call for the latest key, written into the book before it is made.
    pub(super) async fn latest(
        &mut self,
        text: &KeyText,
        round: &mut Round,
    ) -> Result<Result<Offer, Fault>, Died> {
        let now = self.time.now();
        self.ledger.calls.push(now);
        self.ledger.last_attempt_at = Some(now);
        // If nothing is heard of this attempt any more, it counts as failed.
        let failures = self.ledger.failures.saturating_add(1);
        let provisional =
            backoff::after_failure(now, Failure::Passing, failures, self.parts.chance.draw());
        self.ledger.next_attempt_at = Some(provisional);
        self.write().await;
        round.fetched = true;
        self.parts.points.at(Point::BeforeFetch)?;
        let answer = self.hear_bank(self.parts.bank.latest_key(text)).await;
        let was_sure = self.time.sure().is_some();
        self.time.hear(self.parts.bank.heard());
        if let Some(now) = self.time.sure().filter(|_| !was_sure) {
            // The call was noted by a wall clock that may be years off.
            self.ledger.calls.pop();
            self.ledger.calls.push(now);
            self.ledger.tidy_times(now);
        }
        self.parts.points.at(Point::Fetched)?;
        Ok(answer)
    }

    pub(super) fn fetched_well(&mut self) {
        let now = self.time.now();
        self.ledger.last_success_at = Some(now);
        self.ledger.failures = 0;
        self.ledger.next_attempt_at = Some(backoff::after_success(now, self.parts.chance.draw()));
        self.lasting.remove(&Source::Fetch);
        let fit = self.unfit.is_none_or(|key| !self.lasting.contains_key(&Source::Proof(key)));
        if fit {
            self.unfit = None;
        }
    }

    /// Takes what the bank offered: stages it at once, or notes why not.
    pub(super) async fn take_offer(&mut self, offer: Offer, round: &mut Round) -> Result<(), Died> {
        let key = offer.key.fingerprint(self.parts.book.salt());
        let places = self.places();
        let policy = match self.parts.settings.secret_key.unscheduled {
            Unscheduled::Adopt => renewal::Unscheduled::Adopt,
            Unscheduled::Hold => renewal::Unscheduled::Hold,
        };
        let now = self.time.now();
        let judged =
            renewal::judge_offer(&self.ledger, key, offer.expires_at, &places, policy, now);
        let is_new = self.ledger.key(key).is_none();
        self.drop_held_but(key);
        self.take_in_hand(offer.key, Origin::Fetched);
        self.ledger.offered(key, offer.name.as_ref(), offer.expires_at);
        let attempt = if is_new { Attempt::NewKey } else { Attempt::Unchanged };
        self.parts.metrics.attempt(attempt);
        if is_new {
            self.say("the bank offers a new key", key);
        }
        match judged {
            Judged::Same | Judged::Known => {}
            Judged::Take if self.is_observer() => {
                round.would.push(format!("would stage key {key}, prove it and make it current"));
            }
            Judged::Take => {
                if self.ledger.state(key) == Some(State::Held) {
                    self.note(key, Event::Release, "no longer waits for a person");
                }
                self.stage(key, round).await?;
                if let Some((condition, _)) = self.lasting.get(&Source::Write(key)) {
                    // It is in no store, so it must be asked for again, and soon.
                    self.count_failure(Failure::Lasting, *condition);
                }
            }
            Judged::Hold | Judged::Earlier => self.hold(key, judged),
            Judged::Refuse => {
                let (condition, what) = match self.ledger.state(key) {
                    Some(State::Rejected) => {
                        (Condition::WrongFacility, "is no secret key of this facility")
                    }
                    _ if self.ledger.leaked.contains(&key) => {
                        (Condition::Compromised, "was reported as leaked")
                    }
                    _ => (Condition::ExpiredOffer, "has expired already"),
                };
                let detail = format!("the bank offers key {key}, which {what}");
                self.lasts(Source::Fetch, condition, detail);
            }
        }
        self.write().await;
        Ok(())
    }

    /// A key that waits for a person's word and is not offered any more can never be used.
    fn drop_held_but(&mut self, offered: Fingerprint) {
        let held = self.ledger.keys.values();
        let held = held.filter(|key| key.state == State::Held && key.fingerprint != offered);
        let gone: Vec<_> = held.map(|key| key.fingerprint).collect();
        for key in gone {
            self.note(key, Event::Drop, "the bank offers another key now");
        }
    }

    fn hold(&mut self, key: Fingerprint, judged: Judged) {
        let (condition, detail) = if judged == Judged::Earlier {
            (Condition::EarlierOffer, "it expires before the present key")
        } else {
            (Condition::Held, "the present key is far from its expiry")
        };
        if self.ledger.state(key) == Some(State::Offered) {
            self.note(key, Event::Hold, detail);
        }
        let detail = format!("key {key} was offered and waits for a person: {detail}");
        self.lasts(Source::Fetch, condition, detail);
    }

    async fn fetch_failed(&mut self, fault: &Fault) -> Result<(), Died> {
        let condition = if fault.kind == FaultKind::Forbidden {
            self.what_403_means().await
        } else {
            fault.condition().unwrap_or(Condition::BankUnavailable)
        };
        let kind = match fault.class() {
            Class::TryLater | Class::Unclear => Failure::Passing,
            Class::OurMistake | Class::TheirRefusal | Class::Broken => Failure::Lasting,
        };
        if condition == Condition::WrongKind {
            self.unfit = self.places().current;
        }
        self.count_failure(kind, condition);
        self.lasts(Source::Fetch, condition, fault.to_string());
        self.tell(What::Did(Deed::FetchFailed), None, None, fault.to_string());
        self.write().await;
        Ok(())
    }

    fn count_failure(&mut self, kind: Failure, condition: Condition) {
        let now = self.time.now();
        self.ledger.failures = self.ledger.failures.saturating_add(1);
        let chance = self.parts.chance.draw();
        let next = backoff::after_failure(now, kind, self.ledger.failures, chance);
        self.ledger.next_attempt_at = Some(next);
        self.parts.metrics.attempt(Attempt::Failed(condition));
    }

    /// `GET /` may be asked with every kind of key, so it tells a wrong kind from a facility that is
    /// not ready.
    async fn what_403_means(&mut self) -> Condition {
        let current = self.seen.current.as_ref().map(|holding| holding.key.clone());
        let Some(current) = current else { return Condition::FacilityNotReady };
        match self.hear_bank(self.parts.bank.root(&current)).await {
            Ok(_) => Condition::WrongKind,
            Err(_) => Condition::FacilityNotReady,
        }
    }

    pub(super) async fn answers(&mut self, text: &KeyText) -> bool {
        let answer = self.hear_bank(self.parts.bank.root(text)).await.is_ok();
        self.time.hear(self.parts.bank.heard());
        answer
    }

    /// No key is accepted. Before a person is told, the store is read again: the first look may have
    /// been stale.
    async fn refused_everywhere(&mut self, fault: &Fault, round: &mut Round) -> Result<(), Died> {
        let before = self.places();
        self.look(round).await;
        if !round.looked || self.places() != before {
            round.again(self.soon());
            return Ok(());
        }
        let condition = self.what_401_means(before.current).await;
        if condition == Condition::WrongKind {
            self.unfit = before.current;
        }
        self.count_failure(Failure::Lasting, condition);
        let detail = format!("the bank accepts none of the keys: {fault}");
        self.lasts(Source::Fetch, condition, detail);
        self.tell(What::Did(Deed::Refused), before.current, None, fault.to_string());
        self.write().await;
        Ok(())
    }

    async fn what_401_means(&mut self, current: Option<Fingerprint>) -> Condition {
        let text = current.and_then(|key| self.hand.get(&key).cloned());
        if let Some(text) = text
            && self.answers(&text).await
        {
            return Condition::WrongKind;
        }
        self.meaning_of_401(current)
    }

    /// What it means that the bank does not let the current key in at all.
    pub(super) fn meaning_of_401(&self, current: Option<Fingerprint>) -> Condition {
        let record = current.and_then(|key| self.ledger.key(key));
        let Some(record) = record else { return Condition::NoKey };
        if record.state == State::Expired || record.has_expired(self.time.now()) {
            Condition::ExpiredLockedOut
        } else if record.proven_at.is_some() {
            Condition::IpRefused
        } else {
            Condition::UnknownKey
        }
    }
}
