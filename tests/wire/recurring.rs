//! Recurring payments: made, taken by the bank as the days pass, replaced, stopped, at their end.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use proptest::prelude::*;
use quaymaster::domain::recurring_payment::State;
use quaymaster::domain::transaction::State as PaymentState;
use quaymaster::quickstream::models::details::CardNumber;
use quaymaster::quickstream::models::ids::{AccountToken, CustomerId, PaymentScheduleId};
use quaymaster::quickstream::models::texts::Reference;
use quaymaster::quickstream::resources::customers::CustomerStatus;
use quaymaster::quickstream::resources::recurring_payments::RecurringPayment;
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency, ScheduleType,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::{FaultKind, Word};

use crate::wire::{Wire, all, amount, business, card, refused};

/// The day on which the tests begin in Sydney.
const TODAY: Date = Date::constant(2026, 3, 2);

pub(crate) fn wanted(frequency: ScheduleFrequency, start: Date, end: ScheduleEnd) -> Schedule {
    let mut wanted = Schedule::new(amount("80.00"), frequency, start, end).unwrap();
    wanted.business = Some(business());
    wanted
}

fn times(count: u32) -> ScheduleEnd {
    ScheduleEnd::AfterPayments { count: NonZeroU32::new(count).unwrap(), last: None }
}

impl Wire {
    /// A customer with a card that is charged by default.
    async fn payer(&self) -> CustomerId {
        let customer = self.customer("CUST-77").await;
        self.account(&customer, TokenAccount::Card(card())).await;
        customer
    }

    async fn schedule(&self, customer: &CustomerId, wanted: &Schedule) -> RecurringPayment {
        let (key, name) = (&self.key, self.name());
        let made = self.client.create_recurring_payment(key, customer, &name, wanted).await;
        made.unwrap().value
    }

    async fn taken(&self, schedule: &PaymentScheduleId) -> Vec<Transaction> {
        all(self.client.recurring_payment_transactions(&self.key, schedule)).await.unwrap()
    }

    async fn standing(&self, schedule: &PaymentScheduleId) -> Option<State> {
        let now = self.client.recurring_payment(&self.key, schedule).await.unwrap();
        now.status.as_ref().and_then(Word::known)
    }

    fn days(&self, days: u64) {
        self.pass(Duration::from_hours(24 * days));
    }
}

#[tokio::test]
async fn instalments_are_taken_until_the_last() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.payer().await;
    let mut asked = wanted(ScheduleFrequency::Monthly, TODAY, times(3));
    asked.code = Reference::new("GOLD").ok();
    let name = wire.name();
    let made = client.create_recurring_payment(key, &customer, &name, &asked).await.unwrap();
    let (shown, id) = (&made.value, &made.value.payment_schedule_id);
    assert!(made.location.as_ref().unwrap().ends_with(&format!("/recurring-payments/{id}")));
    assert_eq!(shown.payment_schedule_code.as_deref(), Some("GOLD"));
    assert_eq!(shown.frequency, Some(Word::Known(ScheduleFrequency::Monthly)));
    assert_eq!(shown.schedule_type, Some(Word::Known(ScheduleType::ForNumberOfPayments)));
    let instalment = shown.instalment_amount.as_ref().unwrap();
    let cents = instalment.principal_amount.amount.get();
    let surcharge = instalment.surcharge_amount.as_ref().map_or(0, |money| money.amount.get());
    let total = instalment.total_amount.as_ref().unwrap().amount.get();
    assert_eq!((cents, total), (8_000, 8_000 + surcharge));
    let again = client.create_recurring_payment(key, &customer, &name, &asked).await.unwrap();
    assert_eq!(again, made);

    // The first is taken at once, since its day is today.
    assert_eq!(wire.taken(id).await.len(), 1);
    for (days, taken, state) in [
        (29, 1, State::Active),
        (3, 2, State::Active),
        (31, 3, State::Completed),
        (100, 3, State::Completed),
    ] {
        wire.days(days);
        let payments = wire.taken(id).await;
        assert_eq!(payments.len(), taken);
        for payment in &payments {
            assert_eq!(payment.state(), Some(PaymentState::Approved));
            assert_eq!(payment.principal_amount.as_ref().unwrap().amount.get(), 8_000);
        }
        assert_eq!(wire.standing(id).await, Some(state));
    }
    // They stand in the customer's history, too.
    let history = all(client.customer_transactions(key, &customer)).await.unwrap();
    assert_eq!(history.len(), 3);
}

#[tokio::test]
async fn one_is_replaced_and_stopped_for_good() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.payer().await;
    let later = TODAY.checked_add(7.days()).unwrap();
    let notice = ScheduleEnd::UntilFurtherNotice;
    let made = wire.schedule(&customer, &wanted(ScheduleFrequency::Weekly, later, notice)).await;
    let id = made.payment_schedule_id.clone();
    assert_eq!(wire.taken(&id).await, []);
    assert_eq!(made.next_payment_date, Some(later));
    let replaced = Schedule::new(amount("12.50"), ScheduleFrequency::Daily, later, notice).unwrap();
    client.update_recurring_payment(key, &id, &replaced).await.unwrap();
    let now = client.recurring_payment(key, &id).await.unwrap();
    assert_eq!(now.frequency, Some(Word::Known(ScheduleFrequency::Daily)));
    wire.days(9);
    let taken = wire.taken(&id).await;
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|one| one.principal_amount.as_ref().unwrap().amount.get() == 1_250));
    client.stop_recurring_payment(key, &id).await.unwrap();
    assert_eq!(wire.standing(&id).await, Some(State::Stopped));
    wire.days(30);
    assert_eq!(wire.taken(&id).await.len(), 3);
    // What was stopped stays so.
    let (kind, _) = refused(client.update_recurring_payment(key, &id, &replaced).await);
    assert!(matches!(kind, FaultKind::Unprocessable | FaultKind::Conflict), "{kind:?}");
}

#[tokio::test]
async fn a_customers_are_listed_the_active_ones_first() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.payer().await;
    let later = TODAY.checked_add(7.days()).unwrap();
    for code in ["C", "A", "D", "B"] {
        let mut asked = wanted(ScheduleFrequency::Yearly, later, ScheduleEnd::UntilFurtherNotice);
        asked.code = Reference::new(code).ok();
        let made = wire.schedule(&customer, &asked).await;
        if code == "A" {
            client.stop_recurring_payment(key, &made.payment_schedule_id).await.unwrap();
        }
    }
    let listed = all(client.customer_recurring_payments(key, &customer)).await.unwrap();
    let codes: Vec<_> =
        listed.iter().filter_map(|one| one.payment_schedule_code.as_deref()).collect();
    assert_eq!(codes, ["B", "C", "D", "A"]);
}

#[tokio::test]
async fn what_cannot_be_charged_is_refused_or_declined() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let notice = ScheduleEnd::UntilFurtherNotice;
    let daily = wanted(ScheduleFrequency::Daily, TODAY, notice);
    // No account at all, one that is not there, and a first day that has passed.
    let poor = wire.customer("CUST-1").await;
    let mut strange = daily.clone();
    strange.account = AccountToken::new("SANDBOX-999999999").ok();
    let late = wanted(ScheduleFrequency::Daily, TODAY.checked_sub(1.days()).unwrap(), notice);
    let customer = wire.payer().await;
    for (customer, asked) in [(&poor, &daily), (&customer, &strange), (&customer, &late)] {
        let made = client.create_recurring_payment(key, customer, &wire.name(), asked).await;
        let (kind, fields) = refused(made);
        assert_eq!(kind, FaultKind::Unprocessable, "{asked:?}");
        assert!(!fields.is_empty(), "{asked:?}");
    }
    // A card that is declined: the schedule goes on.
    let declined = wire.customer("CUST-2").await;
    let mut empty = card();
    empty.number = CardNumber::new("4111111112444495").unwrap();
    wire.account(&declined, TokenAccount::Card(empty)).await;
    let made = wire.schedule(&declined, &daily).await;
    wire.days(2);
    let taken = wire.taken(&made.payment_schedule_id).await;
    assert!(taken.len() >= 3);
    assert!(taken.iter().all(|one| one.state() == Some(PaymentState::Declined)));
    // A customer who is disabled is charged no more.
    let now = wanted(ScheduleFrequency::Daily, TODAY.checked_add(2.days()).unwrap(), notice);
    let made = wire.schedule(&customer, &now).await;
    client.set_customer_status(key, &customer, CustomerStatus::Disabled).await.unwrap();
    wire.days(5);
    assert_eq!(wire.taken(&made.payment_schedule_id).await.len(), 1);
    assert_eq!(wire.standing(&made.payment_schedule_id).await, Some(State::Stopped));
}

/// The days of the first instalments, counted by hand from the documents: the same day of the month,
/// or the month's last.
fn days(frequency: ScheduleFrequency, start: Date) -> impl Iterator<Item = Date> {
    let step = move |number: i64| -> Span {
        match frequency {
            ScheduleFrequency::Daily => number.days(),
            ScheduleFrequency::Weekly => (number * 7).days(),
            ScheduleFrequency::Fortnightly => (number * 14).days(),
            ScheduleFrequency::FourWeekly => (number * 28).days(),
            ScheduleFrequency::Monthly => number.months(),
            ScheduleFrequency::Quarterly => (number * 3).months(),
            ScheduleFrequency::HalfYearly => (number * 6).months(),
            ScheduleFrequency::Yearly => number.years(),
        }
    };
    (0..).map(move |number| start.checked_add(step(number)).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whenever it begins and however often it comes, so many were taken by any day, and no more.
    #[test]
    fn as_many_are_taken_as_days_have_come(
        frequency in 0..ScheduleFrequency::ALL.len(),
        begins in 0_i64..60,
        count in 1_u32..30,
        passed in 0_i64..800,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let customer = wire.payer().await;
            let frequency = ScheduleFrequency::ALL[frequency];
            let start = TODAY.checked_add(begins.days()).unwrap();
            let made = wire.schedule(&customer, &wanted(frequency, start, times(count))).await;
            wire.days(u64::try_from(passed).unwrap());
            let today = TODAY.checked_add(passed.days()).unwrap();
            let due = days(frequency, start).take(count as usize).filter(|day| *day <= today);
            let due = due.count();
            assert_eq!(wire.taken(&made.payment_schedule_id).await.len(), due, "{frequency:?}");
            let state = if due == count as usize { State::Completed } else { State::Active };
            assert_eq!(wire.standing(&made.payment_schedule_id).await, Some(state));
        });
    }
}
