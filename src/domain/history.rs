//! What is written down of everything that happened to a facility's keys.

use jiff::Timestamp;

use super::names::{ActorName, Fingerprint};
use super::secret_key::State;

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in the bank's time as best known.
    pub at: Timestamp,
    /// A fixed word: an event of the lifecycle, a command, or how a fetch went.
    pub what: &'static str,
    /// The key it happened to.
    pub fingerprint: Option<Fingerprint>,
    /// Where the key stood before and after, if it moved.
    pub moved: Option<(State, State)>,
    /// Who brought it about.
    pub actor: ActorName,
    /// Why, in the asker's words.
    pub reason: Option<String>,
    /// One sentence more, without any secret.
    pub detail: String,
}

/// A stop that a person put on activations, rollouts, rehearsals and sweeps; emergency key work goes
/// on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualFreeze {
    /// Since when.
    pub since: Timestamp,
    /// Until when; until it is lifted, if not given.
    pub until: Option<Timestamp>,
    /// Who.
    pub by: ActorName,
    /// Why.
    pub reason: String,
}

impl ManualFreeze {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
