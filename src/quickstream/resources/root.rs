//! `GET /`: which facility a key belongs to.

use crate::domain::names::{CommunityCode, KeyName};
use crate::domain::product::Product;
use crate::quickstream::ask::{Ask, JSON_BYTES_MAX};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json::Fields;
use crate::quickstream::redact::Redactor;

/// What the bank says of the facility that a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The bank's code of the facility.
    pub community_code: CommunityCode,
    /// The facility's name, for people.
    pub community_name: Option<String>,
    /// The bank's name of the key that was sent.
    pub key_name: Option<KeyName>,
}

pub(in crate::quickstream) fn ask() -> Ask {
    Ask::reading("/", JSON_BYTES_MAX)
}

pub(in crate::quickstream) fn read(
    body: &[u8],
    redactor: &Redactor,
    product: Product,
) -> Result<Root, Fault> {
    let names = &product.data().facility;
    let mut fields = Fields::parse(body).map_err(|kind| Fault::new(kind, ""))?;
    let code = fields.text(names.code).filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Fault::new(FaultKind::FacilityMissing, ""))?;
    let community_code = CommunityCode::new(code)
        .ok()
        .filter(|code| !redactor.meets_key(code.as_str()))
        .ok_or_else(|| {
            Fault::new(FaultKind::WrongShape, "what stands there is no facility's code")
        })?;
    Ok(Root {
        community_code,
        community_name: fields.text(names.name).map(|name| redactor.clean(&name)),
        key_name: fields.text("keyName").and_then(|name| safe_name(&name, redactor)),
    })
}

/// A key's name, unless it says more than a name may: it goes into logs.
pub(in crate::quickstream) fn safe_name(name: &str, redactor: &Redactor) -> Option<KeyName> {
    if redactor.would_change(name) {
        return None;
    }
    KeyName::new(name).ok()
}
