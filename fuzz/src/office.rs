//! The admin API over a facility that is played, and the book behind it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use quaymaster::admin::{
    Access, AdminParts, FreezeByHand, FreezeState, HistoryLine, Records, admin, refusals,
};
use quaymaster::clock::Clock;
use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::{ActorName, FacilityName};
use quaymaster::http::{Handler, Peer, Request};
use quaymaster::service::facility::{Asked, RefusedKind};
use quaymaster::service::{Command, FacilityHandle, Refused, Report};
use quaymaster::settings::model;
use quaymaster::store::{self, Book};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

use super::place::Place;
use super::sessions::split;

#[path = "../../tests/support/status.rs"]
#[expect(dead_code, reason = "it is the tests', and has more than is used here")]
mod status;

/// The user whose daemon it is.
const OWNER: u32 = 1000;
/// When it is.
const NOW: &str = "2026-03-01T12:00:00Z";

struct Office {
    runtime: Runtime,
    handler: Handler,
    installed: Arc<Mutex<Option<String>>>,
    _facilities: watch::Sender<Vec<FacilityHandle>>,
}

thread_local! {
    static OFFICE: Office = Office::new();
    static SHELF: Shelf = Shelf::new();
}

#[derive(Debug, Default)]
struct InMemory(Mutex<Option<FreezeByHand>>);

#[async_trait]
impl Records for InMemory {
    async fn history(&self, _: &FacilityName, _: usize) -> Result<Vec<HistoryLine>, Refused> {
        Ok(Vec::new())
    }

    async fn freezes(&self) -> Result<FreezeState, Refused> {
        let by_hand = self.0.lock().unwrap().clone();
        Ok(FreezeState { frozen: by_hand.is_some(), by_hand, planned: Vec::new() })
    }

    async fn freeze(&self, freeze: FreezeByHand) -> Result<(), Refused> {
        *self.0.lock().unwrap() = Some(freeze);
        Ok(())
    }

    async fn thaw(&self, _: ActorName, _: Option<String>) -> Result<(), Refused> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }
}

impl Office {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let installed: Arc<Mutex<Option<String>>> = Arc::default();
        let inside = runtime.enter();
        let (asks, asked) = mpsc::channel(4);
        tokio::spawn(play(asked, Arc::clone(&installed)));
        let well = status::well("main");
        let (_, receiver) = watch::channel(Arc::new(well));
        let handle = FacilityHandle::new(FacilityName::new("main").unwrap(), asks, receiver);
        let (sender, facilities) = watch::channel(vec![handle]);
        let started_at: Timestamp = NOW.parse().unwrap();
        let parts = AdminParts {
            facilities,
            records: Arc::new(InMemory::default()),
            clock: Clock::starting_at(started_at, 0.0),
            access: Access::for_user(OWNER, None),
            version: "1.2.3",
            started_at,
        };
        let handler = admin(parts);
        drop(inside);
        Self { runtime, handler, installed, _facilities: sender }
    }
}

/// A facility that does, or refuses, what it is asked.
async fn play(mut asked: mpsc::Receiver<Asked>, installed: Arc<Mutex<Option<String>>>) {
    while let Some(asked) = asked.recv().await {
        if let Command::Install { key } = &asked.command {
            *installed.lock().unwrap() = Some(key.expose().to_owned());
        }
        let reply = if asked.dry_run {
            let sentence = "it cannot be done here".to_owned();
            Err(Refused { label: "no_key", sentence, kind: RefusedKind::NotNow })
        } else {
            let summary = format!("the {} is done", asked.command.label());
            Ok(Report { summary, steps: Vec::new(), changes_pending: false, next: Vec::new() })
        };
        drop(asked.reply.send(reply));
    }
}

/// A verb and a path in a line, header lines, an empty line and a body. What is wrong is a problem with
/// a word that `explain` knows, and nothing fails; a key that was installed is in no answer.
pub(super) fn admin_requests(data: &[u8]) {
    let (head, body) = split(data, b"\n\n");
    let mut lines = head.split(|byte| *byte == b'\n');
    let Some(Ok(line)) = lines.next().map(std::str::from_utf8) else { return };
    let Some((method, target)) = line.split_once(' ') else { return };
    let mut building = hyper::Request::builder().method(method).uri(target);
    for line in lines {
        let (name, value) = split(line, b":");
        building = building.header(name, value);
    }
    let Ok(request) = building.body(()) else { return };
    let (head, ()) = request.into_parts();
    let peer = Peer::Unix { uid: OWNER, gid: OWNER };
    let request = Request { peer, head, body: body.to_vec().into() };
    OFFICE.with(|office| {
        office.installed.lock().unwrap().take();
        let reply = office.runtime.block_on((office.handler)(request));
        let (status, text) = (reply.status.as_u16(), String::from_utf8_lossy(&reply.body));
        let json: Value = serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{text}"));
        assert!(status < 500 || status == 503, "{method} {target}: {text}");
        if status >= 400 {
            assert_eq!(json["status"], Value::from(status), "{text}");
            let label = json["label"].as_str().unwrap();
            assert!(known(label), "{label} of {method} {target}");
            assert!(json["remedy"].is_string() && json["detail"].is_string(), "{text}");
        }
        if let Some(key) = office.installed.lock().unwrap().as_ref() {
            assert!(key.len() < 8 || !text.contains(key.as_str()), "{text}");
        }
    });
}

/// Whether `explain` has something to say to a word.
fn known(label: &str) -> bool {
    refusals::find(label).is_some()
        || Condition::ALL.iter().any(|condition| condition.label() == label)
        || quaymaster::admin::problem::Kind::ALL.iter().any(|kind| kind.label() == label)
}

/// A book in a file, and a second hand that writes in it.
struct Shelf {
    runtime: Runtime,
    book: Book,
    hand: rusqlite::Connection,
    _place: Place,
}

impl Shelf {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let place = Place::new();
        let path = place.path("book.sqlite");
        let (book, _) = store::open(&model::Book::Sqlite(path.clone()), NOW.parse().unwrap());
        let hand = rusqlite::Connection::open(path).unwrap();
        hand.pragma_update(None, "synchronous", "OFF").unwrap();
        Self { runtime, book, hand, _place: place }
    }
}

/// The columns that can be written in, each with its table's key.
const ROWS: &[(&str, &[&str])] = &[
    (
        "facility",
        &[
            "adopted_at",
            "adopted_by",
            "community_code",
            "accepted",
            "intended",
            "pin_key",
            "pin_until",
            "pin_by",
            "pin_reason",
            "last_attempt_at",
            "last_success_at",
            "next_attempt_at",
            "failures",
            "rehearsed_at",
        ],
    ),
    (
        "secret_key",
        &[
            "fingerprint",
            "name",
            "expires_at",
            "state",
            "origin",
            "version",
            "proven_at",
            "seq",
            "first_seen_at",
            "leaked",
        ],
    ),
    ("latest_key_call", &["at"]),
    ("delivered", &["target", "digest", "at"]),
    (
        "history",
        &["at", "what", "fingerprint", "from_state", "to_state", "actor", "reason", "detail"],
    ),
    ("freeze", &["since", "until", "by", "reason"]),
];

/// Rows of the book, one a line: a table's number and its columns' values. What is read is written and
/// read again as it was; what is not is refused.
pub(super) fn book(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    SHELF.with(|shelf| {
        for (table, _) in ROWS {
            shelf.hand.execute(&format!("DELETE FROM {table}"), []).unwrap();
        }
        for line in text.lines().take(8) {
            write(&shelf.hand, line);
        }
        let name = FacilityName::new("main").unwrap();
        shelf.runtime.block_on(async {
            drop(shelf.book.history(&name, 10).await);
            if let Ok(Some(freeze)) = shelf.book.freeze().await {
                shelf.book.set_freeze(Some(freeze.clone()), Vec::new()).await.unwrap();
                assert_eq!(shelf.book.freeze().await.unwrap(), Some(freeze));
            }
            let Ok(ledger) = shelf.book.load(&name).await else { return };
            shelf.book.save(&name, &ledger, &[]).await.unwrap();
            assert_eq!(shelf.book.load(&name).await.as_ref(), Ok(&ledger));
        });
    });
}

fn write(hand: &rusqlite::Connection, line: &str) {
    let mut cells = line.split('\t');
    let table = cells.next().and_then(|number| ROWS.get(number.parse::<usize>().ok()?));
    let Some((table, columns)) = table else { return };
    let mut names = vec!["facility"];
    match *table {
        "facility" => names = vec!["name"],
        "freeze" => names = vec!["id"],
        _ => {}
    }
    let mut values = vec![if *table == "freeze" { "1".to_owned() } else { "main".to_owned() }];
    for (name, cell) in columns.iter().zip(cells) {
        if cell != "-" {
            names.push(*name);
            values.push(cell.to_owned());
        }
    }
    let marks: Vec<_> = (1..=values.len()).map(|number| format!("?{number}")).collect();
    let (names, marks) = (names.join(", "), marks.join(", "));
    let sql = format!("INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})");
    // A row that the table's own types refuse is no row.
    drop(hand.execute(&sql, rusqlite::params_from_iter(values)));
}
