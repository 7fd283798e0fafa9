//! What AWS Secrets Manager holds, read without changing anything.

use std::sync::PoisonError;

use super::AwsSecrets;
use super::document::Document;
use super::fault::{Call, Fault};
use super::stages::Stages;
use super::wire::Described;
use crate::domain::names::VersionId;
use crate::key::KeyText;
use crate::secrets::{Holding, SecretStore, Snapshot, StoreError};

/// The most pending versions read. AWS allows 20 labels in all on the versions of one secret.
const PENDING_MAX: usize = 20;

impl AwsSecrets {
    /// What AWS says of the secret; `None` if it does not exist.
    pub(super) async fn describe(&self) -> Result<Option<Described>, StoreError> {
        match self.wire.describe().await {
            Ok(described) if described.deleted => Err(self.refused(
                "the secret is marked for deletion; restore it, or remove the store from the settings",
            )),
            Ok(described) => Ok(Some(described)),
            Err(Fault::NotFound) => Ok(None),
            Err(fault) => Err(fault.at(Call::DescribeSecret, self.name())),
        }
    }

    /// The text of a version; `None` if the version is gone.
    pub(super) async fn document(&self, version: &str) -> Result<Option<Document>, StoreError> {
        match self.wire.value(version).await {
            Ok(Some(document)) => Ok(Some(document)),
            Ok(None) => Err(self.shape("it holds bytes instead of text".to_owned())),
            Err(Fault::NotFound) => Ok(None),
            Err(fault) => Err(fault.at(Call::GetSecretValue, self.name())),
        }
    }

    /// Everything a description speaks of; `None` if the current version is gone by now.
    pub(super) async fn snapshot(&self, stages: &Stages) -> Result<Option<Snapshot>, StoreError> {
        let mut snapshot = Snapshot::default();
        let mut current_key = None;
        if let Some(current) = stages.current() {
            let Some(document) = self.document(current).await? else { return Ok(None) };
            current_key = self.shape.key(&document).map_err(|misfit| self.shape(misfit))?;
            snapshot.exists = true;
            snapshot.basis = VersionId::new(current).ok();
            snapshot.current = current_key.clone().and_then(|key| holding(current, key));
        }
        if let Some(previous) = stages.previous() {
            snapshot.previous = self.readable(previous).await?;
        }
        for version in stages.pending().take(PENDING_MAX) {
            let pending = self.readable(version).await?;
            // A key that has become current by another version is on its way no more.
            snapshot.pending.extend(pending.filter(|one| Some(&one.key) != current_key.as_ref()));
        }
        Ok(Some(snapshot))
    }

    /// The key of a version that readers do not depend on; `None`, told once, if none can be read.
    pub(super) async fn readable(&self, version: &str) -> Result<Option<Holding>, StoreError> {
        let document = match self.document(version).await {
            Ok(document) => document,
            Err(StoreError::Shape { .. }) => None,
            Err(error) => return Err(error),
        };
        let Some(document) = document else { return Ok(None) };
        if let Ok(Some(key)) = self.shape.key(&document) {
            return Ok(holding(version, key));
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(version.to_owned()) {
            tracing::warn!(
                store = %self.name(),
                "a version beside the current one holds no key where the settings say; it is left out"
            );
        }
        Ok(None)
    }

    /// The text of the version that is current, which must be there.
    pub(super) async fn current_document(
        &self,
        stages: &Stages,
    ) -> Result<(String, Document), StoreError> {
        let current = stages.current().ok_or_else(|| self.nothing_yet())?;
        let document = self.document(current).await?.ok_or_else(|| self.moving())?;
        Ok((current.to_owned(), document))
    }
}

fn holding(version: &str, key: KeyText) -> Option<Holding> {
    // Name and expiry are not stored: the secret's other fields are not ours.
    let version = VersionId::new(version).ok()?;
    Some(Holding { version, key, name: None, expires_at: None })
}
