//! AWS Secrets Manager: the key as a plain secret, or as one field of a JSON secret whose other
//! fields are kept byte for byte.
//!
//! ```text
//! AWSCURRENT    the key every reader is given; moved by compare-and-set, and by nothing else
//! AWSPREVIOUS   the key before it; AWS moves it along by itself
//! QS-1a2b3c4d   a pending key, each under a label of its own, named by its version
//! ```
//!
//! A version's id is made from the secret's ARN and the whole text to be stored, so that staging the
//! same key again is the same version, and is not even sent. A key staged beside other fields that a
//! person changed meanwhile is another version: the first is never promoted, since that would undo
//! the person's change.
//!
//! AWS deletes a version that loses its last label, so a label is taken off only when another one is
//! on, or when the version is no longer wanted. Reading never writes: what an interrupted promotion
//! left behind is tidied by the next write, and does no harm until then.
//!
//! AWS does not promise that a read sees the last write, so nothing here trusts a read for safety:
//! the compare-and-set is AWS's own.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

pub use self::client::AwsOptions;
use self::document::{Misfit, Shape};
use self::fault::{Call, Fault};
use self::stages::{CURRENT, PREVIOUS, is_ours, token_of};
use self::wire::Wire;
use super::{Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried};
use crate::domain::names::{StoreName, VersionId};
use crate::settings::model::AwsStore;

mod check;
mod client;
mod document;
mod fault;
mod json;
mod reading;
mod stages;
mod wire;
mod writing;

/// The longest text AWS takes, in bytes.
const DOCUMENT_BYTES_MAX: usize = 65_536;

/// How often a read begins anew because a version it was told of is gone.
const READ_TRIES: usize = 3;

/// A secret in AWS Secrets Manager; clones share one client.
#[derive(Clone)]
pub struct AwsSecrets {
    wire: Arc<Wire>,
    shape: Shape,
    /// Versions without a readable key that have been told of.
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl AwsSecrets {
    /// Sets up the client. Credentials are first looked for by the first call.
    ///
    /// # Errors
    ///
    /// `Refused` if the endpoint is not one that secrets may be sent to, or no region is known.
    pub async fn connect(settings: &AwsStore) -> Result<Self, StoreError> {
        Self::connect_with(settings, AwsOptions::default()).await
    }

    /// As [`AwsSecrets::connect`], with other credentials or limits than the daemon's.
    ///
    /// # Errors
    ///
    /// As [`AwsSecrets::connect`].
    pub async fn connect_with(
        settings: &AwsStore,
        options: AwsOptions,
    ) -> Result<Self, StoreError> {
        let shape = settings.field.clone().map_or(Shape::Plain, Shape::Field);
        let wire = Wire::connect(settings, options).await?;
        Ok(Self { wire: Arc::new(wire), shape, told: Arc::default() })
    }

    fn refused(&self, detail: &str) -> StoreError {
        StoreError::Refused { store: self.name().clone(), detail: detail.to_owned() }
    }

    fn shape(&self, detail: Misfit) -> StoreError {
        StoreError::Shape { store: self.name().clone(), detail }
    }

    fn nothing_yet(&self) -> StoreError {
        self.refused("no key is stored yet; the first one is created, not staged")
    }

    /// What was read no longer holds: a peer was faster, or AWS has not caught up with itself.
    fn moving(&self) -> StoreError {
        StoreError::Unavailable {
            store: self.name().clone(),
            detail: "the secret changes while it is read".to_owned(),
        }
    }
}

impl fmt::Debug for AwsSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AwsSecrets").field(self.name()).finish()
    }
}

#[async_trait]
impl SecretStore for AwsSecrets {
    fn name(&self) -> &StoreName {
        self.wire.store()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        for _ in 0..READ_TRIES {
            let Some(described) = self.describe().await? else { return Ok(Snapshot::default()) };
            if let Some(snapshot) = self.snapshot(&described.stages).await? {
                return Ok(snapshot);
            }
        }
        Err(self.moving())
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        let document = self.shape.fresh(&key.key).map_err(|misfit| self.shape(misfit))?;
        match self.describe().await? {
            None => self.create_secret(&document, key).await,
            Some(described) if described.stages.current().is_none() => {
                self.fill(&described, &document, key).await
            }
            Some(_) => self.created_by_another(key).await,
        }
    }

    async fn stage(&self, _basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        let described = self.describe().await?.ok_or_else(|| self.nothing_yet())?;
        let stages = &described.stages;
        let (current, basis) = self.current_document(stages).await?;
        let held = self.shape.key(&basis).map_err(|misfit| self.shape(misfit))?;
        let version = if held.is_some_and(|held| held == key.key) {
            current
        } else {
            let document =
                self.shape.with_key(&basis, &key.key).map_err(|misfit| self.shape(misfit))?;
            if document.text().len() > DOCUMENT_BYTES_MAX {
                return Err(self.refused("with this key the secret is longer than 65536 bytes"));
            }
            let mut version = token_of(&described.arn, &document);
            // After a rollback the same text may be there under an id that a person's tool made.
            if let Some(previous) = stages.previous()
                && self.document(previous).await?.is_some_and(|held| held == document)
            {
                previous.clone_into(&mut version);
            }
            self.store(stages, &version, &document).await?;
            version
        };
        self.tidy(stages, &version, &key.key).await;
        VersionId::new(version)
            .map_err(|_| self.refused("AWS gave a version an id of no known form"))
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        let described = self.describe().await?.ok_or_else(|| self.nothing_yet())?;
        let stages = &described.stages;
        let current = stages.current().and_then(|current| VersionId::new(current).ok());
        if current.as_ref() == Some(to) {
            self.take_labels(stages, to.as_str(), is_ours).await.unwrap_or_default();
            return Ok(Promotion::AlreadyCurrent);
        }
        let ready = current.as_ref() == Some(from) && stages.has(to.as_str());
        if !ready || !self.fits(stages, to.as_str()).await? {
            return Ok(Promotion::Lost { current });
        }
        // Once it is previous, a label left on it would make the old key pending.
        self.take_labels(stages, from.as_str(), is_ours).await.unwrap_or_default();
        match self.wire.move_label(CURRENT, Some(from.as_str()), Some(to.as_str())).await {
            Ok(()) => {
                self.take_labels(stages, to.as_str(), is_ours).await.unwrap_or_default();
                Ok(Promotion::Promoted)
            }
            Err(Fault::Mismatch | Fault::NotFound) => {
                let described = self.describe().await?.ok_or_else(|| self.moving())?;
                let current = described.stages.current().and_then(|one| VersionId::new(one).ok());
                Ok(if current.as_ref() == Some(to) {
                    Promotion::AlreadyCurrent
                } else {
                    Promotion::Lost { current }
                })
            }
            Err(fault) => Err(fault.at(Call::UpdateSecretVersionStage, self.name())),
        }
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        let Some(described) = self.describe().await? else { return Ok(()) };
        let (stages, version) = (&described.stages, version.as_str());
        let is_previous = stages.previous() == Some(version);
        if stages.current() == Some(version) || is_previous != (place == Place::Previous) {
            return Ok(());
        }
        // AWS takes a label off only where it still is, so a version that becomes previous meanwhile
        // keeps that place.
        let removable = |label: &str| (is_previous && label == PREVIOUS) || is_ours(label);
        self.take_labels(stages, version, removable).await?;
        match stages.labels(version).iter().find(|label| !removable(label)) {
            None => Ok(()),
            Some(label) => Err(self.refused(&format!(
                "the version is kept by the staging label {label:?}, which is not ours; take it off"
            ))),
        }
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        self.try_everything(need).await
    }
}
