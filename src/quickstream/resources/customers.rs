//! `/customers`: who pays. A customer has accounts, recurring payments, PayTo agreements and a
//! history; each of these has a file of its own.

use crate::key::KeyText;
use crate::quickstream::ask::{Body, IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::form::{ANY, Form, SOME};
use crate::quickstream::ids::{CustomerId, SupplierBusinessCode};
use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::pages::{Listed, Pager};
use crate::quickstream::personal::Personal;
use crate::quickstream::send::with_query;
use crate::quickstream::word::{Vocabulary, Word};

const ALL: &str = "/customers";
const ONE: &str = "/customers/{customerId}";

/// A customer, as the bank has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The bank's id.
    pub customer_id: CustomerId,
    /// The merchant's own number of the customer.
    pub customer_number: Option<String>,
    /// The customer's name.
    pub customer_name: Option<Personal>,
    /// The business that the customer belongs to.
    pub supplier_business_code: Option<SupplierBusinessCode>,
    /// Whether the customer can be charged.
    pub status: Option<Word<CustomerStatus>>,
    /// A telephone number.
    pub phone_number: Option<Personal>,
    /// An e-mail address.
    pub email_address: Option<Personal>,
    /// How the customer is told of payments.
    pub preferred_notification_medium: Option<Word<NotificationMedium>>,
    /// Where the customer lives.
    pub address: Option<Address>,
    /// Where to go from here.
    pub links: Vec<Link>,
    /// What else the bank said.
    pub rest: Fields,
}

/// Whether a customer can be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CustomerStatus {
    /// Payments are taken.
    Enabled,
    /// Nothing is taken, and recurring payments are stopped.
    Disabled,
}

impl Vocabulary for CustomerStatus {
    // The bank's report of customers spells the words without the D.
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ENABLED", Self::Enabled),
        ("DISABLED", Self::Disabled),
        ("ENABLE", Self::Enabled),
        ("DISABLE", Self::Disabled),
    ];
}

/// How a customer is told of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotificationMedium {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
    /// By both.
    EmailAndSms,
    /// Not at all.
    None,
}

impl Vocabulary for NotificationMedium {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("EMAIL", Self::Email),
        ("SMS", Self::Sms),
        ("EMAILANDSMS", Self::EmailAndSms),
        ("NONE", Self::None),
    ];
}

/// Where a customer lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// First line of the street address.
    pub street1: Option<Personal>,
    /// Second line.
    pub street2: Option<Personal>,
    /// Third line.
    pub street3: Option<Personal>,
    /// City or suburb.
    pub city: Option<Personal>,
    /// State or territory.
    pub state: Option<Personal>,
    /// Postcode.
    pub postcode: Option<Personal>,
    /// Country.
    pub country: Option<Personal>,
    /// What else the bank said; never sent.
    pub rest: Fields,
}

/// A customer, as the merchant wants it: to create one, or in place of all that the bank has of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerDetails {
    /// The merchant's own number, which no other customer has.
    pub customer_number: String,
    /// The customer's name.
    pub customer_name: Personal,
    /// The business that the customer belongs to.
    pub supplier_business_code: Option<SupplierBusinessCode>,
    /// A telephone number.
    pub phone_number: Option<Personal>,
    /// An e-mail address.
    pub email_address: Option<Personal>,
    /// How the customer is told of payments.
    pub preferred_notification_medium: Option<NotificationMedium>,
    /// Where the customer lives.
    pub address: Option<Address>,
    /// Whether the customer can be charged; the bank decides if nothing is said.
    pub status: Option<CustomerStatus>,
}

/// Which customers are searched for: those that meet everything given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerSearch {
    /// The whole customer number.
    pub customer_number: Option<String>,
    /// A part of the name.
    pub customer_name: Option<Personal>,
    /// A part of the e-mail address.
    pub email_address: Option<Personal>,
}

impl Client {
    /// `GET /customers/{customerId}`: one customer.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn customer(&self, key: &KeyText, id: &CustomerId) -> Result<Customer, Fault> {
        self.get(key, ONE, place(id)).await
    }

    /// `GET /customers`: all customers that meet the search, by the bank's ids.
    ///
    /// # Errors
    ///
    /// A search that is too long to be sent.
    pub fn customers(
        &self,
        key: &KeyText,
        search: &CustomerSearch,
    ) -> Result<Pager<Customer>, Fault> {
        let CustomerSearch { customer_number, customer_name, email_address } = search;
        let query = [
            ("customerNumber", customer_number.as_deref()),
            ("customerName", customer_name.as_ref().map(Personal::as_str)),
            ("emailAddress", email_address.as_ref().map(Personal::as_str)),
        ];
        self.list(key, ALL, &with_query(ALL, &query))
    }

    /// `POST /customers`: a new customer.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again. Two creations of one number at once end in a
    /// conflict (409).
    pub async fn create_customer(
        &self,
        key: &KeyText,
        name: &IdempotencyKey,
        details: &CustomerDetails,
    ) -> Result<Customer, Fault> {
        self.create(key, ALL, ALL.to_owned(), name, details.form().body()?).await
    }

    /// `PUT /customers/{customerId}`: replaces all that the bank has of a customer; what the details
    /// leave out is removed. `None` if the bank answers without a body.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn update_customer(
        &self,
        key: &KeyText,
        id: &CustomerId,
        details: &CustomerDetails,
    ) -> Result<Option<Customer>, Fault> {
        self.change(key, ONE, Verb::Put(details.form().body()?), place(id)).await
    }

    /// `PATCH /customers/{customerId}`: lets a customer be charged, or not. `None` if the bank
    /// answers without a body.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn set_customer_status(
        &self,
        key: &KeyText,
        id: &CustomerId,
        status: CustomerStatus,
    ) -> Result<Option<Customer>, Fault> {
        let body = Form::new().truth("enabled", status == CustomerStatus::Enabled).body()?;
        self.change(key, ONE, Verb::Patch(body), place(id)).await
    }
}

/// The path of a customer.
pub(super) fn place(id: &CustomerId) -> String {
    format!("{ALL}/{}", id.in_path())
}

impl CustomerDetails {
    /// The least that a customer has.
    pub fn new(number: impl Into<String>, name: impl Into<Personal>) -> Self {
        Self {
            customer_number: number.into(),
            customer_name: name.into(),
            supplier_business_code: None,
            phone_number: None,
            email_address: None,
            preferred_notification_medium: None,
            address: None,
            status: None,
        }
    }

    /// What is sent.
    ///
    /// # Errors
    ///
    /// [`crate::quickstream::FaultKind::BadField`] with every field that breaks a limit.
    pub fn body(&self) -> Result<Body, Fault> {
        self.form().body()
    }

    fn form(&self) -> Form {
        let business = self.supplier_business_code.as_ref().map(SupplierBusinessCode::as_str);
        let form = Form::new()
            .text("customerNumber", &self.customer_number, SOME)
            .text("customerName", self.customer_name.as_str(), SOME)
            .text_if("supplierBusinessCode", business, SOME)
            .personal_if("phoneNumber", self.phone_number.as_ref(), ANY)
            .personal_if("emailAddress", self.email_address.as_ref(), ANY)
            .word_if("preferredNotificationMedium", self.preferred_notification_medium)
            .object_if("address", self.address.as_ref().map(Address::form));
        match self.status {
            Some(status) => form.truth("enabled", status == CustomerStatus::Enabled),
            None => form,
        }
    }
}

impl Address {
    fn form(&self) -> Form {
        Form::new()
            .personal_if("street1", self.street1.as_ref(), ANY)
            .personal_if("street2", self.street2.as_ref(), ANY)
            .personal_if("street3", self.street3.as_ref(), ANY)
            .personal_if("city", self.city.as_ref(), ANY)
            .personal_if("state", self.state.as_ref(), ANY)
            .personal_if("postcode", self.postcode.as_ref(), ANY)
            .personal_if("country", self.country.as_ref(), ANY)
    }

    fn read(mut fields: Fields) -> Self {
        Self {
            street1: fields.personal("street1"),
            street2: fields.personal("street2"),
            street3: fields.personal("street3"),
            city: fields.personal("city"),
            state: fields.personal("state"),
            postcode: fields.personal("postcode"),
            country: fields.personal("country"),
            rest: fields,
        }
    }
}

impl Listed for Customer {
    fn read(mut fields: Fields) -> Option<Self> {
        Some(Self {
            customer_id: CustomerId::take(&mut fields, "customerId")?,
            customer_number: fields.text("customerNumber"),
            customer_name: fields.personal("customerName"),
            supplier_business_code: SupplierBusinessCode::take(&mut fields, "supplierBusinessCode"),
            status: fields.word("status"),
            phone_number: fields.personal("phoneNumber"),
            email_address: fields.personal("emailAddress"),
            preferred_notification_medium: fields.word("preferredNotificationMedium"),
            address: fields.object("address").map(Address::read),
            links: fields.links(),
            rest: fields,
        })
    }
}
