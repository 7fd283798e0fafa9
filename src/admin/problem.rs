//! What the admin API itself can refuse for, declared once: word, HTTP status, meaning, remedy.
//!
//! An error says what is wrong and what would be right, and carries a number that stands in the
//! daemon's log too. It never carries what the caller sent, or an error from further inside.

use hyper::StatusCode;
use hyper::header::{ALLOW, CACHE_CONTROL, WWW_AUTHENTICATE};
use uuid::Uuid;

use super::{refusals, shapes};
use crate::domain::condition::Condition;
use crate::http::{Reply, Unserved};
use crate::service::Refused;
use crate::service::facility::RefusedKind;

macro_rules! problems {
    ($( $(#[doc = $doc:literal])+ $name:ident = $label:literal, $status:literal, $remedy:literal; )+) => {
        /// Why the admin API did not pass a request on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $( $(#[doc = $doc])+ $name, )+ }

        impl Kind {
            /// Every kind, in the table's order.
            pub const ALL: &[Kind] = &[ $( Kind::$name, )+ ];

            /// The word in errors, logs and `explain`; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( Kind::$name => $label, )+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $( Kind::$name => $status, )+ }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $( Kind::$name => concat!($($doc),+), )+ }
            }

            /// What to do, ending in a command.
            pub const fn remedy(self) -> &'static str {
                match self { $( Kind::$name => $remedy, )+ }
            }
        }
    };
}

problems! {
    /// The request shows no token, and does not come from the daemon's own user over its unix socket.
    NoToken = "no_token", 401, "Run as the daemon's user, or give a token: quaymaster status --token-file FILE";
    /// The token is not in the daemon's tokens file, or that file cannot be used.
    BadToken = "bad_token", 401, "Compare the token's SHA-256 with the tokens file ([access] tokens), then: quaymaster status --token-file FILE";
    /// The token's role does not reach as far as this command.
    RoleTooLow = "role_too_low", 403, "Ask someone whose token has the role the message names; roles stand in the tokens file. To see what you may see: quaymaster status";
    /// The command needs the role approver, which the token has not.
    NeedsApprover = "needs_approver", 403, "Ask someone whose token has the role approver to type the same command. To see where things stand: quaymaster status";
    /// The token was not granted this facility.
    NotYourFacility = "not_your_facility", 403, "The tokens file says which facilities a token is for. To see yours: quaymaster facility list";
    /// The request came through a proxy that forwards for others; then nobody can say who asks.
    Forwarded = "forwarded", 403, "Call the daemon directly, over its unix socket or its loopback address: quaymaster status --server unix:PATH";
    /// The admin API has no such path.
    UnknownPath = "unknown_path", 404, "Use a command line of the daemon's own release: quaymaster --version, and quaymaster status for the daemon's";
    /// The daemon has no facility of this name.
    UnknownFacility = "unknown_facility", 404, "To see the names: quaymaster facility list";
    /// The path exists, but not with this method; the header Allow names those it has.
    WrongMethod = "wrong_method", 405, "Use a command line of the daemon's own release: quaymaster --version, and quaymaster status for the daemon's";
    /// The body did not arrive in time.
    BodyTooSlow = "body_too_slow", 408, "Send it again: quaymaster key install --from-file FILE";
    /// The body is larger than the admin API takes.
    BodyTooLarge = "body_too_large", 413, "A key has at most 1024 bytes; give the file that holds the key and nothing else: quaymaster key install --from-file FILE";
    /// The body's content type is not the one this path takes.
    WrongContentType = "wrong_content_type", 415, "Use a command line of the daemon's own release: quaymaster --version, and quaymaster status for the daemon's";
    /// The body or a query parameter is not what this path takes; nothing was done.
    BadRequest = "bad_request", 400, "Use a command line of the daemon's own release: quaymaster --version, and quaymaster status for the daemon's";
    /// The body is not a key that could be sent to the bank: empty, too long, or with characters no key has.
    BadKeyText = "bad_key_text", 400, "Give the file that holds the key as the portal showed it, and nothing else: quaymaster key install --from-file FILE";
    /// Too many requests from one caller.
    TooManyRequests = "too_many_requests", 429, "Wait a few seconds, then: quaymaster status";
    /// The daemon failed while it answered; a command may have been done.
    Internal = "internal", 500, "The daemon's log says more. To see what was done: quaymaster key history";
    /// The command was passed on and has not come to an end yet; it may still be done.
    StillWorking = "still_working", 504, "Do not type it again before you have looked: quaymaster key history";
}

/// An answer that says why not.
#[derive(Debug)]
pub(super) struct Problem {
    /// The word.
    pub(super) label: &'static str,
    /// The HTTP status.
    pub(super) status: StatusCode,
    detail: String,
    remedy: String,
    /// The methods of a path that was asked with another.
    allow: Option<String>,
    /// The answer's number.
    pub(super) id: Uuid,
}

impl Problem {
    /// A problem of the admin API's own, with what exactly is wrong.
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            label: kind.label(),
            status: StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::BAD_REQUEST),
            detail: detail.into(),
            remedy: kind.remedy().to_owned(),
            allow: None,
            id: Uuid::new_v4(),
        }
    }

    /// Names the methods the path has.
    pub(super) fn allowing(self, methods: String) -> Self {
        Self { allow: Some(methods), ..self }
    }

    /// A facility's refusal.
    pub(super) fn refused(refused: &Refused) -> Self {
        let condition = Condition::from_label(refused.label).map(Condition::remedy);
        let refusal = refusals::find(refused.label).map(|refusal| refusal.remedy);
        let remedy =
            condition.or(refusal).unwrap_or("To see where things stand: quaymaster status");
        Self {
            label: refused.label,
            status: status_of(refused.kind),
            detail: refused.sentence.clone(),
            remedy: remedy.to_owned(),
            allow: None,
            id: Uuid::new_v4(),
        }
    }

    /// The answer itself.
    pub(super) fn reply(&self) -> Reply {
        let shape = shapes::Problem {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            label: self.label.to_owned(),
            remedy: self.remedy.clone(),
            id: self.id.to_string(),
        };
        let body = serde_json::to_vec(&shape).unwrap_or_default();
        let reply = Reply::bytes(self.status, "application/problem+json", body)
            .with_header(CACHE_CONTROL, "no-store");
        let reply = match &self.allow {
            Some(allow) => reply.with_header(ALLOW, allow),
            None => reply,
        };
        match self.status {
            StatusCode::UNAUTHORIZED => reply.with_header(WWW_AUTHENTICATE, "Bearer"),
            _ => reply,
        }
    }
}

/// What the server under the admin API says for itself, in the admin API's shape.
pub(super) fn unserved(why: Unserved) -> Reply {
    let (kind, detail) = match why {
        Unserved::BodyTooLarge => (Kind::BodyTooLarge, "the body is too large"),
        Unserved::BodyTooSlow => (Kind::BodyTooSlow, "the body took too long to arrive"),
        Unserved::BodyBroken => (Kind::BadRequest, "the body could not be read"),
        Unserved::Panicked => (Kind::Internal, "something is wrong in the daemon"),
    };
    Problem::new(kind, detail).reply()
}

/// The HTTP status of a facility's refusal; the command line turns it into an exit code.
pub const fn status_of(kind: RefusedKind) -> StatusCode {
    match kind {
        RefusedKind::BadInput => StatusCode::BAD_REQUEST,
        RefusedKind::NotNow => StatusCode::CONFLICT,
        RefusedKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        RefusedKind::Unclear => StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_word_and_ends_in_a_command() {
        let mut words: Vec<_> = Kind::ALL.iter().map(|kind| kind.label()).collect();
        words.extend(refusals::REFUSALS.iter().map(|refusal| refusal.label));
        words.extend(Condition::ALL.iter().map(|condition| condition.label()));
        words.sort_unstable();
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count, "two things have one word");
        for refusal in refusals::REFUSALS {
            assert!(refusal.remedy.contains("quaymaster "), "{}", refusal.label);
        }
        for kind in Kind::ALL {
            assert!(kind.remedy().contains("quaymaster "), "{}", kind.label());
            assert!((400..600).contains(&kind.status()), "{}", kind.label());
        }
    }
}
