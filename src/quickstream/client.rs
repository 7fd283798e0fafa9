//! One facility's way to the bank: its address, its limit, and who is told of each exchange.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::domain::product::Product;
use crate::domain::retry::{SIMULTANEOUS_MAX, STATUSES};
use crate::key::KeyText;
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::limit::{Limit, Priority};
use crate::quickstream::redact::Redactor;
use crate::quickstream::resources::{api_keys, root};
use crate::quickstream::transport::{Reply, Request, Transport};
use crate::quickstream::{Offer, Root};

/// How long one exchange may take from first to last byte, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// The largest JSON body read, in bytes: a page holds 20 objects.
pub(super) const JSON_BYTES_MAX: usize = 256 * 1024;

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

/// One exchange, for metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The route's template, such as `/api-keys/latest`.
    pub endpoint: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// How it ended.
    pub code: CallCode,
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
        let faults = FaultKind::ALL.iter().filter(|kind| !kind.is_status());
        let statuses = STATUSES.iter().map(|status| status.label).chain([OTHER_STATUS]);
        statuses.chain(faults.map(|kind| kind.label()))
    }

    /// The label in metrics: a status that the documents name, `other`, or a fault's word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Status(code) => {
                let known = STATUSES.iter().find(|status| status.code == code);
                known.map_or(OTHER_STATUS, |status| status.label)
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
pub struct Client(Arc<Inner>);

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

/// A request that reads one resource.
pub(super) struct Reading {
    pub(super) endpoint: &'static str,
    pub(super) path: &'static str,
    pub(super) priority: Priority,
    pub(super) body_bytes_max: usize,
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
        Ok(Self(Arc::new(Inner { transport, limit, product, observer })))
    }

    /// `GET /`: which facility the key belongs to. Answers for publishable keys, too.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn root(&self, key: &KeyText) -> Result<Root, Fault> {
        self.read(key, root::reading(), root::read).await
    }

    /// `GET /api-keys/latest`: the key to use from now on; usually the one that was sent.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn latest_key(&self, key: &KeyText) -> Result<Offer, Fault> {
        let reading = api_keys::reading(self.0.product);
        self.read(key, reading, api_keys::read).await
    }

    /// The bank's clock less ours as of its last reply, to the second; `None` before the first.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.0.transport.skew()
    }

    /// How many requests are on the wire.
    pub fn in_flight(&self) -> usize {
        self.0.limit.taken()
    }

    async fn read<T>(
        &self,
        key: &KeyText,
        reading: Reading,
        read: impl FnOnce(&[u8], &Redactor) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let redactor = Redactor::new([key]);
        let request = Request {
            method: Method::GET,
            place: self.0.transport.base.place(reading.path),
            body_bytes_max: reading.body_bytes_max,
        };
        let turn = self.0.limit.turn(reading.priority).await;
        let began = Instant::now();
        let reply = self.0.transport.exchange(key, request, &redactor).await;
        let duration = began.elapsed();
        drop(turn);
        let outcome = reply.and_then(only_ok).and_then(|reply| {
            let read = read(&reply.body, &redactor);
            read.map_err(|fault| Fault { status: Some(reply.status), ..fault })
        });
        let code = CallCode::of(outcome.as_ref().map(|_| 200));
        (self.0.observer)(&Call { endpoint: reading.endpoint, method: "GET", code, duration });
        outcome
    }
}

/// A reading that succeeded is answered with 200 and nothing else.
fn only_ok(reply: Reply) -> Result<Reply, Fault> {
    if reply.status == 200 {
        return Ok(reply);
    }
    let fault = Fault::new(FaultKind::UnexpectedStatus, "a reading is answered with 200");
    Err(Fault { status: Some(reply.status), ..fault })
}
