//! The pulse of a facility's task: its word on when it will move again.
//!
//! Whatever the task waits for has a limit. Before each wait it gives its word to be back within that
//! limit, and while it sleeps it gives it anew every few seconds; so whoever watches can tell a task
//! that waits for a slow bank, store or reader, which keeps its word, from one that hangs, which
//! breaks it. All on the machine's monotonic clock: that a time of day is set moves nothing here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain::names::{StoreName, VersionId};
use crate::secrets::{Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried};

/// How often a sleeping task says that it is well.
const PERIOD: Duration = Duration::from_secs(5);

/// How long one call of a secret store may take: several requests to it, each of which has its own
/// shorter limit and its repeats.
pub const STORE_ANSWERS_WITHIN: Duration = Duration::from_mins(2);

/// How long the bank's answer may take: a turn behind others of this facility, and an exchange.
pub(super) const BANK_ANSWERS_WITHIN: Duration = Duration::from_mins(3);

/// A task's word on when it moves again; clones share it.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<Word>);

#[derive(Debug)]
struct Word {
    since: Instant,
    /// When the task will have moved again, in milliseconds after `since`.
    due_ms: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Word { since: Instant::now(), due_ms: AtomicU64::new(0) }))
    }
}

impl Pulse {
    /// Gives the task's word that it moves again within `limit`.
    pub fn beat(&self, limit: Duration) {
        let due = self.0.since.elapsed().saturating_add(limit).as_millis();
        self.0.due_ms.store(u64::try_from(due).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long ago, at `now`, the task should have moved; zero while it keeps its word.
    pub fn late(&self, now: Instant) -> Duration {
        let due = Duration::from_millis(self.0.due_ms.load(Ordering::Relaxed));
        now.saturating_duration_since(self.0.since).saturating_sub(due)
    }

    /// Does `work`, but no longer than `limit`; `None` if it did not end by then.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        self.beat(limit);
        let done = tokio::time::timeout(limit, work).await.ok();
        self.beat(Duration::ZERO);
        done
    }

    /// Waits for what may take for ever, and says all the while that the task is well.
    pub(super) async fn asleep<T>(&self, waiting: impl Future<Output = T>) -> T {
        let mut waiting = std::pin::pin!(waiting);
        loop {
            self.beat(PERIOD);
            tokio::select! {
                done = &mut waiting => return done,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }
}

/// A store whose every call ends: one that gives no answer in time cannot be reached.
#[derive(Debug)]
pub(super) struct Patient {
    pub(super) inner: Arc<dyn SecretStore>,
    pub(super) limit: Duration,
    pub(super) pulse: Pulse,
}

impl Patient {
    async fn wait<T: Send>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.pulse.within(self.limit, call).await.unwrap_or_else(|| {
            let detail = format!("it gave no answer within {:?}", self.limit);
            Err(StoreError::Unavailable { store: self.name().clone(), detail })
        })
    }
}

#[async_trait]
impl SecretStore for Patient {
    fn name(&self) -> &StoreName {
        self.inner.name()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.wait(self.inner.read()).await
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        self.wait(self.inner.create(key)).await
    }

    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        self.wait(self.inner.stage(basis, key)).await
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        self.wait(self.inner.promote(from, to)).await
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        self.wait(self.inner.remove(version, place)).await
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        self.inner.check(need).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_is_late_only_when_it_breaks_its_word() {
        let pulse = Pulse::default();
        pulse.beat(Duration::from_mins(2));
        tokio::time::advance(Duration::from_mins(2)).await;
        assert_eq!(pulse.late(Instant::now()), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(pulse.late(Instant::now()), Duration::from_secs(7));

        pulse.asleep(tokio::time::sleep(Duration::from_hours(24))).await;
        assert_eq!(pulse.late(Instant::now()), Duration::ZERO);

        let never = pulse.within(Duration::from_mins(1), std::future::pending::<()>());
        assert_eq!(never.await, None);
        assert_eq!(pulse.late(Instant::now()), Duration::ZERO);
    }
}
