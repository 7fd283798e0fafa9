//! Texts of requests and answers: a merchant's own references, and what is a payer's.

use std::fmt;

use serde_json::Value;

use crate::quickstream::models::field::Field;
use crate::quickstream::models::{BadField, text};

text! {
    /// A merchant's own reference of a customer, a payment or an order. The documents set no length;
    /// no text of the bank's own has more than 255 characters.
    Reference, "reference", "have 1 to 255 characters, none of them a control character",
    crate::quickstream::models::ids::is_id
}

/// The longest text that people write, in characters. The documents set no length.
const COMMENT_CHARS_MAX: usize = 1000;

text! {
    /// A text that people read.
    Comment, "comment", "have at most 1000 characters",
    |text| text.chars().count() <= COMMENT_CHARS_MAX
}

/// A text of at most `CHARS` characters, and at least one. What it is, it does not say, so it does
/// not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Short<const CHARS: usize>(String);

impl<const CHARS: usize> Short<CHARS> {
    /// Checks and takes a text for the field of this name.
    ///
    /// # Errors
    ///
    /// Refuses an empty text, one that is too long, and control characters.
    pub fn new(field: &'static str, text: impl Into<String>) -> Result<Self, BadField> {
        let text = text.into();
        let fits = (1..=CHARS).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            return Ok(Self(text));
        }
        Err(BadField::new(field, Self::RULE))
    }

    /// The lengths that the documents name, each with its sentence.
    const RULE: &'static str = match CHARS {
        3 => "have 1 to 3 characters, none of them a control character",
        16 => "have 1 to 16 characters, none of them a control character",
        35 => "have 1 to 35 characters, none of them a control character",
        50 => "have 1 to 50 characters, none of them a control character",
        64 => "have 1 to 64 characters, none of them a control character",
        140 => "have 1 to 140 characters, none of them a control character",
        255 => "have 1 to 255 characters, none of them a control character",
        _ => "be shorter, not be empty, and hold no control character",
    };

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const CHARS: usize> fmt::Debug for Short<CHARS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[text]")
    }
}

impl<const CHARS: usize> Field for Short<CHARS> {
    fn read(value: &Value) -> Option<Self> {
        Self::new("", String::read(value)?).ok()
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

/// A payer's own: a name, an address, a number. It does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Personal(String);

impl Personal {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl Field for Personal {
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Self)
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}
