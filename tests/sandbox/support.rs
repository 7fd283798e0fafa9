//! A sandbox on a standing clock, and a client that speaks bytes.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use quaymaster::sandbox::{
    KeyView, NewSandboxKey, Running, SANDBOX_CODE, SANDBOX_KEY, Sandbox, SandboxError,
    SandboxOptions,
};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::described::Described;

/// A reply that takes longer than this never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// When the tests' clock starts.
pub(crate) const START: &str = "2026-03-01T00:00:00Z";

pub(crate) struct Bank {
    pub(crate) running: Running,
    /// Ends the test if an answer was not as the sandbox describes it.
    _described: Described,
}

/// A reply, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Bank {
    pub(crate) async fn start() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn seeded(seed: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("seed.json");
        std::fs::write(&path, seed).unwrap();
        Self::with(SandboxOptions { seed_file: Some(path), ..options() }).await
    }

    /// With a second business, `OTHER`, beside the built-in one.
    pub(crate) async fn with_two_businesses() -> Self {
        let seed = serde_json::json!({ "facilities": [{
            "code": SANDBOX_CODE,
            "businesses": [{ "code": "SANDBOXHIRE" }, { "code": "OTHER" }],
            "keys": [{ "key": SANDBOX_KEY }, { "kind": "publishable" }],
        }] });
        Self::seeded(&seed.to_string()).await
    }

    pub(crate) async fn with(options: SandboxOptions) -> Self {
        Self::started(options).await.unwrap()
    }

    pub(crate) async fn started(options: SandboxOptions) -> Result<Self, SandboxError> {
        let described = Described::default();
        let options = SandboxOptions { watcher: Some(described.watcher()), ..options };
        Ok(Self { running: Sandbox::start(options).await?, _described: described })
    }

    pub(crate) fn days_pass(&self, days: u64) {
        assert!(self.running.clock().advance(Duration::from_hours(24 * days)));
    }

    pub(crate) fn minutes_pass(&self, minutes: u64) {
        assert!(self.running.clock().advance(Duration::from_mins(minutes)));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.running.clock().now()
    }

    pub(crate) fn key(&self, id: &str) -> KeyView {
        self.running.control().key(id).unwrap()
    }

    /// `GET` with the built-in key.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_with(SANDBOX_KEY, path).await
    }

    pub(crate) async fn get_with(&self, key: &str, path: &str) -> Reply {
        let lines = [authorization(key), "Accept: application/json".to_owned()];
        self.ask("GET", path, &lines, "").await.expect("a reply")
    }

    /// `GET` with the built-in key, addressed to another host.
    pub(crate) async fn get_at_host(&self, host: &str, path: &str) -> Reply {
        let lines = [authorization(SANDBOX_KEY), "Accept: application/json".to_owned()];
        self.send_to_host(host, None, "GET", path, &lines, "").await.unwrap().expect("a reply")
    }

    pub(crate) async fn post(
        &self,
        key: &str,
        path: &str,
        idempotency_key: &str,
        body: &str,
    ) -> Reply {
        let lines = [
            authorization(key),
            "Accept: application/json".to_owned(),
            "Content-Type: application/json".to_owned(),
            format!("Idempotency-Key: {idempotency_key}"),
        ];
        self.ask("POST", path, &lines, body).await.expect("a reply")
    }

    /// A write without an Idempotency-Key; a null body sends none.
    pub(crate) async fn write(&self, key: &str, method: &str, path: &str, body: &Value) -> Reply {
        let lines = [
            authorization(key),
            "Accept: application/json".to_owned(),
            "Content-Type: application/json".to_owned(),
        ];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(method, path, &lines, &body).await.expect("a reply")
    }

    /// The built-in facility's publishable key.
    pub(crate) fn publishable(&self) -> String {
        self.key("SANDBOX-2").text
    }

    /// A single-use token's id for a Visa card that is approved, and whatever `more` says.
    pub(crate) async fn card_token(&self, more: Value) -> String {
        let mut body = json!({
            "supplierBusinessCode": "SANDBOXHIRE", "accountType": "CREDIT_CARD",
            "cardholderName": "Jane Smith", "cardNumber": "4242424242424242",
            "expiryDateMonth": "12", "expiryDateYear": "2027", "cvn": "123",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.token(&body).await
    }

    /// A single-use token's id.
    pub(crate) async fn token(&self, body: &Value) -> String {
        let path = "/rest/v1/single-use-tokens";
        let reply = self.write(&self.publishable(), "POST", path, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body["singleUseTokenId"].as_str().unwrap().to_owned()
    }

    /// A new secret key of the built-in facility, for one business only.
    pub(crate) fn restricted_to(&self, business: &str) -> String {
        let businesses = vec![business.to_owned()];
        let new = NewSandboxKey { businesses, ..NewSandboxKey::secret(SANDBOX_CODE) };
        self.running.control().make_key(new).unwrap().text
    }

    /// The key that `latest` hands to the caller with `key`.
    pub(crate) async fn latest(&self, key: &str) -> String {
        let reply = self.get_with(key, "/rest/v1/api-keys/latest").await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body["key"].as_str().unwrap().to_owned()
    }

    /// Speaks to `/_sandbox`.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/_sandbox{path}");
        let lines = ["Content-Type: application/json".to_owned()];
        self.ask_at_host("127.0.0.1:1", method, &path, &lines, &body).await.expect("a reply")
    }

    pub(crate) async fn fault(&self, rule: Value) {
        let reply = self.control("POST", "/faults", rule).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// Any request, addressed to a host.
    pub(crate) async fn ask_at_host(
        &self,
        host: &str,
        method: &str,
        path: &str,
        lines: &[String],
        body: &str,
    ) -> Option<Reply> {
        self.send_to_host(host, None, method, path, lines, body).await.unwrap()
    }

    /// Any request; `None` if the connection was closed without a reply.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        lines: &[String],
        body: &str,
    ) -> Option<Reply> {
        self.send(None, method, path, lines, body).await.unwrap()
    }

    /// Sends without waiting for the reply.
    pub(crate) fn send(
        &self,
        from: Option<IpAddr>,
        method: &str,
        path: &str,
        lines: &[String],
        body: &str,
    ) -> JoinHandle<Option<Reply>> {
        self.send_to_host("bank.example", from, method, path, lines, body)
    }

    fn send_to_host(
        &self,
        host: &str,
        from: Option<IpAddr>,
        method: &str,
        path: &str,
        lines: &[String],
        body: &str,
    ) -> JoinHandle<Option<Reply>> {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{lines}\r\n{body}"
        );
        let to = self.running.address();
        tokio::task::spawn_blocking(move || exchange(from, to, &request))
    }
}

pub(crate) fn options() -> SandboxOptions {
    SandboxOptions {
        seed: 7,
        rate: Some(0.0),
        start_at: Some(START.parse().unwrap()),
        ..SandboxOptions::default()
    }
}

pub(crate) fn with_data(path: &Path) -> SandboxOptions {
    SandboxOptions { data: Some(path.to_owned()), ..options() }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The sandbox's time, as a reply's Date tells it.
pub(crate) fn date(reply: &Reply) -> Timestamp {
    let date = reply.header("date").unwrap();
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap()
}

pub(crate) fn authorization(key: &str) -> String {
    basic(&format!("{key}:"))
}

pub(crate) fn basic(credentials: &str) -> String {
    format!("Authorization: Basic {}", BASE64_STANDARD.encode(credentials))
}

fn exchange(from: Option<IpAddr>, to: SocketAddr, request: &str) -> Option<Reply> {
    let mut stream = connect_from(from, to);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = Vec::new();
    // A connection that is cut may end in a reset, after whatever came before.
    stream.read_to_end(&mut reply).ok();
    let reply = String::from_utf8_lossy(&reply).into_owned();
    let (head, text) = reply.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().unwrap();
    let body = serde_json::from_str(text).unwrap_or_default();
    Some(Reply { status, head: head.to_owned(), text: text.to_owned(), body })
}

/// Connects, if wanted from another address of this machine.
fn connect_from(from: Option<IpAddr>, to: SocketAddr) -> std::net::TcpStream {
    let Some(from) = from else { return std::net::TcpStream::connect(to).unwrap() };
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::new(from, 0)).unwrap();
    connect(&socket, &to).unwrap();
    socket.into()
}

/// Two businesses with terms of their own, a third one with the usual ones, and the built-in keys.
pub(crate) const BUSINESSES: &str = r#"{"facilities":[{"code":"SANDBOX","businesses":[
    {"code":"HIRE","name":"Hire","cards":[
        {"scheme":"VISA","type":"CREDIT","surcharge":"0.400"},
        {"scheme":"VISA","type":"DEBIT","surcharge":"0.000"},
        {"scheme":"AMEX","surcharge":"1.5"}]},
    {"code":"SALES"}],
    "keys":[{"key":"SANDBOX_SEC_0sandbox0key0for0play0only0q7w8e9r1t2y3u4i5o6p7a8s9d0f1"},
            {"kind":"publishable"}]}]}"#;

/// The paths of the fields an error names, in order.
pub(crate) fn wrong_fields(reply: &Reply) -> Vec<&str> {
    let errors = reply.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
    errors.iter().filter_map(|error| error["fieldName"].as_str()).collect()
}

/// The names of an object's members, in order.
pub(crate) fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The URL of the link with this relation.
pub(crate) fn linked<'a>(body: &'a Value, rel: &str) -> Option<&'a str> {
    let links = body["links"].as_array().unwrap();
    links.iter().find(|link| link["rel"] == rel)?["href"].as_str()
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (ours, value) = line.split_once(':')?;
            ours.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The error body's text for developers.
    pub(crate) fn reason(&self) -> &str {
        self.body["developerMessage"].as_str().unwrap_or_default()
    }
}
