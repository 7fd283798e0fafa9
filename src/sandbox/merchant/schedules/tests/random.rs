//! Whatever is asked for and however the clock goes: nothing beyond the end, nothing twice, and the
//! same in one jump as day by day.

use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::sandbox::merchant::Happened;
use crate::sandbox::merchant::transactions::Transaction;

fn ends() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::FurtherNotice),
        (0_i32..700).prop_map(|days| End::Date(date(2027, 6, 1) + days.days())),
        (1_u64..30, proptest::option::of(1_i64..20_000))
            .prop_map(|(count, last)| End::Payments { count, last: last.map(Cents::new) }),
        (10_000_i64..200_000).prop_map(|total| End::Total(Cents::new(total))),
    ]
}

#[derive(Clone, Debug)]
enum Act {
    Pass(i64),
    Card(&'static str),
    Return(usize),
    Replace(End, Frequency),
    Stop,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (1_i64..90 * 24).prop_map(Act::Pass),
        3 => proptest::sample::select(vec![GOOD, POOR]).prop_map(Act::Card),
        2 => (0_usize..40).prop_map(Act::Return),
        1 => (ends(), frequencies()).prop_map(|(end, frequency)| Act::Replace(end, frequency)),
        1 => Just(Act::Stop),
    ];
    proptest::collection::vec(act, 1..20)
}

fn frequencies() -> impl Strategy<Value = Frequency> {
    let all: Vec<_> = Frequency::WORDS.iter().map(|(_, frequency)| *frequency).collect();
    proptest::sample::select(all)
}

fn instalments(merchant: &Merchant, id: u64) -> Vec<&Transaction> {
    merchant.transactions.found(transactions::By::Schedule, &id.to_string()).collect()
}

/// What was paid and stayed paid.
fn kept(merchant: &Merchant, id: u64) -> (u64, i64) {
    let all = instalments(merchant, id);
    let kept = all.iter().filter(|it| it.state != transaction::State::Declined);
    kept.fold((0, 0), |(count, sum), it| (count + 1, sum + it.principal.get()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_counts_are_the_transactions_and_nothing_is_taken_beyond_the_end(
        frequency in frequencies(),
        end in ends(),
        retries in 0_u32..4,
        counts in proptest::sample::select(vec!["counts", "does_not_count"]),
        pays in proptest::bool::ANY,
        acts in acts(),
    ) {
        let guesses =
            guesses(&json!({ "instalment_retries": retries, "declined_instalment": counts }));
        let mut now = setting(&guesses, "2027-05-25T00:00:00Z");
        let (mut merchant, customer) = merchant_of(if pays { bank_account() } else { card(POOR) });
        let id = merchant.begin_schedule(&now, customer, plan(frequency, date(2027, 5, 31), end));
        let account = merchant.default_account(customer).unwrap().token;
        let mut end = Some(end);
        for act in acts {
            match act {
                Act::Pass(hours) => {
                    now = now.at(now.now + hours.hours());
                    merchant.catch_up(&now);
                }
                Act::Card(number) => {
                    merchant.accounts.change(account, |it| it.instrument = card(number));
                }
                Act::Return(at) => {
                    let receipt = instalments(&merchant, id).get(at).map(|it| it.receipt);
                    if let Some(receipt) = receipt {
                        merchant.have_bank_act(&now, receipt, now.now, BankAct::Return);
                    }
                }
                Act::Replace(other, frequency) => {
                    let plan = plan(frequency, date(2027, 5, 31), other);
                    if merchant.replace_plan(&now, id, plan).is_ok() {
                        // What was taken before may be more than the new end allows.
                        end = None;
                    }
                }
                Act::Stop => {
                    merchant.stop_schedule(id).ok();
                }
            }
            let schedule = merchant.schedules.get(id).unwrap();
            let (paid, collected) = kept(&merchant, id);
            prop_assert_eq!((schedule.paid, schedule.collected.get()), (paid, collected));
            let all = instalments(&merchant, id);
            let firsts: Vec<_> = all.iter().filter(|it| it.details.original.is_none()).collect();
            prop_assert_eq!(schedule.asked, firsts.len() as u64);
            prop_assert!(firsts.windows(2).all(|pair| pair[0].time < pair[1].time));
            for first in &firsts {
                prop_assert!(merchant.retries_of(first.receipt).count() <= retries as usize);
            }
            let to_come = schedule.next.is_some() || !schedule.retries.is_empty();
            prop_assert_eq!(schedule.state == State::Active, to_come);
            prop_assert!(merchant.next_due().is_none_or(|due| due > now.now));
            match end {
                Some(End::Date(last)) => {
                    let dates = firsts.iter().map(|it| now.zone().to_datetime(it.time).date());
                    prop_assert!(dates.max().is_none_or(|date| date <= last));
                }
                Some(End::Payments { count, .. }) => {
                    prop_assert!(paid <= count);
                    prop_assert!(counts == "does_not_count" || schedule.asked <= count);
                }
                Some(End::Total(total)) => prop_assert!(collected <= total.get()),
                Some(End::FurtherNotice) | None => {}
            }
        }
    }

    #[test]
    fn one_jump_is_as_many_steps(
        frequency in frequencies(),
        end in ends(),
        retries in 0_u32..3,
        number in proptest::sample::select(vec![GOOD, POOR]),
        steps in proptest::collection::vec(1_i64..40 * 24, 1..20),
    ) {
        let guesses = guesses(&json!({ "instalment_retries": retries }));
        let now = setting(&guesses, "2027-05-25T00:00:00Z");
        let (mut merchant, customer) = merchant_of(card(number));
        merchant.begin_schedule(&now, customer, plan(frequency, date(2027, 5, 31), end));
        let mut stepped = merchant.clone();
        let mut at = now.now;
        for hours in steps {
            at += hours.hours();
            stepped.catch_up(&now.at(at));
        }
        // A long jump is carried out in parts.
        while merchant.catch_up(&now.at(at)) == Happened::Something {}
        prop_assert_eq!(merchant, stepped);
    }
}
