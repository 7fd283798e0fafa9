//! A recurring payment: a customer's schedule, from which the bank takes instalments until it ends
//! or is stopped. An instalment, and each retry of one, is a [`super::transaction`] of its own.

use super::lifecycle::read;

crate::lifecycle! {
    "recurring_payment"
    states {
        /// Instalments are taken as they fall due, the first perhaps in the future.
        Active = "active",
        /// Stopped for good before its end.
        Stopped = "stopped",
        /// Its last instalment was taken.
        Completed = "completed",
    }
    events {
        /// An instalment fell due and was asked for, whatever came of it.
        Collect = "collect" by Clock,
        /// A declined instalment was asked for again.
        Retry = "retry" by Clock,
        /// Its terms were replaced; the state stays.
        Update = "update" by Ours | Bank,
        /// It was stopped, or its customer was disabled.
        Stop = "stop" by Ours | Bank,
        /// Its date, count or total was reached.
        Complete = "complete" by Clock,
    }
    moves {
        Active on Collect  => Active,
        Active on Retry    => Active,
        Active on Update   => Active,
        Active on Stop     => Stopped,
        Active on Complete => Completed (Unknown),
    }
}

/// The bank's words for the states; [`GUESSED_WORDS`] are not in its documents.
pub const BANK_WORDS: &[(&str, State)] =
    &[("ACTIVE", State::Active), ("STOPPED", State::Stopped), ("COMPLETED", State::Completed)];

/// The words of [`BANK_WORDS`] that are guesses: the documents write `ACTIVE` only.
pub const GUESSED_WORDS: &[&str] = &["STOPPED", "COMPLETED"];

impl State {
    /// The state the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str) -> Option<Self> {
        read(BANK_WORDS, word)
    }

    /// The bank's word for it.
    pub const fn bank_word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Stopped => "STOPPED",
            Self::Completed => "COMPLETED",
        }
    }
}
