//! Keeping the stores beside the authority equal to it.
//!
//! The authority decides which key is current; another store is given that key and never asked for
//! its opinion. One store's failure touches no other.

use std::sync::Arc;

use crate::domain::condition::Condition;
use crate::domain::history::{Deed, What};
use crate::domain::names::Fingerprint;
use crate::domain::secret_key::State;
use crate::metrics::labels::StoreWrite;
use crate::secrets::{NewKey, Promotion, SecretStore, Snapshot, StoreError};

use super::points::Died;
use super::renewal::{Renewal, Round};

impl Renewal {
    /// Brings every other store to the authority's current key.
    pub(super) async fn mirror(&mut self, round: &mut Round) -> Result<(), Died> {
        let Some(current) = self.places().current.filter(|_| round.looked) else { return Ok(()) };
        let fit = self.ledger.state(current) == Some(State::Current);
        let mut failed = false;
        for (nth, store) in self.parts.stores.clone().into_iter().enumerate().skip(1) {
            match self.mirror_one(nth, &store, current, fit, round).await {
                Ok(in_sync) => self.set_in_sync(nth, in_sync, None),
                Err(error) => {
                    self.store_trouble(&error, round);
                    failed = true;
                    self.set_in_sync(nth, false, Some(error.to_string()));
                }
            }
        }
        if failed {
            self.misses.mirrors = self.misses.mirrors.saturating_add(1);
            round.again(self.after_misses(self.misses.mirrors));
        } else {
            self.misses.mirrors = 0;
        }
        Ok(())
    }

    async fn mirror_one(
        &mut self,
        nth: usize,
        store: &Arc<dyn SecretStore>,
        current: Fingerprint,
        fit: bool,
        round: &mut Round,
    ) -> Result<bool, StoreError> {
        let held = store.read().await?;
        self.retire_mirrored(nth, store, &held).await?;
        let salt = self.parts.book.salt();
        if held.current.as_ref().is_some_and(|held| held.key.fingerprint(salt) == current) {
            return Ok(true);
        }
        if self.is_observer() {
            round.would.push(format!("would bring {} to key {current}", store.name()));
            return Ok(false);
        }
        let record = self.ledger.key(current);
        let (Some(record), Some(text)) = (record.filter(|_| fit), self.hand.get(&current)) else {
            return Ok(false);
        };
        let new =
            NewKey { key: text.clone(), name: record.name.clone(), expires_at: record.expires_at };
        let outcome = bring(store, &held, &new).await;
        self.count_write(
            nth,
            outcome.as_ref().map(|promotion| match promotion {
                Promotion::Promoted | Promotion::AlreadyCurrent => StoreWrite::Success,
                Promotion::Lost { .. } => StoreWrite::Lost,
            }),
        );
        match outcome? {
            Promotion::Promoted | Promotion::AlreadyCurrent => {
                let detail = format!("{} brought up", store.name());
                self.tell(What::Did(Deed::Mirror), Some(current), None, detail);
                let facility = &self.parts.settings.name;
                tracing::info!(%facility, key = %current, store = %store.name(), "store brought up to the authority");
                Ok(true)
            }
            Promotion::Lost { .. } => {
                let detail = format!("{} was changed meanwhile", store.name());
                round.trouble(Condition::StoreDrift, detail);
                round.again(self.soon());
                Ok(false)
            }
        }
    }

    /// Takes keys that ended out of another store's previous and pending places.
    async fn retire_mirrored(
        &mut self,
        nth: usize,
        store: &Arc<dyn SecretStore>,
        held: &Snapshot,
    ) -> Result<(), StoreError> {
        if self.is_observer() {
            return Ok(());
        }
        for (holding, place) in held.removable() {
            let key = holding.key.fingerprint(self.parts.book.salt());
            let ended = matches!(
                self.ledger.state(key),
                Some(State::Expired | State::Compromised | State::Revoked | State::Rejected)
            );
            if ended {
                if self.ledger.leaked.contains(&key) {
                    // The last place that has its text, perhaps, and the bank is yet to be asked about it.
                    self.hand.insert(key, holding.key.clone());
                }
                let removed = store.remove(&holding.version, place).await;
                self.count_write(nth, removed.as_ref().map(|()| StoreWrite::Success));
                removed?;
                let detail = format!("taken out of {}", store.name());
                self.tell(What::Did(Deed::Remove), Some(key), None, detail);
            }
        }
        Ok(())
    }

    fn set_in_sync(&mut self, nth: usize, in_sync: bool, problem: Option<String>) {
        self.mirrors.insert(nth, (in_sync, problem));
    }
}

/// Makes `new` the store's current key, from what was read of it.
pub(super) async fn bring(
    store: &Arc<dyn SecretStore>,
    held: &Snapshot,
    new: &NewKey,
) -> Result<Promotion, StoreError> {
    let Some(basis) = held.basis.as_ref().filter(|_| held.exists) else {
        return store.create(new).await;
    };
    let version = store.stage(held, new).await?;
    store.promote(basis, &version).await
}
