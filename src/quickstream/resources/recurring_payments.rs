//! Recurring payments: the bank takes an instalment from a customer's account again and again, until
//! it is stopped or has reached its end.

pub mod schedule;

use jiff::civil::Date;

use crate::domain::recurring_payment::{BANK_WORDS, State};
use crate::key::KeyText;
use crate::quickstream::ask::{IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::link::Link;
use crate::quickstream::models::ids::{AccountToken, BusinessCode, CustomerId, PaymentScheduleId};
use crate::quickstream::models::model;
use crate::quickstream::models::money::SurchargedMoney;
use crate::quickstream::models::texts::Reference;
use crate::quickstream::pages::Pager;
use crate::quickstream::resources::customers;
use crate::quickstream::resources::transactions::model::Transaction;
use crate::quickstream::typed::Done;
use crate::quickstream::word::{Vocabulary, Word};
use schedule::{Schedule, ScheduleFrequency, ScheduleType};

const ALL: &str = "/recurring-payments";
const ONE: &str = "/recurring-payments/{paymentScheduleId}";
const OF_CUSTOMER: &str = "/customers/{customerId}/recurring-payments";

impl Vocabulary for State {
    const WORDS: &'static [(&'static str, Self)] = BANK_WORDS;
}

model! {
    /// A recurring payment, as the bank has it. The documents name its id, its code, its status and
    /// the instalment's amount; what has another name than expected is found in `rest`.
    RecurringPayment needs {
        /// The bank's number of it.
        payment_schedule_id: PaymentScheduleId = "paymentScheduleId",
    } may {
        /// The merchant's code of it, or of the plan it follows.
        payment_schedule_code: String = "paymentScheduleCode",
        /// How it stands.
        status: Word<State> = "status",
        /// What one instalment comes to.
        instalment_amount: SurchargedMoney = "instalmentAmount",
        /// How often one is taken.
        frequency: Word<ScheduleFrequency> = "frequency",
        /// What ends it.
        schedule_type: Word<ScheduleType> = "scheduleType",
        /// The day of the first one.
        start_date: Date = "startDate",
        /// The day of the next one.
        next_payment_date: Date = "nextPaymentDate",
        /// The day after which none is taken.
        end_date: Date = "endDate",
        /// Whom it belongs to.
        customer_id: CustomerId = "customerId",
        /// From which account it is taken.
        account_token: AccountToken = "accountToken",
        /// For which business.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
        /// What it is for.
        description: String = "description",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl Client {
    /// `GET /recurring-payments/{paymentScheduleId}`: one recurring payment, as it stands now.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn recurring_payment(
        &self,
        key: &KeyText,
        schedule: &PaymentScheduleId,
    ) -> Result<RecurringPayment, Fault> {
        self.get_one(key, ONE, place(schedule)).await
    }

    /// `PUT /recurring-payments/{paymentScheduleId}`: replaces all that the bank has of one; what is
    /// left out is removed. `None` if the bank does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn update_recurring_payment(
        &self,
        key: &KeyText,
        schedule: &PaymentScheduleId,
        wanted: &Schedule,
    ) -> Result<Option<RecurringPayment>, Fault> {
        self.change(key, ONE, place(schedule), Verb::Put(wanted.form().into_body())).await
    }

    /// `PATCH /recurring-payments/{paymentScheduleId}`: ends it for good. `None` if the bank does not
    /// show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn stop_recurring_payment(
        &self,
        key: &KeyText,
        schedule: &PaymentScheduleId,
    ) -> Result<Option<RecurringPayment>, Fault> {
        self.change(key, ONE, place(schedule), Verb::Patch(schedule::stop().into_body())).await
    }

    /// `GET /recurring-payments/{paymentScheduleId}/transactions`: what was taken by it.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn recurring_payment_transactions(
        &self,
        key: &KeyText,
        schedule: &PaymentScheduleId,
    ) -> Result<Pager<Transaction>, Fault> {
        const ENDPOINT: &str = "/recurring-payments/{paymentScheduleId}/transactions";
        self.list(key, ENDPOINT, &format!("{}/transactions", place(schedule)))
    }

    /// `GET /customers/{customerId}/recurring-payments`: a customer's, the active ones first, then by
    /// their codes.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn customer_recurring_payments(
        &self,
        key: &KeyText,
        customer: &CustomerId,
    ) -> Result<Pager<RecurringPayment>, Fault> {
        self.list(key, OF_CUSTOMER, &of_customer(customer))
    }

    /// `POST /customers/{customerId}/recurring-payments`: a new one of a customer.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn create_recurring_payment(
        &self,
        key: &KeyText,
        customer: &CustomerId,
        idempotency_key: &IdempotencyKey,
        wanted: &Schedule,
    ) -> Result<Done<RecurringPayment>, Fault> {
        let body = wanted.form().into_body();
        let path = of_customer(customer);
        let done: Done<RecurringPayment> =
            self.create(key, OF_CUSTOMER, path, idempotency_key, body).await?;
        let code = wanted.code.as_ref().map(Reference::as_str);
        done.if_shows("paymentScheduleCode", code, |shown| shown.payment_schedule_code.as_deref())?
            .if_shows("customerId", Some(customer.as_str()), |shown| {
                shown.customer_id.as_ref().map(CustomerId::as_str)
            })
    }
}

fn place(schedule: &PaymentScheduleId) -> String {
    format!("{ALL}/{}", schedule.segment())
}

fn of_customer(customer: &CustomerId) -> String {
    format!("{}/recurring-payments", customers::place(customer))
}
