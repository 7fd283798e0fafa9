//! One secret as AWS documents it: versions that never change, labels that move, and the limits.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The documented quotas.
const TEXT_BYTES_MAX: usize = 65_536;
const LABELS_MAX: usize = 20;
const VERSIONS_MAX: usize = 100;

/// What becomes of a version without labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unlabelled {
    /// It is deleted at once.
    #[default]
    Vanish,
    /// It is there for whoever knows its id, and no description tells of it.
    Linger,
}

/// A refusal as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

fn refuse<T>(code: &'static str, message: &str) -> Result<T, Refusal> {
    Err(Refusal { status: 400, code, message: message.to_owned() })
}

/// One version.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) text: String,
    pub(crate) labels: Vec<String>,
}

impl Version {
    pub(crate) fn new(text: &str, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self { text: text.to_owned(), labels }
    }

    pub(crate) fn sorted_labels(&self) -> Vec<String> {
        let mut labels = self.labels.clone();
        labels.sort();
        labels
    }
}

/// One secret.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) versions: BTreeMap<String, Version>,
    pub(crate) deleted: bool,
    pub(crate) rotated: bool,
    /// What `CreateSecret` was told beside the text.
    pub(crate) made_with: Value,
    /// Whether the first version has been made.
    begun: bool,
}

/// The secret a request speaks of, by name or ARN.
pub(crate) fn find<'a>(
    secrets: &'a BTreeMap<String, Secret>,
    input: &Value,
) -> Result<&'a Secret, Refusal> {
    let id = text(input, "SecretId").unwrap_or_default();
    let found = secrets.values().find(|secret| secret.name == id || secret.arn == id);
    match found {
        Some(secret) => Ok(secret),
        None => refuse("ResourceNotFoundException", "Secrets Manager can't find the secret."),
    }
}

pub(crate) fn create(
    secrets: &mut BTreeMap<String, Secret>,
    input: &Value,
) -> Result<Value, Refusal> {
    let name = text(input, "Name").unwrap_or_default().to_owned();
    let token = text(input, "ClientRequestToken").unwrap_or_default().to_owned();
    let value = text(input, "SecretString").unwrap_or_default();
    if let Some(secret) = secrets.get(&name) {
        if secret.deleted {
            return refuse("InvalidRequestException", "A secret of this name is to be deleted.");
        }
        let same = secret.versions.get(&token).is_some_and(|version| version.text == value);
        if !same {
            return refuse("ResourceExistsException", "A secret of this name already exists.");
        }
        return Ok(secret.named(&token));
    }
    let mut secret = Secret::new(&name);
    secret.made_with = json!({ "KmsKeyId": input["KmsKeyId"], "Tags": input["Tags"] });
    secret.add(&token, value, vec!["AWSCURRENT".to_owned()], Unlabelled::Vanish)?;
    let answer = secret.named(&token);
    secrets.insert(name, secret);
    Ok(answer)
}

impl Secret {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            arn: format!("arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:{name}-AbCdEf"),
            versions: BTreeMap::new(),
            deleted: false,
            rotated: false,
            made_with: Value::Null,
            begun: false,
        }
    }

    /// The version with a label.
    pub(crate) fn holder(&self, label: &str) -> Option<&String> {
        let mut versions = self.versions.iter();
        versions.find(|(_, version)| version.labels.iter().any(|one| one == label)).map(|one| one.0)
    }

    pub(crate) fn described(&self) -> Value {
        let labelled = self.versions.iter().filter(|(_, version)| !version.labels.is_empty());
        let stages: BTreeMap<_, _> = labelled.map(|(id, version)| (id, &version.labels)).collect();
        let mut described = json!({
            "ARN": self.arn, "Name": self.name, "VersionIdsToStages": stages,
            "RotationEnabled": self.rotated,
        });
        if self.deleted {
            described["DeletedDate"] = json!(1_800_000_000);
        }
        described
    }

    pub(crate) fn value(&self, input: &Value) -> Result<Value, Refusal> {
        self.alive()?;
        let id = match text(input, "VersionId") {
            Some(id) => Some(id.to_owned()),
            None => self.holder(text(input, "VersionStage").unwrap_or("AWSCURRENT")).cloned(),
        };
        match id.and_then(|id| Some((self.versions.get(&id)?, id))) {
            Some((version, id)) => Ok(json!({
                "ARN": self.arn, "Name": self.name, "VersionId": id,
                "SecretString": version.text, "VersionStages": version.labels,
            })),
            None => refuse("ResourceNotFoundException", "Secrets Manager can't find the version."),
        }
    }

    pub(crate) fn put(&mut self, input: &Value, gone: Unlabelled) -> Result<Value, Refusal> {
        self.alive()?;
        let value = text(input, "SecretString").unwrap_or_default();
        let labels: Option<Vec<String>> =
            input.get("VersionStages").and_then(|one| serde_json::from_value(one.clone()).ok());
        let Some(labels) = labels.filter(|labels| !labels.is_empty()) else {
            return refuse("InvalidParameterException", "this fake wants VersionStages");
        };
        let Some(token) = text(input, "ClientRequestToken") else {
            return refuse("InvalidParameterException", "this fake wants a ClientRequestToken");
        };
        match self.versions.get(token) {
            Some(version) if version.text == value => {}
            Some(_) => {
                return refuse(
                    "ResourceExistsException",
                    "You can't use ClientRequestToken because that value is already in use.",
                );
            }
            None => self.add(token, value, labels, gone)?,
        }
        let mut answer = self.named(token);
        answer["VersionStages"] = json!(self.versions.get(token).map(|version| &version.labels));
        Ok(answer)
    }

    /// A new text that is current at once, as the console stores it.
    pub(crate) fn edit(&mut self, value: &str, gone: Unlabelled) -> Result<(), Refusal> {
        let token = uuid::Uuid::new_v4().to_string();
        self.add(&token, value, vec!["AWSCURRENT".to_owned()], gone)
    }

    fn add(
        &mut self,
        token: &str,
        value: &str,
        mut labels: Vec<String>,
        gone: Unlabelled,
    ) -> Result<(), Refusal> {
        if !(32..=64).contains(&token.len()) {
            return refuse("InvalidParameterException", "ClientRequestToken has a wrong length.");
        }
        if value.is_empty() || value.len() > TEXT_BYTES_MAX {
            return refuse("InvalidParameterException", "SecretString has a wrong length.");
        }
        if !self.begun && !labels.iter().any(|label| label == "AWSCURRENT") {
            labels.push("AWSCURRENT".to_owned());
        }
        let mut after = self.clone();
        after.begun = true;
        after.versions.insert(token.to_owned(), Version::new(value, &[]));
        for label in labels {
            after.place(&label, token);
        }
        after.keep_within_limits(gone)?;
        *self = after;
        Ok(())
    }

    pub(crate) fn update_stage(
        &mut self,
        input: &Value,
        gone: Unlabelled,
    ) -> Result<Value, Refusal> {
        self.alive()?;
        let label = text(input, "VersionStage").unwrap_or_default();
        let (from, to) = (text(input, "RemoveFromVersionId"), text(input, "MoveToVersionId"));
        for id in [from, to].into_iter().flatten() {
            if !self.versions.contains_key(id) {
                return refuse(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find the version.",
                );
            }
        }
        let holder = self.holder(label).cloned();
        let named = from.is_none_or(|from| holder.as_deref() == Some(from));
        let moves = holder.is_some() && holder.as_deref() != to;
        if !named || (moves && from.is_none()) {
            return refuse(
                "InvalidParameterException",
                "The staging label is attached to another version than RemoveFromVersionId says.",
            );
        }
        let mut after = self.clone();
        match to {
            Some(to) => after.place(label, to),
            None if label == "AWSCURRENT" || from.is_none() => {
                return refuse("InvalidParameterException", "AWSCURRENT can only be moved.");
            }
            None => after.strip(label),
        }
        after.keep_within_limits(gone)?;
        *self = after;
        Ok(self.named(to.or(from).unwrap_or_default()))
    }

    /// Moves a label to a version; with `AWSCURRENT`, `AWSPREVIOUS` follows by itself.
    fn place(&mut self, label: &str, to: &str) {
        let before = self.holder(label).cloned().filter(|before| before != to);
        self.strip(label);
        if let Some(version) = self.versions.get_mut(to) {
            version.labels.push(label.to_owned());
        }
        if let Some(before) = before.filter(|_| label == "AWSCURRENT") {
            self.place("AWSPREVIOUS", &before);
        }
    }

    fn strip(&mut self, label: &str) {
        for version in self.versions.values_mut() {
            version.labels.retain(|one| one != label);
        }
    }

    fn keep_within_limits(&mut self, gone: Unlabelled) -> Result<(), Refusal> {
        if gone == Unlabelled::Vanish {
            self.versions.retain(|_, version| !version.labels.is_empty());
        }
        let labels: usize = self.versions.values().map(|version| version.labels.len()).sum();
        if labels > LABELS_MAX || self.versions.len() > VERSIONS_MAX {
            return refuse("LimitExceededException", "The quota of labels or versions is used up.");
        }
        Ok(())
    }

    fn alive(&self) -> Result<(), Refusal> {
        if self.deleted {
            return refuse("InvalidRequestException", "The secret was marked for deletion.");
        }
        Ok(())
    }

    fn named(&self, version: &str) -> Value {
        json!({ "ARN": self.arn, "Name": self.name, "VersionId": version })
    }
}

fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}
