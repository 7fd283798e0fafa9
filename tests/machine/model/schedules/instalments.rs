//! Instalments: planned, taken, tried again and sent back.

use super::{HOUR, RETRIES, State};
use crate::calendar::{at_hour, settles, today};
use crate::means::Means;
use crate::model::{Kind, Model, Status, Taken};

impl Model {
    /// Plans the next instalment, or takes it at once: if its hour is past, or if it is the first and
    /// its date the current settlement date.
    pub(super) fn plan_next(&mut self, at: usize) {
        let schedule = &self.schedules[at];
        let next = schedule.coming(today(self.now));
        self.schedules[at].next = next;
        let Some(next) = next else { return };
        let schedule = &self.schedules[at];
        let first = schedule.last.is_none() && next == schedule.wanted.start;
        let (_, means) = self.payer(at);
        let settlement = settles(self.now, means.cut_off());
        if at_hour(next, HOUR) <= self.now || (first && settlement == next) {
            self.collect(at);
        }
    }

    /// The account that pays, and with what: the schedule's, the customer's default, or the
    /// customer's newest if there is no other.
    pub(super) fn payer(&self, at: usize) -> (usize, Means) {
        let schedule = &self.schedules[at];
        let newest = || {
            let mine = |at: &usize| self.accounts[*at].customer == schedule.customer;
            (0..self.accounts.len()).rev().find(mine).expect("an account there was once")
        };
        let default = self.customers[schedule.customer].default;
        let account = schedule.wanted.account.or(default).unwrap_or_else(newest);
        (account, self.accounts[account].means)
    }

    /// Takes an instalment that is due.
    pub(in crate::model) fn collect(&mut self, at: usize) {
        let cents = self.schedules[at].instalment();
        let schedule = &mut self.schedules[at];
        schedule.last = schedule.next.take();
        schedule.asked += 1;
        self.ask(at, cents, None);
        let next = self.schedules[at].coming(today(self.now));
        self.schedules[at].next = next;
        self.schedules[at].settle();
    }

    /// Tries a declined instalment again.
    pub(in crate::model) fn retry(&mut self, at: usize) {
        let now = self.now;
        let due: Vec<usize> = {
            let all = self.schedules[at].retries.iter();
            all.filter(|(when, _)| *when <= now).map(|(_, failed)| *failed).collect()
        };
        self.schedules[at].retries.retain(|(when, _)| *when > now);
        for failed in due {
            if self.schedules[at].state == State::Active {
                let cents = self.schedules[at].at_most(self.transactions[failed].principal);
                self.ask(at, cents, Some(failed));
                self.schedules[at].settle();
            }
        }
    }

    fn ask(&mut self, at: usize, cents: i64, original: Option<usize>) {
        let (account, means) = self.payer(at);
        let customer = self.schedules[at].customer;
        // The guess `instalment_account`: without an account that may pay, it is declined.
        let may_pay = self.accounts[account].enabled
            && (self.schedules[at].wanted.account.is_some()
                || self.customers[customer].default.is_some());
        let status = match means {
            _ if !may_pay || !means.approves() => Status::Declined,
            _ if means.is_card() => Status::Approved,
            _ => Status::ApprovedStar,
        };
        self.take(Taken {
            kind: Kind::Payment,
            status,
            means,
            principal: cents,
            surcharge: means.surcharge_on(cents),
            at: self.now,
            settles: settles(self.now, means.cut_off()),
            account: Some(account),
            customer: Some(customer),
            original,
            customer_reference: Some(self.customers[customer].number.clone()),
            authorisation: None,
            cancellation: None,
            schedule: Some(at),
            agreement: None,
        });
        let taken = self.transactions.len() - 1;
        if status == Status::Declined {
            self.note_retry(at, taken);
        } else {
            self.schedules[at].paid += 1;
            self.schedules[at].collected += cents;
        }
    }

    /// A bank sent an instalment back: it counts as declined.
    pub(in crate::model) fn instalment_returned(&mut self, taken: usize) {
        let of = &self.transactions[taken];
        if let Some(at) = of.schedule.filter(|_| of.kind == Kind::Payment) {
            self.schedules[at].paid -= 1;
            self.schedules[at].collected -= self.transactions[taken].principal;
            self.note_retry(at, taken);
        }
    }

    fn note_retry(&mut self, at: usize, failed: usize) {
        let tries = usize::from(self.transactions[failed].original.is_some());
        if self.schedules[at].state == State::Active && tries < RETRIES {
            let when = at_hour(today(self.now).tomorrow().unwrap(), HOUR);
            self.schedules[at].retries.push((when, failed));
        }
    }
}
