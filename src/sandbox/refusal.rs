//! Errors as the bank words them: a status and the full error body.

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::dice::Dice;
use super::guesses::{self, Guesses};
use super::links;
use crate::http::Reply;

/// A request the bank does not carry out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// For the caller's logs.
    developer: String,
    fields: Vec<FieldError>,
    header: Option<(HeaderName, String)>,
    /// Whether it is answered at once, past every fault: the bank was not asked to do anything.
    pub(super) at_once: bool,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldError {
    /// What a payer may be shown.
    pub(super) messages: Vec<String>,
    /// The field's path, with dots between objects.
    pub(super) name: String,
    pub(super) value: String,
}

/// What an error body says about the request it answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    /// How many requests came before, for the trace code.
    pub(super) number: u64,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, developer: impl Into<String>) -> Self {
        let developer = developer.into();
        Self { status, developer, fields: Vec::new(), header: None, at_once: false }
    }

    /// 401, with the reason.
    pub(super) fn unauthorized(reason: &str) -> Self {
        let mut refusal = Self::new(StatusCode::UNAUTHORIZED, reason);
        refusal.header = Some((WWW_AUTHENTICATE, "Basic realm=\"QuickStream REST API\"".into()));
        refusal
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such resource.")
    }

    pub(super) fn verb(status: StatusCode, allowed: &str) -> Self {
        let reason = match status {
            StatusCode::NOT_IMPLEMENTED => "The server does not know this HTTP verb.",
            _ => "The resource does not support this HTTP verb.",
        };
        let mut refusal = Self::new(status, reason);
        refusal.header = Some((ALLOW, allowed.to_owned()));
        refusal
    }

    /// 400: what was sent cannot be read.
    pub(super) fn malformed(reason: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    /// 409: another request was there first.
    pub(super) fn conflict(reason: &str) -> Self {
        Self::new(StatusCode::CONFLICT, reason)
    }

    /// 422, with what is wrong with a field.
    pub(super) fn field(name: &str, value: &str, message: &str) -> Self {
        Self::fields(vec![FieldError {
            messages: vec![message.to_owned()],
            name: name.to_owned(),
            value: value.to_owned(),
        }])
    }

    /// 422, with what is wrong with each field.
    pub(super) fn fields(fields: Vec<FieldError>) -> Self {
        let refusal = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation failed.");
        Self { fields, ..refusal }
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// 429, answered before anything else is done with the request.
    pub(super) fn too_many(reason: &str) -> Self {
        Self { at_once: true, ..Self::new(StatusCode::TOO_MANY_REQUESTS, reason) }
    }

    /// The reply.
    pub(super) fn reply(&self, asked: Asked<'_>, guesses: &Guesses) -> Reply {
        let mut reply = Reply::json(self.status, &self.body(asked, guesses));
        if let Some((name, value)) = &self.header {
            reply = reply.with_header(name.clone(), value);
        }
        let wait = guesses.number(guesses::RETRY_AFTER);
        let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        if wait > 0 && busy.contains(&self.status) {
            reply = reply.with_header(RETRY_AFTER, &wait.to_string());
        }
        reply
    }

    fn body(&self, asked: Asked<'_>, guesses: &Guesses) -> Value {
        let mut body = json!({
            "links": [links::help("")],
            "status": self.status.as_u16().to_string(),
            "requestMethod": asked.method,
            "requestUrl": asked.url,
            "customerMessage": customer_message(self.status),
            "developerMessage": self.developer,
        });
        let field = |field: &FieldError| {
            json!({
                "messages": field.messages,
                "fieldName": field.name,
                "fieldValue": field.value,
            })
        };
        if let Value::Object(members) = &mut body {
            if !self.fields.is_empty() {
                members.insert("errors".into(), self.fields.iter().map(field).collect());
            }
            if guesses.is(guesses::TRACE_CODE, "present") {
                let code = Dice::new(0, "trace code", asked.number).text(12);
                members.insert("traceCode".into(), Value::from(code));
            }
        }
        body
    }
}

/// What a payer may be shown.
fn customer_message(status: StatusCode) -> &'static str {
    match status.as_u16() {
        422 => "Check the highlighted fields.",
        429 | 503 => "The service is busy. Try again shortly.",
        // A verb that nobody knows was not carried out, not even partly.
        501 => "The request could not be completed.",
        500.. => "Something went wrong. Contact us before you try again.",
        _ => "The request could not be completed.",
    }
}
