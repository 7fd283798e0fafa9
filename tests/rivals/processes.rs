//! Two processes of the program, each with a directory and a book of its own, on one secret at moto:
//! several renewals that both are asked for at once, one of the two killed with SIGKILL now and then.
//!
//! Every call goes through a wire of ours to moto, which writes down what moto did; and all the while
//! somebody reads both delivered files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quaymaster::sandbox::{Control, KeyKind};
use rustix::process::Signal;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::dice::Dice;
use crate::moto::Moto;
use crate::process::{Daemon, PATIENCE, Place};

/// Renewals; each costs both processes two or three of a day's 24 calls for the latest key.
const RENEWALS: u64 = 7;

/// A kill comes so many milliseconds after the renewal was asked for, at most: it takes longer.
const KILL_WITHIN_MS: u64 = 400;

/// What moto was asked for and did.
type Log = Arc<Mutex<Vec<(String, Value)>>>;

/// A wire to moto; gives its address.
async fn wire(moto: String, log: Log) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(carry(stream, moto.clone(), Arc::clone(&log)));
        }
    });
    format!("http://{address}")
}

/// Carries one connection's requests, one after the other, until either side goes away. A process that
/// is killed goes away at any point; what moto did for it is written down all the same.
async fn carry(mut caller: TcpStream, moto: String, log: Log) -> Option<()> {
    let moto = moto.strip_prefix("http://")?;
    loop {
        let (head, body) = message(&mut caller).await?;
        let mut there = TcpStream::connect(moto).await.ok()?;
        there.write_all(head.as_bytes()).await.ok()?;
        there.write_all(&body).await.ok()?;
        let (answer_head, answer) = message(&mut there).await?;
        if answer_head.split(' ').nth(1) == Some("200") {
            let operation = field(&head, "x-amz-target").unwrap_or_default();
            let operation = operation.rsplit('.').next().unwrap_or_default().to_owned();
            log.lock().unwrap().push((operation, serde_json::from_slice(&body).ok()?));
        }
        caller.write_all(answer_head.as_bytes()).await.ok()?;
        caller.write_all(&answer).await.ok()?;
    }
}

/// A request or an answer: its head, and a body of the length that the head says.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(from.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = field(&head, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body).await.ok()?;
    Some((head, body))
}

fn field(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lines = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    lines.next().map(|(_, value)| value.trim().to_owned())
}

/// The bank's secret keys by their text, numbered in the order in which they were made.
fn numbered(bank: &Control) -> BTreeMap<String, usize> {
    let mut keys = bank.keys();
    keys.retain(|key| key.kind == KeyKind::Secret);
    keys.sort_by_key(|key| key.created);
    keys.into_iter().enumerate().map(|(nth, key)| (key.text, nth)).collect()
}

/// Reads a delivered file again and again: once it is there it is always there, holds a key of the
/// bank's, none of which is ever deleted or expires here, and never an older one than before.
fn reader(file: PathBuf, bank: Control, done: Arc<AtomicBool>) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let (mut newest, mut reads) = (None, 0);
        while !done.load(Ordering::SeqCst) {
            match std::fs::read_to_string(&file) {
                Ok(text) => {
                    let nth = numbered(&bank).get(text.trim()).copied();
                    assert!(nth.is_some(), "a delivered key is none of the bank's");
                    assert!(nth >= newest, "back from key {newest:?} to {nth:?}");
                    (newest, reads) = (nth, reads + 1);
                }
                Err(error) => assert!(newest.is_none(), "a delivered key is gone: {error}"),
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        reads
    })
}

struct Two {
    place: Place,
    directories: [PathBuf; 2],
    daemons: [Option<Daemon>; 2],
    /// Kills that came while the renewal was on its way.
    cut: usize,
}

impl Two {
    fn start(&mut self, side: usize) {
        let directory = &self.directories[side];
        let mut command = self.place.program(&["run"]);
        command.current_dir(directory);
        command.env("AWS_ACCESS_KEY_ID", "nobody").env("AWS_SECRET_ACCESS_KEY", "nothing");
        self.daemons[side] = Some(Daemon::spawn(command, directory.join("admin.sock")));
    }

    fn daemon(&self, side: usize) -> &Daemon {
        self.daemons[side].as_ref().unwrap()
    }

    fn delivers(&self, side: usize, key: &str) -> bool {
        let text = std::fs::read_to_string(self.directories[side].join("run/current"));
        text.is_ok_and(|text| text.trim() == key)
    }

    fn said(&self) -> String {
        format!("one:\n{}\nother:\n{}", self.daemon(0).said(), self.daemon(1).said())
    }

    /// Both are asked at once, and two times of three one is killed and started again.
    async fn renew(&mut self, nth: u64, dice: &mut Dice) -> String {
        let newest = self.place.mint();
        let kill = (!nth.is_multiple_of(3)).then(|| usize::from(dice.one_in(2)));
        let moment = Duration::from_millis(dice.below(KILL_WITHIN_MS));
        let asked = async { tokio::join!(self.daemon(0).renew(), self.daemon(1).renew()) };
        if let Some(side) = kill {
            let in_time = tokio::select! {
                _ = asked => false,
                () = tokio::time::sleep(moment) => true,
            };
            self.cut += usize::from(in_time);
            self.daemon(side).signal(Signal::KILL);
            self.daemons[side].as_mut().unwrap().end().await;
            self.start(side);
            self.daemon(side).started().await;
        } else {
            asked.await;
        }
        let began = Instant::now();
        for side in [0, 1] {
            while !self.delivers(side, &newest) {
                assert!(began.elapsed() < PATIENCE, "{side} lacks the newest key: {}", self.said());
                self.daemon(side).renew().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        newest
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_make_each_key_current_once() {
    let Some(moto) = Moto::shared("two_processes_make_each_key_current_once") else { return };
    let log = Log::default();
    let endpoint = wire(moto.endpoint(), Arc::clone(&log)).await;
    let secret = format!("processes/{}", uuid::Uuid::new_v4());
    let place = Place::new().await;
    let stores = format!(
        "[[facilities.main.secret_key.stores]]\nkind = \"aws-secrets-manager\"\n\
         secret_id = \"{secret}\"\nregion = \"ap-southeast-2\"\n\
         endpoint_url = \"{endpoint}\"\ncreate = true\n"
    );
    place.write_settings("pretty", "info", &stores, "");
    let other = tempfile::tempdir().unwrap();
    for file in ["quaymaster.toml", "bootstrap.key"] {
        std::fs::copy(place.path(file), other.path().join(file)).unwrap();
    }
    let directories = [place.directory.path().to_owned(), other.path().to_owned()];
    let done = Arc::new(AtomicBool::new(false));
    let bank = place.bank.control();
    let read =
        |directory: &Path| reader(directory.join("run/current"), bank.clone(), Arc::clone(&done));
    let readers = [read(&directories[0]), read(&directories[1])];
    let mut two = Two { place, directories, daemons: [None, None], cut: 0 };
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    two.start(0);
    two.start(1);
    tokio::join!(two.daemon(0).started(), two.daemon(1).started());
    let mut keys = vec![crate::quay::first_key()];
    for nth in 0..RENEWALS {
        keys.push(two.renew(nth, &mut dice).await);
    }
    println!("{} renewals were cut", two.cut);
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        let reads = tokio::task::spawn_blocking(move || reader.join().unwrap()).await.unwrap();
        assert!(reads > 100, "only {reads} reads");
    }
    each_once_and_in_order(&log.lock().unwrap(), &keys, &two.said());
    for side in [0, 1] {
        let status = two.daemon(side).admin("GET", "/v1/status", b"").await.unwrap().json();
        assert_eq!(status["facilities"][0]["condition"], "ok", "{status}");
    }
}

/// What moto did: each key was stored as one version, and each after the first was made current once,
/// in the order in which the bank made them.
fn each_once_and_in_order(log: &[(String, Value)], keys: &[String], said: &str) {
    let mut versions: Vec<(String, String)> = Vec::new();
    let mut current: Vec<String> = Vec::new();
    for (operation, request) in log {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        if matches!(operation.as_str(), "CreateSecret" | "PutSecretValue") {
            let version = (text("ClientRequestToken"), text("SecretString"));
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        let to = text("MoveToVersionId");
        // The same move again, as after a lost reply, moves nothing.
        if text("VersionStage") == "AWSCURRENT" && current.last() != Some(&to) {
            current.push(to);
        }
    }
    let texts: Vec<_> = versions.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, keys.iter().map(String::as_str).collect::<Vec<_>>(), "{said}");
    let later: Vec<_> = versions.iter().skip(1).map(|(version, _)| version.clone()).collect();
    assert_eq!(current, later, "each once and in order: {said}");
}
