//! Reads the bank's JSON: strictly as to what JSON is, tolerantly as to what is in it.
//!
//! The vendor may add fields, reorder them and change the wording at any time, so nothing here fails
//! because of a field that nobody asked for. Numbers keep their digits (`arbitrary_precision`): money
//! never passes through binary floating point.

use serde_json::{Map, Value};

use crate::quickstream::fault::FaultKind;

/// What UTF-8, UTF-16 and UTF-32 texts may begin with.
const BYTE_ORDER_MARKS: &[&[u8]] = &[b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// Checks that bytes can be JSON text at all; what they are instead is told apart because each has
/// another cause.
pub(super) fn text(bytes: &[u8]) -> Result<&str, FaultKind> {
    if BYTE_ORDER_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(FaultKind::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FaultKind::NotUtf8)?;
    if text.trim_start().starts_with('<') {
        return Err(FaultKind::Html);
    }
    Ok(text)
}

/// What a failure of the JSON reader means. The error itself is dropped: it may quote the text.
pub(super) fn kind_of(error: &serde_json::Error) -> FaultKind {
    match error.classify() {
        serde_json::error::Category::Eof => FaultKind::JsonCut,
        serde_json::error::Category::Data => FaultKind::WrongShape,
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => FaultKind::NotJson,
    }
}

/// The fields of one JSON object, taken out one by one.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body that must be one object; of a name that occurs twice the last one wins.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, FaultKind> {
        let value = serde_json::from_str(text(bytes)?).map_err(|error| kind_of(&error))?;
        Self::of(value).ok_or(FaultKind::WrongShape)
    }

    /// The fields of a value, if it is an object.
    pub(super) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self(fields)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// Takes a text. A number or a truth value is read as its spelling; null, an object and a list
    /// are no text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Takes a list; what is no list counts as an empty one.
    pub(super) fn list(&mut self, name: &str) -> Vec<Value> {
        match self.0.remove(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        }
    }
}
