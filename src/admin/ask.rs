//! Commands: from a request's body to a facility's task and back.
//!
//! A key comes in here as raw bytes and leaves as a `KeyText`; its bytes are wiped, and no error
//! speaks of what they were.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::CONTENT_TYPE;
use tokio::sync::OwnedSemaphorePermit;
use zeroize::{Zeroize as _, Zeroizing};

use super::answer::{Admin, Caller};
use super::problem::{Kind, Problem};
use super::routes::Verb;
use super::shapes::{Ask, REASON_CHARS_MAX, Report};
use super::{FreezeByHand, view};
use crate::domain::history;
use crate::domain::names::Fingerprint;
use crate::http::Request;
use crate::key::KeyText;
use crate::logs::redact;
use crate::service::{Command, FacilityHandle};

/// How long a command's answer is waited for, in real time: the connection is a socket, and a
/// command that works on goes on without it.
pub(super) const ANSWER_WAIT_MAX: Duration = Duration::from_mins(10);

/// Asks a facility's task. Once asked, the command goes on even if the caller goes away, and its
/// outcome stands in the log.
pub(super) async fn ask(
    verb: Verb,
    handle: FacilityHandle,
    caller: Caller,
    request: Request,
    place: OwnedSemaphorePermit,
) -> Result<Report, Problem> {
    let (command, asked) = command(verb, request)?;
    let (label, name, dry_run) = (command.label(), handle.name().clone(), asked.dry_run);
    let reason = asked.reason;
    let working = tokio::spawn(async move {
        let (actor, peer) = (caller.identity.actor, caller.peer);
        let answer = handle.ask(command, actor.clone(), reason, dry_run).await;
        let outcome = answer.as_ref().map_or_else(|refused| refused.label, |_| "done");
        tracing::info!(
            facility = %handle.name(),
            event = label,
            %actor,
            address = %peer,
            outcome,
            "{}", if dry_run { "a dry run was answered" } else { "a command was answered" },
        );
        drop(place);
        answer
    });
    match tokio::time::timeout(ANSWER_WAIT_MAX, working).await {
        Ok(Ok(Ok(report))) => Ok(view::report(label, name.as_str(), dry_run, report)),
        Ok(Ok(Err(refused))) => Err(Problem::refused(&refused)),
        Ok(Err(_)) | Err(_) => {
            Err(Problem::new(Kind::StillWorking, format!("{label} for {name} has no answer yet")))
        }
    }
}

/// Lets activation stand still.
pub(super) async fn freeze(
    admin: &Admin,
    caller: Caller,
    request: &Request,
) -> Result<Report, Problem> {
    let asked = options(request, &[Extra::Until])?;
    let (since, until) = (admin.parts.clock.now(), asked.until.map(|until| until.0));
    if until.is_some_and(|until| until <= since) {
        let detail = format!("until lies in the past; the daemon's clock shows {since}");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let state = admin.parts.records.freezes().await.map_err(|error| Problem::refused(&error))?;
    let end = until.map_or_else(
        || "until: quaymaster freeze off".to_owned(),
        |until| format!("until {until} or: quaymaster freeze off"),
    );
    let mut report = Report {
        command: history::Request::Freeze.label().to_owned(),
        facility: None,
        dry_run: asked.dry_run,
        summary: format!("No key is activated and no rehearsal is run {end}"),
        steps: vec![
            "activation and rehearsals stand still in every facility".to_owned(),
            "keys are still fetched, staged and proven, and a key near its expiry is replaced"
                .to_owned(),
            "key install, rollback and compromise work as ever".to_owned(),
        ],
        changes_pending: false,
        next: Vec::new(),
    };
    if asked.dry_run {
        report.changes_pending = state.by_hand.is_none_or(|on| on.until != until);
        return Ok(report);
    }
    let by = caller.identity.actor;
    let freeze = FreezeByHand { since, until, by, reason: asked.reason };
    let done = admin.parts.records.freeze(freeze).await;
    done.map(|()| report).map_err(|error| Problem::refused(&error))
}

/// Lets activation go on.
pub(super) async fn thaw(
    admin: &Admin,
    caller: Caller,
    request: &Request,
) -> Result<Report, Problem> {
    let asked = options(request, &[])?;
    let state = admin.parts.records.freezes().await.map_err(|error| Problem::refused(&error))?;
    let on = state.by_hand.is_some();
    let summary = if on { "The freeze put on by hand ends" } else { "No freeze by hand is on" };
    let mut report = Report {
        command: history::Request::Thaw.label().to_owned(),
        facility: None,
        dry_run: asked.dry_run,
        summary: summary.to_owned(),
        steps: Vec::new(),
        changes_pending: asked.dry_run && on,
        next: Vec::new(),
    };
    if on {
        report.steps.push("waiting keys are activated when their window opens".to_owned());
    }
    if asked.dry_run || !on {
        return Ok(report);
    }
    let done = admin.parts.records.thaw(caller.identity.actor, asked.reason).await;
    done.map(|()| report).map_err(|error| Problem::refused(&error))
}

fn command(verb: Verb, request: Request) -> Result<(Command, Ask), Problem> {
    let options = |extras: &[Extra]| options(&request, extras);
    Ok(match verb {
        Verb::Adopt => (Command::Adopt, options(&[])?),
        Verb::Accept => (Command::Accept, options(&[])?),
        Verb::Rehearse => (Command::Rehearse, options(&[])?),
        Verb::Renew => {
            let asked = options(&[Extra::EndPin])?;
            (Command::Renew { end_pin: asked.end_pin.unwrap_or(false) }, asked)
        }
        Verb::Rollback => {
            let asked = options(&[Extra::Until])?;
            (Command::Rollback { until: asked.until.map(|until| until.0) }, asked)
        }
        Verb::Compromise => {
            let asked = options(&[Extra::Fingerprint, Extra::Deleted])?;
            (leak(&asked)?, asked)
        }
        Verb::Install => {
            let asked = install_options(&request)?;
            (Command::Install { key: key(request.body)? }, asked)
        }
    })
}

fn leak(asked: &Ask) -> Result<Command, Problem> {
    match (fingerprint(asked)?, asked.deleted == Some(true)) {
        (fingerprint, false) => Ok(Command::Compromise { fingerprint }),
        (Some(fingerprint), true) => Ok(Command::CloseLeak { fingerprint }),
        (None, true) => {
            let detail = "deleted: expected the fingerprint of the key with it";
            Err(Problem::new(Kind::BadRequest, detail))
        }
    }
}

fn fingerprint(asked: &Ask) -> Result<Option<Fingerprint>, Problem> {
    let parse = |text: &String| {
        let detail = "fingerprint: expected the 16 hexadecimal digits of: quaymaster key list";
        Fingerprint::parse(text).ok_or_else(|| Problem::new(Kind::BadRequest, detail))
    };
    asked.fingerprint.as_ref().map(parse).transpose()
}

/// The options that only some commands have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extra {
    EndPin,
    Until,
    Fingerprint,
    Deleted,
}

/// Reads a JSON body, or none at all.
fn options(request: &Request, extras: &[Extra]) -> Result<Ask, Problem> {
    no_query(request)?;
    if request.body.is_empty() {
        return Ok(Ask::default());
    }
    content_type(request, "application/json")?;
    // What serde says may quote the body, and the body may be a key sent to the wrong path.
    let mut asked: Ask = serde_json::from_slice(&request.body).map_err(|error| {
        let detail = format!(
            "line {}, column {}: expected a JSON object with reason, dryRun and the command's own \
             options (endPin, until, fingerprint, deleted)",
            error.line(),
            error.column()
        );
        Problem::new(Kind::BadRequest, detail)
    })?;
    let given = [
        (asked.end_pin.is_some(), Extra::EndPin, "endPin"),
        (asked.until.is_some(), Extra::Until, "until"),
        (asked.fingerprint.is_some(), Extra::Fingerprint, "fingerprint"),
        (asked.deleted.is_some(), Extra::Deleted, "deleted"),
    ];
    for (given, extra, name) in given {
        if given && !extras.contains(&extra) {
            let detail = format!("{name} is no option of this command");
            return Err(Problem::new(Kind::BadRequest, detail));
        }
    }
    asked.reason = reason(asked.reason)?;
    Ok(asked)
}

fn install_options(request: &Request) -> Result<Ask, Problem> {
    content_type(request, "application/octet-stream")?;
    let mut asked = Ask::default();
    for (name, value) in query(request.query()) {
        match (name.as_ref(), value.as_ref()) {
            ("reason", reason) => asked.reason = Some(reason.to_owned()),
            ("dryRun", "true") => asked.dry_run = true,
            ("dryRun", "false") => asked.dry_run = false,
            _ => {
                let detail = "expected no other query parameters than reason and dryRun=true";
                return Err(Problem::new(Kind::BadRequest, detail));
            }
        }
    }
    asked.reason = reason(asked.reason)?;
    Ok(asked)
}

/// Takes the key out of a body and wipes the body where nobody else holds it.
fn key(body: Bytes) -> Result<KeyText, Problem> {
    let text = std::str::from_utf8(&body).map(|text| Zeroizing::new(text.to_owned()));
    let parsed = text.map(|mut text| KeyText::parse(std::mem::take(&mut *text)));
    if let Ok(mut bytes) = body.try_into_mut() {
        bytes.zeroize();
    }
    match parsed {
        Ok(Ok(key)) => Ok(key),
        Ok(Err(error)) => Err(Problem::new(Kind::BadKeyText, error.to_string())),
        Err(_) => Err(Problem::new(Kind::BadKeyText, "the body is not text")),
    }
}

/// A reason as it is kept: the history has it for years and shows it to every viewer, so a key typed
/// into it is taken out. It is not refused for that, since the command may be an emergency.
fn reason(given: Option<String>) -> Result<Option<String>, Problem> {
    let fits = |text: &String| {
        text.chars().count() <= REASON_CHARS_MAX && !text.chars().any(char::is_control)
    };
    if given.as_ref().is_none_or(fits) {
        return Ok(given.map(|text| redact(&text).into_owned()));
    }
    let detail = format!("reason: at most {REASON_CHARS_MAX} printable characters");
    Err(Problem::new(Kind::BadRequest, detail))
}

pub(super) fn content_type(request: &Request, wanted: &str) -> Result<(), Problem> {
    let given = request.header(CONTENT_TYPE.as_str()).unwrap_or("none");
    let media_type = given.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(Problem::new(Kind::WrongContentType, format!("this path takes {wanted}")))
}

pub(super) fn no_query(request: &Request) -> Result<(), Problem> {
    match request.query() {
        None | Some("") => Ok(()),
        Some(_) => Err(Problem::new(Kind::BadRequest, "this path takes no query parameters")),
    }
}

/// A query parameter that is a number; any other parameter is a mistake.
pub(super) fn query_number(given: Option<&str>, wanted: &str) -> Result<Option<usize>, Problem> {
    let mut number = None;
    for (name, value) in query(given) {
        let value = value.parse().ok().filter(|_| name == wanted);
        number = Some(value.ok_or_else(|| {
            let detail = format!("expected no other query parameter than {wanted}=NUMBER");
            Problem::new(Kind::BadRequest, detail)
        })?);
    }
    Ok(number)
}

fn query(given: Option<&str>) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(given.unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::http::Peer;

    fn request(content_type: &str, body: &'static str) -> Request {
        let head = hyper::Request::post("/").header(CONTENT_TYPE, content_type).body(()).unwrap();
        let peer = Peer::Tcp((Ipv4Addr::LOCALHOST, 1).into());
        Request { peer, head: head.into_parts().0, body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn every_verb_is_the_command_of_its_name() {
        let key = "QMTEST_SEC_ask0every0verb0is0the0command0of0its0name0q7w8e9r1t2y3u4i5";
        for (verb, label) in [
            (Verb::Adopt, "adopt"),
            (Verb::Renew, "renew"),
            (Verb::Accept, "accept"),
            (Verb::Rehearse, "rehearse"),
            (Verb::Rollback, "rollback"),
            (Verb::Compromise, "compromise"),
        ] {
            let (command, _) = command(verb, request("application/json", "{}")).unwrap();
            assert_eq!(command.label(), label);
        }
        let (installed, _) =
            command(Verb::Install, request("application/octet-stream", key)).unwrap();
        assert_eq!(installed.label(), "install");
        // No way of asking makes another command of it.
        assert!(command(Verb::Install, request("application/json", "{}")).is_err());
    }
}
