//! Accounts: what customers registered to pay with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::ids::Kind;
use super::instrument::Instrument;
use super::setting::Setting;
use super::shelf::Record;

/// A registered account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Account {
    /// The number of its token.
    pub(in crate::sandbox) token: u64,
    /// The number of its customer.
    pub(in crate::sandbox) customer: u64,
    pub(in crate::sandbox) instrument: Instrument,
    /// Whether it was not disabled.
    pub(in crate::sandbox) enabled: bool,
    pub(in crate::sandbox) registered: Timestamp,
}

/// What accounts are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// The customer's number.
    Customer,
}

impl Record for Account {
    type Tag = By;

    fn number(&self) -> u64 {
        self.token
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Customer, &self.customer.to_string());
    }
}

/// Whether an account becomes the one that pays by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Standing {
    Default,
    /// Only if the customer has no other.
    Ordinary,
}

impl Merchant {
    /// Registers an account for a customer; returns the number of its token.
    pub(in crate::sandbox) fn register(
        &mut self,
        now: Timestamp,
        customer: u64,
        instrument: Instrument,
        standing: Standing,
    ) -> u64 {
        let token = self.ids.next(Kind::Account);
        self.accounts.put(Account { token, customer, instrument, enabled: true, registered: now });
        self.customers.change(customer, |customer| {
            if standing == Standing::Default || customer.default_account.is_none() {
                customer.default_account = Some(token);
            }
        });
        token
    }

    /// An account, disabled or not, of a customer whose business the caller may touch.
    pub(in crate::sandbox) fn account_seen(
        &self,
        token: u64,
        setting: &Setting<'_>,
    ) -> Option<&Account> {
        let account = self.accounts.get(token)?;
        self.customer(account.customer, setting).map(|_| account)
    }

    /// Makes an account the one that pays by default.
    pub(in crate::sandbox) fn make_default(&mut self, token: u64) {
        if let Some(customer) = self.account(token).map(|account| account.customer) {
            self.customers.change(customer, |customer| customer.default_account = Some(token));
        }
    }

    /// Disables an account for good. If it was the default, its customer has none until another is
    /// made so.
    pub(in crate::sandbox) fn disable_account(&mut self, token: u64) {
        let customer = self.accounts.change(token, |account| {
            account.enabled = false;
            account.customer
        });
        self.customers.change(customer.unwrap_or_default(), |customer| {
            if customer.default_account == Some(token) {
                customer.default_account = None;
            }
        });
    }

    /// An account that was not disabled.
    pub(in crate::sandbox) fn account(&self, token: u64) -> Option<&Account> {
        self.accounts.get(token).filter(|account| account.enabled)
    }

    /// The account that pays when only the customer is given.
    pub(in crate::sandbox) fn default_account(&self, customer: u64) -> Option<&Account> {
        self.account(self.customers.get(customer)?.default_account?)
    }

    /// Whether it is its customer's default account.
    pub(in crate::sandbox) fn is_default(&self, account: &Account) -> bool {
        let customer = self.customers.get(account.customer);
        customer.is_some_and(|customer| customer.default_account == Some(account.token))
    }

    /// A customer's enabled accounts, oldest first.
    pub(in crate::sandbox) fn accounts_of(
        &self,
        customer: u64,
    ) -> impl DoubleEndedIterator<Item = &Account> + use<'_> {
        let found = self.accounts.found(By::Customer, &customer.to_string());
        found.filter(|account| account.enabled)
    }
}
