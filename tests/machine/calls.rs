//! What a sequence is made of: calls as a merchant, a payer or a bank would make them, each naming what
//! it is about by its place among the things there are, so that any of them can be left out.

use std::fmt;

use proptest::prelude::*;

use super::means::Means;

/// One of the things there are: the newest, the one before it, and so on round and round.
pub(crate) type Nth = u8;

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
    SetCustomer { customer: Nth, enabled: bool },
    /// `POST /single-use-tokens`.
    MakeToken { means: Means },
    /// `POST /customers/{customerId}/accounts`.
    RegisterAccount { customer: Nth, token: Nth, default: bool },
    /// `PATCH /accounts/{accountToken}`.
    MakeDefault { account: Nth },
    /// `DELETE /accounts/{accountToken}`.
    DisableAccount { account: Nth },
    /// `POST /transactions`.
    Pay { source: Source, cents: Cents, customer_reference: Option<Nth>, eci: Eci },
    /// `POST /transactions/{receiptNumber}/void`.
    Void { transaction: Nth },
    /// `POST /transactions` with `REFUND`.
    Refund { transaction: Nth, share: Share },
    /// The control API: a bank, or a person in the portal.
    BankActs { transaction: Nth, act: BankAct },
    /// Time passes.
    Wait(Wait),
    /// A POST is sent again under a key that was used: the same, or another one.
    Replay { key: Nth, instead: Option<Box<Call>> },
}

/// What pays.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Details(Means),
    Token(Nth),
    Account(Nth),
    Customer(Nth),
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

fn cents() -> BoxedStrategy<Cents> {
    prop_oneof![
        1 => Just(0),
        3 => 1_i64..100,
        8 => 100_i64..60_000,
    ]
    .boxed()
}

pub(crate) fn share() -> BoxedStrategy<Share> {
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
        2 => nth().prop_map(Source::Token),
        3 => nth().prop_map(Source::Account),
        2 => nth().prop_map(Source::Customer),
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

fn bank_act() -> BoxedStrategy<BankAct> {
    prop_oneof![Just(BankAct::Return), Just(BankAct::Release), Just(BankAct::Decline)].boxed()
}

/// A POST.
fn post() -> BoxedStrategy<Call> {
    let reference = proptest::option::weighted(0.3, nth());
    prop_oneof![
        2 => (0_u8..5).prop_map(|number| Call::CreateCustomer { number }),
        2 => Means::any().prop_map(|means| Call::MakeToken { means }),
        3 => (nth(), nth(), any::<bool>()).prop_map(|(customer, token, default)| {
            Call::RegisterAccount { customer, token, default }
        }),
        7 => (source(), cents(), reference, eci()).prop_map(
            |(source, cents, customer_reference, eci)| {
                Call::Pay { source, cents, customer_reference, eci }
            }
        ),
        3 => nth().prop_map(|transaction| Call::Void { transaction }),
        5 => (nth(), share()).prop_map(|(transaction, share)| Call::Refund { transaction, share }),
    ]
    .boxed()
}

/// Any call.
pub(crate) fn call() -> BoxedStrategy<Call> {
    let instead = proptest::option::weighted(0.3, post().prop_map(Box::new));
    prop_oneof![
        20 => post(),
        1 => (nth(), any::<bool>()).prop_map(|(customer, enabled)| {
            Call::SetCustomer { customer, enabled }
        }),
        1 => nth().prop_map(|account| Call::MakeDefault { account }),
        1 => nth().prop_map(|account| Call::DisableAccount { account }),
        2 => (nth(), bank_act()).prop_map(|(transaction, act)| Call::BankActs { transaction, act }),
        7 => wait().prop_map(Call::Wait),
        4 => (nth(), instead).prop_map(|(key, instead)| Call::Replay { key, instead }),
    ]
    .boxed()
}
