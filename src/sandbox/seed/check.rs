//! Whether a book is in order: its shape, its codes and keys, and that nothing in it is the bank's.

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use super::{File, NO_FACILITY};
use crate::sandbox::book::KeyKind;

/// Hosts of the bank, with all under them: data that name one come from a place whose keys have no
/// business here.
const BANK_HOSTS: &[&str] = &["westpac.com.au", "qvalent.com", "paymentsonline.co.nz"];

/// Words of which a chosen key must hold one, so that nobody puts a real key into a file for play.
const PLAY_WORDS: &[&str] = &["sandbox", "test"];

/// What a number or a counter may be: half of what is written in one, so that it never runs over.
const COUNT_MAX: u64 = u64::MAX / 2;

/// The fewest digits of a greater one.
const FULL_DIGITS_MIN: usize = 19;

pub(super) fn parse(text: &str) -> Result<File, String> {
    let value: Value = read(text)?;
    walk(&value, "", &refuse_bank_host)?;
    check_counters(text)?;
    let file: File = serde_path_to_error::deserialize(value)
        .map_err(|error| format!("at {}: {}", error.path(), without_values(error.inner())))?;
    check(&file)?;
    Ok(file)
}

pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let what = if error.is_data() { &without_values(&error) } else { "it is not JSON" };
        format!("line {}: {what}", error.line())
    })
}

/// What would be right, without the value that is wrong: it may be a key or a card's number.
pub(super) fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let safe = ["unknown field", "missing field", "expected ", "an address such as", "an event is"];
    let known = safe.iter().find_map(|start| text.find(start).filter(|at| *at == 0));
    let right = known.or_else(|| text.rfind("expected "));
    right.and_then(|at| text.get(at..)).unwrap_or("it is not what the format has there").to_owned()
}

/// Whether a text names a host of the bank, or is an address that leads to one, however it is spelt.
pub(in crate::sandbox) fn names_bank_host(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let under = |at| lower.get(..at).is_some_and(|before| before.ends_with('.'));
    BANK_HOSTS.iter().any(|host| lower.match_indices(host).any(|(at, _)| under(at)))
        || Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(is_bank_host))
}

/// A host as an address is read: lower case, in ASCII, nothing escaped.
fn is_bank_host(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let is_or_under =
        |bank: &&str| host.strip_suffix(*bank).is_some_and(|b| b.is_empty() || b.ends_with('.'));
    BANK_HOSTS.iter().any(is_or_under)
}

fn refuse_bank_host(value: &Value, place: &str) -> Result<(), String> {
    if value.as_str().is_some_and(names_bank_host) {
        return Err(format!(
            "at {place}: it names a host of the bank; the sandbox plays with data of its own only"
        ));
    }
    Ok(())
}

/// Refuses a counter from which there is no counting on, in a text that may be a large book.
pub(super) fn check_counters(text: &str) -> Result<(), String> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    if numbers.any(|digits| digits.len() >= FULL_DIGITS_MIN) {
        walk(&read(text)?, "", &refuse_full)?;
    }
    Ok(())
}

fn refuse_full(value: &Value, place: &str) -> Result<(), String> {
    if value.as_u64().is_some_and(|number| number > COUNT_MAX) && place != ".seed" {
        return Err(format!("at {}: at most {COUNT_MAX}", place.trim_start_matches('.')));
    }
    Ok(())
}

/// Checks every value that holds no others.
fn walk<F>(value: &Value, place: &str, check: &F) -> Result<(), String>
where
    F: Fn(&Value, &str) -> Result<(), String>,
{
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| walk(item, &format!("{place}[{at}]"), check)),
        Value::Object(members) => members
            .iter()
            .try_for_each(|(name, item)| walk(item, &format!("{place}.{name}"), check)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => check(value, place),
    }
}

fn check(file: &File) -> Result<(), String> {
    if file.facilities.is_empty() {
        return Err(NO_FACILITY.to_owned());
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

pub(super) fn check_code(code: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if (1..=32).contains(&code.len()) && code.chars().all(fits) {
        Ok(())
    } else {
        Err("1 to 32 upper-case letters and digits".to_owned())
    }
}

/// A key of the sandbox begins as its facility's keys do and says that it is for play.
pub(in crate::sandbox) fn check_key(text: &str, code: &str, kind: KeyKind) -> Result<(), String> {
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
