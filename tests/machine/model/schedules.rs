//! Recurring payments: instalments on their dates, weekends and holidays too, until an end.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::super::calendar::{at_hour, today};
use super::super::calls::{Call, Frequency, Length, Plan};
use super::deeds::amount;
use super::{BUSINESS, Deed, Event, Expect, Model, choose};

#[path = "schedules/instalments.rs"]
mod instalments;

/// The hour in Sydney at which instalments are taken (the guess `instalment_hour`).
const HOUR: i8 = 6;

/// How often a declined instalment is tried again, a day later each time; the sandbox is told the same.
pub(crate) const RETRIES: usize = 1;

/// A recurring payment that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    account: Option<usize>,
    frequency: Frequency,
    start: Date,
    end: End,
    cents: i64,
    /// The merchant's code, of which there are few.
    code: u8,
}

#[derive(Clone, Copy, Debug)]
enum End {
    FurtherNotice,
    Date(Date),
    Payments { count: u64, last: Option<i64> },
    Total(i64),
}

/// A recurring payment.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) customer: usize,
    wanted: Wanted,
    pub(crate) state: State,
    next: Option<Date>,
    /// The date of the last instalment that was asked for.
    last: Option<Date>,
    /// Instalments asked for, which is what counts towards a number (the guess `declined_instalment`).
    asked: u64,
    paid: u64,
    collected: i64,
    /// When which declined instalment is tried again.
    retries: Vec<(Timestamp, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Stopped,
    Completed,
}

impl Wanted {
    pub(crate) fn body(&self) -> Value {
        let (frequency, cents) = (self.frequency.word(), amount(self.cents));
        let mut body = json!({ "frequency": frequency, "startDate": self.start.to_string(),
                               "regularPaymentAmount": cents, "supplierBusinessCode": BUSINESS,
                               "paymentScheduleCode": format!("PLAN-{}", self.code) });
        let kind = match self.end {
            End::FurtherNotice => "CONTINUE_UNTIL_FURTHER_NOTICE",
            End::Date(end) => {
                body["endDate"] = json!(end.to_string());
                "CONTINUE_UNTIL_DATE"
            }
            End::Payments { count, last } => {
                body["numberOfPayments"] = json!(count);
                if let Some(last) = last {
                    body["finalPaymentAmount"] = amount(last);
                }
                "CONTINUE_FOR_NUMBER_OF_PAYMENTS"
            }
            End::Total(cents) => {
                body["totalAmount"] = amount(cents);
                "CONTINUE_UNTIL_TOTAL_AMOUNT"
            }
        };
        body["scheduleType"] = json!(kind);
        if let Some(account) = self.account {
            body["accountToken"] = json!(format!("$a{account}"));
        }
        body
    }

    /// The instalment dates, one after the other.
    fn dates(&self) -> impl Iterator<Item = Date> + use<> {
        let (start, frequency) = (self.start, self.frequency);
        (0_i32..).map(move |turn| match frequency {
            Frequency::Daily => start + turn.days(),
            Frequency::Weekly => start + (7 * turn).days(),
            Frequency::Monthly => {
                let months = i32::from(start.month()) - 1 + turn;
                let year = start.year() + i16::try_from(months / 12).unwrap();
                let month = i8::try_from(months % 12 + 1).unwrap();
                let days = date(year, month, 1).days_in_month();
                date(year, month, start.day().min(days))
            }
        })
    }
}

impl Schedule {
    /// The next instalment from a day on; `None` if the end has come.
    fn coming(&self, from: Date) -> Option<Date> {
        let fits = |day: &Date| *day >= from && self.last.is_none_or(|last| *day > last);
        let day = self.wanted.dates().find(fits)?;
        let over = match self.wanted.end {
            End::FurtherNotice => false,
            End::Date(end) => day > end,
            End::Payments { count, .. } => self.asked >= count,
            End::Total(total) => self.collected >= total,
        };
        (!over).then_some(day)
    }

    /// No more than is left of a total.
    fn at_most(&self, cents: i64) -> i64 {
        match self.wanted.end {
            End::Total(total) => cents.min(total - self.collected),
            _ => cents,
        }
    }

    fn instalment(&self) -> i64 {
        match self.wanted.end {
            End::Payments { count, last: Some(last) } if self.asked + 1 >= count => last,
            _ => self.at_most(self.wanted.cents),
        }
    }

    pub(super) fn stop(&mut self) {
        self.end(State::Stopped);
    }

    fn end(&mut self, state: State) {
        if self.state == State::Active {
            self.state = state;
            self.next = None;
            self.retries.clear();
        }
    }

    /// Completes it if nothing is to come.
    fn settle(&mut self) {
        let full = match self.wanted.end {
            End::FurtherNotice | End::Date(_) => false,
            End::Payments { count, .. } => self.paid >= count,
            End::Total(total) => self.collected >= total,
        };
        if full || (self.next.is_none() && self.retries.is_empty()) {
            self.end(State::Completed);
        }
    }
}

impl Model {
    pub(super) fn resolve_schedule(&self, call: &Call) -> Option<Deed> {
        let schedule = |which| {
            choose(which, self.schedules.len(), |at| self.schedules[at].state == State::Active)
        };
        Some(match call {
            Call::CreateSchedule { customer, plan } => {
                let fit =
                    |at: usize| self.customers[at].enabled && self.customers[at].default.is_some();
                let customer = choose(*customer, self.customers.len(), fit)?;
                Deed::CreateSchedule { customer, wanted: self.wanted(customer, plan) }
            }
            Call::ReplaceSchedule { schedule: which, plan } => {
                let schedule = schedule(*which)?;
                let customer = self.schedules[schedule].customer;
                Deed::ReplaceSchedule { schedule, wanted: self.wanted(customer, plan) }
            }
            Call::StopSchedule { schedule: which } => {
                Deed::StopSchedule { schedule: schedule(*which)? }
            }
            _ => return None,
        })
    }

    fn wanted(&self, customer: usize, plan: &Plan) -> Wanted {
        let start = today(self.now) + i32::from(plan.starts_in_days).days();
        let account = plan.account.and_then(|which| {
            let mine = |at: usize| self.accounts[at].customer == customer && self.is_usable(at);
            choose(which, self.accounts.len(), mine)
        });
        let end = match plan.length {
            Length::Forever => End::FurtherNotice,
            Length::Days(days) => End::Date(start + i32::from(days).days()),
            Length::Payments(count, last) => End::Payments { count: count.into(), last },
            Length::Total(cents) => End::Total(plan.cents + cents),
        };
        Wanted {
            account,
            frequency: plan.frequency,
            start,
            end,
            cents: plan.cents,
            code: plan.code,
        }
    }

    /// Whether a schedule may be asked for.
    fn is_lawful(&self, customer: usize, wanted: &Wanted, old: Option<usize>) -> bool {
        let owner = &self.customers[customer];
        let payer = match wanted.account {
            Some(at) => self.accounts[at].customer == customer && self.accounts[at].enabled,
            None => owner.default.is_some(),
        };
        let kept = old.is_some_and(|at| self.schedules[at].wanted.start == wanted.start);
        let in_time = kept || wanted.start >= today(self.now);
        let last = match wanted.end {
            End::FurtherNotice => true,
            End::Date(end) => end >= wanted.start,
            End::Payments { count, last } => count > 0 && last.is_none_or(|last| last > 0),
            End::Total(total) => total >= wanted.cents,
        };
        (owner.enabled || old.is_some()) && payer && in_time && last && wanted.cents > 0
    }

    pub(super) fn create_schedule(&mut self, customer: usize, wanted: &Wanted) -> Expect {
        if !self.is_lawful(customer, wanted, None) {
            return Expect::refused(422);
        }
        self.schedules.push(Schedule {
            customer,
            wanted: wanted.clone(),
            state: State::Active,
            next: None,
            last: None,
            asked: 0,
            paid: 0,
            collected: 0,
            retries: Vec::new(),
        });
        let at = self.schedules.len() - 1;
        self.plan_next(at);
        Expect::made(201, self.schedule_face(at), format!("$s{at}"), "paymentScheduleId")
    }

    pub(super) fn replace_schedule(&mut self, at: usize, wanted: &Wanted) -> Expect {
        let customer = self.schedules[at].customer;
        let active = self.schedules[at].state == State::Active;
        if !active || !self.is_lawful(customer, wanted, Some(at)) {
            return Expect::refused(422);
        }
        self.schedules[at].wanted = wanted.clone();
        self.plan_next(at);
        self.schedules[at].settle();
        Expect::shown(200, self.schedule_face(at))
    }

    pub(super) fn stop_schedule(&mut self, at: usize) -> Expect {
        if self.schedules[at].state != State::Active {
            return Expect::refused(422);
        }
        self.schedules[at].stop();
        Expect::shown(200, self.schedule_face(at))
    }

    pub(super) fn schedule_events(&self) -> impl Iterator<Item = (Timestamp, Event)> {
        let all = || self.schedules.iter().enumerate();
        let next = all().filter_map(|(at, schedule)| {
            schedule.next.map(|day| (at_hour(day, HOUR), Event::Instalment(at)))
        });
        // A retry comes before the instalment of the same hour, which it may make needless.
        let again = all().flat_map(|(at, schedule)| {
            schedule.retries.iter().map(move |(when, _)| (*when, Event::Retry(at)))
        });
        again.chain(next)
    }

    pub(crate) fn schedule_face(&self, at: usize) -> Value {
        let schedule = &self.schedules[at];
        let status = match schedule.state {
            State::Active => "ACTIVE",
            State::Stopped => "STOPPED",
            State::Completed => "COMPLETED",
        };
        let (wanted, (_, means)) = (&schedule.wanted, self.payer(at));
        json!({
            "paymentScheduleId": format!("$s{at}"),
            "paymentScheduleCode": format!("PLAN-{}", wanted.code),
            "status": status,
            "customerId": format!("$c{}", schedule.customer),
            "accountToken": wanted.account.map(|account| format!("$a{account}")),
            "frequency": wanted.frequency.word(),
            "startDate": wanted.start.to_string(),
            "nextPaymentDate": schedule.next.map(|day| day.to_string()),
            "instalmentAmount": {
                "principalAmount": { "amount": amount(wanted.cents) },
                "surchargeAmount": { "amount": amount(means.surcharge_on(wanted.cents)) },
            },
        })
    }

    /// A customer's schedules as the list has them: the active ones first, then by their codes.
    pub(crate) fn schedules_of(&self, customer: usize) -> Vec<usize> {
        let mine = |at: &usize| self.schedules[*at].customer == customer;
        let mut all: Vec<usize> = (0..self.schedules.len()).filter(mine).collect();
        all.sort_by_key(|at| {
            let schedule = &self.schedules[*at];
            (schedule.state != State::Active, schedule.wanted.code, *at)
        });
        all
    }
}
