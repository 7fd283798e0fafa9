//! Floor 4. The command line: what a person types, and what they read.
//!
//! It knows how to ask the daemon ([`crate::admin`]) and how to print. It must not know how a key is
//! renewed: whatever changes something is the daemon's to do. Data goes to stdout and talk to stderr;
//! every command ends in a row of [`Exit`].

use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

use clap::FromArgMatches as _;

mod api;
mod args;
mod ask;
mod config;
mod console;
mod docs;
mod exit;
mod explain;
mod facility;
mod failure;
mod healthcheck;
mod key;
mod print;
mod run;
mod server;
mod units;

pub use exit::Exit;

use crate::daemon::harden::harden;
use crate::logs::{Colour, redact};
use args::{Cli, Command};
use ask::Desk;
use console::Console;
use exit::Outcome;
use failure::Failure;

/// Carries out what was typed. `environment` is the process's, which nothing else reads.
pub fn main<A, E>(typed: A, environment: E) -> ExitCode
where
    A: IntoIterator<Item = OsString>,
    E: IntoIterator<Item = (OsString, OsString)>,
{
    let typed: Vec<OsString> = typed.into_iter().collect();
    let plainly = typed.iter().any(|word| word.to_string_lossy().contains(char::is_control));
    let matches = match docs::tree().try_get_matches_from(typed) {
        Ok(matches) => matches,
        Err(told) => return said_by_parser(&told, plainly),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(told) => return said_by_parser(&told, plainly),
    };
    let desk = Desk {
        console: Console::new(cli.no_color.as_deref()),
        log_colour: log_colour(cli.no_color.as_deref(), Colour::detect()),
        format: cli.output,
        config: cli.config,
        environment: environment.into_iter().collect(),
    };
    match carry_out(&desk, &cli.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            // A key typed where a word belongs would be repeated, into the log of a pipeline perhaps.
            console::say(&redact(&format!("error: {failure}")));
            failure.exit.into()
        }
    }
}

/// Reads a line as it would be typed and carries nothing out; for those who test documents.
///
/// # Errors
///
/// What the parser says to it.
pub fn understand<A: IntoIterator<Item = String>>(typed: A) -> Result<(), String> {
    let matches = docs::tree().try_get_matches_from(typed).map_err(|told| told.to_string())?;
    Cli::from_arg_matches(&matches).map(drop).map_err(|told| told.to_string())
}

/// Help and version are answers; anything else the parser says is bad usage. What repeats control
/// characters is said `plainly`, as the parser's own colours cannot be told from them.
fn said_by_parser(told: &clap::Error, plainly: bool) -> ExitCode {
    let plain = told.to_string();
    match redact(&plain) {
        clean if plainly || clean != plain => console::say(clean.trim_end()),
        // Nobody is left to be told that the stream is gone.
        _ => drop(told.print()),
    }
    if told.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// The colour of the lines of a command that stays: none if `--no-color` or its variable says so.
fn log_colour(no_color: Option<&str>, detected: Colour) -> Colour {
    if no_color.is_some_and(|said| !said.is_empty()) { Colour::Off } else { detected }
}

/// Whether a command that ends by itself holds a key meanwhile; `run` sees to itself.
fn reads_a_key(command: &Command) -> bool {
    let installs = matches!(command, Command::Key(key) if matches!(key.what, args::KeyCommand::Install { .. }));
    installs || matches!(command, Command::Config { what: args::Config::Check { live: true, .. } })
}

fn carry_out(desk: &Desk, command: &Command) -> Outcome {
    if reads_a_key(command) {
        // Best effort, before any thread is started; only the daemon can be told to insist on it.
        harden();
    }
    match command {
        Command::Run(asked) => run::run(desk, asked),
        Command::Sandbox(asked) => run::sandbox(desk, asked),
        Command::Status(asked) => asking(facility::status(desk, asked)),
        Command::Config { what } => config::config(desk, what),
        Command::Healthcheck(asked) => asking(healthcheck::healthcheck(desk, asked)),
        Command::Facility(asked) => asking(facility::facility(desk, asked)),
        Command::Key(asked) => asking(key::key(desk, asked)),
        Command::Freeze(asked) => asking(facility::freeze(desk, asked)),
        Command::Api(asked) => asking(api::api(desk, asked)),
        Command::Explain(asked) => explain::explain(desk.console, desk.format, asked),
        Command::Completions { shell } => docs::completions(*shell),
        Command::Man { command } => docs::man(command),
    }
}

/// Runs a command that asks something, until it is answered or interrupted.
fn asking(work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome,
            _ = tokio::signal::ctrl_c() => {
                let failure = Failure::new(Exit::Interrupted, "interrupted");
                Err(failure.try_this("what was sent to the daemon goes on there; to see: quaymaster key history"))
            }
        }
    });
    // A question to a person may still wait on its thread; it ends with the process.
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_holds_for_the_commands_that_stay() {
        assert_eq!(log_colour(Some("1"), Colour::On), Colour::Off);
        for unsaid in [None, Some("")] {
            assert_eq!(log_colour(unsaid, Colour::On), Colour::On);
            assert_eq!(log_colour(unsaid, Colour::Off), Colour::Off);
        }
    }
}
