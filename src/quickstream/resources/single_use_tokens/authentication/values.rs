//! Values of the request that are written in ways of their own: dates without dashes, counts of few
//! digits, and codes of countries and currencies.

use jiff::civil::Date;

use crate::quickstream::models::form::Form;
use crate::quickstream::models::text;

text! {
    /// A country, as three digits (ISO 3166-1) or, as the documents' sample has it, three letters.
    Country, "country", "be three digits or three capital letters",
    |text| {
        text.len() == 3
            && (text.bytes().all(|byte| byte.is_ascii_digit())
                || text.bytes().all(|byte| byte.is_ascii_uppercase()))
    }
}
text! {
    /// A state or province, by the part of its code after the country's (ISO 3166-2), such as `NSW`.
    State, "state", "have 1 to 3 capital letters and digits",
    |text| {
        (1..=3).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    }
}
text! {
    /// A currency, by its three digits (ISO 4217), such as `036`.
    CurrencyDigits, "giftCardCurr", "be three digits",
    |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

macro_rules! count {
    ($(#[$meta:meta])* $name:ident, $max:literal, $digits:literal, $rule:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u16);

        impl $name {
            /// Checks and takes a count for the field of this name.
            ///
            /// # Errors
            ///
            /// Refuses one with more digits than the field has.
            pub fn new(
                field: &'static str,
                count: u16,
            ) -> Result<Self, $crate::quickstream::models::BadField> {
                if count <= $max {
                    Ok(Self(count))
                } else {
                    Err($crate::quickstream::models::BadField::new(field, $rule))
                }
            }

            pub(super) fn text(self) -> String {
                format!("{:0digits$}", self.0, digits = $digits)
            }
        }
    };
}

count! {
    /// At most three digits.
    UpTo999, 999, 1, "be at most 999"
}
count! {
    /// At most four digits.
    UpTo9999, 9999, 1, "be at most 9999"
}
count! {
    /// Exactly two digits.
    UpTo99, 99, 2, "be at most 99"
}

/// Writes a date as `20220926`.
pub(super) fn put_date(form: &mut Form, name: &str, date: Option<Date>) {
    if let Some(date) = date {
        form.word(name, &date.strftime("%Y%m%d").to_string());
    }
}
