//! The links that the bank's answers carry. Following one is [`crate::quickstream::pages`]'s: it
//! must not lead away from the base URL.

use serde_json::Value;

use crate::quickstream::json::Fields;
use crate::quickstream::redact::Redactor;
use crate::quickstream::word::{Vocabulary, Word};

/// How many links of one answer are kept.
const LINKS_MAX: usize = 100;

/// One link of an answer: where it leads, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it leads to: `next`, `prev`, `help`, or a word the documents do not name.
    pub rel: String,
    /// The URL.
    pub href: String,
    /// The method to use.
    pub request_method: Option<Word<LinkMethod>>,
}

/// The methods that the documents name for links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkMethod {
    /// Read it.
    Get,
    /// Create with it.
    Post,
    /// Replace it.
    Put,
    /// Change it.
    Patch,
    /// Delete it.
    Delete,
}

impl Vocabulary for LinkMethod {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("GET", Self::Get),
        ("POST", Self::Post),
        ("PUT", Self::Put),
        ("PATCH", Self::Patch),
        ("DELETE", Self::Delete),
    ];
}

impl Link {
    /// Reads the links among `values`; what has no `href` is no link.
    pub(super) fn read_all(values: Vec<Value>) -> Vec<Self> {
        values.into_iter().take(LINKS_MAX).filter_map(Self::read).collect()
    }

    fn read(value: Value) -> Option<Self> {
        let mut fields = Fields::of(value)?;
        Some(Self {
            href: fields.text("href")?,
            rel: fields.text("rel").unwrap_or_default(),
            request_method: fields.word("requestMethod"),
        })
    }

    pub(super) fn redact(&mut self, redactor: &Redactor) {
        self.rel = redactor.clean(&self.rel);
        self.href = redactor.clean(&self.href);
        if let Some(Word::Unknown(text)) = &mut self.request_method {
            *text = redactor.clean(text);
        }
    }
}
