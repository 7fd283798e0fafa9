//! Recurring payments: schedules by which the bank takes instalments from a customer's account, on
//! the clock, until they end or are stopped.
//!
//! What is taken is a transaction like any other and goes through [`Merchant::take`]; a declined one
//! may be tried again some days later. Holidays and cut-offs move no instalment.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use self::dates::Frequency;
use super::Merchant;
use super::agenda::Due;
use super::ids::Kind;
use super::setting::Setting;
use super::shelf::Record;
use super::stored::{cents, schedule_state};
use super::unfit::Unfit;
use crate::domain::money::Cents;
use crate::domain::recurring_payment::{Event, State};
use crate::sandbox::guesses;

pub(in crate::sandbox) mod dates;
mod instalments;
#[cfg(test)]
mod tests;

/// A recurring payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Schedule {
    /// The number of the bank's id.
    pub(in crate::sandbox) id: u64,
    #[serde(with = "schedule_state")]
    pub(in crate::sandbox) state: State,
    pub(in crate::sandbox) customer: u64,
    pub(in crate::sandbox) plan: Plan,
    /// The next instalment; none when the last one was asked for.
    pub(in crate::sandbox) next: Option<Next>,
    /// The date of the last instalment that was asked for.
    pub(in crate::sandbox) last: Option<Date>,
    /// Instalments asked for, whatever came of them.
    pub(in crate::sandbox) asked: u64,
    /// Instalments paid, at once or when they were tried again.
    pub(in crate::sandbox) paid: u64,
    /// What was paid in all, without surcharges.
    #[serde(with = "cents")]
    pub(in crate::sandbox) collected: Cents,
    /// Declined instalments that will be tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::sandbox) retries: Vec<Retry>,
}

/// What a schedule is asked for with; an update replaces it whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Plan {
    pub(in crate::sandbox) business: String,
    /// The account that pays; the customer's default account if absent.
    pub(in crate::sandbox) account: Option<u64>,
    pub(in crate::sandbox) code: Option<String>,
    pub(in crate::sandbox) description: Option<String>,
    pub(in crate::sandbox) frequency: Frequency,
    pub(in crate::sandbox) start: Date,
    pub(in crate::sandbox) end: End,
    /// One instalment, without surcharge.
    #[serde(with = "cents")]
    pub(in crate::sandbox) amount: Cents,
}

/// What ends a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum End {
    /// Nothing but stopping it.
    FurtherNotice,
    /// The last day on which an instalment may be taken.
    Date(Date),
    /// So many instalments, the last one perhaps of another amount.
    Payments {
        count: u64,
        #[serde(with = "super::stored::cents_option", default)]
        last: Option<Cents>,
    },
    /// So much in all; the last instalment is what is left.
    #[serde(with = "cents")]
    Total(Cents),
}

/// The words in `scheduleType`; only the first is documented (the guess `recurring_ends`).
impl End {
    pub(in crate::sandbox) const FURTHER_NOTICE: &str = "CONTINUE_UNTIL_FURTHER_NOTICE";
    pub(in crate::sandbox) const DATE: &str = "CONTINUE_UNTIL_DATE";
    pub(in crate::sandbox) const PAYMENTS: &str = "CONTINUE_FOR_NUMBER_OF_PAYMENTS";
    pub(in crate::sandbox) const TOTAL: &str = "CONTINUE_UNTIL_TOTAL_AMOUNT";

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::FurtherNotice => Self::FURTHER_NOTICE,
            Self::Date(_) => Self::DATE,
            Self::Payments { .. } => Self::PAYMENTS,
            Self::Total(_) => Self::TOTAL,
        }
    }
}

/// An instalment that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Next {
    /// How many steps after the first date.
    pub(in crate::sandbox) turn: u32,
    pub(in crate::sandbox) date: Date,
    pub(in crate::sandbox) at: Timestamp,
}

/// An instalment that will be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Retry {
    pub(in crate::sandbox) at: Timestamp,
    /// The receipt of the try that failed last.
    pub(in crate::sandbox) failed: u64,
}

/// What schedules are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// The customer's number among the bank's ids.
    Customer,
}

impl Record for Schedule {
    type Tag = By;

    fn number(&self) -> u64 {
        self.id
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Customer, &self.customer.to_string());
    }
}

impl Schedule {
    /// Moves it, if the lifecycle lets it; says whether it did.
    fn happen(&mut self, event: Event) -> bool {
        let next = self.state.next(event);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }

    /// The instalments that count towards a number of payments (the guess
    /// `declined_instalment`).
    fn counted(&self, setting: &Setting<'_>) -> u64 {
        if setting.guesses.is(guesses::DECLINED_INSTALMENT, "counts") {
            self.asked
        } else {
            self.paid
        }
    }

    /// The instalment after the last one that was asked for, from `day` on; `None` if there is none.
    fn coming(&self, setting: &Setting<'_>, day: Date) -> Option<Next> {
        let Plan { frequency, start, end, .. } = self.plan;
        let after = self.last.and_then(|last| last.tomorrow().ok());
        let turn = frequency.turn_from(start, after.map_or(day, |after| after.max(day)))?;
        let date = frequency.date(start, turn)?;
        let over = match end {
            End::FurtherNotice => false,
            End::Date(last) => date > last,
            End::Payments { count, .. } => self.counted(setting) >= count,
            End::Total(total) => self.collected >= total,
        };
        (!over).then(|| Next { turn, date, at: taken_at(setting, date) })
    }

    /// What the next instalment comes to, without surcharge.
    pub(in crate::sandbox) fn due_amount(&self, setting: &Setting<'_>) -> Cents {
        let usual = self.plan.amount;
        match self.plan.end {
            End::FurtherNotice | End::Date(_) => usual,
            End::Payments { count, last } => {
                let is_last = self.counted(setting).saturating_add(1) >= count;
                last.filter(|_| is_last).unwrap_or(usual)
            }
            End::Total(_) => self.no_more_than_is_left(usual),
        }
    }

    /// The amount, or what is left of the total if that is less.
    fn no_more_than_is_left(&self, amount: Cents) -> Cents {
        match self.plan.end {
            End::Total(total) => total.checked_sub(self.collected).unwrap_or(amount).min(amount),
            End::FurtherNotice | End::Date(_) | End::Payments { .. } => amount,
        }
    }
}

/// When the instalments of a day are taken (the guess `instalment_hour`). An hour that the clocks
/// leave out is the next one.
fn taken_at(setting: &Setting<'_>, date: Date) -> Timestamp {
    let hour = i8::try_from(setting.guesses.number(guesses::INSTALMENT_HOUR)).unwrap_or(0);
    let at = date.at(hour, 0, 0, 0).to_zoned(setting.zone());
    at.map_or_else(|_| setting.start_of(date), |at| at.timestamp())
}

impl Merchant {
    /// Begins a schedule, and takes the first instalment if its day has come; returns its number.
    pub(in crate::sandbox) fn begin_schedule(
        &mut self,
        setting: &Setting<'_>,
        customer: u64,
        plan: Plan,
    ) -> u64 {
        let id = self.ids.next(Kind::Schedule);
        self.schedules.put(Schedule {
            id,
            state: State::Active,
            customer,
            plan,
            next: None,
            last: None,
            asked: 0,
            paid: 0,
            collected: Cents::default(),
            retries: Vec::new(),
        });
        self.plan_next(setting, id);
        id
    }

    /// Puts a schedule there that began before, and plans its next instalment.
    pub(in crate::sandbox) fn go_on_with(&mut self, setting: &Setting<'_>, schedule: Schedule) {
        let (id, state) = (schedule.id, schedule.state);
        self.schedules.put(schedule);
        if state == State::Active {
            self.plan_next(setting, id);
            self.complete_if_over(id);
        }
    }

    /// Replaces what a schedule was asked for with. What was taken before counts towards the new
    /// end; the next instalment falls on the first date of the new series from today on that is
    /// after the last one taken.
    ///
    /// # Errors
    ///
    /// The schedule is over.
    pub(in crate::sandbox) fn replace_plan(
        &mut self,
        setting: &Setting<'_>,
        id: u64,
        plan: Plan,
    ) -> Result<(), Unfit> {
        let change = |schedule: &mut Schedule| {
            let lawful = schedule.happen(Event::Update);
            if lawful {
                schedule.plan = plan;
            }
            lawful
        };
        if self.schedules.change(id, change) != Some(true) {
            return Err(self.is_over(id, "it cannot be updated"));
        }
        self.strike_next(id);
        self.plan_next(setting, id);
        self.complete_if_over(id);
        Ok(())
    }

    /// Stops a schedule for good.
    ///
    /// # Errors
    ///
    /// The schedule is over already.
    pub(in crate::sandbox) fn stop_schedule(&mut self, id: u64) -> Result<(), Unfit> {
        let stopped = self.schedules.change(id, |schedule| schedule.happen(Event::Stop));
        if stopped != Some(true) {
            return Err(self.is_over(id, "it cannot be stopped"));
        }
        self.clear(id);
        Ok(())
    }

    /// Stops every schedule of a customer.
    pub(in crate::sandbox) fn stop_schedules_of(&mut self, customer: u64) {
        let theirs = self.schedules.found(By::Customer, &customer.to_string());
        let active = theirs.filter(|schedule| schedule.state == State::Active);
        let ids: Vec<u64> = active.map(|schedule| schedule.id).collect();
        for id in ids {
            self.schedules.change(id, |schedule| schedule.happen(Event::Stop));
            self.clear(id);
        }
    }

    /// A customer's schedules, the active ones first, then by their codes.
    pub(in crate::sandbox) fn schedules_of(&self, customer: u64) -> Vec<&Schedule> {
        let mut theirs: Vec<&Schedule> =
            self.schedules.found(By::Customer, &customer.to_string()).collect();
        theirs.sort_by_key(|it| (it.state != State::Active, &it.plan.code, it.id));
        theirs
    }

    fn is_over(&self, id: u64, hence: &str) -> Unfit {
        let state = self.schedules.get(id).map_or(State::Stopped, |schedule| schedule.state);
        Unfit("status", format!("The recurring payment is {}; {hence}.", state.bank_word()))
    }

    /// Puts the next instalment on the agenda, or takes it at once if its time has come. The first
    /// one is taken at once too if its day is the current settlement date.
    fn plan_next(&mut self, setting: &Setting<'_>, id: u64) {
        let Some(schedule) = self.schedules.get(id) else { return };
        let Some(next) = schedule.coming(setting, setting.today()) else { return };
        let payer = self.payer_of(schedule);
        let settles = payer.map(|account| setting.settles(account.instrument.cut_off()));
        let first = schedule.last.is_none() && next.turn == 0;
        self.schedules.change(id, |schedule| schedule.next = Some(next));
        if next.at <= setting.now || (first && settles == Some(next.date)) {
            self.collect(setting, id);
        } else {
            self.agenda.note(next.at, Due::Instalment, id);
        }
    }

    fn strike_next(&mut self, id: u64) {
        let next = self.schedules.change(id, |schedule| schedule.next.take()).flatten();
        if let Some(next) = next {
            self.agenda.strike(next.at, Due::Instalment, id);
        }
    }

    /// Takes everything off the agenda that a schedule had still to come.
    fn clear(&mut self, id: u64) {
        self.strike_next(id);
        let retries = self.schedules.change(id, |it| std::mem::take(&mut it.retries));
        for retry in retries.unwrap_or_default() {
            self.agenda.strike(retry.at, Due::Retry, id);
        }
    }

    /// Completes a schedule from which nothing is to come, or that has all it was to have.
    fn complete_if_over(&mut self, id: u64) {
        let Some(schedule) = self.schedules.get(id) else { return };
        let has_all = match schedule.plan.end {
            End::FurtherNotice | End::Date(_) => false,
            End::Payments { count, .. } => schedule.paid >= count,
            End::Total(total) => schedule.collected >= total,
        };
        let nothing_comes = schedule.next.is_none() && schedule.retries.is_empty();
        if has_all || nothing_comes {
            self.schedules.change(id, |schedule| schedule.happen(Event::Complete));
            self.clear(id);
        }
    }
}
