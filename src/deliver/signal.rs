//! A signal to a process once the files are in place. The process is the one its pid file names, if
//! it is still that one: a number that another process was given since is not signalled.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, kill_process, test_kill_process};

use super::{DeliverError, Deliverable, DeliveryTarget, Tried, Trouble};
use crate::metrics::labels::TargetKind;
use crate::settings::model::SignalTarget;

/// A pid file holds one number; what is longer is another file.
const PID_FILE_BYTES_MAX: u64 = 64;
/// The kernel tells a process's start in hundredths of a second, on every machine we run on.
const TICKS_A_SECOND: u64 = 100;
/// How much later than its pid file a process may seem to have started: both times are rounded, and
/// the machine's clock may have been put right in between.
const START_SLACK_SECONDS: u64 = 120;

/// A process to signal.
#[derive(Clone, Debug)]
pub struct Wake {
    name: String,
    target: SignalTarget,
}

impl Wake {
    /// Takes the process's description; nothing is signalled yet.
    pub fn open(target: &SignalTarget) -> Self {
        let name = format!("signal:{}:{}", target.signal, target.pid_file.display());
        Self { name, target: target.clone() }
    }

    fn error(&self, (kind, detail): (Trouble, String)) -> DeliverError {
        DeliverError { target: self.name.clone(), kind, detail }
    }
}

#[async_trait]
impl DeliveryTarget for Wake {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Signal
    }

    fn debounce(&self) -> Duration {
        self.target.debounce
    }

    async fn deliver(&self, _what: &Deliverable) -> Result<(), DeliverError> {
        // Away from the runtime: whoever opens a pipe in the file's place waits for a writer.
        let target = self.target.clone();
        let sent = tokio::task::spawn_blocking(move || {
            let signal = signal(&target.signal)?;
            let process = process(&target.pid_file)?;
            kill_process(process, signal).map_err(refused)
        });
        let sent = sent.await;
        let cut = || Err((Trouble::Unavailable, "the signal was cut short".to_owned()));
        sent.unwrap_or_else(|_| cut()).map_err(|error| self.error(error))
    }

    async fn check(&self) -> Vec<Tried> {
        let seen = signal(&self.target.signal).and_then(|_| process(&self.target.pid_file));
        let outcome = match seen {
            Ok(process) => Ok(format!("process {} can be signalled", process.as_raw_nonzero())),
            Err((_, detail)) => Err(detail),
        };
        vec![Tried { what: format!("the pid file {}", self.target.pid_file.display()), outcome }]
    }
}

fn signal(name: &str) -> Result<Signal, (Trouble, String)> {
    match name {
        "HUP" => Ok(Signal::HUP),
        "USR1" => Ok(Signal::USR1),
        "USR2" => Ok(Signal::USR2),
        "TERM" => Ok(Signal::TERM),
        "INT" => Ok(Signal::INT),
        _ => Err((Trouble::Settings, "the signal must be HUP, USR1, USR2, TERM or INT".to_owned())),
    }
}

/// The running process a pid file names.
fn process(pid_file: &Path) -> Result<Pid, (Trouble, String)> {
    let later = |detail: String| (Trouble::Unavailable, detail);
    let unread = |error: std::io::Error| later(format!("the pid file cannot be read: {error}"));
    let file = File::open(pid_file).map_err(unread)?;
    let written_at = file.metadata().map_err(unread)?.mtime();
    let mut text = String::new();
    file.take(PID_FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unread)?;
    // Some programs write more lines after the number.
    let number: Option<i32> = text.lines().next().and_then(|line| line.trim().parse().ok());
    let number = number.filter(|_| text.len() as u64 <= PID_FILE_BYTES_MAX);
    let number = number.ok_or_else(|| later("the pid file does not hold a number".to_owned()))?;
    let process = Some(number).filter(|number| *number > 1).and_then(Pid::from_raw);
    let process = process.ok_or_else(|| {
        let detail = "the pid file names process 1 or none: share the pod's process namespace, so \
                      that the application has a number of its own";
        (Trouble::Settings, detail.to_owned())
    })?;
    if process == getpid() {
        return Err((Trouble::Settings, "the pid file names ourselves".to_owned()));
    }
    test_kill_process(process).map_err(refused)?;
    if started_at(process).is_some_and(|at| at > written_at + slack()) {
        let detail = "the pid file is older than the process that has its number now: the process it \
                      meant has ended";
        return Err(later(detail.to_owned()));
    }
    Ok(process)
}

fn refused(errno: Errno) -> (Trouble, String) {
    match errno {
        Errno::SRCH => {
            (Trouble::Unavailable, "no process has the number in the pid file".to_owned())
        }
        Errno::PERM => {
            (Trouble::Denied, "the process belongs to a user we may not signal".to_owned())
        }
        other => (Trouble::Unavailable, format!("the process cannot be signalled: {other}")),
    }
}

/// When a process was started, in seconds since 1970; `None` where the kernel does not tell.
fn started_at(process: Pid) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    // The name, in brackets, may hold anything; the start is the 20th field after it.
    let ticks: u64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
    let boot: u64 = boot.trim().parse().ok()?;
    i64::try_from(boot + ticks / TICKS_A_SECOND).ok()
}

fn slack() -> i64 {
    i64::try_from(START_SLACK_SECONDS).unwrap_or(i64::MAX)
}
