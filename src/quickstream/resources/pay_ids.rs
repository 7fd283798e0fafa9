//! PayIDs: e-mail addresses of the facility's own domain that stand for its account, so that a payer
//! can pay to them. Newer than the reference's table of resources: of the paths the documents show
//! the first, and the others are guesses that stand here alone.

use serde_json::Value;

use crate::domain::pay_id::{BANK_WORDS, State};
use crate::key::KeyText;
use crate::quickstream::ask::{Ask, IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::link::Link;
use crate::quickstream::models::amount::Amount;
use crate::quickstream::models::contact::Email;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{BusinessCode, CustomerId, segment};
use crate::quickstream::models::texts::{Personal, Reference, Short};
use crate::quickstream::models::{model, vocabulary};
use crate::quickstream::pages::Pager;
use crate::quickstream::resources::customers;
use crate::quickstream::resources::payto_agreements::terms::AmountText;
use crate::quickstream::typed::Done;
use crate::quickstream::word::{Vocabulary, Word};

const ONE: &str = "/payids/{payId}";
const OF_CUSTOMER: &str = "/customers/{customerId}/payids";

vocabulary! {
    /// How long a PayID lives.
    PayIdLife {
        /// Until it is deregistered.
        Static = "STATIC",
        /// Until one payment was received.
        Single = "SINGLE",
    }
}

impl Vocabulary for State {
    const WORDS: &'static [(&'static str, Self)] = BANK_WORDS;
}

model! {
    /// A PayID, as the bank has it.
    RegisteredPayId needs {
        /// The address.
        pay_id: Personal = "payId",
    } may {
        /// How long it lives.
        life: Word<PayIdLife> = "type",
        /// How it stands.
        status: Word<State> = "status",
        /// Whose it is.
        customer_id: CustomerId = "customerId",
        /// The merchant's own number of the customer.
        customer_number: String = "customerNumber",
        /// For which business.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
        /// The one amount it takes; any, if absent.
        payment_amount: AmountText = "paymentAmount",
        /// How soon it is to be registered.
        registration_priority: String = "registrationPriority",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl RegisteredPayId {
    /// How it stands, if that is a word we know.
    pub fn state(&self) -> Option<State> {
        self.status.as_ref().and_then(Word::known)
    }
}

/// What a PayID is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayIdUse {
    /// Any number of payments of any amount.
    Static,
    /// One payment: of this amount, if one is given. Any other is returned to the payer.
    Single(Option<Amount>),
}

/// A PayID to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayId {
    /// The address; its domain is set up for the facility.
    pub pay_id: Email,
    /// What it is to be used for.
    pub usage: PayIdUse,
    /// For which business.
    pub business: BusinessCode,
    /// The merchant's own number of the customer.
    pub customer_number: Option<Reference>,
    /// How soon it is to be registered. The documents name no values.
    pub registration_priority: Option<Short<255>>,
}

impl NewPayId {
    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    fn form(&self) -> Form {
        let (life, amount) = match self.usage {
            PayIdUse::Static => (PayIdLife::Static, None),
            PayIdUse::Single(amount) => (PayIdLife::Single, amount),
        };
        let mut form = Form::new();
        form.put("payId", &self.pay_id);
        form.put("type", &life);
        form.put("supplierBusinessCode", &self.business);
        form.maybe("paymentAmount", amount.map(AmountText::from).as_ref());
        form.maybe("customerNumber", self.customer_number.as_ref());
        form.maybe("registrationPriority", self.registration_priority.as_ref());
        form
    }
}

impl Client {
    /// `POST /customers/{customerId}/payids`: submits a PayID for registration. Whether it was
    /// registered is read later.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn register_pay_id(
        &self,
        key: &KeyText,
        customer: &CustomerId,
        idempotency_key: &IdempotencyKey,
        pay_id: &NewPayId,
    ) -> Result<Done<RegisteredPayId>, Fault> {
        let body = pay_id.form().into_body();
        let path = of_customer(customer);
        let done: Done<RegisteredPayId> =
            self.create(key, OF_CUSTOMER, path, idempotency_key, body).await?;
        done.if_shows("payId", Some(pay_id.pay_id.as_str()), |shown| Some(shown.pay_id.as_str()))
    }

    /// `GET /payids/{payId}`: one PayID, as it stands now.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn pay_id(&self, key: &KeyText, pay_id: &Email) -> Result<RegisteredPayId, Fault> {
        self.get_one(key, ONE, place(pay_id)).await
    }

    /// `GET /customers/{customerId}/payids`: a customer's.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn customer_pay_ids(
        &self,
        key: &KeyText,
        customer: &CustomerId,
    ) -> Result<Pager<RegisteredPayId>, Fault> {
        self.list(key, OF_CUSTOMER, &of_customer(customer))
    }

    /// `DELETE /payids/{payId}`: deregisters it, for good.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn deregister_pay_id(&self, key: &KeyText, pay_id: &Email) -> Result<(), Fault> {
        let ask = Ask::new(ONE, Verb::Delete, place(pay_id), self.priority())?;
        self.ask(key, ask).await.map(drop)
    }
}

fn place(pay_id: &Email) -> String {
    format!("/payids/{}", segment(pay_id.as_str()))
}

fn of_customer(customer: &CustomerId) -> String {
    format!("{}/payids", customers::place(customer))
}
