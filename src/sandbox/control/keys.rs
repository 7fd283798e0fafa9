//! `/_sandbox/keys` and `/_sandbox/facilities`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::http::Request;
use crate::sandbox::Capability;
use crate::sandbox::book::KeyKind;
use crate::sandbox::handle::{Control, ControlError, KeyChange, KeyView, NewSandboxKey, SetUp};
use crate::sandbox::seed::When;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    facility: String,
    kind: Option<KeyKind>,
    key: Option<String>,
    expires: Option<When>,
    #[serde(default)]
    businesses: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    expires: Option<When>,
    revoked: Option<bool>,
    businesses: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeFacility {
    ready: Option<bool>,
    #[serde(default)]
    whitelist: WhitelistChange,
    without: Option<Vec<Capability>>,
}

/// A list turns the check on, null turns it off, and absence leaves it.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Option<Vec<String>>")]
enum WhitelistChange {
    #[default]
    Leave,
    Off,
    Only(Vec<String>),
}

impl From<Option<Vec<String>>> for WhitelistChange {
    fn from(list: Option<Vec<String>>) -> Self {
        list.map_or(Self::Off, Self::Only)
    }
}

pub(super) fn answer(
    control: &Control,
    request: &Request,
    segments: &[&str],
) -> Result<Value, ControlError> {
    let now = control.clock().now();
    match (request.method().as_str(), segments) {
        ("GET", ["keys"]) => Ok(control.keys().iter().map(show).collect()),
        ("POST", ["keys"]) => {
            let make: Make = read(request)?;
            let key = control.make_key(NewSandboxKey {
                facility: make.facility,
                kind: make.kind.unwrap_or(KeyKind::Secret),
                text: make.key,
                expires: make.expires.map(|when| when.at(now)),
                businesses: make.businesses,
            })?;
            Ok(show(&key))
        }
        ("PATCH", ["keys", id]) => {
            let change: Change = read(request)?;
            let expires = change.expires.map(|when| KeyChange::Expires(when.at(now)));
            let businesses = change.businesses.map(KeyChange::Businesses);
            let revoked = change
                .revoked
                .map(|revoked| if revoked { KeyChange::Revoke } else { KeyChange::Restore });
            let changes = [expires, businesses, revoked].into_iter().flatten().collect();
            control.change_key_at_once(id, changes)?;
            control.key(id).map(|key| show(&key))
        }
        ("GET", ["facilities"]) => Ok(control.facilities()),
        ("PATCH", ["facilities", code]) => {
            let change: ChangeFacility = read(request)?;
            match change.whitelist {
                WhitelistChange::Leave => {}
                WhitelistChange::Off => control.whitelist(code, None)?,
                WhitelistChange::Only(list) => control.whitelist(code, Some(&list))?,
            }
            if let Some(without) = change.without {
                control.without(code, without)?;
            }
            match change.ready {
                Some(true) => control.set_up(code, SetUp::Complete)?,
                Some(false) => control.set_up(code, SetUp::Incomplete)?,
                None => {}
            }
            Ok(control.facilities())
        }
        _ => Err(ControlError::NoSuchPlace),
    }
}

pub(super) fn show(key: &KeyView) -> Value {
    json!({
        "id": key.id,
        "facility": key.facility,
        "kind": key.kind.label(),
        "key": key.text,
        "name": key.name,
        "fingerprint": key.fingerprint,
        "created": key.created,
        "expires": key.expires,
        "businesses": key.businesses,
        "revoked": key.revoked,
        "last_used": key.last_used,
    })
}
