//! A QuickStream of one's own: a bank to try everything against, in memory or kept in a file.
//!
//! It is written from the vendor's documents and shares no JSON code with the client, so that both
//! cannot be wrong together. What the documents do not say is a guess, listed and switched at
//! `/_sandbox/guesses`. With the same seed and the same clock it does the same things. It opens
//! connections to the webhooks it is given and to no one else, and knows nothing of the real bank.
//!
//! The API is under `/rest/v1`; `/_sandbox` is the control API (`GET /_sandbox` lists it), and
//! [`Control`] does the same from within the process.
//!
//! # Seed data
//!
//! A JSON file; without one there is one facility, [`SANDBOX_CODE`], with [`SANDBOX_KEY`] about to
//! age, a publishable key and one business. Unknown fields are errors.
//!
//! ```json
//! { "facilities": [ {
//!     "code": "MYFACILITY",
//!     "name": "My Facility",
//!     "ready": true,
//!     "whitelist": ["127.0.0.1", "10.0.0.0/8"],
//!     "without": ["direct_debit_nz"],
//!     "pay_id_domains": ["pay.my.example"],
//!     "businesses": [
//!         { "code": "HIRE", "name": "Hire" },
//!         { "code": "SALES", "cards": [ { "scheme": "VISA", "type": "DEBIT", "surcharge": "0.200" } ] }
//!     ],
//!     "keys": [
//!         { "key": "MYFACILITY_SEC_sandbox1", "created": -700, "expires": 30.5 },
//!         { "kind": "secret", "expires": "2028-01-01T00:00:00Z", "businesses": ["HIRE"] },
//!         { "kind": "publishable" }
//!     ]
//! } ] }
//! ```
//!
//! | field | meaning | if left out |
//! |---|---|---|
//! | `code` | the community code: upper-case letters and digits | needed |
//! | `name` | the community name, or a business's name | the code |
//! | `ready` | whether the set-up is complete; otherwise everything is 403 | true |
//! | `whitelist` | who may call; anyone else is 401 | not checked |
//! | `without` | what it is not set up for: `credit_card`, `direct_debit`, `direct_debit_nz`, `three_ds2`, `pre_authorisation`, `pay_to`, `pay_id` | nothing |
//! | `pay_id_domains` | the domains of e-mail whose addresses may be PayIDs | `example.com` |
//! | `businesses` | businesses, by `code` and `name` | none |
//! | `cards` | the cards a business accepts: `scheme`, `type` (`CREDIT`, `DEBIT`; both if left out) and `surcharge` | the guess `surcharges` |
//! | `keys` | keys, in the order in which they were made | needed |
//! | `key` | the text: begins with the code and `_SEC_` or `_PUB_`, and holds the word `sandbox` or `test` | made from the seed |
//! | `kind` | `secret` or `publishable` | `secret` |
//! | `created`, `expires` | a moment (RFC 3339), or days from the clock's start | now, and two years after `created` |
//! | a key's `businesses` | the only businesses it may touch | unrestricted |

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::http::request::Parts;
use jiff::Timestamp;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::bank::{Bank, Save, State};
use self::book::Book;
use self::data::{DataFile, Saved};
use self::guesses::Guesses;
use self::idempotency::Store;
use self::seed::Seed;
use crate::clock::Clock;
use crate::http::{self, Address, BindError, Handler, Limits, Server};

mod address;
mod admit;
mod answer;
mod bank;
mod book;
mod control;
mod data;
mod dice;
mod faults;
mod form;
mod guesses;
mod handle;
mod idempotency;
mod links;
mod merchant;
mod openapi;
mod refusal;
mod requests;
mod resources;
mod router;
mod seed;
mod shape;
mod spoil;
mod tasks;
mod ticker;
mod watch;
mod webhooks;

pub use self::book::KeyKind;
pub use self::faults::{CutAt, Fault, Malformed};
pub use self::handle::{Control, ControlError, KeyChange, KeyView, NewSandboxKey, SetUp};
pub use self::merchant::setting::Capability;
pub use self::requests::LoggedRequest;
pub use self::resources::{KnownRoute, routes};
pub use self::watch::{Exchange, Watcher, openapi_document};

/// The community code of the built-in facility.
pub const SANDBOX_CODE: &str = "SANDBOX";

/// The built-in facility's secret key. It opens nothing but a sandbox.
pub const SANDBOX_KEY: &str = "SANDBOX_SEC_0sandbox0key0for0play0only0q7w8e9r1t2y3u4i5o6p7a8s9d0f1";

/// Where the API is.
const BASE_PATH: &str = "/rest/v1";

/// Where the control API is.
const CONTROL_PATH: &str = "/_sandbox";

/// The resource that hands out keys.
const LATEST: &str = "/api-keys/latest";

/// How often, in real time, the clock is saved when nothing else changes.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// Requests kept in the log unless told otherwise.
const REQUESTS_KEPT: usize = 1000;

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Where to listen; loopback with a port of the system's choice by default.
    pub listen: SocketAddr,
    /// The file that keeps book and clock across restarts.
    pub data: Option<PathBuf>,
    /// The file of seed data, used when there is no data to go on from, and by a reset.
    pub seed_file: Option<PathBuf>,
    /// The seed of everything that looks random; a data file goes on with its own.
    pub seed: u64,
    /// The clock to share with whoever embeds the sandbox. It is set to where the data file left off;
    /// otherwise it is left as it is.
    pub clock: Option<Clock>,
    /// How fast a clock of the sandbox's own runs; as saved, or as real time, if `None`.
    pub rate: Option<f64>,
    /// When a clock of the sandbox's own starts, if there is no data to go on from; now if `None`.
    pub start_at: Option<Timestamp>,
    /// How many requests the log keeps.
    pub requests_kept: usize,
    /// What is told of every exchange with the API.
    pub watcher: Option<Watcher>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            data: None,
            seed_file: None,
            seed: 1,
            clock: None,
            rate: None,
            start_at: None,
            requests_kept: REQUESTS_KEPT,
            watcher: None,
        }
    }
}

/// Why a sandbox cannot start.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The seed file cannot be used.
    #[error("the seed file {} cannot be used: {reason}", path.display())]
    Seed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where, without any value.
        reason: String,
    },
    /// The data file cannot be used; it was not changed.
    #[error("the data file {} cannot be used: {reason}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The clock to share is the machine's own, and the data file's time is another.
    #[error("the data file {} has a clock of its own, and the machine's clock cannot be set to it", .0.display())]
    ClockFixed(PathBuf),
}

/// The sandbox, before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Starts a sandbox.
    ///
    /// # Errors
    ///
    /// The address is taken, or the seed or the data cannot be used; nothing was changed then.
    pub async fn start(options: SandboxOptions) -> Result<Running, SandboxError> {
        let seed = Seed::read(options.seed, options.seed_file.as_deref())?;
        let data = options.data.as_deref().map(DataFile::open).transpose()?;
        let saved = data.as_ref().map(DataFile::read).transpose()?.flatten();
        let server = Server::bind(&Address::Tcp(options.listen)).await?;
        let address = match server.address() {
            Address::Tcp(address) => *address,
            Address::Unix(_) => options.listen,
        };
        let clock = start_clock(&options, saved.as_ref(), &seed)?;
        let (state, idempotency) = start_state(&options, saved, &seed, &clock)?;
        let bank = Arc::new(Bank::new(clock, seed, state, idempotency, data));
        if let Some(path) = &options.data {
            bank.save(Save::ClockToo).await.map_err(|error| unusable(path, &error))?;
        }
        let stop = CancellationToken::new();
        let answer = answering(&bank, options.watcher.clone());
        let limits = Limits { body_bytes_max: 1024 * 1024, larger_body, ..Limits::default() };
        let serving = tokio::spawn(server.serve(answer, limits, stop.clone()));
        let own = format!("http://{address}{BASE_PATH}");
        let [saving, ticking, sending] = background(&bank, &own, &stop);
        let watcher = options.watcher;
        Ok(Running { address, bank, watcher, stop, tasks: [serving, saving, ticking, sending] })
    }
}

fn answering(bank: &Arc<Bank>, watcher: Option<Watcher>) -> Handler {
    let bank = Arc::clone(bank);
    http::handler(move |request| answer::answer(Arc::clone(&bank), request, watcher.clone()))
}

/// What goes on beside the answering.
fn background(bank: &Arc<Bank>, own: &str, stop: &CancellationToken) -> [JoinHandle<()>; 3] {
    let (of_saving, of_ticking) =
        ((Arc::clone(bank), stop.clone()), (Arc::clone(bank), stop.clone()));
    let of_sending = (Arc::clone(bank), own.to_owned(), stop.clone());
    [
        tokio::spawn(tasks::keep("saving", stop.clone(), move || {
            let (bank, stop) = of_saving.clone();
            save_now_and_then(bank, stop)
        })),
        tokio::spawn(tasks::keep("ticker", stop.clone(), move || {
            let (bank, stop) = of_ticking.clone();
            ticker::tick(bank, stop)
        })),
        tokio::spawn(tasks::keep("sender of webhooks", stop.clone(), move || {
            let (bank, own, stop) = of_sending.clone();
            webhooks::send(bank, own, stop)
        })),
    ]
}

/// A whole book is sent at once.
fn larger_body(head: &Parts) -> Option<usize> {
    let is_book = head.uri.path().strip_prefix(CONTROL_PATH) == Some("/seed");
    is_book.then_some(control::BOOK_BYTES_MAX)
}

fn start_clock(
    options: &SandboxOptions,
    saved: Option<&Saved>,
    seed: &Seed,
) -> Result<Clock, SandboxError> {
    let saved = saved.map(|saved| saved.clock);
    if let Some(clock) = &options.clock {
        let reached = saved.is_none_or(|saved| clock.set(saved.now));
        let path = options.data.clone().unwrap_or_default();
        return if reached { Ok(clock.clone()) } else { Err(SandboxError::ClockFixed(path)) };
    }
    let start_at = options.start_at.or(seed.clock().now);
    let start_at = start_at.unwrap_or_else(|| Clock::machine().now());
    let at = saved.map_or(start_at, |saved| saved.now);
    let kept = saved.map(|saved| saved.rate).or(seed.clock().rate);
    let rate = options.rate.or(kept).unwrap_or(1.0);
    Ok(Clock::starting_at(at, rate))
}

fn start_state(
    options: &SandboxOptions,
    saved: Option<Saved>,
    seed: &Seed,
    clock: &Clock,
) -> Result<(State, Store), SandboxError> {
    // Also where it is not gone on from, so that a reset finds it in order.
    let seeded = seed.begin(clock.now())?;
    let Some(saved) = saved else {
        let state = State::new(seeded.book, seeded.guesses, options.requests_kept);
        return Ok((state, seeded.idempotency));
    };
    drop(seeded);
    let mut guesses = Guesses::default();
    guesses.switch(&saved.guesses).map_err(|reason| SandboxError::Data {
        path: options.data.clone().unwrap_or_default(),
        reason: format!("{reason}; it was left as it is"),
    })?;
    let book = Book { seed: saved.seed, facilities: saved.facilities };
    let state = State::new(book, guesses, options.requests_kept);
    Ok((state, Store::from_kept(saved.idempotency)))
}

fn unusable(path: &Path, error: &std::io::Error) -> SandboxError {
    SandboxError::Data { path: path.to_owned(), reason: error.to_string() }
}

async fn save_now_and_then(bank: Arc<Bank>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(SAVE_EVERY) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = bank.save(Save::ClockToo).await {
            tracing::error!(%error, "the sandbox's data could not be saved; it goes on in memory");
        }
    }
}

/// A sandbox that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    bank: Arc<Bank>,
    watcher: Option<Watcher>,
    stop: CancellationToken,
    tasks: [JoinHandle<()>; 4],
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of its API, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE_PATH}", self.address)
    }

    /// Its clock, for whoever shares it.
    pub fn clock(&self) -> &Clock {
        &self.bank.clock
    }

    /// What answers its requests, for a caller within the process that needs no socket.
    pub fn handler(&self) -> Handler {
        answering(&self.bank, self.watcher.clone())
    }

    /// The handle that does what `/_sandbox` does.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.bank))
    }

    /// Answers what is being answered, saves, and ends.
    pub async fn stop(mut self) {
        self.stop.cancel();
        for task in &mut self.tasks {
            // A task that panicked has ended, which is what is wanted.
            task.await.ok();
        }
        if let Err(error) = self.bank.save(Save::AtTheEnd).await {
            tracing::error!(%error, "the sandbox's data could not be saved at its end");
        }
        self.bank.close().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
