//! Giving readers their keys: what the authority holds as current and previous, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::deliver::{self, Deliverable, DeliveredKey, Delivery, DeliveryTarget, Digest};
use crate::domain::condition::Condition;
use crate::domain::history::{Deed, What};
use crate::domain::names::Fingerprint;
use crate::domain::secret_key::State;
use crate::metrics::labels::{Delivered, Stage, TargetKind};
use crate::secrets::Holding;

use super::facility::DeliveryLine;
use super::points::{Died, Point};
use super::renewal::{Renewal, Round, later};
use super::steps::pause_after;

/// Files that could not be written are tried again after 1, 2, 4, 8 and then every 16 minutes: the
/// application waits for them.
const FILE_MISSES_MAX: u32 = 5;

/// A target whose last delivery failed.
#[derive(Debug)]
pub(super) struct Failing {
    /// What is wrong, in a sentence.
    detail: String,
    /// What it was to be given.
    digest: Digest,
    /// How often in a row that failed.
    times: u32,
    /// When it failed last.
    at: Timestamp,
    /// Whether a person wants it tried before its pause is over.
    wanted: bool,
}

impl Failing {
    /// When `target` is tried again, if not at once: what failed is repeated less and less often, and
    /// whoever was told something, even in vain, is left alone for the debounce.
    fn tried_at(&self, target: &dyn DeliveryTarget, digest: &Digest, now: Timestamp) -> Timestamp {
        if self.at > now {
            // A clock was set back.
            return now;
        }
        let debounce = SignedDuration::try_from(target.debounce()).unwrap_or(SignedDuration::MAX);
        let again = self.digest == *digest && !self.wanted;
        let pause = if again { pause_after(self.times) } else { SignedDuration::ZERO };
        later(self.at, pause.max(debounce))
    }
}

impl Renewal {
    /// Gives every target the keys it should have.
    pub(super) async fn hand_out(&mut self, round: &mut Round) -> Result<(), Died> {
        let Some(what) = self.deliverable(round) else { return Ok(()) };
        let unexpired = what.current.expires_at.is_none_or(|expiry| expiry > self.time.now());
        if self.is_observer() && self.parts.remembers && !self.unread {
            // An observer changes nothing; that the key is there and lives is all it can say. One whose
            // book is not read may have been adopted long ago.
            self.delivered_now |= unexpired;
            return Ok(());
        }
        let started = Instant::now();
        let now = self.time.now();
        self.behind.clear();
        let targets = self.targets_to_try(&what, now, round);
        self.pulse.beat(deliver::longest(&targets));
        let outcomes = deliver::round(&targets, &what, &self.ledger.delivered, now).await;
        self.pulse.beat(Duration::ZERO);
        self.parts.points.at(Point::Delivering)?;
        let mut news = false;
        for (target, outcome) in targets.iter().zip(outcomes) {
            let count = |result| self.parts.metrics.delivery(outcome.kind, result);
            match outcome.result {
                Delivery::Unchanged => drop(self.failing.remove(&outcome.target)),
                Delivery::Done(digest) => {
                    self.failing.remove(&outcome.target);
                    count(Delivered::Success);
                    news = true;
                    let kept = (digest.as_str().to_owned(), now);
                    self.ledger.delivered.insert(outcome.target.clone(), kept);
                    let key = what.current.fingerprint;
                    let facility = &self.parts.settings.name;
                    tracing::info!(%facility, %key, target = %outcome.target, "key delivered");
                    self.tell(What::Did(Deed::Deliver), Some(key), None, outcome.target);
                }
                Delivery::Later(at) => round.again(at),
                Delivery::Waits => {
                    self.behind.insert(outcome.target, "waits for the files".to_owned());
                }
                Delivery::Failed(error) => {
                    count(Delivered::Failure);
                    let digest = target.digest(&what);
                    self.delivery_failed(&**target, digest, error.to_string(), round);
                }
            }
        }
        if news {
            self.parts.metrics.stage_took(Stage::Deliver, started.elapsed());
            self.write().await;
        }
        self.delivered_now |= self.behind.is_empty() && unexpired;
        self.parts.points.at(Point::Delivered)
    }

    /// Lends those who ask the bank by hand the key readers should have.
    pub(super) fn lend(&self, round: &Round) {
        if round.looked {
            self.lent.send_replace(self.deliverable(round).map(|what| what.current.key));
        }
    }

    /// The targets, without those that failed and are not tried yet. Files are tried whenever there is an
    /// occasion: that disturbs nobody, and the application waits for them.
    fn targets_to_try(
        &mut self,
        what: &Deliverable,
        now: Timestamp,
        round: &mut Round,
    ) -> Vec<Arc<dyn DeliveryTarget>> {
        let mut targets = self.parts.targets.clone();
        targets.retain(|target| {
            let Some(failing) = self.failing.get(target.name()) else { return true };
            let at = failing.tried_at(&**target, &target.digest(what), now);
            if target.kind() == TargetKind::File || at <= now {
                return true;
            }
            self.behind.insert(target.name().to_owned(), failing.detail.clone());
            round.trouble(Condition::DeliveryBehind, failing.detail.clone());
            round.again(at);
            false
        });
        targets
    }

    fn delivery_failed(
        &mut self,
        target: &dyn DeliveryTarget,
        digest: Digest,
        detail: String,
        round: &mut Round,
    ) {
        let (name, facility) = (target.name(), &self.parts.settings.name);
        let before = self.failing.remove(name);
        if before.as_ref().is_none_or(|before| before.detail != detail) {
            tracing::warn!(%facility, target = name, error = %detail, "a delivery failed");
        }
        let same = before.filter(|before| before.digest == digest);
        let times = same.map_or(1, |before| before.times.saturating_add(1));
        self.behind.insert(name.to_owned(), detail.clone());
        round.trouble(Condition::DeliveryBehind, detail.clone());
        let is_file = target.kind() == TargetKind::File;
        round.again(self.after_misses(if is_file { times.min(FILE_MISSES_MAX) } else { times }));
        let failing = Failing { detail, digest, times, at: self.time.now(), wanted: false };
        self.failing.insert(name.to_owned(), failing);
    }

    /// A person put right what was wrong: what failed is tried at once.
    pub(super) fn deliver_now(&mut self) {
        for failing in self.failing.values_mut() {
            failing.wanted = true;
        }
    }

    /// What readers should have; nothing while the authority could not be read or holds a key that is
    /// known not to work here.
    pub(super) fn deliverable(&self, round: &Round) -> Option<Deliverable> {
        let unfit = self.unfit.is_some() && self.unfit == self.places().current;
        if !round.looked || unfit {
            return None;
        }
        let current = self.delivered_key(self.seen.current.as_ref()?);
        let usable = |key: Fingerprint| {
            let refused = matches!(
                self.ledger.state(key),
                Some(State::Expired | State::Compromised | State::Revoked | State::Rejected)
            );
            !refused
        };
        if !usable(current.fingerprint) {
            return None;
        }
        let previous = self.seen.previous.as_ref().map(|held| self.delivered_key(held));
        let previous = previous.filter(|key| {
            let over = key.expires_at.is_some_and(|expiry| expiry <= self.time.now());
            let leaked = self.ledger.leaked.contains(&key.fingerprint);
            usable(key.fingerprint) && !over && !leaked && key.fingerprint != current.fingerprint
        });
        Some(Deliverable {
            facility: self.parts.settings.name.clone(),
            environment: self.parts.settings.environment,
            community_code: self.ledger.community_code.clone(),
            current,
            previous,
        })
    }

    fn delivered_key(&self, holding: &Holding) -> DeliveredKey {
        let fingerprint = holding.key.fingerprint(self.parts.book.salt());
        let record = self.ledger.key(fingerprint);
        DeliveredKey {
            key: holding.key.clone(),
            fingerprint,
            name: record.and_then(|record| record.name.clone()),
            expires_at: record.and_then(|record| record.expires_at),
        }
    }

    pub(super) fn delivery_lines(&self) -> Vec<DeliveryLine> {
        let targets = self.parts.targets.iter();
        targets
            .map(|target| {
                let problem = self.behind.get(target.name()).cloned();
                let at = self.ledger.delivered.get(target.name()).map(|(_, at)| *at);
                DeliveryLine {
                    target: target.name().to_owned(),
                    behind: problem.is_some(),
                    delivered_at: at,
                    problem,
                }
            })
            .collect()
    }
}
