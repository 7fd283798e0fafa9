//! One request, from arrival to reply: checks, faults, the act, the log.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ALLOW, DATE, HOST, LOCATION};
use hyper::{Method, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;
use tokio::time::Instant;

use super::admit::{Admitted, Idempotency, Learned, admit};
use super::bank::{Bank, Save, State};
use super::faults::{Fault, Target};
use super::guesses::{self, Guesses};
use super::idempotency::Remembered;
use super::refusal::{Asked, Refusal};
use super::requests::{LoggedRequest, redacted, redacted_sentence};
use super::resources::{Answer, Content, Visit};
use super::seed::names_bank_host;
use super::spoil::{lets_act, spoil};
use super::watch::{Exchange, Watcher};
use super::{BASE_PATH, CONTROL_PATH, control, openapi};
use crate::http::{Cut, Reply, Request};

/// Answers any request to the sandbox.
pub(super) async fn answer(bank: Arc<Bank>, request: Request, watcher: Option<Watcher>) -> Reply {
    let is_control = request.path().strip_prefix(CONTROL_PATH);
    let reply = match is_control.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(path) => control::answer(&bank, &request, path).await,
        None if request.path() == openapi::PATH => describe(&bank, &request),
        None => answer_api(&bank, &request, watcher).await,
    };
    if let Err(error) = bank.save(Save::Changes).await {
        tracing::error!(%error, "the sandbox's data could not be saved; it goes on in memory");
    }
    // A fault may have set another date.
    if reply.headers.contains_key(DATE) {
        return reply;
    }
    match DateTimePrinter::new().timestamp_to_rfc9110_string(&bank.now()) {
        Ok(date) => reply.with_header(DATE, &date),
        Err(_) => reply,
    }
}

/// What the API is, for programs; no key is needed to know it.
fn describe(bank: &Bank, request: &Request) -> Reply {
    if [Method::GET, Method::HEAD].contains(request.method()) {
        Reply::json(StatusCode::OK, &openapi::document(&bank.state().guesses))
    } else {
        Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header(ALLOW, "GET, HEAD")
    }
}

/// How a request went, for the log.
#[derive(Debug, Default)]
struct Course {
    fault: Option<u64>,
    acted: bool,
    replayed: bool,
}

async fn answer_api(bank: &Arc<Bank>, request: &Request, watcher: Option<Watcher>) -> Reply {
    let (number, at) = (bank.state().requests.number(), bank.now());
    let origin = format!("http://{}", request.header(HOST.as_str()).unwrap_or("localhost"));
    let url = format!("{origin}{}", request.head.uri.path_and_query().map_or("/", |p| p.as_str()));
    let asked = Asked { method: request.method().as_str(), url: &url, number };
    let below = request.path().strip_prefix(BASE_PATH);
    let path = match below {
        Some("") => "/",
        Some(path) if path.starts_with('/') => path,
        _ => "",
    };

    let mut entry = Unlogged::new(bank, request, number, at);
    let admitted =
        refuse_bank_hosts(&origin).and_then(|()| admit(bank, request, path, &mut entry.learned));
    let reply = match admitted {
        Err(refusal) if refusal.at_once => refusal.reply(asked, &bank.state().guesses),
        admitted => {
            let call = Call { bank, request, asked, base_url: &format!("{origin}{BASE_PATH}") };
            let fault = {
                let mut state = bank.state();
                let (seed, learned) = (state.book.seed, &entry.learned);
                let facility = learned.facility.as_deref();
                let target = Target { method: asked.method, path, route: learned.route, facility };
                state.faults.strike(seed, &target)
            };
            call.carry_out(admitted, fault, &mut entry.course).await
        }
    };
    if let Some(watcher) = watcher {
        watcher.tell(&entry.exchange(&reply));
    }
    entry.answered(&reply);
    reply
}

/// A request that was meant for the real bank came here through a wrong name or proxy, perhaps with a
/// real key: it is turned away unread.
fn refuse_bank_hosts(origin: &str) -> Result<(), Refusal> {
    if names_bank_host(origin) {
        let reason = "This is a sandbox, and the request was addressed to the bank.";
        Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, reason))
    } else {
        Ok(())
    }
}

/// A request on its way through the bank.
struct Call<'a> {
    bank: &'a Arc<Bank>,
    request: &'a Request,
    asked: Asked<'a>,
    base_url: &'a str,
}

impl Call<'_> {
    async fn carry_out(
        &self,
        admitted: Result<Admitted, Refusal>,
        fault: Option<(u64, Fault)>,
        course: &mut Course,
    ) -> Reply {
        let Some((id, fault)) = fault else { return self.act(admitted, course) };
        course.fault = Some(id);
        if fault.latency_ms > 0 {
            // A slow network is slow in real time, whatever the clock does.
            tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
        }
        let real = lets_act(&fault).then(|| self.act(admitted, course));
        spoil(real, &fault, self.asked, &self.bank.state().guesses)
    }

    /// What the bank does and answers.
    fn act(&self, admitted: Result<Admitted, Refusal>, course: &mut Course) -> Reply {
        let admitted = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal.reply(self.asked, &self.bank.state().guesses),
        };
        if let Idempotency::Replay(reply) = admitted.idempotency {
            course.replayed = true;
            return replay(&reply);
        }
        course.acted = true;
        let mut state = self.bank.state();
        let answered = self.visit(&mut state, &admitted);
        let guesses = state.guesses.clone();
        let Idempotency::First(guard) = admitted.idempotency else {
            drop(state);
            return self.reply(answered, &guesses);
        };
        // A reply is remembered before anyone sees what it tells of: a book that was saved between
        // would let the same key act again.
        let reply = self.reply(answered, &guesses);
        if is_kept(reply.status, &guesses) {
            guard.answered(&mut state, remembered(&reply, self.bank.now()));
        }
        reply
    }

    fn reply(&self, answered: Result<Answer, Refusal>, guesses: &Guesses) -> Reply {
        match answered {
            Ok(mut answer) => {
                if let Content::Json(body) = &mut answer.content
                    && guesses.is(guesses::ABSENT_FIELDS, "left_out")
                {
                    leave_out_nulls(body);
                }
                from_answer(&answer)
            }
            Err(refusal) => refusal.reply(self.asked, guesses),
        }
    }

    fn visit(&self, state: &mut State, admitted: &Admitted) -> Result<Answer, Refusal> {
        let now = state.catch_up(self.bank.now());
        let answered = (admitted.route.act)(&mut Visit {
            state,
            facility: &admitted.facility,
            key: admitted.key,
            only: &admitted.only,
            now,
            base_url: self.base_url,
            parameters: &admitted.parameters,
            query: self.request.query(),
            body: &admitted.body,
            request: self.request,
        });
        if admitted.route.method != "GET" && answered.is_ok() {
            state.changed();
        }
        answered
    }
}

/// Leaves out the members that have no value, however deep.
fn leave_out_nulls(body: &mut Value) {
    match body {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn from_answer(answer: &Answer) -> Reply {
    let reply = match &answer.content {
        Content::Json(body) => Reply::json(answer.status, body),
        Content::Text(media_type, text) => Reply::bytes(answer.status, media_type, text.clone()),
        Content::Nothing => Reply::empty(answer.status),
    };
    match &answer.location {
        Some(location) => reply.with_header(LOCATION, location),
        None => reply,
    }
}

fn is_kept(status: StatusCode, guesses: &Guesses) -> bool {
    let kept = guesses.word(guesses::IDEMPOTENCY_KEEPS);
    match status.as_u16() {
        200..=299 => true,
        422 => kept != "2xx",
        401 | 403 | 429 | 500.. => false,
        _ => kept == "all_below_500",
    }
}

fn remembered(reply: &Reply, at: Timestamp) -> Remembered {
    let location = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    Remembered {
        at,
        status: reply.status.as_u16(),
        location: location.map(str::to_owned),
        body: String::from_utf8_lossy(&reply.body).into(),
    }
}

fn replay(remembered: &Remembered) -> Reply {
    let status = StatusCode::from_u16(remembered.status).unwrap_or(StatusCode::OK);
    let reply = if remembered.body.is_empty() {
        Reply::empty(status)
    } else {
        Reply::bytes(status, "application/json", remembered.body.to_string())
    };
    match &remembered.location {
        Some(location) => reply.with_header(LOCATION, location),
        None => reply,
    }
}

/// A request that is not in the log yet. It is logged when this goes, whether it was answered or the
/// caller gave up waiting: a request the bank heard counts.
struct Unlogged<'a> {
    bank: &'a Bank,
    request: &'a Request,
    number: u64,
    at: Timestamp,
    learned: Learned,
    course: Course,
    status: Option<u16>,
    error: Option<String>,
    started: Instant,
}

impl<'a> Unlogged<'a> {
    fn new(bank: &'a Bank, request: &'a Request, number: u64, at: Timestamp) -> Self {
        let (learned, course) = (Learned::default(), Course::default());
        let (status, error, started) = (None, None, Instant::now());
        Self { bank, request, number, at, learned, course, status, error, started }
    }

    /// The request with its reply, for whoever watches.
    fn exchange<'e>(&self, reply: &'e Reply) -> Exchange<'e>
    where
        'a: 'e,
    {
        Exchange {
            request: self.request,
            reply,
            route: self.learned.route,
            spoilt: self.course.fault.is_some(),
            replayed: self.course.replayed,
            switched: self.bank.state().guesses.switched(),
        }
    }

    /// Logs the request with what it is answered.
    fn answered(mut self, reply: &Reply) {
        let answered = reply.cut != Some(Cut::Unanswered);
        self.status = answered.then(|| reply.status.as_u16());
        self.error = error_words(reply);
    }
}

/// What an error's body says to developers, with the names of the fields that are wrong: nothing that
/// the caller sent but in the names.
fn error_words(reply: &Reply) -> Option<String> {
    if reply.status.as_u16() < 400 {
        return None;
    }
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let words = body.get("developerMessage")?.as_str()?;
    let errors = body.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let fields: Vec<&str> =
        errors.iter().filter_map(|error| error.get("fieldName")?.as_str()).collect();
    let places = if fields.is_empty() { "" } else { " At " };
    let said = format!("{words}{places}{}", fields.join(", "));
    Some(redacted_sentence(&said))
}

impl Drop for Unlogged<'_> {
    fn drop(&mut self) {
        let (learned, request) = (std::mem::take(&mut self.learned), self.request);
        let target = request.head.uri.path_and_query().map_or("/", |target| target.as_str());
        let entry = LoggedRequest {
            number: self.number,
            at: self.at,
            peer: request.peer.to_string(),
            method: redacted(request.method().as_str()),
            target: redacted(target),
            route: learned.route,
            facility: learned.facility,
            key: learned.key,
            status: self.status,
            error: self.error.take(),
            duration_us: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            fault: self.course.fault,
            acted: self.course.acted,
            replayed: self.course.replayed,
            idempotency_key: learned.idempotency_key.map(|key| redacted(&key)),
            body_bytes: request.body.len(),
        };
        tracing::debug!(path = entry.target, status = entry.status, "the sandbox answered");
        self.bank.state().requests.add(entry);
    }
}
