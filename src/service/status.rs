//! What a cycle concludes: the status everyone reads, and when the next cycle is due.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::backoff::{self, CALLS_PER_DAY_MAX};
use crate::domain::calendar::Activation;
use crate::domain::condition::{Condition, Urgency};
use crate::domain::ledger::Ledger;
use crate::domain::names::{Environment, Fingerprint, KeyRole};
use crate::domain::renewal::{Places, Waiting};
use crate::domain::secret_key::{KeyRecord, State};
use crate::settings::model::Role;

use super::facility::{BankLine, FacilityStatus, KeyLine, RenewalLine, StoreLine};
use super::parts::Parts;
use super::renewal::{Renewal, Round, Source};

/// With less than this left and no successor offered, the key is most likely one that is never
/// renewed: the bank is expected to offer a successor 30 days before the expiry.
const NOT_RENEWABLE_WITHIN: SignedDuration = SignedDuration::from_hours(28 * 24);

/// With less than this left the successor is watched for.
const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The status before the first look.
pub(super) fn first(parts: &Parts, ledger: &Ledger) -> FacilityStatus {
    let observer = parts.role == Role::Renewer
        && parts.settings.environment == Environment::Production
        && ledger.adopted.is_none();
    let stores = parts.stores.iter().enumerate();
    let stores = stores.map(|(nth, store)| StoreLine {
        name: store.name().clone(),
        authority: nth == 0,
        in_sync: None,
        problem: None,
    });
    FacilityStatus {
        observer,
        community_code: ledger.community_code.clone(),
        stores: stores.collect(),
        ..FacilityStatus::unseen(&parts.settings, parts.role, parts.clock.now())
    }
}

impl Renewal {
    /// Publishes how things stand and returns when the next cycle is due.
    pub(super) fn conclude(&mut self, round: &mut Round) -> Timestamp {
        self.standing_troubles(round);
        let (condition, detail) = worst(round);
        let before = self.status.borrow().clone();
        let since =
            if before.condition == condition { before.condition_since } else { self.time.now() };
        self.say_condition(&before, condition, &detail);
        let status = FacilityStatus {
            observer: self.is_observer(),
            community_code: self.ledger.community_code.clone(),
            condition,
            condition_since: since,
            detail,
            keys: self.key_lines(),
            stores: self.store_lines(round),
            deliveries: self.delivery_lines(),
            renewal: self.renewal_line(round),
            pin: self.ledger.pinned(self.time.now()).cloned(),
            bank: self.bank_line(round),
            book_problem: self.book_trouble.clone(),
            delivered_once: before.delivered_once || self.delivered_now,
            as_of: self.time.now(),
            facility: before.facility.clone(),
            environment: before.environment,
            role: before.role,
        };
        self.status.send_replace(Arc::new(status));
        self.wake_at(round)
    }

    /// What is the matter whatever this cycle did.
    fn standing_troubles(&mut self, round: &mut Round) {
        let now = self.time.now();
        self.drop_settled();
        for (condition, detail) in self.lasting.values() {
            round.trouble(*condition, detail.clone());
        }
        if let Some(trouble) = &self.book_trouble {
            round.trouble(Condition::BookUnusable, trouble.clone());
        }
        if self.is_observer() {
            let would = round.would.join("; ");
            let detail = match round.waiting {
                _ if !would.is_empty() => would,
                // What was said of it once is not tried again at every look.
                Some(Waiting::Proof(key)) => format!("would bring key {key} into use"),
                _ => "nothing is written until a person takes it over".to_owned(),
            };
            round.trouble(Condition::Observer, detail);
        }
        if !backoff::may_call(&self.ledger.calls, now, CALLS_PER_DAY_MAX) {
            let next = backoff::next_call_at(&self.ledger.calls, now);
            let detail = format!("the bank was asked {CALLS_PER_DAY_MAX} times; next at {next}");
            round.trouble(Condition::CallsSpent, detail);
        }
        if let Some(pin) = self.ledger.pinned(now) {
            let (by, key, until) = (&pin.by, pin.fingerprint, pin.until);
            let detail = if self.places().current.is_none_or(|current| current == key) {
                format!("rolled back to key {key} by {by}; the pin ends at {until}")
            } else {
                format!(
                    "{by} pinned key {key} until {until}, and another key is current: finish it with \
                     quaymaster key rollback, or end it"
                )
            };
            round.trouble(Condition::Pinned, detail);
        }
        if !round.looked {
            return;
        }
        let places = self.places();
        let Some(current) = places.current else {
            if places.pending.is_empty()
                && let Some((condition, detail)) = self.without_a_key()
            {
                round.trouble(condition, detail);
            }
            return;
        };
        if let Some(key) = self.ledger.key(current).cloned() {
            self.standing_of_current(&key, &places, round);
        }
        let held = self.ledger.keys.values().find(|key| key.state == State::Held);
        if let Some(held) = held {
            let ours = self.ledger.key(current).and_then(|key| key.expires_at);
            let earlier = held.expires_at.zip(ours).is_some_and(|(theirs, ours)| theirs < ours);
            let condition = if earlier { Condition::EarlierOffer } else { Condition::Held };
            let detail = format!("key {} waits for a person", held.fingerprint);
            round.trouble(condition, detail);
        }
        if let Some(expiry) = self.ledger.key(current).and_then(|key| key.expires_at)
            && let Err(unreachable) = self.parts.calendar.reachability(now, expiry)
            && self.role() == Role::Renewer
        {
            round.trouble(Condition::WindowUnreachable, unreachable.sentence);
        }
    }

    /// Forgets what went wrong with keys that wait for nothing any more.
    fn drop_settled(&mut self) {
        let (ledger, unfit, places) = (&self.ledger, self.unfit, self.places());
        self.lasting.retain(|source, _| match source {
            Source::Fetch | Source::Write(_) => true,
            Source::Proof(key) if places.current == Some(*key) => unfit == Some(*key),
            // Where no key is current, whatever was tried says why.
            Source::Proof(_) if places.current.is_none() => true,
            Source::Proof(key) => {
                let waits = matches!(
                    ledger.state(*key),
                    Some(State::Staged | State::Proven | State::SetAside)
                );
                waits && (places.pending.contains(key) || places.previous == Some(*key))
            }
        });
    }

    /// Whether the current key ends, or soon will, with no other to follow it.
    pub(super) fn standing_of_current(&self, key: &KeyRecord, places: &Places, round: &mut Round) {
        let now = self.time.now();
        let waits = !places.pending.is_empty() || self.role() == Role::Reader;
        let Some(left) = key.time_left(now) else { return };
        let days = left.as_hours() / 24;
        if key.state == State::Expired || left.is_zero() {
            let detail = format!("the current key {} has expired", key.fingerprint);
            round.trouble(Condition::ExpiredLockedOut, detail);
        } else if left < NOT_RENEWABLE_WITHIN && !waits {
            let detail = format!("{days} days left and the bank offers no other key");
            round.trouble(Condition::NotRenewable, detail);
        } else if left < DUE_WITHIN && !waits {
            let detail = format!("{days} days left; the bank has not offered the successor yet");
            round.trouble(Condition::RenewalDue, detail);
        }
    }

    /// Says a condition once when it begins and once when it ends.
    fn say_condition(&self, before: &FacilityStatus, condition: Condition, detail: &str) {
        if before.condition == condition {
            return;
        }
        let facility = &self.parts.settings.name;
        let word = condition.label();
        match condition.urgency() {
            Urgency::Fine => tracing::info!(%facility, condition = word, "all is well"),
            Urgency::Passing => {
                tracing::info!(%facility, condition = word, reason = detail, "nothing to do yet");
            }
            Urgency::Attention => {
                let remedy = condition.remedy();
                tracing::warn!(%facility, condition = word, reason = detail, remedy, "a person should look");
            }
            Urgency::Stuck => {
                let remedy = condition.remedy();
                tracing::error!(%facility, condition = word, reason = detail, remedy, "a person must act");
            }
        }
    }

    fn key_lines(&self) -> Vec<KeyLine> {
        let places = self.places();
        let role = |key: Fingerprint| {
            if places.current == Some(key) {
                Some(KeyRole::Current)
            } else if self.ledger.state(key) == Some(State::SetAside) {
                Some(KeyRole::Pending)
            } else if places.previous == Some(key) {
                Some(KeyRole::Previous)
            } else {
                places.pending.contains(&key).then_some(KeyRole::Pending)
            }
        };
        let shown = |key: &&KeyRecord| !key.state.is_end() || role(key.fingerprint).is_some();
        let mut keys: Vec<_> = self.ledger.keys.values().filter(shown).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.seq));
        keys.into_iter()
            .map(|key| KeyLine {
                role: role(key.fingerprint),
                fingerprint: key.fingerprint,
                name: key.name.clone(),
                state: key.state,
                origin: key.origin,
                expires_at: key.expires_at,
                proven_at: key.proven_at,
                version: key.version.clone(),
            })
            .collect()
    }

    fn store_lines(&self, round: &Round) -> Vec<StoreLine> {
        let trouble = round.troubles.iter().find(|(condition, _)| {
            matches!(
                condition,
                Condition::StoreUnavailable
                    | Condition::StoreDenied
                    | Condition::StoreShape
                    | Condition::StoreRefused
            )
        });
        let stores = self.parts.stores.iter().enumerate();
        stores
            .map(|(nth, store)| {
                let (in_sync, problem) = if nth == 0 {
                    let detail = trouble.map(|(_, detail)| detail.clone());
                    let detail = detail.filter(|_| !round.looked);
                    (self.seen.current.as_ref().map(|_| true), detail)
                } else {
                    let known = self.mirrors.get(&nth).cloned();
                    known.map_or((None, None), |(in_sync, problem)| (Some(in_sync), problem))
                };
                StoreLine { name: store.name().clone(), authority: nth == 0, in_sync, problem }
            })
            .collect()
    }

    fn renewal_line(&self, round: &Round) -> RenewalLine {
        let now = self.time.now();
        let calls = backoff::calls_in_a_day(&self.ledger.calls, now);
        let (activation_at, why_not_yet) = match round.waiting {
            Some(Waiting::Window(key, _)) => {
                let since = self.ledger.key(key).map_or(now, |key| key.first_seen_at);
                let activation: Activation = self.activation(since);
                (activation.at(now), activation.why().to_owned())
            }
            Some(Waiting::Pin(until)) => (Some(until), "a rollback's pin holds".to_owned()),
            Some(Waiting::Proof(_)) if self.is_observer() => {
                (None, "a person has not taken the facility over yet".to_owned())
            }
            Some(Waiting::Proof(key)) => {
                let again = self.put_off.get(&key).copied();
                (again, format!("key {key} is not proven yet; it is tried again"))
            }
            Some(Waiting::Nothing) | None => (None, String::new()),
        };
        RenewalLine {
            last_attempt_at: self.ledger.last_attempt_at,
            last_success_at: self.ledger.last_success_at,
            next_attempt_at: self.fetch_due_at(),
            consecutive_failures: self.ledger.failures,
            calls_in_24h: u32::try_from(calls).unwrap_or(u32::MAX),
            activation_at,
            why_not_yet,
            rehearsed_at: self.ledger.rehearsed_at,
        }
    }

    fn bank_line(&self, round: &Round) -> BankLine {
        let trouble = round.troubles.iter().find(|(condition, _)| {
            matches!(
                condition,
                Condition::BankUnavailable
                    | Condition::BankUnreadable
                    | Condition::ProxyRefused
                    | Condition::TlsRefused
                    | Condition::WrongAddress
            )
        });
        BankLine {
            available: trouble.is_none(),
            reason: trouble.map_or("ok", |(condition, _)| condition.label()),
            skew_seconds: self.time.skew_seconds(),
        }
    }
}

/// The most urgent trouble, the first of its kind; `ok` if there is none.
fn worst(round: &Round) -> (Condition, String) {
    let mut worst: Option<&(Condition, String)> = None;
    for trouble in &round.troubles {
        if worst.is_none_or(|known| trouble.0.urgency() > known.0.urgency()) {
            worst = Some(trouble);
        }
    }
    worst.map_or((Condition::Ok, String::new()), |(condition, detail)| (*condition, detail.clone()))
}
