//! A request's fields, each checked as it is put in: what breaks a limit of the documents is told
//! with the field's name, all of it at once, and nothing is sent.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde_json::{Map, Number, Value};

use crate::domain::money::Cents;
use crate::quickstream::ask::Body;
use crate::quickstream::error_body::{ErrorBody, FieldError};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::personal::Personal;
use crate::quickstream::word::{Vocabulary, spelling};

/// How many characters a text may have of which the documents say nothing: enough for any that is
/// meant, and little enough that a mistake is not sent by the megabyte.
pub const ANY: RangeInclusive<usize> = 0..=4_000;
/// The same for a text that must say something.
pub const SOME: RangeInclusive<usize> = 1..=4_000;

/// The fields of one JSON object on its way to the bank.
#[derive(Default)]
#[must_use]
pub struct Form {
    fields: Map<String, Value>,
    wrong: Vec<FieldError>,
}

impl Form {
    /// No field yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text of so many characters.
    pub fn text(mut self, name: &str, text: &str, chars: RangeInclusive<usize>) -> Self {
        let count = text.chars().count();
        if count < *chars.start() {
            let least = chars.start();
            return self.refuse(name, &format!("it needs at least {}", characters(*least)));
        }
        if count > *chars.end() {
            let most = characters(*chars.end());
            return self.refuse(name, &format!("it has {count} and may have at most {most}"));
        }
        if text.contains('\0') {
            return self.refuse(name, "it may not hold a null character");
        }
        self.put(name, Value::String(text.to_owned()));
        self
    }

    /// A text, if there is one.
    pub fn text_if(self, name: &str, text: Option<&str>, chars: RangeInclusive<usize>) -> Self {
        match text {
            Some(text) => self.text(name, text, chars),
            None => self,
        }
    }

    /// A text about a person, if there is one.
    pub fn personal_if(
        self,
        name: &str,
        text: Option<&Personal>,
        chars: RangeInclusive<usize>,
    ) -> Self {
        self.text_if(name, text.map(Personal::as_str), chars)
    }

    /// A word of a vocabulary, as the bank spells it.
    pub fn word<T: Vocabulary + PartialEq>(mut self, name: &str, word: T) -> Self {
        self.put(name, Value::String(spelling(word).to_owned()));
        self
    }

    /// A word, if there is one.
    pub fn word_if<T: Vocabulary + PartialEq>(self, name: &str, word: Option<T>) -> Self {
        match word {
            Some(word) => self.word(name, word),
            None => self,
        }
    }

    /// An amount as a number with two decimals.
    pub fn amount(mut self, name: &str, amount: Cents) -> Self {
        // What `Cents` prints is a JSON number; its two decimals are kept.
        match amount.to_string().parse::<Number>() {
            Ok(number) => {
                self.put(name, Value::Number(number));
                self
            }
            Err(_) => self.refuse(name, "it is no amount"),
        }
    }

    /// An amount as a text with two decimals.
    pub fn amount_text(mut self, name: &str, amount: Cents) -> Self {
        self.put(name, Value::String(amount.to_string()));
        self
    }

    /// A whole number.
    pub fn number(mut self, name: &str, number: u32) -> Self {
        self.put(name, Value::Number(number.into()));
        self
    }

    /// A `date`.
    pub fn date(mut self, name: &str, date: Date) -> Self {
        self.put(name, Value::String(date.to_string()));
        self
    }

    /// Yes or no.
    pub fn truth(mut self, name: &str, truth: bool) -> Self {
        self.put(name, Value::Bool(truth));
        self
    }

    /// An object within this one; what is wrong in it is told with both names.
    pub fn object(mut self, name: &str, inner: Self) -> Self {
        self.wrong.extend(inner.wrong.into_iter().map(|error| FieldError {
            field_name: error.field_name.map(|inner| format!("{name}.{inner}")),
            ..error
        }));
        self.put(name, Value::Object(inner.fields));
        self
    }

    /// An object, if there is one.
    pub fn object_if(self, name: &str, inner: Option<Self>) -> Self {
        match inner {
            Some(inner) => self.object(name, inner),
            None => self,
        }
    }

    /// What another form holds, as part of this one.
    pub fn with(mut self, other: Self) -> Self {
        self.fields.extend(other.fields);
        self.wrong.extend(other.wrong);
        self
    }

    /// Says what is wrong with a field, in a sentence without the field's value.
    pub fn refuse(mut self, name: &str, sentence: &str) -> Self {
        self.wrong.push(FieldError {
            messages: vec![sentence.to_owned()],
            field_name: Some(name.to_owned()),
            field_value: None,
        });
        self
    }

    /// The same where a rule is broken.
    pub fn refuse_if(self, broken: bool, name: &str, sentence: &str) -> Self {
        if broken { self.refuse(name, sentence) } else { self }
    }

    /// The body, if nothing is wrong with it.
    ///
    /// # Errors
    ///
    /// [`FaultKind::BadField`], with every wrong field.
    pub fn body(self) -> Result<Body, Fault> {
        let said = |error: &FieldError| {
            let name = error.field_name.as_deref().unwrap_or_default();
            format!("{name}: {}", error.messages.join("; "))
        };
        if self.wrong.is_empty() {
            return Ok(Body(Value::Object(self.fields)));
        }
        let detail: Vec<String> = self.wrong.iter().map(said).collect();
        let body = ErrorBody { errors: self.wrong, ..ErrorBody::default() };
        let fault = Fault::new(FaultKind::BadField, detail.join(", "));
        Err(Fault { body: Some(Box::new(body)), ..fault })
    }

    fn put(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }
}

impl fmt::Debug for Form {
    /// Prints the names alone: a value may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.keys()).finish()
    }
}

fn characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_as_they_were_put_in() {
        let date = Date::constant(2026, 4, 1);
        let inner = Form::new().amount_text("b", Cents::new(10_005)).date("c", date);
        let form = Form::new()
            .text("z", "é", 1..=1)
            .amount("a", Cents::new(1_050))
            .object("o", inner)
            .truth("t", true)
            .number("n", 7);
        let json = form.body().unwrap().0.to_string();
        let expected = r#"{"z":"é","a":10.50,"o":{"b":"100.05","c":"2026-04-01"},"t":true,"n":7}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn everything_wrong_is_told_at_once_and_nothing_of_it() {
        let inner = Form::new().text("name", "Jane Smith", 0..=4);
        let form = Form::new()
            .text("empty", "", 1..=5)
            .object("payer", inner)
            .with(Form::new().refuse_if(true, "endDate", "it must be after the start"));
        let fault = form.body().unwrap_err();
        assert_eq!(fault.kind, FaultKind::BadField);
        assert_eq!(
            fault.detail,
            "empty: it needs at least 1 character, payer.name: it has 10 and may have at most \
             4 characters, endDate: it must be after the start"
        );
        let names: Vec<_> =
            fault.body.unwrap().errors.into_iter().filter_map(|error| error.field_name).collect();
        assert_eq!(names, ["empty", "payer.name", "endDate"]);
    }
}
