//! What a payment and a pre-authorisation have in common: money asked of an account.

use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::BusinessCode;
use crate::quickstream::resources::transactions::act::{Act, Expected};
use crate::quickstream::resources::transactions::model::TransactionType;
use crate::quickstream::resources::transactions::notes::{CardData, Notes};
use crate::quickstream::resources::transactions::source::{CardSource, Source};

/// Money asked of an account: taken from it ([`Payment`](super::payment::Payment)), or held on a card
/// ([`PreAuthorisation`](super::preauth::PreAuthorisation)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge<S> {
    /// Of which account.
    pub source: S,
    /// How much, before any surcharge.
    pub amount: Amount,
    /// In what. A bank account that is sent whole is charged in its country's money, whatever this
    /// says.
    pub currency: Currency,
    /// For which business; the one of the token or the customer, if absent.
    pub business: Option<BusinessCode>,
    /// What goes with a card; nothing of it is sent with a bank account.
    pub card: CardData,
    /// What the merchant writes on it.
    pub notes: Notes,
}

/// What is charged, as a request names it.
pub(super) trait Charged {
    fn write(&self, form: &mut Form);

    /// The only money it can pay in; `None` if that is for the bank to know.
    fn pays_in(&self) -> Option<Currency>;
}

impl<S> Charge<S> {
    pub(super) fn of(source: S, amount: Amount, currency: Currency) -> Self {
        let (card, notes) = (CardData::default(), Notes::default());
        Self { source, amount, currency, business: None, card, notes }
    }

    pub(super) fn asking(&self, transaction_type: TransactionType) -> Act
    where
        S: Charged,
    {
        let own = self.source.pays_in();
        let mut form = Form::new();
        form.put("transactionType", &transaction_type);
        form.maybe("supplierBusinessCode", self.business.as_ref());
        self.source.write(&mut form);
        form.put("principalAmount", &self.amount);
        form.put("currency", &own.unwrap_or(self.currency));
        if own.is_none() {
            self.card.write(&mut form);
        }
        self.notes.write(&mut form);
        let expected = Expected::of(transaction_type).with_amount(self.amount);
        Act { form, expected }
    }
}

impl Charged for Source {
    fn write(&self, form: &mut Form) {
        Self::write(self, form);
    }

    fn pays_in(&self) -> Option<Currency> {
        Self::pays_in(self)
    }
}

impl Charged for CardSource {
    fn write(&self, form: &mut Form) {
        Self::write(self, form);
    }

    fn pays_in(&self) -> Option<Currency> {
        None
    }
}
