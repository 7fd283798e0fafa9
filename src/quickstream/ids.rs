//! The bank's names of things, as types: a receipt's cannot be passed for a customer's.
//!
//! The vendor may change their length and format at any time, up to 255 characters, so nothing is
//! read into them. They go into paths, where everything but plain characters is encoded.

use std::fmt::{self, Write as _};

use crate::quickstream::json::Fields;

/// The longest id, in characters, by the documents.
const ID_CHARS_MAX: usize = 255;

macro_rules! ids {
    ($( $(#[doc = $doc:literal])+ $name:ident; )+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes 1 to 255 visible ASCII characters other than `.` and `..`; `None` for anything
            /// else.
            pub fn new(text: impl Into<String>) -> Option<Self> {
                let text = text.into();
                is_id(&text).then_some(Self(text))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as one part of a path.
            pub fn in_path(&self) -> String {
                in_path(&self.0)
            }

            /// Takes the id out of an answer; what cannot be one stays.
            pub fn take(fields: &mut Fields, name: &str) -> Option<Self> {
                fields.readable(name, |text| Self::new(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

ids! {
    /// The bank's id of a customer; the merchant's own is the customer number.
    CustomerId;
    /// The bank's token of a registered account.
    AccountToken;
    /// The bank's id of a recurring payment.
    PaymentScheduleId;
    /// The bank's token of a PayTo agreement.
    AgreementToken;
    /// The bank's id of a payment file.
    PaymentFileId;
    /// The bank's id of a batch of payments.
    PaymentBatchId;
    /// The bank's number of a transaction.
    ReceiptNumber;
    /// A token that stands for a payer's account for ten minutes, and for one use.
    SingleUseTokenId;
    /// The bank's code of one of a facility's businesses.
    SupplierBusinessCode;
}

fn is_id(text: &str) -> bool {
    let fits = (1..=ID_CHARS_MAX).contains(&text.len());
    // Dots alone would lead to another place than the one meant.
    fits && text != "." && text != ".." && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// One part of a path, with everything encoded that could mean something there.
pub(super) fn in_path(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _infallible = write!(part, "%{byte:02X}");
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_leads_nowhere_but_to_itself() {
        for text in ["", ".", "..", "a b", "a\r\nb", "ä", &"x".repeat(256)] {
            assert_eq!(CustomerId::new(text), None, "{text:?}");
        }
        let odd = AccountToken::new("a/../b?c#d%2e").unwrap();
        assert_eq!(odd.in_path(), "a%2F..%2Fb%3Fc%23d%252e");
        assert_eq!(
            AccountToken::new("MYCOMPANY-123456789").unwrap().in_path(),
            "MYCOMPANY-123456789"
        );
        assert!(CustomerId::new("x".repeat(255)).is_some());
    }

    proptest! {
        #[test]
        fn a_part_of_a_path_stays_one_part(text in "[!-~]{1,255}") {
            let Some(id) = PaymentFileId::new(text.clone()) else { return Ok(()) };
            let part = id.in_path();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
            prop_assert!(part.bytes().all(plain));
            let read = form_urlencoded::parse(part.as_bytes()).next().unwrap().0.into_owned();
            prop_assert_eq!(read, text);
        }
    }
}
