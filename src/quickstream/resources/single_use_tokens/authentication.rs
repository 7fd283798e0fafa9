//! 3-D Secure: asks the payer's bank whether it is they who pay. A token is authenticated without
//! being spent.
//!
//! Every field of the request is checked as the documents have it before anything is sent. What is
//! said of the payer does not print.

pub mod holder;
pub mod place;
pub mod purchase;
pub mod risk;
pub mod values;

use serde_json::Value;

use crate::key::KeyText;
use crate::quickstream::ask::IdempotencyKey;
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::contact::{Email, Phone};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::SingleUseTokenId;
use crate::quickstream::models::{model, vocabulary};
use crate::quickstream::typed::Done;
use crate::quickstream::word::Word;
use holder::CardholderAccount;
use place::{Address, Shipping};
use purchase::Reason;
use risk::MerchantRisk;

/// What the token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// To take a payment. The documents ask for the billing address then, though none of its lines
    /// by itself.
    Payment {
        /// Where the card's statements go.
        billing: Address,
    },
    /// To keep the card.
    Storing {
        /// Where the card's statements go, which is recommended.
        billing: Option<Address>,
    },
}

/// How the payer can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Their e-mail address.
    pub email: Option<Email>,
    /// At home.
    pub home: Option<Phone>,
    /// On the way.
    pub mobile: Option<Phone>,
    /// At work.
    pub work: Option<Phone>,
}

/// One authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// What the token is for.
    pub token_use: Use,
    /// Why it is asked for.
    pub reason: Reason,
    /// What is bought.
    pub risk: MerchantRisk,
    /// How the payer can be reached.
    pub contact: Contact,
    /// Where goods are sent.
    pub shipping: Option<Shipping>,
    /// The payer's account with the merchant.
    pub account: CardholderAccount,
}

impl Authentication {
    /// An authentication with what must be there and nothing else.
    pub fn new(token_use: Use, reason: Reason) -> Self {
        let (risk, contact) = (MerchantRisk::default(), Contact::default());
        let (shipping, account) = (None, CardholderAccount::default());
        Self { token_use, reason, risk, contact, shipping, account }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    fn form(&self) -> Form {
        let mut form = Form::new();
        let (category, billing) = match &self.token_use {
            Use::Payment { billing } => ("01", Some(billing)),
            Use::Storing { billing } => ("02", billing.as_ref()),
        };
        form.word("messageCategory", category);
        self.reason.write(&mut form);
        self.risk.write(&mut form);
        let Contact { email, home, mobile, work } = &self.contact;
        form.maybe("email", email.as_ref());
        form.maybe("homePhone", home.as_ref());
        form.maybe("mobilePhone", mobile.as_ref());
        form.maybe("workPhone", work.as_ref());
        if let Some(billing) = billing {
            billing.write(&mut form, &place::BILLING);
        }
        if let Some(shipping) = &self.shipping {
            shipping.write(&mut form);
        }
        self.account.write(&mut form);
        form
    }
}

vocabulary! {
    /// What the payer's bank says.
    TransStatus {
        /// It is they.
        Authenticated = "Y",
        /// It was tried, which is enough.
        Attempted = "A",
        /// They are to be asked.
        Challenge = "C",
        /// It is not they.
        NotAuthenticated = "N",
        /// It refuses.
        Rejected = "R",
        /// It cannot tell.
        Unavailable = "U",
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Spend the token, as an authenticated one.
    Frictionless,
    /// Show the payer the challenge in their browser, and wait for what comes of it.
    Challenge,
    /// Say that it failed; take no payment and register no account.
    Failed,
}

model! {
    /// The answer to an authentication.
    Authenticated needs {
        /// What the payer's bank says.
        trans_status: Word<TransStatus> = "transStatus",
    } may {}
}

impl Authenticated {
    /// What to do next. A status that we do not know is no leave to take money.
    pub fn flow(&self) -> Flow {
        match self.trans_status.known() {
            Some(TransStatus::Authenticated | TransStatus::Attempted) => Flow::Frictionless,
            Some(TransStatus::Challenge) => Flow::Challenge,
            Some(
                TransStatus::NotAuthenticated | TransStatus::Rejected | TransStatus::Unavailable,
            )
            | None => Flow::Failed,
        }
    }
}

impl Client {
    /// `POST /single-use-tokens/{singleUseTokenId}/three-ds2-authentication`: asks the payer's bank.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; `not_found` for a token that has expired, and `unavailable` also if the
    /// facility is not set up for 3-D Secure, which no waiting changes.
    pub async fn authenticate_single_use_token(
        &self,
        key: &KeyText,
        token: &SingleUseTokenId,
        idempotency_key: &IdempotencyKey,
        authentication: &Authentication,
    ) -> Result<Authenticated, Fault> {
        const ENDPOINT: &str = "/single-use-tokens/{singleUseTokenId}/three-ds2-authentication";
        let path = format!("/single-use-tokens/{}/three-ds2-authentication", token.segment());
        let body = authentication.form().into_body();
        let done: Done<Authenticated> =
            self.create(key, ENDPOINT, path, idempotency_key, body).await?;
        Ok(done.value)
    }
}
