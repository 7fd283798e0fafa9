//! What to do after each answer of the bank, as one table.
//!
//! The bank says for each status whether and how a request may be sent again, and a general rule of
//! backing off would be wrong for it: after one status the same request is sent again with the same
//! idempotency key, after another it is never sent again. The client, `explain`, the sandbox and the
//! tests all read [`RULES`]. No rule ever sends with a new key, and none sends again blindly what may
//! have had its effect.

mod rules;
mod statuses;

use std::time::Duration;

use crate::domain::class::Class;
use crate::domain::product::Grade;

pub use rules::RULES;
pub use statuses::{STATUSES, Status};

/// How long the bank asks to wait before a request is sent again.
pub const WAIT: Duration = Duration::from_secs(20);
/// The most that is added to a wait at random, so that many who were turned away together do not
/// come back together. It is only ever added: an earlier return is against the bank's rule.
pub const JITTER_MAX: Duration = Duration::from_secs(10);
/// How long the bank asks to wait after a 504.
pub const WAIT_AFTER_504: Duration = Duration::from_mins(1);
/// After this long no copy of a request can still be on its way: twice the longest exchange.
pub const QUIET: Duration = Duration::from_mins(2);
/// How many simultaneous requests the bank allows.
pub const SIMULTANEOUS_MAX: usize = 10;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// An answer with this status, whose body could be read.
    Status(u16),
    /// No such answer.
    Failure(Failure),
}

/// Why there is no answer to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Not a byte of the request was sent.
    NotSent,
    /// Something was sent and no answer came.
    LostReply,
    /// An answer came that cannot be read.
    Unreadable,
    /// An answer came that belongs to another request: an idempotency key was used twice.
    OtherReply,
}

impl Failure {
    /// Every failure.
    pub const ALL: &[Failure] =
        &[Self::NotSent, Self::LostReply, Self::Unreadable, Self::OtherReply];

    /// The word in replies and `explain`; fixed once released.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::LostReply => "lost_reply",
            Self::Unreadable => "unreadable",
            Self::OtherReply => "other_reply",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::NotSent => "The bank could not be reached; not a byte of the request was sent.",
            Self::LostReply => "The request may have arrived, but no answer came back.",
            Self::Unreadable => "An answer came back that cannot be read.",
            Self::OtherReply => {
                "The answer belongs to another request: an idempotency key was used twice."
            }
        }
    }
}

/// What kind of request it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// It reads.
    Get,
    /// It creates, under an idempotency key.
    PostWithKey,
    /// It changes, and the documents give it no idempotency key: PATCH, PUT and DELETE.
    Patch,
}

impl Method {
    /// Every kind.
    pub const ALL: &[Method] = &[Self::Get, Self::PostWithKey, Self::Patch];

    /// The word in `explain`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::PostWithKey => "POST",
            Self::Patch => "PATCH",
        }
    }
}

/// What is known of the copies of the same request that were sent before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Earlier {
    /// There were none, or none of them had an effect for sure.
    None,
    /// One of them may have arrived.
    MayHaveArrived,
}

impl Earlier {
    /// Both.
    pub const ALL: &[Earlier] = &[Self::None, Self::MayHaveArrived];
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Take the answer for the outcome, once it is sure that it belongs to the request.
    Accept,
    /// The outcome is still open: read it until it is decided.
    Poll,
    /// It was done; read what came of it.
    Confirm,
    /// Wait, then send the same request again, with the same key if it has one.
    SendAgain,
    /// Wait until no copy can be on its way, read, and send with the same key if nothing is found.
    QueryThenSendAgain,
    /// Wait until no copy can be on its way, read, and then do as the command's own rule says.
    QueryThenAsCommandSays,
    /// Read to find out; never send again.
    QueryOnly,
    /// Take the key from the store once more and send again if it is another one.
    FreshKey,
    /// Leave it until the next regular time.
    NextTime,
    /// It was refused; do not send it again.
    Stop,
    /// Have the proxy between here and the bank put right.
    FixProxy,
    /// Have the base URL put right.
    FixAddress,
}

impl Action {
    /// What to do, as `explain` says it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Accept => "take the answer",
            Self::Poll => "read until it is decided, never send again",
            Self::Confirm => "read what came of it",
            Self::SendAgain => "wait, then send the same again, with the same key",
            Self::QueryThenSendAgain => {
                "wait until quiet, read, and only if nothing is found send again with the same key"
            }
            Self::QueryThenAsCommandSays => {
                "wait until quiet, read, and then as the command's own rule says"
            }
            Self::QueryOnly => "read to find out, never send again",
            Self::FreshKey => "take the key from the store once more",
            Self::NextTime => "leave it until the next regular time",
            Self::Stop => "do not send it again",
            Self::FixProxy => "put the proxy right",
            Self::FixAddress => "put base_url right",
        }
    }
}

/// Which replies a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// Statuses, as ranges with both ends.
    Statuses(&'static [(u16, u16)]),
    /// Failures.
    Failures(&'static [Failure]),
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// After which replies,
    pub replies: Replies,
    /// to which kinds of request,
    pub methods: &'static [Method],
    /// with which earlier copies:
    pub earlier: &'static [Earlier],
    /// what to do,
    pub action: Action,
    /// after waiting at least so long;
    pub wait: Duration,
    /// the class of the error, or `None` if it is none;
    pub class: Option<Class>,
    /// why, for people;
    pub sentence: &'static str,
    /// and how well that is known.
    pub grade: Grade,
}

impl Rule {
    fn is_for(&self, reply: Reply, method: Method, earlier: Earlier) -> bool {
        let reply = match (self.replies, reply) {
            (Replies::Statuses(ranges), Reply::Status(status)) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&status))
            }
            (Replies::Failures(failures), Reply::Failure(failure)) => failures.contains(&failure),
            (Replies::Statuses(_), Reply::Failure(_))
            | (Replies::Failures(_), Reply::Status(_)) => false,
        };
        reply && self.methods.contains(&method) && self.earlier.contains(&earlier)
    }

    /// How long to wait: what the rule says or, if longer, what the bank asked for, and up to
    /// [`JITTER_MAX`] more according to `random`, any number.
    pub fn wait(&self, retry_after: Option<Duration>, random: u32) -> Duration {
        if self.wait.is_zero() {
            return Duration::ZERO;
        }
        let most = u64::try_from(JITTER_MAX.as_millis()).unwrap_or(u64::MAX);
        let jitter = Duration::from_millis(u64::from(random) % (most + 1));
        self.wait.max(retry_after.unwrap_or_default()) + jitter
    }
}

/// What to do after `reply` to a request of this kind. A status outside 100 to 599 is treated like
/// any other that the documents do not name.
pub fn advice(reply: Reply, method: Method, earlier: Earlier) -> &'static Rule {
    let found = RULES.iter().find(|rule| rule.is_for(reply, method, earlier));
    found.unwrap_or(match method {
        Method::Get => &rules::UNKNOWN_READING,
        Method::PostWithKey | Method::Patch => &rules::UNKNOWN_CHANGE,
    })
}

/// What `explain 503` (or any other status, or a [`Failure`]'s word) prints; `None` for other words.
pub fn explain(code: &str) -> Option<String> {
    let failure = Failure::ALL.iter().copied().find(|failure| failure.label() == code);
    let reply = match failure {
        Some(failure) => Reply::Failure(failure),
        None if code.len() == 3 => {
            Reply::Status(code.parse().ok().filter(|status| (100..=599).contains(status))?)
        }
        None => return None,
    };
    let mut text = head(code, reply);
    for method in Method::ALL {
        let first = advice(reply, *method, Earlier::None);
        let later = advice(reply, *method, Earlier::MayHaveArrived);
        text.push_str(&line(method.label(), first));
        if first != later {
            text.push_str(&line("  if an earlier copy may have arrived", later));
        }
    }
    let status = STATUSES.iter().find(|status| Reply::Status(status.code) == reply);
    text.push_str(status.map_or(statuses::REMEDY, |status| status.remedy));
    text.push('\n');
    Some(text)
}

fn head(code: &str, reply: Reply) -> String {
    let status = STATUSES.iter().find(|status| Reply::Status(status.code) == reply);
    match (reply, status) {
        (Reply::Failure(failure), _) => format!("{code}\n{}\n\n", failure.meaning()),
        (_, Some(status)) => format!("{code} {}\n{}\n\n", status.name, status.meaning),
        (_, None) => format!("{code}\nThe bank's documents do not name this status.\n\n"),
    }
}

fn line(whom: &str, rule: &Rule) -> String {
    let wait = match rule.wait.as_secs() {
        0 => String::new(),
        seconds => format!(" (at least {seconds} s)"),
    };
    let (what, why, grade) = (rule.action.sentence(), rule.sentence, rule.grade.label());
    format!("{whom}: {what}{wait}. {why} [{grade}]\n")
}

#[cfg(test)]
mod tests;
