//! The request log: a bounded ring of what was asked and answered, without a key in it.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

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

/// A path and query for the log: every part that could be a key or a card's number is replaced.
pub(super) fn redacted(target: &str) -> String {
    let mut logged = String::with_capacity(target.len());
    for part in target.split_inclusive(['/', '?', '&', '=']) {
        let text = part.trim_end_matches(['/', '?', '&', '=']);
        let is_key = holds(text, "_SEC_") || holds(text, "_PUB_") || text.len() > KEY_CHARS_MIN;
        let is_card = text.len() >= CARD_DIGITS_MIN && text.bytes().all(|c| c.is_ascii_digit());
        let (_, separator) = part.split_at(text.len());
        let shown = if is_key {
            "[key]"
        } else if is_card {
            "[card]"
        } else {
            text
        };
        logged.push_str(shown);
        logged.push_str(separator);
    }
    logged
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
}
