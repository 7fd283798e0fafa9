//! A command that is run once the files are in place. It is told which key is current by its
//! fingerprint; the key itself it finds in the files, never in its arguments or its environment.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tracing::debug;

use super::{DeliverError, Deliverable, DeliveryTarget, Tried, Trouble, digest};
use crate::metrics::labels::TargetKind;
use crate::settings::model::CommandTarget;

/// Where the command finds other programs: the usual places, whatever the daemon's own `PATH` is.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The most bytes kept of what a command writes to each of its outputs; the rest is read and dropped,
/// so that it does not block.
const OUTPUT_BYTES_MAX: usize = 4096;
/// The longest line that is logged.
const LINE_CHARS_MAX: usize = 200;
/// How long to wait for the rest of the output once the command has ended: something it started may
/// hold the pipe for ever.
const OUTPUT_LINGER: Duration = Duration::from_millis(200);
/// The longest name shown; a longer one ends in a digest of the whole.
const NAME_CHARS_MAX: usize = 100;
/// So many characters of a key in a row are taken for the key.
const KEY_WINDOW: usize = 8;

/// A command to run.
#[derive(Clone, Debug)]
pub struct Hook {
    name: String,
    target: CommandTarget,
}

impl Hook {
    /// Takes the command; nothing is run yet.
    pub fn open(target: &CommandTarget) -> Self {
        let words = target.command.join(" ");
        let seen: String = words.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        let name = if seen.chars().count() > NAME_CHARS_MAX {
            let seen: String = seen.chars().take(NAME_CHARS_MAX).collect();
            format!("command:{seen}#{}", digest::short(&words))
        } else {
            format!("command:{seen}")
        };
        Self { name, target: target.clone() }
    }

    fn error(&self, kind: Trouble, detail: impl Into<String>) -> DeliverError {
        DeliverError { target: self.name.clone(), kind, detail: detail.into() }
    }

    fn spawn(&self, what: &Deliverable) -> Result<Child, DeliverError> {
        let Some((program, arguments)) = self.target.command.split_first() else {
            return Err(self.error(Trouble::Settings, "no program is named"));
        };
        let name = what.current.name.as_ref().map_or("", |name| name.as_str());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", PATH)
            .env("QUAYMASTER_FACILITY", what.facility.as_str())
            .env("QUAYMASTER_KEY_FINGERPRINT", what.current.fingerprint.to_string())
            .env("QUAYMASTER_KEY_NAME", name)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts can be ended with it.
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().map_err(|error| {
            let kind = if error.kind() == io::ErrorKind::PermissionDenied {
                Trouble::Denied
            } else if error.kind() == io::ErrorKind::NotFound {
                Trouble::Settings
            } else {
                Trouble::Unavailable
            };
            self.error(kind, format!("it cannot be started: {error}"))
        })
    }

    async fn run(&self, what: &Deliverable) -> Result<ExitStatus, DeliverError> {
        let mut child = self.spawn(what)?;
        let group = Group::of(&child);
        let outputs = [child.stdout.take().map(keep), child.stderr.take().map(keep)];
        let ended = tokio::time::timeout(self.target.timeout, child.wait()).await;
        let Ok(ended) = ended else {
            // The group is killed, and the command's remains are collected in the background: one that
            // is stuck in the kernel holds nobody up.
            drop(group);
            drop(child);
            let detail =
                format!("it was ended after {:?} without an end of its own", self.target.timeout);
            return Err(self.error(Trouble::Failed, detail));
        };
        group.spare();
        for output in outputs.into_iter().flatten() {
            self.log(&first_line(output).await, what);
        }
        ended
            .map_err(|error| self.error(Trouble::Unavailable, format!("its end was lost: {error}")))
    }

    /// Shows the first line of an output, unless a key is in it.
    fn log(&self, line: &str, what: &Deliverable) {
        if line.is_empty() {
            return;
        }
        let keys = what.previous.iter().chain([&what.current]);
        let leaks = keys.map(|key| key.key.expose()).any(|key| holds_part_of(line, key));
        let line = if leaks { "[a line with a part of the key in it]" } else { line };
        debug!(target = self.name, outcome = line, "the command said");
    }
}

#[async_trait]
impl DeliveryTarget for Hook {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Command
    }

    fn limit(&self) -> Duration {
        self.target.timeout.saturating_add(super::BESIDES)
    }

    fn debounce(&self) -> Duration {
        self.target.debounce
    }

    async fn deliver(&self, what: &Deliverable) -> Result<(), DeliverError> {
        let status = self.run(what).await?;
        if status.success() {
            return Ok(());
        }
        Err(self.error(Trouble::Failed, format!("it ended with {status}; the key is in place")))
    }

    async fn check(&self) -> Vec<Tried> {
        let program = self.target.command.first().map_or("", String::as_str);
        vec![Tried { what: format!("the program {program}"), outcome: executable(program) }]
    }
}

fn executable(program: &str) -> Result<String, String> {
    let path = Path::new(program);
    if !path.is_absolute() {
        return Err("it is not an absolute path, and nothing is looked up".to_owned());
    }
    let seen = path.metadata().map_err(|error| format!("it cannot be found: {error}"))?;
    if !seen.is_file() || seen.permissions().mode() & 0o111 == 0 {
        return Err("it is no program: make it executable (chmod +x)".to_owned());
    }
    Ok("it is there and can be run".to_owned())
}

/// A command and all it started; ended when dropped, as by a time-out or when the daemon stops.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// The command has ended by itself; what it left running was meant to stay.
    fn spare(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let ended = self.0.map(|group| kill_process_group(group, Signal::KILL));
        if let Some(Err(error)) = ended {
            debug!(%error, "the command's processes had ended already");
        }
    }
}

/// Reads an output to its end, keeping only its beginning.
fn keep(mut from: impl AsyncRead + Send + Unpin + 'static) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let (mut kept, mut buffer) = (Vec::new(), [0_u8; 1024]);
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let room = OUTPUT_BYTES_MAX.saturating_sub(kept.len());
            kept.extend(buffer.iter().take(count.min(room)));
        }
        kept
    })
}

async fn first_line(mut output: JoinHandle<Vec<u8>>) -> String {
    let Ok(Ok(kept)) = tokio::time::timeout(OUTPUT_LINGER, &mut output).await else {
        output.abort();
        return String::new();
    };
    let text = String::from_utf8_lossy(&kept);
    let line = text.lines().next().unwrap_or_default().trim();
    line.chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX).collect()
}

/// Whether a line holds so much of a key that it may not be shown.
fn holds_part_of(line: &str, key: &str) -> bool {
    let windows = key.as_bytes().windows(KEY_WINDOW.min(key.len()).max(1));
    windows.into_iter().any(|part| line.as_bytes().windows(part.len()).any(|seen| seen == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_key_is_noticed() {
        assert!(holds_part_of("read ABC_SEC_123456 well", "ABC_SEC_123456"));
        assert!(holds_part_of("tail EC_12345 of it", "ABC_SEC_123456"));
        assert!(!holds_part_of("reloaded 3 workers", "ABC_SEC_123456"));
        assert!(holds_part_of("the key is k1", "k1"));
    }
}
