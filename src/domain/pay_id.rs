//! A PayID: an e-mail address of the facility's own domain that stands for its account, so that
//! payers can pay to it. A payment that comes in is a [`super::transaction`] of its own.

use super::lifecycle::read;

crate::lifecycle! {
    "pay_id"
    states {
        /// Submitted for registration; no payment can be received yet.
        Pending = "pending",
        /// Registered; payers can pay to it.
        Active = "active",
        /// It could not be registered.
        Rejected = "rejected",
        /// No payment can be received any more.
        Deregistered = "deregistered",
    }
    events {
        /// The address was registered.
        Register = "register" by Bank,
        /// The address was refused.
        Reject = "reject" by Bank,
        /// A payer paid to one that takes any number of payments.
        Receive = "receive" by Payer,
        /// A payer paid to one that takes a single payment, which this was.
        Spend = "spend" by Payer,
        /// It was taken back.
        Deregister = "deregister" by Ours | Bank,
    }
    moves {
        Pending on Register   => Active,
        Pending on Reject     => Rejected,
        Pending on Deregister => Deregistered (Unknown),
        Active  on Receive    => Active,
        Active  on Spend      => Deregistered,
        Active  on Deregister => Deregistered,
    }
}

/// The bank's words for the states. The documents give none: all of them are guesses.
pub const BANK_WORDS: &[(&str, State)] = &[
    ("PENDING", State::Pending),
    ("ACTIVE", State::Active),
    ("REJECTED", State::Rejected),
    ("DEREGISTERED", State::Deregistered),
];

impl State {
    /// The state the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str) -> Option<Self> {
        read(BANK_WORDS, word)
    }

    /// The bank's word for it.
    pub const fn bank_word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Rejected => "REJECTED",
            Self::Deregistered => "DEREGISTERED",
        }
    }
}
