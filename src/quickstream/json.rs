//! Reads the bank's JSON: strictly as to what JSON is, tolerantly as to what is in it.
//!
//! The vendor may add fields, reorder them and change the wording at any time, so nothing here fails
//! because of a field that nobody asked for. Numbers keep their digits (`arbitrary_precision`): money
//! never passes through binary floating point.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::domain::money::{Cents, MoneyError};
use crate::domain::time::{TimeError, parse_date_time};
use crate::quickstream::fault::FaultKind;
use crate::quickstream::link::Link;
use crate::quickstream::models::field::Field;
use crate::quickstream::word::{Vocabulary, Word};

/// What a UTF-8 or a UTF-16 text may begin with.
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

/// The fields of one JSON object, taken out one by one; what is left over is kept as it came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Map<String, Value>);

impl fmt::Debug for Fields {
    /// Prints the names alone: a value may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Fields {
    /// Reads a body that must be one object; of a name that occurs twice the last one wins.
    ///
    /// # Errors
    ///
    /// Says what the body is instead.
    pub fn parse(bytes: &[u8]) -> Result<Self, FaultKind> {
        let value = serde_json::from_str(text(bytes)?).map_err(|error| kind_of(&error))?;
        Self::of(value).ok_or(FaultKind::WrongShape)
    }

    /// The fields of a value, if it is an object.
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self(fields)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// Takes what can be read as a `T`. What cannot stays as it came; null counts as absent.
    pub fn take<T: Field>(&mut self, name: &str) -> Option<T> {
        let value = self.0.get(name)?;
        let read = if value.is_null() { None } else { Some(T::read(value)?) };
        // The order of what is left is the bank's.
        self.0.shift_remove(name);
        read
    }

    /// Adds a field, or replaces it.
    pub fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The names of what is left, in the order they came in.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left, as JSON.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// Takes a text. A number or a truth value is read as its spelling; null, an object and a list
    /// are no text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Takes a word of a vocabulary; one we do not know is kept as it came.
    pub fn word<T: Vocabulary>(&mut self, name: &str) -> Option<Word<T>> {
        self.text(name).map(Word::read)
    }

    /// Takes a `date-time`, in either spelling of the offset.
    ///
    /// # Errors
    ///
    /// A text that is no date-time.
    pub fn date_time(&mut self, name: &str) -> Result<Option<Timestamp>, TimeError> {
        self.text(name).map(|text| parse_date_time(&text)).transpose()
    }

    /// Takes an amount: a number, a text, or an object with an `amount`.
    ///
    /// # Errors
    ///
    /// A text or number that is no whole number of cents.
    pub fn cents(&mut self, name: &str) -> Result<Option<Cents>, MoneyError> {
        if let Some(mut object) = self.object(name) {
            return object.cents("amount");
        }
        self.text(name).map(|text| Cents::parse(&text)).transpose()
    }

    /// Takes an object; what is none stays.
    pub fn object(&mut self, name: &str) -> Option<Self> {
        if !self.0.get(name)?.is_object() {
            return None;
        }
        self.0.remove(name).and_then(Self::of)
    }

    /// Takes a list; what is no list counts as an empty one.
    pub fn list(&mut self, name: &str) -> Vec<Value> {
        match self.0.remove(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        }
    }

    /// Takes the links.
    pub fn links(&mut self) -> Vec<Link> {
        Link::read_all(self.list("links"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn money_is_read_as_number_as_text_and_as_object() {
        for json in [
            r#"{"a":1005.25}"#,
            r#"{"a":"1005.25"}"#,
            r#"{"a":{"currency":"AUD","amount":1005.250,"displayAmount":"$1,005.25"}}"#,
            r#"{"a":{"amount":"1005.25"},"b":0}"#,
        ] {
            assert_eq!(fields(json).cents("a"), Ok(Some(Cents::new(100_525))), "{json}");
        }
        // As a binary fraction this would be 70368744177663.99 or 70368744177664.00.
        assert_eq!(fields(r#"{"a":70368744177663.995}"#).cents("a"), Err(MoneyError::PartOfCent));
        assert_eq!(fields(r#"{"a":null}"#).cents("a"), Ok(None));
        assert_eq!(fields(r#"{"a":1e400}"#).cents("a"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn names_may_repeat_and_the_last_one_wins() {
        assert_eq!(fields(r#"{"a":1,"b":2,"a":3}"#).text("a").unwrap(), "3");
    }

    #[test]
    fn what_nobody_asked_for_is_kept_and_does_not_print() {
        let mut fields = fields(r#"{"new":"secret","a":{"b":1},"list":{}}"#);
        assert_eq!(fields.list("none"), Vec::<Value>::new());
        assert!(fields.object("a").is_some());
        assert_eq!(format!("{fields:?}"), r#"["new", "list"]"#);
    }
}
