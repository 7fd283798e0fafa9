//! What is well and what is not: liveness, start-up, readiness and its parts.
//!
//! *Live* is progress: the runtime moved a short while ago, and so did each facility's task, or it is
//! within the limit of what it waits for; all on the machine's monotonic clock. It never asks after the
//! bank or a store, since restarting us mends neither: a task that waits for a slow one keeps its word,
//! and only one that hangs breaks it. *Started* is that every facility's
//! current key was delivered once. *Ready* is a latch that the first delivery closes for ever: an
//! application that holds a working key must not lose its traffic because the bank, a store or a
//! disk has a bad day. The truth about those stands in the parts.
//!
//! This file judges; it knows neither HTTP nor tasks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::domain::condition::Urgency;
use crate::metrics::{Metrics, Reload};
use crate::service::facility::{FacilityHandle, FacilityStatus};

/// How often the scheduler says that it moves.
pub const HEARTBEAT_PERIOD: Duration = Duration::from_secs(5);

/// How old the last heartbeat may be, and how much later than its word a task may move. Six missed in
/// a row are no hiccup of a busy machine.
pub const HEARTBEAT_AGE_MAX: Duration = Duration::from_secs(30);

/// Where the daemon's parts say how they are; clones share it. What is said here goes to the metrics
/// as well, so that the two agree; the book's metric is set from [`Health::book`].
#[derive(Clone, Debug)]
pub struct Vitals(Arc<Said>);

#[derive(Debug)]
struct Said {
    metrics: Metrics,
    since: Instant,
    /// When the scheduler last moved, in milliseconds after `since`.
    moved_ms: AtomicU64,
    book: Mutex<Check>,
    settings: Mutex<Check>,
}

/// How one thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether it is well.
    pub healthy: bool,
    /// One sentence: what is well, or what is not.
    pub reason: String,
}

impl Check {
    fn well(reason: impl Into<String>) -> Self {
        Self { healthy: true, reason: reason.into() }
    }

    fn ill(reason: impl Into<String>) -> Self {
        Self { healthy: false, reason: reason.into() }
    }

    /// Ill for every reason given, or well.
    fn of(ills: &[String], well: &str) -> Self {
        if ills.is_empty() { Self::well(well) } else { Self::ill(ills.join("; ")) }
    }
}

impl Vitals {
    /// Begins with a scheduler that just moved, settings taken and a book that nobody opened yet.
    pub fn new(metrics: Metrics) -> Self {
        Self(Arc::new(Said {
            metrics,
            since: Instant::now(),
            moved_ms: AtomicU64::new(0),
            book: Mutex::new(Check::ill("the book is not open yet")),
            settings: Mutex::new(Check::well("the settings in use are the ones last read")),
        }))
    }

    /// Says that the scheduler moved; `now` is the program's clock, for people to see.
    pub fn beat(&self, now: Timestamp) {
        let moved = u64::try_from(self.0.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.moved_ms.store(moved, Ordering::Relaxed);
        self.0.metrics.heartbeat(now);
    }

    /// Says that the book can be written.
    pub fn book_usable(&self) {
        *lock(&self.0.book) = Check::well("what is done is written down");
    }

    /// Says that the book cannot be written, and why.
    pub fn book_unusable(&self, why: impl Into<String>) {
        *lock(&self.0.book) = Check::ill(why);
    }

    /// Says that the settings just read are in use.
    pub fn settings_taken(&self, now: Timestamp) {
        *lock(&self.0.settings) = Check::well("the settings in use are the ones last read");
        self.0.metrics.settings_read(Reload::Taken, now);
    }

    /// Says that the settings just read had mistakes, and names them, never with a value.
    pub fn settings_refused(&self, mistakes: &str, now: Timestamp) {
        let reason = format!("the last good settings stay in use: {mistakes}");
        *lock(&self.0.settings) = Check::ill(reason);
        self.0.metrics.settings_read(Reload::Refused, now);
    }

    fn scheduler(&self) -> Check {
        let moved = Duration::from_millis(self.0.moved_ms.load(Ordering::Relaxed));
        let age = self.0.since.elapsed().saturating_sub(moved);
        if age <= HEARTBEAT_AGE_MAX {
            Check::well("the scheduler moves")
        } else {
            Check::ill(format!("the scheduler has not moved for {} seconds", age.as_secs()))
        }
    }
}

/// Judges the whole from what its parts say.
#[derive(Debug)]
pub struct Health {
    vitals: Vitals,
    facilities: watch::Receiver<Vec<FacilityHandle>>,
    ready: AtomicBool,
}

/// One part of readiness, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name in `/readyz/{part}`.
    pub name: String,
    /// How it is.
    pub check: Check,
}

impl Health {
    /// Judges by what `vitals` hears and by the statuses of the facilities, which a reload may change.
    pub fn new(vitals: Vitals, facilities: watch::Receiver<Vec<FacilityHandle>>) -> Self {
        Self { vitals, facilities, ready: AtomicBool::new(false) }
    }

    /// Whether restarting the process could help.
    pub fn live(&self) -> Check {
        let now = Instant::now();
        let mut ills = Vec::new();
        let scheduler = self.vitals.scheduler();
        if !scheduler.healthy {
            ills.push(scheduler.reason.clone());
        }
        for handle in self.facilities.borrow().iter() {
            let late = handle.late(now);
            if late > HEARTBEAT_AGE_MAX {
                let (name, seconds) = (handle.name(), late.as_secs());
                ills.push(format!("{name}: its task should have moved {seconds} seconds ago"));
            }
        }
        Check::of(&ills, &scheduler.reason)
    }

    /// Whether every facility's current key was delivered once.
    pub fn started(&self) -> Check {
        let statuses = self.statuses();
        if statuses.is_empty() {
            return Check::ill("no facility is set up yet");
        }
        let waiting = statuses.iter().filter(|status| !status.delivered_once);
        let waiting: Vec<_> = waiting.map(|status| not_delivered(status)).collect();
        // An observer changes nothing, so it has only seen that the key is there and lives.
        let well = if statuses.iter().any(|status| status.observer) {
            "every facility's current key was delivered, or seen where it is only watched"
        } else {
            "every facility's current key was delivered"
        };
        Check::of(&waiting, well)
    }

    /// Whether the first delivery was made; never taken back.
    pub fn ready(&self) -> Check {
        if !self.ready.load(Ordering::Relaxed) {
            let started = self.started();
            if !started.healthy {
                return started;
            }
            self.ready.store(true, Ordering::Relaxed);
        }
        Check::well("a current key was delivered; for what is not well see the parts")
    }

    /// The facilities' statuses as of now.
    pub fn statuses(&self) -> Vec<Arc<FacilityStatus>> {
        self.facilities.borrow().iter().map(FacilityHandle::status).collect()
    }

    /// Whether what is done can be written down: what the daemon says of the book as a whole, and
    /// what each facility met when it wrote.
    pub fn book(&self, statuses: &[Arc<FacilityStatus>]) -> Check {
        let whole = lock(&self.vitals.0.book).clone();
        let mut ill = Vec::new();
        if !whole.healthy {
            ill.push(whole.reason.clone());
        }
        for status in statuses {
            let problem = status.book_problem.as_ref();
            ill.extend(problem.map(|problem| format!("{}: {problem}", status.facility)));
        }
        Check::of(&ill, &whole.reason)
    }

    /// How every part is.
    pub fn parts(&self) -> Vec<Part> {
        let statuses = self.statuses();
        let part = |name: &str, check| Part { name: name.to_owned(), check };
        let mut parts = vec![
            part("scheduler", self.live()),
            part("settings", lock(&self.vitals.0.settings).clone()),
            part("book", self.book(&statuses)),
            part("bank", bank(&statuses)),
        ];
        for status in &statuses {
            let name = status.facility.as_str();
            parts.push(part(&format!("keys-{name}"), keys(status)));
            parts.push(part(&format!("stores-{name}"), stores(status)));
            parts.push(part(&format!("delivery-{name}"), delivery(status)));
        }
        parts
    }
}

fn not_delivered(status: &FacilityStatus) -> String {
    let (name, condition) = (&status.facility, status.condition);
    format!("{name}: no current key was delivered yet ({})", condition.label())
}

fn bank(statuses: &[Arc<FacilityStatus>]) -> Check {
    let ill = statuses.iter().filter(|status| !status.bank.available);
    let ill: Vec<_> =
        ill.map(|status| format!("{}: {}", status.facility, status.bank.reason)).collect();
    Check::of(&ill, "the bank answered when it was last asked")
}

fn keys(status: &FacilityStatus) -> Check {
    let condition = status.condition;
    let word = condition.label();
    if condition.urgency() < Urgency::Attention {
        return Check::well(word);
    }
    let detail = if status.detail.is_empty() { condition.meaning().trim() } else { &status.detail };
    Check::ill(format!("{word}: {}. {}", detail.trim_end_matches('.'), condition.remedy()))
}

fn stores(status: &FacilityStatus) -> Check {
    let ill = status.stores.iter().filter_map(|store| match (&store.problem, store.in_sync) {
        (Some(problem), _) => Some(format!("{}: {problem}", store.name)),
        (None, Some(true)) => None,
        (None, Some(false)) => {
            Some(format!("{}: it holds another key than the authority", store.name))
        }
        (None, None) => Some(format!("{}: it was not looked at yet", store.name)),
    });
    Check::of(&ill.collect::<Vec<_>>(), "every store holds the current key")
}

fn delivery(status: &FacilityStatus) -> Check {
    let ill = status.deliveries.iter().filter(|line| line.behind).map(|line| {
        let problem = line.problem.as_deref().unwrap_or("it lacks the current key");
        format!("{}: {problem}", line.target)
    });
    let ill: Vec<_> = ill.collect();
    if ill.is_empty() && !status.delivered_once {
        return Check::ill("nothing was delivered yet");
    }
    Check::of(&ill, "every reader was given the current key")
}

/// A poisoned lock still guards a whole check: it is replaced in one assignment.
fn lock(check: &Mutex<Check>) -> MutexGuard<'_, Check> {
    check.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_scheduler_that_stands_still_is_not_alive() {
        let vitals = Vitals::new(Metrics::new());
        let (_facilities, receiver) = watch::channel(Vec::new());
        let health = Health::new(vitals.clone(), receiver);
        tokio::time::advance(HEARTBEAT_AGE_MAX).await;
        assert!(health.live().healthy);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(health.live(), Check::ill("the scheduler has not moved for 31 seconds"));
        vitals.beat(Timestamp::UNIX_EPOCH);
        assert!(health.live().healthy);
    }

    #[test]
    fn without_a_facility_nothing_has_started() {
        let (_facilities, receiver) = watch::channel(Vec::new());
        let health = Health::new(Vitals::new(Metrics::new()), receiver);
        assert!(!health.started().healthy && !health.ready().healthy);
    }
}
