//! What a PayTo agreement is about: purpose, amounts, rhythm and end, in the words of the documents.
//!
//! What the documents have no field for cannot be asked for: a first payment of its own, a balloon's
//! last one, and a number of payments in a period.

use jiff::civil::Date;
use serde_json::Value;

use crate::domain::money::Cents;
use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::field::Field;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::texts::Short;
use crate::quickstream::models::{BadField, vocabulary};

vocabulary! {
    /// What an agreement is for.
    Purpose {
        /// A mortgage.
        Mortgage = "MORT",
        /// A utility's bill.
        Utility = "UTIL",
        /// A loan.
        Loan = "LOAN",
        /// Support of dependants.
        DependantSupport = "DEPD",
        /// Gambling.
        Gambling = "GAMP",
        /// Retail.
        Retail = "RETL",
        /// A salary.
        Salary = "SALA",
        /// A personal matter.
        Personal = "PERS",
        /// Government.
        Government = "GOVT",
        /// A pension.
        Pension = "PENS",
        /// Tax.
        Tax = "TAXS",
        /// Anything else.
        Other = "OTHR",
    }
}

vocabulary! {
    /// How often payments are taken.
    Frequency {
        /// Whenever there is cause.
        AdHoc = "ADHO",
        /// Several times a day.
        IntraDay = "INDA",
        /// Every day.
        Daily = "DAIL",
        /// Every week.
        Weekly = "WEEK",
        /// Every two weeks.
        Fortnightly = "FRTN",
        /// Every month.
        Monthly = "MNTH",
        /// Every quarter of a year.
        Quarterly = "QURT",
        /// Every half year.
        HalfYearly = "MIAN",
        /// Every year.
        Yearly = "YEAR",
    }
}

vocabulary! {
    /// How the amounts of an agreement come about.
    AgreementType {
        /// They are all the same.
        Fixed = "FIXE",
        /// They differ from one payment to the next.
        Variable = "VARI",
        /// They follow what was used.
        UsageBased = "USGB",
        /// They are the same but for the last, which is larger.
        Balloon = "BALN",
    }
}

vocabulary! {
    /// How an agreement comes about.
    CreationType {
        /// The payer is asked.
        Authorised = "AUTHORISED",
        /// It takes the place of a direct debit that the payer agreed to before.
        MigratedDirectDebit = "MIGRATED_DDR",
    }
}

/// How many minutes a payer has at most: five calendar days, which is also the bank's default.
const RESPOND_BY_MINUTES_MAX: u16 = 7_200;

/// How long the payer has to answer; the bank recalls what is not answered by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RespondBy(u16);

impl RespondBy {
    /// So many minutes.
    ///
    /// # Errors
    ///
    /// Refuses none, and more than 7200.
    pub const fn minutes(minutes: u16) -> Result<Self, BadField> {
        if minutes == 0 || minutes > RESPOND_BY_MINUTES_MAX {
            return Err(BadField::new("respondByTimeMinutes", "be 1 to 7200"));
        }
        Ok(Self(minutes))
    }

    pub(in crate::quickstream) fn write(this: Option<Self>, form: &mut Form) {
        let minutes = this.map(|Self(minutes)| u64::from(minutes));
        form.maybe("respondByTimeMinutes", minutes.as_ref());
    }
}

/// An amount as PayTo has it: a text of two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AmountText(pub Cents);

/// Read as a number, too.
impl Field for AmountText {
    fn read(value: &Value) -> Option<Self> {
        Cents::read(value).map(Self)
    }

    fn write(&self) -> Value {
        self.0.to_string().into()
    }
}

impl From<Amount> for AmountText {
    fn from(amount: Amount) -> Self {
        Self(amount.cents())
    }
}

/// What is usual and what is the most, where amounts differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AmountRange {
    usual: Option<Amount>,
    maximum: Option<Amount>,
}

impl AmountRange {
    /// Takes a usual amount, and one that no payment may exceed; a payer sees both.
    ///
    /// # Errors
    ///
    /// Refuses a usual amount above the maximum.
    pub fn new(usual: Option<Amount>, maximum: Option<Amount>) -> Result<Self, BadField> {
        if usual.zip(maximum).is_some_and(|(usual, maximum)| usual > maximum) {
            return Err(BadField::new("paymentAmount", "be no more than the maximum"));
        }
        Ok(Self { usual, maximum })
    }
}

/// What each payment may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementAmount {
    /// This and nothing else.
    Fixed(Amount),
    /// This or that.
    Variable(AmountRange),
    /// What was used.
    UsageBased(AmountRange),
}

impl AgreementAmount {
    pub(super) fn write(&self, form: &mut Form) {
        let (kind, AmountRange { usual, maximum }) = match *self {
            Self::Fixed(amount) => {
                (AgreementType::Fixed, AmountRange { usual: Some(amount), maximum: None })
            }
            Self::Variable(range) => (AgreementType::Variable, range),
            Self::UsageBased(range) => (AgreementType::UsageBased, range),
        };
        form.put("agreementType", &kind);
        form.maybe("paymentAmount", usual.map(AmountText::from).as_ref());
        form.maybe("maximumPaymentAmount", maximum.map(AmountText::from).as_ref());
        form.put("currency", &Currency::Aud);
    }
}

/// How much is paid, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// How often.
    pub frequency: Frequency,
    /// How much.
    pub amount: AgreementAmount,
}

impl PaymentTerms {
    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        form.put("frequency", &self.frequency);
        self.amount.write(&mut form);
        form
    }
}

/// When an agreement ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementEnd {
    /// When somebody ends it: it renews itself.
    Renews,
    /// With this day.
    On(Date),
}

impl AgreementEnd {
    pub(super) fn write(self, form: &mut Form) {
        if let Self::On(date) = self {
            form.put("endDate", &date);
        }
        form.put("automaticRenewal", &(self == Self::Renews));
    }
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreementPeriod {
    start: Date,
    end: AgreementEnd,
}

impl AgreementPeriod {
    /// Takes the first day and the end.
    ///
    /// # Errors
    ///
    /// Refuses an end that does not come after the first day.
    pub fn new(start: Date, end: AgreementEnd) -> Result<Self, BadField> {
        match end {
            AgreementEnd::On(last) if last <= start => {
                Err(BadField::new("endDate", "be after the first day"))
            }
            AgreementEnd::On(_) | AgreementEnd::Renews => Ok(Self { start, end }),
        }
    }
}

/// What an agreement is for, and from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentDetails {
    /// What it is for.
    pub purpose: Purpose,
    /// The same for the payer to read.
    pub description: Option<Short<140>>,
    /// From when to when.
    pub period: AgreementPeriod,
}

impl PaymentDetails {
    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        form.put("purpose", &self.purpose);
        form.maybe("description", self.description.as_ref());
        form.put("startDate", &self.period.start);
        self.period.end.write(&mut form);
        form
    }
}
