//! `GET /api-keys/latest`: the key to use from now on.
//!
//! The one answer with a secret in it, so it is read with more care than any other: no name may
//! occur twice, the body's text goes straight into a [`KeyText`], and no error quotes any of it.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::domain::names::KeyName;
use crate::domain::product::Product;
use crate::domain::time::parse_date_time;
use crate::key::{KEY_BYTES_MAX, KeyText};
use crate::quickstream::ask::Ask;
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json;
use crate::quickstream::redact::Redactor;
use crate::quickstream::resources::root::safe_name;

/// The largest answer read, in bytes. The vendor's sample has about 200.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The key that the bank offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The key; usually the one that was sent.
    pub key: KeyText,
    /// The bank's name for it, made for logs.
    pub name: Option<KeyName>,
    /// When it expires.
    pub expires_at: Timestamp,
}

pub(in crate::quickstream) fn ask(product: Product) -> Ask {
    Ask::reading(product.data().latest_key_path, BODY_BYTES_MAX)
}

pub(in crate::quickstream) fn read(body: &[u8], redactor: &Redactor) -> Result<Offer, Fault> {
    read_offer(body, redactor).map_err(|kind| Fault::new(kind, ""))
}

fn read_offer(body: &[u8], redactor: &Redactor) -> Result<Offer, FaultKind> {
    let mut answer: Object =
        serde_json::from_str(json::text(body)?).map_err(|error| json::kind_of(&error))?;
    if answer.repeats {
        return Err(FaultKind::DuplicateField);
    }
    let key = match answer.take("key") {
        None => Err(FaultKind::KeyMissing),
        Some(Field::Null) => Err(FaultKind::KeyNull),
        Some(Field::Other { .. }) => Err(FaultKind::KeyNotText),
        Some(Field::Text(text)) => check_key(&text),
    }?;
    let expires_at = match answer.take("expiryDate") {
        None | Some(Field::Null) => Err(FaultKind::ExpiryMissing),
        Some(Field::Other { .. }) => Err(FaultKind::ExpiryUnreadable),
        Some(Field::Text(text)) => parse_date_time(&text).map_err(|_| FaultKind::ExpiryUnreadable),
    }?;
    // The name goes into logs, so it may hold neither the key that was sent nor the one offered.
    let name = match answer.take("keyName") {
        Some(Field::Text(name)) if !Redactor::new([&key]).would_change(&name) => {
            safe_name(&name, redactor)
        }
        _ => None,
    };
    Ok(Offer { key, name, expires_at })
}

/// Checks the key before it becomes one. White space around it is no part of a key and was not put
/// there by the bank, so it is not forgiven here as it is in a file.
fn check_key(text: &str) -> Result<KeyText, FaultKind> {
    if text.is_empty() {
        return Err(FaultKind::KeyEmpty);
    }
    if text.len() > KEY_BYTES_MAX {
        return Err(FaultKind::KeyTooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(FaultKind::KeyControl);
    }
    if !text.is_ascii() {
        return Err(FaultKind::KeyNotAscii);
    }
    if text.contains([' ', ':']) {
        return Err(FaultKind::KeyNotSendable);
    }
    KeyText::parse(text).map_err(|_| FaultKind::KeyNotSendable)
}

/// A JSON object as it stands: names may repeat, and whether they do is told.
struct Object {
    fields: Vec<(String, Field)>,
    /// A name occurs twice in it or in anything within it.
    repeats: bool,
}

/// A value, as far as it can matter here.
enum Field {
    Null,
    Text(Zeroizing<String>),
    Other { repeats: bool },
}

impl Object {
    fn take(&mut self, name: &str) -> Option<Field> {
        let at = self.fields.iter().position(|(present, _)| present == name)?;
        Some(self.fields.swap_remove(at).1)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object { fields: Vec::new(), repeats: false };
        let mut seen = HashSet::new();
        while let Some((name, field)) = map.next_entry::<String, Field>()? {
            object.repeats |= !seen.insert(name.clone());
            object.repeats |= matches!(field, Field::Other { repeats: true });
            object.fields.push((name, field));
        }
        Ok(object)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

/// Some numbers come as an object of one field, since they keep their digits (`arbitrary_precision`).
impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Other { repeats: false })
    }

    fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
        Ok(Field::Other { repeats: false })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
        Ok(Field::Other { repeats: false })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Other { repeats: false })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        let mut any = false;
        while let Some(field) = seq.next_element::<Field>()? {
            any |= matches!(field, Field::Other { repeats: true });
        }
        Ok(Field::Other { repeats: any })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
        let object = ObjectVisitor.visit_map(map)?;
        Ok(Field::Other { repeats: object.repeats })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SENT: &str = "SANDBOX_SEC_8k2m4n6p8q2r4t6v8w2x4y6z8a2b4c6d8e2f4g6h8j2k4m6n8p2q4r6";
    const OFFERED: &str = "SANDBOX_SEC_5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j7m8p9q5r8t9v7y";

    fn offer(body: &str) -> Result<Offer, FaultKind> {
        read_offer(body.as_bytes(), &Redactor::new([&KeyText::parse(SENT).unwrap()]))
    }

    fn with_key(json: &str) -> FaultKind {
        offer(&format!(r#"{{"key":{json},"expiryDate":"2028-03-01T02:15:00+00:00"}}"#)).unwrap_err()
    }

    #[test]
    fn the_documents_answer_is_read_in_both_spellings_of_the_offset() {
        for date in ["2028-03-01T02:15:00+00:00", "2028-03-01T12:15:00+1000"] {
            let body = format!(
                r#"{{"keyName":"SANDBOX_SEC...r8t9v7y","key":"{OFFERED}","expiryDate":"{date}","new":[1,{{}}]}}"#
            );
            let offer = offer(&body).unwrap();
            assert_eq!(offer.key.expose(), OFFERED);
            assert_eq!(offer.name.unwrap().as_str(), "SANDBOX_SEC...r8t9v7y");
            assert_eq!(offer.expires_at, "2028-03-01T02:15:00Z".parse().unwrap());
        }
    }

    #[test]
    fn each_bad_key_has_a_word_of_its_own() {
        assert_eq!(offer("{}").unwrap_err(), FaultKind::KeyMissing);
        assert_eq!(with_key("null"), FaultKind::KeyNull);
        assert_eq!(with_key("12e3"), FaultKind::KeyNotText);
        assert_eq!(with_key("{\"a\":1}"), FaultKind::KeyNotText);
        assert_eq!(with_key("\"\""), FaultKind::KeyEmpty);
        assert_eq!(with_key("\"a\\r\\nb\""), FaultKind::KeyControl);
        assert_eq!(with_key("\"ab\\r\\n\""), FaultKind::KeyControl);
        assert_eq!(with_key("\"käy\""), FaultKind::KeyNotAscii);
        assert_eq!(with_key("\"a b\""), FaultKind::KeyNotSendable);
        assert_eq!(with_key("\"a:b\""), FaultKind::KeyNotSendable);
        assert_eq!(with_key(&format!("\"{}\"", "k".repeat(2000))), FaultKind::KeyTooLong);
    }

    #[test]
    fn what_is_no_such_answer_is_told_apart() {
        for (body, kind) in [
            ("", FaultKind::JsonCut),
            ("{\"key\":\"abc", FaultKind::JsonCut),
            ("{\"key\":\"abc\"} x", FaultKind::NotJson),
            ("{'key':1}", FaultKind::NotJson),
            ("[]", FaultKind::WrongShape),
            ("\"key\"", FaultKind::WrongShape),
            (" <html>", FaultKind::Html),
            ("\u{feff}{}", FaultKind::ByteOrderMark),
            ("{\"key\":\"abc\"}", FaultKind::ExpiryMissing),
            ("{\"key\":\"abc\",\"expiryDate\":null}", FaultKind::ExpiryMissing),
            ("{\"key\":\"abc\",\"expiryDate\":\"2028-03-01\"}", FaultKind::ExpiryUnreadable),
            ("{\"key\":\"abc\",\"expiryDate\":1}", FaultKind::ExpiryUnreadable),
            ("{\"key\":\"abc\",\"key\":\"abd\"}", FaultKind::DuplicateField),
            ("{\"key\":\"abc\",\"k\\u0065y\":\"abd\"}", FaultKind::DuplicateField),
            ("{\"key\":\"abc\",\"links\":[{\"a\":1,\"a\":2}]}", FaultKind::DuplicateField),
        ] {
            assert_eq!(offer(body).unwrap_err(), kind, "{body}");
        }
        let redactor = Redactor::new([]);
        assert_eq!(read_offer(b"\xff\xfe{\0}\0", &redactor).unwrap_err(), FaultKind::ByteOrderMark);
        assert_eq!(read_offer(b"{\"key\":\"\xe4\"}", &redactor).unwrap_err(), FaultKind::NotUtf8);
    }

    #[test]
    fn a_name_that_says_too_much_is_dropped() {
        for name in [OFFERED, SENT, "x_SEC_y", "8k2m4n6p8q2r4t6v8w2x4"] {
            let body = format!(
                r#"{{"keyName":"{name}","key":"{OFFERED}","expiryDate":"2028-03-01T02:15:00Z"}}"#
            );
            assert_eq!(offer(&body).unwrap().name, None);
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read_offer(&bytes, &Redactor::new([])).is_err());
        }

        #[test]
        fn a_mutated_answer_is_read_whole_or_refused(at in 0_usize..130, byte in any::<u8>(), cut in 0_usize..130) {
            let whole = br#"{"keyName":"AB_SEC...7", "key":"AB_SEC_0123456789", "expiryDate":"2028-03-01T02:15:00+00:00","links":[{"rel":"a"}]}"#;
            let mut body = whole.to_vec();
            if let Some(place) = body.get_mut(at) {
                *place = byte;
            }
            body.truncate(cut.max(1));
            if let Ok(offer) = read_offer(&body, &Redactor::new([])) {
                prop_assert_eq!(offer.key.expose().len(), 17);
            }
        }
    }
}
