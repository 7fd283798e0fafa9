//! The lists of transactions. The documents name the resources; of their parameters they show one,
//! `supplierBusinessCode`. The other names stand here, in one place, and nowhere else.

use std::fmt;

use jiff::civil::Date;

use crate::key::KeyText;
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::BadField;
use crate::quickstream::models::details::{
    AccountNumber, Bsb, CardNumber, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBranchCode,
};
use crate::quickstream::models::ids::{AccountToken, BusinessCode, ReceiptNumber};
use crate::quickstream::models::texts::Reference;
use crate::quickstream::pages::Pager;
use crate::quickstream::resources::transactions::model::Transaction;
use crate::quickstream::typed::with_query;

/// The names of the query's parameters.
mod names {
    pub(super) const BUSINESS: &str = "supplierBusinessCode";
    pub(super) const REFERENCE: &str = "referenceNumber";
    pub(super) const SETTLEMENT_DATE: &str = "settlementDate";
    pub(super) const MONTH: &str = "month";
    pub(super) const CARD: &str = "cardNumber";
    pub(super) const BSB: &str = "bsb";
    pub(super) const ACCOUNT: &str = "accountNumber";
    pub(super) const NZ_BANK: &str = "nzBankCode";
    pub(super) const NZ_BRANCH: &str = "nzBranchCode";
    pub(super) const NZ_ACCOUNT: &str = "nzAccountNumber";
    pub(super) const NZ_SUFFIX: &str = "nzAccountSuffix";
}

/// A month of a year, which keeps a large list small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// Takes a year and a month.
    ///
    /// # Errors
    ///
    /// Refuses what is no month of the years 1 to 9999.
    pub fn new(year: i16, month: i8) -> Result<Self, BadField> {
        if (1..=9999).contains(&year) && (1..=12).contains(&month) {
            return Ok(Self { year, month });
        }
        Err(BadField::new(names::MONTH, "be a month of the years 1 to 9999"))
    }
}

impl From<Date> for Month {
    fn from(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }
}

impl fmt::Display for Month {
    /// A `date-month`: `2022-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What narrows a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// To one business.
    pub business: Option<BusinessCode>,
    /// To one month, where a list spans many.
    pub month: Option<Month>,
}

impl Narrow {
    fn of<'a>(&'a self, query: &mut Vec<(&'static str, &'a str)>, month: &'a str) {
        if let Some(business) = &self.business {
            query.push((names::BUSINESS, business.as_str()));
        }
        if self.month.is_some() {
            query.push((names::MONTH, month));
        }
    }
}

/// A New Zealand bank account to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NzAccountWanted {
    /// The bank.
    pub bank: NzBankCode,
    /// The branch.
    pub branch: NzBranchCode,
    /// Its number there.
    pub number: NzAccountNumber,
    /// Its suffix; any, if absent.
    pub suffix: Option<NzAccountSuffix>,
}

impl Client {
    /// `GET /transactions`: the most recent first.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn recent_transactions(
        &self,
        key: &KeyText,
        business: Option<&BusinessCode>,
    ) -> Result<Pager<Transaction>, Fault> {
        let narrow = Narrow { business: business.cloned(), month: None };
        self.transactions(key, "/transactions", &[], &narrow)
    }

    /// `GET /transactions/for-reference-number`: those with a reference of the merchant's.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn transactions_for_reference(
        &self,
        key: &KeyText,
        reference: &Reference,
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        let query = [(names::REFERENCE, reference.as_str())];
        self.transactions(key, "/transactions/for-reference-number", &query, narrow)
    }

    /// `GET /transactions/for-settlement-date`: those that settle on one banking day.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn transactions_for_settlement_date(
        &self,
        key: &KeyText,
        date: Date,
        business: Option<&BusinessCode>,
    ) -> Result<Pager<Transaction>, Fault> {
        let date = date.to_string();
        let query = [(names::SETTLEMENT_DATE, date.as_str())];
        let narrow = Narrow { business: business.cloned(), month: None };
        self.transactions(key, "/transactions/for-settlement-date", &query, &narrow)
    }

    /// `GET /transactions/for-account-token/{accountToken}`: those of a registered account.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn transactions_for_account(
        &self,
        key: &KeyText,
        account: &AccountToken,
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        const ENDPOINT: &str = "/transactions/for-account-token/{accountToken}";
        let path = format!("/transactions/for-account-token/{}", account.segment());
        self.transactions_at(key, ENDPOINT, &path, &[], narrow)
    }

    /// `GET /transactions/for-credit-card`: those with a card.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn transactions_for_card(
        &self,
        key: &KeyText,
        card: &CardNumber,
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        let query = [(names::CARD, card.as_str())];
        self.transactions(key, "/transactions/for-credit-card", &query, narrow)
    }

    /// `GET /transactions/for-bank-account`: those with an Australian bank account.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn transactions_for_bank_account(
        &self,
        key: &KeyText,
        bsb: &Bsb,
        number: &AccountNumber,
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        let query = [(names::BSB, bsb.digits()), (names::ACCOUNT, number.as_str())];
        self.transactions(key, "/transactions/for-bank-account", &query, narrow)
    }

    /// `GET /transactions/for-nz-bank-account`: those with a New Zealand bank account.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn transactions_for_nz_bank_account(
        &self,
        key: &KeyText,
        account: &NzAccountWanted,
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        let mut query = vec![
            (names::NZ_BANK, account.bank.as_str()),
            (names::NZ_BRANCH, account.branch.as_str()),
            (names::NZ_ACCOUNT, account.number.as_str()),
        ];
        query.extend(account.suffix.as_ref().map(|suffix| (names::NZ_SUFFIX, suffix.as_str())));
        self.transactions(key, "/transactions/for-nz-bank-account", &query, narrow)
    }

    /// `GET /transactions/suspended`: those that Fraud Guard holds.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn suspended_transactions(
        &self,
        key: &KeyText,
        business: Option<&BusinessCode>,
    ) -> Result<Pager<Transaction>, Fault> {
        let narrow = Narrow { business: business.cloned(), month: None };
        self.transactions(key, "/transactions/suspended", &[], &narrow)
    }

    /// `GET /transactions/{receiptNumber}/refunds`: what was given back of a payment.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn refunds(
        &self,
        key: &KeyText,
        receipt: &ReceiptNumber,
    ) -> Result<Pager<Transaction>, Fault> {
        let path = format!("/transactions/{}/refunds", receipt.segment());
        self.list(key, "/transactions/{receiptNumber}/refunds", &path)
    }

    /// `GET /transactions/{receiptNumber}/retries`: the further tries of an instalment that failed.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn retries(
        &self,
        key: &KeyText,
        receipt: &ReceiptNumber,
    ) -> Result<Pager<Transaction>, Fault> {
        let path = format!("/transactions/{}/retries", receipt.segment());
        self.list(key, "/transactions/{receiptNumber}/retries", &path)
    }

    fn transactions(
        &self,
        key: &KeyText,
        path: &'static str,
        query: &[(&'static str, &str)],
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        self.transactions_at(key, path, path, query, narrow)
    }

    fn transactions_at(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: &str,
        query: &[(&'static str, &str)],
        narrow: &Narrow,
    ) -> Result<Pager<Transaction>, Fault> {
        let month = narrow.month.map(|month| month.to_string()).unwrap_or_default();
        let mut query = query.to_vec();
        narrow.of(&mut query, &month);
        self.list(key, endpoint, &with_query(path, &query))
    }
}
