//! How calls are drawn: what can succeed more often than what must be refused, and small before large.

use proptest::prelude::*;

use super::{
    Agreed, Amended, BankAct, Call, Cents, Eci, Edge, Frequency, HoldChange, Length, Nth, PayerAct,
    Plan, Share, Side, Source, Wait, Which,
};
use crate::means::Means;
use crate::model::StatusChange;

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

fn agreed() -> BoxedStrategy<Agreed> {
    let days = proptest::option::weighted(0.5, 0_i8..12);
    let more = proptest::option::weighted(0.6, -10_i64..20_000);
    let migrated = proptest::bool::weighted(0.2);
    (-1_i8..2, days, cents(), more, minutes(), migrated)
        .prop_map(|(starts_in_days, days, cents, more, minutes, migrated)| Agreed {
            starts_in_days: starts_in_days.max(0) - i8::from(starts_in_days < 0 && cents % 3 == 0),
            days,
            cents,
            more,
            minutes,
            migrated,
        })
        .boxed()
}

fn minutes() -> BoxedStrategy<u16> {
    prop_oneof![6 => 1_u16..4_000, 2 => Just(7_200), 1 => Just(7_201), 1 => Just(0)].boxed()
}

fn amended() -> BoxedStrategy<Amended> {
    let more = proptest::option::weighted(0.6, -10_i64..20_000);
    prop_oneof![
        4 => (cents(), more).prop_map(|(cents, more)| Amended::Terms { cents, more }),
        1 => Just(Amended::SameTerms),
        4 => (0_i8..12).prop_map(Amended::End),
        2 => Just(Amended::Renewal),
    ]
    .boxed()
}

fn status_change() -> BoxedStrategy<StatusChange> {
    prop_oneof![
        1 => Just(StatusChange::Recall),
        3 => Just(StatusChange::Suspend),
        3 => Just(StatusChange::Resume),
        1 => Just(StatusChange::Cancel),
    ]
    .boxed()
}

fn payer_act() -> BoxedStrategy<PayerAct> {
    prop_oneof![
        8 => Just(PayerAct::Approve),
        1 => Just(PayerAct::Decline),
        1 => Just(PayerAct::Expire),
        2 => Just(PayerAct::Pause),
        2 => Just(PayerAct::Unpause),
        1 => Just(PayerAct::Cancel),
        5 => Just(PayerAct::ApproveAmendment),
        1 => Just(PayerAct::DeclineAmendment),
        1 => Just(PayerAct::ExpireAmendment),
    ]
    .boxed()
}

/// Anything about PayTo but the POSTs.
fn payto(agreements: Chance) -> BoxedStrategy<Call> {
    let amend = (which(), amended(), minutes());
    prop_oneof![
        agreements.weigh(6) => (which(), payer_act()).prop_map(|(agreement, act)| {
            Call::PayerActs { agreement, act }
        }),
        agreements.weigh(2) => (which(), status_change()).prop_map(|(agreement, change)| {
            Call::ChangeStatus { agreement, change }
        }),
        agreements.weigh(3) => amend.prop_map(|(agreement, to, minutes)| {
            Call::Amend { agreement, to, minutes }
        }),
        1 => (which(), 0_u8..3).prop_map(|(agreement, text)| Call::Revise { agreement, text }),
        1 => which().prop_map(|agreement| Call::RecallAmendment { agreement }),
    ]
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
    pub(crate) agreement: Chance,
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
    let customer = prop_oneof![3 => which().prop_map(Ok), 1 => (0_u8..9).prop_map(Err)];
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
        3 => (customer, agreed()).prop_map(|(customer, agreed)| {
            Call::CreateAgreement { customer, agreed }
        }),
        chances.agreement.weigh(5) => (which(), share(), proptest::bool::weighted(0.2)).prop_map(
            |(agreement, share, last)| Call::PayUnder { agreement, share, last }
        ),
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
        chances.agreement.weigh(8) => payto(chances.agreement),
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
