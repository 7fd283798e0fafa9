//! What the rest of the program sees of a facility: a handle to ask, and a status to read.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::by_hand::ByHand;
use super::pulse::Pulse;
use crate::domain::condition::Condition;
use crate::domain::history::Request;
pub use crate::domain::ledger::Pin;
use crate::domain::names::{
    ActorName, CommunityCode, Environment, FacilityName, Fingerprint, KeyName, KeyRole, StoreName,
    VersionId,
};
use crate::domain::secret_key::{Origin, State};
use crate::key::KeyText;
use crate::settings::model::{Facility, Role};

/// What a person, or a machine with a token, can ask of a facility.
#[derive(Clone, Debug)]
pub enum Command {
    /// Look at stores and bank now, past any back-off; with `end_pin`, also end a rollback's pin.
    Renew {
        /// End a pin before its time.
        end_pin: bool,
    },
    /// Prove and promote a key made in the portal.
    Install {
        /// The key.
        key: KeyText,
    },
    /// Use a key that is held, or that expires earlier than the present one.
    Accept,
    /// Exercise the path that is used once in two years.
    Rehearse,
    /// Go back to the previous key and stay there until the pin ends.
    Rollback {
        /// The pin's end; the previous key's expiry, less a day, if not given.
        until: Option<Timestamp>,
    },
    /// The leaked-key emergency.
    Compromise {
        /// The leaked key; the current one if not given.
        fingerprint: Option<Fingerprint>,
    },
    /// A leaked key was deleted in the portal, a person says.
    CloseLeak {
        /// The leaked key.
        fingerprint: Fingerprint,
    },
    /// End the observer's life of a production facility: from now on, write.
    Adopt,
}

impl Command {
    /// The word in logs, history and the audit log.
    pub const fn word(&self) -> Request {
        match self {
            Self::Renew { .. } => Request::Renew,
            Self::Install { .. } => Request::Install,
            Self::Accept => Request::Accept,
            Self::Rehearse => Request::Rehearse,
            Self::Rollback { .. } => Request::Rollback,
            Self::Compromise { .. } => Request::Compromise,
            Self::CloseLeak { .. } => Request::CloseLeak,
            Self::Adopt => Request::Adopt,
        }
    }

    /// The same as text.
    pub const fn label(&self) -> &'static str {
        self.word().label()
    }
}

/// A command on its way to the facility's task.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub command: Command,
    /// Who asks.
    pub actor: ActorName,
    /// Why, in the asker's words; kept in the history.
    pub reason: Option<String>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Report, Refused>>,
}

/// What a command came to, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One sentence: what is now true.
    pub summary: String,
    /// What was done, or with a dry run would be done, in order.
    pub steps: Vec<String>,
    /// Whether a dry run found anything to change.
    pub changes_pending: bool,
    /// What a person must still do, in order; empty when nothing.
    pub next: Vec<String>,
}

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{sentence}")]
pub struct Refused {
    /// The word for machines and `explain`.
    pub label: &'static str,
    /// What is wrong, where, and what would be right.
    pub sentence: String,
    /// What the caller does next; decides the exit code and the HTTP status.
    pub kind: RefusedKind,
}

/// The kinds of refusal a caller can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedKind {
    /// Not lawful in the present state (exit 3, HTTP 409).
    NotNow,
    /// What was given is wrong (exit 64, HTTP 400).
    BadInput,
    /// The bank or a store refused (exit 1, HTTP 422).
    Refused,
    /// The outcome is not known, or a person must act (exit 5, HTTP 502).
    Unclear,
}

/// Everything there is to see of a facility, as of its last look.
#[derive(Clone, Debug)]
pub struct FacilityStatus {
    /// The facility's name in the settings.
    pub facility: FacilityName,
    /// Where it lives.
    pub environment: Environment,
    /// What this process does for it.
    pub role: Role,
    /// Whether it is only watched until a person adopts it.
    pub observer: bool,
    /// The bank's code of it, once the bank has told us.
    pub community_code: Option<CommunityCode>,
    /// The most urgent thing that holds.
    pub condition: Condition,
    /// Since when it holds.
    pub condition_since: Timestamp,
    /// What exactly is the matter, in one sentence; empty when nothing is.
    pub detail: String,
    /// Every key that is not at an end, newest first.
    pub keys: Vec<KeyLine>,
    /// Every store, the authority first.
    pub stores: Vec<StoreLine>,
    /// Every delivery target.
    pub deliveries: Vec<DeliveryLine>,
    /// How renewal goes.
    pub renewal: RenewalLine,
    /// A rollback's pin, while it holds.
    pub pin: Option<Pin>,
    /// The bank as last seen.
    pub bank: BankLine,
    /// Why the book cannot be written, while it cannot.
    pub book_problem: Option<String>,
    /// Whether a key that is current in the authority, and unexpired, has ever been delivered by this
    /// process (or, without targets, read and found unexpired); never goes back to false.
    pub delivered_once: bool,
    /// When this status was made.
    pub as_of: Timestamp,
}

impl FacilityStatus {
    /// The status before the first look.
    pub fn unseen(facility: &Facility, role: Role, now: Timestamp) -> Self {
        Self {
            facility: facility.name.clone(),
            environment: facility.environment,
            role,
            observer: false,
            community_code: None,
            condition: Condition::Starting,
            condition_since: now,
            detail: String::new(),
            keys: Vec::new(),
            stores: Vec::new(),
            deliveries: Vec::new(),
            renewal: RenewalLine::default(),
            pin: None,
            bank: BankLine { available: true, reason: "ok", skew_seconds: None },
            book_problem: None,
            delivered_once: false,
            as_of: now,
        }
    }

    /// The first status of a task that takes over from another in the same process: what was true goes
    /// on to be, and is said again only when it changes.
    #[must_use]
    pub fn taking_over(self, before: &Self) -> Self {
        Self {
            condition: before.condition,
            condition_since: before.condition_since,
            detail: before.detail.clone(),
            delivered_once: before.delivered_once,
            ..self
        }
    }
}

/// One key in a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// The part it plays, if any.
    pub role: Option<KeyRole>,
    /// The install's short name for it.
    pub fingerprint: Fingerprint,
    /// The bank's name for it.
    pub name: Option<KeyName>,
    /// Where it stands in its lifecycle.
    pub state: State,
    /// Where we first heard of it.
    pub origin: Origin,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When the bank last accepted it.
    pub proven_at: Option<Timestamp>,
    /// The authority's version that holds it.
    pub version: Option<VersionId>,
}

/// One store in a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLine {
    /// The store.
    pub name: StoreName,
    /// Whether it is the authority.
    pub authority: bool,
    /// Whether it holds the authority's current key; `None` before the first look.
    pub in_sync: Option<bool>,
    /// What went wrong there last, if it still is.
    pub problem: Option<String>,
}

/// One delivery target in a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    /// The target's kind and place, such as `file:/run/quickstream`.
    pub target: String,
    /// Whether it lacks the content it should have.
    pub behind: bool,
    /// When it was last given something new.
    pub delivered_at: Option<Timestamp>,
    /// What went wrong there last, if it still is.
    pub problem: Option<String>,
}

/// How renewal goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenewalLine {
    /// When the bank was last asked for the latest key.
    pub last_attempt_at: Option<Timestamp>,
    /// When it last answered with one.
    pub last_success_at: Option<Timestamp>,
    /// When it is asked next.
    pub next_attempt_at: Option<Timestamp>,
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// Calls for the latest key in the last 24 hours; at most 24.
    pub calls_in_24h: u32,
    /// When a waiting key will be activated, if one waits for a window.
    pub activation_at: Option<Timestamp>,
    /// Why nothing is being activated now, in one sentence; empty when nothing waits.
    pub why_not_yet: String,
    /// When the path was last rehearsed with success.
    pub rehearsed_at: Option<Timestamp>,
}

/// The bank as last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankLine {
    /// Whether the last call was answered with sense.
    pub available: bool,
    /// Why not, as a fixed word; `ok` when it is.
    pub reason: &'static str,
    /// The bank's clock less ours, in seconds, as of its last answer.
    pub skew_seconds: Option<i64>,
}

/// Asks a facility's task for things and sees its status; cheap to clone.
#[derive(Clone, Debug)]
pub struct FacilityHandle {
    name: FacilityName,
    asks: mpsc::Sender<Asked>,
    status: watch::Receiver<Arc<FacilityStatus>>,
    pulse: Option<Pulse>,
    by_hand: Option<ByHand>,
}

impl FacilityHandle {
    /// Ties a handle to a task's two ends.
    pub fn new(
        name: FacilityName,
        asks: mpsc::Sender<Asked>,
        status: watch::Receiver<Arc<FacilityStatus>>,
    ) -> Self {
        Self { name, asks, status, pulse: None, by_hand: None }
    }

    /// The same handle, on a task with this pulse.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        Self { pulse: Some(pulse), ..self }
    }

    /// The same handle, with a way to ask the bank for things by hand.
    #[must_use]
    pub fn with_by_hand(self, by_hand: ByHand) -> Self {
        Self { by_hand: Some(by_hand), ..self }
    }

    /// The way to ask the bank for things by hand; none for a facility that could not be put together.
    pub fn by_hand(&self) -> Option<&ByHand> {
        self.by_hand.as_ref()
    }

    /// How long ago, at `now`, the facility's task should have moved; zero while it keeps its word, and
    /// where there is no task.
    pub fn late(&self, now: Instant) -> Duration {
        self.pulse.as_ref().map_or(Duration::ZERO, |pulse| pulse.late(now))
    }

    /// A handle on a facility that could not be put together: it answers nothing and shows why. What
    /// was delivered `before` stays delivered.
    pub fn stranded(
        facility: &Facility,
        role: Role,
        why: String,
        before: Option<&FacilityStatus>,
        now: Timestamp,
    ) -> Self {
        let still = before.filter(|before| before.condition == Condition::NotStarted);
        let status = FacilityStatus {
            condition: Condition::NotStarted,
            condition_since: still.map_or(now, |before| before.condition_since),
            detail: why,
            delivered_once: before.is_some_and(|before| before.delivered_once),
            ..FacilityStatus::unseen(facility, role, now)
        };
        let (asks, _) = mpsc::channel(1);
        let (_, status) = watch::channel(Arc::new(status));
        Self::new(facility.name.clone(), asks, status)
    }

    /// The facility's name.
    pub fn name(&self) -> &FacilityName {
        &self.name
    }

    /// The status as of the last look.
    pub fn status(&self) -> Arc<FacilityStatus> {
        Arc::clone(&self.status.borrow())
    }

    /// Waits for the next status that differs from the last one seen through this handle.
    pub async fn changed(&mut self) -> Arc<FacilityStatus> {
        // An error means that the task has ended; its last status stands.
        drop(self.status.changed().await);
        Arc::clone(&self.status.borrow_and_update())
    }

    /// Asks for something and waits for the answer, however long it takes.
    ///
    /// # Errors
    ///
    /// Says why the command was not done; `Unclear` if the task ended before it answered.
    pub async fn ask(
        &self,
        command: Command,
        actor: ActorName,
        reason: Option<String>,
        dry_run: bool,
    ) -> Result<Report, Refused> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { command, actor, reason, dry_run, reply };
        let gone = || Refused {
            label: "stopping",
            sentence:
                "the daemon is stopping and gave no answer; look again with: quaymaster key status"
                    .to_owned(),
            kind: RefusedKind::Unclear,
        };
        self.asks.send(asked).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
