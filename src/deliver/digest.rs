//! By what a delivered content is known.

use std::fmt;

use aws_lc_rs::digest;

use super::{Deliverable, DeliveredKey};

/// A content's short name: a SHA-256 over fingerprints, names and dates, in hexadecimal. A
/// fingerprint cannot be undone without the install's salt, so neither can this.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    /// Takes a digest as the book kept it.
    pub fn from_book(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything a reader of the files is given.
    pub(super) fn of_content(what: &Deliverable) -> Self {
        let mut context = begin("content", what);
        let code = what.community_code.as_ref().map_or("", |code| code.as_str());
        add(&mut context, code);
        add_key(&mut context, &what.current);
        if let Some(previous) = &what.previous {
            add_key(&mut context, previous);
        }
        Self(hex(context.finish().as_ref()))
    }

    /// Which key is current: the only thing worth a word. A previous key that is taken away after its
    /// expiry restarts nobody.
    pub(super) fn of_news(what: &Deliverable) -> Self {
        let mut context = begin("news", what);
        add(&mut context, &what.current.fingerprint.to_string());
        Self(hex(context.finish().as_ref()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Eight hexadecimal digits that tell two long texts apart.
pub(super) fn short(text: &str) -> String {
    let mut short = hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    short.truncate(8);
    short
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn begin(kind: &str, what: &Deliverable) -> digest::Context {
    let mut context = digest::Context::new(&digest::SHA256);
    add(&mut context, kind);
    add(&mut context, what.facility.as_str());
    add(&mut context, what.environment.label());
    context
}

fn add_key(context: &mut digest::Context, key: &DeliveredKey) {
    add(context, &key.fingerprint.to_string());
    add(context, key.name.as_ref().map_or("", |name| name.as_str()));
    add(context, &key.expires_at.map(|at| at.to_string()).unwrap_or_default());
}

/// Each text is led by its length, so that no two lists of texts look alike.
fn add(context: &mut digest::Context, text: &str) {
    context.update(&text.len().to_be_bytes());
    context.update(text.as_bytes());
}
