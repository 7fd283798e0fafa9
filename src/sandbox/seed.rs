//! Seed data: what the bank knows when it starts. The module's text of [`super`] documents the file.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::address::AddressRange;
use super::book::{Book, Business, Facility, KeyKind, Wanted};
use super::merchant::Merchant;
use super::merchant::setting::Capability;
use super::merchant::terms::{self, CardTerms};
use super::{SANDBOX_CODE, SANDBOX_KEY, SandboxError};

/// How long the built-in facility's key still lives: just more than the 30 days at which a successor
/// is made, so that the day after the start has something to show.
const FIRST_KEY_DAYS: f64 = 30.5;

/// Hosts of the bank: data that name one come from a place whose keys have no business here.
const BANK_HOSTS: &[&str] = &[".westpac.com.au", ".qvalent.com", ".paymentsonline.co.nz"];

/// Words of which a chosen key must hold one, so that nobody puts a real key into a file for play.
const PLAY_WORDS: &[&str] = &["sandbox", "test"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    facilities: Vec<FacilitySeed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FacilitySeed {
    code: String,
    name: Option<String>,
    #[serde(default = "ready")]
    ready: bool,
    whitelist: Option<Vec<AddressRange>>,
    /// What it is not set up for.
    #[serde(default)]
    without: Vec<Capability>,
    /// The domains of e-mail of its PayIDs.
    #[serde(default = "usual_pay_id_domains")]
    pay_id_domains: Vec<String>,
    #[serde(default)]
    businesses: Vec<BusinessSeed>,
    keys: Vec<KeySeed>,
}

const fn ready() -> bool {
    true
}

/// The domains of a facility's PayIDs where the seed names none (the guess `pay_id_domains`).
pub(super) fn usual_pay_id_domains() -> Vec<String> {
    vec!["example.com".to_owned()]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BusinessSeed {
    code: String,
    name: Option<String>,
    cards: Option<Vec<CardTerms>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KeySeed {
    key: Option<String>,
    kind: Option<KeyKind>,
    created: Option<When>,
    expires: Option<When>,
    businesses: Vec<String>,
}

/// A moment, or a number of days from the clock's time at the start.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(super) enum When {
    At(Timestamp),
    Days(f64),
}

impl TryFrom<Value> for When {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let at = value.as_str().and_then(|text| text.parse().ok()).map(Self::At);
        let days = value.as_f64().filter(|days| days.is_finite()).map(Self::Days);
        at.or(days).ok_or("expected a moment (RFC 3339) or a number of days from now")
    }
}

impl When {
    pub(super) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Days(days) => {
                let seconds = SignedDuration::try_from_secs_f64(days * 86_400.0);
                let distance = seconds.unwrap_or(SignedDuration::ZERO);
                now.saturating_add(distance).unwrap_or(now)
            }
        }
    }
}

/// The data to start from: a file's, or the built-in facility.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    number: u64,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    BuiltIn,
    File { path: PathBuf, text: String },
}

impl Seed {
    /// Reads and checks the seed.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not in the documented format, or holds what looks like the bank's
    /// own data; the error names the file and the place in it, and no value.
    pub(super) fn read(number: u64, path: Option<&Path>) -> Result<Self, SandboxError> {
        let Some(path) = path else { return Ok(Self { number, data: Data::BuiltIn }) };
        let wrong = |reason: String| SandboxError::Seed { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        parse(&text).map_err(wrong)?;
        Ok(Self { number, data: Data::File { path: path.to_owned(), text } })
    }

    /// The book as it stands at `now`, from which relative dates count.
    pub(super) fn book(&self, now: Timestamp) -> Result<Book, SandboxError> {
        let file = match &self.data {
            Data::BuiltIn => built_in(),
            Data::File { path, text } => {
                parse(text).map_err(|reason| SandboxError::Seed { path: path.clone(), reason })?
            }
        };
        let facility = |seed| facility(seed, self.number, now);
        Ok(Book {
            seed: self.number,
            facilities: file.facilities.into_iter().map(facility).collect(),
        })
    }
}

fn facility(seed: FacilitySeed, number: u64, now: Timestamp) -> Facility {
    let name = |name: Option<String>, code: &str| name.unwrap_or_else(|| code.to_owned());
    let business = |seed: BusinessSeed| Business {
        name: name(seed.name, &seed.code),
        code: seed.code,
        cards: seed.cards.unwrap_or_else(terms::usual),
    };
    let mut facility = Facility {
        name: name(seed.name, &seed.code),
        code: seed.code,
        ready: seed.ready,
        whitelist: seed.whitelist,
        businesses: seed.businesses.into_iter().map(business).collect(),
        keys: Vec::new(),
        made: 0,
        without: seed.without,
        pay_id_domains: seed.pay_id_domains,
        merchant: Merchant::default(),
    };
    for key in seed.keys {
        let wanted = Wanted {
            text: key.key,
            kind: key.kind,
            created: key.created.map(|when| when.at(now)),
            expires: key.expires.map(|when| when.at(now)),
            businesses: key.businesses,
        };
        facility.make(number, wanted, now);
    }
    facility
}

fn built_in() -> File {
    let first = KeySeed {
        key: Some(SANDBOX_KEY.to_owned()),
        created: Some(When::Days(FIRST_KEY_DAYS - 730.0)),
        expires: Some(When::Days(FIRST_KEY_DAYS)),
        ..KeySeed::default()
    };
    let publishable = KeySeed { kind: Some(KeyKind::Publishable), ..KeySeed::default() };
    let business = BusinessSeed {
        code: "SANDBOXHIRE".to_owned(),
        name: Some("Sandbox Hire".to_owned()),
        cards: None,
    };
    File {
        facilities: vec![FacilitySeed {
            code: SANDBOX_CODE.to_owned(),
            name: Some("Sandbox Facility".to_owned()),
            ready: true,
            whitelist: None,
            without: Vec::new(),
            pay_id_domains: usual_pay_id_domains(),
            businesses: vec![business],
            keys: vec![first, publishable],
        }],
    }
}

fn parse(text: &str) -> Result<File, String> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("line {}: it is not JSON", error.line()))?;
    refuse_bank_hosts(&value, "")?;
    let file: File = serde_path_to_error::deserialize(value)
        .map_err(|error| format!("at {}: {}", error.path(), without_values(&error)))?;
    check(&file)?;
    Ok(file)
}

/// What is wrong, without the value that is: it may be a key.
fn without_values(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let text = error.inner().to_string();
    let safe = [
        "expected a percentage",
        "unknown field",
        "missing field",
        "an address such as",
        "expected a moment",
    ];
    if safe.iter().any(|start| text.starts_with(start)) {
        text
    } else {
        "it is not what the format has there".to_owned()
    }
}

/// Whether a text names a host of the bank.
pub(super) fn names_bank_host(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    BANK_HOSTS.iter().any(|host| text.contains(host))
}

fn refuse_bank_hosts(value: &Value, place: &str) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if names_bank_host(text) {
                return Err(format!(
                    "at {place}: it names a host of the bank; the sandbox plays with data of its own only"
                ));
            }
            Ok(())
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| refuse_bank_hosts(item, &format!("{place}[{at}]"))),
        Value::Object(members) => members
            .iter()
            .try_for_each(|(name, item)| refuse_bank_hosts(item, &format!("{place}.{name}"))),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check(file: &File) -> Result<(), String> {
    if file.facilities.is_empty() {
        return Err("at facilities: at least one is needed".to_owned());
    }
    let mut texts: Vec<&str> = Vec::new();
    for (at, facility) in file.facilities.iter().enumerate() {
        let place = format!("facilities[{at}]");
        check_code(&facility.code).map_err(|error| format!("at {place}.code: {error}"))?;
        if file.facilities.iter().take(at).any(|other| other.code == facility.code) {
            return Err(format!("at {place}.code: another facility has it"));
        }
        for (at, key) in facility.keys.iter().enumerate() {
            let place = format!("{place}.keys[{at}]");
            let known = |code: &String| facility.businesses.iter().any(|b| b.code == *code);
            if !key.businesses.iter().all(known) {
                return Err(format!(
                    "at {place}.businesses: one is not a business of the facility"
                ));
            }
            let Some(text) = &key.key else { continue };
            let kind = key.kind.unwrap_or(KeyKind::Secret);
            check_key(text, &facility.code, kind).map_err(|e| format!("at {place}.key: {e}"))?;
            if texts.contains(&text.as_str()) {
                return Err(format!("at {place}.key: another key has the same text"));
            }
            texts.push(text);
        }
    }
    Ok(())
}

fn check_code(code: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if (1..=32).contains(&code.len()) && code.chars().all(fits) {
        Ok(())
    } else {
        Err("1 to 32 upper-case letters and digits".to_owned())
    }
}

/// A key of the sandbox begins as its facility's keys do and says that it is for play.
pub(super) fn check_key(text: &str, code: &str, kind: KeyKind) -> Result<(), String> {
    let start = format!("{code}_{}_", kind.infix());
    if !text.starts_with(&start) {
        return Err(format!("it must begin with {start}"));
    }
    let sendable = |byte: u8| byte.is_ascii_graphic() && byte != b':';
    if text.len() > 255 || !text.bytes().all(sendable) {
        return Err("it must be visible ASCII without ':', at most 255 characters".to_owned());
    }
    let lower = text.to_ascii_lowercase();
    if PLAY_WORDS.iter().any(|word| lower.contains(word)) {
        Ok(())
    } else {
        Err("a chosen key must hold the word 'sandbox' or 'test', so that no real key is put here"
            .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_the_place_and_never_the_value() {
        let facility = |inside: &str| {
            parse(&format!(r#"{{"facilities":[{{"code":"MAIN",{inside}}}]}}"#)).unwrap_err()
        };
        let cases = [
            (parse("{").unwrap_err(), "line 1: it is not JSON"),
            (parse(r#"{"facilities":[]}"#).unwrap_err(), "at facilities: at least one is needed"),
            (facility(r#""key":[]"#), "unknown field `key`"),
            (
                facility(r#""keys":[{"key":"OTHER_SEC_test"}]"#),
                "facilities[0].keys[0].key: it must",
            ),
            (facility(r#""keys":[{"key":"MAIN_SEC_qwerty"}]"#), "the word 'sandbox' or 'test'"),
            (facility(r#""keys":[{"expires":"qwerty"}]"#), "facilities[0].keys[0]"),
            (facility(r#""keys":[{"businesses":["A"]}]"#), "not a business"),
            (facility(r#""keys":[],"name":"api.quickstream.westpac.com.au""#), "host of the bank"),
        ];
        for (message, expected) in cases {
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("qwerty"), "{message}");
        }
    }

    #[test]
    fn the_documented_example_is_in_order() {
        let text: String = include_str!("../sandbox.rs")
            .lines()
            .skip_while(|line| *line != "//! ```json")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//!"))
            .collect();
        let file = parse(&text).unwrap();
        assert_eq!(file.facilities[0].keys.len(), 3);
    }

    #[test]
    fn dates_are_moments_or_days_from_now() {
        let text = r#"{"facilities":[{"code":"MAIN","keys":[
            {"key":"MAIN_SEC_test","expires":"2027-01-01T00:00:00Z"}, {"expires":-0.5},
            {"kind":"publishable"}]}]}"#;
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let file = parse(text).unwrap();
        let facility = facility(file.facilities.into_iter().next().unwrap(), 1, now);
        let expires = |at: usize| facility.keys[at].expires.map(|at| at.to_string());
        assert_eq!(expires(0).as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(expires(1).as_deref(), Some("2026-01-01T12:00:00Z"));
        assert_eq!(expires(2), None);
        assert_eq!(facility.name, "MAIN");
    }
}
