//! Why an authentication is asked for, with what belongs to each reason.

use jiff::civil::Date;

use super::values::{UpTo999, UpTo9999, put_date};
use crate::quickstream::models::BadField;
use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::form::Form;

/// A series of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// The day after which none follows.
    pub expiry: Date,
    /// The fewest days between two of them.
    pub days_between: UpTo9999,
}

/// How many parts a price is paid in, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instalments(UpTo999);

impl Instalments {
    /// Takes a number of parts.
    ///
    /// # Errors
    ///
    /// Refuses none, and more than 999.
    pub fn new(parts: u16) -> Result<Self, BadField> {
        if parts == 0 {
            return Err(BadField::new("purchaseInstalData", "be 1 to 999"));
        }
        UpTo999::new("purchaseInstalData", parts).map(Self)
    }
}

/// Why the payer is to be authenticated. The amounts are those before any surcharge, in Australian
/// dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// One payment of so much.
    Payment(Amount),
    /// The first payment of a series, of so much.
    Recurring(Amount, Series),
    /// The first part of a price, of so much.
    Instalment(Amount, Series, Instalments),
    /// A card is to be kept.
    AddCard,
    /// A kept card is to stay.
    MaintainCard,
    /// The holder of a scheme's token is to be known.
    VerifyForToken,
}

impl Reason {
    /// The code as the bank spells it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Payment(_) => "01",
            Self::Recurring(..) => "02",
            Self::Instalment(..) => "03",
            Self::AddCard => "04",
            Self::MaintainCard => "05",
            Self::VerifyForToken => "06",
        }
    }

    pub(super) fn write(self, form: &mut Form) {
        form.word("threeDSRequestorAuthenticationInd", self.code());
        let (amount, series, parts) = match self {
            Self::Payment(amount) => (Some(amount), None, None),
            Self::Recurring(amount, series) => (Some(amount), Some(series), None),
            Self::Instalment(amount, series, parts) => (Some(amount), Some(series), Some(parts)),
            Self::AddCard | Self::MaintainCard | Self::VerifyForToken => (None, None, None),
        };
        if let Some(amount) = amount {
            form.value("principalAmount", amount.text());
            form.put("currency", &Currency::Aud);
        }
        if let Some(series) = series {
            put_date(form, "recurringExpiry", Some(series.expiry));
            form.word("recurringFrequency", &series.days_between.text());
        }
        if let Some(Instalments(parts)) = parts {
            form.word("purchaseInstalData", &parts.text());
        }
    }
}
