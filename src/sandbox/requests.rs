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

/// As many digits in a row could be a card's number.
const CARD_DIGITS_MIN: usize = 12;

/// A path and query for the log: every part that could be a key or a card's number is replaced.
pub(super) fn redacted(target: &str) -> String {
    let parts = target.split_inclusive(['/', '?', '&', '=']);
    let part = |part: &str| {
        let text = part.trim_end_matches(['/', '?', '&', '=']);
        let upper = text.to_ascii_uppercase();
        let is_key = upper.contains("_SEC_") || upper.contains("_PUB_") || text.len() > 48;
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if is_key {
            part.replacen(text, "[key]", 1)
        } else if digits >= CARD_DIGITS_MIN && digits == text.len() {
            part.replacen(text, "[card]", 1)
        } else {
            part.to_owned()
        }
    };
    parts.map(part).collect()
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
