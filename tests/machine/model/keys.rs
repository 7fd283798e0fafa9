//! Idempotency keys: the original response for 22 hours, whatever else is sent.

use jiff::{SignedDuration, Timestamp};

use super::super::calls::{Call, Nth};
use super::deeds::sent;
use super::{Ask, Deed, Expect, Model, pick};

/// How long a key is remembered.
const LIFE: SignedDuration = SignedDuration::from_hours(22);

/// A key that was used.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// What was asked for first under it, since it was last forgotten.
    deed: Deed,
    at: Timestamp,
    /// Whether the answer is kept: the documents say nothing of refusals, and the sandbox keeps what
    /// it did and what it refused for its fields (the guess `idempotency_keeps`).
    is_kept: bool,
}

impl Key {
    pub(crate) fn forgotten(&self) -> Timestamp {
        self.at + LIFE
    }
}

impl Model {
    /// Notes that a request was sent under the next key; returns the key's number.
    pub(super) fn remember(&mut self, deed: &Deed, status: u16) -> usize {
        self.keys.push(self.used(deed, status));
        self.keys.len() - 1
    }

    fn used(&self, deed: &Deed, status: u16) -> Key {
        let is_kept = (200..300).contains(&status) || status == 422;
        Key { deed: deed.clone(), at: self.now, is_kept }
    }

    /// A POST is sent under a key that was used.
    pub(super) fn replay(&mut self, nth: Nth, instead: Option<&Call>) -> Ask {
        let Some(at) = pick(nth, self.keys.len()) else { return Ask::Nothing };
        let key = &self.keys[at];
        let other = instead.and_then(|call| self.resolve(call));
        let deed = other.unwrap_or_else(|| key.deed.clone());
        let remembered = key.is_kept && self.now < key.forgotten();
        let expect = if remembered {
            // Nothing is done: the model stays as it is.
            Expect { replays: Some(at), ..Expect::refused(0) }
        } else {
            let expect = self.act(&deed);
            self.keys[at] = self.used(&deed, expect.status);
            expect
        };
        Ask::Send { sent: sent(&deed, Some(at)), expect }
    }
}
