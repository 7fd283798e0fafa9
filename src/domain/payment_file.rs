//! A payment file: captures and refunds sent in one upload, which the bank works through by itself.
//! What became of each line is a [`super::transaction`] in one of the file's batches.

use super::lifecycle::read;

crate::lifecycle! {
    "payment_file"
    states {
        /// Uploaded; it waits its turn.
        Queued = "queued",
        /// Its form is checked, then its payments are made.
        Processing = "processing",
        /// It was rejected; to be put right and uploaded again under another name.
        Error = "error",
        /// Its payments were made; those from bank accounts may still be returned for some banking days.
        AwaitingClearance = "awaiting_clearance",
        /// Nothing about it will change: batches and transactions can be read.
        Complete = "complete",
    }
    events {
        /// Its turn came.
        Start = "start" by Bank,
        /// Its form was wrong.
        Reject = "reject" by Bank,
        /// Its payments were made, some of them from bank accounts.
        Await = "await" by Bank,
        /// Its payments were made, none of them from a bank account.
        Finish = "finish" by Bank,
        /// The time to return its bank accounts' payments passed.
        Clear = "clear" by Clock,
    }
    moves {
        Queued            on Start  => Processing,
        Processing        on Reject => Error,
        Processing        on Await  => AwaitingClearance,
        Processing        on Finish => Complete,
        AwaitingClearance on Clear  => Complete,
    }
}

/// The bank's words for the states; its documents give each.
pub const BANK_WORDS: &[(&str, State)] = &[
    ("QUEUED", State::Queued),
    ("PROCESSING", State::Processing),
    ("ERROR", State::Error),
    ("AWAITING_CLEARANCE", State::AwaitingClearance),
    ("COMPLETE", State::Complete),
];

impl State {
    /// The state the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str) -> Option<Self> {
        read(BANK_WORDS, word)
    }

    /// The bank's word for it.
    pub const fn bank_word(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Processing => "PROCESSING",
            Self::Error => "ERROR",
            Self::AwaitingClearance => "AWAITING_CLEARANCE",
            Self::Complete => "COMPLETE",
        }
    }
}
