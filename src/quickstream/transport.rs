//! One HTTP exchange by the rules: no redirect, no retry, no reused connection, no proxy that was
//! not asked for, no byte of a body beyond its limit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Proxy, Response, Url, redirect, retry, tls};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::key::KeyText;
use crate::quickstream::ask::Verb;
use crate::quickstream::auth;
use crate::quickstream::base::{BaseUrl, Place};
use crate::quickstream::client::{ClientOptions, Heard};
use crate::quickstream::error_body::ErrorBody;
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::redact::Redactor;

/// How long a connection may take, with its TLS handshake: a host that is there answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait that a `Retry-After` can ask for; a longer one is taken for a mistake.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// The largest body of an error that is read, in bytes.
const ERROR_BYTES_MAX: usize = 256 * 1024;

/// What is asked of the bank.
pub(super) struct Request<'a> {
    pub(super) verb: &'a Verb,
    pub(super) place: &'a Place,
    /// The sort of body that is wanted.
    pub(super) accept: &'static str,
    /// How long it may take to the body's end, if it is not as long as any other.
    pub(super) timeout: Option<Duration>,
    /// The body's limit in bytes; an error's is never larger than this.
    pub(super) body_bytes_max: usize,
}

/// The sort of body of every answer but the reports.
pub(super) const JSON: &str = "application/json";

/// A reply with a status of success and its whole body.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    /// May hold a key, so it is wiped.
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// Sends requests below one base URL.
#[derive(Debug)]
pub(super) struct Transport {
    http: reqwest::Client,
    pub(super) base: BaseUrl,
    clock: Clock,
    heard: Mutex<Option<Heard>>,
}

impl Transport {
    pub(super) fn new(options: &ClientOptions, clock: Clock) -> Result<Self, Fault> {
        let base = BaseUrl::parse(&options.base_url)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("quaymaster/", env!("CARGO_PKG_VERSION")))
            // The key would go wherever the redirect leads.
            .redirect(redirect::Policy::none())
            // The bank's own table says what may be sent again; see `domain::retry`.
            .retry(retry::never())
            // On a connection that was used before, a request is sent again by the library if the
            // peer closed it just then; on a fresh one never.
            .pool_max_idle_per_host(0)
            .no_proxy()
            .https_only(base.is_tls())
            .tls_version_min(tls::Version::TLS_1_2)
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(options.timeout);
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(checked_proxy(proxy)?);
        }
        if !base.is_tls() {
            // Only a sandbox on this machine is spoken to in the clear; to read every root
            // certificate for it takes longer than everything else at a start.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|_| {
            Fault::new(FaultKind::Settings, "the machine's root certificates cannot be loaded")
        })?;
        Ok(Self { http, base, clock, heard: Mutex::new(None) })
    }

    /// What the bank's clock showed in its last reply.
    pub(super) fn heard(&self) -> Option<Heard> {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one request and reads its reply, once.
    pub(super) async fn exchange(
        &self,
        key: &KeyText,
        request: Request<'_>,
        redactor: &Redactor,
    ) -> Result<Reply, Fault> {
        let response = self.open(key, &request, redactor).await?;
        let status = response.status().as_u16();
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = read_body(response, request.body_bytes_max).await;
        let body = body.map_err(|fault| Fault { status: Some(status), ..fault })?;
        Ok(Reply { status, location, body })
    }

    /// Sends one request and reads the head of its reply, which is one of success.
    pub(super) async fn open(
        &self,
        key: &KeyText,
        request: &Request<'_>,
        redactor: &Redactor,
    ) -> Result<Response, Fault> {
        let response = self.send(key, request).await?;
        self.note_time(response.headers());
        let status = response.status().as_u16();
        if response.status().is_redirection() {
            let detail = "the reply was not followed and the key was not sent on";
            return Err(Fault { status: Some(status), ..Fault::new(FaultKind::Redirect, detail) });
        }
        if response.status().is_success() {
            return Ok(response);
        }
        let retry_after = self.retry_after(response.headers());
        let body = read_body(response, request.body_bytes_max.min(ERROR_BYTES_MAX)).await;
        // A body that cannot be read takes nothing from what the status says.
        let body = body.ok().and_then(|bytes| ErrorBody::read(&bytes, redactor));
        let detail = body.as_ref().map(ErrorBody::sentence).unwrap_or_default();
        let fault = Fault::new(FaultKind::of_status(status), detail);
        Err(Fault { status: Some(status), retry_after, body: body.map(Box::new), ..fault })
    }

    async fn send(&self, key: &KeyText, request: &Request<'_>) -> Result<Response, Fault> {
        let Request { verb, place, accept, timeout, .. } = request;
        let mut building = self
            .http
            .request(verb.method(), place.url().clone())
            .header(header::AUTHORIZATION, auth::basic(key)?)
            .header(header::ACCEPT, HeaderValue::from_static(accept));
        if let Some(timeout) = timeout {
            building = building.timeout(*timeout);
        }
        if let Some(key) = verb.idempotency_key() {
            building = building.header("Idempotency-Key", key.as_str());
        }
        if let Some((media_type, body)) = verb.content() {
            building = building.header(header::CONTENT_TYPE, media_type).body(body);
        }
        if matches!(verb, Verb::Upload(..)) {
            // The bank takes no file without it.
            building = building.header("Prevent-CSRF", "true");
        }
        building.send().await.map_err(|error| fault_of(&error.without_url()))
    }

    /// Keeps what the bank's clock showed, and when.
    fn note_time(&self, headers: &HeaderMap) {
        if let Some(theirs) = headers.get(header::DATE).and_then(http_date) {
            let skew = theirs.duration_since(self.clock.now());
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let nth = heard.map_or(1, |last| last.nth + 1);
            *heard = Some(Heard { nth, shows: theirs, passed: self.clock.passed(), skew });
        }
    }

    /// Seconds, or a date on the bank's clock.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let value = headers.get(header::RETRY_AFTER)?;
        let seconds = value.to_str().ok().and_then(|text| text.trim().parse().ok());
        let wait = seconds.map(Duration::from_secs).or_else(|| {
            let now = headers.get(header::DATE).and_then(http_date);
            let now = now.unwrap_or_else(|| self.clock.now());
            Duration::try_from(http_date(value)?.duration_since(now)).ok()
        })?;
        (wait <= RETRY_AFTER_MAX).then_some(wait)
    }
}

fn http_date(value: &HeaderValue) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(value.to_str().ok()?).ok()
}

/// A proxy that stands in the settings. Its name and password would be secrets in the settings, so
/// they are refused there.
fn checked_proxy(text: &str) -> Result<Proxy, Fault> {
    let wrong = |what: &str| Fault::new(FaultKind::Settings, format!("proxy {what}"));
    let url = Url::parse(text).map_err(|_| wrong("is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("must be http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold a user name or a password"));
    }
    Proxy::all(url).map_err(|_| wrong("cannot be used"))
}

/// Whether the body is compressed, which is never asked for.
pub(super) fn is_encoded(response: &Response) -> bool {
    response.headers().get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity")
}

/// What an error within a body means.
pub(super) fn body_fault(error: &reqwest::Error) -> Fault {
    let kind = if error.is_timeout() { FaultKind::Timeout } else { FaultKind::BodyCut };
    Fault::new(kind, "")
}

/// Reads a body up to its limit, chunk by chunk. The buffer never grows, so that no copy of what was
/// read is left behind.
async fn read_body(mut response: Response, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let too_large = || {
        Fault::new(FaultKind::BodyTooLarge, format!("more than {} KiB", bytes_max.div_ceil(1024)))
    };
    if is_encoded(&response) {
        return Err(Fault::new(FaultKind::Encoded, ""));
    }
    let announced = response.content_length().map(usize::try_from);
    let size = match announced {
        Some(Ok(length)) if length <= bytes_max => length,
        Some(_) => return Err(too_large()),
        None => bytes_max,
    };
    let mut body = Zeroizing::new(Vec::with_capacity(size));
    loop {
        let chunk = response.chunk().await.map_err(|error| body_fault(&error))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > size {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
}

/// What an error of the HTTP library means. Only its type is looked at; its text may hold anything.
fn fault_of(error: &reqwest::Error) -> Fault {
    let causes = || {
        let first = std::error::Error::source(error);
        std::iter::successors(first, |cause| std::error::Error::source(*cause))
    };
    if !error.is_connect() {
        let kind = if error.is_timeout() { FaultKind::Timeout } else { FaultKind::ReplyLost };
        return Fault::new(kind, "");
    }
    // The library hides the type of this one error of its tunnel, so its fixed text has to do.
    if causes().any(|cause| cause.to_string().ends_with("proxy authorization required")) {
        return Fault::new(
            FaultKind::ProxyAuth,
            "the proxy answered 407 and no connection was made",
        );
    }
    if let Some(tls) = causes().find_map(tls_cause) {
        return Fault::new(FaultKind::Tls, tls.to_string());
    }
    let detail = if error.is_dns() {
        "the host's name cannot be looked up"
    } else if error.is_timeout() {
        "no connection in time"
    } else {
        "no connection"
    };
    Fault::new(FaultKind::Unreachable, detail)
}

/// The TLS library's own error, out of the I/O errors it comes wrapped in.
fn tls_cause<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = cause;
    while let Some(inner) = cause.downcast_ref().and_then(std::io::Error::get_ref) {
        cause = inner;
    }
    cause.downcast_ref()
}
