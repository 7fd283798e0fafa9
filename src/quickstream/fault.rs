//! What can go wrong between us and the bank, each with a fixed word and one sentence.
//!
//! A fault never carries what could hold a key: no URL, no source error, no body. The bank's own
//! words come in through [`ErrorBody`] alone, which is redacted.

use std::fmt;
use std::time::Duration;

use crate::domain::class::Class;
use crate::domain::condition::Condition;
use crate::domain::retry::{self, Earlier, Failure, Method, Reply, Rule};
use crate::quickstream::error_body::ErrorBody;

/// How far a request may have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Not a byte of it was sent.
    NotSent,
    /// It may have arrived; no reply came back.
    MaybeArrived,
    /// A reply came back.
    Answered,
}

macro_rules! fault_kinds {
    ($( $(#[doc = $doc:literal])+ $name:ident = $label:literal, $reach:ident, $class:ident, $condition:expr; )+) => {
        /// What went wrong, as a closed set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultKind { $( $(#[doc = $doc])+ $name, )+ }

        impl FaultKind {
            /// Every kind, in the table's order.
            pub const ALL: &[FaultKind] = &[ $( FaultKind::$name, )+ ];

            /// The word in metrics, logs and `explain`; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( FaultKind::$name => $label, )+ }
            }

            /// What it means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $( FaultKind::$name => concat!($($doc),+).trim_ascii(), )+ }
            }

            /// How far the request may have come.
            pub const fn reach(self) -> Reach {
                match self { $( FaultKind::$name => Reach::$reach, )+ }
            }

            /// What the caller of a reading request does next; for a request that changes something
            /// ask [`crate::domain::retry::advice`].
            pub const fn class(self) -> Class {
                match self { $( FaultKind::$name => Class::$class, )+ }
            }

            /// The facility's condition that follows, if it follows from the fault alone. It does not
            /// for 401 and 403: what they mean is found by asking with another key, too.
            pub const fn condition(self) -> Option<Condition> {
                match self { $( FaultKind::$name => $condition, )+ }
            }

            /// The kind of this word, or `None`.
            pub fn from_label(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.label() == word)
            }
        }
    };
}

use Condition::{BankUnavailable, BankUnreadable, ProxyRefused, TlsRefused, WrongAddress};

fault_kinds! {
    /// The client cannot be set up: the base URL or the proxy in the settings is not acceptable.
    Settings = "bad_settings", NotSent, OurMistake, Some(WrongAddress);
    /// What was to be asked for has no acceptable path; nothing was sent.
    BadPath = "bad_path", NotSent, OurMistake, None;
    /// What was to be sent breaks a limit that the bank's documents set; nothing was sent.
    BadField = "bad_field", NotSent, OurMistake, None;
    /// The bank's host cannot be found or reached.
    Unreachable = "unreachable", NotSent, TryLater, Some(BankUnavailable);
    /// The secure connection was refused: the certificate, the name in it, or the TLS version. No part of the key was sent.
    Tls = "tls_refused", NotSent, Broken, Some(TlsRefused);
    /// A proxy between here and the bank asks for credentials.
    ProxyAuth = "proxy_refused", NotSent, OurMistake, Some(ProxyRefused);
    /// A link in a reply leads away from the base URL; it was not followed.
    LinkOutside = "link_outside", NotSent, Broken, Some(BankUnreadable);
    /// A list goes on after the last page we were told to read.
    TooManyPages = "too_many_pages", NotSent, Broken, None;
    /// No reply came in time.
    Timeout = "timeout", MaybeArrived, TryLater, Some(BankUnavailable);
    /// The connection ended before a reply came.
    ReplyLost = "lost_reply", MaybeArrived, TryLater, Some(BankUnavailable);

    /// The bank answered with a redirect, which is never followed.
    Redirect = "redirect", Answered, OurMistake, Some(WrongAddress);
    /// The bank could not make sense of the request (400, 405, 406, 415, 501).
    BadRequest = "bad_request", Answered, OurMistake, Some(BankUnreadable);
    /// The bank does not accept the key, or not from this address (401).
    Unauthorised = "unauthorised", Answered, OurMistake, None;
    /// The key is of the wrong kind, or the facility is not set up or not live (403).
    Forbidden = "forbidden", Answered, OurMistake, None;
    /// The bank knows no such thing (404); below a wrong base URL that is every answer.
    NotFound = "not_found", Answered, TheirRefusal, Some(WrongAddress);
    /// The request clashed with another one (409).
    Conflict = "conflict", Answered, TheirRefusal, Some(BankUnavailable);
    /// The bank refuses a field's value (422).
    Unprocessable = "unprocessable", Answered, TheirRefusal, Some(BankUnreadable);
    /// Too many requests at once (429).
    Busy = "busy", Answered, TryLater, Some(BankUnavailable);
    /// The bank met a condition it did not expect (500).
    ServerError = "server_error", Answered, TryLater, Some(BankUnavailable);
    /// A system behind the bank's answered with nonsense (502).
    BadGateway = "bad_gateway", Answered, TryLater, Some(BankUnavailable);
    /// The bank is overloaded or being maintained (503).
    Unavailable = "unavailable", Answered, TryLater, Some(BankUnavailable);
    /// A system behind the bank's did not answer in time (504).
    GatewayTimeout = "gateway_timeout", Answered, TryLater, Some(BankUnavailable);
    /// The bank answered with a status that its documents do not name.
    UnexpectedStatus = "unexpected_status", Answered, Broken, Some(BankUnreadable);

    /// The body is larger than any answer of this resource may be; the rest was not read.
    BodyTooLarge = "body_too_large", Answered, Broken, Some(BankUnreadable);
    /// The connection ended within the body.
    BodyCut = "body_cut", Answered, TryLater, Some(BankUnreadable);
    /// The body is compressed, which we did not ask for.
    Encoded = "encoded", Answered, Broken, Some(BankUnreadable);
    /// The body begins with a byte order mark, so something else than the bank wrote it.
    ByteOrderMark = "byte_order_mark", Answered, Broken, Some(BankUnreadable);
    /// The body is not UTF-8.
    NotUtf8 = "not_utf8", Answered, Broken, Some(BankUnreadable);
    /// The body is a page for people: most likely a proxy or a maintenance page answered.
    Html = "html", Answered, Broken, Some(BankUnreadable);
    /// The body ends in the middle of its JSON.
    JsonCut = "json_cut", Answered, Broken, Some(BankUnreadable);
    /// The body is not JSON.
    NotJson = "not_json", Answered, Broken, Some(BankUnreadable);
    /// A name occurs twice in the JSON, so that two readers could read two keys.
    DuplicateField = "duplicate_field", Answered, Broken, Some(BankUnreadable);
    /// The JSON has another shape than the documents say.
    WrongShape = "wrong_shape", Answered, Broken, Some(BankUnreadable);

    /// The answer belongs to another request: an idempotency key was used twice.
    OtherReply = "other_reply", Answered, Broken, None;
    /// The answer has no `key`.
    KeyMissing = "key_missing", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` is null.
    KeyNull = "key_null", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` is not a text.
    KeyNotText = "key_not_text", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` is empty.
    KeyEmpty = "key_empty", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` is longer than any key can be.
    KeyTooLong = "key_too_long", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` holds a line break or another control character.
    KeyControl = "key_control_character", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` holds a character outside ASCII.
    KeyNotAscii = "key_not_ascii", Answered, Broken, Some(BankUnreadable);
    /// The answer's `key` holds a space or a colon, so it cannot be a user name of HTTP Basic.
    KeyNotSendable = "key_not_sendable", Answered, Broken, Some(BankUnreadable);
    /// The answer has no `expiryDate`.
    ExpiryMissing = "expiry_missing", Answered, Broken, Some(BankUnreadable);
    /// The answer's `expiryDate` is no date-time.
    ExpiryUnreadable = "expiry_unreadable", Answered, Broken, Some(BankUnreadable);
    /// The answer names no facility (`communityCode`, or what the product calls it).
    FacilityMissing = "facility_missing", Answered, Broken, Some(BankUnreadable);
}

impl FaultKind {
    /// The kind of a status that is no success; what is below 300 has no business here and counts as
    /// unexpected.
    pub const fn of_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Redirect,
            400 | 405 | 406 | 415 | 501 => Self::BadRequest,
            401 => Self::Unauthorised,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            407 => Self::ProxyAuth,
            409 => Self::Conflict,
            422 => Self::Unprocessable,
            429 => Self::Busy,
            500 => Self::ServerError,
            502 => Self::BadGateway,
            503 => Self::Unavailable,
            504 => Self::GatewayTimeout,
            _ => Self::UnexpectedStatus,
        }
    }

    /// What a person can do, ending in a command.
    pub const fn remedy(self) -> &'static str {
        match self.condition() {
            Some(condition) => condition.remedy(),
            None => "What it means for the keys is said by: quaymaster key status",
        }
    }

    /// Whether it says no more than a reply's status does. A proxy's 407 may also come without a
    /// reply of its own, when it refuses the tunnel.
    pub fn is_status(self) -> bool {
        (300..=599).any(|status| Self::of_status(status) == self)
    }
}

/// Something that went wrong between us and the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// The status of the reply, if one came.
    pub status: Option<u16>,
    /// What exactly, for people; redacted. May be empty.
    pub detail: String,
    /// How long the bank asks us to wait.
    pub retry_after: Option<Duration>,
    /// The bank's error body, redacted, if it could be read.
    pub body: Option<Box<ErrorBody>>,
}

impl Fault {
    /// A fault without a reply's status.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { kind, status: None, detail: detail.into(), retry_after: None, body: None }
    }

    /// What the caller does next.
    pub const fn class(&self) -> Class {
        self.kind.class()
    }

    /// The word in metrics, logs and `explain`.
    pub const fn label(&self) -> &'static str {
        self.kind.label()
    }

    /// The facility's condition that follows, if it follows from the fault alone.
    pub const fn condition(&self) -> Option<Condition> {
        self.kind.condition()
    }

    /// What to do next with a request of this kind, by the bank's table.
    pub fn advice(&self, method: Method, earlier: Earlier) -> &'static Rule {
        retry::advice(self.reply(), method, earlier)
    }

    fn reply(&self) -> Reply {
        match (self.status, self.kind.reach()) {
            (Some(status), _) if self.kind.is_status() => Reply::Status(status),
            (_, Reach::NotSent) => Reply::Failure(Failure::NotSent),
            (_, Reach::MaybeArrived) => Reply::Failure(Failure::LostReply),
            (_, Reach::Answered) if self.kind == FaultKind::OtherReply => {
                Reply::Failure(Failure::OtherReply)
            }
            // Half an answer says as little as none.
            (_, Reach::Answered) if self.kind == FaultKind::BodyCut => {
                Reply::Failure(Failure::LostReply)
            }
            (_, Reach::Answered) => Reply::Failure(Failure::Unreadable),
        }
    }

    /// Whether the request may have reached the bank.
    pub const fn may_have_arrived(&self) -> bool {
        !matches!(self.kind.reach(), Reach::NotSent)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.meaning().trim_end_matches('.'))?;
        if let Some(status) = self.status {
            write!(f, " [{status}]")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own_and_a_sentence() {
        let words: BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.label()).collect();
        assert_eq!(words.len(), FaultKind::ALL.len());
        for kind in FaultKind::ALL {
            assert_eq!(FaultKind::from_label(kind.label()), Some(*kind));
            assert!(kind.meaning().ends_with(['.', ')']), "{}", kind.meaning());
            assert!(kind.remedy().contains("quaymaster "), "{}", kind.remedy());
        }
    }

    #[test]
    fn what_a_refused_key_means_is_left_to_the_renewal() {
        assert_eq!(FaultKind::of_status(401).condition(), None);
        assert_eq!(FaultKind::of_status(403).condition(), None);
        assert_eq!(FaultKind::of_status(407).condition(), Some(ProxyRefused));
        assert_eq!(FaultKind::of_status(302).condition(), Some(WrongAddress));
        assert_eq!(FaultKind::of_status(418), FaultKind::UnexpectedStatus);
    }

    #[test]
    fn the_table_of_the_bank_and_the_kinds_of_fault_agree_on_readings() {
        let advice = |fault: &Fault| fault.advice(Method::Get, Earlier::None).class;
        for status in 300..=599 {
            let fault = Fault::new(FaultKind::of_status(status), "");
            let fault = Fault { status: Some(status), ..fault };
            assert_eq!(advice(&fault), Some(fault.class()), "{status}");
        }
        for kind in FaultKind::ALL {
            let fault = Fault::new(*kind, "");
            if fault.class() == Class::TryLater {
                assert!(kind.is_status() || advice(&fault) == Some(Class::TryLater), "{kind:?}");
            }
        }
    }
}
