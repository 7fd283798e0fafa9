//! The names the trade uses, as types: what one stands for, another cannot be passed for.

use std::fmt;

use thiserror::Error;

/// Longest name accepted, in characters; the bank's own ids have at most 255.
const NAME_CHARS_MAX: usize = 255;

/// Why a text cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// More than 255 characters.
    #[error("it is longer than {NAME_CHARS_MAX} characters")]
    TooLong,
    /// A character outside the allowed set.
    #[error("it may hold only {0}")]
    Characters(&'static str),
}

macro_rules! name {
    ($(#[doc = $doc:literal])+ $name:ident, $allowed:literal, $test:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks and takes a text.
            ///
            /// # Errors
            ///
            /// Refuses an empty text, one that is too long, and one with characters outside the set.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                if text.is_empty() {
                    return Err(NameError::Empty);
                }
                if text.chars().count() > NAME_CHARS_MAX {
                    return Err(NameError::TooLong);
                }
                let allowed: fn(char) -> bool = $test;
                if !text.chars().all(allowed) {
                    return Err(NameError::Characters($allowed));
                }
                Ok(Self(text))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name a facility has in our settings; a metric label and part of file names.
    FacilityName, "lower-case letters, digits, '-' and '_'",
    |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}
name! {
    /// The bank's code of a facility, as `GET /` answers it.
    CommunityCode, "visible ASCII characters", |c| c.is_ascii_graphic()
}
name! {
    /// The bank's name of a key, made for logs. It is no identity: the vendor's own sample shows a
    /// name whose tail does not match its key.
    KeyName, "printable characters", |c| !c.is_control()
}
name! {
    /// A secret store's name for one version of a secret.
    VersionId, "visible ASCII characters", |c| c.is_ascii_graphic()
}
name! {
    /// How we name one configured store: its kind and place, such as
    /// `aws-secrets-manager:quickstream/main`.
    StoreName, "visible ASCII characters", |c| c.is_ascii_graphic()
}
name! {
    /// Who asked for something: a named token, a unix user, or the program itself.
    ActorName, "printable characters", |c| !c.is_control()
}

/// An install's short name of a key: safe in logs, tables and metrics' exemplars.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// Takes the eight bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Reads the sixteen hexadecimal digits that [`Fingerprint`] prints; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which QuickStream a facility lives in; part of every metric that speaks of a facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Our own sandbox.
    Sandbox,
    /// The bank's test environment.
    Support,
    /// Real money.
    Production,
}

impl Environment {
    /// Every environment.
    pub const ALL: &[Environment] = &[Self::Sandbox, Self::Support, Self::Production];

    /// The word used in settings, labels and replies.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Support => "support",
            Self::Production => "production",
        }
    }
}

/// The part a key plays for its readers; the metric label `key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyRole {
    /// The key every reader is given.
    Current,
    /// The key before it, kept until its own expiry.
    Previous,
    /// A newer key on its way.
    Pending,
}

impl KeyRole {
    /// Every role.
    pub const ALL: &[KeyRole] = &[Self::Current, Self::Previous, Self::Pending];

    /// The word used in labels, replies and file names.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Pending => "pending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_refuse() {
        assert_eq!(FacilityName::new("").unwrap_err(), NameError::Empty);
        assert_eq!(FacilityName::new("x".repeat(256)).unwrap_err(), NameError::TooLong);
        let wrong = FacilityName::new("Main!").unwrap_err().to_string();
        assert_eq!(wrong, "it may hold only lower-case letters, digits, '-' and '_'");
        assert_eq!(FacilityName::new("main").unwrap().as_str(), "main");
    }

    #[test]
    fn a_fingerprint_reads_back() {
        let print = Fingerprint::from_bytes([0, 1, 2, 3, 4, 5, 6, 0xff]);
        assert_eq!(print.to_string(), "00010203040506ff");
        assert_eq!(Fingerprint::parse("00010203040506ff"), Some(print));
        assert_eq!(Fingerprint::parse("+0010203040506ff"), None);
        assert_eq!(Fingerprint::parse("short"), None);
    }
}
