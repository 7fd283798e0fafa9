//! The checked settings, as the program uses them. Every value in here has been checked against its
//! bounds; secrets are only ever references to files.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::names::{CommunityCode, Environment, FacilityName, StoreName};
use crate::domain::product::Product;

pub use crate::logs::LogFormat;

/// Everything the daemon was told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether this process writes keys or only hands them on.
    pub role: Role,
    /// Where it listens.
    pub listen: Listen,
    /// Where the book is kept.
    pub store: Book,
    /// The facilities, by name.
    pub facilities: Vec<Facility>,
    /// When keys may be activated.
    pub calendar: Calendar,
    /// How logs are written.
    pub log: Log,
    /// Who may use the admin listener.
    pub access: Access,
    /// The sandbox to run inside the daemon, for the first command of the README.
    pub sandbox: Option<EmbeddedSandbox>,
    /// Refuse to start when the process cannot be hardened (no core dumps, not traceable).
    pub require_hardening: bool,
}

/// Whether a process writes keys or only hands them on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Renews, writes and delivers.
    Renewer,
    /// Reads the authority and delivers.
    Reader,
}

impl Role {
    /// The word in settings and replies.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Renewer => "renewer",
            Self::Reader => "reader",
        }
    }
}

/// Where the daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Metrics and health; no secrets, no login. `None` turns it off.
    pub ops: Option<SocketAddr>,
    /// The admin API.
    pub admin: Vec<AdminListen>,
}

/// One place the admin API listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminListen {
    /// A unix socket; peers of our own user (and root) are let in.
    Unix(PathBuf),
    /// An address; callers need a named token.
    Tcp(SocketAddr),
}

/// Where the book (journal and history; never a key) is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Book {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// In memory only: nothing is remembered across restarts.
    Memory,
}

/// One facility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facility {
    /// Its name in the settings.
    pub name: FacilityName,
    /// Where it lives.
    pub environment: Environment,
    /// Which of the vendor's products it belongs to; the renewal is the same for all.
    pub product: Product,
    /// Where the API is: the environment's address, or the override.
    pub base_url: BaseUrl,
    /// The code `GET /` must answer; `None` takes the first proven key's and keeps it.
    pub expected_community_code: Option<CommunityCode>,
    /// Simultaneous requests to this facility, 1 to 10.
    pub simultaneous: usize,
    /// Overrides the proxy; `None` uses none, whatever the environment says.
    pub proxy: Option<String>,
    /// The file of its publishable key, which never expires and is not ours to keep.
    pub publishable_key: Option<PathBuf>,
    /// Its secret key.
    pub secret_key: SecretKey,
}

/// Where a facility's API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseUrl {
    /// An address, without a slash at the end.
    Address(String),
    /// That of the sandbox inside this daemon, which is known once it listens.
    EmbeddedSandbox,
}

impl BaseUrl {
    /// The address as text, without a slash at the end; `sandbox` is where the embedded sandbox
    /// listens. `None` if that is needed and not given.
    pub fn resolve(&self, sandbox: Option<SocketAddr>) -> Option<String> {
        match self {
            Self::Address(address) => Some(address.clone()),
            Self::EmbeddedSandbox => sandbox.map(|at| format!("http://{at}/rest/v1")),
        }
    }
}

/// How a facility's secret key is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey {
    /// The first key, used when no store holds one yet.
    pub bootstrap: Option<PathBuf>,
    /// What to do with a new key seen while the present one is far from its expiry.
    pub unscheduled: Unscheduled,
    /// The stores, the authority first; at least one.
    pub stores: Vec<Store>,
    /// Who is given the key.
    pub deliver: Vec<Target>,
}

/// What to do with an unscheduled key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unscheduled {
    /// Use it.
    Adopt,
    /// Wait for `key accept`.
    Hold,
}

/// One secret store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// AWS Secrets Manager.
    Aws(AwsStore),
    /// An encrypted file.
    File(FileStore),
}

impl Store {
    /// The store beside this one in which a rehearsal moves the present key: the same place with
    /// `-rehearsal` at its end. `None` if no such name can be made.
    pub fn rehearsal(&self) -> Option<Store> {
        let name = StoreName::new(format!("{}-rehearsal", self.name())).ok()?;
        Some(match self {
            Self::Aws(store) => {
                let secret_id = format!("{}-rehearsal", store.secret_id);
                Self::Aws(AwsStore { name, secret_id, create: true, ..store.clone() })
            }
            Self::File(store) => {
                let mut path = store.path.clone().into_os_string();
                path.push("-rehearsal");
                Self::File(FileStore { name, path: path.into(), ..store.clone() })
            }
        })
    }

    /// The store's name: its kind and place.
    pub fn name(&self) -> &StoreName {
        match self {
            Self::Aws(store) => &store.name,
            Self::File(store) => &store.name,
        }
    }
}

/// A secret in AWS Secrets Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsStore {
    /// `aws-secrets-manager:SECRET_ID`.
    pub name: StoreName,
    /// The secret's name or ARN.
    pub secret_id: String,
    /// The region; the default chain's if not set.
    pub region: Option<String>,
    /// The field of a JSON secret that holds the key; a plain string if not set.
    pub field: Option<String>,
    /// Another endpoint than AWS's own.
    pub endpoint_url: Option<String>,
    /// Create the secret if it does not exist.
    pub create: bool,
    /// The KMS key of a secret we create.
    pub kms_key_id: Option<String>,
    /// The tags of a secret we create.
    pub tags: Vec<(String, String)>,
}

/// An encrypted file of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStore {
    /// `file:PATH`.
    pub name: StoreName,
    /// The directory that holds it.
    pub path: PathBuf,
    /// The file with the 32-byte key that opens it.
    pub identity: PathBuf,
    /// Make the identity if it does not exist; allowed for sandbox facilities only.
    pub create_identity: bool,
}

/// Who is given the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Files in a directory, swapped atomically.
    Files(FilesTarget),
    /// A command to run after the files are in place.
    Command(CommandTarget),
    /// A signal to a process after the files are in place.
    Signal(SignalTarget),
    /// An HTTP request that says that the key changed, without the key.
    Webhook(WebhookTarget),
}

/// Files in a directory, swapped atomically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesTarget {
    /// The directory; `current`, `previous` and `metadata.json` appear in it.
    pub directory: PathBuf,
    /// The files' mode.
    pub mode: u32,
    /// The files' group, by number.
    pub group: Option<u32>,
}

/// A command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandTarget {
    /// Program and arguments; no shell.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// The shortest time between two runs.
    pub debounce: Duration,
}

/// A signal to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalTarget {
    /// HUP, USR1, USR2, TERM or INT.
    pub signal: String,
    /// The file with the process's number.
    pub pid_file: PathBuf,
    /// The shortest time between two signals.
    pub debounce: Duration,
}

/// An HTTP request to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTarget {
    /// Where to.
    pub url: String,
    /// A file with the secret that signs the body (HMAC-SHA-256).
    pub signing_secret: Option<PathBuf>,
    /// How long it may take.
    pub timeout: Duration,
    /// The shortest time between two requests.
    pub debounce: Duration,
}

/// When keys may be activated. Fetching, staging and proving go on at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The time zone of windows and freezes.
    pub time_zone: String,
    /// Windows in which a key may be activated; none means always.
    pub activation: Vec<Window>,
    /// Times in which none may.
    pub freeze: Vec<Freeze>,
}

/// A window that opens again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it opens, as five cron fields.
    pub cron: String,
    /// How long it stays open.
    pub duration: Duration,
}

/// A stretch of days in which nothing is activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The first day.
    pub from: Date,
    /// The last day, which is frozen too.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// How logs are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// For machines or for people.
    pub format: LogFormat,
    /// The text of a [`crate::logs::Filter`], such as `info` or `quaymaster=debug`; checked.
    pub level: String,
}

/// Who may use the admin listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The file with the named tokens' hashes; needed for a TCP admin listener.
    pub tokens: Option<PathBuf>,
}

/// The sandbox to run inside the daemon.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddedSandbox {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it keeps its book and its clock across restarts; nowhere if not set.
    pub data: Option<PathBuf>,
    /// A file of seed data.
    pub seed_file: Option<PathBuf>,
    /// The seed of everything that looks random.
    pub seed: u64,
    /// Seconds that pass on the shared clock for each real second.
    pub rate: f64,
    /// The time at which the shared clock starts when there is no data to go on from.
    pub start_at: Option<Timestamp>,
}
