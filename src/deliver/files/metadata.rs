//! What `metadata.json` says: whose keys these are and until when. The same keys give the same text.

use serde_json::{Value, json};

use super::super::{Deliverable, DeliveredKey, Digest};
use crate::domain::names::{CommunityCode, KeyName};

/// The text of the file.
pub(super) fn of(what: &Deliverable, digest: &Digest) -> String {
    let metadata = json!({
        "facility": what.facility.as_str(),
        "environment": what.environment.label(),
        "communityCode": what.community_code.as_ref().map(CommunityCode::as_str),
        "current": key(&what.current),
        "previous": what.previous.as_ref().map(key),
        "deliveredContent": digest.as_str(),
    });
    format!("{metadata:#}\n")
}

fn key(key: &DeliveredKey) -> Value {
    json!({
        "keyName": key.name.as_ref().map(KeyName::as_str),
        "fingerprint": key.fingerprint.to_string(),
        "expiresAt": key.expires_at.map(|at| at.to_string()),
    })
}
