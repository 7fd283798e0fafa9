//! An HTTP request that says which key is current, without the key. The receiver can tell that it is
//! ours by its signature, and a repeat by its id.

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use reqwest::{Url, header, redirect, retry, tls};
use serde_json::json;
use zeroize::Zeroizing;

use super::{DeliverError, Deliverable, DeliveryTarget, Tried, Trouble, digest};
use crate::domain::names::KeyName;
use crate::metrics::labels::TargetKind;
use crate::settings::model::WebhookTarget;

/// The header with the signature: `sha256=` and the HMAC-SHA-256 of the raw body, in hexadecimal.
pub const SIGNATURE: &str = "x-quaymaster-signature";
/// The header with the id of what is told; a repeat after a lost reply has the same.
pub const ID: &str = "x-quaymaster-id";
/// The only event there is.
pub const EVENT: &str = "key.changed";

/// How long a connection may take: a host that is there answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest signing secret; what is longer is another file.
const SECRET_BYTES_MAX: u16 = 4096;

/// A request to make.
#[derive(Clone, Debug)]
pub struct Webhook {
    name: String,
    url: Url,
    target: WebhookTarget,
    http: reqwest::Client,
}

impl Webhook {
    /// Takes the address; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The address is not one that may be used, or the machine has no root certificates.
    pub fn open(target: &WebhookTarget) -> Result<Self, DeliverError> {
        let refuse = |detail: &str| DeliverError {
            target: "webhook".to_owned(),
            kind: Trouble::Settings,
            detail: detail.to_owned(),
        };
        let url = Url::parse(&target.url).map_err(|_| refuse("its url cannot be read"))?;
        let host = url.host_str().ok_or_else(|| refuse("its url names no host"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            _ => return Err(refuse("its url must be https; http is for loopback addresses only")),
        }
        // Path and query of such addresses often hold a secret, so a digest stands for them.
        let place = url.origin().ascii_serialization();
        let name = format!("webhook:{place}#{}", digest::short(&target.url));
        let http = reqwest::Client::builder()
            .user_agent(concat!("quaymaster/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .https_only(url.scheme() == "https")
            .tls_version_min(tls::Version::TLS_1_2)
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(target.timeout)
            .build()
            .map_err(|_| refuse("the machine's root certificates cannot be loaded"))?;
        Ok(Self { name, url, target: target.clone(), http })
    }

    fn error(&self, kind: Trouble, detail: impl Into<String>) -> DeliverError {
        DeliverError { target: self.name.clone(), kind, detail: detail.into() }
    }

    async fn signature(&self, body: &[u8]) -> Result<Option<String>, DeliverError> {
        let Some(path) = self.target.signing_secret.clone() else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || secret(&path)).await;
        let read = read.unwrap_or_else(|_| Err("it was not read to its end".to_owned()));
        let secret = read.map_err(|detail| {
            self.error(Trouble::Unavailable, format!("the signing secret: {detail}"))
        })?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), body);
        Ok(Some(format!("sha256={}", digest::hex(tag.as_ref()))))
    }
}

#[async_trait]
impl DeliveryTarget for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Webhook
    }

    fn limit(&self) -> Duration {
        self.target.timeout.saturating_add(super::BESIDES)
    }

    fn debounce(&self) -> Duration {
        self.target.debounce
    }

    async fn deliver(&self, what: &Deliverable) -> Result<(), DeliverError> {
        let id = self.digest(what);
        let body = json!({
            "event": EVENT,
            "id": id.as_str(),
            "facility": what.facility.as_str(),
            "environment": what.environment.label(),
            "keyName": what.current.name.as_ref().map(KeyName::as_str),
            "fingerprint": what.current.fingerprint.to_string(),
            "expiresAt": what.current.expires_at.map(|at| at.to_string()),
        });
        let body = body.to_string();
        let mut request = self
            .http
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(ID, id.as_str());
        if let Some(signature) = self.signature(body.as_bytes()).await? {
            request = request.header(SIGNATURE, signature);
        }
        let sent = request.body(body).send().await;
        let status = sent.map_err(|error| self.error(Trouble::Unavailable, lost(&error)))?.status();
        if status.is_success() {
            return Ok(());
        }
        Err(self.error(Trouble::Failed, format!("it answered {}", status.as_u16())))
    }

    async fn check(&self) -> Vec<Tried> {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.url.port_or_known_default().unwrap_or_default();
        let found = tokio::time::timeout(CONNECT_TIMEOUT, tokio::net::lookup_host((host, port)));
        let outcome = match found.await.map(|found| found.map(Iterator::count)) {
            Ok(Ok(1..)) => Ok("it has an address".to_owned()),
            Ok(_) => Err("its name has no address; put the url right".to_owned()),
            Err(_) => Err("its name was not looked up in time".to_owned()),
        };
        let mut tried = vec![Tried { what: format!("the host {host}"), outcome }];
        tried.extend(self.target.signing_secret.as_deref().map(|path| Tried {
            what: format!("the signing secret {}", path.display()),
            outcome: secret(path).map(|_| "it can be read".to_owned()),
        }));
        tried
    }
}

/// The signing secret, read anew for each request, so that it can be changed.
fn secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::from(SECRET_BYTES_MAX) + 1));
    let read = file.take(u64::from(SECRET_BYTES_MAX) + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() > usize::from(SECRET_BYTES_MAX) {
        return Err(format!("it is longer than {SECRET_BYTES_MAX} bytes"));
    }
    let trimmed = bytes.trim_ascii();
    if trimmed.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(Zeroizing::new(trimmed.to_vec()))
}

/// How a request was lost, without the address.
fn lost(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "its answer was lost"
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}
