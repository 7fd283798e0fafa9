//! Money held on a card, by what can become of it: only a hold on a Visa card can be extended, only
//! one on a Mastercard authorised anew, and only on these two increased or cancelled.

use crate::quickstream::models::amount::Currency;
use crate::quickstream::models::card::CardScheme;
use crate::quickstream::models::ids::ReceiptNumber;
use crate::quickstream::resources::transactions::model::{Status, Transaction, TransactionType};
use crate::quickstream::word::Word;

macro_rules! hold {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name {
            receipt: ReceiptNumber,
            currency: Currency,
        }

        impl $name {
            /// A hold that the caller knows to be on such a card. What follows a hold names the
            /// first receipt, not those of later authorisations.
            pub fn known(receipt: ReceiptNumber, currency: Currency) -> Self {
                Self { receipt, currency }
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
    };
}

hold! {
    /// Money held on a Visa card: can be extended.
    VisaHold
}
hold! {
    /// Money held on a Mastercard: can be authorised anew.
    MastercardHold
}
hold! {
    /// Money held on a card of another scheme: can only be captured.
    OtherHold
}

/// Money held on a card that can be increased and cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SchemeHold {
    /// A Visa card.
    Visa(VisaHold),
    /// A Mastercard.
    Mastercard(MastercardHold),
}

impl SchemeHold {
    /// The first receipt.
    pub fn receipt(&self) -> &ReceiptNumber {
        match self {
            Self::Visa(hold) => &hold.receipt,
            Self::Mastercard(hold) => &hold.receipt,
        }
    }

    /// In what it is held.
    pub fn currency(&self) -> Currency {
        match self {
            Self::Visa(hold) => hold.currency,
            Self::Mastercard(hold) => hold.currency,
        }
    }
}

impl From<VisaHold> for SchemeHold {
    fn from(hold: VisaHold) -> Self {
        Self::Visa(hold)
    }
}

impl From<MastercardHold> for SchemeHold {
    fn from(hold: MastercardHold) -> Self {
        Self::Mastercard(hold)
    }
}

/// Money held on a card.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// On a Visa card or a Mastercard.
    Scheme(SchemeHold),
    /// On another.
    Other(OtherHold),
}

impl Hold {
    /// The hold that a transaction made: an approved pre-authorisation that is the first of its
    /// line. Whether it still stands is not to be seen from it.
    pub fn of(transaction: &Transaction) -> Option<Self> {
        let kind = transaction.transaction_type.as_ref().and_then(Word::known);
        let first = transaction.authorisation_type.is_none()
            && transaction.cancellation_type.is_none()
            && transaction.original_receipt_number.is_none();
        let approved = transaction.known_status() == Some(Status::Approved);
        if kind != Some(TransactionType::PreAuthorisation) || !first || !approved {
            return None;
        }
        let receipt = transaction.receipt_number.clone();
        let money = transaction.principal_amount.as_ref();
        let currency = money.and_then(|money| money.currency.as_ref()).and_then(Word::known);
        let currency = currency.unwrap_or(Currency::Aud);
        let scheme = transaction.credit_card.as_ref().and_then(|card| card.card_scheme.as_ref());
        Some(match scheme.and_then(Word::known) {
            Some(CardScheme::Visa) => Self::Scheme(VisaHold { receipt, currency }.into()),
            Some(CardScheme::Mastercard) => {
                Self::Scheme(MastercardHold { receipt, currency }.into())
            }
            Some(
                CardScheme::Amex | CardScheme::Diners | CardScheme::Jcb | CardScheme::UnionPay,
            )
            | None => Self::Other(OtherHold { receipt, currency }),
        })
    }

    /// The first receipt.
    pub fn receipt(&self) -> &ReceiptNumber {
        match self {
            Self::Scheme(hold) => hold.receipt(),
            Self::Other(hold) => &hold.receipt,
        }
    }

    /// In what it is held.
    pub fn currency(&self) -> Currency {
        match self {
            Self::Scheme(hold) => hold.currency(),
            Self::Other(hold) => hold.currency,
        }
    }
}

impl<T: Into<SchemeHold>> From<T> for Hold {
    fn from(hold: T) -> Self {
        Self::Scheme(hold.into())
    }
}

impl From<OtherHold> for Hold {
    fn from(hold: OtherHold) -> Self {
        Self::Other(hold)
    }
}
