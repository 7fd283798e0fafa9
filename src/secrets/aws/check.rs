//! What `config check --live` tries at AWS Secrets Manager, so that nothing can change.
//!
//! Two calls that write are made in a form that writes nothing, and what they answer tells whether
//! they are permitted: data stored again under the id it has, which AWS documents to do nothing; and
//! a label that no version has, taken off a version that does not exist.

use super::AwsSecrets;
use super::document::Document;
use super::fault::{Call, Fault};
use super::stages::label_of;
use super::wire::Described;
use crate::secrets::{Need, SecretStore, StoreError, Tried};

/// A label and a version that no secret has.
const NO_LABEL: &str = "QS-check";
const NO_VERSION: &str = "00000000-0000-0000-0000-000000000000";

impl AwsSecrets {
    pub(super) async fn try_everything(&self, need: Need) -> Vec<Tried> {
        let mut tried = Vec::new();
        let mut note = |call: Call, outcome: Result<String, String>| {
            tried.push(Tried { what: call.permission().to_owned(), outcome });
        };
        let described = match self.describe().await {
            Ok(Some(described)) => described,
            Ok(None) => {
                note(Call::DescribeSecret, self.may_be_created(need));
                return tried;
            }
            Err(error) => {
                note(Call::DescribeSecret, Err(error.to_string()));
                return tried;
            }
        };
        note(Call::DescribeSecret, seen(&described));
        let Some(current) = described.stages.current() else {
            let told = "not tried: the secret has no value yet; the first key becomes its value";
            note(Call::GetSecretValue, Ok(told.to_owned()));
            return tried;
        };
        let document = match self.document(current).await {
            Ok(document) => document,
            Err(error) => {
                note(Call::GetSecretValue, Err(error.to_string()));
                None
            }
        };
        if let Some(document) = &document {
            note(Call::GetSecretValue, self.holds_a_key(document));
        }
        if need == Need::Read {
            return tried;
        }
        if let Some(document) = &document {
            note(Call::PutSecretValue, self.may_put(current, document).await);
        }
        note(Call::UpdateSecretVersionStage, self.may_move().await);
        tried
    }

    fn may_be_created(&self, need: Need) -> Result<String, String> {
        let create = self.wire.settings().create;
        match need {
            Need::Write if create => Ok(format!(
                "the secret does not exist; it will be created with the first key ({} cannot be tried \
                 without creating it)",
                Call::CreateSecret.permission()
            )),
            Need::Write => Err("the secret does not exist, and `create` is not set".to_owned()),
            Need::Read => Err("the secret does not exist yet".to_owned()),
        }
    }

    fn holds_a_key(&self, document: &Document) -> Result<String, String> {
        match self.shape.key(document) {
            Ok(Some(_)) => Ok("a key is where the settings say".to_owned()),
            Ok(None) => Ok("no key is in it yet".to_owned()),
            Err(misfit) => Err(misfit),
        }
    }

    async fn may_put(&self, current: &str, document: &Document) -> Result<String, String> {
        // Were it to do something after all, it would be to add a label that the next write takes off.
        match self.wire.put(current, document, vec![label_of(current)]).await {
            Ok(_) | Err(Fault::Exists) => {
                Ok("permitted (the present data was stored again under its id, which does nothing)"
                    .to_owned())
            }
            Err(fault) => Err(fault.at(Call::PutSecretValue, self.name()).to_string()),
        }
    }

    async fn may_move(&self) -> Result<String, String> {
        match self.wire.move_label(NO_LABEL, Some(NO_VERSION), None).await {
            Ok(())
            | Err(Fault::Mismatch | Fault::NotFound | Fault::Store(StoreError::Refused { .. })) => {
                Ok("permitted (tried on a version that does not exist)".to_owned())
            }
            Err(fault) => Err(fault.at(Call::UpdateSecretVersionStage, self.name()).to_string()),
        }
    }
}

fn seen(described: &Described) -> Result<String, String> {
    if described.rotated {
        return Err(
            "AWS's own rotation is on for this secret, and would replace the key by something \
                    else; turn it off"
                .to_owned(),
        );
    }
    Ok(format!("the secret exists, with {} labelled versions", described.stages.count()))
}
