//! The person at the other end: data to stdout, talk to stderr, questions only where someone can
//! answer them.

use std::borrow::Cow;
use std::future::Future;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::Instant;

use super::exit::Exit;
use super::failure::Failure;
use crate::domain::condition::Urgency;

/// How long something may take before a person is told that it goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line that says so is redrawn.
const REDRAW: Duration = Duration::from_millis(250);

/// Where to print and whether anyone looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    colour: bool,
}

/// Whether a person has agreed beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// `--yes` was typed.
    Given,
    /// Ask.
    Asked,
}

impl Console {
    /// Colour only on a terminal, and only if nobody said otherwise.
    pub(super) fn new(no_color: Option<&str>) -> Self {
        let wanted = no_color.is_none_or(str::is_empty);
        Self { colour: wanted && io::stdout().is_terminal() }
    }

    /// A word in the colour of its urgency, where there is colour.
    pub(super) fn urgent(self, word: &str, urgency: &str) -> String {
        let colour = match urgency {
            _ if !self.colour => return word.to_owned(),
            word if word == Urgency::Fine.label() => "32",
            word if word == Urgency::Passing.label() => "33",
            _ => "1;31",
        };
        format!("\u{1b}[{colour}m{word}\u{1b}[0m")
    }

    /// Goes on only if the person agrees. The answer is read on a thread of its own, so that an
    /// interrupt is noticed meanwhile.
    pub(super) async fn confirm(self, question: &str, consent: Consent) -> Result<(), Failure> {
        if consent == Consent::Given {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            let what = format!("{question} Nobody can be asked, as stdin is no terminal");
            return Err(Failure::usage(format!("{what}; nothing was done"))
                .try_this("to go on without being asked, add: --yes")
                .try_this("to see what would be done, add: --dry-run"));
        }
        let mut err = io::stderr().lock();
        write!(err, "{question} Type yes to go on: ").and_then(|()| err.flush()).ok();
        drop(err);
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).ok();
            answer
        });
        if answer.await.is_ok_and(|answer| answer.trim() == "yes") {
            Ok(())
        } else {
            Err(Failure::usage("not agreed to; nothing was done"))
        }
    }

    /// Waits, and from the first second on says on a terminal that it does.
    pub(super) async fn waiting<T>(self, what: &str, work: impl Future<Output = T>) -> T {
        if !io::stderr().is_terminal() {
            return work.await;
        }
        let started = Instant::now();
        let mut tick = tokio::time::interval_at(started + PATIENCE, REDRAW);
        let mut work = std::pin::pin!(work);
        let mut drawn = false;
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = tick.tick() => {
                    let line = format!("\r{what} ... {} s", started.elapsed().as_secs());
                    io::stderr().lock().write_all(line.as_bytes()).ok();
                    drawn = true;
                }
            }
        };
        if drawn {
            io::stderr().lock().write_all(b"\r\x1b[K").ok();
        }
        done
    }
}

/// Prints data. A reader that went away, as `head` does, is no error.
pub(super) fn data(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes()));
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("stdout cannot be written: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says something to the person.
pub(super) fn say(text: &str) {
    // Nobody is left to be told that stderr is gone.
    writeln!(io::stderr().lock(), "{}", visible(text)).ok();
}

/// A text with the control characters in it spelt out: what was typed, or found in a file, is repeated
/// to the person and must not steer the terminal.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let spelt = |c: char| if steers(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(spelt).collect())
}
