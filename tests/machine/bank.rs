//! The sandbox under test: it is asked what the model asks, and its answers are held against the
//! model's. Every exchange is kept, so that a failure can be read.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quaymaster::sandbox::{KeyKind, Running, SANDBOX_CODE, SANDBOX_KEY, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::model::{ApiKey, Ask, Expect, Model, RETRIES, START, Sent, WATCHED_DOLLARS};
use super::mutants::Mutant;
use super::tally;
use super::wire::{Reply, Request, Wire};

/// Where the API is.
const BASE: &str = "/rest/v1";

/// Any name: links are made of it.
const HOST: &str = "bank.example";

pub(crate) struct Bank {
    running: Option<Running>,
    runtime: Runtime,
    wire: Wire,
    publishable: String,
    /// The bank's ids of the things that the model numbers.
    ids: HashMap<String, String>,
    /// The answers under idempotency keys, by number.
    answers: HashMap<usize, Reply>,
    /// The status each transaction had when it was last seen.
    pub(crate) seen: HashMap<String, String>,
    trace: Vec<String>,
}

impl Bank {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let directory = tempfile::tempdir().unwrap();
        let seed_file = directory.path().join("seed.json");
        let seed = json!({ "facilities": [{
            "code": SANDBOX_CODE,
            "businesses": [{ "code": super::model::BUSINESS }],
            "keys": [{ "key": SANDBOX_KEY, "expires": 3_000 }, { "kind": "publishable" }],
        }] });
        std::fs::write(&seed_file, seed.to_string()).unwrap();
        let options = SandboxOptions {
            seed: 7,
            seed_file: Some(seed_file),
            rate: Some(0.0),
            start_at: Some(START.parse().unwrap()),
            ..SandboxOptions::default()
        };
        let running = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
        let control = running.control();
        let guesses = json!({ "fraud_guard_from_dollars": WATCHED_DOLLARS,
                              "instalment_retries": RETRIES, "payto_payers": "by_hand" });
        control.guess(&guesses).unwrap();
        if let Some(guess) = Mutant::now().and_then(Mutant::guess) {
            control.guess(&guess).unwrap();
        }
        let keys = control.keys();
        let publishable = keys.into_iter().find(|key| key.kind == KeyKind::Publishable).unwrap();
        Self {
            wire: Wire::open(running.address()),
            running: Some(running),
            runtime,
            publishable: publishable.text,
            ids: HashMap::new(),
            answers: HashMap::new(),
            seen: HashMap::new(),
            trace: Vec::new(),
        }
    }

    pub(crate) fn stop(mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }

    /// Does what the model asks, and checks what comes of it.
    pub(crate) fn obey(&mut self, model: &Model) {
        for ask in &model.asks {
            match ask {
                Ask::Nothing => {}
                Ask::Wait => self.wait_until(model.now),
                Ask::Send { sent, expect } => self.send(sent, expect),
                Ask::Control { path, body, done } => self.control(path, body, *done),
            }
        }
    }

    fn wait_until(&mut self, until: Timestamp) {
        let clock = self.running.as_ref().unwrap().clock();
        let until = match Mutant::now() {
            Some(Mutant::SecondLate) => until - SignedDuration::from_secs(1),
            _ => until,
        };
        let by: SignedDuration = until.duration_since(clock.now());
        let by = Duration::try_from(by).unwrap_or_default();
        assert!(clock.advance(by), "the clock can be moved");
        self.trace.push(format!("-- the clock moves to {until}"));
    }

    fn send(&mut self, sent: &Sent, expect: &Expect) {
        let mutant = Mutant::now();
        let minds = !matches!(mutant, Some(Mutant::ReplaysAct));
        let key = sent.idempotency.filter(|_| minds);
        let idempotency = key.map(|number| format!("key-{number}"));
        let path = format!("{BASE}{}", self.resolved_text(&sent.path));
        let body = self.resolved(&sent.body);
        let publishable = self.publishable.clone();
        let acts = expect.replays.is_none() && expect.status < 300;
        if matches!(mutant, Some(Mutant::VoidsNothing)) && acts && path.ends_with("/void") {
            return;
        }
        if acts && mutant.is_some_and(|mutant| mutant.doubles(&body)) {
            self.exchange(&Request {
                method: sent.method,
                path: &path,
                host: HOST,
                body: &body,
                api_key: SANDBOX_KEY,
                idempotency: None,
            });
        }
        let reply = self.exchange(&Request {
            method: sent.method,
            path: &path,
            host: HOST,
            body: &body,
            api_key: if sent.api_key == ApiKey::Secret { SANDBOX_KEY } else { &publishable },
            idempotency: idempotency.as_deref(),
        });
        tally::count(sent.method, &sent.path, &body, expect.replays.is_some(), &reply);
        if let Some(first) = expect.replays {
            let stored = &self.answers[&first];
            self.require(*stored == reply, || {
                format!("the answer under key-{first} is not the stored one, {}", stored.text)
            });
            return;
        }
        self.require(reply.status == expect.status, || {
            format!("answered {}, where {} is due", reply.status, expect.status)
        });
        for (name, member) in &expect.names {
            let id = reply.body[*member].as_str().unwrap_or_default().to_owned();
            self.name(name, &id);
            self.require(reply.status != 201 || reply.location.is_some(), || {
                "what was made has no Location".to_owned()
            });
        }
        self.compare(&expect.face, &reply.body);
        if let Some(number) = sent.idempotency {
            self.answers.insert(number, reply);
        }
    }

    fn control(&mut self, path: &str, body: &Value, done: bool) {
        let path = format!("/_sandbox/facilities/{SANDBOX_CODE}{}", self.resolved_text(path));
        let request = Request {
            method: "POST",
            path: &path,
            // The control API answers only those who know that it is here.
            host: "127.0.0.1",
            body,
            api_key: "",
            idempotency: None,
        };
        let reply = self.exchange(&request);
        tally::count("control", &path, body, false, &reply);
        let due = if done { 200 } else { 400 };
        self.require(reply.status == due, || {
            format!("answered {}, where {due} is due", reply.status)
        });
    }

    /// Reads a resource below the base.
    pub(crate) fn read(&mut self, path: &str) -> Reply {
        let path = format!("{BASE}{path}");
        let request = Request {
            method: "GET",
            path: &path,
            host: HOST,
            body: &Value::Null,
            api_key: SANDBOX_KEY,
            idempotency: None,
        };
        let mut reply = self.wire.ask(&request);
        if let Some(mutant) = Mutant::now() {
            mutant.spoil(&path, &mut reply.body);
        }
        reply
    }

    fn exchange(&mut self, request: &Request<'_>) -> Reply {
        let reply = self.wire.ask(request);
        let key = request.idempotency.map(|key| format!(" [{key}]")).unwrap_or_default();
        let body =
            if request.body.is_null() { String::new() } else { format!(" {}", request.body) };
        self.trace.push(format!(
            "{} {}{key}{body}\n   = {} {}",
            request.method,
            request.path,
            reply.status,
            brief(&reply)
        ));
        reply
    }

    /// Gives a thing of the model the id that the bank gave it.
    pub(crate) fn name(&mut self, name: &str, id: &str) {
        let taken = self.ids.values().any(|other| other == id);
        self.require(!id.is_empty() && !taken, || format!("{name} has the id {id:?}"));
        self.ids.insert(name.to_owned(), id.to_owned());
    }

    /// Whether a thing of the model has an id yet.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.ids.contains_key(name)
    }

    /// The bank's id of a thing of the model.
    pub(crate) fn id(&self, name: &str) -> &str {
        self.ids.get(name).unwrap_or_else(|| panic!("{name} has no id"))
    }

    /// A path with the bank's ids.
    pub(crate) fn resolved_text(&self, text: &str) -> String {
        let part = |part: &str| {
            if part.starts_with('$') { self.id(part).to_owned() } else { part.to_owned() }
        };
        text.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// A value with the bank's ids.
    pub(crate) fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.starts_with('$') => json!(self.id(text)),
            Value::Array(items) => items.iter().map(|item| self.resolved(item)).collect(),
            Value::Object(members) => {
                let each = |(name, value): (&String, &Value)| (name.clone(), self.resolved(value));
                Value::Object(members.iter().map(each).collect())
            }
            _ => value.clone(),
        }
    }

    /// Whatever the model says of a thing, the bank says too.
    pub(crate) fn compare(&self, face: &Value, seen: &Value) {
        self.compare_at("", &self.resolved(face), seen, seen);
    }

    fn compare_at(&self, place: &str, due: &Value, seen: &Value, whole: &Value) {
        if let Value::Object(members) = due {
            for (name, due) in members {
                let seen = seen.get(name).unwrap_or(&Value::Null);
                self.compare_at(&format!("{place}.{name}"), due, seen, whole);
            }
        } else if !(place.is_empty() && due.is_null()) {
            self.require(due == seen, || {
                format!("{place} is {seen}, where {due} is due, in {whole}")
            });
        }
    }

    /// Fails, with all that was asked and answered so far.
    pub(crate) fn require(&self, holds: bool, complaint: impl FnOnce() -> String) {
        assert!(holds, "{}\n\nwhat was asked:\n{}", complaint(), self.trace.join("\n"));
    }
}

/// What of a reply is worth a line.
fn brief(reply: &Reply) -> String {
    let members = [
        "receiptNumber",
        "customerId",
        "accountToken",
        "singleUseTokenId",
        "paymentScheduleId",
        "agreementToken",
        "status",
        "agreementStatus",
    ];
    let text = |name: &str| {
        let text = reply.body.get(name)?.as_str()?;
        Some(format!("{name} {text}"))
    };
    let mut words: Vec<String> = members.iter().filter_map(|name| text(name)).collect();
    if reply.status >= 400 {
        words = vec![reply.body["errors"].to_string()];
    }
    words.join(", ")
}
