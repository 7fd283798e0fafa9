//! The ids the bank gives: a fixed beginning and digits that count up, in the shapes of the
//! documents' samples. The same acts in the same order give the same ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Builder;

use crate::sandbox::dice::Dice;

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Kind {
    Customer,
    Account,
    Receipt,
    SingleUseToken,
    Schedule,
    Agreement,
    PaymentFile,
    PaymentBatch,
    /// A PayID, whose number nobody sees.
    PayId,
    /// The life-cycle id of Visa and Mastercard.
    Network,
    Webhook,
    WebhookEvent,
    WebhookDelivery,
}

impl Kind {
    /// What stands before the digits, how many digits there are at least, and the first number.
    const fn shape(self) -> (&'static str, usize, u64) {
        match self {
            Self::Customer => ("", 9, 310_000_001),
            Self::Account => ("-", 9, 100_000_001),
            Self::Receipt => ("", 10, 4_000_000_001),
            Self::SingleUseToken
            | Self::PayId
            | Self::Webhook
            | Self::WebhookEvent
            | Self::WebhookDelivery => ("", 0, 1),
            Self::Schedule => ("", 9, 710_000_001),
            Self::Agreement => ("C", 14, 1),
            Self::PaymentFile => ("", 9, 880_000_001),
            Self::PaymentBatch => ("", 9, 890_000_001),
            Self::Network => ("016", 12, 1),
        }
    }
}

/// How far each kind has been counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Ids(BTreeMap<Kind, u64>);

impl Ids {
    /// The next number of a kind.
    pub(in crate::sandbox) fn next(&mut self, kind: Kind) -> u64 {
        let (_, _, first) = kind.shape();
        let next = self.0.entry(kind).or_insert(first);
        let number = *next;
        *next = number.saturating_add(1);
        number
    }

    /// Goes on after a number that seed data chose.
    pub(in crate::sandbox) fn skip(&mut self, kind: Kind, number: u64) {
        let (_, _, first) = kind.shape();
        let next = self.0.entry(kind).or_insert(first);
        *next = (*next).max(number.saturating_add(1));
    }
}

/// The id with this number. An account token begins with the facility's code.
pub(in crate::sandbox) fn spelt(kind: Kind, facility: &str, number: u64) -> String {
    let (prefix, width, _) = kind.shape();
    let facility = if kind == Kind::Account { facility } else { "" };
    format!("{facility}{prefix}{number:0width$}")
}

/// The number of an id; `None` if the bank writes none so.
pub(in crate::sandbox) fn number_of(kind: Kind, facility: &str, id: &str) -> Option<u64> {
    let (prefix, ..) = kind.shape();
    let rest = if kind == Kind::Account { id.strip_prefix(facility)? } else { id };
    let number = rest.strip_prefix(prefix)?.parse().ok()?;
    (spelt(kind, facility, number) == id).then_some(number)
}

/// The `number`th single-use token's id: a UUID that only the seed knows.
pub(in crate::sandbox) fn token(seed: u64, facility: &str, number: u64) -> String {
    uuid(seed, &format!("token {facility}"), number)
}

/// The `number`th webhook event's id.
pub(in crate::sandbox) fn event(seed: u64, facility: &str, number: u64) -> String {
    uuid(seed, &format!("webhook event {facility}"), number)
}

fn uuid(seed: u64, purpose: &str, number: u64) -> String {
    let mut dice = Dice::new(seed, purpose, number);
    let mut bytes = [0; 16];
    let (high, low) = bytes.split_at_mut(8);
    high.copy_from_slice(&dice.next().to_be_bytes());
    low.copy_from_slice(&dice.next().to_be_bytes());
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_up_in_the_shapes_of_the_documents() {
        let mut ids = Ids::default();
        let mut next = |kind| spelt(kind, "MINE", ids.next(kind));
        assert_eq!(next(Kind::Account), "MINE-100000001");
        assert_eq!(next(Kind::Account), "MINE-100000002");
        assert_eq!(next(Kind::Receipt), "4000000001");
        assert_eq!(next(Kind::Agreement), "C00000000000001");
        assert_eq!(next(Kind::Network), "016000000000001");
        ids.skip(Kind::Customer, 320_000_000);
        ids.skip(Kind::Customer, 5);
        assert_eq!(ids.next(Kind::Customer), 320_000_001);
    }

    #[test]
    fn only_the_banks_own_spelling_is_an_id() {
        let number = |id| number_of(Kind::Account, "MINE", id);
        assert_eq!(number("MINE-100000001"), Some(100_000_001));
        for id in ["MINE-1", "OTHER-100000001", "100000001", "MINE-0100000001", "MINE-+10000001"] {
            assert_eq!(number(id), None, "{id}");
        }
        assert_eq!(number_of(Kind::Agreement, "", "C00000000000042"), Some(42));
        let token = token(1, "MINE", 1);
        assert_eq!(token.len(), 36);
        assert_ne!(token, super::token(2, "MINE", 1));
    }
}
