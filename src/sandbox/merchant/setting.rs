//! What a rule may look at besides the merchant's own data.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::domain::banking_day::{CutOff, settlement_date, settlement_zone};
use crate::sandbox::book::Business;
use crate::sandbox::guesses::{self, Guesses};

/// The circumstances of one act.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) struct Setting<'a> {
    pub(in crate::sandbox) now: Timestamp,
    pub(in crate::sandbox) seed: u64,
    pub(in crate::sandbox) guesses: &'a Guesses,
    /// The facility's community code.
    pub(in crate::sandbox) facility: &'a str,
    pub(in crate::sandbox) businesses: &'a [Business],
    /// What the facility is not set up for.
    pub(in crate::sandbox) without: &'a [Capability],
    /// The domains of e-mail whose addresses may be its PayIDs.
    pub(in crate::sandbox) pay_id_domains: &'a [String],
    /// The only businesses the caller's key may touch; empty for an unrestricted key.
    pub(in crate::sandbox) only: &'a [String],
    /// The base URL as the caller knows it, without a slash at the end; empty when time acts.
    pub(in crate::sandbox) base_url: &'a str,
}

/// What a facility may be set up for, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Credit cards.
    CreditCard,
    /// Australian bank accounts.
    DirectDebit,
    /// New Zealand bank accounts.
    DirectDebitNz,
    /// 3-D Secure.
    ThreeDs2,
    /// Pre-authorisations.
    PreAuthorisation,
    /// PayTo.
    PayTo,
    /// PayIDs.
    PayId,
}

impl<'a> Setting<'a> {
    /// The same at another time.
    pub(in crate::sandbox) const fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// Whether the facility is set up for it.
    pub(in crate::sandbox) fn can(&self, capability: Capability) -> bool {
        !self.without.contains(&capability)
    }

    /// The business with this code, if the caller may touch it.
    pub(in crate::sandbox) fn business(&self, code: &str) -> Option<&'a Business> {
        let found = self.businesses.iter().find(|business| business.code == code);
        found.filter(|_| self.may_touch(code))
    }

    /// Whether the caller's key may touch a business.
    pub(in crate::sandbox) fn may_touch(&self, code: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == code)
    }

    /// The businesses the caller's key may touch.
    pub(in crate::sandbox) fn visible(&self) -> impl Iterator<Item = &'a Business> {
        let (only, businesses) = (self.only, self.businesses);
        businesses.iter().filter(move |b| only.is_empty() || only.contains(&b.code))
    }

    /// The zone by whose clock payments settle.
    pub(in crate::sandbox) fn zone(&self) -> TimeZone {
        if self.guesses.is(guesses::CUT_OFF_ZONE, "aest") {
            TimeZone::fixed(Offset::constant(10))
        } else {
            settlement_zone()
        }
    }

    /// Today, where payments settle.
    pub(in crate::sandbox) fn today(&self) -> Date {
        self.zone().to_datetime(self.now).date()
    }

    /// The day on which what is taken now is settled.
    pub(in crate::sandbox) fn settles(&self, cut_off: CutOff) -> Date {
        settlement_date(self.now, cut_off, &self.zone())
    }

    /// When a day begins, where payments settle.
    pub(in crate::sandbox) fn start_of(&self, date: Date) -> Timestamp {
        date.to_zoned(self.zone()).map_or(self.now, |start| start.timestamp())
    }
}
