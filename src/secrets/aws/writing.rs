//! The changes made at AWS Secrets Manager, one label or one version at a time.

use super::AwsSecrets;
use super::document::Document;
use super::fault::{Call, Fault};
use super::stages::{CURRENT, Stages, is_ours, label_of, token_of};
use super::wire::Described;
use crate::key::KeyText;
use crate::secrets::{NewKey, Promotion, SecretStore, StoreError};

impl AwsSecrets {
    /// Makes sure that `document` is stored under `version` with its own label, sending no more
    /// than is missing.
    pub(super) async fn store(
        &self,
        stages: &Stages,
        version: &str,
        document: &Document,
    ) -> Result<(), StoreError> {
        let label = label_of(version);
        if stages.holder(&label).is_some_and(|holder| holder != version) {
            return Err(self.refused("another version has the label of this one"));
        }
        if stages.has(version)
            && self.document(version).await?.is_some_and(|held| held != *document)
        {
            return Err(self.refused(
                "a version with the id of this key holds other data; take its labels off by hand",
            ));
        }
        let labels = if stages.has(version) {
            stages.labels(version).to_vec()
        } else {
            match self.wire.put(version, document, vec![label.clone()]).await {
                Ok(labels) => labels,
                Err(Fault::Exists) => {
                    return Err(self.refused(
                        "a deleted version with the id of this key held other data; \
                         AWS answered ResourceExistsException",
                    ));
                }
                Err(fault) => return Err(fault.at(Call::PutSecretValue, self.name())),
            }
        };
        // A version that AWS had but did not tell of, since it had lost its labels, is not changed
        // by putting the same data again: its label must be put on.
        if labels.contains(&label) {
            return Ok(());
        }
        let moved = self.wire.move_label(&label, None, Some(version)).await;
        moved.map_err(|fault| match fault {
            Fault::NotFound | Fault::Mismatch => self.moving(),
            fault @ (Fault::Exists | Fault::Store(_)) => {
                fault.at(Call::UpdateSecretVersionStage, self.name())
            }
        })
    }

    /// Takes our labels off versions that need them no more: off the current one, and off pending
    /// versions whose key has been staged anew, as `kept`, beside other fields. A failure is no
    /// matter: the next write tries again.
    pub(super) async fn tidy(&self, stages: &Stages, kept: &str, key: &KeyText) {
        let mut gone: Vec<&str> = stages.current().into_iter().collect();
        for version in stages.pending().filter(|version| *version != kept) {
            if self.readable(version).await.is_ok_and(|one| one.is_some_and(|one| one.key == *key))
            {
                gone.push(version);
            }
        }
        for version in gone {
            self.take_labels(stages, version, is_ours).await.unwrap_or_default();
        }
    }

    /// Takes labels off a version. One that is off already is no error.
    pub(super) async fn take_labels(
        &self,
        stages: &Stages,
        version: &str,
        wanted: impl Fn(&str) -> bool + Send,
    ) -> Result<(), StoreError> {
        for label in stages.labels(version).iter().filter(|label| wanted(label)) {
            match self.wire.move_label(label, Some(version), None).await {
                Ok(()) | Err(Fault::Mismatch | Fault::NotFound) => {}
                Err(fault) => return Err(fault.at(Call::UpdateSecretVersionStage, self.name())),
            }
        }
        Ok(())
    }

    /// Whether `to` may take the place of `from`: it holds a key, beside the same other fields.
    pub(super) async fn fits(&self, stages: &Stages, to: &str) -> Result<bool, StoreError> {
        let (_, current) = self.current_document(stages).await?;
        let Some(next) = self.document(to).await? else { return Ok(false) };
        let key = self.shape.key(&next).map_err(|misfit| self.shape(misfit))?;
        if key.is_none() {
            return Err(self.shape("the version to promote holds no key".to_owned()));
        }
        self.shape.same_others(&current, &next).map_err(|misfit| self.shape(misfit))
    }

    /// What a creation came to that found the secret in existence.
    pub(super) async fn created_by_another(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        let snapshot = self.read().await?;
        Ok(if snapshot.current.is_some_and(|current| current.key == key.key) {
            Promotion::AlreadyCurrent
        } else {
            Promotion::Lost { current: snapshot.basis }
        })
    }

    pub(super) async fn create_secret(
        &self,
        document: &Document,
        key: &NewKey,
    ) -> Result<Promotion, StoreError> {
        let settings = self.wire.settings();
        if !settings.create {
            return Err(self.refused(
                "the secret does not exist; create it, or set `create = true` for this store",
            ));
        }
        if settings.secret_id.starts_with("arn:") {
            return Err(
                self.refused("the secret does not exist, and none can be created by its ARN")
            );
        }
        match self.wire.create(&token_of(&settings.secret_id, document), document).await {
            Ok(()) => Ok(Promotion::Promoted),
            Err(Fault::Exists) => self.created_by_another(key).await,
            Err(fault) => Err(fault.at(Call::CreateSecret, self.name())),
        }
    }

    /// Gives a secret that was created without a value its first one. AWS makes the first version
    /// current by itself and no later one, so that of two processes that do this one wins.
    pub(super) async fn fill(
        &self,
        described: &Described,
        document: &Document,
        key: &NewKey,
    ) -> Result<Promotion, StoreError> {
        let token = token_of(&described.arn, document);
        self.store(&described.stages, &token, document).await?;
        let Some(described) = self.describe().await? else { return Err(self.moving()) };
        match described.stages.current() {
            Some(current) if current == token => {}
            Some(_) => return self.created_by_another(key).await,
            None => match self.wire.move_label(CURRENT, None, Some(&token)).await {
                Ok(()) => {}
                Err(Fault::Mismatch | Fault::NotFound) => {
                    return self.created_by_another(key).await;
                }
                Err(fault) => return Err(fault.at(Call::UpdateSecretVersionStage, self.name())),
            },
        }
        self.take_labels(&described.stages, &token, is_ours).await.unwrap_or_default();
        Ok(Promotion::Promoted)
    }
}
