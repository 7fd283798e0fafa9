//! The JSON of `POST /v1/facilities/{f}/api`: any resource of the bank's, asked for by hand.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What to ask the bank for.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByHand {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// The path below the facility's base URL, with its query.
    pub path: String,
    /// The JSON to send; null for no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The payment file to send, in place of a body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ByHandFile>,
    /// The media type to ask for: application/json, or text/csv for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    /// The idempotency key of a POST; made if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Whether nothing can have been sent under that key before.
    #[serde(default)]
    pub key_is_fresh: bool,
    /// secret or publishable, for a resource that the documents do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Only say what would be sent.
    #[serde(default)]
    pub dry_run: bool,
}

/// A payment file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByHandFile {
    /// The name it is handed in under.
    pub name: String,
    /// The bank's word for how it is written, such as CSV2.
    pub format: String,
    /// What is in it, in base64.
    pub content: String,
}

impl fmt::Debug for ByHandFile {
    /// Without the content, which holds payers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByHandFile").field("format", &self.format).finish_non_exhaustive()
    }
}

/// What the bank answered, or would be asked.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByHandAnswer {
    /// The facility.
    pub facility: String,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The kind of key it is asked with.
    pub key: String,
    /// Whether this only says what would be sent.
    pub dry_run: bool,
    /// The idempotency key of a POST.
    pub idempotency_key: Option<String>,
    /// How often it was sent.
    pub sends: u32,
    /// The bank's status; null for a dry run.
    pub status: Option<u16>,
    /// Where a created thing is.
    pub location: Option<String>,
    /// The path of the next page.
    pub next: Option<String>,
    /// What the bank answered, without keys; what would be sent, for a dry run.
    pub body: Option<Value>,
    /// For a dry run: the file that would be sent, by its name and its format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl fmt::Debug for ByHand {
    /// Without the body, which may hold a payer's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByHand").field("method", &self.method).finish_non_exhaustive()
    }
}

impl fmt::Debug for ByHandAnswer {
    /// Without the body, which may hold a payer's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByHandAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}
