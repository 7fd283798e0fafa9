//! Whose account a payment takes from: exactly one.

use crate::quickstream::models::amount::Currency;
use crate::quickstream::models::details::{BankDetails, CardDetails, NzBankDetails, YearDigits};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{AccountToken, CustomerId, SingleUseTokenId};

/// An account that the bank has the details of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Those sent from the payer's browser.
    SingleUseToken(SingleUseTokenId),
    /// Those, after 3-D Secure said yes to their holder.
    AuthenticatedToken(SingleUseTokenId),
    /// The customer's enabled default account.
    Customer(CustomerId),
    /// An enabled registered account.
    Account(AccountToken),
}

impl Stored {
    fn write(&self, form: &mut Form) {
        match self {
            Self::SingleUseToken(id) => form.put("singleUseTokenId", id),
            Self::AuthenticatedToken(id) => {
                form.put("singleUseTokenId", id);
                form.put("threeDS2", &true);
            }
            Self::Customer(id) => form.put("customerId", id),
            Self::Account(token) => form.put("accountToken", token),
        }
    }
}

/// An account to take a payment from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// One that the bank knows.
    Stored(Stored),
    /// A card.
    Card(CardDetails),
    /// An Australian bank account.
    Bank(BankDetails),
    /// A New Zealand bank account.
    NzBank(NzBankDetails),
}

impl From<Stored> for Source {
    fn from(stored: Stored) -> Self {
        Self::Stored(stored)
    }
}

impl Source {
    /// The only money it can pay in; `None` if that is for the bank to know.
    pub(super) const fn pays_in(&self) -> Option<Currency> {
        match self {
            Self::Bank(_) => Some(Currency::Aud),
            Self::NzBank(_) => Some(Currency::Nzd),
            Self::Stored(_) | Self::Card(_) => None,
        }
    }

    pub(super) fn write(&self, form: &mut Form) {
        match self {
            Self::Stored(stored) => stored.write(form),
            Self::Card(card) => write_card(card, form),
            Self::Bank(bank) => {
                let mut details = Form::new();
                bank.write(&mut details);
                form.value("bankAccount", details.into_value());
            }
            Self::NzBank(bank) => {
                let mut details = Form::new();
                bank.write(&mut details);
                form.value("nzBankAccount", details.into_value());
            }
        }
    }
}

/// A card to hold money on, or to verify. That a token stands for a card is for the bank to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardSource {
    /// One that the bank knows.
    Stored(Stored),
    /// A card.
    Card(CardDetails),
}

impl From<Stored> for CardSource {
    fn from(stored: Stored) -> Self {
        Self::Stored(stored)
    }
}

impl CardSource {
    pub(super) fn write(&self, form: &mut Form) {
        match self {
            Self::Stored(stored) => stored.write(form),
            Self::Card(card) => write_card(card, form),
        }
    }
}

/// The year has two digits: the documents' general rule.
fn write_card(card: &CardDetails, form: &mut Form) {
    let mut details = Form::new();
    card.write(&mut details, YearDigits::Two);
    form.value("creditCard", details.into_value());
}
