//! The text of a secret: a plain key, or a JSON object with the key in one field. Replaces the key
//! and leaves every other byte as it is, so that what a person keeps beside the key stays theirs.
//!
//! Texts live in buffers that are wiped; what the reader of JSON copies inside itself for an escaped
//! character is not.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::json::{Member, members, slice};
use crate::key::KeyText;

/// The text of one version of a secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Document(Zeroizing<String>);

impl Document {
    pub(super) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[document]")
    }
}

/// Why a document is not of the shape the settings promise, for people and without its content.
pub(super) type Misfit = String;

/// The shape the settings promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The whole text is the key.
    Plain,
    /// A JSON object, with the key in this field.
    Field(String),
}

impl Shape {
    /// The key in a document; `None` where there is room for one and none is in it yet.
    pub(super) fn key(&self, document: &Document) -> Result<Option<KeyText>, Misfit> {
        let text = match self {
            Self::Plain => Zeroizing::new(plain(document.text())?.to_owned()),
            Self::Field(field) => match find(field, document.text())?.1 {
                Some(member) => field_text(field, slice(document.text(), &member.value))?,
                None => return Ok(None),
            },
        };
        if text.trim().is_empty() {
            return Ok(None);
        }
        KeyText::parse(text.as_str())
            .map(Some)
            .map_err(|error| format!("{} cannot be a key: {error}", self.place()))
    }

    /// The document with `key` in the place of the one before, and nothing else changed.
    pub(super) fn with_key(&self, document: &Document, key: &KeyText) -> Result<Document, Misfit> {
        let text = document.text();
        let (range, new) = match self {
            Self::Plain => {
                let old = plain(text)?;
                let start = text.len() - text.trim_start().len();
                (start..start + old.len(), Zeroizing::new(key.expose().to_owned()))
            }
            Self::Field(field) => match find(field, text)? {
                (_, Some(member)) => {
                    field_text(field, slice(text, &member.value))?;
                    (member.value, quoted(key.expose())?)
                }
                (members, None) => added(text, &members, field, key)?,
            },
        };
        // Room from the start: growing would leave copies of the key behind.
        let mut whole = Zeroizing::new(String::with_capacity(text.len() + new.len()));
        whole.push_str(slice(text, &(0..range.start)));
        whole.push_str(&new);
        whole.push_str(slice(text, &(range.end..text.len())));
        Ok(Document(whole))
    }

    /// A document with nothing but the key in it.
    pub(super) fn fresh(&self, key: &KeyText) -> Result<Document, Misfit> {
        match self {
            Self::Plain => Ok(Document::new(key.expose().to_owned())),
            Self::Field(_) => self.with_key(&Document::new("{}".to_owned()), key),
        }
    }

    /// Whether two documents are the same but for the key: the same members in the same order, byte
    /// for byte.
    pub(super) fn same_others(&self, one: &Document, other: &Document) -> Result<bool, Misfit> {
        let Self::Field(field) = self else {
            plain(one.text())?;
            plain(other.text())?;
            return Ok(true);
        };
        Ok(others(field, one.text())? == others(field, other.text())?)
    }

    fn place(&self) -> String {
        match self {
            Self::Plain => "its text".to_owned(),
            Self::Field(field) => format!("its field {field:?}"),
        }
    }
}

/// The text without the white space around it; refuses what is plainly something else than a key.
fn plain(text: &str) -> Result<&str, Misfit> {
    let text = text.trim();
    if text.starts_with('{') {
        return Err(
            "it holds a JSON object; name the key's field in the store's `field`".to_owned()
        );
    }
    Ok(text)
}

/// The members of the object, and the one that is the key's.
fn find(field: &str, text: &str) -> Result<(Vec<Member>, Option<Member>), Misfit> {
    let mut members = members(text).ok_or("it does not hold a JSON object")?;
    let mut found = None;
    for (index, member) in members.iter().enumerate() {
        if name_is(slice(text, &member.name), field) {
            if found.is_some() {
                return Err(format!("its field {field:?} is there twice"));
            }
            found = Some(index);
        }
    }
    let member = found.map(|index| members.remove(index));
    Ok((members, member))
}

/// Names and values of every member but the key's, as they are written.
fn others<'a>(field: &str, text: &'a str) -> Result<Vec<(&'a str, &'a str)>, Misfit> {
    let (others, _) = find(field, text)?;
    Ok(others.iter().map(|one| (slice(text, &one.name), slice(text, &one.value))).collect())
}

fn name_is(raw: &str, field: &str) -> bool {
    serde_json::from_str::<Cow<'_, str>>(raw).is_ok_and(|name| name == field)
}

/// The text in a field: a string, or null for none.
fn field_text(field: &str, raw: &str) -> Result<Zeroizing<String>, Misfit> {
    match serde_json::from_str::<Option<String>>(raw) {
        Ok(text) => Ok(Zeroizing::new(text.unwrap_or_default())),
        Err(_) => Err(format!("its field {field:?} is not a string")),
    }
}

fn quoted(text: &str) -> Result<Zeroizing<String>, Misfit> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
    serde_json::to_writer(&mut *bytes, text).map_err(|_| "the key cannot be written".to_owned())?;
    let text = str::from_utf8(&bytes).map_err(|_| "the key cannot be written".to_owned())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Where a new member goes, and its text: after the last one, laid out as the first one is.
fn added(
    text: &str,
    members: &[Member],
    field: &str,
    key: &KeyText,
) -> Result<(Range<usize>, Zeroizing<String>), Misfit> {
    let open = text.find('{').unwrap_or_default() + 1;
    let (name, value) = (quoted(field)?, quoted(key.expose())?);
    let (at, before, between) = match (members.first(), members.last()) {
        (Some(first), Some(last)) => (
            last.value.end,
            format!(",{}", slice(text, &(open..first.name.start))),
            slice(text, &(first.name.end..first.value.start)),
        ),
        _ => (open, String::new(), ":"),
    };
    let mut new = Zeroizing::new(String::with_capacity(
        before.len() + name.len() + between.len() + value.len(),
    ));
    for part in [before.as_str(), name.as_str(), between, value.as_str()] {
        new.push_str(part);
    }
    Ok((at..at, new))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn key(text: &str) -> KeyText {
        KeyText::parse(text).unwrap()
    }

    fn field() -> Shape {
        Shape::Field("apiKey".to_owned())
    }

    fn replaced(shape: &Shape, text: &str) -> Result<String, Misfit> {
        let document = shape.with_key(&Document::new(text.to_owned()), &key("N\"EW"))?;
        assert_eq!(shape.key(&document).unwrap(), Some(key("N\"EW")));
        Ok(document.text().to_owned())
    }

    #[test]
    fn everything_around_the_key_is_kept() {
        for (old, new) in [
            (r#"{"apiKey":"OLD"}"#, r#"{"apiKey":"N\"EW"}"#),
            (
                "{ \"a\" : [1, {\"apiKey\":\"x\"}] ,\n\t\"apiKey\" : \"O\\\"LD\" , \"n\":1.50e+1}\n",
                "{ \"a\" : [1, {\"apiKey\":\"x\"}] ,\n\t\"apiKey\" : \"N\\\"EW\" , \"n\":1.50e+1}\n",
            ),
            (
                r#"{"apiKey":null,"b":"}\\","c":"\u00e4"}"#,
                r#"{"apiKey":"N\"EW","b":"}\\","c":"\u00e4"}"#,
            ),
            (r#"{"b":{},"\u0061piKey":"OLD","b":2}"#, r#"{"b":{},"\u0061piKey":"N\"EW","b":2}"#),
            ("{}", r#"{"apiKey":"N\"EW"}"#),
            ("{ }", r#"{"apiKey":"N\"EW" }"#),
            (
                "{\n  \"host\": \"h\",\n  \"port\": 1\n}",
                "{\n  \"host\": \"h\",\n  \"port\": 1,\n  \"apiKey\": \"N\\\"EW\"\n}",
            ),
        ] {
            assert_eq!(replaced(&field(), old).unwrap(), new);
        }
        assert_eq!(replaced(&Shape::Plain, "  OLD\r\n").unwrap(), "  N\"EW\r\n");
        assert_eq!(replaced(&Shape::Plain, "").unwrap(), "N\"EW");
        assert_eq!(field().fresh(&key("K")).unwrap().text(), r#"{"apiKey":"K"}"#);
        assert_eq!(Shape::Plain.fresh(&key("K")).unwrap().text(), "K");
    }

    #[test]
    fn another_shape_is_told_and_left_alone() {
        for (shape, text, told) in [
            (Shape::Plain, r#"{"apiKey":"OLD"}"#, "`field`"),
            (Shape::Plain, "two words", "cannot be sent"),
            (field(), "OLD", "JSON object"),
            (field(), "[]", "JSON object"),
            (field(), r#"{"apiKey":"OLD"} x"#, "JSON object"),
            (field(), r#"{"apiKey":1}"#, "not a string"),
            (field(), r#"{"apiKey":"OLD","api\u004bey":"OLD"}"#, "twice"),
            (field(), r#"{"apiKey":"two words"}"#, "cannot be sent"),
        ] {
            let document = Document::new(text.to_owned());
            let misfit = shape.key(&document).unwrap_err();
            assert!(misfit.contains(told), "{text}: {misfit}");
            assert!(!misfit.contains("OLD") && !misfit.contains("words"), "{misfit}");
        }
        for text in ["", "{\"apiKey\":\"\"}", "{\"apiKey\":null}", "{}"] {
            let shape = if text.is_empty() { Shape::Plain } else { field() };
            assert_eq!(shape.key(&Document::new(text.to_owned())).unwrap(), None);
        }
    }

    #[test]
    fn others_are_compared_without_the_key() {
        let same = |one: &str, other: &str| {
            field().same_others(&Document::new(one.to_owned()), &Document::new(other.to_owned()))
        };
        assert!(same(r#"{"a":1,"apiKey":"X"}"#, r#"{"apiKey":"Y", "a" : 1}"#).unwrap());
        assert!(same(r#"{"a":1}"#, r#"{"a":1,"apiKey":"Y"}"#).unwrap());
        assert!(!same(r#"{"a":1}"#, r#"{"a":1.0}"#).unwrap());
        assert!(!same(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#).unwrap());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_real_parser_sees_only_the_key_change(
            members in prop::collection::btree_map(any::<String>(), value(), 0..6),
            pretty: bool,
            held: bool,
        ) {
            let mut object: Map<String, Value> = members.into_iter().collect();
            object.remove("apiKey");
            if held {
                object.insert("apiKey".to_owned(), Value::from("OLD"));
            }
            let text = if pretty {
                serde_json::to_string_pretty(&object).unwrap()
            } else {
                serde_json::to_string(&object).unwrap()
            };
            let new = replaced(&field(), &text).unwrap();
            object.insert("apiKey".to_owned(), Value::from("N\"EW"));
            let read: Map<String, Value> = serde_json::from_str(&new).unwrap();
            prop_assert_eq!(read.keys().collect::<Vec<_>>(), object.keys().collect::<Vec<_>>());
            prop_assert_eq!(read, object);
            prop_assert!(field()
                .same_others(&Document::new(text), &Document::new(new)).unwrap());
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let document = Document::new(text);
            for shape in [field(), Shape::Plain] {
                drop(shape.key(&document));
                drop(shape.with_key(&document, &key("K")));
            }
        }
    }
}
