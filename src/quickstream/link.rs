//! The links that the bank's answers carry.

use serde_json::Value;

use crate::quickstream::json::Fields;
use crate::quickstream::redact::Redactor;

/// How many links of one answer are kept.
const LINKS_MAX: usize = 100;

/// One link of an answer: where it leads, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// What it leads to: `next`, `prev`, `help`, or a word the documents do not name.
    pub rel: String,
    /// The URL.
    pub href: String,
    /// The method to use, as the bank spells it.
    pub request_method: Option<String>,
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
            request_method: fields.text("requestMethod"),
        })
    }

    pub(super) fn redact(&mut self, redactor: &Redactor) {
        self.rel = redactor.clean(&self.rel);
        self.href = redactor.clean(&self.href);
        self.request_method = self.request_method.as_deref().map(|text| redactor.clean(text));
    }
}
