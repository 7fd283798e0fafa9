//! PayTo agreements: what a payer allows, who may end or pause it, and what is taken under it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::calendar::{at_hour, today};
use super::super::calls::{PayerAct, Who};
use super::BUSINESS;
use super::deeds::{amount, customer_number};

#[path = "agreements/acts.rs"]
mod acts;

/// The longest a payer may be given to answer, and the usual time.
const MINUTES_MAX: u16 = 7_200;

/// How long after a direct debit was moved no payment is made.
const GRACE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// So many payments declined in a row suspend an agreement.
const DECLINED_MAX: u32 = 7;

/// How long the payer's bank takes (the guess `payto_payment_seconds`).
const SETTLES: SignedDuration = SignedDuration::from_secs(30);

/// An agreement that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    who: For,
    start: Date,
    /// The last day; without one it renews itself.
    end: Option<Date>,
    terms: Terms,
    minutes: u16,
    migrated: bool,
}

/// Whose agreement.
#[derive(Clone, Copy, Debug)]
enum For {
    Customer(usize),
    /// One who is made with it.
    New(u8),
}

/// What may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Terms {
    cents: i64,
    /// The most, where the amount is not fixed.
    maximum: Option<i64>,
}

/// What an amendment asks of the payer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    what: To,
    minutes: u16,
}

#[derive(Clone, Copy, Debug)]
enum To {
    Terms(Terms),
    End(Date),
    Renewal,
}

/// An agreement.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) customer: usize,
    pub(crate) state: State,
    wanted: Wanted,
    description: String,
    respond_by: Timestamp,
    blocked_until: Timestamp,
    declined: u32,
    amendment: Option<Amendment>,
}

#[derive(Clone, Debug)]
struct Amendment {
    state: Amending,
    respond_by: Timestamp,
    to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amending {
    Pending,
    Completed,
    Declined,
    Expired,
    Recalled,
    /// The agreement ended first.
    Lapsed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Active,
    Suspended(Who),
    Cancelled,
    Declined,
    Expired,
    Recalled,
}

impl State {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Suspended(_) => "SUSPENDED",
            Self::Cancelled => "CANCELLED",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
            Self::Recalled => "RECALLED",
        }
    }

    /// Whether the documents lead from one word to the other, over whatever lies between.
    pub(crate) fn may_become(from: &str, to: &str) -> bool {
        from == to
            || match from {
                "PENDING" => true,
                "ACTIVE" | "SUSPENDED" => matches!(to, "ACTIVE" | "SUSPENDED" | "CANCELLED"),
                _ => false,
            }
    }

    const fn lives(self) -> bool {
        matches!(self, Self::Active | Self::Suspended(_))
    }

    /// Where it leads when one side wants it to be otherwise; `None` if it may not.
    fn after(self, act: StatusChange, who: Who) -> Option<Self> {
        match (self, act) {
            (Self::Pending, StatusChange::Recall) => Some(Self::Recalled),
            (Self::Active, StatusChange::Suspend) => Some(Self::Suspended(who)),
            (Self::Suspended(by), StatusChange::Resume) if by == who => Some(Self::Active),
            (Self::Active | Self::Suspended(_), StatusChange::Cancel) => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// What a side may make of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusChange {
    Recall,
    Suspend,
    Resume,
    Cancel,
}

impl StatusChange {
    const fn word(self) -> &'static str {
        match self {
            Self::Recall => "RECALLED",
            Self::Suspend => "SUSPENDED",
            Self::Resume => "ACTIVE",
            Self::Cancel => "CANCELLED",
        }
    }

    pub(crate) fn body(self) -> Value {
        json!({ "agreementStatus": self.word(), "reasonCode": "MD17" })
    }
}

impl Terms {
    /// Amounts of PayTo are texts.
    fn body(self) -> Value {
        let text = |cents| amount(cents).to_string();
        let kind = if self.maximum.is_some() { "VARI" } else { "FIXE" };
        json!({ "frequency": "ADHO", "agreementType": kind, "currency": "AUD",
                "paymentAmount": text(self.cents),
                "maximumPaymentAmount": self.maximum.map(text) })
    }

    fn is_lawful(self) -> bool {
        self.cents > 0 && self.maximum.is_none_or(|maximum| maximum >= self.cents)
    }

    fn allow(self, cents: i64) -> bool {
        match self.maximum {
            Some(maximum) => cents <= maximum,
            None => cents == self.cents,
        }
    }
}

impl Wanted {
    pub(crate) fn path(&self) -> String {
        match self.who {
            For::Customer(at) => format!("/customers/$c{at}/payto-agreements"),
            For::New(_) => "/payto-agreements".to_owned(),
        }
    }

    pub(crate) fn body(&self) -> Value {
        let kind = if self.migrated { "MIGRATED_DDR" } else { "AUTHORISED" };
        let mut body = json!({
            "supplierBusinessCode": BUSINESS, "payeeReference": "AGR-5",
            "agreementCreationType": kind, "respondByTimeMinutes": self.minutes,
            "paymentDetails": { "purpose": "RETL", "description": "Hire",
                                "startDate": self.start.to_string(),
                                "automaticRenewal": self.end.is_none() },
            "paymentTerms": self.terms.body(),
            "payerDetails": { "payerType": "PERS", "payerName": "SAM TEST", "bsb": "032999",
                              "accountNumber": "123456" },
        });
        if let Some(end) = self.end {
            body["paymentDetails"]["endDate"] = json!(end.to_string());
        }
        if let For::New(number) = self.who {
            body["customerNumber"] = json!(customer_number(number));
        }
        body
    }
}

impl Change {
    pub(crate) fn body(self) -> Value {
        let mut body = match self.what {
            To::Terms(terms) => json!({ "paymentTerms": terms.body() }),
            To::End(end) => json!({ "paymentDetails": { "endDate": end.to_string(),
                                                        "automaticRenewal": false } }),
            To::Renewal => json!({ "paymentDetails": { "automaticRenewal": true } }),
        };
        body["respondByTimeMinutes"] = json!(self.minutes);
        body
    }
}

impl Agreement {
    fn become_(&mut self, state: State) {
        self.state = state;
        if !state.lives() {
            self.end_amendment(Amending::Lapsed);
        }
    }

    /// Ends the amendment that waits; says whether one did.
    fn end_amendment(&mut self, state: Amending) -> bool {
        let waits = |amendment: &&mut Amendment| amendment.state == Amending::Pending;
        let Some(amendment) = self.amendment.as_mut().filter(waits) else { return false };
        amendment.state = state;
        if state == Amending::Completed {
            match amendment.to {
                To::Terms(terms) => self.wanted.terms = terms,
                To::End(end) => self.wanted.end = Some(end),
                To::Renewal => self.wanted.end = None,
            }
        }
        true
    }

    pub(crate) fn is_amending(&self) -> bool {
        self.amendment.as_ref().is_some_and(|amendment| amendment.state == Amending::Pending)
    }

    /// Whether the payer may do this now.
    pub(crate) fn allows(&self, act: PayerAct) -> bool {
        after(self.state, act).is_some() || (act.is_of_amendment() && self.is_amending())
    }

    /// Whether the payer's bank pays.
    fn pays(&self, cents: i64, now: Timestamp) -> bool {
        let day = today(now);
        let in_time = day >= self.wanted.start && self.wanted.end.is_none_or(|end| day <= end);
        let open = self.state == State::Active && now >= self.blocked_until;
        open && in_time && self.wanted.terms.allow(cents)
    }
}

/// Where a payer's act leads.
fn after(state: State, act: PayerAct) -> Option<State> {
    match act {
        PayerAct::Approve => (state == State::Pending).then_some(State::Active),
        PayerAct::Decline => (state == State::Pending).then_some(State::Declined),
        PayerAct::Expire => (state == State::Pending).then_some(State::Expired),
        PayerAct::Pause => state.after(StatusChange::Suspend, Who::Payer),
        PayerAct::Unpause => state.after(StatusChange::Resume, Who::Payer),
        PayerAct::Cancel => state.after(StatusChange::Cancel, Who::Payer),
        _ => None,
    }
}

fn minutes_fit(minutes: u16) -> bool {
    (1..=MINUTES_MAX).contains(&minutes)
}

fn after_minutes(now: Timestamp, minutes: u16) -> Timestamp {
    now + SignedDuration::from_mins(minutes.into())
}

/// When an agreement is over whose last day this is.
fn ends(end: Date) -> Timestamp {
    at_hour(end.tomorrow().unwrap(), 0)
}

pub(crate) fn description(text: u8) -> String {
    format!("Hire {text}")
}
