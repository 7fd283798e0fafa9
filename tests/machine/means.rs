//! What pays, of the documents' test values: one of each that comes out otherwise.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calendar::CutOff;

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    Visa,
    VisaDebit,
    Mastercard,
    Amex,
    /// A Visa card that is declined.
    PoorVisa,
    /// A Mastercard that is declined.
    PoorMastercard,
    /// An Australian bank account.
    Bank,
    /// One that is declined.
    ClosedBank,
    /// A PayTo agreement's payer, whom no request names.
    PayTo,
}

/// A card scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Visa,
    Mastercard,
    Other,
}

const ALL: &[Means] = &[
    Means::Visa,
    Means::Visa,
    Means::VisaDebit,
    Means::Mastercard,
    Means::Mastercard,
    Means::Amex,
    Means::PoorVisa,
    Means::PoorMastercard,
    Means::Bank,
    Means::Bank,
    Means::ClosedBank,
];

impl Means {
    pub(crate) fn any() -> BoxedStrategy<Self> {
        proptest::sample::select(ALL).boxed()
    }

    const fn number(self) -> &'static str {
        match self {
            Self::Visa => "4242424242424242",
            Self::VisaDebit => "4041370000456459",
            Self::Mastercard => "5163200000000008",
            Self::Amex => "370000000201048",
            Self::PoorVisa => "4111111111444496",
            Self::PoorMastercard => "5100000000404390",
            Self::Bank => "999994",
            Self::ClosedBank => "111110",
            Self::PayTo => "123456",
        }
    }

    pub(crate) const fn is_card(self) -> bool {
        !matches!(self, Self::Bank | Self::ClosedBank | Self::PayTo)
    }

    /// Whether the documents' test page says that it is approved.
    pub(crate) const fn approves(self) -> bool {
        !matches!(self, Self::PoorVisa | Self::PoorMastercard | Self::ClosedBank)
    }

    pub(crate) fn cut_off(self) -> CutOff {
        match self {
            Self::PayTo => CutOff::Never,
            _ if self.is_card() => CutOff::Cards,
            _ => CutOff::BankAccounts,
        }
    }

    /// The surcharge of the sandbox's usual terms (the guess `surcharges`), in thousandths of a per
    /// cent, and half a cent counts as a cent.
    pub(crate) fn surcharge_on(self, cents: i64) -> i64 {
        let share = match self {
            Self::Visa | Self::PoorVisa => 400,
            Self::VisaDebit => 200,
            Self::Mastercard | Self::PoorMastercard => 500,
            Self::Amex => 1_500,
            Self::Bank | Self::ClosedBank | Self::PayTo => 0,
        };
        (cents * share + 50_000) / 100_000
    }

    /// The card's scheme, as far as it matters to a pre-authorisation; `None` for a bank account.
    pub(crate) const fn scheme(self) -> Option<Scheme> {
        match self {
            Self::Visa | Self::VisaDebit | Self::PoorVisa => Some(Scheme::Visa),
            Self::Mastercard | Self::PoorMastercard => Some(Scheme::Mastercard),
            Self::Amex => Some(Scheme::Other),
            Self::Bank | Self::ClosedBank | Self::PayTo => None,
        }
    }

    /// The name of the raw details in a request.
    pub(crate) const fn field(self) -> &'static str {
        if self.is_card() { "creditCard" } else { "bankAccount" }
    }

    /// The details as requests have them; a token's are spread out among its other fields.
    pub(crate) fn details(self) -> Value {
        let number = self.number();
        if self.is_card() {
            json!({ "cardNumber": number, "expiryDateMonth": "12", "expiryDateYear": "2029",
                    "cardholderName": "Sam Test" })
        } else {
            let bsb = if self == Self::Bank { "032-999" } else { "032-051" };
            json!({ "accountName": "Sam Test", "bsb": bsb, "accountNumber": number })
        }
    }

    /// The word in `accountType`.
    pub(crate) const fn account_type(self) -> &'static str {
        if self.is_card() { "CREDIT_CARD" } else { "DIRECT_DEBIT" }
    }
}
