//! What the tests of payments add to [`Wire`]: cards by what becomes of them, and how to come by them.

use quaymaster::domain::money::Cents;
use quaymaster::key::KeyText;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{
    AccountNumber, BankDetails, Bsb, CardDetails, CardNumber, Cvn, Expiry, HolderName,
};
use quaymaster::quickstream::models::ids::BusinessCode;
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Fault, FaultKind, PublishableKey};
use serde_json::Value;

pub(crate) use crate::wire::Wire;

/// The facility's businesses.
pub(crate) const HIRE: &str = "SANDBOXHIRE";
pub(crate) const ELSEWHERE: &str = "ELSEWHERE";

pub(crate) const VISA: &str = "4242424242424242";
pub(crate) const VISA_DECLINED: &str = "4111111117444490";
pub(crate) const MASTERCARD: &str = "5163200000000008";
pub(crate) const AMEX: &str = "340000000636513";

impl Wire {
    pub(crate) fn guess(&self, values: &Value) {
        self.bank.control().guess(values).unwrap();
    }

    /// This card, by a token.
    pub(crate) async fn stored(&self, number: &str) -> Stored {
        Stored::SingleUseToken(self.token(TokenAccount::Card(card(number))).await)
    }

    /// This bank account, by a token.
    pub(crate) async fn stored_bank(&self, bsb: &str, number: &str) -> Stored {
        let account = bank_account(bsb, number);
        Stored::SingleUseToken(self.token(TokenAccount::Bank(account)).await)
    }
}

/// A secret key that the bank does not know.
pub(crate) fn stranger() -> KeyText {
    KeyText::parse("SANDBOX_SEC_0nobody0knows0me0").unwrap()
}

/// A publishable key that the bank does not know.
pub(crate) fn stranger_in_public() -> PublishableKey {
    PublishableKey::parse("SANDBOX_PUB_0nobody0knows0me0").unwrap()
}

pub(crate) fn code(business: &str) -> BusinessCode {
    BusinessCode::new(business).unwrap()
}

pub(crate) fn cents(cents: i64) -> Amount {
    Amount::new(Cents::new(cents)).unwrap()
}

pub(crate) fn card(number: &str) -> CardDetails {
    card_of("Sam Test", number)
}

pub(crate) fn card_of(holder: &str, number: &str) -> CardDetails {
    let cvn = if number.len() == 15 { "1234" } else { "123" };
    CardDetails {
        holder: HolderName::new(holder).ok(),
        number: CardNumber::new(number).unwrap(),
        expiry: Expiry::new(12, 2029).unwrap(),
        cvn: Cvn::new(cvn).ok(),
    }
}

pub(crate) fn bank_account(bsb: &str, number: &str) -> BankDetails {
    BankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bsb: Bsb::new(bsb).unwrap(),
        number: AccountNumber::new(number).unwrap(),
    }
}

/// The kind of fault, and the fields that the bank names.
pub(crate) fn refused<T>(outcome: Result<T, Fault>) -> (FaultKind, Vec<String>) {
    let Err(fault) = outcome else { return (FaultKind::UnexpectedStatus, Vec::new()) };
    let body = fault.body.unwrap_or_default();
    (fault.kind, body.errors.into_iter().filter_map(|error| error.field_name).collect())
}

/// The kind of fault.
pub(crate) fn kind<T>(outcome: Result<T, Fault>) -> Option<FaultKind> {
    outcome.err().map(|fault| fault.kind)
}
