//! The resources of the API, one file each. A resource names its routes and says what each does; what
//! every request must pass first is in [`super::admit`].

use std::net::IpAddr;
use std::panic::Location;

use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::bank::State;
use super::book::{Facility, Key, KeyKind};
use super::guesses::{self, Guess, Guesses};
use super::links::Pager;
use super::merchant::Merchant;
use super::merchant::ids::{Kind, number_of};
use super::merchant::setting::Setting;
use super::refusal::Refusal;
use crate::http::Request;

mod accounts;
mod api_keys;
mod businesses;
mod credit_cards;
mod customers;
mod payids;
mod payment_files;
mod payto_agreements;
mod recurring_payments;
mod root;
mod single_use_tokens;
pub(super) mod three_ds2;
mod transactions;

pub(super) use self::payids::model as pay_id;
pub(super) use self::payment_files::of_text as file_of_text;
pub(super) use self::payto_agreements::model as agreement;

/// Every route, static segments before parameters.
#[rustfmt::skip]
pub(super) const ROUTES: &[&[Route]] = &[
    root::ROUTES,
    api_keys::ROUTES,
    businesses::ROUTES,
    credit_cards::ROUTES,
    customers::ROUTES,
    accounts::ROUTES,
    single_use_tokens::ROUTES,
    three_ds2::ROUTES,
    transactions::ROUTES,
    payto_agreements::ROUTES,
    recurring_payments::ROUTES,
    payment_files::ROUTES,
    payids::ROUTES,
];

/// One verb on one resource.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Below `/rest/v1`; `{name}` stands for one segment.
    pub(super) path: &'static str,
    pub(super) keys: Keys,
    pub(super) act: fn(&mut Visit<'_>) -> Result<Answer, Refusal>,
    pub(super) takes: Takes,
    /// The media types it answers in.
    pub(super) gives: &'static [&'static str],
    /// Where in the source its resource is.
    place: &'static Location<'static>,
}

/// A verb that a sandbox knows on one of its resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRoute {
    /// The verb.
    pub method: &'static str,
    /// Below `/rest/v1`; `{name}` stands for one segment.
    pub path: &'static str,
    /// The kind of key it takes; `None` for either.
    pub key: Option<KeyKind>,
    /// The media types it answers in, the usual one first.
    pub gives: &'static [&'static str],
    /// The source file of its resource.
    pub file: &'static str,
}

/// Every verb on every resource that a sandbox knows.
pub fn routes() -> impl Iterator<Item = KnownRoute> {
    ROUTES.iter().copied().flatten().map(|route| KnownRoute {
        method: route.method,
        path: route.path,
        key: match route.keys {
            Keys::Only(kind, _) => Some(kind),
            Keys::Either(_) => None,
        },
        gives: route.gives,
        file: route.place.file(),
    })
}

/// What a writing request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Json,
    /// JSON, or nothing at all.
    JsonOrNothing,
    /// `multipart/form-data`, read by the resource itself.
    Multipart,
}

impl Route {
    /// JSON to JSON.
    #[track_caller]
    const fn new(
        method: &'static str,
        path: &'static str,
        keys: Keys,
        act: fn(&mut Visit<'_>) -> Result<Answer, Refusal>,
    ) -> Self {
        let (takes, gives, place) = (Takes::Json, &["application/json"], Location::caller());
        Self { method, path, keys, act, takes, gives, place }
    }

    /// The same with another body.
    const fn taking(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    /// The same in other media types; the first is the usual one.
    const fn giving(self, gives: &'static [&'static str]) -> Self {
        Self { gives, ..self }
    }
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
    /// The only businesses the key may touch; empty for an unrestricted key.
    pub(super) only: &'a [String],
    pub(super) now: Timestamp,
    /// The base URL as the client knows it, without a slash at the end.
    pub(super) base_url: &'a str,
    /// The path's parameters, in order.
    pub(super) parameters: &'a [String],
    pub(super) query: Option<&'a str>,
    /// The body as JSON; null where there is none.
    pub(super) body: &'a Value,
    /// The request as it came: its headers, its peer, the bytes of its body.
    pub(super) request: &'a Request,
}

impl<'a> Visit<'a> {
    pub(super) fn facility(&mut self) -> Result<&mut Facility, Refusal> {
        let facility = self.state.book.facility(self.facility);
        facility.ok_or_else(|| Refusal::unauthorized("The API key is not known."))
    }

    pub(super) fn key(&mut self) -> Result<&Key, Refusal> {
        let at = self.key;
        let key = self.facility()?.keys.get(at);
        key.ok_or_else(|| Refusal::unauthorized("The API key is not known."))
    }

    /// The merchant, and the circumstances under which the request acts.
    pub(super) fn merchant(&mut self) -> Result<(&mut Merchant, Setting<'_>), Refusal> {
        let State { book, guesses, .. } = &mut *self.state;
        let seed = book.seed;
        let facility = book.facility(self.facility);
        let facility =
            facility.ok_or_else(|| Refusal::unauthorized("The API key is not known."))?;
        Ok(facility.at_work(seed, guesses, self.now, self.only, self.base_url))
    }

    pub(super) fn parameter(&self, at: usize) -> &'a str {
        self.parameters.get(at).map_or("", String::as_str)
    }

    /// The record whose id is a parameter of the path.
    ///
    /// # Errors
    ///
    /// 404 if the bank writes no such id.
    pub(super) fn number(&self, kind: Kind, at: usize) -> Result<u64, Refusal> {
        number_of(kind, self.facility, self.parameter(at)).ok_or_else(Refusal::not_found)
    }

    /// A query parameter, decoded; the first of several, and `None` for an empty one.
    pub(super) fn asked(&self, name: &str) -> Option<String> {
        let pairs = form_urlencoded::parse(self.query.unwrap_or_default().as_bytes());
        let mut found = pairs.filter(|(key, value)| key == name && !value.is_empty());
        found.next().map(|(_, value)| value.into_owned())
    }

    /// The business that a list is narrowed to.
    ///
    /// # Errors
    ///
    /// 422 for one that a restricted key may not see: the documents have the request rejected.
    pub(super) fn asked_business(&mut self) -> Result<Option<String>, Refusal> {
        let Some(code) = self.asked("supplierBusinessCode") else { return Ok(None) };
        let (_, setting) = self.merchant()?;
        if setting.may_touch(&code) {
            return Ok(Some(code));
        }
        Err(Refusal::field("supplierBusinessCode", &code, "There is no such business."))
    }

    /// One page of a list at this request's path, of items in the order of the list.
    pub(super) fn page<T>(
        &mut self,
        list: impl FnOnce(&Merchant, &Setting<'_>, Pager<'_>) -> T,
    ) -> Result<T, Refusal> {
        let path = self.request.path();
        let below = path.strip_prefix(super::BASE_PATH).unwrap_or(path);
        let url = format!("{}{below}", self.base_url);
        let query = self.query;
        let (merchant, setting) = self.merchant()?;
        let pager = Pager { url: &url, query, guesses: setting.guesses };
        Ok(list(merchant, &setting, pager))
    }
}

/// What a resource answers.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) content: Content,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Json(Value),
    /// A report in a format of its own, such as `text/csv`.
    Text(&'static str, String),
    /// Nothing, as with 204.
    Nothing,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, location: None, content: Content::Json(body) }
    }

    /// 201, with where the new resource is.
    pub(super) fn created(location: String, body: Value) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location), ..Self::ok(body) }
    }

    /// The answer to a PATCH, with the model or without (the guess `patch_reply`).
    pub(super) fn patched(body: Value, guesses: &Guesses) -> Self {
        if guesses.is(guesses::PATCH_REPLY, "204") { Self::nothing() } else { Self::ok(body) }
    }

    /// 204.
    pub(super) fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, location: None, content: Content::Nothing }
    }
}

/// One record of a report: fields with a comma, a quote or a line's end in them are quoted.
fn csv_record(fields: impl Iterator<Item = String>) -> String {
    let quoted = fields.map(|field| {
        let plain = !field.contains([',', '"', '\r', '\n']);
        if plain { field } else { format!("\"{}\"", field.replace('"', "\"\"")) }
    });
    let record = quoted.collect::<Vec<_>>().join(",");
    // A line with nothing on it is no record to many readers.
    if record.is_empty() { "\"\"".to_owned() } else { record }
}

/// The caller's address, if it came over the network.
pub(super) fn address(peer: &crate::http::Peer) -> Option<IpAddr> {
    match peer {
        crate::http::Peer::Tcp(address) => Some(address.ip()),
        crate::http::Peer::Unix { .. } => None,
    }
}

/// A link to each resource that can be read from the root with a key of this kind, named by its first
/// segment. What more there is of a resource has to be asked for with parameters.
pub(super) fn directory(base_url: &str, key: KeyKind) -> Vec<Value> {
    let routes = ROUTES.iter().copied().flatten();
    let readable = routes.filter(|route| {
        let may = match route.keys {
            Keys::Only(kind, _) => kind == key,
            Keys::Either(_) => true,
        };
        may && route.method == "GET" && route.path != "/" && !route.path.contains('{')
    });
    let mut named = std::collections::BTreeSet::new();
    let mut links = Vec::new();
    for route in readable {
        let rel = route.path.split('/').nth(1).unwrap_or_default();
        if named.insert(rel) {
            links.push(super::links::link(rel, &format!("{base_url}{}", route.path), "GET"));
        }
    }
    links
}

/// The guess that decides where a page says 401 for a key of the wrong kind.
const PAGE_SAYS_401: Option<&Guess> = Some(guesses::WRONG_KIND);
