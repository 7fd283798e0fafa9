//! Bad days of the program as a process: a bank that is away, signals, ports and places that are
//! taken, and `run --once`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

#[path = "outage/first.rs"]
mod first;
#[path = "support/process.rs"]
mod process;
#[path = "outage/reload.rs"]
mod reload;

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use process::{Daemon, FILE_STORE, PATIENCE, Place, binary};
use quaymaster::sandbox::Fault;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Nobody, as most systems have it.
const NOBODY: u32 = 65534;

/// The bank refuses to serve anyone.
fn nobody_served() -> Fault {
    Fault { status: Some(503), ..Fault::default() }
}

/// Runs the program to its end: its exit code, and what it said.
async fn run(place: &Place, words: &[&str]) -> (Option<i32>, String) {
    ended(place.program(words)).await
}

async fn ended(mut command: tokio::process::Command) -> (Option<i32>, String) {
    let output = tokio::time::timeout(PATIENCE * 4, command.output()).await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// A new pod: the store holds a key, the volume for the application and the book are empty.
fn new_pod(place: &Place) {
    std::fs::remove_dir_all(place.path("run")).unwrap();
    for name in ["book.db", "book.db-wal", "book.db-shm"] {
        std::fs::remove_file(place.path(name)).ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_pod_starts_from_the_stores_key_while_the_bank_is_away() {
    let place = Place::new().await;
    let mut first = place.start();
    first.started().await;
    first.signal(Signal::TERM);
    assert_eq!(first.end().await, Some(0));
    let key = place.delivered().unwrap();
    new_pod(&place);
    place.bank.control().add_faults(vec![nobody_served()]).unwrap();

    let daemon = place.start();
    daemon.started().await;
    assert_eq!(place.delivered(), Some(key));
    while daemon.get("/readyz/bank").await.status == 200 {
        assert!(daemon.spawned.elapsed() < PATIENCE, "the bank's part hides the outage");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let bank = daemon.get("/readyz/bank").await;
    assert!(bank.body.contains("bank_unavailable"), "{bank:?}");
    for (path, status) in [
        ("/livez", 200),
        ("/startupz", 200),
        ("/readyz", 200),
        ("/readyz/scheduler", 200),
        ("/readyz/book", 200),
        ("/readyz/delivery-main", 200),
        ("/readyz/stores-main", 200),
    ] {
        let answer = daemon.get(path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
    // The whole lists the part that is ill, and stays ready.
    assert!(daemon.get("/readyz").await.body.contains("bank_unavailable"));

    place.bank.control().clear_faults();
    let newest = place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200, "{}", daemon.said());
    assert_eq!(place.delivered(), Some(newest));
    assert_eq!(daemon.get("/readyz/bank").await.status, 200);
}

/// The bank's address refuses connections: not even a name for the outage comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_goes_away_as_well_takes_no_readiness_away() {
    let place = Place::new().await;
    let daemon = place.start();
    daemon.started().await;
    assert_eq!(daemon.get("/readyz").await.status, 200);
    std::fs::rename(place.path("keys"), place.path("keys.away")).unwrap();
    std::fs::write(place.path("keys"), "in its place").unwrap();
    place.bank.control().add_faults(vec![nobody_served()]).unwrap();
    assert_ne!(daemon.renew().await.unwrap().status, 200);
    assert_eq!(daemon.get("/readyz").await.status, 200, "readiness is a latch");
    assert_eq!(daemon.get("/livez").await.status, 200, "a restart mends no store");
    let stores = daemon.get("/readyz/stores-main").await;
    assert_eq!(stores.status, 503, "{stores:?}");
    std::fs::remove_file(place.path("keys")).unwrap();
    std::fs::rename(place.path("keys.away"), place.path("keys")).unwrap();
    place.bank.control().clear_faults();
    assert_eq!(daemon.renew().await.unwrap().status, 200);
    assert_eq!(daemon.get("/readyz/stores-main").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_sent_header_is_cut_and_other_clients_notice_nothing() {
    let place = Place::new().await;
    let daemon = place.start();
    daemon.started().await;
    let address = daemon.ops().await;
    let opened = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: te").await.unwrap();
        slow.push(stream);
    }
    let mut answered = 0;
    let mut slowest = Duration::ZERO;
    let cut = tokio::spawn(async move {
        for mut stream in slow {
            let mut rest = Vec::new();
            // A reset is a cut as well.
            stream.read_to_end(&mut rest).await.ok();
        }
        opened.elapsed()
    });
    while !cut.is_finished() {
        let asked = Instant::now();
        assert_eq!(daemon.get("/livez").await.status, 200);
        slowest = slowest.max(asked.elapsed());
        answered += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = cut.await.unwrap();
    assert!(took < Duration::from_secs(5), "the last was cut after {took:?}");
    assert!(took > Duration::from_secs(3), "cut after {took:?}, before a slow client could finish");
    assert!(answered > 20 && slowest < Duration::from_secs(3), "{answered} in {slowest:?}");
}

/// A hook that counts its runs.
fn counting_hook(place: &Place) {
    let runs = place.path("runs");
    let more = format!(
        r#"
            [[facilities.main.secret_key.deliver]]
            kind = "command"
            command = ["/bin/sh", "-c", "echo run >> {}"]
            debounce = "0s"
        "#,
        runs.display()
    );
    place.write_settings("pretty", "info", FILE_STORE, &more);
}

fn runs(place: &Place) -> usize {
    String::from_utf8(process::read(&place.path("runs"))).unwrap().lines().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_it_and_a_start_goes_on_where_it_was() {
    let place = Place::new().await;
    counting_hook(&place);
    for (signal, runs_before) in [(Signal::INT, 0), (Signal::TERM, 1), (Signal::TERM, 1)] {
        assert_eq!(runs(&place), runs_before);
        let mut daemon = place.start();
        daemon.started().await;
        assert_eq!(runs(&place), 1, "the key was told of once; {}", daemon.said());
        let told = Instant::now();
        daemon.signal(signal);
        assert_eq!(daemon.end().await, Some(0), "{}", daemon.said());
        assert!(told.elapsed() < Duration::from_secs(8), "{:?}", told.elapsed());
        assert!(!place.path("admin.sock").exists(), "it takes its socket away");
    }
    let daemon = place.start();
    daemon.started().await;
    let calls = place.bank.control().latest_calls();
    assert!(calls <= 2, "{calls} calls in four starts: a restart asks nothing that is not due");
    let newest = place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200);
    assert_eq!((place.delivered(), runs(&place)), (Some(newest), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_is_taken_is_named_and_what_runs_there_goes_on() {
    let place = Place::new().await;
    let daemon = place.start();
    daemon.started().await;

    // Another daemon with the same book.
    let settings = place.path("quaymaster.toml");
    let first = std::fs::read_to_string(&settings).unwrap();
    let elsewhere = first.replace("unix:admin.sock", "unix:other.sock");
    std::fs::write(&settings, &elsewhere).unwrap();
    let (code, said) = run(&place, &["run"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("book.db") && said.contains("explain book_in_use"), "{said}");

    // Once, it delivers all the same, and leaves the book alone.
    let key = place.delivered();
    std::fs::remove_dir_all(place.path("run")).unwrap();
    let (code, said) = run(&place, &["run", "--once"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("book.db"), "{said}");
    assert_eq!(place.delivered(), key);

    // Another daemon with the same admin socket and a book of its own, which does nothing before it has
    // seen that: a new key waits at the bank.
    std::fs::write(&settings, first.replace("book.db", "other.db")).unwrap();
    let (calls, newest) = (place.bank.control().latest_calls(), place.mint());
    let (code, said) = run(&place, &["run"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("admin.sock") && said.contains("explain port_in_use"), "{said}");
    assert_eq!(place.bank.control().latest_calls(), calls, "{said}");
    assert_ne!(place.delivered(), Some(newest));
    assert!(!place.path("other.db").exists(), "its book was opened first");
    std::fs::write(&settings, first).unwrap();
    assert_eq!(daemon.admin("GET", "/v1/status", b"").await.unwrap().status, 200, "{said}");

    // Another program on the ops port.
    let taken = daemon.ops().await;
    let text = elsewhere.replace("book.db", "other.db");
    std::fs::write(&settings, text.replace("127.0.0.1:0", &taken.to_string())).unwrap();
    let (code, said) = run(&place, &["run"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&taken.to_string()), "{said}");
    assert!(said.contains("quaymaster "), "it ends in a command: {said}");
    assert_eq!(daemon.get("/livez").await.status, 200);
}

/// As nobody, in a directory that is root's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_cannot_be_written_is_named_and_the_rest_goes_on() {
    if !rustix::process::geteuid().is_root() {
        return a_directory_of_someone_elses_cannot_be_made_here();
    }
    let place = Place::new().await;
    let own = |name: &str| {
        std::os::unix::fs::chown(place.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
    };
    for name in ["keys", "run", "state"] {
        std::fs::create_dir(place.path(name)).unwrap();
    }
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(place.directory.path(), open).unwrap();
    let closed = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(place.path("keys"), closed).unwrap();
    for name in ["keys", "state", "bootstrap.key", "quaymaster.toml"] {
        own(name);
    }
    let text = std::fs::read_to_string(place.path("quaymaster.toml")).unwrap();
    let text = text.replace("admin.sock", "state/admin.sock").replace("sqlite:", "sqlite:state/");
    let text = text.replace("\"identity\"", "\"state/identity\"");
    std::fs::write(place.path("quaymaster.toml"), text).unwrap();
    std::fs::copy(binary(), place.path("program")).unwrap();
    let mut command = place.program_at(place.path("program").as_os_str(), &["run"]);
    command.uid(NOBODY).gid(NOBODY);
    let daemon = Daemon::spawn(command, place.path("state/admin.sock"));
    loop {
        let delivery = daemon.get("/readyz/delivery-main").await;
        if delivery.status == 503 && delivery.body.contains("run:") {
            break;
        }
        assert!(daemon.spawned.elapsed() < PATIENCE, "{delivery:?} {}", daemon.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(daemon.get("/startupz").await.status, 503);
    assert_eq!(daemon.get("/livez").await.status, 200);
    // Once it may be written, the next look delivers.
    own("run");
    assert_eq!(daemon.renew().await.unwrap().status, 200, "{}", daemon.said());
    daemon.started().await;
}

/// Only root can make a directory that belongs to another user.
fn a_directory_of_someone_elses_cannot_be_made_here() {
    drop(std::io::Write::write_all(
        &mut std::io::stderr(),
        b"SKIPPED a_directory_that_cannot_be_written: only root can make one of another user's\n",
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_delivers_and_ends_and_says_why_it_could_not() {
    let place = Place::new().await;
    let (code, said) = run(&place, &["run", "--once"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.delivered().as_deref(), Some(quaymaster::sandbox::SANDBOX_KEY));

    // The store's key is enough: an init container does not wait for the bank.
    new_pod(&place);
    place.bank.control().add_faults(vec![nobody_served()]).unwrap();
    let (code, said) = run(&place, &["run", "--once"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(place.delivered().is_some());

    // Without a key in the store nothing can be proven.
    std::fs::remove_dir_all(place.path("keys")).unwrap();
    new_pod(&place);
    let (code, said) = run(&place, &["run", "--once", "--timeout", "3s"]).await;
    assert_eq!(code, Some(124), "{said}");
    assert!(said.contains("bank_unavailable"), "{said}");
    assert_eq!(place.delivered(), None);

    // A person is not sent for a key while the one in hand waits for the bank, however long it waits.
    let daemon = place.start();
    daemon.ops().await;
    let condition = async || {
        let status = daemon.admin("GET", "/v1/status", b"").await.unwrap().json();
        status["facilities"][0]["condition"].as_str().unwrap_or("starting").to_owned()
    };
    // The admin API answers before the first look is done.
    while condition().await == "starting" {
        assert!(daemon.spawned.elapsed() < PATIENCE, "{}", daemon.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..2 {
        daemon.renew().await.unwrap();
        assert_eq!(condition().await, "bank_unavailable", "{}", daemon.said());
    }
    place.bank.control().clear_faults();
    daemon.renew().await.unwrap();
    daemon.started().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_socket_that_is_deleted_is_made_again() {
    let place = Place::new().await;
    let mut daemon = place.start();
    daemon.started().await;
    let socket = place.path("admin.sock");
    std::fs::remove_file(&socket).unwrap();
    let deleted = Instant::now();
    while !socket.exists() {
        assert!(deleted.elapsed() < PATIENCE, "nobody can ask the daemon for anything any more");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (code, said) = run(&place, &["status"]).await;
    assert_eq!(code, Some(0), "{said}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await, Some(0));
    assert!(!socket.exists(), "the new socket is left behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_freeze_stands_in_the_history_with_its_reason() {
    let place = Place::new().await;
    let daemon = place.start();
    daemon.started().await;
    for (method, reason) in [("POST", "year end"), ("DELETE", "it is over")] {
        let body = format!(r#"{{"reason":"{reason}"}}"#);
        let done = daemon.admin(method, "/v1/freeze", body.as_bytes()).await.unwrap();
        assert_eq!(done.status, 200, "{done:?}");
    }
    let history = daemon.admin("GET", "/v1/facilities/main/keys/history", b"").await.unwrap();
    let history = history.json();
    let told: Vec<_> = history["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| Some((line["event"].as_str()?, line["reason"].as_str()?)))
        .collect();
    assert_eq!(told, [("thaw", "it is over"), ("freeze", "year end")], "{history}");
}
