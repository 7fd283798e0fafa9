//! The resources of the API, one file each. A resource names its routes and says what each does; what
//! every request must pass first is in [`super::admit`].

use std::net::IpAddr;

use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::bank::State;
use super::book::{Facility, Key, KeyKind};
use super::guesses::{self, Guess};
use super::refusal::Refusal;

mod api_keys;
mod businesses;
mod root;

/// Every route, static segments before parameters.
pub(super) const ROUTES: &[&[Route]] = &[root::ROUTES, api_keys::ROUTES, businesses::ROUTES];

/// One verb on one resource.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Below `/rest/v1`; `{name}` stands for one segment.
    pub(super) path: &'static str,
    pub(super) keys: Keys,
    pub(super) act: fn(&mut Visit<'_>) -> Result<Answer, Refusal>,
}

/// Which keys a resource takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys {
    /// One kind; the other is answered 403, or what the guess says where the resource's own page
    /// disagrees with the reference.
    Only(KeyKind, Option<&'static Guess>),
    /// Both, or as the guess says.
    Either(&'static Guess),
}

/// A request that has passed every check, at its resource.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    pub(super) state: &'a mut State,
    pub(super) facility: &'a str,
    /// The place of the key among the facility's keys.
    pub(super) key: usize,
    pub(super) now: Timestamp,
    /// The base URL as the client knows it, without a slash at the end.
    pub(super) base_url: &'a str,
    /// The path's parameters, in order.
    pub(super) parameters: &'a [String],
    pub(super) query: Option<&'a str>,
    pub(super) body: &'a Value,
}

impl Visit<'_> {
    pub(super) fn facility(&mut self) -> Result<&mut Facility, Refusal> {
        let facility = self.state.book.facility(self.facility);
        facility.ok_or_else(|| Refusal::unauthorized("The API key is not known."))
    }

    pub(super) fn key(&mut self) -> Result<&Key, Refusal> {
        let at = self.key;
        let key = self.facility()?.keys.get(at);
        key.ok_or_else(|| Refusal::unauthorized("The API key is not known."))
    }

    pub(super) fn parameter(&self, at: usize) -> &str {
        self.parameters.get(at).map_or("", String::as_str)
    }
}

/// What a resource answers.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, location: None, body }
    }
}

/// The caller's address, if it came over the network.
pub(super) fn address(peer: &crate::http::Peer) -> Option<IpAddr> {
    match peer {
        crate::http::Peer::Tcp(address) => Some(address.ip()),
        crate::http::Peer::Unix { .. } => None,
    }
}

/// Links to the resources a person can read from the root, named by their first segment.
pub(super) fn directory(base_url: &str) -> Vec<Value> {
    let routes = ROUTES.iter().copied().flatten();
    let readable = routes
        .filter(|route| route.method == "GET" && route.path != "/" && !route.path.contains('{'));
    let link = |route: &Route| {
        let rel = route.path.split('/').nth(1).unwrap_or_default();
        super::links::link(rel, &format!("{base_url}{}", route.path), "GET")
    };
    readable.map(link).collect()
}

/// The guess that decides where a page says 401 for a key of the wrong kind.
const PAGE_SAYS_401: Option<&Guess> = Some(guesses::WRONG_KIND);
