//! Replies: a status, headers and whole bytes; and the ways in which the sandbox may spoil one.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use serde_json::{Map, Value};
use thiserror::Error;

/// A whole reply. Prints without headers and body, which may hold secrets.
#[derive(Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers; `Content-Length` and `Date` are added where missing.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the connection is cut instead of carrying the whole reply.
    pub cut: Option<Cut>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// A connection cut on purpose; only the sandbox does this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Not a byte of the reply is sent.
    Unanswered,
    /// Head and length are sent, and only so many bytes of the body.
    AfterBytes(usize),
}

impl Reply {
    /// A reply without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), cut: None }
    }

    /// A reply with a body of the given media type.
    pub fn bytes(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::empty(status);
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        reply.body = body.into();
        reply
    }

    /// A reply in plain text.
    pub fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", body.into())
    }

    /// A reply in JSON.
    pub fn json(status: StatusCode, body: &Value) -> Self {
        // A value has no keys but texts, so that it always can be written.
        Self::bytes(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
    }

    /// Adds a header, in place of one of the same name. A value that cannot stand in a header (a
    /// control character) is left out: it would end the reply's head early.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Cuts the connection instead of sending the whole reply.
    #[must_use]
    pub fn with_cut(mut self, cut: Cut) -> Self {
        self.cut = Some(cut);
        self
    }

    /// What hyper sends: `Err` closes the connection without a byte.
    pub(super) fn into_response(self) -> Result<Response<ReplyBody>, WasCut> {
        let length = self.body.len();
        let body = match self.cut {
            None => ReplyBody { rest: Some(self.body), end: End::Whole },
            Some(Cut::Unanswered) => return Err(WasCut),
            Some(Cut::AfterBytes(kept)) => {
                ReplyBody { rest: Some(self.body.slice(..kept.min(length))), end: End::Flush }
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if self.cut.is_some() {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        Ok(response)
    }
}

/// An error in the shape of RFC 9457, for people and for programs.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    members: Map<String, Value>,
}

impl Problem {
    /// `code` is the fixed word a program compares and `explain` knows; `detail` is a sentence for
    /// people, without any secret in it.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        let mut members = Map::new();
        members.insert("type".into(), Value::from("about:blank"));
        members.insert("title".into(), Value::from(status.canonical_reason().unwrap_or("Error")));
        members.insert("status".into(), Value::from(status.as_u16()));
        members.insert("code".into(), Value::from(code));
        members.insert("detail".into(), Value::from(detail.into()));
        Self { status, members }
    }

    /// Adds a member of its own.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The reply that carries it.
    pub fn reply(self) -> Reply {
        let body = Value::Object(self.members).to_string();
        Reply::bytes(self.status, "application/problem+json", body)
    }
}

/// A body that is sent whole, or cut after its bytes.
#[derive(Debug)]
pub(super) struct ReplyBody {
    rest: Option<Bytes>,
    end: End,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    /// Cut, once what was sent so far has had a turn to leave.
    Flush,
    Cut,
}

/// The connection was cut on purpose.
#[derive(Clone, Copy, Debug, Error)]
#[error("the connection was cut on purpose")]
pub(super) struct WasCut;

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = WasCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WasCut>>> {
        if let Some(rest) = self.rest.take().filter(|rest| !rest.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Flush => {
                self.end = End::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => Poll::Ready(Some(Err(WasCut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.end == End::Whole && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Some(rest) if self.end == End::Whole => SizeHint::with_exact(rest.len() as u64),
            _ => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_end_the_head() {
        let reply = Reply::text(StatusCode::OK, "x")
            .with_header(HeaderName::from_static("x-note"), "a\r\nSet-Cookie: b");
        assert!(reply.headers.get("x-note").is_none());
    }

    #[test]
    fn a_reply_prints_without_what_it_carries() {
        let reply = Reply::text(StatusCode::OK, "a secret")
            .with_header(HeaderName::from_static("x-note"), "another");
        assert_eq!(format!("{reply:?}"), "200 OK with 8 bytes");
    }

    #[test]
    fn a_problem_has_its_members() {
        let problem = Problem::new(StatusCode::CONFLICT, "not_lawful", "no").with("state", "held");
        let reply = problem.reply();
        assert_eq!(reply.headers[CONTENT_TYPE], "application/problem+json");
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["status"], 409);
        assert_eq!((&body["code"], &body["state"]), (&"not_lawful".into(), &"held".into()));
    }
}
