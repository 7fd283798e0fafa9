//! Finds programs of others that tests talk to. They live outside the checkout; `tests/peers/setup`
//! puts them there.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

/// The path of a peer, or `None` after one loud line saying that the test is skipped.
///
/// # Panics
///
/// With `QUAYMASTER_PEERS=required`, a peer that is missing fails the test.
pub(crate) fn program(name: &str, test: &str) -> Option<PathBuf> {
    let peers = env::var_os("QUAYMASTER_PEERS_DIR").map_or_else(default_directory, PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(peers.join("bin")).chain(env::split_paths(&path));
    let found = places.map(|place| place.join(name)).find(|file| file.is_file());
    if found.is_none() {
        let why = format!("{name} is not there; tests/peers/setup installs it");
        let required = env::var_os("QUAYMASTER_PEERS").is_some_and(|word| word == "required");
        assert!(!required, "{test}: {why}");
        skipped(test, &why);
    }
    found
}

/// Written past the test harness, which keeps to itself what a passing test prints.
fn skipped(test: &str, why: &str) {
    let line = format!("SKIPPED {test}: {why}\n");
    drop(io::stderr().write_all(line.as_bytes()));
}

fn default_directory() -> PathBuf {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    home.join(".cache/quaymaster/peers")
}
