//! New terms sent to a payer. The agreement keeps its state and its old terms until the payer
//! approves; one amendment at a time may wait.

use super::lifecycle::read;

crate::lifecycle! {
    "payto_amendment"
    states {
        /// With the payer; the old terms hold.
        Pending = "pending",
        /// The payer approved; the new terms hold.
        Completed = "completed",
        /// The payer, or their bank for them, refused; the old terms hold.
        Declined = "declined",
        /// The payer did not answer in time; the old terms hold.
        Expired = "expired",
        /// Withdrawn before the payer answered; the old terms hold.
        Recalled = "recalled",
        /// The agreement ended before the payer answered; there is nothing left to amend.
        Lapsed = "lapsed",
    }
    events {
        /// The payer approved the new terms.
        Approve = "approve" by Payer,
        /// The payer, or their bank for them, refused the new terms.
        Decline = "decline" by Payer | Bank,
        /// The time to answer ran out.
        Expire = "expire" by Clock,
        /// The new terms were withdrawn.
        Recall = "recall" by Ours | Bank,
        /// The agreement ended.
        Lapse = "lapse" by Bank,
    }
    moves {
        Pending on Approve => Completed,
        Pending on Decline => Declined (Inferred),
        Pending on Expire  => Expired (Inferred),
        Pending on Recall  => Recalled,
        Pending on Lapse   => Lapsed (Unknown),
    }
}

/// The bank's words for the states; [`GUESSED_WORDS`] are not in its documents.
pub const BANK_WORDS: &[(&str, State)] = &[
    ("PENDING", State::Pending),
    ("COMPLETED", State::Completed),
    ("DECLINED", State::Declined),
    ("EXPIRED", State::Expired),
    ("RECALLED", State::Recalled),
    ("CANCELLED", State::Lapsed),
];

/// The words of [`BANK_WORDS`] that are guesses: the documents speak of a pending amendment and of
/// recalling it, and give no word for what else becomes of it.
pub const GUESSED_WORDS: &[&str] = &["COMPLETED", "DECLINED", "EXPIRED", "RECALLED", "CANCELLED"];

impl State {
    /// The state the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str) -> Option<Self> {
        read(BANK_WORDS, word)
    }

    /// The bank's word for it.
    pub const fn bank_word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
            Self::Recalled => "RECALLED",
            Self::Lapsed => "CANCELLED",
        }
    }
}
