//! The JSON of a request, field by field in the documents' order.

use std::fmt;

use serde_json::{Map, Value};

use crate::quickstream::ask::Body;
use crate::quickstream::json::Fields;
use crate::quickstream::models::field::Field;

/// An object being written.
#[derive(Clone, Default)]
pub struct Form(Map<String, Value>);

impl fmt::Debug for Form {
    /// Prints nothing of what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[form]")
    }
}

impl Form {
    /// An object without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a field.
    pub fn put(&mut self, name: &str, field: &impl Field) {
        self.0.insert(name.to_owned(), field.write());
    }

    /// Writes a field that may be absent; absent is left out, never null.
    pub fn maybe(&mut self, name: &str, field: Option<&impl Field>) {
        if let Some(field) = field {
            self.put(name, field);
        }
    }

    /// Writes a text.
    pub fn word(&mut self, name: &str, word: &str) {
        self.0.insert(name.to_owned(), word.into());
    }

    /// Writes a value as it is.
    pub fn value(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Adds what was kept of an answer.
    pub fn rest(&mut self, rest: &Fields) {
        if let Value::Object(rest) = rest.clone().into_value() {
            self.0.extend(rest);
        }
    }

    /// It as JSON.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// It as the body of a request.
    pub fn into_body(self) -> Body {
        Body(self.into_value())
    }
}
