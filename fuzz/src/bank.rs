//! A sandbox to ask, in this process and on a clock that stands, and what holds of all it answers.

use std::time::Duration;

use quaymaster::clock::Clock;
use quaymaster::http::{Handler, Peer, Reply, Request};
use quaymaster::quickstream::routes::{Found, KeyKind, Method, find};
use quaymaster::sandbox::{
    KeyChange, KeyKind as Kind, Running, SANDBOX_KEY, Sandbox, SandboxOptions,
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::replies::read_answer;

/// When its clock starts, on a banking day's morning in Sydney.
const START: &str = "2026-03-02T00:00:00Z";
/// When its keys expire.
const END: &str = "2099-01-01T00:00:00Z";
/// The statuses that the documents have without anything being wrong with the bank; 404 and 421 to 431
/// are HTTP's own, and 501 is answered to verbs that nobody has.
const STATUSES: &[u16] = &[
    200, 201, 202, 204, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 421, 422, 429, 431, 501,
];

/// A sandbox that is put back to its beginning for each input.
pub(super) struct Bank {
    runtime: Runtime,
    running: Running,
    handler: Handler,
    publishable: String,
}

/// A request, before it is one.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// The path with its query, from the root of the server.
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'a [u8], Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

thread_local! {
    static BANK: Bank = Bank::new();
}

/// Does something with a sandbox that is as new.
pub(super) fn with_bank(act: impl FnOnce(&Bank)) {
    BANK.with(|bank| {
        bank.renew();
        act(bank);
    });
}

impl Bank {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let clock = Clock::starting_at(START.parse().unwrap(), 0.0);
        let options = SandboxOptions { clock: Some(clock), requests_kept: 4, ..Default::default() };
        let running = runtime.block_on(Sandbox::start(options)).unwrap();
        let keys = running.control().keys();
        let key = keys.into_iter().find(|key| key.kind == Kind::Publishable).unwrap();
        Self { handler: running.handler(), runtime, running, publishable: key.text }
    }

    fn renew(&self) {
        self.running.clock().set(START.parse().unwrap());
        self.running.clock().set_rate(0.0);
        let control = self.running.control();
        control.reset().unwrap();
        // Sessions go on for years.
        for key in control.keys().iter().filter(|key| key.kind == Kind::Secret) {
            control.change_key(&key.id, KeyChange::Expires(END.parse().unwrap())).unwrap();
        }
    }

    pub(super) fn running(&self) -> &Running {
        &self.running
    }

    /// Waits for something that the sandbox's listener does meanwhile.
    pub(super) fn block_on<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Lets time pass, and what is due happen.
    pub(super) fn pass(&self, seconds: u64) {
        self.running.clock().advance(Duration::from_secs(seconds));
    }

    /// Asks, and checks of the answer what holds of all. `None` for what is no request of HTTP.
    pub(super) fn ask(&self, asked: &Asked<'_>) -> Option<Reply> {
        let mut building = hyper::Request::builder().method(asked.method).uri(asked.target);
        for (name, value) in &asked.headers {
            building = building.header(*name, value.as_slice());
        }
        let (head, ()) = building.body(()).ok()?.into_parts();
        let peer = Peer::Tcp(([127, 0, 0, 1], 4000).into());
        let request = Request { peer, head, body: asked.body.clone().into() };
        // Without what HTTP does not send on.
        let path = request.path().to_owned();
        let reply = self.runtime.block_on((self.handler)(request));
        check(asked, &path, &reply);
        Some(reply)
    }

    /// The credentials that the documents want for a resource, in a header.
    pub(super) fn credentials(&self, method: &str, path: &str) -> Vec<u8> {
        let found = Method::from_label(method).map(|method| find(method, path));
        let publishable =
            matches!(found, Some(Found::Route(route)) if route.key == KeyKind::Publishable);
        let key = if publishable { &self.publishable } else { SANDBOX_KEY };
        basic(key)
    }
}

/// The header of HTTP Basic authentication with a key.
pub(super) fn basic(key: &str) -> Vec<u8> {
    use base64::Engine as _;
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{key}:"))).into_bytes()
}

fn check(asked: &Asked<'_>, path: &str, reply: &Reply) {
    let Asked { method, target, .. } = asked;
    let (status, body) = (reply.status.as_u16(), String::from_utf8_lossy(&reply.body));
    let said = || format!("{method} {target}: {status} {body}");
    if reply.headers.get("content-type").is_none_or(|value| value != "application/json") {
        assert!(target.starts_with("/_sandbox") || status < 300, "{}", said());
        return;
    }
    let json: Value = serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{}", said()));
    let Some(below) = path.strip_prefix("/rest/v1").filter(|below| below.starts_with('/')) else {
        return;
    };
    // The sandbox takes a slash at the end for none.
    let below = if below.len() > 1 { below.trim_end_matches('/') } else { below };
    assert!(STATUSES.contains(&status), "{}", said());
    if status >= 400 {
        assert_eq!(json["status"], Value::from(status.to_string()), "{}", said());
        for field in ["customerMessage", "developerMessage", "requestMethod", "requestUrl"] {
            assert!(json[field].is_string(), "{field}: {}", said());
        }
        assert_eq!(status == 422, json.get("errors").is_some(), "{}", said());
        for error in json["errors"].as_array().into_iter().flatten() {
            let messages = error["messages"].as_array().unwrap();
            assert!(!messages.is_empty() && messages.iter().all(Value::is_string), "{}", said());
            assert!(
                error["fieldName"].is_string() && error["fieldValue"].is_string(),
                "{}",
                said()
            );
        }
    } else if let Some(method) = Method::from_label(method) {
        read_answer(method, below, &reply.body);
    }
}
