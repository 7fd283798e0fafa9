//! Sends what waits in the outboxes: one POST per event, signed, one at a time to each webhook, so
//! that what is told first arrives first while nothing fails.
//!
//! An event is on disk before it is sent, and what became of it after: a sandbox that is killed in
//! between sends it again under the same id. A receiver that is slow or away holds up nobody but
//! itself. When a failed event is sent again is on the sandbox's clock; how long an answer is waited
//! for is real time.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{redirect, retry};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::bank::{Bank, Save, State};
use super::guesses::newer;
use super::merchant::Merchant;
use super::merchant::ids;
use super::merchant::setting::Setting;
use super::merchant::webhooks::{Delivery, Outcome, Subject};
use super::resources::{agreement, pay_id};
use super::shape;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a whole exchange may take (the guess `webhook_answer`).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// A webhook of a facility.
type Lane = (String, u64);

/// A request to make.
#[derive(Debug)]
struct Letter {
    lane: Lane,
    delivery: u64,
    /// When what it tells of happened.
    at: Timestamp,
    url: String,
    signature: String,
    authorization: Option<String>,
    body: String,
}

/// Sends what waits and what comes, until it is stopped. What is on its way then is sent again by
/// whoever goes on with the data.
pub(super) async fn send(bank: Arc<Bank>, base_url: String, stop: CancellationToken) {
    let mut clients = Clients::default();
    let mut busy: BTreeSet<Lane> = BTreeSet::new();
    let mut sending = JoinSet::new();
    loop {
        let (letters, next) = collect(&bank, &busy, &base_url);
        if !letters.is_empty() {
            saved(&bank).await;
        }
        for letter in letters {
            busy.insert(letter.lane.clone());
            sending.spawn(post(clients.for_url(&letter.url), letter));
        }
        let comes_due = async {
            match next {
                Some(at) => bank.clock.sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            Some(sent) = sending.join_next() => {
                // A lane of which nothing comes back would be busy for ever: whoever keeps this task
                // begins it anew.
                let Ok((letter, outcome)) = sent else { return };
                busy.remove(&letter.lane);
                record(&bank, &letter, outcome);
                saved(&bank).await;
            }
            () = comes_due => {}
            () = bank.mail.notified() => {}
        }
    }
}

/// What sends, made when it is needed first.
#[derive(Debug, Default)]
struct Clients {
    plain: Option<reqwest::Client>,
    tls: Option<reqwest::Client>,
}

impl Clients {
    /// `None` if the machine's root certificates cannot be loaded, which are read for https only:
    /// that takes longer than everything else at a start.
    fn for_url(&mut self, url: &str) -> Option<reqwest::Client> {
        if url.starts_with("https:") {
            self.tls = self.tls.take().or_else(|| client(reqwest::Client::builder()));
            self.tls.clone()
        } else {
            let bare = || client(reqwest::Client::builder().tls_certs_only([]));
            self.plain = self.plain.take().or_else(bare);
            self.plain.clone()
        }
    }
}

fn client(builder: reqwest::ClientBuilder) -> Option<reqwest::Client> {
    let built = builder
        .user_agent(concat!("quaymaster-sandbox/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        .build();
    if built.is_err() {
        tracing::error!("the sandbox cannot send webhooks: no root certificates can be loaded");
    }
    built.ok()
}

async fn saved(bank: &Arc<Bank>) {
    if let Err(error) = bank.save(Save::Changes).await {
        tracing::error!(%error, "the sandbox's data could not be saved; it goes on in memory");
    }
}

/// The first thing that may be sent to each webhook that is not busy, and when the next may.
fn collect(bank: &Bank, busy: &BTreeSet<Lane>, base_url: &str) -> (Vec<Letter>, Option<Timestamp>) {
    let mut state = bank.state();
    let now = bank.now();
    let State { book, guesses, .. } = &mut *state;
    let (seed, mut letters, mut next) = (book.seed, Vec::new(), None);
    for facility in &mut book.facilities {
        let (merchant, setting) = facility.at_work(seed, guesses, now, &[], base_url);
        for webhook in merchant.webhooks.all() {
            let lane = (setting.facility.to_owned(), webhook.number);
            if busy.contains(&lane) {
                continue;
            }
            for delivery in merchant.waiting_for(webhook.number) {
                if delivery.next.is_none_or(|at| at <= now) {
                    let body = payload(delivery, merchant, &setting).to_string();
                    letters.push(Letter {
                        lane,
                        delivery: delivery.number,
                        at: delivery.at,
                        url: webhook.url.clone(),
                        signature: signature(&webhook.secret, &body, &setting),
                        authorization: webhook.authorization.clone(),
                        body,
                    });
                    break;
                }
                next = [next, delivery.next].into_iter().flatten().min();
            }
        }
    }
    (letters, next)
}

/// What is told of an event.
fn payload(delivery: &Delivery, merchant: &Merchant, setting: &Setting<'_>) -> Value {
    let sydney = TimeZone::get("Australia/Sydney").unwrap_or(TimeZone::UTC);
    let at = delivery.at.to_zoned(sydney).strftime("%Y-%m-%dT%H:%M:%S%z").to_string();
    let data = match &delivery.subject {
        Subject::Agreement(agreed) => agreement(agreed, merchant, setting),
        Subject::Transaction(taken) => shape::transaction(taken, merchant, setting),
        Subject::PayId(address) => pay_id(address, merchant, setting),
    };
    json!({
        "id": ids::event(setting.seed, setting.facility, delivery.event),
        "timestamp": at,
        "eventType": delivery.happening.word(),
        "data": data,
    })
}

/// The signature of a body, as the guess `webhook_signature` has it.
fn signature(secret: &str, body: &str, setting: &Setting<'_>) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    if setting.guesses.is(newer::WEBHOOK_SIGNATURE, "base64") {
        BASE64_STANDARD.encode(tag)
    } else {
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

async fn post(http: Option<reqwest::Client>, letter: Letter) -> (Letter, Outcome) {
    let Some(http) = http else { return (letter, Outcome::NotConnected) };
    let mut request = http
        .post(&letter.url)
        .header(CONTENT_TYPE, "application/json")
        .header("X-Webhook-Signature", &letter.signature);
    if let Some(value) = &letter.authorization {
        request = request.header(AUTHORIZATION, value);
    }
    // The answer's body is of no use, and may be endless.
    let outcome = match request.body(letter.body.clone()).send().await {
        Ok(answer) => Outcome::Status(answer.status().as_u16()),
        Err(error) if error.is_timeout() => Outcome::TimedOut,
        Err(error) if error.is_connect() => Outcome::NotConnected,
        Err(_) => Outcome::Broken,
    };
    (letter, outcome)
}

fn record(bank: &Bank, letter: &Letter, outcome: Outcome) {
    let now = bank.now();
    let mut state = bank.state();
    let State { book, guesses, .. } = &mut *state;
    let seed = book.seed;
    if let Some(facility) = book.facility(&letter.lane.0) {
        let (merchant, setting) = facility.at_work(seed, guesses, now, &[], "");
        // After a reset another delivery may have the number.
        if merchant.outbox.get(letter.delivery).is_some_and(|it| it.at == letter.at) {
            merchant.tried(&setting, letter.delivery, outcome);
        }
    }
    state.changed();
}
