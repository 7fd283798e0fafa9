//! One `POST /transactions`, whatever it does, and whether the answer is the answer to it.
//!
//! The bank answers a key that was used before with the answer of then, whatever is sent; so an
//! answer that cannot belong to the request is never taken for its outcome.

use crate::key::KeyText;
use crate::quickstream::ask::{Ask, IdempotencyKey, Verb};
use crate::quickstream::client::{Answer, Client};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json::Fields;
use crate::quickstream::models::amount::Amount;
use crate::quickstream::models::field::Field;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::ReceiptNumber;
use crate::quickstream::resources::transactions::TRANSACTIONS;
use crate::quickstream::resources::transactions::model::{Transaction, TransactionType};
use crate::quickstream::typed::Done;
use crate::quickstream::word::Word;

/// A request and what its answer must show.
pub(super) struct Act {
    pub(super) form: Form,
    pub(super) expected: Expected,
}

/// What an answer must show if it shows it at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    transaction_type: Option<TransactionType>,
    amount: Option<Amount>,
    original: Option<ReceiptNumber>,
}

impl Expected {
    pub(super) fn of(transaction_type: TransactionType) -> Self {
        Self { transaction_type: Some(transaction_type), ..Self::default() }
    }

    pub(super) fn with_amount(self, amount: Amount) -> Self {
        Self { amount: Some(amount), ..self }
    }

    pub(super) fn with_original(self, receipt: &ReceiptNumber) -> Self {
        Self { original: Some(receipt.clone()), ..self }
    }

    /// What the transaction shows that it cannot, if it answers the request.
    fn missed_by(&self, shown: &Transaction) -> Option<&'static str> {
        let differs = |expected: bool, what| expected.then_some(what);
        let shown_type = shown.transaction_type.as_ref().and_then(Word::known);
        let shown_amount = shown.principal_amount.as_ref().map(|money| money.amount);
        differs(differ(self.transaction_type, shown_type), "another transactionType")
            .or_else(|| {
                let amount = self.amount.map(Amount::cents);
                differs(differ(amount, shown_amount), "another principalAmount")
            })
            .or_else(|| {
                let (ours, theirs) = (&self.original, &shown.original_receipt_number);
                let original = differ(ours.as_ref(), theirs.as_ref());
                differs(original, "another originalReceiptNumber")
            })
    }
}

/// Whether both are there and differ.
fn differ<T: PartialEq>(expected: Option<T>, shown: Option<T>) -> bool {
    matches!((expected, shown), (Some(expected), Some(shown)) if expected != shown)
}

impl Client {
    pub(super) async fn act(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        act: Act,
    ) -> Result<Done<Transaction>, Fault> {
        let verb = Verb::Post(idempotency_key.clone(), act.form.into_body());
        let ask = Ask::new(TRANSACTIONS, verb, TRANSACTIONS, self.priority())?;
        let answer = with_receipt(self.ask(key, ask).await?);
        let status = answer.status;
        let done = Done::of(answer, Transaction::of)?;
        if let Some(missed) = act.expected.missed_by(&done.value) {
            let fault = Fault::new(FaultKind::OtherReply, format!("it shows {missed}"));
            return Err(Fault { status: Some(status), ..fault });
        }
        Ok(done)
    }
}

/// An answer whose body need not name the transaction, since its `Location` does: a payment that was
/// accepted and not yet made may have little to show.
fn with_receipt(answer: Answer) -> Answer {
    let mut fields = answer.fields.unwrap_or_default();
    if answer.status == 202 && !fields.names().any(|name| name == "receiptNumber") {
        let place = answer.location.as_deref().and_then(|place| place.rsplit('/').next());
        let receipt = place.and_then(|place| ReceiptNumber::new(place).ok());
        if let Some(receipt) = receipt {
            Fields::put(&mut fields, "receiptNumber", receipt.write());
        }
    }
    Answer { fields: Some(fields), ..answer }
}
