//! Customers: who pays. A customer has accounts, recurring payments, PayTo agreements and a history;
//! what each of these is has a file of its own.

use serde_json::Value;

use crate::key::KeyText;
use crate::quickstream::ask::{IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::link::Link;
use crate::quickstream::models::address::Address;
use crate::quickstream::models::contact::Email;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{BusinessCode, CustomerId};
use crate::quickstream::models::texts::{Personal, Reference, Short};
use crate::quickstream::models::{model, vocabulary};
use crate::quickstream::pages::Pager;
use crate::quickstream::resources::transactions::model::Transaction;
use crate::quickstream::typed::{Done, with_query};
use crate::quickstream::word::{Vocabulary, Word};

const ALL: &str = "/customers";
const ONE: &str = "/customers/{customerId}";

/// The names of the query's parameters. An older page of the documents calls the last
/// `customerEmail`.
mod names {
    pub(super) const NUMBER: &str = "customerNumber";
    pub(super) const NAME: &str = "customerName";
    pub(super) const EMAIL: &str = "emailAddress";
}

vocabulary! {
    /// How a customer is told of payments.
    NotificationMedium {
        /// By e-mail.
        Email = "EMAIL",
        /// By text message.
        Sms = "SMS",
        /// By both.
        EmailAndSms = "EMAILANDSMS",
        /// Not at all.
        None = "NONE",
    }
}

/// Whether a customer can be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CustomerStatus {
    /// Payments are taken.
    Enabled,
    /// Nothing is taken, and recurring payments are stopped.
    Disabled,
}

/// The bank's report of customers spells the words without the D.
impl Vocabulary for CustomerStatus {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ENABLED", Self::Enabled),
        ("DISABLED", Self::Disabled),
        ("ENABLE", Self::Enabled),
        ("DISABLE", Self::Disabled),
    ];
}

model! {
    /// A customer, as the bank has it.
    Customer needs {
        /// The bank's number of it.
        customer_id: CustomerId = "customerId",
    } may {
        /// The merchant's own number of it.
        customer_number: String = "customerNumber",
        /// Its name.
        customer_name: Personal = "customerName",
        /// The business that it belongs to.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
        /// Whether it can be charged.
        status: Word<CustomerStatus> = "status",
        /// Where to call.
        phone_number: Personal = "phoneNumber",
        /// Where to write.
        email_address: Personal = "emailAddress",
        /// How it is told of payments.
        preferred_notification_medium: Word<NotificationMedium> = "preferredNotificationMedium",
        /// Where it lives.
        address: Address = "address",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

/// A customer, as the merchant wants it: a new one, or all that the bank is to have of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerDetails {
    /// The merchant's own number, which no other customer has.
    pub number: Reference,
    /// Its name. The documents set no length; no text of the bank's own has more than 255 characters.
    pub name: Short<255>,
    /// The business that it belongs to.
    pub business: Option<BusinessCode>,
    /// Where to call.
    pub phone: Option<Short<255>>,
    /// Where to write.
    pub email: Option<Email>,
    /// How it is told of payments.
    pub notification: Option<NotificationMedium>,
    /// Where it lives.
    pub address: Option<Address>,
    /// Whether it can be charged; absent, the bank decides.
    pub status: Option<CustomerStatus>,
}

impl CustomerDetails {
    /// The least that a customer has.
    pub const fn new(number: Reference, name: Short<255>) -> Self {
        Self {
            number,
            name,
            business: None,
            phone: None,
            email: None,
            notification: None,
            address: None,
            status: None,
        }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    fn form(&self) -> Form {
        let mut form = Form::new();
        form.put("customerNumber", &self.number);
        form.put("customerName", &self.name);
        form.maybe("supplierBusinessCode", self.business.as_ref());
        form.maybe("phoneNumber", self.phone.as_ref());
        form.maybe("emailAddress", self.email.as_ref());
        form.maybe("preferredNotificationMedium", self.notification.as_ref());
        form.maybe("address", self.address.as_ref());
        if let Some(status) = self.status {
            form.put("enabled", &(status == CustomerStatus::Enabled));
        }
        form
    }
}

/// Which customers are wanted: those that meet all that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerSearch {
    /// The merchant's own number, whole.
    pub number: Option<Reference>,
    /// A part of the name.
    pub name: Option<Personal>,
    /// A part of the e-mail address.
    pub email: Option<Personal>,
}

impl Client {
    /// `GET /customers/{customerId}`: one customer.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn customer(&self, key: &KeyText, customer: &CustomerId) -> Result<Customer, Fault> {
        self.get_one(key, ONE, place(customer)).await
    }

    /// `GET /customers`: those that meet the search, in the order of the bank's numbers.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn customers(
        &self,
        key: &KeyText,
        search: &CustomerSearch,
    ) -> Result<Pager<Customer>, Fault> {
        let number = search.number.as_ref().map(|number| (names::NUMBER, number.as_str()));
        let name = search.name.as_ref().map(|name| (names::NAME, name.as_str()));
        let email = search.email.as_ref().map(|email| (names::EMAIL, email.as_str()));
        let query: Vec<_> = [number, name, email].into_iter().flatten().collect();
        self.list(key, ALL, &with_query(ALL, &query))
    }

    /// `POST /customers`: creates one.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again. `conflict` when another with this number is being
    /// created just then.
    pub async fn create_customer(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        details: &CustomerDetails,
    ) -> Result<Done<Customer>, Fault> {
        let body = details.form().into_body();
        let done: Done<Customer> =
            self.create(key, ALL, ALL.to_owned(), idempotency_key, body).await?;
        let number = details.number.as_str();
        done.if_shows("customerNumber", Some(number), |shown| shown.customer_number.as_deref())
    }

    /// `PUT /customers/{customerId}`: replaces all that the bank has of one; what the details leave
    /// out is removed. `None` if the bank does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn update_customer(
        &self,
        key: &KeyText,
        customer: &CustomerId,
        details: &CustomerDetails,
    ) -> Result<Option<Customer>, Fault> {
        self.change(key, ONE, place(customer), Verb::Put(details.form().into_body())).await
    }

    /// `PATCH /customers/{customerId}`: lets it be charged, or not. `None` if the bank does not show
    /// what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn set_customer_status(
        &self,
        key: &KeyText,
        customer: &CustomerId,
        status: CustomerStatus,
    ) -> Result<Option<Customer>, Fault> {
        let mut form = Form::new();
        form.put("enabled", &(status == CustomerStatus::Enabled));
        self.change(key, ONE, place(customer), Verb::Patch(form.into_body())).await
    }

    /// `GET /customers/{customerId}/transactions`: what it paid, and what came of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn customer_transactions(
        &self,
        key: &KeyText,
        customer: &CustomerId,
    ) -> Result<Pager<Transaction>, Fault> {
        let path = format!("{}/transactions", place(customer));
        self.list(key, "/customers/{customerId}/transactions", &path)
    }
}

/// Where a customer is.
pub(in crate::quickstream) fn place(customer: &CustomerId) -> String {
    format!("{ALL}/{}", customer.segment())
}
