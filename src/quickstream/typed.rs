//! Exchanges of things with types, in the ways the documents have: read one, list some, create one,
//! change one. Once each; what came of it is for the caller.

use form_urlencoded::Serializer;

use crate::key::KeyText;
use crate::quickstream::ask::{Ask, Body, IdempotencyKey, Verb};
use crate::quickstream::client::{Answer, Client};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json::Fields;
use crate::quickstream::pages::{Listed, Pager};

/// How many pages of a list are read at most: 200,000 things. Who wants fewer stops earlier.
const PAGES_MAX: usize = 10_000;

/// Whether the bank has finished with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Completion {
    /// It has.
    Completed,
    /// It has not (202): the outcome is read later.
    Accepted,
}

/// What a change came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<T> {
    /// What the bank answered.
    pub value: T,
    /// Whether that is the outcome.
    pub completion: Completion,
    /// Where the created thing is, as the bank wrote it.
    pub location: Option<String>,
}

impl<T> Done<T> {
    pub(super) fn of(
        answer: Answer,
        read: impl FnOnce(Fields) -> Option<T>,
    ) -> Result<Self, Fault> {
        let Answer { status, fields, location } = answer;
        let completion = if status == 202 { Completion::Accepted } else { Completion::Completed };
        let value = fields.and_then(read).ok_or_else(|| wrong_shape(status))?;
        Ok(Self { value, completion, location })
    }

    /// It, if what it shows can belong to the request: the bank answers a key that was used before
    /// with the answer of then, whatever is sent. `shown` and `sent` are the same field of both; a
    /// field that is not shown says nothing.
    pub(super) fn if_shows(
        self,
        field: &str,
        sent: Option<&str>,
        shown: impl FnOnce(&T) -> Option<&str>,
    ) -> Result<Self, Fault> {
        // Case and white space the bank may have tidied up.
        let same = |sent: &str, shown: &str| sent.trim().eq_ignore_ascii_case(shown.trim());
        match (sent, shown(&self.value)) {
            (Some(sent), Some(shown)) if !same(sent, shown) => {
                let fault = Fault::new(FaultKind::OtherReply, format!("it shows another {field}"));
                let status = if self.completion == Completion::Accepted { 202 } else { 201 };
                Err(Fault { status: Some(status), ..fault })
            }
            _ => Ok(self),
        }
    }
}

/// An answer of success that cannot be read.
pub(super) fn wrong_shape(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::new(FaultKind::WrongShape, "") }
}

/// A path with its query, both encoded.
pub(super) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let mut encoded = Serializer::new(String::new());
    encoded.extend_pairs(query);
    format!("{path}?{}", encoded.finish())
}

impl Client {
    /// Reads one thing.
    pub(super) async fn get_one<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
    ) -> Result<T, Fault> {
        let ask = Ask::new(endpoint, Verb::Get, path, self.priority())?;
        let answer = self.ask(key, ask).await?;
        answer.fields.and_then(T::read).ok_or_else(|| wrong_shape(answer.status))
    }

    /// Goes through a list.
    pub(super) fn list<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: &str,
    ) -> Result<Pager<T>, Fault> {
        self.pages(key, endpoint, path, self.priority(), PAGES_MAX)
    }

    /// Creates one thing.
    pub(super) async fn create<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
        idempotency_key: &IdempotencyKey,
        body: Body,
    ) -> Result<Done<T>, Fault> {
        let verb = Verb::Post(idempotency_key.clone(), body);
        let answer = self.ask(key, Ask::new(endpoint, verb, path, self.priority())?).await?;
        Done::of(answer, T::read)
    }

    /// Changes one thing; `None` if the bank answers without showing it (204).
    pub(super) async fn change<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
        verb: Verb,
    ) -> Result<Option<T>, Fault> {
        let answer = self.ask(key, Ask::new(endpoint, verb, path, self.priority())?).await?;
        let Some(fields) = answer.fields else { return Ok(None) };
        T::read(fields).map(Some).ok_or_else(|| wrong_shape(answer.status))
    }
}
