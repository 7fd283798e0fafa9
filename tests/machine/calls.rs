//! What a sequence is made of: calls as a merchant, a payer or a bank would make them, each naming what
//! it is about by its place among the things there are, so that any of them can be left out.

use std::fmt;

use proptest::prelude::*;

use super::means::Means;

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

fn nth() -> BoxedStrategy<Nth> {
    prop_oneof![4 => Just(0), 4 => 0_u8..4, 1 => 0_u8..40].boxed()
}

fn which() -> BoxedStrategy<Which> {
    prop_oneof![4 => nth().prop_map(Which::Fit), 1 => nth().prop_map(Which::Any)].boxed()
}

fn cents() -> BoxedStrategy<Cents> {
    prop_oneof![
        1 => Just(0),
        3 => 1_i64..100,
        8 => 100_i64..60_000,
    ]
    .boxed()
}

fn share() -> BoxedStrategy<Share> {
    prop_oneof![
        3 => Just(Share::Whole),
        3 => Just(Share::Half),
        3 => (1_i64..5_000).prop_map(Share::Part),
        2 => Just(Share::OneCentTooMuch),
    ]
    .boxed()
}

fn source() -> BoxedStrategy<Source> {
    prop_oneof![
        3 => Means::any().prop_map(Source::Details),
        1 => which().prop_map(Source::Token),
        4 => which().prop_map(Source::Account),
        2 => which().prop_map(Source::Customer),
    ]
    .boxed()
}

fn wait() -> BoxedStrategy<Wait> {
    let edge = prop_oneof![
        Just(Edge::CardCutOff),
        Just(Edge::BankCutOff),
        Just(Edge::Midnight),
        nth().prop_map(Edge::KeyIsForgotten),
        nth().prop_map(Edge::TokenDies),
        Just(Edge::NextEvent),
        Just(Edge::NextEvent),
    ];
    let side = prop_oneof![Just(Side::JustBefore), Just(Side::At)];
    prop_oneof![
        2 => (1_u8..90).prop_map(Wait::Minutes),
        2 => (1_u8..30).prop_map(Wait::Hours),
        3 => (1_u8..10).prop_map(Wait::Days),
        5 => (edge, side).prop_map(|(edge, side)| Wait::To(edge, side)),
    ]
    .boxed()
}

fn eci() -> BoxedStrategy<Eci> {
    prop_oneof![1 => Just(Eci::Internet), 2 => Just(Eci::Phone)].boxed()
}

fn hold_change() -> BoxedStrategy<HoldChange> {
    prop_oneof![
        4 => share().prop_map(HoldChange::Capture),
        2 => cents().prop_map(HoldChange::TopUp),
        2 => Just(HoldChange::Extend),
        2 => Just(HoldChange::Reauthorise),
        2 => share().prop_map(HoldChange::CancelPart),
        1 => Just(HoldChange::Cancel),
    ]
    .boxed()
}

fn plan() -> BoxedStrategy<Plan> {
    let frequency = prop_oneof![
        2 => Just(Frequency::Daily),
        2 => Just(Frequency::Weekly),
        1 => Just(Frequency::Monthly),
    ];
    let length = prop_oneof![
        2 => Just(Length::Forever),
        2 => (-1_i8..20).prop_map(Length::Days),
        3 => (0_u8..5, proptest::option::of(1_i64..5_000)).prop_map(|(count, last)| {
            Length::Payments(count, last)
        }),
        3 => (-100_i64..100_000).prop_map(Length::Total),
    ];
    let account = proptest::option::weighted(0.4, which());
    (account, frequency, -1_i8..6, length, cents(), 0_u8..3)
        .prop_map(|(account, frequency, starts_in_days, length, cents, code)| Plan {
            account,
            frequency,
            starts_in_days,
            length,
            cents,
            code,
        })
        .boxed()
}

fn bank_act() -> BoxedStrategy<BankAct> {
    prop_oneof![Just(BankAct::Return), Just(BankAct::Release), Just(BankAct::Decline)].boxed()
}

/// What can be done with success, so that it is tried more often than what must be refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chances {
    pub(crate) refund: Chance,
    pub(crate) void: Chance,
    pub(crate) hold: Chance,
    pub(crate) token: Chance,
    pub(crate) bank: Chance,
    pub(crate) schedule: Chance,
}

/// Whether something can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chance {
    Good,
    None,
}

impl Chance {
    pub(crate) const fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::None }
    }

    /// How often to try.
    const fn weigh(self, weight: u32) -> u32 {
        match self {
            Self::Good => weight,
            Self::None => 1,
        }
    }
}

/// A POST.
fn post(chances: Chances) -> BoxedStrategy<Call> {
    let reference = proptest::option::weighted(0.3, which());
    prop_oneof![
        1 => (0_u8..5).prop_map(|number| Call::CreateCustomer { number }),
        2 => Means::any().prop_map(|means| Call::MakeToken { means }),
        chances.token.weigh(3) => (which(), which(), any::<bool>()).prop_map(
            |(customer, token, default)| Call::RegisterAccount { customer, token, default }
        ),
        8 => (source(), cents(), reference, eci()).prop_map(
            |(source, cents, customer_reference, eci)| {
                Call::Pay { source, cents, customer_reference, eci }
            }
        ),
        2 => (source(), cents()).prop_map(|(source, cents)| {
            Call::PreAuthorise { source, cents }
        }),
        1 => source().prop_map(|source| Call::Verify { source }),
        3 => (which(), plan()).prop_map(|(customer, plan)| Call::CreateSchedule { customer, plan }),
        chances.hold.weigh(8) => (which(), hold_change()).prop_map(|(receipt, change)| {
            Call::ChangeHold { receipt, change }
        }),
        chances.void.weigh(3) => which().prop_map(|transaction| Call::Void { transaction }),
        chances.refund.weigh(7) => (which(), share()).prop_map(|(transaction, share)| {
            Call::Refund { transaction, share }
        }),
    ]
    .boxed()
}

/// Any call.
pub(crate) fn call(chances: Chances) -> BoxedStrategy<Call> {
    let instead = proptest::option::weighted(0.3, post(chances).prop_map(Box::new));
    prop_oneof![
        22 => post(chances),
        1 => (which(), any::<bool>()).prop_map(|(customer, enabled)| {
            Call::SetCustomer { customer, enabled }
        }),
        1 => which().prop_map(|account| Call::MakeDefault { account }),
        chances.schedule.weigh(2) => (which(), plan()).prop_map(|(schedule, plan)| {
            Call::ReplaceSchedule { schedule, plan }
        }),
        1 => which().prop_map(|schedule| Call::StopSchedule { schedule }),
        1 => which().prop_map(|account| Call::DisableAccount { account }),
        chances.bank.weigh(3) => (which(), bank_act()).prop_map(|(transaction, act)| {
            Call::BankActs { transaction, act }
        }),
        6 => wait().prop_map(Call::Wait),
        4 => (nth(), instead).prop_map(|(key, instead)| Call::Replay { key, instead }),
    ]
    .boxed()
}
