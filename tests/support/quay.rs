//! A quay: one facility's renewal task beside a sandbox bank, on one clock that stands still until a
//! test moves it, with real stores, a real book and real files in a directory of its own.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "several test programs share this file, and each uses a part of it"
)]

#[path = "quay/passing.rs"]
mod passing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use quaymaster::clock::Clock;
use quaymaster::daemon::gauges;
use quaymaster::deliver::{self, DeliveryTarget};
use quaymaster::domain::calendar::Calendar;
use quaymaster::domain::names::{ActorName, Environment, FacilityName, StoreName};
use quaymaster::domain::product::Product;
use quaymaster::key::KeyText;
use quaymaster::metrics::Metrics;
use quaymaster::quickstream::{Client, ClientOptions, Observer};
use quaymaster::sandbox::{Running, SANDBOX_CODE, SANDBOX_KEY, Sandbox, SandboxOptions};
use quaymaster::secrets::SecretStore;
use quaymaster::secrets::file::{FileHooks, FileStoreAdapter};
use quaymaster::service::parts::{Chance, Parts};
use quaymaster::service::points::Points;
use quaymaster::service::pulse::STORE_ANSWERS_WITHIN;
use quaymaster::service::{Command, FacilityHandle, FacilityStatus, Refused, Report, renewal};
use quaymaster::settings::model::{
    self, BaseUrl, Book, Facility, FileStore, FilesTarget, Role, SecretKey, Target, Unscheduled,
};
use quaymaster::store;

pub use passing::{advance, at, days, hours, pass, settle};

/// When every test begins.
pub const START: &str = "2026-01-05T00:00:00Z";

/// How many requests the bank's log keeps: every one of the longest run.
const REQUESTS_KEPT: usize = 100_000;

/// Everything a test needs.
pub struct Quay {
    pub sandbox: Running,
    pub clock: Clock,
    /// The bank's; the task's own unless they were set apart.
    pub bank_clock: Clock,
    pub facility: Facility,
    pub role: Role,
    pub calendar: Calendar,
    pub stores: Vec<Arc<dyn SecretStore>>,
    pub rehearsal: Arc<dyn SecretStore>,
    pub points: Points,
    pub chance: Chance,
    /// How long the task waits for one answer of the bank, in real time.
    pub timeout: Duration,
    /// How long it waits for a store, in real time.
    pub store_answers_within: Duration,
    /// Told of every exchange of the task with the bank.
    pub observer: Observer,
    /// The delivery targets, if others than the settings name.
    pub targets: Option<Vec<Arc<dyn DeliveryTarget>>>,
    pub directory: TempDir,
}

/// A task that runs.
pub struct Afloat {
    pub handle: FacilityHandle,
    /// The task's clock, and the bank's if that is another.
    clocks: Vec<Clock>,
    metrics: Metrics,
    book: store::Book,
    task: JoinHandle<()>,
    cancel: CancellationToken,
}

impl Quay {
    /// A facility whose first key is in the bootstrap file, with an encrypted file store.
    pub async fn new() -> Self {
        let clock = Clock::starting_at(at(START), 0.0);
        Self::with_clocks(clock.clone(), clock, None).await
    }

    /// As [`Quay::new`], but bank and task have a clock each, and either can be set wrong alone.
    pub async fn with_clocks_apart() -> Self {
        let clock = || Clock::starting_at(at(START), 0.0);
        Self::with_clocks(clock(), clock(), None).await
    }

    /// Beside a bank with these facilities and keys.
    pub async fn with_seed(seed: &str) -> Self {
        let clock = Clock::starting_at(at(START), 0.0);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), seed).unwrap();
        Self::with_clocks(clock.clone(), clock, Some(file.path().to_owned())).await
    }

    async fn with_clocks(clock: Clock, bank_clock: Clock, seed_file: Option<PathBuf>) -> Self {
        let options = SandboxOptions {
            clock: Some(bank_clock.clone()),
            requests_kept: REQUESTS_KEPT,
            seed_file,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let directory = scratch();
        let facility = facility(&sandbox, directory.path());
        let stores = vec![file_store(directory.path(), "store", FileHooks::default())];
        Self {
            sandbox,
            clock,
            bank_clock,
            facility,
            role: Role::Renewer,
            calendar: Calendar::always(),
            stores,
            rehearsal: file_store(directory.path(), "rehearsal", FileHooks::default()),
            points: Points::pass(),
            chance: Chance::new(|| 0.5),
            timeout: Duration::from_secs(5),
            store_answers_within: STORE_ANSWERS_WITHIN,
            observer: Arc::new(|_| {}),
            targets: None,
            directory,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts the facility's task, as a process would.
    pub async fn launch(&self) -> Afloat {
        self.launch_with_book("book.db").await
    }

    pub async fn launch_with_book(&self, book: &str) -> Afloat {
        let (book, _) = store::open(&Book::Sqlite(self.path(book)), self.clock.now());
        self.launch_in(book).await
    }

    /// As [`Quay::launch`], with a book that is gone when the process is.
    pub async fn launch_without_book(&self) -> Afloat {
        let (book, _) = store::open(&Book::Memory, self.clock.now());
        self.launch_remembering(book, false).await
    }

    /// As [`Quay::launch`], with a book that other facilities of the same process write in, too.
    pub async fn launch_in(&self, book: store::Book) -> Afloat {
        self.launch_remembering(book, true).await
    }

    async fn launch_remembering(&self, book: store::Book, remembers: bool) -> Afloat {
        let cancel = CancellationToken::new();
        let metrics = Metrics::new();
        let names: Vec<_> = self.stores.iter().map(|store| store.name().clone()).collect();
        let base_url = self.facility.base_url.resolve(Some(self.sandbox.address())).unwrap();
        let options = ClientOptions {
            timeout: self.timeout,
            observer: Arc::clone(&self.observer),
            ..ClientOptions::new(base_url, Product::QuickStream)
        };
        let parts = Parts {
            settings: self.facility.clone(),
            role: self.role,
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            bank: Client::new(options, self.clock.clone()).unwrap(),
            stores: self.stores.clone(),
            store_answers_within: self.store_answers_within,
            rehearsal: Some(Arc::clone(&self.rehearsal)),
            targets: self
                .targets
                .clone()
                .unwrap_or_else(|| deliver::open(&self.facility.secret_key.deliver).unwrap()),
            calendar: self.calendar.clone(),
            book: book.clone(),
            remembers,
            metrics: metrics.add_facility(&self.facility.name, self.facility.environment, &names),
            points: self.points.clone(),
            itself: ActorName::new("quaymaster").unwrap(),
        };
        let (handle, run) = renewal::start(parts, cancel.clone()).await;
        let task = tokio::spawn(run);
        let clocks = vec![self.clock.clone(), self.bank_clock.clone()];
        Afloat { handle, clocks, metrics, book, task, cancel }
    }

    /// Makes a second secret key at the bank, as a person does in the portal, and gives its text.
    pub fn mint(&self) -> String {
        let new = quaymaster::sandbox::NewSandboxKey::secret(SANDBOX_CODE);
        self.sandbox.control().make_key(new).unwrap().text
    }

    /// The key the application reads.
    pub fn delivered(&self) -> Option<String> {
        std::fs::read_to_string(self.path("run/current")).ok().map(|text| text.trim().to_owned())
    }

    /// The keys the authority holds: current, previous, pending.
    pub async fn held(&self) -> (Option<String>, Option<String>, Vec<String>) {
        let snapshot = self.stores[0].read().await.unwrap();
        let text = |holding: &quaymaster::secrets::Holding| holding.key.expose().to_owned();
        (
            snapshot.current.as_ref().map(text),
            snapshot.previous.as_ref().map(text),
            snapshot.pending.iter().map(text).collect(),
        )
    }

    /// Whether the bank accepts a key, asked past our client.
    pub async fn works(&self, key: &str) -> bool {
        let options = ClientOptions::new(self.sandbox.base_url(), Product::QuickStream);
        let client = Client::new(options, self.clock.clone()).unwrap();
        client.root(&KeyText::parse(key).unwrap()).await.is_ok()
    }
}

impl Afloat {
    pub fn status(&self) -> Arc<FacilityStatus> {
        self.handle.status()
    }

    /// What `/metrics` says, set from the status as at a scrape.
    pub fn metrics(&self) -> String {
        let facility = self.metrics.facility(self.handle.name()).unwrap();
        gauges::publish(&facility, &self.status());
        self.metrics.render()
    }

    /// The history, newest first.
    pub async fn history(&self) -> Vec<store::Line> {
        self.book.history(self.handle.name(), 10_000).await.unwrap()
    }

    /// The book, which is also where a freeze is put on.
    pub fn book(&self) -> &store::Book {
        &self.book
    }

    /// Waits until the task has nothing to do but wait, or has died.
    pub async fn idle(&self) {
        settle(&self.clocks[0], 1, &[&self.task]).await;
    }

    /// Lets time pass, waking the task whenever it wants to be woken.
    pub async fn pass(&self, length: Duration) {
        let mut left = length;
        while !left.is_zero() {
            left -= self.pass_to_waking(left).await;
        }
    }

    /// Lets time pass until the task wants to be woken, but `at_most` so much; returns how much.
    pub async fn pass_to_waking(&self, at_most: Duration) -> Duration {
        self.idle().await;
        let step = self.clocks[0].waiting().0.map_or(at_most, |first| first.min(at_most));
        advance(&self.clocks[0], &self.clocks[1], step);
        self.idle().await;
        step
    }

    pub async fn ask(&self, command: Command) -> Result<Report, Refused> {
        let actor = ActorName::new("ann").unwrap();
        self.handle.ask(command, actor, Some("a test".to_owned()), false).await
    }

    pub async fn dry_run(&self, command: Command) -> Result<Report, Refused> {
        self.handle.ask(command, ActorName::new("ann").unwrap(), None, true).await
    }

    /// Stops the task, as SIGTERM does.
    pub async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }

    /// Whether the task has ended by itself, as at a crash point.
    pub fn has_died(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits for a death that a crash point brings.
    pub async fn death(self) {
        self.task.await.unwrap();
    }

    /// Ends the task between two instructions, as SIGKILL does.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        // What the task had handed to the book's thread is done before another process opens the file.
        self.book.freeze().await.unwrap();
    }

    pub fn task(&self) -> &JoinHandle<()> {
        &self.task
    }
}

/// The key the sandbox begins with.
pub fn first_key() -> String {
    SANDBOX_KEY.to_owned()
}

pub fn file_store(directory: &Path, name: &str, hooks: FileHooks) -> Arc<dyn SecretStore> {
    let settings = FileStore {
        name: StoreName::new(format!("file:{name}")).unwrap(),
        path: directory.join(name),
        identity: directory.join("identity"),
        create_identity: true,
    };
    Arc::new(FileStoreAdapter::open(&settings, hooks))
}

/// A directory in memory where there is one: what a test flushes is not meant to outlive it.
fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn facility(sandbox: &Running, directory: &Path) -> Facility {
    let bootstrap = directory.join("bootstrap.key");
    std::fs::write(&bootstrap, SANDBOX_KEY).unwrap();
    Facility {
        name: FacilityName::new("main").unwrap(),
        environment: Environment::Sandbox,
        product: Product::QuickStream,
        base_url: BaseUrl::Address(sandbox.base_url()),
        expected_community_code: None,
        simultaneous: 10,
        proxy: None,
        publishable_key: None,
        secret_key: SecretKey {
            bootstrap: Some(bootstrap),
            unscheduled: Unscheduled::Adopt,
            stores: vec![model::Store::File(FileStore {
                name: StoreName::new("file:store").unwrap(),
                path: directory.join("store"),
                identity: directory.join("identity"),
                create_identity: true,
            })],
            deliver: vec![Target::Files(FilesTarget {
                directory: directory.join("run"),
                mode: 0o440,
                group: None,
            })],
        },
    }
}

/// How often the log has a request to a path.
pub fn calls(sandbox: &Running) -> BTreeMap<&'static str, u64> {
    sandbox.control().requests_by_route()
}
