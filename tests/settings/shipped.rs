//! The settings of the README's first command.

use std::fs;
use std::path::{Path, PathBuf};

use quaymaster::key::KeyText;
use quaymaster::settings::model::BaseUrl;
use quaymaster::settings::{Sources, load};

#[test]
fn the_sandboxs_settings_hold_without_a_warning_and_write_only_below_var() {
    let file = Path::new("config/sandbox.toml");
    let none: [(String, String); 0] = [];
    let loaded = load(&Sources::new(Some(file.to_owned()), none, Vec::new()));
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.warnings, []);
    let settings = loaded.settings;
    let [main] = settings.facilities.as_slice() else { panic!("{:?}", settings.facilities) };
    assert_eq!(main.base_url, BaseUrl::EmbeddedSandbox);
    let directories: Vec<PathBuf> = settings.directories().into_iter().collect();
    assert_eq!(
        directories,
        ["var/sandbox", "var/sandbox/keys", "var/sandbox/run"].map(PathBuf::from)
    );

    let key = main.secret_key.bootstrap.as_ref().unwrap();
    let key = fs::read_to_string(key).unwrap();
    KeyText::parse(key.as_str()).unwrap();
    let seed = settings.sandbox.unwrap().seed_file.unwrap();
    let seed: serde_json::Value = serde_json::from_str(&fs::read_to_string(seed).unwrap()).unwrap();
    let facility = &seed["facilities"][0];
    assert_eq!(facility["keys"][0]["key"], key.trim());
    assert_eq!(facility["code"], main.expected_community_code.as_ref().unwrap().as_str());
}
