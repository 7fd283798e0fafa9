//! What can be asked of the bank, checked before anything is sent.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::limit::Priority;
use crate::quickstream::transport::JSON;
use crate::quickstream::upload::Upload;

/// The largest JSON body read, in bytes: a page holds 20 objects.
pub(super) const JSON_BYTES_MAX: usize = 256 * 1024;
/// The longest path, in bytes. The bank's ids have at most 255 characters.
const PATH_BYTES_MAX: usize = 2048;
/// The longest idempotency key that the bank takes, in ASCII characters.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 60;

/// One request, before it is bound to a key and a base URL.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(super) endpoint: &'static str,
    pub(super) verb: Verb,
    pub(super) path: String,
    pub(super) priority: Priority,
    pub(super) body_bytes_max: usize,
}

/// A method with what belongs to it.
#[derive(Clone, Debug)]
pub enum Verb {
    /// Reads.
    Get,
    /// Creates; sent twice with the same key, it creates once.
    Post(IdempotencyKey, Body),
    /// Creates from a file.
    Upload(IdempotencyKey, Upload),
    /// Changes.
    Patch(Body),
    /// Creates or replaces.
    Put(Body),
    /// Deletes.
    Delete,
}

impl Verb {
    pub(super) fn method(&self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post(..) | Self::Upload(..) => Method::POST,
            Self::Patch(_) => Method::PATCH,
            Self::Put(_) => Method::PUT,
            Self::Delete => Method::DELETE,
        }
    }

    /// The word in metrics.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post(..) | Self::Upload(..) => "POST",
            Self::Patch(_) => "PATCH",
            Self::Put(_) => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// What is sent: its media type, and its bytes.
    pub(super) fn content(&self) -> Option<(String, Bytes)> {
        match self {
            Self::Post(_, body) | Self::Patch(body) | Self::Put(body) => {
                body.text().map(|text| (JSON.to_owned(), text.into()))
            }
            Self::Upload(_, upload) => Some(upload.content()),
            Self::Get | Self::Delete => None,
        }
    }

    pub(super) fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        match self {
            Self::Post(key, _) | Self::Upload(key, _) => Some(key),
            Self::Get | Self::Patch(_) | Self::Put(_) | Self::Delete => None,
        }
    }
}

/// The JSON that is sent; null for no body. It may hold a payer's data, so it does not print.
#[derive(Clone)]
pub struct Body(pub Value);

impl Body {
    /// No body at all.
    pub const NONE: Self = Self(Value::Null);

    fn text(&self) -> Option<String> {
        (!self.0.is_null()).then(|| self.0.to_string())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[body]")
    }
}

/// The name of one intended change: the bank does what is sent under it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Takes a text of 1 to 60 visible ASCII characters; `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len());
        if !fits || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        Some(Self(text.to_owned()))
    }

    /// The key of this number: a UUID, as the documents advise. The number is to be random, and to
    /// be kept before anything is sent under it.
    pub fn of(uuid: Uuid) -> Self {
        Self(uuid.hyphenated().to_string())
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ask {
    /// A request to `path`, which begins with a slash and stands below the base URL. `endpoint` is
    /// the route's template, for metrics.
    ///
    /// # Errors
    ///
    /// [`FaultKind::BadPath`] for a path that would not stay below the base URL or could not be
    /// sent, and for a query with a method other than GET, which the bank answers with 400.
    pub fn new(
        endpoint: &'static str,
        verb: Verb,
        path: impl Into<String>,
        priority: Priority,
    ) -> Result<Self, Fault> {
        let path = path.into();
        let wrong = |what: &str| Err(Fault::new(FaultKind::BadPath, what));
        if path.len() > PATH_BYTES_MAX || !path.starts_with('/') {
            return wrong("it must begin with a slash and have at most 2048 bytes");
        }
        if !path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte)) {
            return wrong("it may hold only visible ASCII characters, without '\\' and '#'");
        }
        let place = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
        if place.split('/').any(|part| matches!(part.replace("%2e", ".").as_str(), "." | "..")) {
            return wrong("it may not hold '.' or '..'");
        }
        if path.contains('?') && !matches!(verb, Verb::Get) {
            return wrong("the bank takes a query with GET alone");
        }
        Ok(Self { endpoint, verb, path, priority, body_bytes_max: JSON_BYTES_MAX })
    }

    /// A reading of a path that stands in the program.
    pub(super) fn reading(path: &'static str, body_bytes_max: usize) -> Self {
        let (endpoint, path) = (path, path.to_owned());
        Self { endpoint, verb: Verb::Get, path, priority: Priority::Key, body_bytes_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Result<Ask, Fault> {
        Ask::new("/x", Verb::Get, path, Priority::Command)
    }

    #[test]
    fn a_path_cannot_lead_away_or_carry_a_header() {
        for path in [
            "",
            "x",
            "/a b",
            "/a\r\nX: y",
            "/ä",
            "/../v2",
            "/a/..",
            "/a/%2E%2e/b",
            "/.%2e",
            "/a\\b",
            "/a#b",
        ] {
            assert_eq!(get(path).unwrap_err().kind, FaultKind::BadPath, "{path:?}");
        }
        for path in ["/", "/transactions/1234567890", "/transactions?page=2", "/a..b"] {
            assert!(get(path).is_ok(), "{path:?}");
        }
        let patch = Verb::Patch(Body(Value::Null));
        assert!(Ask::new("/x", patch, "/a?b=c", Priority::Command).is_err());
    }

    #[test]
    fn an_idempotency_key_is_sendable_and_short() {
        assert!(IdempotencyKey::new("a1b22c16-4870-428c-a199-6203cbec7290").is_some());
        for text in ["", "a b", "a\nb", "ä", &"x".repeat(61)] {
            assert_eq!(IdempotencyKey::new(text), None);
        }
    }

    #[test]
    fn a_uuid_is_an_idempotency_key() {
        let text = "a1b22c16-4870-428c-a199-6203cbec7290";
        let key = IdempotencyKey::of(text.parse().unwrap());
        assert_eq!((key.as_str(), Some(key.clone())), (text, IdempotencyKey::new(text)));
    }

    #[test]
    fn a_body_does_not_print() {
        let verb = Verb::Put(Body(Value::String("Jane Smith".to_owned())));
        assert_eq!(format!("{verb:?}"), "Put([body])");
    }
}
