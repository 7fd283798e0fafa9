//! Floor 3. Wires the parts together, keeps them running, and takes them down.
//!
//! [`Daemon::start`] is the one place where settings become running things; read it from top to
//! bottom. What must hold after a crash holds without it: stopping is polite, never needed.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::http::{Address, BindError, Server};
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::sandbox::{Running, Sandbox, SandboxError, SandboxOptions};
use crate::service::FacilityHandle;
use crate::settings::Loaded;
use crate::settings::Watched;
use crate::settings::model::{AdminListen, EmbeddedSandbox, Settings};
use crate::store::{self, Book, Usability};

pub mod gauges;
pub mod harden;
pub mod health;
pub mod ops;

mod compose;
mod reload;

pub use compose::ComposeError;
use compose::Fleet;
use health::{HEARTBEAT_PERIOD, Health, Vitals};
use ops::{Ops, OpsError};

/// How long tasks are waited for when the program stops. What they leave undone, the next start
/// finds and finishes.
const STOP_WAITS: Duration = Duration::from_secs(5);

/// Why the daemon could not start; nothing of it runs then.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// The sandbox inside the daemon could not start.
    #[error("the sandbox inside the daemon could not start: {0}")]
    Sandbox(#[from] SandboxError),
    /// The ops listener could not start.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// A place of the admin API cannot be listened on.
    #[error("the admin API cannot listen: {0}")]
    Admin(#[from] BindError),
    /// A directory of the sandbox's own could not be created.
    #[error("{path} cannot be created: {error}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's words.
        error: std::io::Error,
    },
    /// A facility could not be put together.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// How often `run --once` looks whether everything was delivered.
const DELIVERED_LOOKS: Duration = Duration::from_millis(20);

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    clock: Clock,
    book: Book,
    loaded: watch::Receiver<Arc<Loaded>>,
    facilities: watch::Receiver<Vec<FacilityHandle>>,
    ops: Option<Ops>,
    admin: Vec<Server>,
    sandbox: Option<Running>,
    tasks: TaskTracker,
    cancel: CancellationToken,
    started_at: Timestamp,
    reload: reload::Trigger,
}

impl Daemon {
    /// Starts everything the settings ask for; they are read again when they change.
    ///
    /// # Errors
    ///
    /// What could not be started, in a sentence; everything started before it is stopped.
    pub async fn start(
        loaded: Loaded,
        watched: Watched,
        logs: Option<Logs>,
    ) -> Result<Self, DaemonError> {
        let settings = loaded.settings.clone();
        if settings.sandbox.is_some() {
            create_directories(&settings)?;
        }
        // Bound before anything works, so that a second start by mistake does nothing at all.
        let admin = bind_admin(&settings.listen.admin).await?;
        let sandbox = match &settings.sandbox {
            Some(embedded) => Some(Sandbox::start(options(embedded)).await?),
            None => None,
        };
        let clock = sandbox.as_ref().map_or_else(Clock::machine, |bank| bank.clock().clone());
        if let Some(logs) = &logs {
            logs.tell_time_by(clock.clone());
        }
        let metrics = Metrics::new();
        let vitals = Vitals::new(metrics.clone());
        let (book, usability) = store::open(&settings.store, clock.now());
        say_book(&vitals, &usability, &settings);
        vitals.settings_taken(clock.now());

        let (handles, facilities) = watch::channel(Vec::new());
        let health = Health::new(vitals.clone(), facilities.clone());
        let ops = match settings.listen.ops {
            Some(address) => Some(ops::spawn(address, health, metrics.clone()).await?),
            None => None,
        };

        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let fleet = Fleet {
            clock: clock.clone(),
            book: book.clone(),
            remembers: usability == Usability::Usable,
            metrics,
            sandbox: sandbox.as_ref().map(Running::address),
            handles,
            tasks: tasks.clone(),
            cancel: cancel.clone(),
        };
        tasks.spawn(beat(vitals.clone(), clock.clone(), cancel.clone()));
        let running = match fleet.launch(&settings).await {
            Ok(running) => running,
            Err(error) => {
                cancel.cancel();
                if let Some(ops) = ops {
                    ops.stop().await;
                }
                return Err(error.into());
            }
        };
        let (reload, loaded) = reload::watch(loaded, watched, logs, fleet, running, vitals);
        let started_at = clock.now();
        Ok(Self {
            clock,
            book,
            loaded,
            facilities,
            ops,
            admin,
            sandbox,
            tasks,
            cancel,
            started_at,
            reload,
        })
    }

    /// The clock everything runs by: the machine's, or the one shared with the sandbox inside.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The book.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The settings in use; they change with a reload.
    pub fn settings(&self) -> watch::Receiver<Arc<Loaded>> {
        self.loaded.clone()
    }

    /// The facilities; the list changes with a reload.
    pub fn facilities(&self) -> watch::Receiver<Vec<FacilityHandle>> {
        self.facilities.clone()
    }

    /// Where the ops listener listens, with the port the system chose.
    pub fn ops_address(&self) -> Option<std::net::SocketAddr> {
        self.ops.as_ref().map(|ops| ops.address)
    }

    /// The places of the admin API, bound and not served yet; given out once.
    pub fn take_admin(&mut self) -> Vec<Server> {
        std::mem::take(&mut self.admin)
    }

    /// The sandbox inside, if there is one.
    pub fn sandbox(&self) -> Option<&Running> {
        self.sandbox.as_ref()
    }

    /// When everything was started.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Reads the settings again, as on SIGHUP; a bad reading keeps the last good one.
    pub fn reload(&self) {
        self.reload.pull();
    }

    /// Waits until every facility's current key has been delivered once, for `run --once`.
    pub async fn delivered(&self) {
        // Handles are replaced when a task is started again, so the list is read anew each time.
        while !self.facilities.borrow().iter().all(|handle| handle.status().delivered_once)
            || self.facilities.borrow().is_empty()
        {
            tokio::time::sleep(DELIVERED_LOOKS).await;
        }
    }

    /// Stops everything, waiting a few seconds at most.
    pub async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        // A task that does not end in time is left to its end with the process.
        tokio::time::timeout(STOP_WAITS, self.tasks.wait()).await.ok();
        if let Some(ops) = self.ops {
            ops.stop().await;
        }
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

async fn bind_admin(places: &[AdminListen]) -> Result<Vec<Server>, BindError> {
    let mut bound = Vec::with_capacity(places.len());
    for place in places {
        let address = match place {
            AdminListen::Unix(path) => Address::Unix(path.clone()),
            AdminListen::Tcp(address) => Address::Tcp(*address),
        };
        bound.push(Server::bind(&address).await?);
    }
    Ok(bound)
}

/// Says every few real seconds that the runtime still moves.
async fn beat(vitals: Vitals, clock: Clock, cancel: CancellationToken) {
    loop {
        vitals.beat(clock.now());
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(HEARTBEAT_PERIOD) => {}
        }
    }
}

/// Creates what the first command writes to. Elsewhere directories are the deployment's to create: one
/// of ours in a wrong place would hide the mistake.
fn create_directories(settings: &Settings) -> Result<(), DaemonError> {
    for path in settings.directories() {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| DaemonError::Directory { path, error })?;
    }
    Ok(())
}

fn options(embedded: &EmbeddedSandbox) -> SandboxOptions {
    SandboxOptions {
        listen: embedded.listen,
        data: embedded.data.clone(),
        seed_file: embedded.seed_file.clone(),
        seed: embedded.seed,
        rate: Some(embedded.rate),
        start_at: embedded.start_at,
        ..SandboxOptions::default()
    }
}

fn say_book(vitals: &Vitals, usability: &Usability, settings: &Settings) {
    let memory = settings.store == crate::settings::model::Book::Memory;
    match usability {
        Usability::Usable => vitals.book_usable(),
        Usability::MemoryOnly { .. } if memory => vitals.book_usable(),
        Usability::PutAside { to, why } => {
            tracing::error!(path = %to.display(), reason = %why, "the book was damaged and put aside; a new one was begun");
            vitals.book_unusable(format!("damaged and put aside at {}: {why}", to.display()));
        }
        Usability::MemoryOnly { why } => {
            tracing::error!(reason = %why, "the book cannot be used; nothing is remembered across restarts");
            vitals.book_unusable(why.clone());
        }
    }
}
