//! Seed data: what the bank knows when it starts, or is given while it runs. `docs/sandbox-book.md`
//! documents the format, which is that of a dump: a file with `format` is a whole book, one without is
//! a seed, in which almost everything may be left out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::address::AddressRange;
use super::book::{Book, Business, Facility, KeyKind, Wanted};
use super::data::Saved;
use super::guesses::Guesses;
use super::idempotency::Store;
use super::merchant::Merchant;
use super::merchant::setting::Capability;
use super::merchant::terms::{self, CardTerms};
use super::{SANDBOX_CODE, SANDBOX_KEY, SandboxError};
use crate::clock::RATE_MAX;

mod check;
mod records;

use self::check::{check_code, check_counters, parse, read, without_values};
pub(super) use self::check::{check_key, names_bank_host};

/// How long the built-in facility's key still lives: just more than the 30 days at which a successor
/// is made, so that the day after the start has something to show.
const FIRST_KEY_DAYS: f64 = 30.5;

const NO_FACILITY: &str = "at facilities: at least one is needed";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    #[expect(dead_code, reason = "read by itself, before the rest")]
    clock: ClockSeed,
    seed: Option<u64>,
    #[serde(default)]
    guesses: Map<String, Value>,
    facilities: Vec<FacilitySeed>,
}

/// The clock that comes with a book; what is absent stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockSeed {
    pub(super) now: Option<Timestamp>,
    pub(super) rate: Option<f64>,
}

/// What is read of a book before the rest.
#[derive(Debug, Deserialize)]
struct Front {
    format: Option<Value>,
    #[serde(default)]
    clock: ClockSeed,
}

/// What a bank begins with.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) book: Book,
    pub(super) guesses: Guesses,
    pub(super) idempotency: Store,
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
    /// Customers and what they have and do; see [`records`].
    #[serde(default)]
    merchant: Map<String, Value>,
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

/// The data to start from: a book's text, or the built-in facility.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    number: u64,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    BuiltIn,
    Book { path: PathBuf, text: Arc<str>, clock: ClockSeed, whole: bool },
}

impl Seed {
    /// Reads a seed file; [`Self::begin`] checks what is in it.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is no JSON object.
    pub(super) fn read(number: u64, path: Option<&Path>) -> Result<Self, SandboxError> {
        let Some(path) = path else { return Ok(Self { number, data: Data::BuiltIn }) };
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let seed = text.and_then(|text| Self::of_text(number, path, text.into()));
        seed.map_err(|reason| SandboxError::Seed { path: path.to_owned(), reason })
    }

    /// A book's text; `path` says where it is from.
    ///
    /// # Errors
    ///
    /// It is no JSON object.
    pub(super) fn of_text(number: u64, path: &Path, text: Arc<str>) -> Result<Self, String> {
        let front: Front = read(&text)?;
        let rate = front.clock.rate.unwrap_or_default();
        if !(0.0..=RATE_MAX).contains(&rate) {
            return Err(format!("at clock.rate: from 0 to {RATE_MAX}"));
        }
        let (clock, whole) = (front.clock, front.format.is_some());
        Ok(Self { number, data: Data::Book { path: path.to_owned(), text, clock, whole } })
    }

    /// The seed of everything that looks random, unless the book has its own.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The clock that comes with it.
    pub(super) fn clock(&self) -> ClockSeed {
        match &self.data {
            Data::BuiltIn => ClockSeed::default(),
            Data::Book { clock, .. } => *clock,
        }
    }

    /// What a bank begins with at `now`, from which relative dates count.
    ///
    /// # Errors
    ///
    /// It is not in the documented format, or holds what looks like the bank's own data; the error
    /// names the file and the place in it, and no value.
    pub(super) fn begin(&self, now: Timestamp) -> Result<Beginning, SandboxError> {
        match &self.data {
            Data::BuiltIn => begin(built_in(), self.number, now),
            Data::Book { text, whole: true, .. } => whole(text),
            Data::Book { text, whole: false, .. } => {
                parse(text).and_then(|file| begin(file, self.number, now))
            }
        }
        .map_err(|reason| match &self.data {
            Data::BuiltIn => SandboxError::Seed { path: PathBuf::new(), reason },
            Data::Book { path, .. } => SandboxError::Seed { path: path.clone(), reason },
        })
    }
}

/// Checks a data file's text as a book that is sent.
pub(super) fn check_data(text: &str) -> Result<(), String> {
    Seed::of_text(0, Path::new(""), text.into())?;
    whole(text).map(drop)
}

/// What a whole book begins with: what it holds.
fn whole(text: &str) -> Result<Beginning, String> {
    let saved = Saved::parse(text)?;
    check_counters(text)?;
    let mut guesses = Guesses::default();
    guesses.switch(&saved.guesses)?;
    let book = Book { seed: saved.seed, facilities: saved.facilities };
    for (at, facility) in book.facilities.iter().enumerate() {
        check_code(&facility.code).map_err(|e| format!("at facilities[{at}].code: {e}"))?;
        for (nth, key) in facility.keys.iter().enumerate() {
            // A key that the sandbox made itself is known by that it would make it again.
            if !facility.has_made(book.seed, key) {
                check_key(&key.text, &facility.code, key.kind)
                    .map_err(|e| format!("at facilities[{at}].keys[{nth}].key: {e}"))?;
            }
        }
    }
    if book.facilities.is_empty() {
        return Err(NO_FACILITY.to_owned());
    }
    Ok(Beginning { book, guesses, idempotency: Store::from_kept(saved.idempotency) })
}

/// What a seed begins with.
fn begin(file: File, number: u64, now: Timestamp) -> Result<Beginning, String> {
    let mut guesses = Guesses::default();
    guesses.switch(&file.guesses).map_err(|error| format!("at guesses: {error}"))?;
    let number = file.seed.unwrap_or(number);
    let mut book = Book { seed: number, facilities: Vec::new() };
    for (at, mut seed) in file.facilities.into_iter().enumerate() {
        let records = std::mem::take(&mut seed.merchant);
        let mut facility = facility(seed, number, now);
        let (merchant, setting) = facility.at_work(number, &guesses, now, &[], "");
        records::load(merchant, &setting, records)
            .map_err(|error| format!("at facilities[{at}].merchant.{error}"))?;
        book.facilities.push(facility);
    }
    Ok(Beginning { book, guesses, idempotency: Store::default() })
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
            merchant: Map::new(),
        }],
        clock: ClockSeed::default(),
        seed: None,
        guesses: Map::new(),
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
