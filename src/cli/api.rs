//! `api METHOD PATH`: any resource of the bank's by hand, through the daemon, which has the keys.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::args::{Api, Format, Media};
use super::ask::Desk;
use super::console::{self, Console};
use super::exit::{Exit, Outcome};
use super::failure::Failure;
use super::print::{Show, Wide};
use super::server::Server;
use crate::admin::shapes::{ByHand, ByHandAnswer, ByHandFile};
use crate::quickstream::routes::{KeyKind, Method};

/// The most JSON sent, in bytes: the daemon takes 64 KiB with everything around it.
const DATA_BYTES_MAX: usize = 48 * 1024;

/// The largest file sent, in bytes: in base64 it is as long as [`DATA_BYTES_MAX`].
const FILE_BYTES_MAX: u64 = 36 * 1024;

/// The most pages followed: 200,000 things.
const PAGES_MAX: usize = 10_000;

/// The pause between two pages, so that a long list stays below what the daemon lets one caller ask.
const PAGE_PAUSE: Duration = Duration::from_millis(60);

/// Asks the bank for what was typed.
pub(super) async fn api(desk: &Desk, asked: &Api) -> Outcome {
    let body = asked.data.as_deref().map(data).transpose()?;
    if asked.paginate && asked.method != Method::Get {
        return Err(Failure::usage("--paginate follows what GET answers, and nothing else"));
    }
    let server = desk.server(&asked.reach)?.shown_by("quaymaster api GET PATH");
    let facility = desk.choose(&server, asked.facility.as_deref()).await?.facility.facility;
    let idempotency_key = idempotency_key(asked);
    let ask = ByHand {
        method: asked.method.label().to_owned(),
        path: asked.path.clone(),
        body,
        file: asked.file.as_deref().map(|path| file(path, asked)).transpose()?,
        accept: asked.accept.map(|wanted| media_type(wanted).to_owned()),
        key_is_fresh: asked.idempotency_key.is_none(),
        idempotency_key,
        key: asked.key.map(|kind| KeyKind::from(kind).label().to_owned()),
        dry_run: asked.dry_run,
    };
    let route = format!("/v1/facilities/{facility}/api");
    let answer = once(desk, &server, &route, &ask).await?;
    if answer.dry_run {
        return desk.show(&Planned(answer));
    }
    let next = answer.next.clone();
    shown(desk, answer)?;
    if asked.paginate {
        follow(desk, &server, &route, ask, next).await?;
    }
    Ok(Exit::Done)
}

/// Follows a list page by page. What was printed before a failure stays.
async fn follow(
    desk: &Desk,
    server: &Server,
    route: &str,
    first: ByHand,
    mut next: Option<String>,
) -> Result<(), Failure> {
    let mut pages = 1;
    while let Some(path) = next.take() {
        let rest = format!("to go on from there: quaymaster api GET '{path}' --paginate");
        if pages >= PAGES_MAX {
            let what = format!("the list goes on after {PAGES_MAX} pages");
            return Err(Failure::new(Exit::Failed, what).try_this(rest));
        }
        tokio::time::sleep(PAGE_PAUSE).await;
        let ask = ByHand { path, ..first.clone() };
        let answer = once(desk, server, route, &ask).await;
        let answer = answer.map_err(|failure| failure.try_this(rest))?;
        pages += 1;
        next.clone_from(&answer.next);
        if desk.format == Format::Yaml {
            console::data("---")?;
        }
        shown(desk, answer)?;
    }
    Ok(())
}

async fn once(
    desk: &Desk,
    server: &Server,
    route: &str,
    ask: &ByHand,
) -> Result<ByHandAnswer, Failure> {
    let asking = server.post::<ByHandAnswer>(route, ask);
    desk.console.waiting("asking the bank", asking).await
}

/// What names a POST, said before anything is sent: whatever happens then, the same can be sent again.
fn idempotency_key(asked: &Api) -> Option<String> {
    if asked.method != Method::Post || asked.idempotency_key.is_some() {
        return asked.idempotency_key.clone();
    }
    let made = Uuid::new_v4().hyphenated().to_string();
    if !asked.dry_run {
        console::say(&format!("idempotency key: {made}"));
    }
    Some(made)
}

/// Prints what the bank answered: the body on stdout, and on stderr what a body does not say.
fn shown(desk: &Desk, answer: ByHandAnswer) -> Outcome {
    let (method, path) = (&answer.method, &answer.path);
    let status = answer.status.unwrap_or_default();
    let place = answer.location.as_ref().map_or_else(String::new, |place| format!(", at {place}"));
    if status != 200 || !place.is_empty() {
        console::say(&format!("{method} {path}: {status}{place}"));
    }
    if status == 202 {
        console::say("the outcome is still open; read it until it is decided");
    }
    match answer.body {
        Some(body) => desk.show(&Body { body, location: answer.location }),
        None => Ok(Exit::Done),
    }
}

/// The JSON that was typed. What is wrong with it is said without repeating any of it.
fn data(typed: &str) -> Result<Value, Failure> {
    let mut text = String::new();
    let taken = match (typed, typed.strip_prefix('@')) {
        ("-", _) => read(&mut std::io::stdin().lock(), &mut text),
        (_, Some(path)) => {
            std::fs::File::open(path).and_then(|mut file| read(&mut file, &mut text))
        }
        (_, None) => {
            typed.clone_into(&mut text);
            Ok(())
        }
    };
    let from = if typed == "-" { "stdin" } else { typed.strip_prefix('@').unwrap_or("--data") };
    taken.map_err(|error| Failure::usage(format!("{from}: {error}")))?;
    if text.len() > DATA_BYTES_MAX {
        return Err(Failure::usage(format!("{from}: more than {} KiB", DATA_BYTES_MAX / 1024)));
    }
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::usage(format!("{from}: no JSON, at line {line}, column {column}"))
            .try_this("right would be, for one: --data '{\"principalAmount\": 10.00}'")
    })
}

/// The file that was named, as it is sent.
fn file(path: &Path, asked: &Api) -> Result<ByHandFile, Failure> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path);
    let taken = opened.and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    taken.map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let what = format!("{shown}: more than {} KiB", FILE_BYTES_MAX / 1024);
        return Err(Failure::usage(what)
            .try_this("larger files are handed in by your own program, or in the portal"));
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::usage(format!("{shown}: its name is no text")))?;
    Ok(ByHandFile {
        name: name.to_owned(),
        format: asked.format.as_str().to_owned(),
        content: BASE64_STANDARD.encode(bytes),
    })
}

const fn media_type(wanted: Media) -> &'static str {
    match wanted {
        Media::Json => "application/json",
        Media::Csv => "text/csv",
    }
}

/// Reads at most one byte more than may be sent.
fn read(source: &mut impl Read, text: &mut String) -> std::io::Result<()> {
    source.take(DATA_BYTES_MAX as u64 + 1).read_to_string(text).map(drop)
}

/// What the bank answered.
#[derive(Serialize)]
#[serde(transparent)]
struct Body {
    body: Value,
    #[serde(skip)]
    location: Option<String>,
}

impl Show for Body {
    fn table(&self, _: Console, _: Wide) -> String {
        // A report is a text, and anything else an object.
        self.body.as_str().map_or_else(|| format!("{:#}\n", self.body), str::to_owned)
    }

    fn names(&self) -> Vec<String> {
        self.location.iter().cloned().collect()
    }
}

/// What would be sent.
#[derive(Serialize)]
#[serde(transparent)]
struct Planned(ByHandAnswer);

impl Show for Planned {
    fn table(&self, _: Console, _: Wide) -> String {
        let ByHandAnswer { facility, method, path, key, body, file, .. } = &self.0;
        let body = body.as_ref().map_or_else(String::new, |body| format!("{body:#}\n"));
        let file = file.as_ref().map_or_else(String::new, |file| format!(" and the file {file}"));
        format!("would send {method} {path} with the {key} key of {facility}{file}\n{body}")
    }

    fn names(&self) -> Vec<String> {
        vec![self.0.path.clone()]
    }
}

impl From<super::args::Kind> for KeyKind {
    fn from(typed: super::args::Kind) -> Self {
        match typed {
            super::args::Kind::Secret => Self::Secret,
            super::args::Kind::Publishable => Self::Publishable,
        }
    }
}
