//! `POST /v1/facilities/{f}/api`: from a request's body to the bank and back.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::answer::Caller;
use super::ask::{ANSWER_WAIT_MAX, content_type, no_query};
use super::problem::{Kind, Problem};
use super::shapes;
use crate::domain::condition::Condition;
use crate::domain::retry::Earlier;
use crate::http::Request;
use crate::quickstream::ask::{Body, IdempotencyKey};
use crate::quickstream::by_hand::Wanted;
use crate::quickstream::resources::payment_files::FileFormat;
use crate::quickstream::routes::{KeyKind, Method};
use crate::quickstream::upload::{FileContent, Upload};
use crate::service::by_hand::Wish;
use crate::service::facility::RefusedKind;
use crate::service::{FacilityHandle, Refused};

/// Asks the bank. Once asked, it goes on even if the caller goes away, and its outcome stands in the
/// log.
pub(super) async fn ask(
    handle: FacilityHandle,
    caller: Caller,
    request: Request,
    place: OwnedSemaphorePermit,
) -> Result<shapes::ByHandAnswer, Problem> {
    let asked = read(&request)?;
    let (wish, dry_run) = (wish(&asked)?, asked.dry_run);
    let ways = handle.by_hand().cloned().ok_or_else(|| stranded(&handle))?;
    let refused = |refused: Refused| Problem::refused(&refused);
    let plan = ways.plan(&wish).map_err(refused)?;
    let mut answer = shapes::ByHandAnswer {
        facility: handle.name().to_string(),
        method: wish.method.label().to_owned(),
        path: wish.path.clone(),
        key: plan.key.label().to_owned(),
        dry_run,
        idempotency_key: wish.idempotency_key.as_ref().map(|key| key.as_str().to_owned()),
        ..shapes::ByHandAnswer::default()
    };
    if dry_run {
        answer.body = asked.body;
        answer.file = asked.file.map(|file| format!("{} ({})", file.name, file.format));
        return Ok(answer);
    }
    let endpoint = plan.endpoint;
    let working = tokio::spawn(async move {
        let done = ways.carry_out(&wish, plan).await;
        let outcome = done.as_ref().map_or_else(|refused| refused.label, |_| "done");
        tracing::info!(
            facility = %handle.name(),
            event = wish.method.label(),
            path = endpoint,
            actor = %caller.identity.actor,
            address = %caller.peer,
            status = done.as_ref().ok().map(|done| done.shown.status),
            outcome,
            "the bank was asked by hand",
        );
        drop(place);
        done
    });
    match tokio::time::timeout(ANSWER_WAIT_MAX, working).await {
        Ok(Ok(Ok(done))) => {
            answer.sends = done.sends;
            answer.status = Some(done.shown.status);
            answer.location = done.shown.location;
            answer.next = done.shown.next;
            answer.body = done.shown.body;
            Ok(answer)
        }
        Ok(Ok(Err(error))) => Err(refused(error)),
        Ok(Err(_)) | Err(_) => {
            let sentence = "the bank has given no answer yet; what was asked goes on".to_owned();
            let (label, kind) = ("bank_unclear", RefusedKind::Unclear);
            Err(Problem::refused(&Refused { label, sentence, kind }))
        }
    }
}

fn read(request: &Request) -> Result<shapes::ByHand, Problem> {
    no_query(request)?;
    content_type(request, "application/json")?;
    // What serde says may quote the body, which may hold a payer's data.
    serde_json::from_slice(&request.body).map_err(|error| {
        let detail = format!(
            "line {}, column {}: expected a JSON object with method, path, body, file, accept, \
             idempotencyKey, keyIsFresh, key and dryRun",
            error.line(),
            error.column()
        );
        Problem::new(Kind::BadRequest, detail)
    })
}

fn wish(asked: &shapes::ByHand) -> Result<Wish, Problem> {
    let bad = |detail: &str| Problem::new(Kind::BadRequest, detail);
    let method = Method::from_label(&asked.method)
        .ok_or_else(|| bad("method: expected GET, POST, PUT, PATCH or DELETE"))?;
    let kind = |word: &String| {
        KeyKind::from_label(word).ok_or_else(|| bad("key: expected secret or publishable"))
    };
    let given = |text: &String| {
        IdempotencyKey::new(text)
            .ok_or_else(|| bad("idempotencyKey: expected 1 to 60 visible ASCII characters"))
    };
    let given = asked.idempotency_key.as_ref().map(given).transpose()?;
    let fresh = asked.key_is_fresh || given.is_none();
    let made = || (method == Method::Post).then(|| IdempotencyKey::of(Uuid::new_v4()));
    Ok(Wish {
        method,
        path: asked.path.clone(),
        body: asked.body.clone().filter(|body| !body.is_null()).map(Body),
        file: asked.file.as_ref().map(upload).transpose()?,
        wanted: wanted(asked.accept.as_deref())?,
        idempotency_key: given.or_else(made),
        earlier: if fresh { Earlier::None } else { Earlier::MayHaveArrived },
        key: asked.key.as_ref().map(kind).transpose()?,
    })
}

fn wanted(accept: Option<&str>) -> Result<Wanted, Problem> {
    match accept {
        None | Some("application/json") => Ok(Wanted::Usual),
        Some("text/csv") => Ok(Wanted::Table),
        Some(_) => {
            let detail = "accept: expected application/json or text/csv";
            Err(Problem::new(Kind::BadRequest, detail))
        }
    }
}

fn upload(file: &shapes::ByHandFile) -> Result<Upload, Problem> {
    let bad = |detail: String| Problem::new(Kind::BadRequest, detail);
    let format = FileFormat::ALL.iter().find(|format| format.as_str() == file.format);
    let format = format.ok_or_else(|| {
        let words: Vec<_> = FileFormat::ALL.iter().map(|format| format.as_str()).collect();
        bad(format!("file.format: expected {}", words.join(", ")))
    })?;
    let bytes = BASE64_STANDARD.decode(&file.content);
    let bytes = bytes.map_err(|_| bad("file.content: expected base64".to_owned()))?;
    let file = FileContent::new(&file.name, bytes).map_err(|wrong| bad(wrong.to_string()))?;
    Ok(Upload { file, format: format.as_str() })
}

/// A facility that could not be put together asks nobody anything.
fn stranded(handle: &FacilityHandle) -> Problem {
    let status = handle.status();
    Problem::refused(&Refused {
        label: Condition::NotStarted.label(),
        sentence: format!("{} is not running: {}", handle.name(), status.detail),
        kind: RefusedKind::NotNow,
    })
}
