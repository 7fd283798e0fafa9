//! Logs: one line for each event, for machines or for people, on standard error.
//!
//! Only fields of a closed list are written; what a crate of others adds by other names is dropped.
//! Crates of others speak from WARN up unless a filter names them. As a last line of defence, and
//! not instead of care, whatever looks like a secret key or a credential is taken out of every text.
//! This module knows nothing of what the lines are about.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::reload;

use crate::clock::Clock;

mod fields;
mod layer;
mod lines;
mod redact;

pub use fields::FIELDS;
pub use redact::redact;

use layer::Lines;

/// The target of our own lines.
const OURS: &str = env!("CARGO_PKG_NAME");

/// How lines are written.
#[derive(Clone, Debug)]
pub struct Options {
    /// For machines or for people.
    pub format: LogFormat,
    /// Which lines.
    pub filter: Filter,
    /// Whether lines for people are coloured.
    pub colour: Colour,
    /// What tells the time in front of each line.
    pub clock: Clock,
}

/// For machines or for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Pretty,
}

/// Whether lines for people are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With colour.
    On,
    /// Without.
    Off,
}

impl Colour {
    /// Colour if standard error is a terminal and `NO_COLOR` is unset or empty.
    pub fn detect() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if io::stderr().is_terminal() && !unwanted { Self::On } else { Self::Off }
    }
}

/// Which lines are written, such as `info`, `quaymaster=debug` or `info,hyper=debug`.
///
/// A level alone speaks of our own lines; other crates' stay at WARN unless they are named.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Targets);

/// Why a text is no filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it must be off, error, warn, info, debug or trace, or crate=level, with commas between")]
pub struct FilterError;

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut targets = Targets::new().with_default(LevelFilter::WARN);
        for directive in text.split(',').map(str::trim) {
            targets = match directive.split_once('=') {
                Some((target, level)) if is_path(target) => {
                    targets.with_target(target, word(level)?)
                }
                Some(_) => return Err(FilterError),
                None => {
                    let level = word(directive)?;
                    let others = level.min(LevelFilter::WARN);
                    targets.with_default(others).with_target(OURS, level)
                }
            };
        }
        Ok(Self(targets))
    }
}

fn is_path(target: &str) -> bool {
    !target.is_empty()
        && target.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

fn word(level: &str) -> Result<LevelFilter, FilterError> {
    match level {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(FilterError),
    }
}

/// Changes how lines are written while the program runs; clones change the same ones.
#[derive(Clone)]
pub struct Logs {
    filter: reload::Handle<Targets, Registry>,
    clock: Arc<Mutex<Clock>>,
}

/// Logs were started already in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("logs were started already")]
pub struct StartedAlready;

impl Logs {
    /// Starts the process's logs on standard error, and logs panics there too.
    ///
    /// # Errors
    ///
    /// Logs can be started once.
    pub fn start(options: Options) -> Result<Self, StartedAlready> {
        let (logs, subscriber) = Self::to(io::stderr(), options);
        tracing::subscriber::set_global_default(subscriber).map_err(|_| StartedAlready)?;
        std::panic::set_hook(Box::new(log_panic));
        Ok(logs)
    }

    /// Makes logs that go to `out`, for whoever sets the subscriber themselves.
    pub fn to(
        out: impl Write + Send + 'static,
        options: Options,
    ) -> (Self, impl tracing::Subscriber + Send + Sync) {
        let clock = Arc::new(Mutex::new(options.clock));
        let (filter, handle) = reload::Layer::new(options.filter.0);
        let lines = Lines::new(out, options.format, options.colour, Arc::clone(&clock));
        let subscriber = tracing_subscriber::registry().with(filter).with(lines);
        (Self { filter: handle, clock }, subscriber)
    }

    /// Writes other lines from now on.
    pub fn set_filter(&self, filter: Filter) {
        // An error means that the subscriber is gone, and with it every line.
        self.filter.reload(filter.0).ok();
    }

    /// Tells the time by another clock from now on, such as the one shared with a sandbox.
    pub fn tell_time_by(&self, clock: Clock) {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = clock;
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("logs")
    }
}

/// Logs a panic with its place. A message that was put together from values is withheld: it may hold
/// what was being worked on.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let said = info.payload().downcast_ref::<&'static str>();
    let said = said.copied().unwrap_or("its message is withheld, as it may hold a secret");
    let thread = thread.name().unwrap_or("a task's");
    tracing::error!(at = place, reason = said, "a panic in the {thread} thread");
}

#[cfg(test)]
mod tests;
