//! Payments, and giving them back.

use serde_json::Value;

use crate::key::KeyText;
use crate::quickstream::ask::IdempotencyKey;
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::BadField;
use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{AgreementToken, BusinessCode, ReceiptNumber};
use crate::quickstream::models::texts::Short;
use crate::quickstream::resources::transactions::act::{Act, Expected};
use crate::quickstream::resources::transactions::charge::Charge;
use crate::quickstream::resources::transactions::model::{Transaction, TransactionType};
use crate::quickstream::resources::transactions::notes::Notes;
use crate::quickstream::resources::transactions::source::Source;
use crate::quickstream::typed::Done;
use crate::quickstream::word::Word;

/// A payment from a card or a bank account.
pub type Payment = Charge<Source>;

impl Payment {
    /// A payment of so much, in the account's currency: New Zealand dollars from a New Zealand bank
    /// account, and Australian dollars otherwise.
    pub fn new(source: impl Into<Source>, amount: Amount) -> Self {
        let source = source.into();
        let currency = source.pays_in().unwrap_or(Currency::Aud);
        Self::of(source, amount, currency)
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        self.asking(TransactionType::Payment)
    }
}

/// Whether an agreement has served its purpose with this payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InAgreement {
    /// Others may follow.
    OneOfSeveral,
    /// None follows.
    Last,
}

/// A payment under a `PayTo` agreement. No surcharge is added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayToPayment {
    /// Under which agreement.
    pub agreement: AgreementToken,
    /// How much.
    pub amount: Amount,
    /// For which business.
    pub business: Option<BusinessCode>,
    /// The merchant's name of the payment through its whole life.
    pub end_to_end_id: Option<Short<35>>,
    /// What the payer reads.
    pub remittance_information: Option<Short<140>>,
    /// Whether others follow.
    pub place: Option<InAgreement>,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl PayToPayment {
    /// A payment of so much.
    pub fn new(agreement: AgreementToken, amount: Amount) -> Self {
        Self {
            agreement,
            amount,
            business: None,
            end_to_end_id: None,
            remittance_information: None,
            place: None,
            notes: Notes::default(),
        }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut data = Form::new();
        data.put("agreementToken", &self.agreement);
        data.maybe("endToEndId", self.end_to_end_id.as_ref());
        data.maybe("remittanceInformation1", self.remittance_information.as_ref());
        let last = self.place.map(|place| place == InAgreement::Last);
        data.maybe("finalPayment", last.as_ref());
        let mut form = Form::new();
        form.put("transactionType", &TransactionType::Payment);
        form.maybe("supplierBusinessCode", self.business.as_ref());
        form.put("principalAmount", &self.amount);
        // PayTo is Australian.
        form.put("currency", &Currency::Aud);
        form.value("payToData", data.into_value());
        self.notes.write(&mut form);
        let expected = Expected::of(TransactionType::Payment).with_amount(self.amount);
        Act { form, expected }
    }
}

/// Gives a payment back, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The payment, or the capture.
    pub payment: ReceiptNumber,
    /// How much.
    pub amount: Amount,
    /// In what.
    pub currency: Currency,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl Refund {
    /// A refund of so many Australian dollars.
    pub fn new(payment: ReceiptNumber, amount: Amount) -> Self {
        Self { payment, amount, currency: Currency::Aud, notes: Notes::default() }
    }

    /// A refund of all of a payment, as it was read: of its amount before any surcharge. What
    /// becomes of the surcharge the documents do not say.
    ///
    /// # Errors
    ///
    /// Refuses a payment that the bank says may not be refunded, and one that shows no amount.
    pub fn full(payment: &Transaction) -> Result<Self, BadField> {
        Self::checked(payment, None)
    }

    /// A refund of a part of a payment, as it was read.
    ///
    /// # Errors
    ///
    /// Refuses also more than was paid, and any part of a `PayTo` payment: such a one is given back
    /// whole or not at all.
    pub fn partial(payment: &Transaction, amount: Amount) -> Result<Self, BadField> {
        Self::checked(payment, Some(amount))
    }

    fn checked(payment: &Transaction, part: Option<Amount>) -> Result<Self, BadField> {
        let wrong = |rule| Err(BadField::new("originalReceiptNumber", rule));
        if payment.refundable == Some(false) {
            return wrong("be a payment that may be refunded");
        }
        let Some(paid) = &payment.principal_amount else {
            return wrong("be a payment that shows its amount");
        };
        let whole = Amount::new(paid.amount)?;
        let amount = part.unwrap_or(whole);
        let total = payment.total_amount.as_ref().map_or(paid.amount, |total| total.amount);
        if amount.cents() > total.max(paid.amount) {
            return Err(BadField::new("principalAmount", "be at most what was paid"));
        }
        let pay_to = payment.pay_to_data.is_some()
            || payment.pay_to_payee_account.is_some()
            || payment.pay_to_payer_account.is_some();
        if pay_to && amount != whole {
            let rule = "be all that was paid: a PayTo payment is refunded whole";
            return Err(BadField::new("principalAmount", rule));
        }
        let currency = paid.currency.as_ref().and_then(Word::known);
        Ok(Self {
            currency: currency.unwrap_or(Currency::Aud),
            ..Self::new(payment.receipt_number.clone(), amount)
        })
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut form = Form::new();
        form.put("transactionType", &TransactionType::Refund);
        form.put("originalReceiptNumber", &self.payment);
        form.put("principalAmount", &self.amount);
        form.put("currency", &self.currency);
        self.notes.write(&mut form);
        let expected = Expected::of(TransactionType::Refund);
        Act { form, expected: expected.with_amount(self.amount).with_original(&self.payment) }
    }
}

impl Client {
    /// `POST /transactions`: takes a payment. Whether it was approved is its status's to say: a
    /// declined payment is no fault.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn take_payment(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        payment: &Payment,
    ) -> Result<Done<Transaction>, Fault> {
        self.act(key, idempotency_key, payment.act()).await
    }

    /// `POST /transactions`: takes a payment under a `PayTo` agreement.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn take_payto_payment(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        payment: &PayToPayment,
    ) -> Result<Done<Transaction>, Fault> {
        self.act(key, idempotency_key, payment.act()).await
    }

    /// `POST /transactions`: gives a payment back.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn refund_payment(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        refund: &Refund,
    ) -> Result<Done<Transaction>, Fault> {
        self.act(key, idempotency_key, refund.act()).await
    }
}
