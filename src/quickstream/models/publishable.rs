//! A facility's publishable key: made for browsers and apps, with few rights, and never expiring.

use crate::key::{KeyText, KeyTextError};
use thiserror::Error;

/// A publishable key. It has a type of its own, so that a secret key is never sent in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishableKey(KeyText);

/// Why a text is no publishable key. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PublishableKeyError {
    /// It is no key at all.
    #[error(transparent)]
    Key(#[from] KeyTextError),
    /// It is marked as a secret key, as the vendor's are.
    #[error("the key is marked as a secret one")]
    Secret,
}

impl PublishableKey {
    /// Takes a key's text.
    ///
    /// # Errors
    ///
    /// Refuses what is no key, and what is marked as a secret one.
    pub fn parse(text: impl Into<String>) -> Result<Self, PublishableKeyError> {
        let key = KeyText::parse(text)?;
        if key.expose().contains("_SEC_") {
            return Err(PublishableKeyError::Secret);
        }
        Ok(Self(key))
    }

    /// The key.
    pub fn key(&self) -> &KeyText {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_key_is_no_publishable_one() {
        assert!(PublishableKey::parse("SANDBOX_PUB_abc").is_ok());
        let wrong = PublishableKey::parse("SANDBOX_SEC_abc").unwrap_err();
        assert_eq!(wrong, PublishableKeyError::Secret);
        let wrong = PublishableKey::parse("").unwrap_err();
        assert_eq!(wrong, PublishableKeyError::Key(KeyTextError::Empty));
    }
}
