//! Settings: what the program was told, checked whole before anything is bound.
//!
//! Three layers are laid over one another: the TOML file, then environment variables
//! (`QUAYMASTER_LISTEN__OPS` is `listen.ops`), then flags. What comes of it is read along one table of
//! declarations ([`SETTINGS`]), and becomes [`Settings`] or a list of every mistake there is.
//!
//! [`model`] is what the program uses; every other floor takes its part of it as an argument and
//! reads no file, variable or flag of its own. A secret is only ever a reference to a file, which is
//! not opened here; no message ever holds a value.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

mod build;
mod change;
mod declared;
mod example;
mod files;
mod mistake;
pub mod model;
mod overlay;
mod paths;
mod places;
mod reading;
mod schema;
mod shape;
mod show;
mod toml;
mod units;
mod value;
mod watch;
mod written;

pub use change::{Change, diff, take};
pub use declared::{Apply, Kind, Off, Preset, SETTINGS, Setting};
pub use example::example;
pub use mistake::{Mistake, Origin, SettingsError, Warning};
pub use model::Settings;
pub use schema::schema;
pub(crate) use shape::distance;
pub use watch::{WATCH_EVERY, Watched};

use mistake::Notes;
use paths::Base;
use reading::Reading;
use written::{FILE_BYTES_MAX, Node};

/// The layers settings are read from, lowest first. They are kept for reloads.
#[derive(Clone, Default)]
pub struct Sources {
    /// The settings file; without one only variables and flags speak.
    pub file: Option<PathBuf>,
    environment: Vec<(String, OsString)>,
    flags: Vec<(String, String)>,
}

impl Sources {
    /// Takes the layers. Only `main` reads the real environment, of which everything that is no
    /// setting of ours is passed over. A flag is a setting's path, such as `listen.ops` or
    /// `facilities.main.secret_key.stores[0].region`, and its value as text.
    pub fn new<I, K, V>(file: Option<PathBuf>, environment: I, flags: Vec<(String, String)>) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<OsString>,
        V: Into<OsString>,
    {
        Self { file, environment: overlay::ours(environment), flags }
    }
}

impl fmt::Debug for Sources {
    /// Shows names only: a value may be a secret in the wrong place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.environment.iter().map(|(name, _)| name);
        let flags = self.flags.iter().map(|(path, _)| path);
        f.debug_struct("Sources")
            .field("file", &self.file)
            .field("environment", &names.collect::<Vec<_>>())
            .field("flags", &flags.collect::<Vec<_>>())
            .finish()
    }
}

/// Settings that hold, and what is to be said about them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// What works and should not stay as it is.
    pub warnings: Vec<Warning>,
    reading: Arc<Reading>,
}

impl Loaded {
    /// What holds, as a settings file in which every value says where it came from. Secrets are
    /// there as references only.
    pub fn show(&self) -> String {
        show::show(&self.reading)
    }
}

/// Reads and checks the settings.
///
/// # Errors
///
/// Tells every mistake in one go, each with its place and never with its value.
pub fn load(sources: &Sources) -> Result<Loaded, SettingsError> {
    let notes = Notes::default();
    let root = match &sources.file {
        Some(path) => read_file(path, &notes)
            .and_then(|text| written::read_document(&Arc::from(path.as_path()), &text, &notes)),
        None => Some(Node::table(Origin::Default)),
    };
    // Of a file that could not be read nothing else is worth telling.
    let made = root.and_then(|mut root| {
        overlay::lay_environment(&mut root, &sources.environment, &notes);
        overlay::lay_flags(&mut root, &sources.flags, &notes);
        let reading = reading::read(&root, &Base::of(sources.file.as_deref()), &notes);
        files::judge(&reading, &notes);
        build::build(&reading, &notes).map(|settings| (settings, reading))
    });
    let ((settings, reading), warnings) = notes.finish(made)?;
    Ok(Loaded { settings, warnings, reading: Arc::new(reading) })
}

/// The file's text; `None` if it cannot be had, which is noted.
fn read_file(path: &Path, notes: &Notes) -> Option<String> {
    let at = Origin::File { path: Arc::from(path), at: None };
    let mut text = String::new();
    let opened = open(path);
    let read = opened.and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
    let (what, right) = match read.map_err(|error| error.kind()) {
        Ok(bytes) if bytes as u64 > FILE_BYTES_MAX => ("it is too large", "at most 1 MiB"),
        Ok(_) => return Some(text),
        Err(ErrorKind::NotFound) => ("it does not exist", "the path of a settings file"),
        Err(ErrorKind::PermissionDenied) => {
            ("we may not read it", "a file the user we run as may read")
        }
        Err(ErrorKind::InvalidData) => ("it is not UTF-8", "text in UTF-8"),
        Err(ErrorKind::IsADirectory) => ("it is a directory", "the path of a settings file"),
        Err(ErrorKind::InvalidInput) => {
            ("it is a pipe or a device", "an ordinary file, which can be read again on a reload")
        }
        Err(_) => ("it cannot be read", "a file that can be read"),
    };
    notes.mistake("the file", &at, what, right);
    None
}

/// Opens an ordinary file. A pipe would make the daemon wait for a writer that may never come, and a
/// device may never end.
fn open(path: &Path) -> io::Result<File> {
    // Without blocking: opening a pipe waits too. For ordinary files it changes nothing.
    let without_waiting = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_dir() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) }
}
