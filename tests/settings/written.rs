//! A settings file in a directory of its own, and the layers above it.

use std::fs;
use std::path::{Path, PathBuf};

use quaymaster::settings::{Loaded, SettingsError, Sources, load};
use tempfile::TempDir;

/// The least that holds.
pub(crate) const LEAST: &str = r#"
[facilities.main]
environment = "support"
secret_key.stores = [{ kind = "aws-secrets-manager", secret_id = "quickstream/main" }]
"#;

pub(crate) struct Written {
    directory: TempDir,
    environment: Vec<(String, String)>,
    flags: Vec<(String, String)>,
}

impl Written {
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Self {
        let directory = TempDir::new().unwrap();
        let written = Self { directory, environment: Vec::new(), flags: Vec::new() };
        written.write(text);
        written
    }

    pub(crate) fn write(&self, text: impl AsRef<[u8]>) {
        fs::write(self.file(), text).unwrap();
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn flag(mut self, path: &str, value: &str) -> Self {
        self.flags.push((path.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory().join("quaymaster.toml")
    }

    pub(crate) fn sources(&self) -> Sources {
        Sources::new(Some(self.file()), self.environment.clone(), self.flags.clone())
    }

    pub(crate) fn load(&self) -> Result<Loaded, SettingsError> {
        load(&self.sources())
    }

    /// The settings; the mistakes end the test.
    pub(crate) fn right(&self) -> Loaded {
        self.load().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The mistakes' text; settings that hold end the test.
    pub(crate) fn wrong(&self) -> SettingsError {
        match self.load() {
            Ok(_) => panic!("no mistake was found"),
            Err(error) => error,
        }
    }
}
