//! The story of a key's renewal: one task a facility, which owns everything about its keys.
//!
//! The task sleeps until something is due or someone asks, and then runs one *cycle*: look at the
//! stores, take steps until there is nothing more to do, make the other stores equal, give readers
//! their keys, say how things stand. The same cycle serves start, schedule and recovery.
//!
//! Order of durability: the store first, the book after it, so that a key is never only in memory for
//! longer than one call. What the book says is checked against the store at every look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::alarm::Alarm;
use super::bank_time::BankTime;
use super::book::book_is_due;
use super::by_hand::{ByHand, ByHandParts};
use super::facility::{Asked, FacilityHandle, FacilityStatus};
use super::hand::Failing;
use super::parts::Parts;
use super::points::Died;
use super::pulse::Pulse;
use crate::domain::condition::Condition;
use crate::domain::history::{Entry, ManualFreeze};
use crate::domain::ledger::Ledger;
use crate::domain::names::{ActorName, Fingerprint};
use crate::domain::renewal::{Step, Waiting};
use crate::key::KeyText;
use crate::secrets::Snapshot;
use crate::settings::model::Role;

/// The most steps one cycle takes. A renewal needs six; a cycle that reaches this is a defect, and
/// the next one goes on where it stopped.
const STEPS_MAX: usize = 32;

/// How often the stores are looked at when nothing else is due: a person may have changed something.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How often a reader looks: a new key should reach the application within minutes.
const READER_LOOKS_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// How many people may wait for the task at once; more wait in their own requests.
const ASKS_WAITING_MAX: usize = 16;

/// Everything about one facility's keys.
pub(crate) struct Renewal {
    pub(super) parts: Parts,
    pub(super) pulse: Pulse,
    pub(super) time: BankTime,
    pub(super) ledger: Ledger,
    /// What happened since the book was last written.
    pub(super) unwritten: Vec<Entry>,
    /// Whether the book's last write failed; the condition says so until one succeeds.
    pub(super) book_trouble: Option<String>,
    /// What the authority held at the last look.
    pub(super) seen: Snapshot,
    /// Keys in memory, by name; from the stores, the bootstrap file, or a person.
    pub(super) hand: BTreeMap<Fingerprint, KeyText>,
    /// When a key that could not be proven is tried again.
    pub(super) put_off: BTreeMap<Fingerprint, Timestamp>,
    /// What failed in a row; it decides how soon the next try is.
    pub(super) misses: Misses,
    /// Why the bootstrap file gives no key.
    pub(super) bootstrap_trouble: Option<String>,
    /// A key in memory that the store did not take; it is staged again without asking the bank.
    pub(super) unstored: Option<Fingerprint>,
    /// Each other store: whether it holds the authority's key, and what is wrong there.
    pub(super) mirrors: BTreeMap<usize, (bool, Option<String>)>,
    /// The targets that lack what they should have, and why.
    pub(super) behind: BTreeMap<String, String>,
    /// The targets whose last delivery failed.
    pub(super) failing: BTreeMap<String, Failing>,
    /// Whether a living key has been delivered in this run.
    pub(super) delivered_now: bool,
    /// What went wrong and still is, until the same thing goes well.
    pub(super) lasting: BTreeMap<Source, (Condition, String)>,
    /// Whether the book has not been read yet; until it has, nothing is written over it.
    pub(super) unread: bool,
    /// How often the bank knew a key and yet did not let it ask for the latest one.
    pub(super) doubts: BTreeMap<Fingerprint, u8>,
    /// The current key, if the bank says that it belongs to another facility or is no secret key: it is
    /// not delivered.
    pub(super) unfit: Option<Fingerprint>,
    /// The ledger as the book has it, so that nothing is written that has not changed.
    pub(super) written: Option<Ledger>,
    /// The freeze a person put on.
    pub(super) frozen: Option<ManualFreeze>,
    /// On whose behalf a command runs now, and why.
    pub(super) acting: Option<(ActorName, Option<String>)>,
    /// The key a person is installing now.
    pub(super) installing: Option<Fingerprint>,
    pub(super) status: watch::Sender<Arc<FacilityStatus>>,
    /// The key readers are given, for those who ask the bank by hand.
    pub(super) lent: watch::Sender<Option<KeyText>>,
    pub(super) asks: mpsc::Receiver<Asked>,
    pub(super) cancel: CancellationToken,
}

/// What ends the task's sleep.
enum Woken {
    /// Something is due.
    Due,
    /// The book, which could not be written, is tried again.
    Book,
    /// A person, or a machine with a token, asks.
    Asked(Box<Asked>),
}

/// What one cycle has found so far.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Why it runs.
    pub(super) why: Why,
    /// What is the matter, with a sentence; the most urgent is shown.
    pub(super) troubles: Vec<(Condition, String)>,
    /// Whether the authority could be read.
    pub(super) looked: bool,
    /// Whether the bank was asked for the latest key.
    pub(super) fetched: bool,
    /// What the bank said of the current key.
    pub(super) current: AtBank,
    /// What the last decision waits for.
    pub(super) waiting: Option<Waiting>,
    /// What an observer would have done, in sentences.
    pub(super) would: Vec<String>,
    /// Keys that were staged again because their version fitted the secret no more.
    pub(super) restaged: BTreeSet<Fingerprint>,
    /// When something that failed is tried again.
    pub(super) again_at: Option<Timestamp>,
}

/// Why a cycle runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Why {
    /// Something is due.
    #[default]
    Due,
    /// A person asked: back-off does not hold it up.
    Asked,
}

/// What the bank said of the current key in this cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AtBank {
    /// Nothing that matters here.
    #[default]
    Unheard,
    /// It is not accepted.
    Refused,
}

/// What a trouble that lasts beyond its cycle came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// Asking the bank for the latest key.
    Fetch,
    /// Trying this key at the bank.
    Proof(Fingerprint),
    /// Writing this key into the authority, or taking it out.
    Write(Fingerprint),
}

/// Failures in a row, each of its own kind: a broken store beside the authority slows down nothing
/// else.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Misses {
    /// Looks at the authority.
    pub(super) reads: u32,
    /// Writes to the authority.
    pub(super) writes: u32,
    /// Rounds over the other stores.
    pub(super) mirrors: u32,
    /// Proofs that came to no verdict.
    pub(super) proofs: u32,
}

impl Round {
    pub(super) fn trouble(&mut self, condition: Condition, detail: impl Into<String>) {
        self.troubles.push((condition, detail.into()));
    }

    /// Asks for another cycle at `at`, or earlier if one was asked for earlier.
    pub(super) fn again(&mut self, at: Timestamp) {
        self.again_at = Some(self.again_at.map_or(at, |known| known.min(at)));
    }
}

/// Starts a facility's task. It ends when `cancel` is called, or at a crash test's point.
pub async fn start(
    parts: Parts,
    cancel: CancellationToken,
) -> (FacilityHandle, impl Future<Output = ()>) {
    start_after(None, parts, cancel).await
}

/// The same, for a task that takes over from one of this process whose last status is given.
pub async fn start_after(
    before: Option<Arc<FacilityStatus>>,
    parts: Parts,
    cancel: CancellationToken,
) -> (FacilityHandle, impl Future<Output = ()>) {
    let (parts, pulse) = parts.patient();
    let (ask, asks) = mpsc::channel(ASKS_WAITING_MAX);
    let (ledger, trouble) = match parts.book.load(&parts.settings.name).await {
        Ok(ledger) => (ledger, None),
        Err(error) => (Ledger::default(), Some(error.to_string())),
    };
    let unread = trouble.is_some();
    let time = BankTime::new(parts.clock.clone());
    let first = super::status::first(&parts, &ledger);
    let first = match before {
        Some(before) => first.taking_over(&before),
        None => first,
    };
    let (status, seen) = watch::channel(Arc::new(first));
    let handle = FacilityHandle::new(parts.settings.name.clone(), ask, seen);
    let (lent, current) = watch::channel(None);
    let by_hand = ByHand::new(ByHandParts::of(&parts, current));
    let handle = handle.with_pulse(pulse.clone()).with_by_hand(by_hand);
    let renewal = Renewal {
        time,
        ledger,
        unwritten: Vec::new(),
        book_trouble: trouble,
        seen: Snapshot::default(),
        hand: BTreeMap::new(),
        put_off: BTreeMap::new(),
        misses: Misses::default(),
        bootstrap_trouble: None,
        unstored: None,
        mirrors: BTreeMap::new(),
        behind: BTreeMap::new(),
        failing: BTreeMap::new(),
        delivered_now: false,
        lasting: BTreeMap::new(),
        unread,
        doubts: BTreeMap::new(),
        unfit: None,
        written: None,
        frozen: None,
        acting: None,
        installing: None,
        status,
        lent,
        asks,
        cancel,
        pulse,
        parts,
    };
    (handle, renewal.run())
}

impl Renewal {
    async fn run(mut self) {
        let cancel = self.cancel.clone();
        let mut done = self.cycle(&mut Round::default()).await;
        while let Ok(wake_at) = done {
            let alarm = Alarm {
                clock: self.parts.clock.clone(),
                time: self.time.clone(),
                heeds_jumps: self.role() == Role::Renewer && !self.time.is_doubtful(),
            };
            let book = book_is_due(&self.parts.clock, self.book_trouble.is_some());
            let woken = tokio::select! {
                () = cancel.cancelled() => return,
                () = self.pulse.asleep(alarm.at(wake_at)) => Woken::Due,
                () = book => Woken::Book,
                asked = self.asks.recv() => match asked {
                    Some(asked) => Woken::Asked(Box::new(asked)),
                    None => return,
                },
            };
            done = match woken {
                Woken::Asked(asked) => self.answer(*asked).await,
                Woken::Due => self.cycle(&mut Round::default()).await,
                Woken::Book => {
                    self.write().await;
                    if self.book_trouble.is_some() {
                        Ok(wake_at)
                    } else {
                        self.cycle(&mut Round::default()).await
                    }
                }
            };
        }
    }

    /// One cycle; returns when the next is due.
    pub(super) async fn cycle(&mut self, round: &mut Round) -> Result<Timestamp, Died> {
        self.look(round).await;
        if self.role() == Role::Renewer {
            self.read_freeze().await;
            self.greet().await;
            self.take_steps(round).await?;
            self.watch_leaks(round).await;
            self.mirror(round).await?;
        }
        self.lend(round);
        self.hand_out(round).await?;
        self.write().await;
        Ok(self.conclude(round))
    }

    /// Takes a person's steps: past back-off, but not past the day's limit of calls.
    pub(super) async fn take_steps_now(&mut self, round: &mut Round) -> Result<(), Died> {
        round.why = Why::Asked;
        self.take_steps(round).await
    }

    async fn take_steps(&mut self, round: &mut Round) -> Result<(), Died> {
        if !round.looked {
            return Ok(());
        }
        for _ in 0..STEPS_MAX {
            let step = self.decide(round);
            if let Step::Rest(waiting) = step {
                round.waiting = Some(waiting);
                return Ok(());
            }
            self.carry_out(step, round).await?;
            if !round.looked {
                return Ok(());
            }
        }
        tracing::error!(
            facility = %self.parts.settings.name,
            "a cycle took more steps than any renewal needs; the next goes on"
        );
        round.again(self.soon());
        Ok(())
    }

    /// When the next cycle is due, from everything that waits.
    pub(super) fn wake_at(&self, round: &Round) -> Timestamp {
        let now = self.time.now();
        let every = if self.role() == Role::Reader { READER_LOOKS_EVERY } else { LOOK_EVERY };
        let mut at = later(now, every);
        let mut sooner = |when: Option<Timestamp>| {
            if let Some(when) = when.filter(|when| *when > now) {
                at = at.min(when);
            }
        };
        sooner(round.again_at);
        if self.role() == Role::Renewer {
            sooner(self.fetch_due_at());
            sooner(self.ledger.pin.as_ref().map(|pin| pin.until));
            for again in self.put_off.values() {
                sooner(Some(*again));
            }
            for key in self.ledger.keys.values().filter(|key| !key.state.is_end()) {
                sooner(key.expires_at);
            }
            if let Some(Waiting::Window(_, opens)) = round.waiting {
                sooner(Some(opens));
            }
        }
        at
    }

    /// The time of a first repeat after a failure that will pass.
    pub(super) fn soon(&self) -> Timestamp {
        later(self.time.now(), SignedDuration::from_mins(1))
    }

    pub(super) fn role(&self) -> Role {
        self.parts.role
    }

    /// The name under which the program itself acts.
    pub(super) fn itself(&self) -> ActorName {
        self.parts.itself.clone()
    }
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
