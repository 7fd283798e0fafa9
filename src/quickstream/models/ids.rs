//! The bank's names of its own things. The bank may change their length and form at any time, up to
//! 255 characters; so nothing is asked of them but that.

use crate::quickstream::models::id;

/// The longest id, in characters.
const ID_CHARS_MAX: usize = 255;

pub(in crate::quickstream) fn is_id(text: &str) -> bool {
    (1..=ID_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A text as one segment of a path: no character of it leads anywhere else.
pub(in crate::quickstream) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

id! {
    /// The number of a transaction.
    ReceiptNumber, "receiptNumber"
}
id! {
    /// The code of a business, which settles into its own accounts.
    BusinessCode, "supplierBusinessCode"
}
id! {
    /// The bank's number of a customer.
    CustomerId, "customerId"
}
id! {
    /// A registered account, such as `MYCOMPANY-123456789`; good until it is disabled.
    AccountToken, "accountToken"
}
id! {
    /// Account details that were sent from a payer's browser; good for one use within 10 minutes.
    SingleUseTokenId, "singleUseTokenId"
}
id! {
    /// A `PayTo` agreement; good for payments while it is active.
    AgreementToken, "agreementToken"
}
id! {
    /// A recurring payment.
    PaymentScheduleId, "paymentScheduleId"
}
id! {
    /// A payment file.
    PaymentFileId, "paymentFileId"
}
id! {
    /// A batch of a payment file.
    PaymentBatchId, "paymentBatchId"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quickstream::ask::{Ask, Verb};
    use crate::quickstream::limit::Priority;

    #[test]
    fn an_id_is_anything_up_to_255_characters() {
        assert!(AccountToken::new("MYCOMPANY-123456789").is_ok());
        assert!(ReceiptNumber::new("ä".repeat(255)).is_ok());
        for text in ["", "a\nb", &"1".repeat(256)] {
            let wrong = ReceiptNumber::new(text).unwrap_err().to_string();
            let rule = "have 1 to 255 characters, none of them a control character";
            assert_eq!(wrong, format!("receiptNumber must {rule}"));
        }
    }

    proptest! {
        /// Whatever an id holds, it stays one segment: what a request asks for below it stays so.
        #[test]
        fn an_id_leads_nowhere_else(text in "[^\\p{Cc}]{1,80}") {
            let segment = ReceiptNumber::new(text.as_str()).unwrap().segment();
            prop_assert!(!segment.contains(['/', '?', '#', '\\', ' ']));
            let path = format!("/transactions/{segment}/refunds");
            let ask = Ask::new("/x", Verb::Get, path, Priority::Command);
            prop_assert_eq!(ask.is_ok(), !matches!(text.as_str(), "." | ".."));
        }
    }
}
