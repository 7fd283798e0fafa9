//! The closed list of fields, and collecting them from events and spans.

use std::fmt;

use serde_json::{Number, Value};
use tracing::field::{Field, Visit};

use super::redact::redact;

/// Every field that is written, in the order in which a line shows them.
pub const FIELDS: &[&str] = &[
    "facility",
    "environment",
    "key",
    "key_name",
    "state",
    "event",
    "store",
    "target",
    "condition",
    "attempt",
    "outcome",
    "status",
    "path",
    "address",
    "actor",
    "expires_at",
    "next_at",
    "at",
    "reason",
    "error",
    "remedy",
];

/// The longest text of one field, in characters; the rest is cut, so that no answer of a server can
/// fill a disk.
const TEXT_CHARS_MAX: usize = 2000;

/// The sentence and the listed fields of an event or a span.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    pub(super) message: String,
    /// In the order of [`FIELDS`] once sorted.
    pub(super) fields: Vec<(&'static str, Value)>,
}

impl Collected {
    /// Takes over the fields of `outer` that are not set here.
    pub(super) fn inherit(&mut self, outer: &Collected) {
        for (name, value) in &outer.fields {
            if !self.fields.iter().any(|(have, _)| have == name) {
                self.fields.push((name, value.clone()));
            }
        }
    }

    /// Puts the fields into the order of [`FIELDS`].
    pub(super) fn sort(&mut self) {
        self.fields.sort_by_key(|(name, _)| FIELDS.iter().position(|known| known == name));
    }

    fn put(&mut self, field: &Field, value: Value) {
        let Some(name) = FIELDS.iter().find(|known| **known == field.name()) else { return };
        self.fields.retain(|(have, _)| have != name);
        self.fields.push((name, value));
    }

    fn put_text(&mut self, field: &Field, text: &str) {
        let text = redact(text);
        let text = match text.char_indices().nth(TEXT_CHARS_MAX) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text.into_owned(),
        };
        if field.name() == "message" {
            self.message = text;
        } else {
            self.put(field, Value::String(text));
        }
    }
}

impl Visit for Collected {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_text(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Number::from_f64(value).map_or(Value::Null, Value::Number));
    }
}
