//! What the resources have in common: the values of requests, which cannot hold what the bank's
//! documents refuse, and the parts of answers, which keep what they do not know.
//!
//! A value of a request is checked when it is made; a part of an answer is read as far as it can be
//! read, and the rest of it stays with it as it came. What is a payer's never prints.

mod shapes;

pub mod account;
pub mod address;
pub mod amount;
pub mod card;
pub mod contact;
pub mod details;
pub mod field;
pub mod form;
pub mod ids;
pub mod money;
pub mod publishable;
pub mod texts;

use thiserror::Error;

use crate::quickstream::fault::{Fault, FaultKind};

/// A field of a request that breaks a limit. Never carries the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{field} must {rule}")]
pub struct BadField {
    /// The field, by the documents' name where there is one.
    pub field: &'static str,
    /// What it must be, so that "the field must ..." is a sentence.
    pub rule: &'static str,
}

impl BadField {
    /// A field and what it must be.
    pub const fn new(field: &'static str, rule: &'static str) -> Self {
        Self { field, rule }
    }

    /// The same under another field's name: several fields may share one type.
    #[must_use]
    pub const fn at(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}

impl From<BadField> for Fault {
    fn from(wrong: BadField) -> Self {
        Self::new(FaultKind::BadField, wrong.to_string())
    }
}

pub(in crate::quickstream) use shapes::{id, model, text, vocabulary};
