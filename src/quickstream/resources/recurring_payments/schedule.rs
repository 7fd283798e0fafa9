//! What is asked for about a recurring payment. The documents name its parts, and two values of
//! them; the names of the fields and the other values stand here and nowhere else, as guesses.

use std::num::NonZeroU32;

use jiff::civil::Date;
use serde_json::Value;

use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{AccountToken, BusinessCode};
use crate::quickstream::models::texts::{Comment, Reference};
use crate::quickstream::models::{BadField, vocabulary};

vocabulary! {
    /// How often an instalment is taken. The documents show `MONTHLY`.
    ScheduleFrequency {
        /// Every day.
        Daily = "DAILY",
        /// Every week.
        Weekly = "WEEKLY",
        /// Every two weeks.
        Fortnightly = "FORTNIGHTLY",
        /// Every four weeks.
        FourWeekly = "FOUR_WEEKLY",
        /// Every month.
        Monthly = "MONTHLY",
        /// Every quarter of a year.
        Quarterly = "QUARTERLY",
        /// Every half year.
        HalfYearly = "HALF_YEARLY",
        /// Every year.
        Yearly = "YEARLY",
    }
}

vocabulary! {
    /// What ends a recurring payment. The documents show the first.
    ScheduleType {
        /// Nothing but stopping it.
        UntilFurtherNotice = "CONTINUE_UNTIL_FURTHER_NOTICE",
        /// A day.
        UntilDate = "CONTINUE_UNTIL_DATE",
        /// A number of instalments.
        ForNumberOfPayments = "CONTINUE_FOR_NUMBER_OF_PAYMENTS",
        /// A sum of all instalments.
        UntilTotalAmount = "CONTINUE_UNTIL_TOTAL_AMOUNT",
    }
}

/// When a recurring payment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleEnd {
    /// When it is stopped.
    UntilFurtherNotice,
    /// With this day.
    OnDate(Date),
    /// After so many instalments.
    AfterPayments {
        /// How many.
        count: NonZeroU32,
        /// The last one's amount, if it differs.
        last: Option<Amount>,
    },
    /// When so much was taken in all.
    AtTotal(Amount),
}

/// A recurring payment, as the merchant wants it: a new one, or all that the bank is to have of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    frequency: ScheduleFrequency,
    start: Date,
    end: ScheduleEnd,
    amount: Amount,
    currency: Currency,
    /// For which business.
    pub business: Option<BusinessCode>,
    /// From which account; the customer's default account, if absent.
    pub account: Option<AccountToken>,
    /// The merchant's code of it, or of the plan it follows.
    pub code: Option<Reference>,
    /// What it is for.
    pub description: Option<Comment>,
}

impl Schedule {
    /// So much in Australian dollars, so often, from when to when.
    ///
    /// # Errors
    ///
    /// Refuses an end before the first day, and a total of less than one instalment.
    pub fn new(
        amount: Amount,
        frequency: ScheduleFrequency,
        start: Date,
        end: ScheduleEnd,
    ) -> Result<Self, BadField> {
        match end {
            ScheduleEnd::OnDate(last) if last < start => {
                return Err(BadField::new("endDate", "not be before the first day"));
            }
            ScheduleEnd::AtTotal(total) if total < amount => {
                return Err(BadField::new("totalAmount", "be at least one instalment"));
            }
            ScheduleEnd::UntilFurtherNotice
            | ScheduleEnd::OnDate(_)
            | ScheduleEnd::AfterPayments { .. }
            | ScheduleEnd::AtTotal(_) => {}
        }
        let currency = Currency::Aud;
        let (business, account, code, description) = (None, None, None, None);
        let schedule =
            Self { frequency, start, end, amount, currency, business, account, code, description };
        Ok(schedule)
    }

    /// The same in another currency.
    #[must_use]
    pub fn in_currency(self, currency: Currency) -> Self {
        Self { currency, ..self }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        form.maybe("supplierBusinessCode", self.business.as_ref());
        form.maybe("accountToken", self.account.as_ref());
        form.maybe("paymentScheduleCode", self.code.as_ref());
        form.maybe("description", self.description.as_ref());
        form.put("frequency", &self.frequency);
        form.put("scheduleType", &self.end.kind());
        form.put("startDate", &self.start);
        form.put("regularPaymentAmount", &self.amount);
        match self.end {
            ScheduleEnd::UntilFurtherNotice => {}
            ScheduleEnd::OnDate(last) => form.put("endDate", &last),
            ScheduleEnd::AfterPayments { count, last } => {
                form.put("numberOfPayments", &u64::from(count.get()));
                form.maybe("finalPaymentAmount", last.as_ref());
            }
            ScheduleEnd::AtTotal(total) => form.put("totalAmount", &total),
        }
        form.put("currency", &self.currency);
        form
    }
}

impl ScheduleEnd {
    /// The bank's word for it.
    pub const fn kind(&self) -> ScheduleType {
        match self {
            Self::UntilFurtherNotice => ScheduleType::UntilFurtherNotice,
            Self::OnDate(_) => ScheduleType::UntilDate,
            Self::AfterPayments { .. } => ScheduleType::ForNumberOfPayments,
            Self::AtTotal(_) => ScheduleType::UntilTotalAmount,
        }
    }
}

/// Ends it for good.
pub(super) fn stop() -> Form {
    let mut form = Form::new();
    form.word("status", "STOPPED");
    form
}
