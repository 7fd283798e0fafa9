//! Settings, from what is written to what the program uses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::PathBuf;

use quaymaster::settings::model::{BaseUrl, Role};
use quaymaster::settings::{Loaded, SettingsError, Sources, load};
use tempfile::TempDir;

/// A settings file in a directory of its own, and the layers above it.
struct Written {
    directory: TempDir,
    environment: Vec<(String, String)>,
    flags: Vec<(String, String)>,
}

impl Written {
    fn new(text: &str) -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("quaymaster.toml"), text).unwrap();
        Self { directory, environment: Vec::new(), flags: Vec::new() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, path: &str, value: &str) -> Self {
        self.flags.push((path.to_owned(), value.to_owned()));
        self
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("quaymaster.toml")
    }

    fn load(&self) -> Result<Loaded, SettingsError> {
        load(&Sources::new(Some(self.file()), self.environment.clone(), self.flags.clone()))
    }
}

/// The least that holds.
const LEAST: &str = r#"
[facilities.main]
environment = "support"
secret_key.stores = [{ kind = "aws-secrets-manager", secret_id = "quickstream/main" }]
"#;

#[test]
fn the_least_settings_have_every_default() {
    let settings = Written::new(LEAST).load().unwrap().settings;
    assert_eq!(settings.role, Role::Renewer);
    assert_eq!(settings.listen.ops.unwrap().to_string(), "127.0.0.1:9464");
    let [main] = settings.facilities.as_slice() else { panic!("{:?}", settings.facilities) };
    let support = "https://api.quickstream.support.qvalent.com/rest/v1";
    assert_eq!(main.base_url, BaseUrl::Address(support.to_owned()));
    assert_eq!(main.simultaneous, 10);
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let file = format!("listen.ops = \"127.0.0.1:1\"\nlog.level = \"warn\"\n{LEAST}");
    let written = Written::new(&file)
        .variable("QUAYMASTER_LISTEN__OPS", "127.0.0.1:2")
        .variable("QUAYMASTER_FACILITIES__MAIN__SIMULTANEOUS", "5")
        .flag("listen.ops", "127.0.0.1:3");
    let settings = written.load().unwrap().settings;
    assert_eq!(settings.listen.ops.unwrap().port(), 3);
    assert_eq!(settings.log.level, "warn");
    assert_eq!(settings.facilities.first().unwrap().simultaneous, 5);
}
