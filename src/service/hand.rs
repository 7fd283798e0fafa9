//! Giving readers their keys: what the authority holds as current and previous, and nothing else.

use std::time::Duration;

use tokio::time::Instant;

use crate::deliver::{self, Deliverable, DeliveredKey, Delivery};
use crate::domain::condition::Condition;
use crate::domain::history::{Deed, What};
use crate::domain::names::Fingerprint;
use crate::domain::secret_key::State;
use crate::metrics::labels::{Delivered, Stage};
use crate::secrets::Holding;

use super::facility::DeliveryLine;
use super::points::{Died, Point};
use super::renewal::{Renewal, Round};

/// A failed delivery is tried again after 1, 2, 4, 8 and then every 16 minutes.
const DOUBLINGS_MAX: u32 = 5;

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
        let targets = &self.parts.targets;
        self.pulse.beat(deliver::longest(targets));
        let outcomes = deliver::round(targets, &what, &self.ledger.delivered, now).await;
        self.pulse.beat(Duration::ZERO);
        self.parts.points.at(Point::Delivering)?;
        let mut news = false;
        self.behind.clear();
        for outcome in outcomes {
            let count = |result| self.parts.metrics.delivery(outcome.kind, result);
            match outcome.result {
                Delivery::Unchanged => {}
                Delivery::Done(digest) => {
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
                    self.delivery_failed(&outcome.target, &error.to_string(), round);
                }
            }
        }
        if self.behind.is_empty() {
            self.misses.deliveries = 0;
        } else {
            // At once a few times, then in quarters of an hour: most readers are only late.
            self.misses.deliveries = self.misses.deliveries.saturating_add(1).min(DOUBLINGS_MAX);
            round.again(self.after_misses(self.misses.deliveries));
        }
        if news {
            self.parts.metrics.stage_took(Stage::Deliver, started.elapsed());
            self.write().await;
        }
        self.delivered_now |= self.behind.is_empty() && unexpired;
        self.parts.points.at(Point::Delivered)
    }

    fn delivery_failed(&mut self, target: &str, detail: &str, round: &mut Round) {
        let facility = &self.parts.settings.name;
        if self.failing.insert(target.to_owned(), detail.to_owned()).as_deref() != Some(detail) {
            tracing::warn!(%facility, target, error = detail, "a delivery failed");
        }
        self.behind.insert(target.to_owned(), detail.to_owned());
        round.trouble(Condition::DeliveryBehind, detail.to_owned());
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
