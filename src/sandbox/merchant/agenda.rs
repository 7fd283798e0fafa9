//! What is due and when: an ordered queue, so that however far the clock jumps, everything happens in
//! the order of its time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What comes due. Of two things due at once the one that stands earlier here comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Due {
    /// A single-use token has lived its time.
    TokenEnds,
    /// The return window of a bank account payment has passed.
    ReturnWindowEnds,
    /// A pre-authorisation's hold runs out.
    HoldOver,
    /// A PayID is registered or rejected, or a payer pays to it.
    PayIdMoves,
    /// A payer or a bank does something about a PayTo agreement.
    AgreementMoves,
    /// A bank does to a transaction what a person had it do.
    BankActs,
    /// The payer's bank answers a PayTo payment.
    PayToSettles,
    /// Declined instalments of a recurring payment are tried again: before the next one is asked
    /// for, which they may make needless.
    Retry,
    /// An instalment of a recurring payment is due.
    Instalment,
    /// A payment file has its turn, or was worked through, or has cleared: after what becomes of its
    /// payments at the same time.
    FileMoves,
}

/// The queue. Each thing is named by its kind and its number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Agenda(BTreeSet<(Timestamp, Due, u64)>);

impl Agenda {
    /// Notes that something comes due.
    pub(in crate::sandbox) fn note(&mut self, at: Timestamp, due: Due, number: u64) {
        self.0.insert((at, due, number));
    }

    /// Strikes out what was noted.
    pub(in crate::sandbox) fn strike(&mut self, at: Timestamp, due: Due, number: u64) {
        self.0.remove(&(at, due, number));
    }

    /// Takes the first thing that is due at `now`.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, Due, u64)> {
        let first = *self.0.first()?;
        (first.0 <= now).then(|| self.0.remove(&first)).filter(|was_there| *was_there)?;
        Some(first)
    }

    /// When the next thing is due.
    pub(in crate::sandbox) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, ..)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_the_order_of_time_then_kind_then_number() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut agenda = Agenda::default();
        agenda.note(at(20), Due::TokenEnds, 3);
        agenda.note(at(10), Due::ReturnWindowEnds, 1);
        agenda.note(at(10), Due::TokenEnds, 2);
        agenda.note(at(10), Due::TokenEnds, 1);
        agenda.note(at(5), Due::TokenEnds, 9);
        agenda.strike(at(5), Due::TokenEnds, 9);
        assert_eq!(agenda.next(), Some(at(10)));
        let mut order = Vec::new();
        while let Some((_, due, number)) = agenda.pop(at(19)) {
            order.push((due, number));
        }
        let expected = [(Due::TokenEnds, 1), (Due::TokenEnds, 2), (Due::ReturnWindowEnds, 1)];
        assert_eq!(order, expected);
        assert_eq!(agenda.next(), Some(at(20)));
    }
}
