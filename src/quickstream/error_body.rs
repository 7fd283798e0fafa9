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
        body.links = Link::read_all(fields.list("links"));
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
