//! One process to a book. Each keeps the whole of a facility's ledger in memory and writes it back
//! whole, so two on one book would erase what people ordered of each other: an adoption, a pin, a leak.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use thiserror::Error;

use crate::settings::model;

/// How long the process before this one is given to end, in real time.
const WAITS: Duration = Duration::from_secs(5);

/// How often it is looked whether it has ended.
const LOOKS: Duration = Duration::from_millis(20);

/// A book that is this process's as long as this lives. It ends with the process, however that ends.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Another process writes the book.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("another quaymaster writes the book {path}")]
pub struct Taken {
    /// The book.
    pub path: PathBuf,
}

/// Takes the book for this process, waiting a few seconds for another to end. `None` where nothing can
/// be taken: the book is in memory, or its directory refuses us, of which opening the book tells.
///
/// # Errors
///
/// Another process has it.
pub async fn claim(place: &model::Book) -> Result<Option<Claim>, Taken> {
    let model::Book::Sqlite(path) = place else { return Ok(None) };
    let Some(lock) = open_beside(path) else { return Ok(None) };
    let looks = WAITS.as_millis() / LOOKS.as_millis();
    for _ in 0..looks {
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(Claim { _lock: lock })),
            Err(Errno::WOULDBLOCK) => tokio::time::sleep(LOOKS).await,
            // A file system without locks.
            Err(_) => return Ok(None),
        }
    }
    Err(Taken { path: path.clone() })
}

/// The file beside the book that is locked. The book itself may be put aside while it is held.
fn open_beside(path: &Path) -> Option<File> {
    if let Some(parent) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent).ok()?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true).mode(0o600);
    options.open(name).ok()
}
