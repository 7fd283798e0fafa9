//! The five calls to AWS Secrets Manager, with every option of them said.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::Tag;

use super::client::{AwsOptions, client};
use super::document::Document;
use super::fault::{Call, Fault};
use super::stages::Stages;
use crate::domain::names::StoreName;
use crate::secrets::StoreError;
use crate::settings::model::AwsStore;

/// What AWS says of a secret without its value.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) arn: String,
    pub(super) stages: Stages,
    /// Whether it is marked for deletion.
    pub(super) deleted: bool,
    /// Whether AWS's own rotation is on.
    pub(super) rotated: bool,
}

/// Makes the calls.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client,
    settings: AwsStore,
}

impl Wire {
    pub(super) async fn connect(
        settings: &AwsStore,
        options: AwsOptions,
    ) -> Result<Self, StoreError> {
        let client = client(settings, options).await?;
        Ok(Self { client, settings: settings.clone() })
    }

    pub(super) fn store(&self) -> &StoreName {
        &self.settings.name
    }

    pub(super) fn settings(&self) -> &AwsStore {
        &self.settings
    }

    pub(super) async fn describe(&self) -> Result<Described, Fault> {
        let call = self.client.describe_secret().secret_id(&self.settings.secret_id);
        let answer = call
            .send()
            .await
            .map_err(|error| Fault::of(Call::DescribeSecret, self.store(), &error))?;
        Ok(Described {
            deleted: answer.deleted_date().is_some(),
            rotated: answer.rotation_enabled().unwrap_or(false),
            arn: answer.arn.unwrap_or_else(|| self.settings.secret_id.clone()),
            stages: Stages::new(answer.version_ids_to_stages.unwrap_or_default()),
        })
    }

    /// The text of a version; `None` if it holds bytes.
    pub(super) async fn value(&self, version: &str) -> Result<Option<Document>, Fault> {
        let call = self.client.get_secret_value().secret_id(&self.settings.secret_id);
        let answer = call
            .version_id(version)
            .send()
            .await
            .map_err(|error| Fault::of(Call::GetSecretValue, self.store(), &error))?;
        Ok(answer.secret_string.map(Document::new))
    }

    /// Stores a version under `token`, with `labels`, and returns the labels it has now. Without
    /// labels AWS would make it current at once, and without a token the client would invent one.
    pub(super) async fn put(
        &self,
        token: &str,
        document: &Document,
        labels: Vec<String>,
    ) -> Result<Vec<String>, Fault> {
        let call = self.client.put_secret_value().secret_id(&self.settings.secret_id);
        let answer = call
            .client_request_token(token)
            .secret_string(document.text())
            .set_version_stages(Some(labels))
            .send()
            .await
            .map_err(|error| Fault::of(Call::PutSecretValue, self.store(), &error))?;
        Ok(answer.version_stages.unwrap_or_default())
    }

    /// Moves a label: puts it on `to` and takes it off `from`.
    pub(super) async fn move_label(
        &self,
        label: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), Fault> {
        let call = self.client.update_secret_version_stage().secret_id(&self.settings.secret_id);
        call.version_stage(label)
            .set_remove_from_version_id(from.map(str::to_owned))
            .set_move_to_version_id(to.map(str::to_owned))
            .send()
            .await
            .map_err(|error| Fault::of(Call::UpdateSecretVersionStage, self.store(), &error))?;
        Ok(())
    }

    pub(super) async fn create(&self, token: &str, document: &Document) -> Result<(), Fault> {
        let tags = self.settings.tags.iter();
        let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let call = self.client.create_secret().name(&self.settings.secret_id);
        call.client_request_token(token)
            .secret_string(document.text())
            .set_kms_key_id(self.settings.kms_key_id.clone())
            .set_tags(Some(tags))
            .force_overwrite_replica_secret(false)
            .send()
            .await
            .map_err(|error| Fault::of(Call::CreateSecret, self.store(), &error))?;
        Ok(())
    }
}
