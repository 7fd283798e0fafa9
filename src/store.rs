//! The book: what was done and what is remembered, in SQLite. It never holds a key's text.
//!
//! The book serves the renewal, not the other way round: if it is damaged it is put aside, if it
//! cannot be used nothing is remembered across restarts, and in both cases keys are handed on and the
//! loss is said loudly. What people ordered is lost with it: outside production keys are still kept
//! current, and a facility in production is watched only until a person adopts it again. One thread
//! owns the one connection; everything else asks it.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use thiserror::Error;
use tokio::sync::oneshot;

use crate::domain::history::{Entry, ManualFreeze};
use crate::domain::ledger::Ledger;
use crate::domain::names::FacilityName;
use crate::key::Salt;

mod claim;
mod rows;
mod sqlite;

#[cfg(test)]
mod tests;

pub use claim::{Claim, Taken, claim};
pub use rows::Line;
pub use sqlite::{OpenError, open};

/// The most lines of history given at once.
pub const HISTORY_LINES_MAX: usize = 1_000;

/// How long an answer of the book is waited for: a lock that another process holds, and a slow disk's
/// flush. A disk that hangs must not take the keys with it.
pub const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// A handle on the book; clones share it.
#[derive(Clone)]
pub struct Book {
    jobs: mpsc::Sender<Job>,
    salt: Salt,
    home: Option<Home>,
}

/// What a caller wants done with the connection.
type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// How far the book can be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usability {
    /// It remembers.
    Usable,
    /// It was damaged and put aside; a new one was begun.
    PutAside {
        /// Where the old one is now.
        to: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// Nothing is remembered across restarts.
    MemoryOnly {
        /// What was wrong.
        why: String,
    },
}

/// A write or a read that did not happen. The text is for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the book could not be used: {0}")]
pub struct BookError(pub(crate) String);

impl Book {
    fn new(jobs: mpsc::Sender<Job>, salt: Salt) -> Self {
        Self { jobs, salt, home: None }
    }

    /// The same book, which is of use only while its file is where it was opened.
    fn at(self, home: Option<Home>) -> Self {
        Self { home, ..self }
    }

    /// Whether what is written is there after a restart: the book is in a file.
    pub fn is_kept(&self) -> bool {
        self.home.is_some()
    }

    /// The salt under which this install fingerprints keys.
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// Everything remembered of a facility; an empty ledger if it was never met.
    ///
    /// # Errors
    ///
    /// The book could not be read, or holds a word this release does not know.
    pub async fn load(&self, facility: &FacilityName) -> Result<Ledger, BookError> {
        let facility = facility.clone();
        self.ask(move |connection| rows::load(connection, &facility)).await
    }

    /// Stores a facility's ledger and the history of how it came about, in one transaction.
    ///
    /// # Errors
    ///
    /// Nothing was stored.
    pub async fn save(
        &self,
        facility: &FacilityName,
        ledger: &Ledger,
        history: &[Entry],
    ) -> Result<(), BookError> {
        let (facility, ledger, history) = (facility.clone(), ledger.clone(), history.to_vec());
        self.change(move |transaction| rows::save(transaction, &facility, &ledger, &history)).await
    }

    /// The last `lines` lines of a facility's history, the newest first.
    ///
    /// # Errors
    ///
    /// The book could not be read.
    pub async fn history(
        &self,
        facility: &FacilityName,
        lines: usize,
    ) -> Result<Vec<Line>, BookError> {
        let (facility, lines) = (facility.clone(), lines.min(HISTORY_LINES_MAX));
        self.ask(move |connection| rows::history(connection, &facility, lines)).await
    }

    /// The freeze a person put on, if one is on; whether it still holds is for the caller's clock.
    ///
    /// # Errors
    ///
    /// The book could not be read.
    pub async fn freeze(&self) -> Result<Option<ManualFreeze>, BookError> {
        self.ask(|connection| rows::freeze(connection)).await
    }

    /// Puts a freeze on, or lifts it, and adds lines to the histories of facilities in the same breath.
    ///
    /// # Errors
    ///
    /// Nothing was changed.
    pub async fn set_freeze(
        &self,
        freeze: Option<ManualFreeze>,
        history: Vec<(FacilityName, Entry)>,
    ) -> Result<(), BookError> {
        self.change(move |transaction| rows::set_freeze(transaction, freeze.as_ref(), &history))
            .await
    }

    async fn change<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, BookError> + Send + 'static,
    ) -> Result<T, BookError> {
        self.ask(move |connection| {
            let transaction = connection
                .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
                .map_err(|error| BookError::from(&error))?;
            let value = job(&transaction)?;
            transaction.commit().map_err(|error| BookError::from(&error))?;
            Ok(value)
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, BookError> + Send + 'static,
    ) -> Result<T, BookError> {
        let (reply, answer) = oneshot::channel();
        let home = self.home.clone();
        let job: Job = Box::new(move |connection| {
            // A caller that has gone away needs no answer, and asks again for what it still wants.
            if !reply.is_closed() {
                let here = home.map_or(Ok(()), |home| home.stands());
                drop(reply.send(here.and_then(|()| job(connection))));
            }
        });
        let gone = || BookError("its thread has ended".to_owned());
        self.jobs.send(job).map_err(|_| gone())?;
        let late = |_| BookError(format!("it gave no answer within {ANSWERS_WITHIN:?}"));
        tokio::time::timeout(ANSWERS_WITHIN, answer).await.map_err(late)?.map_err(|_| gone())?
    }
}

/// The file a book was opened in. One that is deleted is still written to, and all of it lost.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Home {
    path: PathBuf,
    identity: (u64, u64),
}

impl Home {
    fn of(path: &Path) -> Option<Self> {
        Some(Self { path: path.to_owned(), identity: identity(path)? })
    }

    fn stands(&self) -> Result<(), BookError> {
        if identity(&self.path) == Some(self.identity) {
            return Ok(());
        }
        let path = self.path.display();
        Err(BookError(format!("{path} was deleted or replaced; a restart begins a new one")))
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Book")
    }
}

impl From<&rusqlite::Error> for BookError {
    fn from(error: &rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}
