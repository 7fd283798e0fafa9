//! After a leak: the leaked key leaves every place, and the bank is asked until it refuses it.

use jiff::SignedDuration;

use crate::domain::condition::Condition;
use crate::domain::names::Fingerprint;
use crate::domain::secret_key::{Event, State};
use crate::domain::verdict::Answer;

use super::renewal::{Renewal, Round, later};

/// How often the bank is asked whether a leaked key is dead.
const ASK_EVERY: SignedDuration = SignedDuration::from_mins(5);

impl Renewal {
    /// Follows every key that was reported as leaked to its end.
    pub(super) async fn watch_leaks(&mut self, round: &mut Round) {
        let current = self.places().current;
        for key in self.ledger.leaked.clone() {
            match self.ledger.state(key) {
                None | Some(State::Revoked | State::Expired) => continue,
                Some(State::Compromised) => {}
                Some(_) if Some(key) == current => {}
                Some(_) => self.note(key, Event::Compromise, "it leaked"),
            }
            let again = later(self.time.now(), ASK_EVERY);
            round.again(again);
            if Some(key) == current {
                let detail = format!("key {key} leaked and is still the current one");
                round.trouble(Condition::Compromised, detail);
            } else if !self.is_dead(key).await {
                let detail =
                    format!("key {key} leaked, is out of use here, and is not yet revoked");
                round.trouble(Condition::Compromised, detail);
            }
        }
    }

    /// Whether the bank refuses a leaked key. A 401 counts only while the current key is accepted from
    /// the same address; a key whose text is gone from memory cannot be asked about.
    async fn is_dead(&mut self, key: Fingerprint) -> bool {
        let Some(text) = self.hand.get(&key).cloned() else { return false };
        if self.try_root(&text).await != Answer::Unauthorised {
            return false;
        }
        let current = self.seen.current.as_ref().map(|held| held.key.clone());
        let Some(current) = current.filter(|current| *current != text) else { return false };
        if !matches!(self.try_root(&current).await, Answer::Works(_)) {
            return false;
        }
        self.note(key, Event::Revoke, "the bank answers 401 to it");
        self.hand.remove(&key);
        tracing::info!(facility = %self.parts.settings.name, key = %key, "the leaked key is dead");
        true
    }
}
