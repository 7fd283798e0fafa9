//! All that is remembered of one facility, as values; the book stores it, the decisions read it.
//!
//! The ledger holds no key's text. Its moves go through the lifecycle's table: a move without a row
//! is refused and reported, never made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::backoff;
use super::names::{ActorName, CommunityCode, Fingerprint, KeyName};
use super::secret_key::{Event, KeyRecord, Origin, State};

/// All that is remembered of one facility.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Every key ever met, by its short name.
    pub keys: BTreeMap<Fingerprint, KeyRecord>,
    /// The keys a person reported as leaked.
    pub leaked: BTreeSet<Fingerprint>,
    /// A held or earlier-expiring key that a person accepted.
    pub accepted: Option<Fingerprint>,
    /// The key we last made, or agreed to have, current. Another one found current and older than
    /// this is a secret restored from a backup.
    pub intended: Option<Fingerprint>,
    /// Who took a production facility over from the observer, and when.
    pub adopted: Option<(Timestamp, ActorName)>,
    /// The bank's code of the facility, from the first proven key.
    pub community_code: Option<CommunityCode>,
    /// A rollback's pin.
    pub pin: Option<Pin>,
    /// When the bank was asked for the latest key, over the last days.
    pub calls: Vec<Timestamp>,
    /// When the bank was last asked on schedule or by a person.
    pub last_attempt_at: Option<Timestamp>,
    /// When it last answered with a key.
    pub last_success_at: Option<Timestamp>,
    /// When it is asked next.
    pub next_attempt_at: Option<Timestamp>,
    /// Failed attempts since the last success.
    pub failures: u32,
    /// When the renewal path was last rehearsed with success.
    pub rehearsed_at: Option<Timestamp>,
    /// What was last delivered where: target, digest of the content, and when.
    pub delivered: BTreeMap<String, (String, Timestamp)>,
}

/// A rollback's pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The key that stays.
    pub fingerprint: Fingerprint,
    /// Until when.
    pub until: Timestamp,
    /// Who pinned it.
    pub by: ActorName,
    /// Why.
    pub reason: Option<String>,
}

/// A move that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which key.
    pub fingerprint: Fingerprint,
    /// From where.
    pub from: State,
    /// By what.
    pub event: Event,
    /// To where.
    pub to: State,
}

/// A move for which the table has no row; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRow {
    /// The key, if the ledger knows it.
    pub from: Option<State>,
    /// What happened to it.
    pub event: Event,
}

impl Ledger {
    /// The record of a key.
    pub fn key(&self, fingerprint: Fingerprint) -> Option<&KeyRecord> {
        self.keys.get(&fingerprint)
    }

    /// Where a key stands.
    pub fn state(&self, fingerprint: Fingerprint) -> Option<State> {
        self.key(fingerprint).map(|key| key.state)
    }

    /// Meets a key: the record of one already known, with name and expiry filled in where they were
    /// missing, or a new one that begins as offered.
    pub fn meet(
        &mut self,
        fingerprint: Fingerprint,
        origin: Origin,
        now: Timestamp,
    ) -> &mut KeyRecord {
        let seq = self.keys.values().map(|key| key.seq).max().unwrap_or(0) + 1;
        self.keys.entry(fingerprint).or_insert_with(|| KeyRecord {
            fingerprint,
            name: None,
            expires_at: None,
            state: State::Offered,
            origin,
            version: None,
            proven_at: None,
            seq,
            first_seen_at: now,
        })
    }

    /// Notes what the bank or a store says of a key's name and expiry.
    pub fn learn(
        &mut self,
        fingerprint: Fingerprint,
        name: Option<&KeyName>,
        expiry: Option<Timestamp>,
    ) {
        if let Some(key) = self.keys.get_mut(&fingerprint) {
            key.name = name.cloned().or_else(|| key.name.take());
            key.expires_at = expiry.or(key.expires_at);
        }
    }

    /// Notes that the bank answered with this key when it was asked for the latest: none we have met
    /// is newer, even where an expiry is not known to tell.
    pub fn offered(&mut self, fingerprint: Fingerprint, name: Option<&KeyName>, expiry: Timestamp) {
        self.learn(fingerprint, name, Some(expiry));
        let others = self.keys.values().filter(|key| key.fingerprint != fingerprint);
        let last = others.map(|key| key.seq).max().unwrap_or(0);
        if let Some(key) = self.keys.get_mut(&fingerprint) {
            key.seq = key.seq.max(last + 1);
        }
    }

    /// Follows a row of the table.
    ///
    /// # Errors
    ///
    /// Says so, and changes nothing, where the table has no row or the ledger no such key.
    pub fn step(&mut self, fingerprint: Fingerprint, event: Event) -> Result<Moved, NoRow> {
        let Some(key) = self.keys.get_mut(&fingerprint) else {
            return Err(NoRow { from: None, event });
        };
        let from = key.state;
        let Some(to) = from.next(event) else {
            return Err(NoRow { from: Some(from), event });
        };
        key.state = to;
        Ok(Moved { fingerprint, from, event, to })
    }

    /// The key in state current; there is at most one.
    pub fn current(&self) -> Option<&KeyRecord> {
        self.keys.values().find(|key| key.state == State::Current)
    }

    /// Takes out of stored times what a wall clock that was wrong left in them, given the bank's own
    /// time: what was done cannot lie in the future, and the next attempt not further away than any
    /// wait is long. Forgets calls older than any limit looks.
    pub fn tidy_times(&mut self, now: Timestamp) {
        let oldest = now.saturating_sub(jiff::SignedDuration::from_hours(72)).unwrap_or(now);
        self.calls.retain(|call| *call >= oldest);
        for call in &mut self.calls {
            *call = (*call).min(now);
        }
        for past in [&mut self.last_attempt_at, &mut self.last_success_at] {
            *past = past.map(|at| at.min(now));
        }
        let latest = now.saturating_add(backoff::WAIT_MAX).unwrap_or(now);
        self.next_attempt_at = self.next_attempt_at.map(|at| at.min(latest));
    }

    /// Whether the pin holds at `now`.
    pub fn pinned(&self, now: Timestamp) -> Option<&Pin> {
        self.pin.as_ref().filter(|pin| now < pin.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_wrong_clock_left_behind_is_put_right() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (now, years) = (at(1_000_000_000), 300_000_000);
        let ahead = Some(at(1_000_000_000 + years));
        let mut ledger = Ledger {
            calls: vec![at(1_000_000_000 - years), at(999_999_000), at(1_000_000_000 + years)],
            last_attempt_at: ahead,
            last_success_at: Some(at(999_999_000)),
            next_attempt_at: ahead,
            ..Ledger::default()
        };
        ledger.tidy_times(now);
        assert_eq!(ledger.calls, [at(999_999_000), now]);
        assert_eq!(ledger.last_attempt_at, Some(now));
        assert_eq!(ledger.last_success_at, Some(at(999_999_000)));
        assert_eq!(ledger.next_attempt_at, Some(now + backoff::WAIT_MAX));
    }

    #[test]
    fn a_move_without_a_row_changes_nothing() {
        let mut ledger = Ledger::default();
        let key = Fingerprint::from_bytes([1; 8]);
        assert_eq!(
            ledger.step(key, Event::Promote),
            Err(NoRow { from: None, event: Event::Promote })
        );
        ledger.meet(key, Origin::Fetched, Timestamp::UNIX_EPOCH);
        let refused = NoRow { from: Some(State::Offered), event: Event::Promote };
        assert_eq!(ledger.step(key, Event::Promote), Err(refused));
        assert_eq!(ledger.state(key), Some(State::Offered));
        assert_eq!(ledger.step(key, Event::Stage).map(|moved| moved.to), Ok(State::Staged));
    }

    #[test]
    fn later_met_keys_have_later_numbers() {
        let mut ledger = Ledger::default();
        for byte in [3, 1, 2, 1] {
            let at = Timestamp::UNIX_EPOCH;
            ledger.meet(Fingerprint::from_bytes([byte; 8]), Origin::Store, at);
        }
        let seq = |byte| ledger.key(Fingerprint::from_bytes([byte; 8])).map(|key| key.seq);
        assert_eq!([seq(3), seq(1), seq(2)], [Some(1), Some(2), Some(3)]);
    }
}
