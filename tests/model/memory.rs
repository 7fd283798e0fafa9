//! A replica's ledger, made small: what a decision can depend on, and nothing else.
//!
//! Names, versions, the times of calls and deliveries, and who did what are left out: no decision
//! reads them. Times become yes or no: an expiry is known or not (it is a function of the key), a
//! proof is fresh or not. Sequence numbers become ranks.

use jiff::{SignedDuration, Timestamp};
use quaymaster::domain::ledger::{Ledger, Pin};
use quaymaster::domain::names::{ActorName, Fingerprint};
use quaymaster::domain::secret_key::{KeyRecord, Origin, State};

use super::world::{KEYS_MAX, Key};

/// How far apart the expiries of two generations are: less than what makes a new key unscheduled.
const APART: SignedDuration = SignedDuration::from_hours(24 * 50);

/// What is remembered of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Known {
    /// The state's place in the table.
    state: u8,
    dated: bool,
    proven: bool,
    rank: u8,
}

/// What is remembered of a facility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Memory {
    keys: [Option<Known>; KEYS_MAX as usize],
    intended: Option<Key>,
    pub(crate) pinned: Option<Key>,
}

pub(crate) fn name(key: Key) -> Fingerprint {
    Fingerprint::from_bytes([key; 8])
}

pub(crate) fn key_named(fingerprint: Fingerprint) -> Key {
    (1..=KEYS_MAX).find(|key| name(*key) == fingerprint).unwrap()
}

pub(crate) fn expiry(key: Key) -> Timestamp {
    Timestamp::UNIX_EPOCH + APART * i32::from(key)
}

/// The bank's time: some time after the last key that expired, and before the next.
pub(crate) fn now(expired: Key) -> Timestamp {
    expiry(expired) + SignedDuration::from_hours(1)
}

impl Memory {
    /// The ledger as the program holds it.
    pub(crate) fn ledger(&self, now: Timestamp) -> Ledger {
        let mut ledger = Ledger { intended: self.intended.map(name), ..Ledger::default() };
        for (key, known) in (1..).zip(self.keys) {
            let Some(known) = known else { continue };
            let record = KeyRecord {
                fingerprint: name(key),
                name: None,
                expires_at: known.dated.then(|| expiry(key)),
                state: State::ALL[usize::from(known.state)],
                origin: Origin::Fetched,
                version: None,
                proven_at: known.proven.then_some(now),
                seq: i64::from(known.rank),
                first_seen_at: Timestamp::UNIX_EPOCH,
            };
            ledger.keys.insert(name(key), record);
        }
        ledger.pin = self.pinned.map(|key| Pin {
            fingerprint: name(key),
            until: expiry(key),
            by: ActorName::new("a person").unwrap(),
            reason: None,
        });
        ledger
    }

    pub(crate) fn of(ledger: &Ledger) -> Memory {
        let mut memory = Memory {
            intended: ledger.intended.map(key_named),
            pinned: ledger.pin.as_ref().map(|pin| key_named(pin.fingerprint)),
            ..Memory::default()
        };
        for record in ledger.keys.values() {
            let key = key_named(record.fingerprint);
            let before = ledger.keys.values().filter(|other| other.seq < record.seq).count();
            memory.keys[usize::from(key) - 1] = Some(Known {
                state: record.state as u8,
                dated: record.expires_at.is_some(),
                proven: record.proven_at.is_some(),
                rank: u8::try_from(before).unwrap(),
            });
        }
        memory
    }

    /// Proofs grow old.
    pub(crate) fn without_proofs(mut self) -> Memory {
        for known in self.keys.iter_mut().flatten() {
            known.proven = false;
        }
        self
    }
}
