//! Looking at the authority, and bringing the ledger up to what is seen there.
//!
//! What stands in the store is a fact. A fact the table explains is a move; one it does not explain
//! is drift: it is said, counted, and the store's word holds.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::domain::condition::Condition;
use crate::domain::history::{Deed, Entry, What};
use crate::domain::ledger::{Moved, NoRow};
use crate::domain::names::Fingerprint;
use crate::domain::renewal::{self, Gate, Places, Sight, Step};
use crate::domain::secret_key::{Event, Origin, State};
use crate::key::{KEY_BYTES_MAX, KeyText};
use crate::secrets::{Holding, StoreError};
use crate::settings::model::Role;

use super::renewal::{AtBank, Renewal, Round, Source};

impl Renewal {
    /// Reads the authority and brings the ledger up to it.
    pub(super) async fn look(&mut self, round: &mut Round) {
        let Some(authority) = self.parts.stores.first().cloned() else { return };
        match authority.read().await {
            Ok(snapshot) => {
                let before = self.places().current;
                self.seen = snapshot;
                // What the bank said, it said of the key that was current then.
                if self.places().current != before {
                    round.current = AtBank::Unheard;
                }
                round.looked = true;
                self.misses.reads = 0;
                self.agree(round);
            }
            Err(error) => {
                round.looked = false;
                self.store_trouble(&error, round);
                self.misses.reads = self.misses.reads.saturating_add(1);
                round.again(self.after_misses(self.misses.reads));
            }
        }
    }

    /// Says what is wrong with a store.
    pub(super) fn store_trouble(&self, error: &StoreError, round: &mut Round) {
        let facility = &self.parts.settings.name;
        tracing::warn!(%facility, condition = error.label(), error = %error, "a secret store failed");
        round.trouble(condition_of(error), error.to_string());
    }

    /// Brings the ledger up to the last snapshot.
    fn agree(&mut self, round: &mut Round) {
        let seen = self.seen.clone();
        self.agree_current(seen.current.as_ref(), round);
        if let Some(previous) = &seen.previous {
            let key = self.meet(previous);
            let waits = matches!(
                self.ledger.state(key),
                Some(State::Offered | State::Held | State::Staged | State::Dropped)
            );
            if waits && Some(key) != self.places().current {
                self.note(key, Event::Supersede, "found in the store's previous place");
            }
        }
        for pending in &seen.pending {
            let key = self.meet(pending);
            if matches!(self.ledger.state(key), Some(State::Offered | State::Held | State::Dropped))
            {
                self.note(key, Event::Adopt, "found in the store's pending place");
            }
        }
        self.forget_writes_done_by_others();
    }

    /// A write that failed here may have been done by a peer, or be of no use any more; then nothing
    /// else would ever end its trouble.
    fn forget_writes_done_by_others(&mut self) {
        let (places, ledger) = (self.places(), &self.ledger);
        let current = places.current.and_then(|current| ledger.key(current));
        self.lasting.retain(|source, _| {
            let Source::Write(key) = source else { return true };
            let held = places.pending.contains(key) || places.previous == Some(*key);
            let over = ledger.key(*key).is_none_or(|key| {
                key.state.is_end() || current.is_some_and(|current| current.is_newer_than(key))
            });
            places.current != Some(*key) && (held || !over)
        });
        if !self.lasting.keys().any(|source| matches!(source, Source::Write(_))) {
            self.misses.writes = 0;
        }
    }

    fn agree_current(&mut self, holding: Option<&Holding>, round: &mut Round) {
        let before = self.ledger.current().map(|key| key.fingerprint);
        let Some(holding) = holding else {
            if let Some(gone) = before {
                self.note(gone, Event::Lose, "no longer in the secret store");
                let facility = &self.parts.settings.name;
                tracing::error!(%facility, key = %gone, "the current key is gone from the secret store");
            }
            return;
        };
        let key = self.meet(holding);
        if before == Some(key) {
            return;
        }
        if let Some(before) = before {
            let leaked = self.ledger.leaked.contains(&before);
            let event = if leaked { Event::Compromise } else { Event::Supersede };
            self.note(before, event, "another key was found current");
        }
        let state = self.ledger.state(key);
        // A key that stood current when its life ended is no news; it leaves only for another one.
        let ended = self.ledger.intended == Some(key) && state.is_some_and(State::is_end);
        if state != Some(State::Current) && !ended {
            self.note(key, Event::Find, "found current in the secret store");
            let proven = self.ledger.key(key).is_some_and(|key| key.proven_at.is_some());
            if !proven && self.ledger.failures == 0 {
                // Before readers are given a key that someone else put there, the bank is asked with it.
                self.ledger.next_attempt_at = None;
            }
        }
        self.agree_intention(key, round);
    }

    /// A current key that we did not make current is taken as meant, unless it is older than the one
    /// we did: then the secret was restored from a backup.
    fn agree_intention(&mut self, key: Fingerprint, round: &mut Round) {
        let intended = self.ledger.intended.and_then(|intended| self.ledger.key(intended));
        let found = self.ledger.key(key);
        let older = match (intended, found) {
            (Some(intended), Some(found)) => intended.is_newer_than(found),
            _ => false,
        };
        if older {
            let detail = "the secret holds an older key than the one made current last; the newer \
                          one is made current again if it still works";
            tracing::error!(facility = %self.parts.settings.name, key = %key, "{detail}");
            round.trouble(Condition::StoreDrift, detail);
        } else {
            self.ledger.intended = Some(key);
        }
    }

    /// Takes a stored key into memory and ledger.
    fn meet(&mut self, holding: &Holding) -> Fingerprint {
        let key = self.take_in_hand(holding.key.clone(), Origin::Store);
        self.ledger.learn(key, holding.name.as_ref(), holding.expires_at);
        if let Some(record) = self.ledger.keys.get_mut(&key) {
            record.version = Some(holding.version.clone());
        }
        key
    }

    /// Takes a key's text into memory and its name into the ledger.
    pub(super) fn take_in_hand(&mut self, text: KeyText, origin: Origin) -> Fingerprint {
        let key = text.fingerprint(self.parts.book.salt());
        let now = self.time.now();
        if self.ledger.key(key).is_none() {
            self.ledger.meet(key, origin, now);
            self.tell(What::Met(origin), Some(key), None, "met for the first time");
        }
        self.hand.insert(key, text);
        key
    }

    /// What the authority's places hold, by name.
    pub(super) fn places(&self) -> Places {
        let name = |holding: &Holding| holding.key.fingerprint(self.parts.book.salt());
        Places {
            exists: self.seen.exists,
            current: self.seen.current.as_ref().map(name),
            previous: self.seen.previous.as_ref().map(name),
            pending: self.seen.pending.iter().map(name).collect(),
        }
    }

    /// Decides the next step from everything that is known now.
    pub(super) fn decide(&mut self, round: &Round) -> Step {
        let places = self.places();
        let in_hand = if places.current.is_none() { self.key_in_hand() } else { self.unstored };
        let now = self.time.now();
        let put_off: Vec<_> =
            self.put_off.iter().filter(|(_, at)| **at > now).map(|(key, _)| *key).collect();
        let fetch_due = self.fetch_due(&places, round);
        let mut sight = Sight {
            ledger: &self.ledger,
            places: &places,
            in_hand,
            now,
            bank_time: self.time.sure(),
            gate: Gate::Open,
            put_off: &put_off,
            current_refused: round.current == AtBank::Refused,
            fetch_due,
        };
        if let Some(candidate) = renewal::candidate(&sight) {
            sight.gate = self.gate(candidate.first_seen_at);
        }
        renewal::next_step(&sight)
    }

    /// The key to begin with while the store holds none: the one that was there before, if it is
    /// still in memory, or the bootstrap key.
    fn key_in_hand(&mut self) -> Option<Fingerprint> {
        let intended = self.ledger.intended.filter(|key| self.hand.contains_key(key));
        let waits = |key: Fingerprint| {
            matches!(self.ledger.state(key), Some(State::Offered | State::Proven))
        };
        intended.filter(|key| waits(*key)).or_else(|| self.bootstrap())
    }

    /// The settings' bootstrap key, read anew each time: a person may have put another one there.
    pub(super) fn bootstrap(&mut self) -> Option<Fingerprint> {
        let path = self.parts.settings.secret_key.bootstrap.clone()?;
        let read = match read_bounded(&path) {
            Ok(bytes) => std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| KeyText::parse(text).ok())
                .ok_or_else(|| format!("the bootstrap file {} holds no key", path.display())),
            Err(error) => {
                Err(format!("the bootstrap file {} cannot be read: {error}", path.display()))
            }
        };
        let trouble = read.as_ref().err().cloned();
        if trouble.is_some() && trouble != self.bootstrap_trouble {
            let facility = &self.parts.settings.name;
            tracing::error!(%facility, reason = trouble, "there is no bootstrap key");
        }
        self.bootstrap_trouble = trouble;
        read.ok().map(|key| self.take_in_hand(key, Origin::Bootstrap))
    }

    /// What is said while no store holds a key: nothing where the bootstrap key is on its way in, since
    /// what holds it up says so itself.
    pub(super) fn without_a_key(&mut self) -> Option<(Condition, String)> {
        let nothing = "no secret store holds a key".to_owned();
        if self.role() == Role::Reader {
            return Some((Condition::NoKey, format!("{nothing} yet; the renewer puts it there")));
        }
        let path = self.parts.settings.secret_key.bootstrap.clone();
        let Some(key) = self.key_in_hand() else {
            let why = self.bootstrap_trouble.clone();
            let why = why.unwrap_or_else(|| "no bootstrap key is set".to_owned());
            return Some((Condition::NoKey, format!("{nothing}, and {why}")));
        };
        let path = path.map_or_else(String::new, |path| path.display().to_string());
        match self.ledger.state(key)? {
            State::Rejected => {
                let detail = format!("the key in {path} is no secret key of this facility");
                Some((Condition::WrongKind, detail))
            }
            state @ (State::Compromised | State::Revoked | State::Expired) => {
                let state = state.label();
                Some((Condition::NoKey, format!("{nothing}, and the one in {path} is {state}")))
            }
            State::Offered
            | State::Held
            | State::Staged
            | State::Proven
            | State::Current
            | State::Previous
            | State::SetAside
            | State::Dropped => None,
        }
    }

    /// Follows a row of the table, and writes down, counts and says that it was followed. A fact
    /// without a row is drift and changes nothing.
    pub(super) fn note(&mut self, key: Fingerprint, event: Event, detail: &str) {
        match self.ledger.step(key, event) {
            Ok(moved) => self.moved(moved, detail),
            Err(NoRow { from, .. }) => {
                self.parts.metrics.key_drifted();
                tracing::warn!(
                    facility = %self.parts.settings.name,
                    key = %key,
                    state = from.map_or("unknown", State::label),
                    event = event.label(),
                    "something happened to a key that its lifecycle does not explain"
                );
            }
        }
    }

    fn moved(&mut self, moved: Moved, detail: &str) {
        self.parts.metrics.key_moved(moved.from, moved.event);
        tracing::debug!(
            facility = %self.parts.settings.name,
            key = %moved.fingerprint,
            event = moved.event.label(),
            state = moved.to.label(),
            "a key moved"
        );
        let places = Some((moved.from, moved.to));
        self.tell(What::Moved(moved.event), Some(moved.fingerprint), places, detail);
    }

    /// Writes a line into the history; it reaches the book with the next write.
    pub(super) fn tell(
        &mut self,
        what: What,
        fingerprint: Option<Fingerprint>,
        moved: Option<(State, State)>,
        detail: impl Into<String>,
    ) {
        let (actor, reason) = self.on_behalf_of();
        self.unwritten.push(Entry {
            at: self.time.now(),
            what,
            fingerprint,
            moved,
            actor,
            reason,
            detail: detail.into(),
        });
    }
}

/// The condition that follows from a store's failure.
pub(super) const fn condition_of(error: &StoreError) -> Condition {
    match error {
        StoreError::Unavailable { .. } => Condition::StoreUnavailable,
        StoreError::Denied { .. } => Condition::StoreDenied,
        StoreError::Shape { .. } => Condition::StoreShape,
        StoreError::Refused { .. } => Condition::StoreRefused,
    }
}

/// The word in the history for a store's failure to write.
pub(super) const fn deed_of(error: &StoreError) -> Deed {
    match error {
        StoreError::Unavailable { .. } => Deed::StoreUnavailable,
        StoreError::Denied { .. } => Deed::StoreDenied,
        StoreError::Shape { .. } => Deed::StoreShape,
        StoreError::Refused { .. } => Deed::StoreRefused,
    }
}

/// What a file begins with, with room for more than a key. A pipe is not waited for, and a device
/// that never ends is not read to its end.
pub(super) fn read_bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let without_waiting = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * KEY_BYTES_MAX));
    file.take(2 * KEY_BYTES_MAX as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
