//! Money held on a card, by the card's scheme. What can become of a hold is in the table of
//! [`crate::domain::pre_authorisation`]; a request that the scheme does not know cannot be made.

use std::marker::PhantomData;

use crate::domain::pre_authorisation::scheme::{Mastercard, Other, Visa};
use crate::domain::pre_authorisation::{Scheme, State};
use crate::quickstream::models::amount::Currency;
use crate::quickstream::models::ids::ReceiptNumber;
use crate::quickstream::resources::transactions::model::{Transaction, TransactionType};
use crate::quickstream::word::Word;

/// Money held on a card of scheme `C`.
#[derive(Clone, Debug)]
pub struct Hold<C> {
    receipt: ReceiptNumber,
    currency: Currency,
    scheme: PhantomData<fn() -> C>,
}

impl<C> Hold<C> {
    /// A hold that the caller knows to be on a card of this scheme. What follows a hold names its
    /// first receipt, not those of later authorisations.
    pub fn known(receipt: ReceiptNumber, currency: Currency) -> Self {
        Self { receipt, currency, scheme: PhantomData }
    }

    /// The first receipt.
    pub fn receipt(&self) -> &ReceiptNumber {
        &self.receipt
    }

    /// In what it is held.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}

/// Money held on a card of a scheme that is known only now.
#[derive(Clone, Debug)]
pub enum AnyHold {
    /// On a Visa card.
    Visa(Hold<Visa>),
    /// On a Mastercard.
    Mastercard(Hold<Mastercard>),
    /// On another.
    Other(Hold<Other>),
}

impl AnyHold {
    /// The hold that a transaction made: a pre-authorisation that was approved, the first of its
    /// line. Whether it still stands is not to be seen from it.
    pub fn of(transaction: &Transaction) -> Option<Self> {
        let kind = transaction.transaction_type.as_ref().and_then(Word::known);
        let first = transaction.authorisation_type.is_none()
            && transaction.cancellation_type.is_none()
            && transaction.original_receipt_number.is_none();
        let held = transaction.state().and_then(State::of_placed) == Some(State::Authorised);
        if kind != Some(TransactionType::PreAuthorisation) || !first || !held {
            return None;
        }
        let receipt = transaction.receipt_number.clone();
        let money = transaction.principal_amount.as_ref();
        let currency = money.and_then(|money| money.currency.as_ref()).and_then(Word::known);
        let currency = currency.unwrap_or(Currency::Aud);
        let card = transaction.credit_card.as_ref();
        let word = card.and_then(|card| card.card_scheme.as_ref()).map(ToString::to_string);
        Some(match Scheme::from_bank(&word.unwrap_or_default()) {
            Scheme::Visa => Self::Visa(Hold::known(receipt, currency)),
            Scheme::Mastercard => Self::Mastercard(Hold::known(receipt, currency)),
            Scheme::Other => Self::Other(Hold::known(receipt, currency)),
        })
    }
}
