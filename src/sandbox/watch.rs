//! Lets whoever embeds a sandbox see each exchange with its API, whole, after it was answered.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::guesses::Guesses;
use super::openapi;
use crate::http::{Reply, Request};

/// A request to the API and its reply.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// What was answered.
    pub reply: &'a Reply,
    /// The resource it reached, such as `/api-keys/latest`; `None` for a path or a verb it has not.
    pub route: Option<&'static str>,
    /// Whether a fault struck, so that the reply says nothing of the bank.
    pub spoilt: bool,
    /// Whether it was answered from the idempotency store, and not by the resource.
    pub replayed: bool,
    /// The guesses that do not stand at their defaults.
    pub switched: Map<String, Value>,
}

/// What is told of every exchange, before its reply is sent. It must not wait.
#[derive(Clone)]
pub struct Watcher(Arc<dyn Fn(&Exchange<'_>) + Send + Sync>);

impl Watcher {
    /// Has a function be told.
    pub fn new(watch: impl Fn(&Exchange<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(watch))
    }

    pub(super) fn tell(&self, exchange: &Exchange<'_>) {
        (self.0)(exchange);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

/// What `GET /openapi.json` answers where these guesses are switched; those that are unknown are
/// ignored.
pub fn openapi_document(switched: &Map<String, Value>) -> Value {
    let mut guesses = Guesses::default();
    guesses.switch(switched).ok();
    openapi::document(&guesses)
}
