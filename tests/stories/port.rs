//! What every story needs: a facility that is well, and the checks each story ends with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use quaymaster::domain::condition::{Condition, Urgency};
use quaymaster::domain::names::{StoreName, VersionId};
use quaymaster::sandbox::{Fault, KeyKind, KeyView, NewSandboxKey, SANDBOX_CODE};
use quaymaster::secrets::{
    Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried,
};
use serde_json::json;

use crate::quay::{Afloat, Quay, days};

/// A facility two days old, whose first key was renewed: the key has two years to live.
pub(crate) async fn well() -> (Quay, Afloat, String) {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    says(&task, Condition::Ok);
    let key = quay.delivered().unwrap();
    (quay, task, key)
}

/// The condition, in the status and in the metrics, with a sentence and a way out.
#[track_caller]
pub(crate) fn says(task: &Afloat, condition: Condition) {
    let status = task.status();
    assert_eq!(status.condition, condition, "{}", status.detail);
    let text = task.metrics();
    let on: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("quaymaster_api_key_status{") && line.ends_with(" 1"))
        .collect();
    let label = format!("condition=\"{}\"", condition.label());
    assert!(on.len() == 1 && on[0].contains(&label), "{on:?} is not {label}");
    assert!(condition.remedy().contains("quaymaster "), "no way out of {label}");
    if condition.urgency() > Urgency::Fine {
        assert!(!status.detail.is_empty(), "{label} has no sentence");
    }
}

/// The key is what the authority and the application have, and the bank accepts it.
pub(crate) async fn serves(quay: &Quay, key: &str) {
    assert_eq!(quay.held().await.0.as_deref(), Some(key), "the authority's current key");
    assert_eq!(quay.delivered().as_deref(), Some(key), "the application's key");
    assert!(quay.works(key).await, "the bank does not accept the key");
}

/// The history has such a line.
pub(crate) async fn wrote(task: &Afloat, what: &str) {
    let lines = task.history().await;
    let words: Vec<_> = lines.iter().map(|line| line.what.as_str()).collect();
    assert!(words.contains(&what), "no {what} in {words:?}");
}

/// The bank's view of a key.
pub(crate) fn at_bank(quay: &Quay, text: &str) -> KeyView {
    quay.sandbox.control().keys().into_iter().find(|key| key.text == text).unwrap()
}

/// Makes a secret key that expires so many days from now, as a person does in the portal.
pub(crate) fn mint_for(quay: &Quay, left: u64) -> String {
    let expires = quay.clock.now() + days(left);
    let new = NewSandboxKey { expires: Some(expires), ..NewSandboxKey::secret(SANDBOX_CODE) };
    quay.sandbox.control().make_key(new).unwrap().text
}

/// A key of another kind: publishable, or restricted to a business.
pub(crate) fn mint_kind(quay: &Quay, kind: KeyKind, businesses: &[&str]) -> String {
    let businesses = businesses.iter().map(|&code| code.to_owned()).collect();
    let new = NewSandboxKey { kind, businesses, ..NewSandboxKey::secret(SANDBOX_CODE) };
    quay.sandbox.control().make_key(new).unwrap().text
}

/// Spoils every answer to the question for the latest key.
pub(crate) fn spoil_latest(quay: &Quay, fault: Fault) {
    let fault = Fault { path: Some("/api-keys/latest".to_owned()), ..fault };
    quay.sandbox.control().add_faults(vec![fault]).unwrap();
}

/// Lets the bank offer a key of our choice.
pub(crate) fn offer(quay: &Quay, key: &str, expires: jiff::Timestamp) {
    let body = json!({ "keyName": "OFFERED...key", "key": key, "expiryDate": expires });
    spoil_latest(quay, Fault { status: Some(200), body: Some(body), ..Fault::default() });
}

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Down,
    Denied,
    DeniesWrites,
    /// It can be read and staged in, and what makes a key current gets no answer.
    PromotesNothing,
    Shape,
    /// It never answers.
    Hangs,
}

/// A store with which something can be wrong, and which counts what would change it.
#[derive(Debug)]
pub(crate) struct Moody {
    inner: Arc<dyn SecretStore>,
    wrong: Mutex<Option<Wrong>>,
    writes: AtomicU64,
    waiting: AtomicU64,
}

impl Moody {
    /// Puts itself in front of one of the quay's stores.
    pub(crate) fn before(quay: &mut Quay, nth: usize) -> Arc<Self> {
        let inner = Arc::clone(&quay.stores[nth]);
        let moody = Arc::new(Self {
            inner,
            wrong: Mutex::default(),
            writes: AtomicU64::default(),
            waiting: AtomicU64::default(),
        });
        quay.stores[nth] = Arc::<Self>::clone(&moody);
        moody
    }

    pub(crate) fn is(&self, wrong: Option<Wrong>) {
        *self.wrong.lock().unwrap_or_else(PoisonError::into_inner) = wrong;
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// How many calls hang.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    async fn asked(&self) -> Result<(), StoreError> {
        let store = self.inner.name().clone();
        let wrong = *self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match wrong {
            None | Some(Wrong::DeniesWrites | Wrong::PromotesNothing) => Ok(()),
            Some(Wrong::Hangs) => {
                self.waiting.fetch_add(1, Ordering::Relaxed);
                std::future::pending().await
            }
            Some(Wrong::Down) => {
                Err(StoreError::Unavailable { store, detail: "no answer".to_owned() })
            }
            Some(Wrong::Denied) => {
                Err(StoreError::Denied { store, detail: "AccessDenied".to_owned() })
            }
            Some(Wrong::Shape) => {
                Err(StoreError::Shape { store, detail: "no field api_key".to_owned() })
            }
        }
    }

    /// A change after which another key is current.
    async fn promoted(&self) -> Result<(), StoreError> {
        self.changed().await?;
        let wrong = *self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong == Some(Wrong::PromotesNothing) {
            let store = self.inner.name().clone();
            let detail = "UpdateSecretVersionStage: 503".to_owned();
            return Err(StoreError::Unavailable { store, detail });
        }
        Ok(())
    }

    async fn changed(&self) -> Result<(), StoreError> {
        self.asked().await?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        let wrong = *self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong == Some(Wrong::DeniesWrites) {
            let store = self.inner.name().clone();
            return Err(StoreError::Denied { store, detail: "PutSecretValue".to_owned() });
        }
        Ok(())
    }
}

#[async_trait]
impl SecretStore for Moody {
    fn name(&self) -> &StoreName {
        self.inner.name()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.asked().await?;
        self.inner.read().await
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        self.promoted().await?;
        self.inner.create(key).await
    }

    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        self.changed().await?;
        self.inner.stage(basis, key).await
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        self.promoted().await?;
        self.inner.promote(from, to).await
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        self.changed().await?;
        self.inner.remove(version, place).await
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        self.inner.check(need).await
    }
}
