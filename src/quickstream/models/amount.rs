//! Amounts in requests: more than nothing, and always with two decimals.

use serde_json::{Number, Value};

use crate::domain::money::Cents;
use crate::quickstream::models::field::Field;
use crate::quickstream::models::{BadField, vocabulary};

vocabulary! {
    /// A currency of the bank's.
    Currency {
        /// Australian dollars.
        Aud = "AUD",
        /// New Zealand dollars.
        Nzd = "NZD",
    }
}

/// An amount of money that is more than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Cents);

/// The largest amount, in cents: what a number of 15 digits holds, as many as any reader of JSON
/// keeps exactly. The documents set none.
const CENTS_MAX: i64 = 999_999_999_999_999;

impl Amount {
    /// Checks and takes an amount.
    ///
    /// # Errors
    ///
    /// Refuses nothing, less than nothing, and more than any payment is.
    pub fn new(cents: Cents) -> Result<Self, BadField> {
        let rule = "be more than 0.00 and at most 9999999999999.99";
        let fits = (1..=CENTS_MAX).contains(&cents.get());
        if fits { Ok(Self(cents)) } else { Err(BadField::new("principalAmount", rule)) }
    }

    /// The amount.
    pub const fn cents(self) -> Cents {
        self.0
    }

    /// As a text, as `PayTo`, `PayID`s and 3-D Secure have it: `"100.05"`.
    pub fn text(self) -> Value {
        self.0.to_string().into()
    }
}

impl TryFrom<Cents> for Amount {
    type Error = BadField;

    fn try_from(cents: Cents) -> Result<Self, BadField> {
        Self::new(cents)
    }
}

/// A number of two decimals: `100.05`.
impl Field for Amount {
    fn read(value: &Value) -> Option<Self> {
        Cents::read(value).and_then(|cents| Self::new(cents).ok())
    }

    fn write(&self) -> Value {
        number(self.0)
    }
}

/// An amount as a JSON number with its two decimals.
pub(in crate::quickstream) fn number(cents: Cents) -> Value {
    let text = cents.to_string();
    // What is written has the grammar of a JSON number, so the text is never needed.
    text.parse::<Number>().map_or(Value::String(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_and_less_is_no_amount() {
        for cents in [i64::MIN, -1, 0, CENTS_MAX + 1] {
            let wrong = Amount::new(Cents::new(cents)).unwrap_err().to_string();
            let rule = "be more than 0.00 and at most 9999999999999.99";
            assert_eq!(wrong, format!("principalAmount must {rule}"));
        }
        let amount = Amount::new(Cents::new(100_500)).unwrap();
        assert_eq!(amount.write().to_string(), "1005.00");
        assert_eq!(amount.text().to_string(), r#""1005.00""#);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(cents in 1..=CENTS_MAX) {
            let amount = Amount::new(Cents::new(cents)).unwrap();
            let read: Value = serde_json::from_str(&amount.write().to_string()).unwrap();
            prop_assert_eq!(Amount::read(&read), Some(amount));
            prop_assert_eq!(Amount::read(&amount.text()), Some(amount));
        }
    }
}
