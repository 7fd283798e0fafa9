//! Instalments: taking them when they are due, and again where they were declined.

use jiff::ToSpan;

use super::{Retry, Schedule, taken_at};
use crate::domain::money::Cents;
use crate::domain::recurring_payment::{Event, State};
use crate::domain::transaction;
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::accounts::{self, Account};
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::{Details, Order, Origin, TransactionType};

impl Merchant {
    /// Declined instalments are to be tried again.
    pub(in crate::sandbox::merchant) fn retry_due(&mut self, setting: &Setting<'_>, id: u64) {
        let due = self.schedules.change(id, |schedule| {
            let (due, later) = schedule.retries.drain(..).partition(|it| it.at <= setting.now);
            schedule.retries = later;
            due
        });
        let due: Vec<Retry> = due.unwrap_or_default();
        for retry in due {
            self.try_again(setting, id, retry.failed);
            self.complete_if_over(id);
        }
    }

    /// The account that pays: the schedule's own or its customer's default. Where that is gone, the
    /// account last registered stands in, whose payment is declined if it is disabled.
    pub(in crate::sandbox) fn payer_of(&self, schedule: &Schedule) -> Option<&Account> {
        let own = schedule.plan.account.and_then(|token| self.accounts.get(token));
        own.or_else(|| self.default_account(schedule.customer)).or_else(|| {
            let customer = schedule.customer.to_string();
            self.accounts.found(accounts::By::Customer, &customer).next_back()
        })
    }

    /// Asks for the next instalment, which is due.
    pub(in crate::sandbox::merchant) fn collect(&mut self, setting: &Setting<'_>, id: u64) {
        let Some(schedule) = self.schedules.get(id) else { return };
        let amount = schedule.due_amount(setting);
        let lawful = self.schedules.change(id, |schedule| {
            let next = schedule.next.take().filter(|_| schedule.happen(Event::Collect))?;
            schedule.last = Some(next.date);
            schedule.asked = schedule.asked.saturating_add(1);
            Some(())
        });
        if lawful.flatten().is_none() {
            return;
        }
        self.ask(setting, id, amount, None);
        let next = self.schedules.get(id).and_then(|it| it.coming(setting, setting.today()));
        self.schedules.change(id, |schedule| schedule.next = next);
        if let Some(next) = next {
            self.agenda.note(next.at, Due::Instalment, id);
        }
        self.complete_if_over(id);
    }

    fn try_again(&mut self, setting: &Setting<'_>, id: u64, failed: u64) {
        let Some(amount) = self.transactions.get(failed).map(|failed| failed.principal) else {
            return;
        };
        let lawful = self.schedules.change(id, |schedule| {
            schedule.happen(Event::Retry).then(|| schedule.no_more_than_is_left(amount))
        });
        if let Some(amount) = lawful.flatten() {
            let first = setting.guesses.is(guesses::RETRY_ORIGINAL, "first_failed");
            let original = if first { self.first_try(failed) } else { failed };
            self.ask(setting, id, amount, Some(original));
        }
    }

    /// Takes an amount for a schedule, and notes what came of it.
    fn ask(&mut self, setting: &Setting<'_>, id: u64, amount: Cents, original: Option<u64>) {
        let Some(schedule) = self.schedules.get(id) else { return };
        let Some(payer) = self.payer_of(schedule) else { return };
        let customer = self.customers.get(schedule.customer);
        let order = Order {
            kind: TransactionType::Payment,
            business: schedule.plan.business.clone(),
            principal: amount,
            instrument: payer.instrument.clone(),
            origin: Origin::Recurring,
            details: Details {
                account: Some(payer.token),
                customer: Some(schedule.customer),
                original,
                schedule: Some(id),
                customer_reference: customer.map(|customer| customer.number.clone()),
                eci: Some("RECURRING".to_owned()),
                ..Details::default()
            },
        };
        let receipt = self.take(setting, order);
        let taken = self.transactions.get(receipt);
        if taken.is_some_and(|it| it.state == transaction::State::Declined) {
            self.note_retry(setting, id, receipt);
        } else {
            self.schedules.change(id, |schedule| {
                schedule.paid = schedule.paid.saturating_add(1);
                schedule.collected = sum(schedule.collected, amount);
            });
        }
    }

    /// A payment that was counted as paid is declined after all. If it was an instalment, it is
    /// missing again, and may be tried again.
    pub(in crate::sandbox) fn instalment_failed(&mut self, setting: &Setting<'_>, receipt: u64) {
        let Some(failed) = self.transactions.get(receipt) else { return };
        let Some(id) = failed.details.schedule else { return };
        let amount = failed.principal;
        self.schedules.change(id, |schedule| {
            schedule.paid = schedule.paid.saturating_sub(1);
            schedule.collected = schedule.collected.checked_sub(amount).unwrap_or_default();
        });
        self.note_retry(setting, id, receipt);
    }

    /// Puts the next try of a declined instalment on the agenda, if it has any left (the guesses
    /// `instalment_retries` and `instalment_retry_days`).
    fn note_retry(&mut self, setting: &Setting<'_>, id: u64, failed: u64) {
        let most = u64::from(setting.guesses.number(guesses::INSTALMENT_RETRIES));
        let active = self.schedules.get(id).is_some_and(|it| it.state == State::Active);
        if !active || self.tries_after(self.first_try(failed)) >= most {
            return;
        }
        let days = setting.guesses.number(guesses::INSTALMENT_RETRY_DAYS);
        let Ok(date) = setting.today().checked_add(i64::from(days).days()) else { return };
        let at = taken_at(setting, date);
        self.schedules.change(id, |schedule| schedule.retries.push(Retry { at, failed }));
        self.agenda.note(at, Due::Retry, id);
    }

    /// The instalment that a try goes back to.
    fn first_try(&self, receipt: u64) -> u64 {
        let mut first = receipt;
        while let Some(original) = self.transactions.get(first).and_then(|it| it.details.original) {
            first = original;
        }
        first
    }

    /// How often an instalment was tried again.
    fn tries_after(&self, first: u64) -> u64 {
        let (mut tries, mut of) = (0, Some(first));
        while let Some(receipt) = of.take() {
            for retry in self.retries_of(receipt) {
                tries += 1;
                of = Some(retry.receipt);
            }
        }
        tries
    }
}

fn sum(a: Cents, b: Cents) -> Cents {
    a.checked_add(b).unwrap_or(a)
}
