//! The words of JSON Schema, as the description says what replies hold and what requests may.
//!
//! A reply's object has the members that are named and no other. A request's object may have more,
//! which are ignored (the guess `unknown_fields`), and takes null for a field that is left out.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use crate::sandbox::guesses::{self, Guess, Guesses};

/// Nothing but what can be printed; controls are refused.
const LINE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// The same with something in it to see.
const LINE_NOT_BLANK: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\u0000-\\u001f\\u007f-\\u009f\\s][^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// What the description depends on: the guesses in force.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec<'g> {
    pub(super) guesses: &'g Guesses,
}

/// One member of an object.
#[derive(Clone, Debug)]
pub(super) struct Member {
    name: &'static str,
    schema: Value,
    always: bool,
}

impl Member {
    /// Whether it has this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Says on which guess the member rests.
    pub(super) fn guess(mut self, guess: &Guess) -> Self {
        note(&mut self.schema, guess);
        self
    }
}

/// Says on which guess a schema rests.
pub(super) fn guessed(mut schema: Value, guess: &Guess) -> Value {
    note(&mut schema, guess);
    schema
}

fn note(schema: &mut Value, guess: &Guess) {
    if let Value::Object(members) = schema {
        members.insert("x-guess".into(), Value::from(guess.name));
    }
}

/// A member that every reply has.
pub(super) fn always(name: &'static str, schema: Value) -> Member {
    Member { name, schema, always: true }
}

/// A member that some replies have.
pub(super) fn sometimes(name: &'static str, schema: Value) -> Member {
    Member { name, schema, always: false }
}

impl Spec<'_> {
    /// A member whose value there may not be: null, or left out where the guess says so.
    pub(super) fn maybe(self, name: &'static str, schema: Value) -> Member {
        if self.guesses.is(guesses::ABSENT_FIELDS, "left_out") {
            sometimes(name, schema)
        } else {
            always(name, or_null(schema))
        }
    }

    /// A text in a request, of at most so many characters.
    pub(super) fn line(self, chars_max: usize) -> Value {
        let mut schema = json!({ "type": "string", "maxLength": chars_max, "pattern": LINE });
        if self.guesses.is(guesses::NUMBER_AS_TEXT, "accepted") {
            schema =
                json!({ "type": ["string", "number"], "maxLength": chars_max, "pattern": LINE });
        }
        schema
    }

    /// A text of so many digits in a request.
    pub(super) fn digits(self, length: &RangeInclusive<usize>) -> Value {
        let pattern = format!("^[0-9]{{{},{}}}$", length.start(), length.end());
        if self.guesses.is(guesses::NUMBER_AS_TEXT, "accepted") {
            return json!({ "type": ["string", "number"], "pattern": pattern });
        }
        like(&pattern)
    }

    /// An amount above zero in a request, with at most two decimals.
    pub(super) fn amount(self) -> Value {
        let number = json!({ "type": "number", "exclusiveMinimum": 0 });
        if self.guesses.is(guesses::MONEY_AS_TEXT, "accepted") {
            json!({ "anyOf": [number, amount_text()] })
        } else {
            number
        }
    }
}

/// An amount written as a text in a request.
pub(super) fn amount_text() -> Value {
    like("^[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$")
}

/// The same, or the number itself.
pub(super) fn amount_text_or_number() -> Value {
    json!({ "anyOf": [amount_text(), { "type": "number", "exclusiveMinimum": 0 }] })
}

/// A field that a request must have.
pub(super) fn needed(name: &'static str, mut schema: Value) -> Member {
    if let Value::Object(members) = &mut schema
        && members.get("pattern").is_some_and(|pattern| pattern == LINE)
    {
        members.insert("minLength".into(), Value::from(1));
        members.insert("pattern".into(), Value::from(LINE_NOT_BLANK));
    }
    always(name, schema)
}

/// A field that a request may leave out, or send as null. A text that is empty is left out too.
pub(super) fn optional(name: &'static str, schema: Value) -> Member {
    let is_text = schema.get("type").is_some_and(|kind| kind == "string");
    let is_line = schema.get("pattern").is_some_and(|pattern| pattern == LINE);
    let takes_empty = is_text && !is_line;
    sometimes(name, if takes_empty { or_empty(schema) } else { or_null(schema) })
}

/// The same for an amount, of which an empty text is none.
pub(super) fn optional_amount(name: &'static str, schema: Value) -> Member {
    sometimes(name, or_null(schema))
}

/// A field of a request that is read and may hold anything.
pub(super) fn anything(name: &'static str) -> Member {
    sometimes(name, json!({}))
}

/// A field that a request must not have.
pub(super) fn absent(name: &'static str) -> Member {
    sometimes(name, json!({ "type": "null" }))
}

/// The same for a word or a date, of which an empty text is none.
pub(super) fn left_out(name: &'static str) -> Member {
    sometimes(name, json!({ "enum": ["", null] }))
}

/// An object of a reply.
pub(super) fn object(members: Vec<Member>) -> Value {
    let mut schema = fields(members);
    if let Value::Object(words) = &mut schema {
        words.insert("additionalProperties".into(), Value::from(false));
    }
    schema
}

/// An object of a request.
pub(super) fn fields(members: Vec<Member>) -> Value {
    let required: Vec<&str> = members.iter().filter(|it| it.always).map(|it| it.name).collect();
    let required = json!(required);
    let properties: Map<String, Value> =
        members.into_iter().map(|member| (member.name.to_owned(), member.schema)).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// One of several forms of a request.
pub(super) fn one_form_of(forms: Vec<Value>) -> Value {
    any_of(forms)
}

/// Any text.
pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of this shape.
pub(super) fn like(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// One of a list of words.
pub(super) fn word(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// One of the words of a table.
pub(super) fn word_of<T>(table: &[(&str, T)]) -> Value {
    let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
    word(&words)
}

/// True or false.
pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number within bounds.
pub(super) fn whole(bounds: &RangeInclusive<u64>) -> Value {
    json!({ "type": "integer", "minimum": bounds.start(), "maximum": bounds.end() })
}

/// A date, `YYYY-MM-DD`.
pub(super) fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

/// A date-time, with its offset in either spelling.
pub(super) fn date_time() -> Value {
    like("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:?[0-9]{2}$")
}

/// A schema of the components.
pub(super) fn model(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A list of so many items at most.
pub(super) fn list(items: Value) -> Value {
    let mut list = json!({ "type": "array" });
    if let Value::Object(words) = &mut list {
        words.insert("items".into(), items);
    }
    list
}

/// A page of a list, in the bank's envelope.
pub(super) fn page(items: Value) -> Value {
    let mut data = list(items);
    if let Value::Object(words) = &mut data {
        words.insert("maxItems".into(), Value::from(20));
    }
    object(vec![always("links", list(model("Link"))), always("data", data)])
}

fn or_null(schema: Value) -> Value {
    any_of(vec![schema, json!({ "type": "null" })])
}

fn or_empty(schema: Value) -> Value {
    any_of(vec![schema, json!({ "enum": ["", null] })])
}

fn any_of(schemas: Vec<Value>) -> Value {
    Value::Object([("anyOf".to_owned(), Value::Array(schemas))].into_iter().collect())
}
