//! Customers: whom the merchant knows.

use serde::{Deserialize, Serialize};

use super::Merchant;
use super::ids::Kind;
use super::setting::Setting;
use super::shelf::Record;

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(default, deny_unknown_fields)]
pub(in crate::sandbox) struct Address {
    pub(in crate::sandbox) street1: Option<String>,
    pub(in crate::sandbox) street2: Option<String>,
    pub(in crate::sandbox) street3: Option<String>,
    pub(in crate::sandbox) city: Option<String>,
    pub(in crate::sandbox) state: Option<String>,
    pub(in crate::sandbox) postcode: Option<String>,
    pub(in crate::sandbox) country: Option<String>,
}

/// Whether a customer can be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Standing {
    Enabled,
    Disabled,
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

/// What a search of customers looks for; what is absent matches everything.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Search {
    /// The whole number.
    pub(in crate::sandbox) number: Option<String>,
    /// A part of the name, in any case.
    pub(in crate::sandbox) name: Option<String>,
    /// A part of the e-mail address, in any case.
    pub(in crate::sandbox) email: Option<String>,
}

impl Search {
    fn matches(&self, customer: &Customer) -> bool {
        let holds = |text: Option<&str>, part: &Option<String>| {
            let lower = |text: &str| text.to_lowercase();
            part.as_deref()
                .is_none_or(|part| text.is_some_and(|text| lower(text).contains(&lower(part))))
        };
        self.number.as_ref().is_none_or(|number| customer.number == *number)
            && holds(Some(&customer.name), &self.name)
            && holds(customer.email.as_deref(), &self.email)
    }
}

impl Merchant {
    /// A customer whose business the caller may touch.
    pub(in crate::sandbox) fn customer(&self, id: u64, setting: &Setting<'_>) -> Option<&Customer> {
        self.customers.get(id).filter(|customer| setting.may_touch(&customer.business))
    }

    /// The customers a search finds, in the order of their ids.
    pub(in crate::sandbox) fn search_customers(
        &self,
        search: &Search,
        setting: &Setting<'_>,
    ) -> impl Iterator<Item = &Customer> {
        let by_number = search.number.as_deref().map(|number| self.customer_numbered(number));
        let all = by_number.is_none().then(|| self.customers.all());
        let found = by_number.flatten().into_iter().chain(all.into_iter().flatten());
        found.filter(|customer| setting.may_touch(&customer.business) && search.matches(customer))
    }

    /// Puts a new customer on the books, under the next id; returns it.
    pub(in crate::sandbox) fn add_customer(&mut self, customer: Customer) -> u64 {
        let id = self.ids.next(Kind::Customer);
        self.customers.put(Customer { id, ..customer });
        id
    }

    /// Enables a customer, or disables one, which stops its recurring payments for good.
    pub(in crate::sandbox) fn set_customer_standing(&mut self, id: u64, standing: Standing) {
        self.customers.change(id, |customer| customer.enabled = standing == Standing::Enabled);
        if standing == Standing::Disabled {
            self.stop_schedules_of(id);
        }
    }

    /// The customer with the merchant's own number.
    pub(in crate::sandbox) fn customer_numbered(&self, number: &str) -> Option<&Customer> {
        self.customers.found(By::Number, number).next()
    }
}
