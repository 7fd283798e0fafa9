//! The text of a secret key, and nothing else about it.
//!
//! This is the only type that holds a key's text. It prints as `[key]`, is wiped when dropped, and
//! can be read by [`KeyText::expose`] alone, which `tests/house.rs` allows in three places:
//! `quickstream` (the Authorization header), `secrets` (the secret stores) and `deliver` (the
//! application's copy). Everything else passes it on without seeing it.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::names::Fingerprint;

/// The longest key accepted, in bytes. The vendor's sample has 76; no limit is documented.
pub const KEY_BYTES_MAX: usize = 1024;

/// The text of one secret key.
#[derive(Clone)]
pub struct KeyText(SecretString);

/// Why a text cannot be a key. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyTextError {
    /// Nothing is left after surrounding white space is removed.
    #[error("the key is empty")]
    Empty,
    /// Longer than [`KEY_BYTES_MAX`].
    #[error("the key is longer than {KEY_BYTES_MAX} bytes")]
    TooLong,
    /// A control character, a space, a colon or a non-ASCII character inside: none can stand in the
    /// user name of HTTP Basic authentication.
    #[error("the key holds a character that cannot be sent (only visible ASCII without ':' can)")]
    NotSendable,
}

impl KeyText {
    /// Takes a key's text; surrounding white space (a file's last newline) is dropped.
    ///
    /// # Errors
    ///
    /// Refuses a text that is empty, too long or cannot be sent; the text is wiped.
    pub fn parse(text: impl Into<String>) -> Result<Self, KeyTextError> {
        let text = Zeroizing::new(text.into());
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(KeyTextError::Empty);
        }
        if trimmed.len() > KEY_BYTES_MAX {
            return Err(KeyTextError::TooLong);
        }
        if !trimmed.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            return Err(KeyTextError::NotSendable);
        }
        Ok(Self(SecretString::from(trimmed)))
    }

    /// The text itself, for the three places that must have it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The short name by which this install speaks of the key: the first eight bytes of an HMAC
    /// under the install's salt, so that it cannot be looked up without the salt.
    pub fn fingerprint(&self, salt: &Salt) -> Fingerprint {
        let tag = hmac::sign(&salt.0, self.0.expose_secret().as_bytes());
        let mut short = [0_u8; 8];
        for (to, from) in short.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        Fingerprint::from_bytes(short)
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

impl PartialEq for KeyText {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.0.expose_secret(), other.0.expose_secret());
        constant_time::verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes()).is_ok()
    }
}

impl Eq for KeyText {}

/// The secret under which an install fingerprints keys. It is made once and kept in the book.
#[derive(Clone, Debug)]
pub struct Salt(hmac::Key);

impl Salt {
    /// Takes the salt's bytes, as the book keeps them.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_trimmed_and_checked() {
        assert_eq!(KeyText::parse(" ABC_SEC_1\n").unwrap().expose(), "ABC_SEC_1");
        assert_eq!(KeyText::parse("\r\n").unwrap_err(), KeyTextError::Empty);
        assert_eq!(KeyText::parse("a\r\nb").unwrap_err(), KeyTextError::NotSendable);
        assert_eq!(KeyText::parse("a:b").unwrap_err(), KeyTextError::NotSendable);
        assert_eq!(KeyText::parse("käy").unwrap_err(), KeyTextError::NotSendable);
        assert_eq!(KeyText::parse("k".repeat(1 << 20)).unwrap_err(), KeyTextError::TooLong);
    }

    #[test]
    fn a_key_never_prints() {
        let key = KeyText::parse("ABC_SEC_1").unwrap();
        assert_eq!(format!("{key:?}"), "[key]");
    }

    #[test]
    fn fingerprints_differ_by_key_and_by_salt() {
        let (one, two) = (KeyText::parse("one").unwrap(), KeyText::parse("two").unwrap());
        let (salt, other) = (Salt::new(&[1; 32]), Salt::new(&[2; 32]));
        assert_eq!(one.fingerprint(&salt), one.fingerprint(&salt));
        assert_ne!(one.fingerprint(&salt), two.fingerprint(&salt));
        assert_ne!(one.fingerprint(&salt), one.fingerprint(&other));
    }
}
