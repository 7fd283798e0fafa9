//! Whether the settings file has changed. The daemon asks every [`WATCH_EVERY`] and on SIGHUP; there
//! is no task here and no wait.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use crate::settings::written::FILE_BYTES_MAX;
use crate::settings::{Loaded, SettingsError, Sources, load, open};

/// How often the file is looked at: reading a few kilobytes costs nothing, and it works on every
/// kind of volume, which change notices do not.
pub const WATCH_EVERY: Duration = Duration::from_secs(5);

/// Settings that are watched. What held last is the caller's to keep.
#[derive(Debug)]
pub struct Watched {
    sources: Sources,
    seen: Sight,
}

/// What the file looked like. Kubernetes swaps a whole directory by its link `..data`, so the links
/// are looked at too.
#[derive(Debug, PartialEq, Eq)]
struct Sight {
    content: Option<Vec<u8>>,
    links: [Option<PathBuf>; 2],
}

impl Watched {
    /// Reads the settings for the first time.
    ///
    /// # Errors
    ///
    /// Tells every mistake, as [`load`] does.
    pub fn start(sources: Sources) -> Result<(Self, Loaded), SettingsError> {
        // Looked at before it is read, so that a change in between shows at the next look.
        let seen = Sight::of(&sources);
        let loaded = load(&sources)?;
        Ok((Self { sources, seen }, loaded))
    }

    /// Reads the settings again if their file has changed since the last look; `None` if not.
    pub fn changed(&mut self) -> Option<Result<Loaded, SettingsError>> {
        (Sight::of(&self.sources) != self.seen).then(|| self.reload())
    }

    /// Reads the settings again, changed or not.
    ///
    /// # Errors
    ///
    /// Tells every mistake; the settings that held go on to hold.
    pub fn reload(&mut self) -> Result<Loaded, SettingsError> {
        self.seen = Sight::of(&self.sources);
        load(&self.sources)
    }
}

impl Sight {
    fn of(sources: &Sources) -> Self {
        let Some(file) = &sources.file else { return Self { content: None, links: [None, None] } };
        // One byte past the limit is enough: a longer file is a mistake whatever it goes on with.
        let mut bytes = Vec::new();
        let read =
            open(file).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        let content = read.ok().map(|_| digest(&SHA256, &bytes).as_ref().to_vec());
        let data = file.with_file_name("..data");
        Self { content, links: [fs::read_link(file).ok(), fs::read_link(data).ok()] }
    }
}
