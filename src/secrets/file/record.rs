//! What the sealed files hold: one key each, and the pointer that says which key plays which part.
//! Both are pure functions of what they say; no time and no random number is in them.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::domain::names::{KeyName, VersionId};
use crate::key::KeyText;
use crate::secrets::{Holding, NewKey};

/// Room for the longest record, in bytes: a key of 1 KiB and a name of 255 characters, escaped.
const RECORD_BYTES: usize = 8 * 1024;

/// The longest sealed file read, in bytes.
pub(super) const SEALED_BYTES_MAX: u64 = 2 * RECORD_BYTES as u64;

/// The name of the pointer's file.
pub(super) const POINTER: &str = "CURRENT";

/// One version: a number that only grows, and the key's name under the identity, so that a number
/// can never come to stand for another key. Printed `7-1c9d8b7a6f5e4d3c`; this is its version id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) key: u64,
}

impl Generation {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, key) = text.split_once('-')?;
        let generation =
            Self { number: number.parse().ok()?, key: u64::from_str_radix(key, 16).ok()? };
        // Only what we would print ourselves: "+7" and "007" are other files.
        (generation.to_string() == text).then_some(generation)
    }

    pub(super) fn file_name(self) -> String {
        format!("key.{self}.sealed")
    }

    pub(super) fn of_file(name: &str) -> Option<Self> {
        Self::parse(name.strip_prefix("key.")?.strip_suffix(".sealed")?)
    }

    pub(super) fn version(self) -> Option<VersionId> {
        VersionId::new(self.to_string()).ok()
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.key)
    }
}

/// Which version plays which part. Every other version in the directory is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) current: Generation,
    pub(super) previous: Option<Generation>,
    /// Versions that play no part any more and are about to be deleted. Without this list a crash
    /// before the deletion would turn an old key into a pending one.
    pub(super) retired: Vec<Generation>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PointerText {
    current: String,
    previous: Option<String>,
    retired: Vec<String>,
}

impl Pointer {
    pub(super) fn to_bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        let text = PointerText {
            current: self.current.to_string(),
            previous: self.previous.map(|previous| previous.to_string()),
            retired: self.retired.iter().map(ToString::to_string).collect(),
        };
        serde_json::to_vec(&text).ok().map(Zeroizing::new)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text: PointerText = serde_json::from_slice(bytes).ok()?;
        let previous = match text.previous {
            Some(previous) => Some(Generation::parse(&previous)?),
            None => None,
        };
        let retired = text.retired.iter().map(|one| Generation::parse(one));
        Some(Self {
            current: Generation::parse(&text.current)?,
            previous,
            retired: retired.collect::<Option<_>>()?,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenKey<'a> {
    key: &'a str,
    key_name: Option<&'a str>,
    expiry_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadKey {
    #[serde(deserialize_with = "key_text")]
    key: KeyText,
    key_name: Option<String>,
    expiry_date: Option<String>,
}

/// A key as the bytes to seal.
pub(super) fn key_to_bytes(key: &NewKey) -> Option<Zeroizing<Vec<u8>>> {
    // Room from the start: growing would leave copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(RECORD_BYTES));
    let written = WrittenKey {
        key: key.key.expose(),
        key_name: key.name.as_ref().map(KeyName::as_str),
        expiry_date: key.expires_at.map(|at| at.to_string()),
    };
    serde_json::to_writer(&mut *bytes, &written).ok()?;
    Some(bytes)
}

/// The key in opened bytes. The reader's own errors are dropped, since they may quote what they read.
pub(super) fn key_from_bytes(version: VersionId, bytes: &[u8]) -> Option<Holding> {
    let read: ReadKey = serde_json::from_slice(bytes).ok()?;
    let name = match read.key_name {
        Some(name) => Some(KeyName::new(name).ok()?),
        None => None,
    };
    let expires_at = match read.expiry_date {
        Some(text) => Some(text.parse::<Timestamp>().ok()?),
        None => None,
    };
    Some(Holding { version, key: read.key, name, expires_at })
}

fn key_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyText, D::Error> {
    struct Text;

    impl Visitor<'_> for Text {
        type Value = KeyText;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a key")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<KeyText, E> {
            KeyText::parse(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_reads_back_and_nothing_else_does() {
        let generation = Generation { number: 7, key: 0x1c9d };
        assert_eq!(generation.to_string(), "7-0000000000001c9d");
        assert_eq!(Generation::of_file(&generation.file_name()), Some(generation));
        for other in
            ["+7-0000000000001c9d", "07-0000000000001c9d", "7-1c9d", "7", "7-0000000000001C9D"]
        {
            assert_eq!(Generation::parse(other), None, "{other}");
        }
        assert_eq!(Generation::of_file("key.7-0000000000001c9d.sealed.tmp"), None);
    }

    #[test]
    fn a_key_reads_back_with_everything_about_it() {
        let key = NewKey {
            key: KeyText::parse("A\"B\\C_SEC_1").unwrap(),
            name: Some(KeyName::new("näme \"x\"").unwrap()),
            expires_at: Some("2028-01-31T10:01:02.5Z".parse().unwrap()),
        };
        let bytes = key_to_bytes(&key).unwrap();
        let read = key_from_bytes(VersionId::new("v").unwrap(), &bytes).unwrap();
        assert_eq!((read.key, read.name, read.expires_at), (key.key, key.name, key.expires_at));
    }

    #[test]
    fn the_longest_record_has_room() {
        let key = NewKey {
            key: KeyText::parse("\"".repeat(crate::key::KEY_BYTES_MAX)).unwrap(),
            name: Some(KeyName::new("\u{10ffff}".repeat(255)).unwrap()),
            expires_at: Some(Timestamp::MIN),
        };
        let bytes = key_to_bytes(&key).unwrap();
        assert!(bytes.len() < RECORD_BYTES && bytes.capacity() == RECORD_BYTES);
    }
}
