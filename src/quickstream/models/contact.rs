//! How a payer can be reached.

use std::fmt;

use serde_json::Value;

use crate::quickstream::models::BadField;
use crate::quickstream::models::field::Field;

macro_rules! contact {
    ($(#[$meta:meta])* $name:ident, $shown:literal, $rule:literal, $test:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Checks and takes it for the field of this name.
            ///
            /// # Errors
            ///
            /// Says what it must be.
            pub fn new(field: &'static str, text: impl Into<String>) -> Result<Self, BadField> {
                let text = text.into();
                let test: fn(&str) -> bool = $test;
                if test(&text) { Ok(Self(text)) } else { Err(BadField::new(field, $rule)) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($shown)
            }
        }

        impl Field for $name {
            fn read(value: &Value) -> Option<Self> {
                Self::new("", value.as_str()?).ok()
            }

            fn write(&self) -> Value {
                self.as_str().into()
            }
        }
    };
}

contact! {
    /// An e-mail address.
    Email, "[e-mail]",
    "have at most 254 characters, one '@' or more with something on either side, and no space",
    |text| {
        let parts = text.rsplit_once('@');
        let whole = parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
        whole && text.chars().count() <= 254 && !text.contains(|c: char| c.is_control() || c == ' ')
    }
}
contact! {
    /// A telephone number in its international form, such as `+61499999999`.
    Phone, "[phone]", "have at most 15 characters: '+' and digits",
    |text| {
        let digits = text.strip_prefix('+').unwrap_or_default();
        (1..=14).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_nobody_is_refused() {
        assert!(Email::new("email", "customer@example.com.au").is_ok());
        let long = format!("{}@example.com", "x".repeat(243));
        for text in ["", "@", "a@", "@b", "a b@c", "customer", &long] {
            let wrong = Email::new("email", text).unwrap_err().to_string();
            assert!(wrong.starts_with("email must have at most 254 characters"), "{wrong}");
        }
        assert!(Phone::new("homePhone", "+61499999999").is_ok());
        for text in ["", "+", "0499999999", "+61 499", "+614999999999999"] {
            let wrong = Phone::new("homePhone", text).unwrap_err().to_string();
            assert_eq!(wrong, "homePhone must have at most 15 characters: '+' and digits");
        }
        assert_eq!(format!("{:?}", Phone::new("", "+61499999999")), "Ok([phone])");
    }
}
