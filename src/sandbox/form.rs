//! Reads a request's body field by field and collects what is wrong with it, so that one 422 names
//! every field at once.
//!
//! A field that is absent and a field that is null are the same. What it reports never holds the
//! digits of a card or of a bank account.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::guesses::{self, Guesses};
use super::refusal::{FieldError, Refusal};
use crate::domain::money::{Cents, MoneyError};
use crate::domain::time::parse_date;

mod instrument;
#[cfg(test)]
mod tests;

pub(super) use self::instrument::Years;

/// The longest value that an error repeats, in characters.
const ECHO_CHARS_MAX: usize = 255;

/// The largest amount (the guess `largest_amount`), so that no sum of amounts is more than can be
/// counted, nor more than a caller's floating-point number holds exactly.
const AMOUNT_MAX: Cents = Cents::new(999_999_999_999_999);

/// As many digits in one value could be a card's or an account's.
const ECHO_DIGITS_MAX: usize = 8;

/// Fields whose value no error repeats.
const NEVER_ECHOED: &[&str] =
    &["accountNumber", "applePayToken", "cardNumber", "cvn", "googlePayToken", "nzAccountNumber"];

/// Whether a field must be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// An object of a request's body that is being read.
#[derive(Debug)]
pub(super) struct Form<'a> {
    members: Option<&'a Map<String, Value>>,
    /// The path to this object with a dot at its end; empty at the top.
    path: String,
    guesses: &'a Guesses,
    errors: Vec<FieldError>,
}

impl<'a> Form<'a> {
    /// Reads a whole body.
    ///
    /// # Errors
    ///
    /// 400 if the body is JSON and no object.
    pub(super) fn of(body: &'a Value, guesses: &'a Guesses) -> Result<Self, Refusal> {
        let members = body.as_object();
        if members.is_none() && !body.is_null() {
            return Err(Refusal::malformed("The body is not a JSON object."));
        }
        Ok(Self::over(members, String::new(), guesses))
    }

    fn over(members: Option<&'a Map<String, Value>>, path: String, guesses: &'a Guesses) -> Self {
        Self { members, path, guesses, errors: Vec::new() }
    }

    /// The field as it was sent; `None` if it is absent or null.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members?.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field was sent.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Every name that was sent, known or not.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// Reports a field, with the value it has.
    pub(super) fn wrong(&mut self, name: &str, message: &str) {
        let value = self.value(name).map(|value| echo(name, value)).unwrap_or_default();
        let name = format!("{}{name}", self.path);
        let message = message.to_owned();
        if let Some(error) = self.errors.iter_mut().find(|error| error.name == name) {
            if !error.messages.contains(&message) {
                error.messages.push(message);
            }
        } else {
            self.errors.push(FieldError { messages: vec![message], name, value });
        }
    }

    /// Whether a field of this object was reported.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        let name = format!("{}{name}", self.path);
        self.errors.iter().any(|error| error.name == name)
    }

    fn needed(&mut self, name: &str, need: Need) -> Option<&'a Value> {
        let value = self.value(name);
        if value.is_none() && need == Need::Required {
            self.wrong(name, "This field is required.");
        }
        value
    }

    /// A text of at most so many characters, without the spaces around it; a blank one counts as
    /// absent (the guess `text_spaces`).
    pub(super) fn text(&mut self, name: &str, need: Need, chars_max: usize) -> Option<String> {
        let text = self.exact(name, need, chars_max)?.trim().to_owned();
        if text.is_empty() && need == Need::Required {
            self.wrong(name, "This field is required.");
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// A text of at most so many characters, to the letter; an empty one counts as absent.
    pub(super) fn exact(&mut self, name: &str, need: Need, chars_max: usize) -> Option<String> {
        let value = self.needed(name, need)?;
        let numbers = self.guesses.is(guesses::NUMBER_AS_TEXT, "accepted");
        let Some(text) = text_of(value, numbers) else {
            self.wrong(name, "This field must be a text.");
            return None;
        };
        if text.is_empty() {
            if need == Need::Required {
                self.wrong(name, "This field is required.");
            }
            return None;
        }
        if text.chars().count() > chars_max {
            self.wrong(name, &format!("This field has at most {chars_max} characters."));
            return None;
        }
        if text.chars().any(char::is_control) {
            self.wrong(name, "This field must not hold control characters.");
            return None;
        }
        Some(text)
    }

    /// A text of digits, so many at least and at most.
    pub(super) fn digits(
        &mut self,
        name: &str,
        need: Need,
        length: std::ops::RangeInclusive<usize>,
    ) -> Option<String> {
        let text = self.exact(name, need, ECHO_CHARS_MAX)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.wrong(name, "This field must hold digits only.");
            return None;
        }
        if !length.contains(&text.len()) {
            let (least, most) = (length.start(), length.end());
            let message = if least == most {
                format!("This field has {least} digits.")
            } else {
                format!("This field has {least} to {most} digits.")
            };
            self.wrong(name, &message);
            return None;
        }
        Some(text)
    }

    /// One of a list of words, and what it stands for.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &str,
        need: Need,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.exact(name, need, ECHO_CHARS_MAX)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.wrong(name, &format!("This field is one of {}.", words.join(", ")));
        }
        found
    }

    /// True or false.
    pub(super) fn flag(&mut self, name: &str, need: Need) -> Option<bool> {
        let value = self.needed(name, need)?;
        if value.as_bool().is_none() {
            self.wrong(name, "This field must be true or false.");
        }
        value.as_bool()
    }

    /// A whole number within bounds.
    pub(super) fn whole(
        &mut self,
        name: &str,
        need: Need,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let number = self.needed(name, need)?.as_u64().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (least, most) = (bounds.start(), bounds.end());
            self.wrong(name, &format!("This field is a whole number from {least} to {most}."));
        }
        number
    }

    /// An amount: a JSON number with at most two decimals; as a text too, where the guess says so.
    /// Nothing is said here of its sign.
    pub(super) fn money(&mut self, name: &str, need: Need) -> Option<Cents> {
        let value = self.needed(name, need)?;
        let texts = self.guesses.is(guesses::MONEY_AS_TEXT, "accepted");
        let Some(text) = text_of(value, true).filter(|_| texts || value.is_number()) else {
            self.wrong(name, "This field must be a number with two decimals.");
            return None;
        };
        self.cents(name, &text)
    }

    /// An amount written as a text, such as `"100.05"`; as a number too.
    pub(super) fn money_text(&mut self, name: &str, need: Need) -> Option<Cents> {
        let value = self.needed(name, need)?;
        let Some(text) = text_of(value, true) else {
            self.wrong(name, "This field must be a text with an amount.");
            return None;
        };
        self.cents(name, &text)
    }

    fn cents(&mut self, name: &str, text: &str) -> Option<Cents> {
        match Cents::parse(text) {
            Ok(cents) if cents > AMOUNT_MAX => self.wrong(name, "This amount is too large."),
            Ok(cents) => return Some(cents),
            Err(MoneyError::Shape) => self.wrong(name, "This field must be an amount."),
            Err(MoneyError::PartOfCent) => {
                self.wrong(name, "This field must have at most two decimals.");
            }
            Err(MoneyError::TooLarge) => self.wrong(name, "This amount is too large."),
        }
        None
    }

    /// A date, `YYYY-MM-DD`.
    pub(super) fn date(&mut self, name: &str, need: Need) -> Option<Date> {
        let text = self.exact(name, need, ECHO_CHARS_MAX)?;
        let date = parse_date(&text).ok();
        if date.is_none() {
            self.wrong(name, "This field must be a date of the form YYYY-MM-DD.");
        }
        date
    }

    /// An object within this one, read by `read`; its errors are named by their path, with dots.
    pub(super) fn nested<T>(
        &mut self,
        name: &str,
        need: Need,
        read: impl FnOnce(&mut Form<'a>) -> T,
    ) -> Option<T> {
        let Value::Object(members) = self.needed(name, need)? else {
            self.wrong(name, "This field must be an object.");
            return None;
        };
        let path = format!("{}{name}.", self.path);
        let mut inner = Form::over(Some(members), path, self.guesses);
        let result = read(&mut inner);
        self.errors.append(&mut inner.errors);
        Some(result)
    }

    /// An object of texts, such as `metadata`.
    pub(super) fn texts(
        &mut self,
        name: &str,
        most: usize,
        chars_max: usize,
    ) -> Option<Vec<(String, String)>> {
        let named = |form: &mut Form<'a>| -> Vec<(String, String)> {
            let names: Vec<&str> = form.names().collect();
            if names.len() > most {
                let message = format!("There may be at most {most} entries.");
                form.path.pop();
                form.errors.push(FieldError {
                    messages: vec![message],
                    name: form.path.clone(),
                    value: String::new(),
                });
                return Vec::new();
            }
            let mut pairs = Vec::new();
            for name in names {
                if let Some(text) = form.text(name, Need::Optional, chars_max) {
                    pairs.push((name.to_owned(), text));
                }
            }
            pairs
        };
        self.nested(name, Need::Optional, named)
    }

    /// Ends the reading with everything that was reported.
    pub(super) fn errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// 422 with everything that was reported.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.errors.is_empty() { Ok(()) } else { Err(Refusal::fields(self.errors)) }
    }
}

/// A text, or if numbers will do the digits of one.
fn text_of(value: &Value, numbers: bool) -> Option<String> {
    let number = value.as_number().filter(|_| numbers);
    value.as_str().map(str::to_owned).or_else(|| number.map(ToString::to_string))
}

/// What an error repeats of a value: nothing that could be a card's or an account's number.
fn echo(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return String::new(),
    };
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if NEVER_ECHOED.contains(&name) || digits > ECHO_DIGITS_MAX {
        return String::new();
    }
    text.chars().take(ECHO_CHARS_MAX).collect()
}
