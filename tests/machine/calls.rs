//! What a sequence is made of: calls as a merchant, a payer or a bank would make them, each naming what
//! it is about by its place among the things there are, so that any of them can be left out.

use std::fmt;

use super::means::Means;
use super::model::StatusChange;

#[path = "calls/drawn.rs"]
mod drawn;

pub(crate) use self::drawn::{Chance, Chances, call};

/// The newest, the one before it, and so on round and round.
pub(crate) type Nth = u8;

/// One of the things there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Of those with which it can be done, if there is one.
    Fit(Nth),
    /// Of all.
    Any(Nth),
}

/// A call, which is shown in one line.
#[derive(Clone)]
pub(crate) struct Step(pub(crate) Call);

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// `POST /customers`, with a number of which there are few.
    CreateCustomer { number: u8 },
    /// `PATCH /customers/{customerId}`.
    SetCustomer { customer: Which, enabled: bool },
    /// `POST /single-use-tokens`.
    MakeToken { means: Means },
    /// `POST /customers/{customerId}/accounts`.
    RegisterAccount { customer: Which, token: Which, default: bool },
    /// `PATCH /accounts/{accountToken}`.
    MakeDefault { account: Which },
    /// `DELETE /accounts/{accountToken}`.
    DisableAccount { account: Which },
    /// `POST /transactions`.
    Pay { source: Source, cents: Cents, customer_reference: Option<Which>, eci: Eci },
    /// `POST /transactions` with `PREAUTH`.
    PreAuthorise { source: Source, cents: Cents },
    /// `POST /transactions` with `ACCOUNT_VERIFICATION`.
    Verify { source: Source },
    /// `POST /transactions` about a pre-authorisation, by any of its receipts.
    ChangeHold { receipt: Which, change: HoldChange },
    /// `POST /customers/{customerId}/recurring-payments`.
    CreateSchedule { customer: Which, plan: Plan },
    /// `PUT /recurring-payments/{paymentScheduleId}`.
    ReplaceSchedule { schedule: Which, plan: Plan },
    /// `PATCH /recurring-payments/{paymentScheduleId}`.
    StopSchedule { schedule: Which },
    /// `POST /payto-agreements` for a new customer with a number, or the same for an old one.
    CreateAgreement { customer: Result<Which, u8>, agreed: Agreed },
    /// `PATCH /payto-agreements/{agreementToken}`.
    ChangeStatus { agreement: Which, change: StatusChange },
    /// The same, with what needs no approval.
    Revise { agreement: Which, text: u8 },
    /// The same, with what the payer must approve.
    Amend { agreement: Which, to: Amended, minutes: u16 },
    /// The same, with what takes an amendment back.
    RecallAmendment { agreement: Which },
    /// `POST /transactions` with `payToData`.
    PayUnder { agreement: Which, share: Share, last: bool },
    /// The control API: the payer, or a bank for them.
    PayerActs { agreement: Which, act: PayerAct },
    /// `POST /transactions/{receiptNumber}/void`.
    Void { transaction: Which },
    /// `POST /transactions` with `REFUND`.
    Refund { transaction: Which, share: Share },
    /// The control API: a bank, or a person in the portal.
    BankActs { transaction: Which, act: BankAct },
    /// Time passes.
    Wait(Wait),
    /// A POST is sent again under a key that was used: the same, or another one.
    Replay { key: Nth, instead: Option<Box<Call>> },
}

/// What pays.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Details(Means),
    Token(Which),
    Account(Which),
    Customer(Which),
}

/// An amount in cents; zero now and then.
pub(crate) type Cents = i64;

/// How the payer was present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eci {
    Internet,
    Phone,
}

/// A part of what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    Whole,
    Half,
    /// This many cents.
    Part(Cents),
    OneCentTooMuch,
}

impl Share {
    pub(crate) fn of(self, all: Cents) -> Cents {
        match self {
            Self::Whole => all,
            Self::Half => all / 2,
            Self::Part(cents) => cents,
            Self::OneCentTooMuch => all + 1,
        }
    }
}

/// What is made of a pre-authorisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldChange {
    Capture(Share),
    TopUp(Cents),
    Extend,
    Reauthorise,
    CancelPart(Share),
    Cancel,
}

/// A recurring payment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Which of the customer's accounts; its default one if there is none.
    pub(crate) account: Option<Which>,
    pub(crate) frequency: Frequency,
    pub(crate) starts_in_days: i8,
    pub(crate) length: Length,
    pub(crate) cents: Cents,
    pub(crate) code: u8,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frequency {
    Daily,
    Weekly,
    Monthly,
}

impl Frequency {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
        }
    }
}

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    Forever,
    /// The last day is so many days after the first.
    Days(i8),
    /// So many, the last one perhaps of another amount.
    Payments(u8, Option<Cents>),
    /// So much more than one instalment.
    Total(Cents),
}

/// An agreement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) starts_in_days: i8,
    /// How many days after the first the last one is.
    pub(crate) days: Option<i8>,
    pub(crate) cents: Cents,
    /// How much more may be taken, unless the amount is fixed.
    pub(crate) more: Option<Cents>,
    pub(crate) minutes: u16,
    /// A direct debit is moved over.
    pub(crate) migrated: bool,
}

/// What an amendment asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amended {
    Terms {
        cents: Cents,
        more: Option<Cents>,
    },
    SameTerms,
    /// So many days from now on.
    End(i8),
    Renewal,
}

/// A side of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Payer,
    Payee,
}

impl Who {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Payer => "PAYER",
            Self::Payee => "PAYEE",
        }
    }
}

/// What a payer does, or a bank for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayerAct {
    Approve,
    Decline,
    Expire,
    Pause,
    Unpause,
    Cancel,
    ApproveAmendment,
    DeclineAmendment,
    ExpireAmendment,
}

impl PayerAct {
    pub(crate) const fn is_of_amendment(self) -> bool {
        matches!(self, Self::ApproveAmendment | Self::DeclineAmendment | Self::ExpireAmendment)
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Expire => "expire",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Cancel => "cancel",
            Self::ApproveAmendment => "approve_amendment",
            Self::DeclineAmendment => "decline_amendment",
            Self::ExpireAmendment => "expire_amendment",
        }
    }
}

/// What banks and people in the portal do to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BankAct {
    Return,
    Release,
    Decline,
}

impl BankAct {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Release => "release",
            Self::Decline => "decline",
        }
    }
}

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Minutes(u8),
    Hours(u8),
    Days(u8),
    /// To a moment at which something changes, or to a second before it.
    To(Edge, Side),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    JustBefore,
    At,
}

/// A moment at which something changes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edge {
    /// 6 pm in Sydney.
    CardCutOff,
    /// 4 pm in Sydney.
    BankCutOff,
    /// Midnight in Sydney.
    Midnight,
    /// A key is 22 hours old.
    KeyIsForgotten(Nth),
    /// A token is ten minutes old.
    TokenDies(Nth),
    /// Whatever comes next by itself.
    NextEvent,
}
