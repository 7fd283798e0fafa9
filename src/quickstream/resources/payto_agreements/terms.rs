//! What a PayTo agreement is about: purpose, amounts, rhythm, end and payer, in the words of the
//! documents.
//!
//! What the documents have no field for cannot be asked for: a first payment of its own, a balloon's
//! last one, and a number of payments in a period.

use std::fmt;

use jiff::civil::Date;
use serde_json::Value;

use crate::domain::money::Cents;
use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::contact::Email;
use crate::quickstream::models::details::{AccountNumber, Bsb};
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
    /// What the payer is.
    PayerType {
        /// A person.
        Person = "PERS",
        /// An organisation.
        Organisation = "ORGN",
    }
}

vocabulary! {
    /// What sort of text a PayID is.
    PayIdType {
        /// An e-mail address.
        Email = "EMAL",
        /// A telephone number.
        Phone = "TELE",
        /// An Australian business number.
        Abn = "AUBN",
        /// An organisation's id.
        Organisation = "ORGN",
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

    pub(super) fn write(this: Option<Self>, form: &mut Form) {
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

/// A PayID: a text that stands for a bank account.
#[derive(Clone, PartialEq, Eq)]
pub struct PayId {
    kind: PayIdType,
    text: String,
}

impl fmt::Debug for PayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[PayID]")
    }
}

/// How many digits an Australian business number has.
const ABN_DIGITS: usize = 11;
/// How many digits a telephone number has at most, its country's code included (ITU-T E.164).
const PHONE_DIGITS_MAX: usize = 15;

impl PayId {
    /// An e-mail address.
    pub fn email(email: &Email) -> Self {
        Self { kind: PayIdType::Email, text: email.as_str().to_owned() }
    }

    /// A telephone number such as `+61-400000000`.
    ///
    /// # Errors
    ///
    /// Refuses every other shape.
    pub fn phone(text: &str) -> Result<Self, BadField> {
        let parts = text.strip_prefix('+').and_then(|digits| digits.split_once('-'));
        let fits = |(country, number): (&str, &str)| {
            let count = country.len() + number.len();
            digits(country) && digits(number) && country.len() <= 3 && count <= PHONE_DIGITS_MAX
        };
        if parts.is_some_and(fits) {
            return Ok(Self { kind: PayIdType::Phone, text: text.to_owned() });
        }
        Err(BadField::new("payId", "be a telephone number such as +61-400000000"))
    }

    /// An Australian business number of eleven digits.
    ///
    /// # Errors
    ///
    /// Refuses anything else.
    pub fn abn(text: &str) -> Result<Self, BadField> {
        if text.len() == ABN_DIGITS && digits(text) {
            return Ok(Self { kind: PayIdType::Abn, text: text.to_owned() });
        }
        Err(BadField::new("payId", "have eleven digits"))
    }

    /// An organisation's id.
    pub fn organisation(id: &Short<255>) -> Self {
        Self { kind: PayIdType::Organisation, text: id.as_str().to_owned() }
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account that a payer pays from: named by a PayID or by its number, never by both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayerAccount {
    /// By a PayID.
    PayId(PayId),
    /// By its number.
    Bsb(Bsb, AccountNumber),
}

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// What the payer is.
    pub payer_type: PayerType,
    /// The merchant's id of the payer. The documents set no length.
    pub id: Option<Short<255>>,
    /// The payer's name.
    pub name: Short<140>,
    /// What the payer knows the agreement by.
    pub reference: Option<Short<35>>,
    /// Where the money comes from.
    pub account: PayerAccount,
}

impl Payer {
    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        form.put("payerType", &self.payer_type);
        form.maybe("payerId", self.id.as_ref());
        form.put("payerName", &self.name);
        form.maybe("payerReference", self.reference.as_ref());
        match &self.account {
            PayerAccount::PayId(PayId { kind, text }) => {
                form.put("payIdType", kind);
                form.word("payId", text);
            }
            PayerAccount::Bsb(bsb, number) => {
                form.word("bsb", bsb.digits());
                form.put("accountNumber", number);
            }
        }
        form
    }
}
