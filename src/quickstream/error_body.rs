//! The bank's description of an error, read tolerantly and redacted.

use serde_json::Value;

use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::redact::Redactor;

/// How many field errors are kept; a request of ours has fewer fields.
const FIELD_ERRORS_MAX: usize = 50;
/// How many messages of one field are kept.
const MESSAGES_MAX: usize = 10;

/// The body of an HTTP error, with every text redacted and cut. All fields are optional, whatever
/// the documents say: an error is the worst moment to insist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// Where to read more.
    pub links: Vec<Link>,
    /// The HTTP status as text.
    pub status: Option<String>,
    /// The method that was sent.
    pub request_method: Option<String>,
    /// The URL that was sent.
    pub request_url: Option<String>,
    /// A sentence that may be shown to a payer.
    pub customer_message: Option<String>,
    /// A sentence for us.
    pub developer_message: Option<String>,
    /// What is wrong with which field.
    pub errors: Vec<FieldError>,
    /// What the vendor's support asks for (seen by public clients, not documented).
    pub trace_code: Option<String>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldError {
    /// Sentences that may be shown to a payer.
    pub messages: Vec<String>,
    /// The field.
    pub field_name: Option<String>,
    /// What was sent in it.
    pub field_value: Option<String>,
}

impl ErrorBody {
    /// Reads a body; `None` if it is no JSON object.
    pub(super) fn read(bytes: &[u8], redactor: &Redactor) -> Option<Self> {
        let mut fields = Fields::parse(bytes).ok()?;
        let mut text = |name: &str| fields.text(name).map(|text| redactor.clean(&text));
        let mut body = Self {
            status: text("status"),
            request_method: text("requestMethod"),
            request_url: text("requestUrl"),
            customer_message: text("customerMessage"),
            developer_message: text("developerMessage"),
            trace_code: text("traceCode"),
            ..Self::default()
        };
        body.links = fields.links();
        for link in &mut body.links {
            link.redact(redactor);
        }
        let errors = fields.list("errors").into_iter().take(FIELD_ERRORS_MAX);
        body.errors = errors.filter_map(|value| FieldError::read(value, redactor)).collect();
        Some(body)
    }

    /// What the bank says, in one line: its message for us, or else the one for a payer, and the
    /// fields it names.
    pub fn sentence(&self) -> String {
        let message = self.developer_message.iter().chain(&self.customer_message);
        let mut parts: Vec<String> =
            message.filter(|text| !text.is_empty()).take(1).cloned().collect();
        parts.extend(self.errors.iter().take(3).filter_map(FieldError::sentence));
        if let Some(code) = self.trace_code.as_ref().filter(|code| !code.is_empty()) {
            parts.push(format!("trace code {code}"));
        }
        parts.join("; ")
    }
}

impl FieldError {
    fn read(value: Value, redactor: &Redactor) -> Option<Self> {
        let mut fields = Fields::of(value)?;
        let messages = fields.list("messages").into_iter().take(MESSAGES_MAX);
        Some(Self {
            messages: messages
                .filter_map(|message| message.as_str().map(|text| redactor.clean(text)))
                .collect(),
            field_name: fields.text("fieldName").map(|text| redactor.clean(&text)),
            field_value: fields.text("fieldValue").map(|text| redactor.clean(&text)),
        })
    }

    /// The field and its first message; never the value, which is a payer's.
    fn sentence(&self) -> Option<String> {
        let message = self.messages.first()?;
        Some(match &self.field_name {
            Some(name) => format!("{name}: {message}"),
            None => message.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::key::KeyText;

    fn read(body: &Value, keys: &[&KeyText]) -> Option<ErrorBody> {
        ErrorBody::read(body.to_string().as_bytes(), &Redactor::new(keys.iter().copied()))
    }

    #[test]
    fn every_field_is_read() {
        let body = json!({
            "links": [{"rel": "help", "href": "https://quickstream.example/docs", "requestMethod": "get"}],
            "status": 422, "requestMethod": "POST",
            "requestUrl": "https://api.quickstream.support.qvalent.com/rest/v1/transactions",
            "customerMessage": "Check the fields.", "developerMessage": "Validation failed.",
            "errors": [
                {"messages": ["Too small.", 1], "fieldName": "principalAmount", "fieldValue": "0.00"},
                "no error"
            ],
            "traceCode": "T-1", "somethingNew": {},
        });
        let body = read(&body, &[]).unwrap();
        assert_eq!(body.status.as_deref(), Some("422"));
        assert_eq!(body.links.len(), 1);
        assert_eq!(body.errors.len(), 1);
        assert_eq!(body.errors[0].field_value.as_deref(), Some("0.00"));
        assert_eq!(
            body.sentence(),
            "Validation failed.; principalAmount: Too small.; trace code T-1"
        );
        let vendors = json!({"links": [], "status": "", "requestMethod": "", "requestUrl": "",
            "customerMessage": "", "developerMessage": "", "errors": []});
        assert_eq!(read(&vendors, &[]).unwrap().sentence(), "");
        assert_eq!(read(&json!({}), &[]), Some(ErrorBody::default()));
        assert_eq!(read(&json!([]), &[]), None);
    }

    /// How a server might spell what it was sent.
    fn spelling(secret: &str, how: usize) -> String {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        match how {
            0 => secret.to_owned(),
            1 => STANDARD.encode(format!("{secret}:")),
            2 => STANDARD.encode(secret),
            3 => secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            4 => secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
            5 => secret.to_ascii_lowercase(),
            _ => STANDARD.encode(format!("Authorization: {secret}")),
        }
    }

    /// Everything that is shown of a body with `text` in one of its fields.
    fn shown(secret: &str, text: &str, field: usize) -> String {
        let key = KeyText::parse(secret).unwrap();
        let text = |place: usize| if place == field { text } else { "x" };
        let body = json!({
            "links": [{"rel": text(0), "href": text(1), "requestMethod": text(2)}],
            "status": text(3), "requestMethod": text(4), "requestUrl": text(5),
            "customerMessage": text(6), "developerMessage": text(7),
            "errors": [{"messages": [text(8)], "fieldName": text(9), "fieldValue": text(10)}],
        });
        let body = read(&body, &[&key]).unwrap();
        format!("{body:?} {}", body.sentence()).to_lowercase()
    }

    fn survives(secret: &str, shown: &str) -> bool {
        // The percent-encoding above is not the shortest, so its marks are taken out first.
        let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let encoded = spelling(secret, 2).to_lowercase();
        let spelled = [shown.to_owned(), shown.replace('%', "")];
        spelled.iter().any(|spelled| {
            spelled.contains(&secret.to_lowercase()) || spelled.contains(&hexadecimal)
        }) || shown.contains(encoded.trim_end_matches('='))
    }

    #[test]
    fn a_spelling_that_once_survived_does_not() {
        let secret = "AAA_SEC_aa00a0aa0a0a0a0a0a00";
        let shown = shown(secret, &spelling(secret, 3), 0);
        assert!(!survives(secret, &shown), "{shown}");
        assert!(survives(secret, &format!("x{}", secret.to_lowercase())));
    }

    proptest! {
        #[test]
        fn a_secret_survives_in_no_field(
            secret in "[A-Z]{3,8}_SEC_[a-z0-9]{20,55}|[!-9;-~]{12,80}",
            before in ".{0,30}", after in ".{0,30}", how in 0_usize..7, field in 0_usize..11,
        ) {
            let shown = shown(&secret, &format!("{before}{}{after}", spelling(&secret, how)), field);
            prop_assert!(!survives(&secret, &shown), "{}", shown);
        }
    }
}
