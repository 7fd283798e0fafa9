//! Recurring payments by property: how they end, what a replacement and a stop do, in which order
//! they are listed, and what is tried again.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::select;
use quaymaster::domain::recurring_payment::State;
use quaymaster::domain::transaction::State as PaymentState;
use quaymaster::quickstream::models::ids::PaymentScheduleId;
use quaymaster::quickstream::models::texts::{Comment, Reference};
use quaymaster::quickstream::resources::accounts::{AccountSource, NewAccount};
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::{FaultKind, Word};
use serde_json::json;

use crate::bench::{HIRE, VISA, VISA_DECLINED, Wire, card, cents, code, kind};
use crate::wire::{all, case, cases};

const TODAY: Date = Date::constant(2026, 3, 2);

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

fn on(day: i64) -> Date {
    TODAY.checked_add(day.days()).unwrap()
}

fn principal(taken: &Transaction) -> i64 {
    taken.principal_amount.as_ref().unwrap().amount.get()
}

async fn taken(wire: &Wire, schedule: &PaymentScheduleId) -> Vec<Transaction> {
    all(wire.client.recurring_payment_transactions(&wire.key, schedule)).await.unwrap()
}

async fn standing(wire: &Wire, schedule: &PaymentScheduleId) -> State {
    let shown = wire.client.recurring_payment(&wire.key, schedule).await.unwrap();
    shown.status.as_ref().and_then(Word::known).unwrap()
}

/// How a schedule ends, in days and cents.
#[derive(Clone, Copy, Debug)]
enum End {
    Never,
    On(i64),
    After(u32, Option<i64>),
    At(i64),
}

fn ends() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Never),
        (0_i64..60).prop_map(End::On),
        (1_u32..12, prop::option::of(1_i64..9_000))
            .prop_map(|(count, last)| End::After(count, last)),
        (2_000_i64..30_000).prop_map(End::At),
    ]
}

fn schedule(amount: i64, start: i64, every_week: bool, end: End) -> Schedule {
    let frequency = if every_week { ScheduleFrequency::Weekly } else { ScheduleFrequency::Daily };
    let end = match end {
        End::Never => ScheduleEnd::UntilFurtherNotice,
        End::On(days) => ScheduleEnd::OnDate(on(start + days)),
        End::After(count, last) => ScheduleEnd::AfterPayments {
            count: NonZeroU32::new(count).unwrap(),
            last: last.map(cents),
        },
        End::At(total) => ScheduleEnd::AtTotal(cents(total)),
    };
    let mut wanted = Schedule::new(cents(amount), frequency, on(start), end).unwrap();
    wanted.business = Some(code(HIRE));
    wanted
}

/// What is to have been taken by the end of a day, oldest first, and whether that was all.
fn plan(amount: i64, start: i64, every_week: bool, end: End, today: i64) -> (Vec<i64>, bool) {
    let step = if every_week { 7 } else { 1 };
    let (mut taken, mut total) = (Vec::new(), 0);
    for number in 0_u32.. {
        let day = start + i64::from(number) * step;
        let next = match end {
            End::Never => Some(amount),
            End::On(days) => (day <= start + days).then_some(amount),
            End::After(count, last) if number + 1 == count => Some(last.unwrap_or(amount)),
            End::After(count, _) => (number < count).then_some(amount),
            End::At(all) => (total < all).then_some(amount.min(all - total)),
        };
        let Some(next) = next else { return (taken, true) };
        if day > today {
            return (taken, false);
        }
        taken.push(next);
        total += next;
    }
    unreachable!("a day that is not past comes first")
}

#[tokio::test]
async fn a_second_try_is_listed_under_the_first() {
    let wire = Wire::start().await;
    wire.guess(&json!({ "instalment_retries": 1 }));
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    wire.account(&customer, TokenAccount::Card(card(VISA_DECLINED))).await;
    let (wanted, name) = (schedule(1_000, 0, true, End::After(1, None)), wire.name());
    let made = client.create_recurring_payment(key, &customer, &name, &wanted).await;
    let id = made.unwrap().value.payment_schedule_id;
    wire.pass(days(3));
    let seen = taken(&wire, &id).await;
    let [second, first] = seen.as_slice() else { unreachable!("two tries: {seen:?}") };
    let retries = all(client.retries(key, &first.receipt_number)).await.unwrap();
    assert_eq!(retries, std::slice::from_ref(second));
    assert_eq!(second.original_receipt_number.as_ref(), Some(&first.receipt_number));
}

proptest! {
    #![proptest_config(cases(24))]

    /// However it ends, the bank takes what the plan says and not a cent more; the newest stands
    /// first.
    #[test]
    fn what_is_taken_is_what_was_planned(
        amount in 1_000_i64..2_000, start in 0_i64..10, every_week in any::<bool>(),
        end in ends(), passed in 0_u64..80,
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let customer = wire.customer("CUST-77").await;
            wire.account(&customer, TokenAccount::Card(card(VISA))).await;
            let mut wanted = schedule(amount, start, every_week, end);
            wanted.description = Comment::new("Berth 7").ok();
            let name = wire.name();
            let made = client.create_recurring_payment(key, &customer, &name, &wanted).await;
            let id = made.unwrap().value.payment_schedule_id;
            wire.pass(days(passed));
            let today = i64::try_from(passed).unwrap();
            let (plan, over) = plan(amount, start, every_week, end, today);
            let seen = taken(&wire, &id).await;
            let amounts: Vec<i64> = seen.iter().rev().map(principal).collect();
            assert_eq!(amounts, plan, "{end:?}");
            assert!(seen.iter().all(|one| one.state() == Some(PaymentState::Approved)));
            let wanted = if over { State::Completed } else { State::Active };
            assert_eq!(standing(&wire, &id).await, wanted, "{end:?}");
            let history = all(client.customer_transactions(key, &customer)).await.unwrap();
            assert_eq!(history, seen);
            let shown = client.recurring_payment(key, &id).await.unwrap();
            let next = (today + 1..).take(90).map(on).find(|day| {
                let since = (*day - on(start)).get_days();
                since >= 0 && since % if every_week { 7 } else { 1 } == 0
            });
            assert_eq!(shown.next_payment_date, next.filter(|_| !over), "{end:?}");
            let listed = all(client.customer_recurring_payments(key, &customer)).await.unwrap();
            assert_eq!(listed, [shown]);
        });
    }

    /// A replacement holds from the next instalment on, a stop holds for good, and neither undoes what
    /// was taken.
    #[test]
    fn a_replacement_and_a_stop_hold_from_then_on(
        (before, after, later) in (0_u64..10, 0_u64..10, 1_u64..10), amount in 100_i64..5_000,
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let customer = wire.customer("CUST-77").await;
            wire.account(&customer, TokenAccount::Card(card(VISA))).await;
            let name = wire.name();
            let first = schedule(1_000, 0, false, End::Never);
            let made = client.create_recurring_payment(key, &customer, &name, &first).await;
            let id = made.unwrap().value.payment_schedule_id;
            wire.pass(days(before));
            // From tomorrow on it costs something else, and has no code or description.
            let from = i64::try_from(before).unwrap() + 1;
            let second = schedule(amount, from, false, End::Never);
            client.update_recurring_payment(key, &id, &second).await.unwrap();
            let shown = client.recurring_payment(key, &id).await.unwrap();
            let instalment = shown.instalment_amount.unwrap().principal_amount.amount.get();
            assert_eq!((instalment, shown.payment_schedule_code), (amount, None));
            wire.pass(days(after));
            client.stop_recurring_payment(key, &id).await.unwrap();
            wire.pass(days(later));
            let amounts: Vec<i64> = taken(&wire, &id).await.iter().rev().map(principal).collect();
            let count = |days: u64| usize::try_from(days).unwrap();
            let mut wanted = vec![1_000; count(before) + 1];
            wanted.extend(vec![amount; count(after)]);
            assert_eq!(amounts, wanted);
            assert_eq!(standing(&wire, &id).await, State::Stopped);
            let again = client.stop_recurring_payment(key, &id).await;
            assert_eq!(kind(again), Some(FaultKind::Unprocessable));
            let again = client.update_recurring_payment(key, &id, &second).await;
            assert_eq!(kind(again), Some(FaultKind::Unprocessable));
        });
    }

    /// A customer's schedules: the active ones first, each part by its code.
    #[test]
    fn the_active_ones_come_first_and_each_part_by_its_code(
        codes in prop::collection::vec(("[A-F]{1,3}", any::<bool>()), 1..30),
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let customer = wire.customer("CUST-77").await;
            wire.account(&customer, TokenAccount::Card(card(VISA))).await;
            for (code, stopped) in &codes {
                let mut wanted = schedule(1_000, 30, false, End::Never);
                wanted.code = Reference::new(code.as_str()).ok();
                let name = wire.name();
                let made = client.create_recurring_payment(key, &customer, &name, &wanted).await;
                if *stopped {
                    let id = made.unwrap().value.payment_schedule_id;
                    client.stop_recurring_payment(key, &id).await.unwrap();
                }
            }
            let listed = all(client.customer_recurring_payments(key, &customer)).await.unwrap();
            let shown: Vec<(bool, String)> = listed.into_iter().map(|one| {
                let stopped = one.status == Some(Word::Known(State::Stopped));
                (stopped, one.payment_schedule_code.unwrap())
            }).collect();
            let mut wanted: Vec<(bool, String)> =
                codes.into_iter().map(|(code, stopped)| (stopped, code)).collect();
            wanted.sort();
            assert_eq!(shown, wanted);
        });
    }

    /// An instalment that was declined is tried as often as the facility says and no longer than it is
    /// declined; each try names the one that failed.
    #[test]
    fn a_declined_instalment_is_tried_again_until_it_is_paid(
        tries in 0_u64..6, every in 1_u64..4, better_after in 0_u64..8, original in select(ORIGINALS),
    ) {
        case(async {
            let wire = Wire::start().await;
            wire.guess(&json!({
                "instalment_retries": tries, "instalment_retry_days": every,
                "retry_original": original,
            }));
            let (client, key) = (&wire.client, &wire.key);
            let customer = wire.customer("CUST-77").await;
            wire.account(&customer, TokenAccount::Card(card(VISA_DECLINED))).await;
            let name = wire.name();
            let yearly = ScheduleEnd::UntilFurtherNotice;
            let mut wanted =
                Schedule::new(cents(1_000), ScheduleFrequency::Yearly, TODAY, yearly).unwrap();
            wanted.business = Some(code(HIRE));
            let made = client.create_recurring_payment(key, &customer, &name, &wanted).await;
            let id = made.unwrap().value.payment_schedule_id;
            // So many tries fail before the payer has a better card.
            wire.pass(days(better_after * every) + Duration::from_hours(1));
            let token = AccountSource::Token(wire.token(TokenAccount::Card(card(VISA))).await);
            let better = NewAccount { default: Some(true), ..NewAccount::new(token) };
            let name = wire.name();
            client.register_customer_account(key, &customer, &name, &better).await.unwrap();
            wire.pass(days(40));
            let seen = taken(&wire, &id).await;
            let failed = better_after.min(tries);
            let paid = tries > better_after;
            assert_eq!(seen.len() as u64, 1 + failed + u64::from(paid));
            let first = seen.last().unwrap();
            let mut retries = all(client.retries(key, &first.receipt_number)).await.unwrap();
            if original == "last_failed" {
                // Each try is then found under the one before it.
                let mut last = retries.first().cloned();
                while let Some(one) = last {
                    let next = all(client.retries(key, &one.receipt_number)).await.unwrap();
                    assert!(next.len() <= 1);
                    last = next.into_iter().next();
                    retries.splice(0..0, last.clone());
                }
            }
            assert_eq!(retries, seen[..seen.len() - 1], "newest first");
            for (at, one) in seen.iter().enumerate() {
                let wanted = if at == 0 && paid { PaymentState::Approved } else { PaymentState::Declined };
                assert_eq!(one.state(), Some(wanted));
                let before = if original == "last_failed" { seen.get(at + 1) } else { Some(first) };
                let before = before.filter(|_| at + 1 < seen.len()).map(|one| &one.receipt_number);
                assert_eq!(one.original_receipt_number.as_ref(), before);
            }
        });
    }
}

/// Which receipt a second try names, which the documents leave open.
const ORIGINALS: &[&str] = &["first_failed", "last_failed"];
