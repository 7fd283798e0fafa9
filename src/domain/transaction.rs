//! A transaction: money asked of a card, a bank account or a PayTo agreement, or given back to it.
//!
//! What it is for (a payment, a refund, a hold, a capture) is not a state, and neither is how much
//! of it was refunded: a refund is a transaction of its own. A hold has a life beyond the transaction
//! that placed it, in [`super::pre_authorisation`].

use super::lifecycle::read;

crate::lifecycle! {
    "transaction"
    states {
        /// Taken by QuickStream; the outcome is not known yet.
        Pending = "pending",
        /// Accepted, and final but for a void or a refund.
        Approved = "approved",
        /// Accepted from a bank account, whose bank may still return it for some banking days; the bank writes `Approved*`.
        Provisional = "provisional",
        /// Refused, or returned by the payer's bank; no money moved, or it went back.
        Declined = "declined",
        /// Undone before the settlement cut-off; it is on no statement.
        Voided = "voided",
        /// Held by Fraud Guard until a person has looked at it in the portal.
        Suspended = "suspended",
    }
    events {
        /// The payer's bank accepted it for good.
        Approve = "approve" by Bank,
        /// A payment from a bank account was accepted; its bank may still return it.
        Accept = "accept" by Bank,
        /// It was refused.
        Decline = "decline" by Bank,
        /// Fraud Guard held it.
        Suspend = "suspend" by Bank,
        /// A person let it go in the portal, and the payer's bank accepted it.
        Release = "release" by Bank,
        /// The time to return it passed.
        Clear = "clear" by Clock,
        /// The payer's bank sent it back: account closed, no money, stopped.
        Return = "return" by Bank,
        /// It was undone before the settlement cut-off.
        Void = "void" by Ours | Bank,
        /// Some or all of it was given back, by a transaction of its own; the state stays.
        Refund = "refund" by Ours | Bank,
    }
    moves {
        Pending     on Approve => Approved,
        Pending     on Accept  => Provisional,
        Pending     on Decline => Declined,
        Pending     on Suspend => Suspended,
        Approved    on Void    => Voided,
        Approved    on Refund  => Approved,
        Provisional on Clear   => Approved (Inferred),
        Provisional on Return  => Declined,
        Provisional on Void    => Voided (Unknown),
        Provisional on Refund  => Provisional (Unknown),
        Suspended   on Release => Approved (Inferred),
        Suspended   on Decline => Declined (Inferred),
        Suspended   on Void    => Voided (Unknown),
    }
}

/// The bank's words for the states, as its documents spell them.
pub const BANK_WORDS: &[(&str, State)] = &[
    ("Pending", State::Pending),
    ("Approved", State::Approved),
    ("Approved*", State::Provisional),
    ("Declined", State::Declined),
    ("Voided", State::Voided),
    ("Suspended", State::Suspended),
];

impl State {
    /// The state the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str) -> Option<Self> {
        read(BANK_WORDS, word)
    }

    /// The bank's word for it.
    pub const fn bank_word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::Provisional => "Approved*",
            Self::Declined => "Declined",
            Self::Voided => "Voided",
            Self::Suspended => "Suspended",
        }
    }

    /// Whether the outcome is still open, so that the bank has to be asked again.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Provisional | Self::Suspended => true,
            Self::Approved | Self::Declined | Self::Voided => false,
        }
    }
}
