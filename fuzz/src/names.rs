//! Names, keys, ids and the details of accounts, as people and the bank write them.

use std::str::from_utf8;

use quaymaster::domain::names::{
    CommunityCode, FacilityName, Fingerprint, KeyName, StoreName, VersionId,
};
use quaymaster::key::{KEY_BYTES_MAX, KeyText};
use quaymaster::logs::redact;
use quaymaster::quickstream::ask::{Ask, IdempotencyKey, Verb};
use quaymaster::quickstream::models::contact::{Email, Phone};
use quaymaster::quickstream::models::details::{
    AccountNumber, Bsb, CardNumber, Cvn, HolderName, NzAccountNumber,
};
use quaymaster::quickstream::models::field::Field;
use quaymaster::quickstream::models::ids::{AccountToken, ReceiptNumber};
use quaymaster::quickstream::models::texts::{Comment, Reference, Short};
use quaymaster::quickstream::redact::{Redactor, TEXT_CHARS_MAX};
use quaymaster::quickstream::routes::{Found, Method, find};
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{Priority, PublishableKey};

/// A key that no text may give away.
const KEY: &str = "SANDBOX_SEC_5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j";

/// A text as each kind of name: what is taken keeps the limits, and is what was given.
pub(super) fn names(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    domain(text);
    keys(text);
    fields(text);
    paths(text);
}

fn domain(text: &str) {
    let chars = text.chars().count();
    macro_rules! same {
        ($($name:ident)+) => { $( if let Ok(name) = $name::new(text) {
            assert_eq!(name.as_str(), text);
            assert!((1..=255).contains(&chars) && !text.chars().any(char::is_control));
        } )+ };
    }
    same! { CommunityCode FacilityName KeyName StoreName VersionId }
    if let Some(fingerprint) = Fingerprint::parse(text) {
        assert_eq!(fingerprint.to_string(), text.to_ascii_lowercase());
    }
}

fn keys(text: &str) {
    if let Ok(key) = KeyText::parse(text) {
        let inner = key.expose();
        assert_eq!(inner, text.trim());
        assert!((1..=KEY_BYTES_MAX).contains(&inner.len()));
        assert!(inner.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'));
        assert_eq!(format!("{key:?}"), "[key]");
        // A text around it that says nothing else.
        let said = format!("The key {inner} is not known.");
        assert!(inner.len() < 6 || !Redactor::new([&key]).clean(&said).contains(inner), "{inner}");
    }
    if let Ok(key) = PublishableKey::parse(text) {
        assert!(!key.key().expose().contains("_SEC_"));
    }
    if let Some(key) = IdempotencyKey::new(text) {
        assert!(key.as_str() == text && (1..=60).contains(&text.len()) && text.is_ascii());
    }
}

fn fields(text: &str) {
    macro_rules! back {
        ($($made:expr;)+) => { $( if let Ok(field) = $made {
            assert_eq!(Field::read(&field.write()).as_ref(), Some(&field));
            assert_eq!(field.as_str(), text);
        } )+ };
    }
    back! {
        Email::new("email", text);
        Phone::new("phone", text);
        AccountNumber::new(text);
        CardNumber::new(text);
        Cvn::new(text);
        NzAccountNumber::new(text);
        HolderName::new(text);
        Reference::new(text);
        Comment::new(text);
        Short::<35>::new("name", text);
        ReceiptNumber::new(text);
    }
    if let Ok(bsb) = Bsb::new(text) {
        assert!(bsb.digits().len() == 6 && bsb.digits().bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(Bsb::read(&bsb.write()), Some(bsb));
    }
    if let Ok(file) = FileContent::new(text, b"x".as_slice()) {
        assert!(!file.name().contains(['\r', '\n', '/', '\0']), "{}", file.name());
    }
}

/// An id leads to its own resource and nowhere else, and a path is sent as it was checked.
fn paths(text: &str) {
    if let Ok(token) = AccountToken::new(text) {
        let path = format!("/accounts/{}", token.segment());
        match find(Method::Get, &path) {
            Found::Route(route) => assert_eq!(route.path, "/accounts/{accountToken}"),
            Found::OtherMethods(_) | Found::Nothing => panic!("{path} leads elsewhere"),
        }
        let ask = Ask::new("/accounts/{accountToken}", Verb::Get, &*path, Priority::Command);
        let steps = matches!(text, "." | "..");
        assert!(ask.is_ok() != steps || path.len() > 2048, "{path}");
    }
    if Ask::new("/x", Verb::Get, text, Priority::Command).is_ok() {
        assert!(text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}

/// Texts from the bank and for the log: no key is left in them, and they are short.
pub(super) fn redaction(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    let key = KeyText::parse(KEY).unwrap();
    let text = text.replace("<KEY>", KEY);
    let clean = Redactor::new([&key]).clean(&text);
    assert!(clean.chars().count() <= TEXT_CHARS_MAX + 20, "{clean}");
    assert!(!clean.to_ascii_lowercase().contains(&KEY.to_ascii_lowercase()[12..]), "{clean}");
    assert!(!clean.chars().any(char::is_control), "{clean:?}");
    let logged = redact(&text);
    assert!(!logged.contains(KEY), "{logged}");
}
