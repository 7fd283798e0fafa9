//! What can be typed. Parsing only: nothing here acts, and every text here is true of this release.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::units;

mod api;
mod freeze;

pub(super) use api::{Api, Kind, Media};
pub(super) use freeze::{Freeze, FreezeCommand};

/// The heading of options every command has.
const EVERYWHERE: &str = "Options of every command";

/// The heading of options that say how to reach the daemon.
const DAEMON: &str = "Options to reach the daemon";

/// Keeps the secret keys of a Westpac QuickStream facility current.
///
/// The daemon (`quaymaster run`) does the work; the other commands ask it, or explain. Data goes to
/// stdout, talk to stderr.
#[derive(Debug, Parser)]
#[command(name = "quaymaster", version, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// The settings file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "QUAYMASTER_CONFIG",
        hide_env_values = true,
        default_value = "/etc/quaymaster/quaymaster.toml",
        help_heading = EVERYWHERE
    )]
    pub(super) config: PathBuf,

    /// How to print data: table, wide, json, yaml, or name (names only, for the next command)
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        hide_possible_values = true,
        help_heading = EVERYWHERE
    )]
    pub(super) output: Format,

    /// Print without colour; off a terminal there is none anyway
    #[arg(
        long,
        global = true,
        env = "NO_COLOR",
        hide_env_values = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1",
        hide_possible_values = true,
        value_name = "ANYTHING",
        help_heading = EVERYWHERE
    )]
    pub(super) no_color: Option<String>,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Table,
    /// For people with wide screens: everything there is.
    Wide,
    /// For programs; names never change once released.
    Json,
    /// The same as JSON, easier on the eye.
    Yaml,
    /// Names only, one a line, for the next command.
    Name,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the daemon
    Run(Run),
    /// Run a QuickStream of your own to try things against
    ///
    /// The API is under /rest/v1, and described at /openapi.json. /_sandbox is for what only a sandbox
    /// lets one do to a bank: it moves the clock, makes faults and keys, has payers, banks and PayIDs
    /// act, sends webhooks, and gives out and takes in the whole book; in a browser /_sandbox/ is a page
    /// that shows the requests. The guide is docs/sandbox.md, the format of a book docs/sandbox-book.md.
    Sandbox(Sandbox),
    /// Show on one screen how every facility stands and what to do
    Status(Status),
    /// Check and show settings
    Config {
        #[command(subcommand)]
        what: Config,
    },
    /// Ask the daemon's health endpoint; for exec probes
    Healthcheck(Healthcheck),
    /// Facilities: list, show, adopt
    Facility(Facility),
    /// Secret keys: see them, renew them, and get out of every dead end
    Key(Key),
    /// Let activation stand still; keys near their expiry and emergencies go on
    Freeze(Freeze),
    /// Ask the bank for any of its resources by hand
    Api(Api),
    /// Explain a word: a state, an event, a condition, an error, a metric, a status or exit code
    Explain(Explain),
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of a command
    Man {
        /// The command, such as `key install`; quaymaster itself if not given
        command: Vec<String>,
    },
}

/// Runs the daemon.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Deliver a usable key and exit, as an init container or a cron job does
    #[arg(long)]
    pub(super) once: bool,
    /// How long --once waits for a usable key; the exit code is then 124
    #[arg(
        long,
        value_name = "TIME",
        default_value = "2m",
        requires = "once",
        value_parser = units::length
    )]
    pub(super) timeout: Duration,
}

/// Runs a QuickStream of one's own.
#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Where to listen; port 0 lets the system choose, and the first line printed says which
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9480")]
    pub(super) listen: std::net::SocketAddr,
    /// Keep book and clock in this file across restarts; not faults, nor the log of requests
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// The seed of everything that looks random; a data file goes on with its own
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// The book to start from, as JSON: facilities, keys, customers, payments, or a whole dump; its
    /// format is in docs/sandbox-book.md
    #[arg(long, value_name = "FILE")]
    pub(super) seed_file: Option<PathBuf>,
    /// Seconds that pass on the sandbox's clock for each real second; as saved, or 1, if not given
    #[arg(long, value_name = "N", value_parser = units::rate)]
    pub(super) rate: Option<f64>,
    /// When the sandbox's clock starts if there is no data to go on from, such as
    /// 2026-03-01T00:00:00Z; now if not given
    #[arg(long, value_name = "TIME")]
    pub(super) start_at: Option<Timestamp>,
}

/// How to reach the daemon.
#[derive(Debug, Args)]
pub(super) struct Reach {
    /// The daemon: unix:PATH or http://127.0.0.1:PORT; the settings file's admin listener if not
    /// given
    #[arg(
        long,
        global = true,
        value_name = "ADDR",
        env = "QUAYMASTER_SERVER",
        hide_env_values = true,
        help_heading = DAEMON
    )]
    pub(super) server: Option<String>,
    /// A file that holds a token, for a daemon reached over an address or as another user
    #[arg(long, global = true, value_name = "FILE", help_heading = DAEMON)]
    pub(super) token_file: Option<PathBuf>,
    /// How long to wait for the answer, such as 90s or 5m
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        default_value = "5m",
        value_parser = units::length,
        help_heading = DAEMON
    )]
    pub(super) timeout: Duration,
}

/// Shows how things stand.
#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    pub(super) reach: Reach,
}

/// Checks and shows settings.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Tell every mistake at once, by name and never by value
    Check {
        /// Also try every address, directory, permission and secret's shape, changing nothing
        #[arg(long)]
        live: bool,
    },
    /// Show the settings in force, and where each comes from
    Show,
    /// Show every setting there is, with its default
    Schema,
}

/// Asks the daemon's health endpoint.
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// What to ask
    #[arg(value_enum, default_value_t)]
    pub(super) probe: Probe,
    /// The ops listener, as http://ADDRESS:PORT; the settings file's if not given
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// How long to wait for the answer
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = units::length)]
    pub(super) timeout: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Probe {
    /// Is it alive?
    #[default]
    Livez,
    /// Was a key delivered since it started?
    Readyz,
    /// Has it started?
    Startupz,
}

/// Facilities.
#[derive(Debug, Args)]
pub(super) struct Facility {
    #[command(flatten)]
    pub(super) reach: Reach,
    #[command(subcommand)]
    pub(super) what: FacilityCommand,
}

/// What can be done with facilities.
#[derive(Debug, Subcommand)]
pub(super) enum FacilityCommand {
    /// List the facilities and how they stand
    List,
    /// Show everything about one facility
    Show {
        /// The facility; the only one if not given
        name: Option<String>,
    },
    /// Let quaymaster write where it only watched until now
    Adopt {
        /// The facility; the only one if not given
        name: Option<String>,
        #[command(flatten)]
        change: Change,
    },
}

/// Secret keys.
#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(flatten)]
    pub(super) reach: Reach,
    /// The facility; the only one if not given
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) facility: Option<String>,
    #[command(subcommand)]
    pub(super) what: KeyCommand,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// List the keys of every facility
    List,
    /// Show a facility's keys, what is waited for, and how renewal goes
    Status,
    /// Look at stores and bank now, past any back-off
    Renew {
        /// End a rollback's pin before its time
        #[arg(long)]
        end_pin: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Prove and promote a key made in the portal
    #[command(group = clap::ArgGroup::new("source").required(true))]
    Install {
        /// The file that holds the key, as the portal showed it
        #[arg(long, value_name = "FILE", group = "source")]
        from_file: Option<PathBuf>,
        /// The open file descriptor to read the key from; 0 is stdin
        #[arg(long, value_name = "N", group = "source")]
        from_fd: Option<u32>,
        #[command(flatten)]
        change: Change,
    },
    /// Use a key that is held, or that expires earlier than the present one
    Accept {
        #[command(flatten)]
        change: Change,
    },
    /// Exercise the path that is used once in two years
    Rehearse {
        #[command(flatten)]
        change: Change,
    },
    /// Go back to the previous key and stay there until the pin ends
    Rollback {
        #[command(flatten)]
        until: Until,
        #[command(flatten)]
        change: Change,
    },
    /// The leaked-key emergency: walk through the order that works
    Compromise {
        /// The leaked key's fingerprint, as `key list` shows it; the current key if not given
        #[arg(long, value_name = "FINGERPRINT")]
        key: Option<String>,
        /// The key leaked before and was deleted in the portal: close its leak
        #[arg(long, requires = "key")]
        deleted: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Show what happened to a facility's keys, newest first
    History {
        /// How many entries
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
}

/// Options of everything that changes something.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// Only say what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run: exit with 2 if something would be changed
    #[arg(long, requires = "dry_run")]
    pub(super) detailed_exitcode: bool,
    /// Do not ask whether to go on
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Why; kept in the history
    #[arg(long, value_name = "TEXT", value_parser = units::reason)]
    pub(super) reason: Option<String>,
}

/// When something ends.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub(super) struct Until {
    /// When it ends, such as 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<Timestamp>,
    /// How long it lasts by the daemon's clock, such as 36h or 3d
    #[arg(long = "for", value_name = "LENGTH", value_parser = units::length)]
    pub(super) length: Option<Duration>,
}

/// Explains a word.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The word; all of them, by kind, if not given
    pub(super) word: Option<String>,
}
