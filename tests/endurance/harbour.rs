//! The place a voyage starts from: bank, task, clocks, and a store that can be made to fail.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use quaymaster::domain::names::{StoreName, VersionId};
use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::secrets::file::FileHooks;
use quaymaster::secrets::{
    Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried,
};

use crate::fake_aws::{FakeAws, Fault, Operation, options};
use crate::quay::{Quay, file_store};
use crate::weather::Trouble;

const SECRET: &str = "quickstream/main";

/// More calls than any voyage makes.
const EVERY_CALL: usize = 1_000_000;

const WRITES: [Option<Operation>; 3] =
    [Some(Operation::Create), Some(Operation::Put), Some(Operation::UpdateStage)];

/// A store that fails as it is told.
pub(crate) enum Shore {
    /// An encrypted file store, whose disk fails at the writes.
    File { store: Arc<dyn SecretStore>, trouble: Arc<Mutex<Trouble>>, full: Arc<AtomicBool> },
    /// AWS, played by the strict fake.
    Aws(FakeAws),
}

impl Shore {
    /// A file store in the quay's place.
    pub(crate) fn file(quay: &mut Quay) -> Self {
        let full = Arc::new(AtomicBool::new(false));
        let hooks = FileHooks::new({
            let full = Arc::clone(&full);
            move |_| {
                let full = full.load(Ordering::Relaxed);
                if full { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
            }
        });
        let failing = file_store(quay.directory.path(), "store", hooks);
        let trouble = Arc::new(Mutex::new(Trouble::None));
        quay.stores = vec![Arc::new(Failing { inner: failing, trouble: Arc::clone(&trouble) })];
        let store = file_store(quay.directory.path(), "store", FileHooks::default());
        Self::File { store, trouble, full }
    }

    /// AWS in the quay's place.
    pub(crate) async fn aws(quay: &mut Quay) -> Self {
        let fake = FakeAws::start().await;
        let store = AwsSecrets::connect_with(&fake.settings(SECRET, None), options(1)).await;
        quay.stores = vec![Arc::new(store.unwrap())];
        Self::Aws(fake)
    }

    pub(crate) fn fail(&self, trouble: Trouble) {
        match self {
            Self::File { trouble: set, full, .. } => {
                *set.lock().unwrap() = trouble;
                full.store(trouble == Trouble::ReadOnly, Ordering::Relaxed);
            }
            Self::Aws(fake) => {
                fake.calm();
                let refuse = Fault::Refuse(503, "ServiceUnavailable");
                let (every, fault) = match trouble {
                    Trouble::None => return,
                    Trouble::Down => (vec![None], refuse),
                    Trouble::ReadOnly => (WRITES.to_vec(), refuse),
                    Trouble::Mute => (WRITES.to_vec(), Fault::CutAfter),
                };
                for operation in every {
                    fake.fault(operation, fault.clone(), EVERY_CALL);
                }
            }
        }
    }

    /// The key readers are given, read past the failures.
    pub(crate) async fn current(&self) -> Option<String> {
        match self {
            Self::File { store, .. } => {
                let snapshot = store.read().await.unwrap();
                snapshot.current.map(|held| held.key.expose().to_owned())
            }
            Self::Aws(fake) => fake.text(SECRET, "AWSCURRENT"),
        }
    }

    /// How many keys wait to become current, and how many versions nobody would find.
    pub(crate) async fn leftovers(&self) -> (usize, usize) {
        match self {
            Self::File { store, .. } => (store.read().await.unwrap().pending.len(), 0),
            Self::Aws(fake) => {
                let versions = fake.versions(SECRET);
                let ours = |label: &String| label.starts_with("QS-");
                let pending = versions.values().filter(|labels| labels.iter().any(ours)).count();
                (pending, versions.values().filter(|labels| labels.is_empty()).count())
            }
        }
    }
}

/// A store whose calls can fail before they act, or after.
struct Failing {
    inner: Arc<dyn SecretStore>,
    trouble: Arc<Mutex<Trouble>>,
}

impl Failing {
    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap()
    }

    fn gone(&self) -> StoreError {
        StoreError::Unavailable { store: self.name().clone(), detail: "on purpose".to_owned() }
    }

    async fn write<T>(
        &self,
        act: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.trouble() {
            Trouble::Down => Err(self.gone()),
            Trouble::Mute => act.await.and(Err(self.gone())),
            Trouble::None | Trouble::ReadOnly => act.await,
        }
    }
}

impl fmt::Debug for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Failing")
    }
}

#[async_trait]
impl SecretStore for Failing {
    fn name(&self) -> &StoreName {
        self.inner.name()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        if self.trouble() == Trouble::Down { Err(self.gone()) } else { self.inner.read().await }
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        self.write(self.inner.create(key)).await
    }

    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        self.write(self.inner.stage(basis, key)).await
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        self.write(self.inner.promote(from, to)).await
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        self.write(self.inner.remove(version, place)).await
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        self.inner.check(need).await
    }
}
