//! An encrypted file store: one directory, one sealed file for each version of the key, and a small
//! sealed pointer named `CURRENT`.
//!
//! ```text
//! lock                          guards every change and every read
//! CURRENT                       which version is current, which is previous
//! key.7-1c9d8b7a6f5e4d3c.sealed a version: {"key","keyName","expiryDate"} under AES-256-GCM
//! ```
//!
//! Every sealed file authenticates its own name and the directory's name, so that a changed bit, a
//! file put in the place of another and a file of another store are refused. What cannot be refused
//! is an old copy of the whole directory put back: only the bank knows that its key is old.
//!
//! A version is staged by the rename of its file and promoted by the rename of the pointer, each
//! after a flush of the file and before a flush of the directory. The compare-and-set is made under
//! an exclusive lock of this machine's kernel, so the directory must be on a local disk; that it is
//! not on a network file system is not checked.
//!
//! Nothing is created before the first key is: neither the directory nor the identity.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use self::disk::Disk;
pub use self::hooks::{FileHooks, FileStep};
use self::trouble::Trouble;
use super::{Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried};
use crate::domain::names::{StoreName, VersionId};
use crate::settings::model::FileStore;

mod disk;
mod held;
mod hooks;
mod identity;
mod record;
mod trouble;

/// The encrypted file store; clones share one view of the directory, and so may other processes.
#[derive(Clone)]
pub struct FileStoreAdapter {
    disk: Arc<Disk>,
    turn: Arc<Semaphore>,
}

impl FileStoreAdapter {
    /// Takes the settings. The disk is first looked at by the first call, so that a disk that is put
    /// right later needs no restart.
    pub fn open(settings: &FileStore, hooks: FileHooks) -> Self {
        let disk = Arc::new(Disk::new(settings.clone(), hooks));
        Self { disk, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Runs blocking work on its own thread: a flush may take long. If the caller goes away, the
    /// work is still finished, and keeps its turn until then: on a disk that hangs one thread waits, not
    /// one more for each try.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Disk) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let disk = Arc::clone(&self.disk);
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&disk)
        })
        .await;
        let done = done.unwrap_or_else(|_| {
            Err(Trouble::Unavailable("the work on the directory was cut short".to_owned()))
        });
        done.map_err(|trouble| trouble.at(self.name()))
    }
}

impl fmt::Debug for FileStoreAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileStoreAdapter").field(self.name()).finish()
    }
}

#[async_trait]
impl SecretStore for FileStoreAdapter {
    fn name(&self) -> &StoreName {
        &self.disk.settings.name
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.blocking(Disk::read).await
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        let key = key.clone();
        self.blocking(move |disk| disk.create(&key)).await
    }

    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        let (key, existed) = (key.clone(), basis.exists);
        self.blocking(move |disk| match disk.existing()? {
            Some(mut held) if !held.is_empty() => held.stage(&key),
            _ if existed => Err(held::vanished()),
            _ => Err(held::nothing_yet()),
        })
        .await
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        let (from, to) = (from.clone(), to.clone());
        self.blocking(move |disk| match disk.existing()? {
            Some(mut held) => held.promote(&from, &to),
            None => Ok(Promotion::Lost { current: None }),
        })
        .await
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        let version = version.clone();
        self.blocking(move |disk| match disk.existing()? {
            Some(mut held) => held.remove(&version, place),
            None => Ok(()),
        })
        .await
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        let tried = self.blocking(move |disk| Ok(disk.check(need))).await;
        tried.unwrap_or_else(|error| {
            vec![Tried {
                what: "look at the directory".to_owned(),
                outcome: Err(error.to_string()),
            }]
        })
    }
}
