//! Once-off payments by `PayTo`: the agreement and its one payment are asked for together. The
//! documents name the object; what it holds is a guess that stands here alone.

use serde_json::Value;

use crate::key::KeyText;
use crate::quickstream::ask::IdempotencyKey;
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{BusinessCode, SingleUseTokenId};
use crate::quickstream::models::texts::Short;
use crate::quickstream::resources::payto_agreements::payer::Payer;
use crate::quickstream::resources::payto_agreements::terms::{Purpose, RespondBy};
use crate::quickstream::resources::transactions::act::{Act, Expected};
use crate::quickstream::resources::transactions::model::{Transaction, TransactionType};
use crate::quickstream::resources::transactions::notes::Notes;
use crate::quickstream::typed::Done;

/// Whom a once-off payment is asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnceOffPayer {
    /// A payer who is told whole.
    Told(Payer),
    /// The one whose account was sent from their browser.
    Token(SingleUseTokenId),
}

/// A payment under an agreement that is made for it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnceOffPayment {
    /// Whom it is asked of.
    pub payer: OnceOffPayer,
    /// How much.
    pub amount: Amount,
    /// For which business.
    pub business: BusinessCode,
    /// What it is for.
    pub purpose: Purpose,
    /// What the payer reads.
    pub description: Option<Short<140>>,
    /// The merchant's reference of the agreement.
    pub payee_reference: Option<Short<35>>,
    /// How long the payer has to answer; absent, five days.
    pub respond_by: Option<RespondBy>,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl OnceOffPayment {
    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut details = Form::new();
        details.put("purpose", &self.purpose);
        details.maybe("description", self.description.as_ref());
        let mut agreement = Form::new();
        RespondBy::write(self.respond_by, &mut agreement);
        agreement.maybe("payeeReference", self.payee_reference.as_ref());
        agreement.value("paymentDetails", details.into_value());
        let mut form = Form::new();
        form.put("transactionType", &TransactionType::Payment);
        form.put("supplierBusinessCode", &self.business);
        match &self.payer {
            OnceOffPayer::Told(payer) => {
                agreement.value("payerDetails", payer.form().into_value());
            }
            OnceOffPayer::Token(token) => form.put("singleUseTokenId", token),
        }
        form.value("payToAgreement", agreement.into_value());
        form.put("principalAmount", &self.amount);
        // PayTo is Australian.
        form.put("currency", &Currency::Aud);
        self.notes.write(&mut form);
        let expected = Expected::of(TransactionType::Payment).with_amount(self.amount);
        Act { form, expected }
    }
}

impl Client {
    /// `POST /transactions`: asks a payer for one payment by `PayTo`. It is pending until the payer
    /// has answered in their banking app, or has not in time.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn take_once_off_payment(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        payment: &OnceOffPayment,
    ) -> Result<Done<Transaction>, Fault> {
        self.act(key, idempotency_key, payment.act()).await
    }
}
