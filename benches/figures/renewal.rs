//! One renewal beside its raw calls: the real task with a sandbox bank, the encrypted file store and
//! the book, against the same requests on one kept connection and the same number of small files
//! and log pages flushed to the same disk.
//!
//! Delivery is left out: it lets the old files stand for a quarter of a second for readers that have
//! just opened them, which would hide everything else.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quaymaster::domain::names::{StoreName, VersionId};
use quaymaster::secrets::file::{FileHooks, FileStep};
use quaymaster::secrets::{
    Need, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError, Tried,
};
use quaymaster::service::Command;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::quay::{Quay, calls, file_store};
use crate::{Goal, median};

/// Renewals; odd, so that the median is one of them. Each has a bank and a store of its own.
const RENEWALS: usize = 15;

/// What one renewal did.
#[derive(Clone, Debug, Default)]
struct Did {
    took: f64,
    by_hand: f64,
    bank: Vec<(&'static str, u64)>,
    store: u32,
    flushes: u32,
    commits: u32,
}

/// Measures and prints.
pub(crate) async fn print() {
    let mut did = Vec::new();
    for _ in 0..RENEWALS {
        did.push(renewal().await);
    }
    let last = did.last().cloned().unwrap();
    let ours = median(did.iter().map(|one| one.took).collect());
    let raw = median(did.iter().map(|one| one.by_hand).collect());
    let bank: Vec<_> =
        last.bank.iter().map(|(route, count)| format!("{count} x {route}")).collect();
    println!(
        "\nrenewal: a new key found, staged, proven, promoted and confirmed, beside its raw calls"
    );
    let detail = format!("{:.1} ms, by hand {:.1} ms", ours * 1e3, raw * 1e3);
    let why = "In between: the store decrypted at each look, checks around the compare-and-set, the book.";
    crate::print("whole renewal", ours / raw, "raw calls", &detail, Goal::AtMost(5.0), why);
    println!(
        "  what it takes      bank: {}; store: {} calls; flushes to the disk: {} of the store, {} of the book",
        bank.join(", "),
        last.store,
        last.flushes,
        last.commits
    );
}

async fn renewal() -> Did {
    let mut quay = Quay::new().await;
    quay.facility.secret_key.deliver.clear();
    let (store, flushes) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&flushes);
    let hooks = FileHooks::new(move |step| {
        let flush = matches!(
            step,
            FileStep::VersionSync
                | FileStep::VersionSyncDirectory
                | FileStep::PointerSync
                | FileStep::PointerSyncDirectory
                | FileStep::DeleteSyncDirectory
        );
        counted.fetch_add(u32::from(flush), Ordering::Relaxed);
        Ok(())
    });
    let inner = file_store(quay.directory.path(), "store", hooks);
    quay.stores = vec![Arc::new(Counting { inner, calls: Arc::clone(&store) })];
    let task = quay.launch().await;
    task.idle().await;
    let new = quay.mint();

    let wal = quay.path("book.db-wal");
    let before = (calls(&quay.sandbox), commits(&wal));
    store.store(0, Ordering::Relaxed);
    flushes.store(0, Ordering::Relaxed);
    let began = Instant::now();
    task.ask(Command::Renew { end_pin: false }).await.unwrap();
    let took = began.elapsed().as_secs_f64();
    assert_eq!(quay.held().await.0, Some(new.clone()), "renewed");

    let after = calls(&quay.sandbox);
    let bank: Vec<_> = after
        .into_iter()
        .map(|(route, count)| (route, count - before.0.get(route).copied().unwrap_or(0)))
        .filter(|(_, count)| *count > 0)
        .collect();
    // With synchronous=FULL each commit flushes the write-ahead log once.
    let (flushes, commits) = (flushes.load(Ordering::Relaxed), commits(&wal) - before.1);
    let by_hand = by_hand(&quay, &new, &bank, (flushes, commits)).await;
    task.stop().await;
    // The look at what is held, above, was ours.
    Did { took, by_hand, bank, store: store.load(Ordering::Relaxed) - 1, flushes, commits }
}

/// The same requests and flushes with nothing around them.
async fn by_hand(
    quay: &Quay,
    key: &str,
    bank: &[(&str, u64)],
    (flushes, commits): (u32, u32),
) -> f64 {
    let authorization = format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{key}:")));
    let headers = format!("Accept: application/json\r\n{authorization}");
    let mut connection = Connection::open(quay.sandbox.address()).await;
    let directory = quay.directory.path();
    let began = Instant::now();
    for (route, count) in bank {
        for _ in 0..*count {
            connection.ask_with(&format!("/rest/v1{route}"), &headers).await;
        }
    }
    // A file of the store is flushed, renamed, and its directory flushed.
    for nth in 0..flushes.div_ceil(2) {
        let (temporary, named) =
            (directory.join("by-hand.tmp"), directory.join(format!("by-hand-{nth}")));
        let mut file = File::create(&temporary).unwrap();
        file.write_all(&[7; 1024]).unwrap();
        file.sync_all().unwrap();
        std::fs::rename(temporary, named).unwrap();
        File::open(directory).unwrap().sync_all().unwrap();
    }
    // A commit of the book appends a few pages to a log and flushes that.
    let mut log = File::create(directory.join("by-hand.log")).unwrap();
    for _ in 0..commits {
        log.write_all(&[7; 4 * 4096]).unwrap();
        log.sync_data().unwrap();
    }
    began.elapsed().as_secs_f64()
}

/// How many commits stand in a write-ahead log: a frame's header holds the database's size if the
/// frame ends a commit, and 0 otherwise (sqlite.org, "Database File Format", 4.1).
fn commits(wal: &Path) -> u32 {
    let log = std::fs::read(wal).unwrap();
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let page = usize::try_from(number(log.get(8..12).unwrap())).unwrap();
    let frames = log.get(32..).unwrap().chunks_exact(24 + page);
    frames.map(|frame| u32::from(number(frame.get(4..8).unwrap()) > 0)).sum()
}

/// Counts the calls to a store.
#[derive(Debug)]
struct Counting {
    inner: Arc<dyn SecretStore>,
    calls: Arc<AtomicU32>,
}

impl Counting {
    fn counted(&self) -> &dyn SecretStore {
        self.calls.fetch_add(1, Ordering::Relaxed);
        &*self.inner
    }
}

#[async_trait]
impl SecretStore for Counting {
    fn name(&self) -> &StoreName {
        self.inner.name()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.counted().read().await
    }

    async fn create(&self, key: &NewKey) -> Result<Promotion, StoreError> {
        self.counted().create(key).await
    }

    async fn stage(&self, basis: &Snapshot, key: &NewKey) -> Result<VersionId, StoreError> {
        self.counted().stage(basis, key).await
    }

    async fn promote(&self, from: &VersionId, to: &VersionId) -> Result<Promotion, StoreError> {
        self.counted().promote(from, to).await
    }

    async fn remove(&self, version: &VersionId, place: Place) -> Result<(), StoreError> {
        self.counted().remove(version, place).await
    }

    async fn check(&self, need: Need) -> Vec<Tried> {
        self.counted().check(need).await
    }
}
