//! Opening the book's file: checked, migrated, and put aside when it is damaged.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use aws_lc_rs::rand;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use thiserror::Error;

use super::{Book, Home, Job, Usability};
use crate::key::Salt;
use crate::settings::model;

/// Every migration, oldest first; a file's `user_version` counts those it has.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001.sql")];

/// The oldest SQLite without the defect that can corrupt a write-ahead log when it is reset.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// How long a lock held by another process is waited for, in milliseconds.
const BUSY_MS: u64 = 5_000;

/// Why a file could not be opened as a book.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file is damaged or is no book.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A later release wrote it.
    #[error("a later release of quaymaster wrote it (version {0})")]
    TooNew(i64),
    /// It cannot be reached or written.
    #[error("it cannot be written: {0}")]
    Unwritable(String),
}

/// Opens the book, always with success: a damaged file is put aside for a new one, and where none can
/// be used the book is kept in memory.
pub fn open(place: &model::Book, now: Timestamp) -> (Book, Usability) {
    let (connection, usability) = match place {
        model::Book::Memory => {
            let why = "the settings say memory:".to_owned();
            (None, Usability::MemoryOnly { why })
        }
        model::Book::Sqlite(path) => open_file(path, now),
    };
    match connection.map_or_else(in_memory, Ok).and_then(serve) {
        Ok(book) => {
            let home = match (place, &usability) {
                (model::Book::Sqlite(path), Usability::Usable | Usability::PutAside { .. }) => {
                    Home::of(path)
                }
                _ => None,
            };
            (book.at(home), usability)
        }
        // Memory could not be had either; an endless supply of errors is still an answer.
        Err(error) => (deaf(), Usability::MemoryOnly { why: error.to_string() }),
    }
}

fn open_file(path: &Path, now: Timestamp) -> (Option<Connection>, Usability) {
    match connect(path) {
        Ok(connection) => (Some(connection), Usability::Usable),
        Err(OpenError::Damaged(why)) => match put_aside(path, now) {
            Ok(to) => match connect(path) {
                Ok(connection) => (Some(connection), Usability::PutAside { to, why }),
                Err(error) => (None, Usability::MemoryOnly { why: error.to_string() }),
            },
            Err(error) => (None, Usability::MemoryOnly { why: format!("{why}; {error}") }),
        },
        Err(error) => (None, Usability::MemoryOnly { why: error.to_string() }),
    }
}

fn connect(path: &Path) -> Result<Connection, OpenError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| unwritable(&error))?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|e| classify(&e))?;
    prepare(&mut connection)?;
    Ok(connection)
}

fn in_memory() -> Result<Connection, OpenError> {
    let mut connection = Connection::open_in_memory().map_err(|error| classify(&error))?;
    prepare(&mut connection)?;
    Ok(connection)
}

/// Sets what durability needs, checks the file, and brings its schema up to date.
fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::Unwritable(format!("SQLite {} is too old", rusqlite::version())));
    }
    let set = |connection: &Connection| -> rusqlite::Result<String> {
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    let checked = set(connection).map_err(|error| classify(&error))?;
    if checked != "ok" {
        return Err(OpenError::Damaged(checked));
    }
    migrate(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|error| classify(&error))?;
    let known = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..));
    let Some(missing) = known else {
        return Err(OpenError::TooNew(version));
    };
    for (done, sql) in (version + 1..).zip(missing) {
        let apply = |connection: &mut Connection| -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", done)?;
            transaction.commit()
        };
        apply(connection).map_err(|error| classify(&error))?;
    }
    Ok(())
}

/// Starts the thread that owns the connection.
fn serve(mut connection: Connection) -> Result<Book, OpenError> {
    let salt = salt(&connection).map_err(|error| classify(&error))?;
    let (jobs, queue) = mpsc::channel::<Job>();
    let thread = std::thread::Builder::new().name("book".to_owned());
    thread
        .spawn(move || {
            for job in queue {
                job(&mut connection);
            }
        })
        .map_err(|error| unwritable(&error))?;
    Ok(Book::new(jobs, Salt::new(&salt)))
}

/// The install's salt, made once.
fn salt(connection: &Connection) -> rusqlite::Result<[u8; 32]> {
    let stored = connection
        .query_row("SELECT value FROM meta WHERE name = 'salt'", [], |row| row.get(0))
        .optional()?;
    if let Some(salt) = stored {
        return Ok(salt);
    }
    let mut salt = [0_u8; 32];
    rand::fill(&mut salt).map_err(|_| rusqlite::Error::InvalidQuery)?;
    connection.execute("INSERT INTO meta (name, value) VALUES ('salt', ?1)", params![salt])?;
    Ok(salt)
}

/// A book whose thread has ended before it began.
fn deaf() -> Book {
    Book::new(mpsc::channel().0, Salt::new(&[0; 32]))
}

/// Moves a damaged file, with its log, out of the way; nothing is deleted.
fn put_aside(path: &Path, now: Timestamp) -> std::io::Result<PathBuf> {
    let aside = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".put-aside-{}", now.as_second()));
        PathBuf::from(name)
    };
    let to = aside(path);
    std::fs::rename(path, &to)?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        let beside = PathBuf::from(beside);
        if beside.exists() {
            std::fs::rename(&beside, aside(&beside))?;
        }
    }
    Ok(to)
}

fn classify(error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(
            rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::PermissionDenied
            | rusqlite::ErrorCode::ReadOnly
            | rusqlite::ErrorCode::DiskFull
            | rusqlite::ErrorCode::DatabaseBusy
            | rusqlite::ErrorCode::SystemIoFailure,
        ) => OpenError::Unwritable(error.to_string()),
        _ => OpenError::Damaged(error.to_string()),
    }
}

fn unwritable(error: &std::io::Error) -> OpenError {
    OpenError::Unwritable(error.to_string())
}
