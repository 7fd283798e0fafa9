//! A value of the bank's JSON that we can read and write. What a reader does not accept is not lost:
//! [`Fields::take`] leaves it where it stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::domain::money::Cents;
use crate::domain::time::{format_date_time, parse_date, parse_date_time};
use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::models::amount;
use crate::quickstream::word::{Vocabulary, Word};

/// A value of the bank's JSON.
pub trait Field: Sized {
    /// Reads it; `None` if the value is of another shape.
    fn read(value: &Value) -> Option<Self>;

    /// Writes it as the documents spell it.
    fn write(&self) -> Value;
}

impl Field for String {
    /// A number is read as its spelling.
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

impl Field for bool {
    /// Also as a text.
    fn read(value: &Value) -> Option<Self> {
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Field for u64 {
    /// Also as a text.
    fn read(value: &Value) -> Option<Self> {
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Field for Cents {
    /// A number, or a text as `PayTo` has it.
    fn read(value: &Value) -> Option<Self> {
        String::read(value).and_then(|text| Self::parse(&text).ok())
    }

    /// A number of two decimals.
    fn write(&self) -> Value {
        amount::number(*self)
    }
}

impl Field for Timestamp {
    fn read(value: &Value) -> Option<Self> {
        parse_date_time(value.as_str()?).ok()
    }

    fn write(&self) -> Value {
        format_date_time(*self).into()
    }
}

impl Field for Date {
    fn read(value: &Value) -> Option<Self> {
        parse_date(value.as_str()?).ok()
    }

    fn write(&self) -> Value {
        self.to_string().into()
    }
}

impl<T: Vocabulary + PartialEq> Field for Word<T> {
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Word::read)
    }

    fn write(&self) -> Value {
        self.to_string().into()
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::read).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }
}

/// Texts by name, such as a payment's metadata.
impl Field for BTreeMap<String, String> {
    fn read(value: &Value) -> Option<Self> {
        let pair = |(name, value): (&String, &Value)| Some((name.clone(), String::read(value)?));
        value.as_object()?.iter().map(pair).collect()
    }

    fn write(&self) -> Value {
        let pairs = self.iter().map(|(name, text)| (name.clone(), text.as_str().into()));
        Value::Object(pairs.collect())
    }
}

/// An object whose fields the documents do not name.
impl Field for Fields {
    fn read(value: &Value) -> Option<Self> {
        Self::of(value.clone())
    }

    fn write(&self) -> Value {
        self.clone().into_value()
    }
}

impl Field for Link {
    /// Only a link that is nothing but a link, so that nothing else is lost.
    fn read(value: &Value) -> Option<Self> {
        let mut fields = Fields::of(value.clone())?;
        let link = Self {
            href: fields.take("href")?,
            rel: fields.take("rel").unwrap_or_default(),
            request_method: fields.take("requestMethod"),
        };
        fields.is_empty().then_some(link)
    }

    fn write(&self) -> Value {
        let mut fields = Fields::default();
        fields.put("rel", self.rel.write());
        fields.put("href", self.href.write());
        if let Some(method) = &self.request_method {
            fields.put("requestMethod", method.write());
        }
        fields.into_value()
    }
}
