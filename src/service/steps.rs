//! Carrying out the steps of a renewal. Each can be repeated: after a crash, a lost reply or a lost
//! race the next look shows how things stand, and the same step is found to be done or is done again.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::domain::backoff::{self, Failure};
use crate::domain::calendar::{Activation, ManualFreeze, MustBy};
use crate::domain::condition::Condition;
use crate::domain::history::{Deed, What};
use crate::domain::names::{Environment, Fingerprint, KeyName};
use crate::domain::renewal::{Gate, Step};
use crate::domain::secret_key::{Event, State};
use crate::metrics::labels::{Stage, StoreWrite};
use crate::secrets::{NewKey, Promotion, StoreError};
use crate::settings::model::Role;

use super::look::{condition_of, deed_of};
use super::points::{Died, Point};
use super::renewal::{Renewal, Round, Source, later};

/// How long a key that a store or the bank refused waits for its next try.
const PUT_OFF: SignedDuration = SignedDuration::from_hours(1);

/// How long an observer lets a key rest that it would have written: it proves it anew before it says
/// so again, and the day's calls are for more than that.
const OBSERVER_PUT_OFF: SignedDuration = SignedDuration::from_hours(24);

/// How long a current key of unknown expiry is taken to last once a newer key is known. The bank's
/// mails speak of 30 and 7 days; the shorter is taken.
const UNKNOWN_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Renewal {
    pub(super) async fn carry_out(&mut self, step: Step, round: &mut Round) -> Result<(), Died> {
        let writes =
            matches!(step, Step::Remove(_) | Step::Create(_) | Step::Stage(_) | Step::Promote(_));
        if writes && self.is_observer() {
            self.would(step, round);
            return Ok(());
        }
        match step {
            Step::Note(key, event) => {
                let detail = if event == Event::Expire { "its expiry date passed" } else { "" };
                self.note(key, event, detail);
            }
            Step::Remove(key) => self.remove(key, round).await?,
            Step::Prove(key) => self.prove(key, round).await?,
            Step::Create(key) => self.create(key, round).await?,
            Step::Stage(key) => self.stage(key, round).await?,
            Step::Promote(key) => self.promote(key, round).await?,
            Step::Fetch => self.fetch(round).await?,
            Step::Rest(_) => {}
        }
        Ok(())
    }

    /// What an observer says in place of a write.
    fn would(&mut self, step: Step, round: &mut Round) {
        let (word, key) = match step {
            Step::Remove(key) => ("take out of the store", key),
            Step::Create(key) => ("create the secret with", key),
            Step::Stage(key) => ("stage", key),
            Step::Promote(key) => ("make current", key),
            Step::Note(..) | Step::Prove(_) | Step::Fetch | Step::Rest(_) => return,
        };
        round.would.push(format!("would {word} key {key}"));
        let again = later(self.time.now(), OBSERVER_PUT_OFF);
        self.put_off.insert(key, again);
    }

    /// Puts a key that is in memory into the pending place.
    pub(super) async fn stage(&mut self, key: Fingerprint, round: &mut Round) -> Result<(), Died> {
        let (Some(new), Some(store)) = (self.new_key(key), self.parts.stores.first().cloned())
        else {
            return Ok(());
        };
        let started = Instant::now();
        let staged = store.stage(&self.seen, &new).await;
        self.parts.points.at(Point::StoreStaged)?;
        self.count_write(0, staged.as_ref().map(|_| StoreWrite::Success));
        match staged {
            Ok(version) => {
                self.parts.metrics.stage_took(Stage::Stage, started.elapsed());
                self.written(key);
                if let Some(record) = self.ledger.keys.get_mut(&key) {
                    record.version = Some(version);
                }
                let installed = self.installing == Some(key);
                let event = if installed { Event::Install } else { Event::Stage };
                self.note(key, event, "in the store's pending place");
                self.unstored = self.unstored.filter(|waiting| *waiting != key);
                self.say("key staged", key);
                self.write().await;
                self.parts.points.at(Point::Staged)?;
                self.look(round).await;
            }
            Err(error) => {
                self.unstored = Some(key);
                self.write_failed(key, &error, round);
            }
        }
        Ok(())
    }

    /// Creates the secret with a proven key in it.
    pub(super) async fn create(&mut self, key: Fingerprint, round: &mut Round) -> Result<(), Died> {
        let (Some(new), Some(store)) = (self.new_key(key), self.parts.stores.first().cloned())
        else {
            return Ok(());
        };
        let created = store.create(&new).await;
        self.parts.points.at(Point::StorePromoted)?;
        self.settle_promotion(key, created, round).await
    }

    /// Makes a proven key current, from exactly the version that was read.
    pub(super) async fn promote(
        &mut self,
        key: Fingerprint,
        round: &mut Round,
    ) -> Result<(), Died> {
        let holding = self
            .seen
            .pending
            .iter()
            .chain(&self.seen.previous)
            .find(|holding| holding.key.fingerprint(self.parts.book.salt()) == key);
        let to = holding.map(|holding| holding.version.clone());
        let Some((from, to)) = self.seen.basis.clone().zip(to) else {
            let again = later(self.time.now(), PUT_OFF);
            self.put_off.insert(key, again);
            return Ok(());
        };
        let Some(store) = self.parts.stores.first().cloned() else { return Ok(()) };
        let started = Instant::now();
        let promoted = store.promote(&from, &to).await;
        self.parts.points.at(Point::StorePromoted)?;
        self.parts.metrics.stage_took(Stage::Promote, started.elapsed());
        let lost = matches!(promoted, Ok(Promotion::Lost { .. }));
        self.settle_promotion(key, promoted, round).await?;
        // Lost though nothing else became current: the version fits the secret no more, as when a
        // person edited another field of it. It is staged once again, on what is there now.
        if lost && round.looked && self.seen.basis.as_ref() == Some(&from) {
            if round.restaged.insert(key) && self.hand.contains_key(&key) {
                return self.stage(key, round).await;
            }
            let detail = format!("key {key} cannot be made current: the secret changes under it");
            round.trouble(Condition::StoreDrift, detail);
            self.put_off_for_an_hour(key, round);
        }
        Ok(())
    }

    async fn settle_promotion(
        &mut self,
        key: Fingerprint,
        outcome: Result<Promotion, StoreError>,
        round: &mut Round,
    ) -> Result<(), Died> {
        self.count_write(
            0,
            outcome.as_ref().map(|promotion| match promotion {
                Promotion::Promoted | Promotion::AlreadyCurrent => StoreWrite::Success,
                Promotion::Lost { .. } => StoreWrite::Lost,
            }),
        );
        match outcome {
            Ok(Promotion::Promoted | Promotion::AlreadyCurrent) => {
                self.written(key);
                self.made_current(key);
                self.write().await;
                self.parts.points.at(Point::Promoted)?;
            }
            Ok(Promotion::Lost { .. }) => {
                let detail = "another version is current than was read";
                self.tell(What::Did(Deed::LostRace), Some(key), None, detail);
            }
            // Whether it happened is seen at the next look, which forgets the failure if it did.
            Err(error @ StoreError::Unavailable { .. }) => self.write_failed(key, &error, round),
            Err(error) => {
                self.write_failed(key, &error, round);
                return Ok(());
            }
        }
        let started = Instant::now();
        self.look(round).await;
        self.parts.metrics.stage_took(Stage::Confirm, started.elapsed());
        Ok(())
    }

    /// The ledger's side of a promotion: the key before it becomes previous, is set aside by a
    /// rollback, or is out of use if it leaked.
    fn made_current(&mut self, key: Fingerprint) {
        let before = self.ledger.current().map(|key| key.fingerprint).filter(|old| *old != key);
        let rollback = self.ledger.pin.as_ref().is_some_and(|pin| pin.fingerprint == key);
        if let Some(before) = before {
            let event = match (self.ledger.leaked.contains(&before), rollback) {
                (true, _) => Event::Compromise,
                (false, true) => Event::SetAside,
                (false, false) => Event::Supersede,
            };
            self.note(before, event, "another key was made current");
        }
        let event = if rollback && self.ledger.state(key) == Some(State::Previous) {
            Event::Rollback
        } else {
            Event::Promote
        };
        self.note(key, event, "made current");
        self.ledger.intended = Some(key);
        self.put_off.remove(&key);
        self.say("key promoted", key);
    }

    /// Takes a key out of the authority's previous or pending place.
    async fn remove(&mut self, key: Fingerprint, round: &mut Round) -> Result<(), Died> {
        let Some(store) = self.parts.stores.first().cloned() else { return Ok(()) };
        let started = Instant::now();
        let salt = self.parts.book.salt();
        let held = self.seen.removable().filter(|(held, _)| held.key.fingerprint(salt) == key);
        let held: Vec<_> = held.map(|(held, place)| (held.version.clone(), place)).collect();
        for (version, place) in held {
            let removed = store.remove(&version, place).await;
            self.parts.points.at(Point::StoreRemoved)?;
            self.count_write(0, removed.as_ref().map(|()| StoreWrite::Success));
            if let Err(error) = removed {
                self.write_failed(key, &error, round);
                // The place stays full until the next cycle; the decision must not stick on it.
                self.forget_place(key);
                return Ok(());
            }
        }
        self.written(key);
        self.parts.metrics.stage_took(Stage::Retire, started.elapsed());
        self.tell(What::Did(Deed::Remove), Some(key), None, "taken out of the secret store");
        tracing::info!(facility = %self.parts.settings.name, key = %key, "key taken out of the store");
        self.forget_place(key);
        if !self.ledger.leaked.contains(&key) {
            self.hand.remove(&key);
        }
        Ok(())
    }

    fn forget_place(&mut self, key: Fingerprint) {
        let salt = self.parts.book.salt().clone();
        self.seen.pending.retain(|holding| holding.key.fingerprint(&salt) != key);
        if self.seen.previous.as_ref().is_some_and(|held| held.key.fingerprint(&salt) == key) {
            self.seen.previous = None;
        }
    }

    /// A write that the store did not do, or may not have done.
    pub(super) fn write_failed(&mut self, key: Fingerprint, error: &StoreError, round: &mut Round) {
        self.lasts(Source::Write(key), condition_of(error), error.to_string());
        self.tell(What::Did(deed_of(error)), Some(key), None, error.to_string());
        self.misses.writes = self.misses.writes.saturating_add(1);
        // What is denied or refused waits for a person, not for a minute.
        let again = if matches!(error, StoreError::Unavailable { .. }) {
            self.after_misses(self.misses.writes)
        } else {
            let (now, chance) = (self.time.now(), self.parts.chance.draw());
            backoff::after_failure(now, Failure::Lasting, self.misses.writes, chance)
        };
        self.put_off.insert(key, again);
        round.again(again);
    }

    /// A write that the store did. What it did not do with another key is not done by that.
    fn written(&mut self, key: Fingerprint) {
        self.misses.writes = 0;
        self.lasting.remove(&Source::Write(key));
    }

    /// Whether windows and freezes let a key that has been known since then be made current now.
    pub(super) fn gate(&self, known_since: Timestamp) -> Gate {
        let now = self.time.now();
        let activation = self.activation(known_since);
        if activation.is_due(now) {
            return Gate::Open;
        }
        Gate::Until(activation.at(now).unwrap_or(Timestamp::MAX))
    }

    /// When a key that has been known since then is made current, and why then.
    pub(super) fn activation(&self, known_since: Timestamp) -> Activation {
        let now = self.time.now();
        let expiry = self.seen.current.as_ref().and_then(|holding| {
            let name = holding.key.fingerprint(self.parts.book.salt());
            self.ledger.key(name).and_then(|key| key.expires_at)
        });
        // An expiry that is not known may be near: the new key was offered because of it.
        let guess = later(known_since, UNKNOWN_LASTS);
        let must_by = self
            .seen
            .current
            .as_ref()
            .map(|_| MustBy { expires_at: expiry.unwrap_or(guess), known_since });
        let manual = self.frozen.as_ref().filter(|freeze| freeze.holds(now));
        let manual = manual
            .map(|freeze| ManualFreeze { until: freeze.until, reason: freeze.reason.clone() });
        self.parts.calendar.activation(now, must_by, manual.as_ref())
    }

    fn new_key(&self, key: Fingerprint) -> Option<NewKey> {
        let record = self.ledger.key(key)?;
        let text = self.hand.get(&key)?.clone();
        Some(NewKey { key: text, name: record.name.clone(), expires_at: record.expires_at })
    }

    pub(super) fn count_write(&self, store: usize, outcome: Result<StoreWrite, &StoreError>) {
        let word = outcome.unwrap_or_else(|error| match error {
            StoreError::Unavailable { .. } => StoreWrite::Unavailable,
            StoreError::Denied { .. } => StoreWrite::Denied,
            StoreError::Shape { .. } => StoreWrite::Shape,
            StoreError::Refused { .. } => StoreWrite::Refused,
        });
        if let Some(store) = self.parts.stores.get(store) {
            self.parts.metrics.store_write(store.name(), word);
        }
    }

    /// A line for people about a key that moved on.
    pub(super) fn say(&self, sentence: &'static str, key: Fingerprint) {
        let record = self.ledger.key(key);
        let name = record.and_then(|record| record.name.as_ref()).map(KeyName::as_str);
        let expires = record.and_then(|record| record.expires_at);
        tracing::info!(
            facility = %self.parts.settings.name,
            key = %key,
            key_name = name,
            expires_at = expires.map(tracing::field::display),
            "{sentence}"
        );
    }

    /// A facility in production is only watched until a person adopts it.
    pub(super) fn is_observer(&self) -> bool {
        self.role() == Role::Renewer
            && self.parts.settings.environment == Environment::Production
            && self.ledger.adopted.is_none()
    }

    /// How soon what failed so often in a row is repeated: after a minute, doubling to an hour.
    pub(super) fn after_misses(&self, misses: u32) -> Timestamp {
        later(self.time.now(), pause_after(misses))
    }

    pub(super) fn put_off_for_an_hour(&mut self, key: Fingerprint, round: &mut Round) {
        let again = later(self.time.now(), PUT_OFF);
        self.put_off.insert(key, again);
        round.again(again);
    }

    /// Something is wrong, and stays so until the same thing goes well. It is said when it begins.
    pub(super) fn lasts(
        &mut self,
        source: Source,
        condition: Condition,
        detail: impl Into<String>,
    ) {
        let detail = detail.into();
        let known = self.lasting.insert(source, (condition, detail.clone()));
        if known.is_none_or(|(known, _)| known != condition) {
            tracing::warn!(
                facility = %self.parts.settings.name,
                condition = condition.label(),
                reason = %detail,
                "renewal met an obstacle"
            );
        }
    }
}

/// How long what failed so often in a row is left alone.
pub(super) fn pause_after(misses: u32) -> SignedDuration {
    let minutes = 1_i64 << misses.saturating_sub(1).min(6);
    SignedDuration::from_mins(minutes.min(60))
}
