//! `--data FILE`: the book and the clock on disk, so that a restart goes on where it was.
//!
//! One JSON file, written beside and renamed over, with an fsync before and after. A file that cannot
//! be read as ours is left exactly as it is. Faults and the request log are not kept. A small book is
//! on disk before any reply is sent; one of many thousand records is written now and then and at the
//! end, so that a crash, and nothing else, loses up to a minute of play.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SandboxError;
use super::book::{Book, Facility};
use super::idempotency::Kept;
use super::seed;

/// The format's number; another one is refused.
const FORMAT: u32 = 2;

/// Only the owner reads it: the keys in it are for play, and still keys.
const FILE_MODE: u32 = 0o600;

/// A whole book: what is on disk, and what a dump is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved<F = Vec<Facility>> {
    pub(super) format: u32,
    pub(super) clock: SavedClock,
    /// The seed of everything that looks random.
    pub(super) seed: u64,
    pub(super) guesses: Map<String, Value>,
    pub(super) facilities: F,
    pub(super) idempotency: Vec<Kept>,
}

/// The clock when it was saved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedClock {
    pub(super) now: Timestamp,
    pub(super) rate: f64,
}

impl<'a> Saved<&'a [Facility]> {
    pub(super) fn of(
        clock: SavedClock,
        book: &'a Book,
        guesses: Map<String, Value>,
        idempotency: Vec<Kept>,
    ) -> Self {
        let facilities = book.facilities.as_slice();
        Self { format: FORMAT, clock, seed: book.seed, guesses, facilities, idempotency }
    }

    /// Writes it, the same book always in the same bytes.
    pub(super) fn write(&self, to: &mut impl Write, layout: Layout) -> io::Result<()> {
        match layout {
            Layout::ForPeople => serde_json::to_writer_pretty(&mut *to, self),
            Layout::Compact => serde_json::to_writer(&mut *to, self),
        }
        .map_err(io::Error::other)?;
        to.write_all(b"\n")
    }
}

impl Saved {
    /// Reads what [`Saved::write`] wrote.
    ///
    /// # Errors
    ///
    /// It is of another format, or not what the format has, with the line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let saved: Self = serde_json::from_str(text)
            .map_err(|error| format!("line {} is not what a sandbox wrote", error.line()))?;
        if saved.format == FORMAT {
            Ok(saved)
        } else {
            Err(format!("it has format {}, and this program writes {FORMAT}", saved.format))
        }
    }
}

/// A data file that is ours while this lives.
#[derive(Debug)]
pub(super) struct DataFile {
    path: PathBuf,
    _lock: File,
}

impl DataFile {
    /// Takes the file for this process.
    ///
    /// # Errors
    ///
    /// Another sandbox has it, or its directory refuses us.
    pub(super) fn open(path: &Path) -> Result<Self, SandboxError> {
        let unusable = |error: io::Error| SandboxError::Data {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        // Whoever names the same file by another link is to meet the same lock.
        let path = &real(path);
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(FILE_MODE);
        let lock = options.open(beside(path, "lock")).map_err(unusable)?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            if error == rustix::io::Errno::WOULDBLOCK {
                let reason = "another sandbox is using it".to_owned();
                SandboxError::Data { path: path.to_owned(), reason }
            } else {
                unusable(error.into())
            }
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// What was saved; `None` if nothing was.
    ///
    /// # Errors
    ///
    /// The file is not ours, cut short or of another format; it is left as it is.
    pub(super) fn read(&self) -> Result<Option<Saved>, SandboxError> {
        let wrong = |reason: &str| SandboxError::Data {
            path: self.path.clone(),
            reason: format!("{reason}; it was left as it is. Move it away to start anew"),
        };
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(&error.to_string())),
        };
        let saved = Saved::parse(&text).map_err(|reason| wrong(&reason))?;
        seed::check_data(&text).map_err(|reason| wrong(&reason))?;
        Ok(Some(saved))
    }

    /// Begins to replace what was saved, which stays until [`Self::finish`].
    pub(super) fn begin(
        &self,
        saved: &Saved<&[Facility]>,
        layout: Layout,
    ) -> io::Result<Unfinished> {
        let mut options = File::options();
        options.create(true).truncate(true).write(true).mode(FILE_MODE);
        let mut file = BufWriter::new(options.open(beside(&self.path, "new"))?);
        saved.write(&mut file, layout)?;
        Ok(Unfinished(file))
    }

    /// Replaces what was saved, whole or not at all.
    pub(super) fn finish(&self, new: Unfinished) -> io::Result<()> {
        new.0.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(beside(&self.path, "new"), &self.path)?;
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// How the file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// With lines and indents.
    ForPeople,
    /// In one line.
    Compact,
}

/// A file that is written and does not count yet.
#[derive(Debug)]
pub(super) struct Unfinished(BufWriter<File>);

/// The most links that are followed, as by the system.
const LINKS_MAX: usize = 40;

/// The file that a path leads to, which need not be there yet; the path itself if it leads nowhere.
fn real(path: &Path) -> PathBuf {
    let mut real = path.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(target) = std::fs::read_link(&real) else { break };
        real = real.parent().unwrap_or(Path::new("")).join(target);
    }
    let directory = real.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new(".")).canonicalize();
    directory.ok().zip(real.file_name()).map_or(real.clone(), |(at, name)| at.join(name))
}

/// The path with another ending after its own.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
