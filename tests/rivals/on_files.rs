//! Two daemons on one directory of the encrypted file store, each with its own view of it.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use quaymaster::domain::names::{StoreName, VersionId};
use quaymaster::secrets::file::{FileHooks, FileStep};
use quaymaster::secrets::{
    Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried,
};

use crate::dice::Dice;
use crate::each_seed;
use crate::pair::Pair;
use crate::quay::{Quay, file_store};

/// What was promoted, in order: every promotion the store did, whoever asked for it.
type Log = Arc<Mutex<Vec<VersionId>>>;

#[test]
fn nor_on_files() {
    each_seed(50, raced);
}

async fn raced(seed: u64) {
    let quay = Quay::new().await;
    let log = Log::default();
    let dice = Arc::new(Mutex::new(Dice::new(seed)));
    let stores = [0, 1].map(|_| -> Arc<dyn SecretStore> {
        let inner = file_store(quay.directory.path(), "shared", slow(&dice));
        Arc::new(Recorded { inner, log: Arc::clone(&log) })
    });
    let mut pair = Pair::start(seed, quay, stores).await;
    for _ in 0..2 {
        for _ in 0..8 {
            pair.rough().await;
        }
        pair.calm().await;
        pair.arrived().await;
        if pair.keys().len() > 2 {
            break;
        }
        pair.quay.mint();
    }
    let promoted = log.lock().unwrap().clone();
    let keys = pair.keys();
    assert_eq!(promoted.len(), keys.len() - 1, "{}: {promoted:?}", pair.context());
    let mut once = promoted.clone();
    once.dedup();
    assert_eq!(once, promoted, "{}: each once", pair.context());
}

/// Makes some steps of the write path take a little longer, and some fail before they are done.
fn slow(dice: &Arc<Mutex<Dice>>) -> FileHooks {
    let dice = Arc::clone(dice);
    FileHooks::new(move |step| {
        let (pause, fails) = {
            let mut dice = dice.lock().unwrap();
            (dice.below(400), dice.one_in(60))
        };
        thread::sleep(Duration::from_micros(pause));
        let early = matches!(step, FileStep::VersionWrite | FileStep::PointerWrite);
        if fails && early { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    })
}

/// A store that notes what it promoted, even if whoever asked did not live to hear of it.
struct Recorded {
    inner: Arc<dyn SecretStore>,
    log: Log,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorded")
    }
}

#[async_trait]
impl SecretStore for Recorded {
    fn name(&self) -> &StoreName {
        self.inner.name()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.inner.read().await
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        self.inner.create(key).await
    }

    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        self.inner.stage(basis, key).await
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        let (inner, log) = (Arc::clone(&self.inner), Arc::clone(&self.log));
        let (from, to) = (from.clone(), to.clone());
        let promoting = tokio::spawn(async move {
            let promoted = inner.promote(&from, &to).await;
            if promoted == Ok(Promotion::Promoted) {
                log.lock().unwrap().push(to);
            }
            promoted
        });
        promoting.await.unwrap()
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        self.inner.remove(version, place).await
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        self.inner.check(need).await
    }
}
