//! The request log: a bounded ring of what was asked and answered, without a key in it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::router;

/// One request to the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// Counts every request since the start or the last reset.
    pub number: u64,
    /// When it arrived, on the sandbox's clock.
    pub at: Timestamp,
    /// Who sent it.
    pub peer: String,
    /// Its verb.
    pub method: String,
    /// Its path and query, with anything that looks like a key replaced by `[key]`.
    pub target: String,
    /// The resource it reached, such as `/api-keys/latest`.
    pub route: Option<&'static str>,
    /// The facility whose key it carried.
    pub facility: Option<String>,
    /// The id of the key it carried, if the bank knows it.
    pub key: Option<String>,
    /// The status it was answered; `None` if the connection was cut before an answer.
    pub status: Option<u16>,
    /// What an error's body says to developers, with the names of the fields that are wrong.
    pub error: Option<String>,
    /// How long it took, in real microseconds.
    pub duration_us: u64,
    /// The fault rule that struck it.
    pub fault: Option<u64>,
    /// Whether the resource carried it out, whatever the answer was.
    pub acted: bool,
    /// Whether it was answered from the idempotency store.
    pub replayed: bool,
    /// Its `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// How many bytes of body it had; the body itself is not kept.
    pub body_bytes: usize,
}

/// The ring, and counts that outlive what falls out of it.
#[derive(Debug)]
pub(super) struct RequestLog {
    kept_max: usize,
    ring: VecDeque<LoggedRequest>,
    next_number: u64,
    by_route: BTreeMap<&'static str, u64>,
}

impl RequestLog {
    pub(super) fn new(kept_max: usize) -> Self {
        Self { kept_max, ring: VecDeque::new(), next_number: 1, by_route: BTreeMap::new() }
    }

    /// The number of a request that has just arrived.
    pub(super) fn number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }

    pub(super) fn add(&mut self, entry: LoggedRequest) {
        if let Some(route) = entry.route {
            *self.by_route.entry(route).or_default() += 1;
        }
        if self.ring.len() >= self.kept_max {
            self.ring.pop_front();
        }
        if self.kept_max > 0 {
            self.ring.push_back(entry);
        }
    }

    /// The newest `count` requests, oldest first.
    pub(super) fn newest(&self, count: usize) -> impl Iterator<Item = &LoggedRequest> {
        self.ring.iter().skip(self.ring.len().saturating_sub(count))
    }

    /// How many requests reached each resource.
    pub(super) fn by_route(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_route
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.kept_max);
    }
}

/// A longer text could be a key, whatever it looks like.
const KEY_CHARS_MIN: usize = 48;

/// As many digits in a row could be a card's number.
const CARD_DIGITS_MIN: usize = 12;

/// How many digits a card's number has that is written in groups.
const GROUPED_CARD_DIGITS: RangeInclusive<usize> = 13..=19;

/// How often what is percent-encoded may be encoded again.
const ENCODED_MAX: usize = 3;

/// A path and query for the log: every part that could be a key or a card's number is replaced.
pub(super) fn redacted(target: &str) -> String {
    let mut logged = String::with_capacity(target.len());
    for part in target.split_inclusive(['/', '?', '&', '=']) {
        let text = part.trim_end_matches(['/', '?', '&', '=']);
        let (_, separator) = part.split_at(text.len());
        let meant = decoded(text);
        let is_key = holds(&meant, "_SEC_") || holds(&meant, "_PUB_") || text.len() > KEY_CHARS_MIN;
        let shown = if is_key {
            "[key]"
        } else if holds_card(&meant) {
            "[card]"
        } else {
            text
        };
        logged.push_str(shown);
        logged.push_str(separator);
    }
    logged
}

/// A sentence for the log, each of its words as a target.
pub(super) fn redacted_sentence(said: &str) -> String {
    let words = said.split(' ').map(redacted).collect::<Vec<_>>().join(" ");
    // Words that are shown each by itself may be the groups of a number.
    if holds_card(&decoded(&words)) { "[card]".to_owned() } else { words }
}

/// A text without percent-encoding, however often it was encoded.
fn decoded(text: &str) -> String {
    let mut decoded = text.to_owned();
    for _ in 0..ENCODED_MAX {
        let next = router::decoded(&decoded);
        if next == decoded {
            break;
        }
        decoded = next;
    }
    decoded
}

/// Whether a card's number could stand in a text: in one row of digits, or in groups of them that
/// have the check digit of a card.
fn holds_card(text: &str) -> bool {
    if is_token(text) {
        return false;
    }
    text.split(|c: char| c.is_alphabetic()).any(|stretch| {
        let groups: Vec<&str> = stretch
            .split(|c: char| !c.is_ascii_digit())
            .filter(|group| !group.is_empty())
            .collect();
        groups.iter().any(|group| group.len() >= CARD_DIGITS_MIN)
            || (0..groups.len()).any(|from| {
                let mut digits = String::new();
                groups.iter().skip(from).any(|group| {
                    digits.push_str(group);
                    GROUPED_CARD_DIGITS.contains(&digits.len()) && has_check_digit(&digits)
                })
            })
    })
}

/// Whether a text is what the bank itself writes: a UUID, or the token of an agreement.
fn is_token(text: &str) -> bool {
    let is_agreement = text.strip_prefix('C').is_some_and(|digits| {
        digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_agreement || (text.len() == 36 && Uuid::try_parse(text).is_ok())
}

/// Luhn's check.
fn has_check_digit(digits: &str) -> bool {
    let digits = digits.bytes().rev().map(|byte| u32::from(byte.saturating_sub(b'0')));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a mark stands in a text, in letters of any case.
fn holds(text: &str, mark: &str) -> bool {
    let mut places = text.as_bytes().windows(mark.len());
    places.any(|place| place.eq_ignore_ascii_case(mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_logged_without_keys() {
        assert_eq!(redacted("/rest/v1/api-keys/latest?page=2"), "/rest/v1/api-keys/latest?page=2");
        assert_eq!(redacted("/rest/v1/X_sec_abc/y"), "/rest/v1/[key]/y");
        assert_eq!(redacted("/x?key=X_PUB_abc&b=1"), "/x?key=[key]&b=1");
        assert_eq!(redacted("/x?cardNumber=4242424242424242"), "/x?cardNumber=[card]");
        assert_eq!(redacted("/transactions/4000000001"), "/transactions/4000000001");
        assert_eq!(redacted(&format!("/{}", "q".repeat(60))), "/[key]");
    }

    #[test]
    fn what_is_written_in_another_way_is_seen_too() {
        let shown = |text: &str, expected: &str| {
            assert_eq!(redacted(&format!("/x?q={text}")), format!("/x?q={expected}"));
        };
        for card in [
            "4242-4242-4242-4242",
            "4242%204242%2042424242",
            "4242+4242+4242+4242",
            "a4242424242424242",
            "card 4242424242424242 x",
            "7-4242.4242.4242.4242-1",
            "%34242424242424242",
            "4242%252D4242%252D4242%252D4242",
        ] {
            shown(card, "[card]");
        }
        for key in ["SANDBOX%5FSEC%5Fabc", "SANDBOX%255fpub%255fabc"] {
            shown(key, "[key]");
        }
        for plain in [
            "C00000000000042",
            "SANDBOX-100000001",
            "550e8400-e29b-41d4-a716-446655440000",
            "2026-11-21T00%3A00%3A00Z",
            "order-2026-11-21-0001",
            "%2B61-412345678",
        ] {
            shown(plain, plain);
        }
        assert_eq!(redacted_sentence("no 4242 4242 4242 4242 here"), "[card]");
        assert_eq!(redacted_sentence("no 42 here"), "no 42 here");
    }
}
