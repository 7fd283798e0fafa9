//! One facility's way to the bank: its address, its limit, and who is told of each exchange.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Response;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::domain::condition::Condition;
use crate::domain::product::Product;
use crate::domain::retry::{SIMULTANEOUS_MAX, STATUSES};
use crate::key::KeyText;
use crate::quickstream::ask::{Ask, Verb};
use crate::quickstream::base::Place;
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json::Fields;
use crate::quickstream::limit::{Limit, Priority, Turn};
use crate::quickstream::redact::Redactor;
use crate::quickstream::resources::{api_keys, root};
use crate::quickstream::transport::{JSON, Reply, Request, Transport};
use crate::quickstream::upload::UPLOAD_TIMEOUT;
use crate::quickstream::{Offer, Root};

/// How long one exchange may take from first to last byte, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// Told after each exchange, however it ended.
pub type Observer = Arc<dyn Fn(&Call) + Send + Sync>;

/// What a client is made from.
#[derive(Clone)]
pub struct ClientOptions {
    /// The API's base URL.
    pub base_url: String,
    /// The vendor's product that lives there.
    pub product: Product,
    /// How many requests may be on the wire at once, 1 to 10.
    pub simultaneous: usize,
    /// The proxy to go through; the environment's is never used.
    pub proxy: Option<String>,
    /// How long one exchange may take.
    pub timeout: Duration,
    /// Told after each exchange.
    pub observer: Observer,
}

impl ClientOptions {
    /// The usual options: ten at once, no proxy, a minute, nobody told.
    pub fn new(base_url: impl Into<String>, product: Product) -> Self {
        Self {
            base_url: base_url.into(),
            product,
            simultaneous: SIMULTANEOUS_MAX,
            proxy: None,
            timeout: TIMEOUT,
            observer: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("product", &self.product)
            .field("simultaneous", &self.simultaneous)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// What the bank's clock showed, from the `Date` of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The reply's number among those that told the time, from 1.
    pub nth: u64,
    /// The bank's time, in whole seconds.
    pub shows: Timestamp,
    /// Our [`Clock::passed`] when it was heard; no wall clock that is set later moves it.
    pub passed: SignedDuration,
    /// The bank's time less our wall clock's then.
    pub skew: SignedDuration,
}

/// One exchange, for metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The route's template, such as `/api-keys/latest`.
    pub endpoint: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// How it ended.
    pub code: CallCode,
    /// How long it waited for its turn under the facility's limit.
    pub waited: Duration,
    /// How long it took, without the wait for its turn.
    pub duration: Duration,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallCode {
    /// With a reply that could be read.
    Status(u16),
    /// Without one.
    Fault(FaultKind),
}

/// The label of a status that the documents do not name.
const OTHER_STATUS: &str = "other";

impl CallCode {
    /// Every label, so that each series exists from the start.
    pub fn labels() -> impl Iterator<Item = &'static str> {
        let statuses = STATUSES.iter().map(|status| status.label).chain([OTHER_STATUS]);
        let faults = FaultKind::ALL.iter().filter(|kind| !kind.is_status());
        let words = faults.map(|kind| Self::Fault(*kind).label());
        statuses.chain(words.collect::<BTreeSet<_>>())
    }

    /// The label in metrics: a status that the documents name, `other`, or a fault's word. The many
    /// ways in which a reply cannot be read share one word: the log says which it was.
    pub fn label(self) -> &'static str {
        match self {
            Self::Status(code) => {
                let known = STATUSES.iter().find(|status| status.code == code);
                known.map_or(OTHER_STATUS, |status| status.label)
            }
            Self::Fault(kind) if kind.condition() == Some(Condition::BankUnreadable) => {
                Condition::BankUnreadable.label()
            }
            Self::Fault(kind) => kind.label(),
        }
    }

    fn of(outcome: Result<u16, &Fault>) -> Self {
        match outcome {
            Ok(status) => Self::Status(status),
            Err(Fault { kind, status: Some(status), .. }) if kind.is_status() => {
                Self::Status(*status)
            }
            Err(fault) => Self::Fault(fault.kind),
        }
    }
}

/// A facility's way to the bank; clones share its limit.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>, Priority);

struct Inner {
    transport: Transport,
    limit: Limit,
    product: Product,
    observer: Observer,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("product", &self.product).finish_non_exhaustive()
    }
}

/// One exchange on its way.
pub(super) struct Exchange {
    pub(super) endpoint: &'static str,
    pub(super) verb: Verb,
    pub(super) place: Place,
    pub(super) priority: Priority,
    pub(super) body_bytes_max: usize,
}

/// The bank's answer to an [`Ask`].
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status, one of success.
    pub status: u16,
    /// The body's fields; `None` for a 204 or an empty body.
    pub fields: Option<Fields>,
    /// Where a created thing is, as the bank wrote it.
    pub location: Option<String>,
}

impl Client {
    /// Makes a client; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Settings`] if the base URL or the proxy is not acceptable.
    pub fn new(options: ClientOptions, clock: Clock) -> Result<Self, Fault> {
        let transport = Transport::new(&options, clock)?;
        let ClientOptions { product, observer, simultaneous, .. } = options;
        let limit = Limit::new(simultaneous.min(SIMULTANEOUS_MAX));
        let inner = Inner { transport, limit, product, observer };
        Ok(Self(Arc::new(inner), Priority::Application))
    }

    /// The same way to the bank, with another urgency for the resources asked for through it. It is
    /// an application's unless told otherwise; keys always come first.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self(Arc::clone(&self.0), priority)
    }

    /// The urgency of what is asked for through this client.
    pub fn priority(&self) -> Priority {
        self.1
    }

    /// `GET /`: which facility the key belongs to. Answers for publishable keys, too.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn root(&self, key: &KeyText) -> Result<Root, Fault> {
        let product = self.0.product;
        self.read(key, root::ask(), |body, redactor| root::read(body, redactor, product)).await
    }

    /// `GET /api-keys/latest`: the key to use from now on; usually the one that was sent.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn latest_key(&self, key: &KeyText) -> Result<Offer, Fault> {
        self.read(key, api_keys::ask(self.0.product), api_keys::read).await
    }

    /// The bank's clock less ours as of its last reply, to the second; `None` before the first.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.0.transport.heard().map(|heard| heard.skew)
    }

    /// What the bank's clock showed in its last reply; `None` before the first. An exchange that
    /// failed without a reply leaves it as it was.
    pub fn heard(&self) -> Option<Heard> {
        self.0.transport.heard()
    }

    /// How many requests are on the wire.
    pub fn in_flight(&self) -> usize {
        self.0.limit.taken()
    }

    /// Asks for anything below the base URL, once. What came of it is for the caller to judge, by
    /// [`crate::domain::retry::advice`].
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn ask(&self, key: &KeyText, ask: Ask) -> Result<Answer, Fault> {
        let exchange = self.exchange(ask);
        self.run(key, exchange, |reply, _| {
            let fields = match reply.body.as_slice() {
                [] => None,
                body => Some(Fields::parse(body).map_err(|kind| Fault::new(kind, ""))?),
            };
            Ok(Answer { status: reply.status, fields, location: reply.location.clone() })
        })
        .await
    }

    /// Reads one resource; a reading that succeeded is answered with 200 and nothing else.
    async fn read<T>(
        &self,
        key: &KeyText,
        ask: Ask,
        read: impl FnOnce(&[u8], &Redactor) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let exchange = self.exchange(ask);
        self.run(key, exchange, |reply, redactor| read(&reply.body, redactor)).await
    }

    /// Waits for a turn, does one exchange, reads its reply, and tells the observer.
    pub(super) async fn run<T>(
        &self,
        key: &KeyText,
        exchange: Exchange,
        read: impl FnOnce(&Reply, &Redactor) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let redactor = Redactor::new([key]);
        let Exchange { endpoint, verb, place, priority, body_bytes_max } = exchange;
        let method = verb.label();
        let asked = Instant::now();
        let turn = self.0.limit.turn(priority).await;
        let began = Instant::now();
        let waited = began.duration_since(asked);
        let timeout = matches!(verb, Verb::Upload(..)).then_some(UPLOAD_TIMEOUT);
        let accept = JSON;
        let request = Request { verb: &verb, place: &place, accept, timeout, body_bytes_max };
        let reply = self.0.transport.exchange(key, request, &redactor).await;
        let duration = began.elapsed();
        drop(turn);
        let outcome = reply.and_then(|reply| {
            let status = reply.status;
            let fault = |fault| Fault { status: Some(status), ..fault };
            let outcome = if matches!(verb, Verb::Get) && status != 200 {
                Err(Fault::new(FaultKind::UnexpectedStatus, "a reading is answered with 200"))
            } else {
                read(&reply, &redactor)
            };
            outcome.map(|read| (status, read)).map_err(fault)
        });
        let code = CallCode::of(outcome.as_ref().map(|(status, _)| *status));
        (self.0.observer)(&Call { endpoint, method, code, waited, duration });
        outcome.map(|(_, read)| read)
    }

    fn exchange(&self, ask: Ask) -> Exchange {
        let Ask { endpoint, verb, path, priority, body_bytes_max } = ask;
        Exchange { endpoint, verb, place: self.place(&path), priority, body_bytes_max }
    }

    /// Waits for a turn and opens a reply whose body is read later, and tells the observer how that
    /// went. The turn is kept until the body was read or given up.
    pub(super) async fn open(
        &self,
        key: &KeyText,
        ask: Ask,
        accept: &'static str,
        timeout: Duration,
    ) -> Result<(Response, Turn), Fault> {
        let Exchange { endpoint, verb, place, priority, body_bytes_max } = self.exchange(ask);
        let asked = Instant::now();
        let turn = self.0.limit.turn(priority).await;
        let began = Instant::now();
        let waited = began.duration_since(asked);
        let timeout = Some(timeout);
        let request = Request { verb: &verb, place: &place, accept, timeout, body_bytes_max };
        let reply = self.0.transport.open(key, &request, &Redactor::new([key])).await;
        let reply = reply.and_then(|reply| match reply.status().as_u16() {
            200 => Ok(reply),
            status => {
                let detail = "a reading is answered with 200";
                let fault = Fault::new(FaultKind::UnexpectedStatus, detail);
                Err(Fault { status: Some(status), ..fault })
            }
        });
        let (method, duration) = (verb.label(), began.elapsed());
        let code = CallCode::of(reply.as_ref().map(|reply| reply.status().as_u16()));
        (self.0.observer)(&Call { endpoint, method, code, waited, duration });
        Ok((reply?, turn))
    }

    /// The place at a checked path.
    pub(super) fn place(&self, path: &str) -> Place {
        self.0.transport.base.place(path)
    }

    /// The path of a place below the base URL, with its query.
    pub(super) fn below(&self, place: &Place) -> Option<String> {
        self.0.transport.base.below(place)
    }

    /// Where a link leads, if it stays below the base URL.
    pub(super) fn follow(&self, href: &str) -> Result<Place, Fault> {
        self.0.transport.base.follow(href)
    }
}
