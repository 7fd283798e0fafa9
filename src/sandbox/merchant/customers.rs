//! Customers: whom the merchant knows.

use serde::{Deserialize, Serialize};

use super::Merchant;
use super::shelf::Record;

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Customer {
    /// The number of the bank's id.
    pub(in crate::sandbox) id: u64,
    /// The merchant's own number, unique in the facility.
    pub(in crate::sandbox) number: String,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) business: String,
    pub(in crate::sandbox) phone: Option<String>,
    pub(in crate::sandbox) email: Option<String>,
    pub(in crate::sandbox) medium: Medium,
    pub(in crate::sandbox) address: Address,
    pub(in crate::sandbox) enabled: bool,
    /// The account that pays when only the customer is given.
    pub(in crate::sandbox) default_account: Option<u64>,
}

/// How a customer is told of things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::sandbox) enum Medium {
    Email,
    Sms,
    EmailAndSms,
    #[default]
    None,
}

impl Medium {
    /// Every medium with its word.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("EMAIL", Self::Email),
        ("SMS", Self::Sms),
        ("EMAILANDSMS", Self::EmailAndSms),
        ("NONE", Self::None),
    ];

    /// The word in `preferredNotificationMedium`.
    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
            Self::EmailAndSms => "EMAILANDSMS",
            Self::None => "NONE",
        }
    }
}

/// A postal address; every part may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::sandbox) struct Address {
    pub(in crate::sandbox) street1: Option<String>,
    pub(in crate::sandbox) street2: Option<String>,
    pub(in crate::sandbox) street3: Option<String>,
    pub(in crate::sandbox) city: Option<String>,
    pub(in crate::sandbox) state: Option<String>,
    pub(in crate::sandbox) postcode: Option<String>,
    pub(in crate::sandbox) country: Option<String>,
}

/// What customers are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// The merchant's own number.
    Number,
}

impl Record for Customer {
    type Tag = By;

    fn number(&self) -> u64 {
        self.id
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Number, &self.number);
    }
}

impl Merchant {
    /// The customer with the merchant's own number.
    pub(in crate::sandbox) fn customer_numbered(&self, number: &str) -> Option<&Customer> {
        self.customers.found(By::Number, number).next()
    }
}
