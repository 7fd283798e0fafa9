//! The few ways in which a resource is asked: one thing is read, a list is gone through, something
//! is created, changed or deleted.
//!
//! The bank may answer a key that was used before with another resource's reply, so a reply that
//! lacks what makes a thing what it is is never taken for one.

use crate::key::KeyText;
use crate::quickstream::ask::{Ask, Body, IdempotencyKey, Verb};
use crate::quickstream::client::{Answer, Client};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::pages::{Listed, Pager};

/// How many pages of a list are read before it is taken for endless: 200,000 things.
const PAGES_MAX: usize = 10_000;

impl Client {
    /// Reads one thing.
    pub(super) async fn get<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
    ) -> Result<T, Fault> {
        let ask = Ask::new(endpoint, Verb::Get, path, self.priority())?;
        self.ask(key, ask).await?.thing()
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

    /// Creates a thing, once for each name.
    pub(super) async fn create<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
        name: &IdempotencyKey,
        body: Body,
    ) -> Result<T, Fault> {
        let ask = Ask::new(endpoint, Verb::Post(name.clone(), body), path, self.priority())?;
        self.ask(key, ask).await?.thing()
    }

    /// Changes or deletes a thing; `None` if the bank answers without a body.
    pub(super) async fn change<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        verb: Verb,
        path: String,
    ) -> Result<Option<T>, Fault> {
        let answer = self.ask(key, Ask::new(endpoint, verb, path, self.priority())?).await?;
        if answer.fields.is_none() { Ok(None) } else { answer.thing().map(Some) }
    }
}

impl Answer {
    /// The thing that the answer is about.
    fn thing<T: Listed>(self) -> Result<T, Fault> {
        let detail = "it is not what was asked for";
        let wrong =
            Fault { status: Some(self.status), ..Fault::new(FaultKind::WrongShape, detail) };
        self.fields.and_then(T::read).ok_or(wrong)
    }
}

/// A path with a query of those parameters that have a value.
pub(super) fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_what_was_given_and_is_encoded() {
        assert_eq!(with_query("/customers", &[("a", None)]), "/customers");
        let given = [("customerName", Some("Jane & Söhne")), ("b", None), ("c", Some("1"))];
        assert_eq!(
            with_query("/customers", &given),
            "/customers?customerName=Jane+%26+S%C3%B6hne&c=1"
        );
    }
}
