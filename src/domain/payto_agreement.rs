//! A PayTo agreement: the payer's standing permission to take payments from a bank account.
//!
//! Who paused an agreement is part of its state, since only that side may end the pause. New terms on
//! their way are not: they have a life of their own, in [`super::payto_amendment`].
//!
//! What is known while writing is checked while compiling. A bound such as this one takes what may
//! be amended and what may be resumed:
//!
//! ```
//! use quaymaster::domain::lifecycle::Move;
//! use quaymaster::domain::payto_agreement::{at, ev};
//! fn lawful<E: Move<S>, S>(_: E, _: S) {}
//! lawful(ev::Amend, at::SuspendedByUs);
//! lawful(ev::Resume, at::SuspendedByUs);
//! ```
//!
//! It takes no cancelled agreement:
//!
//! ```compile_fail,E0277
//! use quaymaster::domain::lifecycle::Move;
//! use quaymaster::domain::payto_agreement::{at, ev};
//! fn lawful<E: Move<S>, S>(_: E, _: S) {}
//! lawful(ev::Amend, at::Cancelled);
//! ```
//!
//! Nor a pause that is the payer's:
//!
//! ```compile_fail,E0277
//! use quaymaster::domain::lifecycle::Move;
//! use quaymaster::domain::payto_agreement::{at, ev};
//! fn lawful<E: Move<S>, S>(_: E, _: S) {}
//! lawful(ev::Resume, at::SuspendedByOther);
//! ```

use super::lifecycle::read;

crate::lifecycle! {
    "payto_agreement"
    states {
        /// Asked for; the payer's bank has not taken it yet.
        Creating = "creating",
        /// With the payer; no answer yet.
        Pending = "pending",
        /// The payer said yes; payments may be taken under the terms.
        Active = "active",
        /// Paused by us; only we may end the pause.
        SuspendedByUs = "suspended_by_us",
        /// Paused by the payer or a bank, or we are not told by whom; it is not ours to resume.
        SuspendedByOther = "suspended_by_other",
        /// The payer, or their bank for them, said no.
        Declined = "declined",
        /// Withdrawn before the payer answered, by us or by QuickStream when the time we gave ran out.
        Recalled = "recalled",
        /// The payer did not answer in the days PayTo gives.
        Expired = "expired",
        /// The payer's bank would not take it.
        Failed = "failed",
        /// Ended for good.
        Cancelled = "cancelled",
    }
    events {
        /// The payer's bank took the request and passed it to the payer.
        Register = "register" by Bank,
        /// A direct debit was moved over; the payer need not answer.
        Migrate = "migrate" by Bank,
        /// The payer's bank would not take the request.
        Fail = "fail" by Bank,
        /// The payer approved in their banking app.
        Approve = "approve" by Payer,
        /// The payer, or their bank for them, refused.
        Decline = "decline" by Payer | Bank,
        /// The request was withdrawn.
        Recall = "recall" by Ours | Bank,
        /// The time to answer ran out.
        Expire = "expire" by Clock,
        /// Details that need no approval were changed; the state stays.
        Revise = "revise" by Ours,
        /// New terms were sent to the payer; the state stays, and so do the old terms until they approve.
        Amend = "amend" by Ours,
        /// We paused it.
        Suspend = "suspend" by Ours,
        /// We ended our pause.
        Resume = "resume" by Ours,
        /// The payer or a bank paused it.
        Pause = "pause" by Payer | Bank,
        /// The payer or a bank ended their pause.
        Unpause = "unpause" by Payer | Bank,
        /// One side ended it.
        Cancel = "cancel" by Ours | Payer | Bank,
        /// Its end date passed or its last payment was taken.
        Finish = "finish" by Bank | Clock,
    }
    moves {
        Creating         on Register => Pending,
        Creating         on Migrate  => Active (Inferred),
        Creating         on Fail     => Failed (Inferred),
        Pending          on Approve  => Active,
        Pending          on Decline  => Declined,
        Pending          on Recall   => Recalled,
        Pending          on Expire   => Expired,
        Active           on Revise   => Active,
        Active           on Amend    => Active,
        Active           on Suspend  => SuspendedByUs (Inferred),
        Active           on Pause    => SuspendedByOther (Inferred),
        Active           on Cancel   => Cancelled (Inferred),
        Active           on Finish   => Cancelled (Inferred),
        SuspendedByUs    on Revise   => SuspendedByUs (Inferred),
        SuspendedByUs    on Amend    => SuspendedByUs (Inferred),
        SuspendedByUs    on Resume   => Active (Inferred),
        SuspendedByUs    on Cancel   => Cancelled (Inferred),
        SuspendedByUs    on Finish   => Cancelled (Inferred),
        SuspendedByOther on Revise   => SuspendedByOther (Inferred),
        SuspendedByOther on Amend    => SuspendedByOther (Inferred),
        SuspendedByOther on Unpause  => Active (Inferred),
        SuspendedByOther on Cancel   => Cancelled (Inferred),
        SuspendedByOther on Finish   => Cancelled (Inferred),
    }
}

/// A status of the bank's. It has one word for both of our pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The state of the same name.
    Creating,
    /// The state of the same name.
    Pending,
    /// The state of the same name.
    Active,
    /// Paused, by one side or the other.
    Suspended,
    /// The state of the same name.
    Declined,
    /// The state of the same name.
    Recalled,
    /// The state of the same name.
    Expired,
    /// The state of the same name.
    Failed,
    /// The state of the same name.
    Cancelled,
}

/// A side of an agreement, as far as its pause goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// We, who are paid.
    Payee,
    /// The payer, or a bank.
    Payer,
}

/// The bank's words for its statuses; [`GUESSED_WORDS`] are not in its documents. The first of two
/// words for one status is the one to write.
pub const BANK_WORDS: &[(&str, Status)] = &[
    ("CREATING", Status::Creating),
    ("PENDING", Status::Pending),
    ("ACTIVE", Status::Active),
    ("SUSPENDED", Status::Suspended),
    ("DECLINED", Status::Declined),
    ("RECALLED", Status::Recalled),
    ("EXPIRED", Status::Expired),
    ("FAILED", Status::Failed),
    ("INELIGIBLE", Status::Failed),
    ("CANCELLED", Status::Cancelled),
];

/// The words of [`BANK_WORDS`] that are guesses. The documents write `PENDING` and `ACTIVE`, and name
/// events of declining, recalling and expiring without the status that follows.
pub const GUESSED_WORDS: &[&str] = &[
    "CREATING",
    "SUSPENDED",
    "DECLINED",
    "RECALLED",
    "EXPIRED",
    "FAILED",
    "INELIGIBLE",
    "CANCELLED",
];

impl Status {
    /// The status the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str) -> Option<Self> {
        read(BANK_WORDS, word)
    }

    /// The state it stands for. A pause is ours only where somebody says so: the bank, or an operation
    /// of ours that it carried out.
    pub const fn state(self, suspended_by: Option<Side>) -> State {
        match (self, suspended_by) {
            (Self::Creating, _) => State::Creating,
            (Self::Pending, _) => State::Pending,
            (Self::Active, _) => State::Active,
            (Self::Suspended, Some(Side::Payee)) => State::SuspendedByUs,
            (Self::Suspended, Some(Side::Payer) | None) => State::SuspendedByOther,
            (Self::Declined, _) => State::Declined,
            (Self::Recalled, _) => State::Recalled,
            (Self::Expired, _) => State::Expired,
            (Self::Failed, _) => State::Failed,
            (Self::Cancelled, _) => State::Cancelled,
        }
    }
}

impl State {
    /// The state the bank calls `word`, in any case; `None` for a word we do not know.
    pub fn from_bank(word: &str, suspended_by: Option<Side>) -> Option<Self> {
        Status::from_bank(word).map(|status| status.state(suspended_by))
    }

    /// The bank's word for it.
    pub const fn bank_word(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::SuspendedByUs | Self::SuspendedByOther => "SUSPENDED",
            Self::Declined => "DECLINED",
            Self::Recalled => "RECALLED",
            Self::Expired => "EXPIRED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whose pause it is, as far as we know; `None` if it is not paused.
    pub const fn suspended_by(self) -> Option<Side> {
        match self {
            Self::SuspendedByUs => Some(Side::Payee),
            Self::SuspendedByOther => Some(Side::Payer),
            Self::Creating
            | Self::Pending
            | Self::Active
            | Self::Declined
            | Self::Recalled
            | Self::Expired
            | Self::Failed
            | Self::Cancelled => None,
        }
    }

    /// Whether payments may be taken under it.
    pub const fn takes_payments(self) -> bool {
        matches!(self, Self::Active)
    }
}
