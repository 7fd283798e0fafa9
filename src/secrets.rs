//! Secret stores: where keys live. Each store turns its own calls into the same few promises.
//!
//! A store holds three places: *current* (what every reader is given), *previous*, and *pending*, a
//! set of versions no reader looks at. The promises, which the renewal relies on and every store's
//! tests check:
//!
//! 1. [`SecretStore::stage`] is idempotent: the same key staged again is the same version, and a
//!    repeat after a lost reply changes nothing.
//! 2. [`SecretStore::promote`] is a compare-and-set on the version that is current: it happens whole
//!    or not at all, and only from the version the caller read.
//! 3. No call removes a key that is current, nor one from another place than the caller read it in,
//!    and none leaves a wanted version without a label.
//! 4. Other fields of an existing secret, and its shape, are kept.
//!
//! A store does not judge keys: it neither calls the bank nor reads the clock.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use crate::domain::names::{KeyName, StoreName, VersionId};
use crate::key::KeyText;
use crate::settings::model::Store;

pub mod aws;
pub mod file;

/// Opens a store of the settings.
///
/// # Errors
///
/// `Refused` if the settings cannot be used as they stand. A store that is out of reach is told by
/// the first call to it, so that it needs no restart once it is back.
pub async fn open(settings: &Store) -> Result<Arc<dyn SecretStore>, StoreError> {
    Ok(match settings {
        Store::Aws(settings) => Arc::new(aws::AwsSecrets::connect(settings).await?),
        Store::File(settings) => {
            Arc::new(file::FileStoreAdapter::open(settings, file::FileHooks::default()))
        }
    })
}

/// One version of a secret, with the key in it.
#[derive(Clone, Debug)]
pub struct Holding {
    /// The store's name for the version.
    pub version: VersionId,
    /// The key.
    pub key: KeyText,
    /// The bank's name for the key, where the store keeps it.
    pub name: Option<KeyName>,
    /// When the bank stops accepting it, where the store keeps it.
    pub expires_at: Option<Timestamp>,
}

/// A key to be stored. A store that can, keeps name and expiry with it; nothing else, so that the
/// stored bytes are a function of the key and a repeat is the same write.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key.
    pub key: KeyText,
    /// The bank's name for it, if known.
    pub name: Option<KeyName>,
    /// When the bank stops accepting it, if known.
    pub expires_at: Option<Timestamp>,
}

/// What a store holds, from one consistent read.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Whether the secret exists at all.
    pub exists: bool,
    /// The version readers are given, even if no key is in it: the basis of a compare-and-set.
    pub basis: Option<VersionId>,
    /// The key readers are given.
    pub current: Option<Holding>,
    /// The key before it.
    pub previous: Option<Holding>,
    /// Keys in the pending place, in no order.
    pub pending: Vec<Holding>,
}

/// A place from which a version can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The key before the current one, which a reader may still use.
    Previous,
    /// Staged; no reader looks at it.
    Pending,
}

impl Snapshot {
    /// What can be taken out: the pending versions and the previous one, each with its place.
    pub fn removable(&self) -> impl Iterator<Item = (&Holding, Place)> {
        let pending = self.pending.iter().map(|holding| (holding, Place::Pending));
        pending.chain(self.previous.iter().map(|holding| (holding, Place::Previous)))
    }
}

/// What a promotion came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// The version is now current.
    Promoted,
    /// It was current already, as after a lost reply.
    AlreadyCurrent,
    /// The secret is not as the caller read it: another version is current, or `to` is gone or no
    /// longer fits beside the secret's other fields. Nothing was changed; read, and stage, again.
    Lost {
        /// The version that is current now, if the store told.
        current: Option<VersionId>,
    },
}

/// What went wrong at a store. `detail` is text for people, without any secret in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The store could not be reached, or answered that it is busy or broken; try later.
    #[error("{store} cannot be reached: {detail}")]
    Unavailable {
        /// The store.
        store: StoreName,
        /// The store's own words, such as an error code.
        detail: String,
    },
    /// The store refuses us: a permission or an encryption key is missing.
    #[error("{store} denies access: {detail}")]
    Denied {
        /// The store.
        store: StoreName,
        /// The store's own code, and the permission that is missing where it is known.
        detail: String,
    },
    /// What the store holds has not the shape the settings promise; nothing was changed.
    #[error("{store} holds something else than the settings say: {detail}")]
    Shape {
        /// The store.
        store: StoreName,
        /// What was expected and where.
        detail: String,
    },
    /// The store refuses the call for good: a quota, a deleted secret, a used token.
    #[error("{store} refused: {detail}")]
    Refused {
        /// The store.
        store: StoreName,
        /// The store's own code.
        detail: String,
    },
}

impl StoreError {
    /// The word for logs, metrics and `explain`.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "store_unavailable",
            Self::Denied { .. } => "store_denied",
            Self::Shape { .. } => "store_shape",
            Self::Refused { .. } => "store_refused",
        }
    }
}

/// What a process asks of a store: a reader is not to be told of permissions it does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// [`SecretStore::read`] alone.
    Read,
    /// Every call.
    Write,
}

/// One thing `config check --live` tried at a store, changing nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What was tried, such as `secretsmanager:GetSecretValue`.
    pub what: String,
    /// How it went: `Ok` with what was seen, `Err` with what is wrong and what would be right.
    pub outcome: Result<String, String>,
}

/// A secret store; see the module's text for its promises.
#[async_trait]
pub trait SecretStore: Send + Sync + fmt::Debug {
    /// The store's name: its kind and place.
    fn name(&self) -> &StoreName;

    /// Reads everything the store holds for this secret, as consistently as the store can.
    ///
    /// # Errors
    ///
    /// A secret that does not exist is no error but `exists: false`.
    async fn read(&self) -> Result<Snapshot, StoreError>;

    /// Creates the secret with `key` as its current version. Called only with a proven key and only
    /// after [`SecretStore::read`] said that nothing exists: some stores make the first version
    /// current by themselves. A secret that exists by now, created by a peer, is left alone and
    /// [`Promotion::Lost`] says so.
    ///
    /// # Errors
    ///
    /// Nothing was created, or (`Unavailable`) it is not known whether it was.
    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError>;

    /// Puts `key` into the pending place, beside what is pending already.
    ///
    /// # Errors
    ///
    /// Nothing readers see was changed; after `Unavailable` the key may be pending or not.
    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError>;

    /// Makes `to` current if `from` still is; the version that was current becomes previous. `to` may
    /// be a pending version or, for a rollback, the previous one.
    ///
    /// # Errors
    ///
    /// `Unavailable` leaves open whether it happened: read again to know.
    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError>;

    /// Takes a version out of `place` for good. A version that is in another place by now is left
    /// alone, and one that is gone already is no error.
    ///
    /// # Errors
    ///
    /// The version may still be there.
    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError>;

    /// Tries every permission `need` takes, and the secret's shape, without changing anything.
    async fn check(&self, need: Need) -> Vec<Tried>;
}
