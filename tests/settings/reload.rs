//! Reload: what is noticed, and what a running daemon takes.

use std::fs;
use std::os::unix::fs::symlink;

use quaymaster::settings::model::Role;
use quaymaster::settings::{Apply, Sources, Watched, diff, take};
use tempfile::TempDir;

use crate::written::{LEAST, Written};

#[test]
fn a_change_is_noticed_once_and_a_bad_one_leaves_the_last_good_in_force() {
    let written = Written::new(LEAST);
    let (mut watched, good) = Watched::start(written.sources()).unwrap();
    assert!(watched.changed().is_none());

    written.write("role = ");
    assert!(watched.changed().unwrap().is_err());
    assert!(watched.changed().is_none(), "a mistake is told once");

    written.write(format!("log.level = \"debug\"\n{LEAST}"));
    let better = watched.changed().unwrap().unwrap();
    assert_eq!(
        (good.settings.log.level.as_str(), better.settings.log.level.as_str()),
        ("info", "debug")
    );
    assert!(watched.changed().is_none());

    fs::remove_file(written.file()).unwrap();
    let gone = watched.changed().unwrap().unwrap_err().to_string();
    assert!(gone.contains("it does not exist"), "{gone}");
}

#[test]
fn a_swapped_link_is_noticed_as_kubernetes_swaps_it() {
    let volume = TempDir::new().unwrap();
    let at = |name: &str| volume.path().join(name);
    for (version, level) in [("..1", "info"), ("..2", "debug")] {
        fs::create_dir(at(version)).unwrap();
        let text = format!("log.level = \"{level}\"\n{LEAST}");
        fs::write(at(version).join("quaymaster.toml"), text).unwrap();
    }
    symlink("..1", at("..data")).unwrap();
    symlink("..data/quaymaster.toml", at("quaymaster.toml")).unwrap();

    let none: [(String, String); 0] = [];
    let sources = Sources::new(Some(at("quaymaster.toml")), none, Vec::new());
    let (mut watched, _) = Watched::start(sources).unwrap();
    symlink("..2", at("..data_tmp")).unwrap();
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    assert_eq!(watched.changed().unwrap().unwrap().settings.log.level, "debug");
}

#[test]
fn a_pipe_or_a_device_in_the_files_place_is_a_mistake_and_is_never_waited_for() {
    let written = Written::new(LEAST);
    let (mut watched, _) = Watched::start(written.sources()).unwrap();
    fs::remove_file(written.file()).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, written.file(), mode).unwrap();
    let told = watched.changed().unwrap().unwrap_err().to_string();
    assert!(told.contains("it is a pipe or a device"), "{told}");

    fs::remove_file(written.file()).unwrap();
    symlink("/dev/zero", written.file()).unwrap();
    let told = watched.changed().unwrap().unwrap_err().to_string();
    assert!(told.contains("it is a pipe or a device"), "{told}");

    fs::remove_file(written.file()).unwrap();
    written.write(LEAST);
    assert!(watched.changed().unwrap().is_ok());
}

#[test]
fn each_change_says_whether_a_running_daemon_takes_it() {
    let before = Written::new(LEAST).right();
    let after = Written::new(LEAST.replace("quickstream/main", "quickstream/other"))
        .flag("listen.ops", "off")
        .flag("log.level", "debug")
        .flag("role", "reader")
        .flag("store.url", "memory:")
        .flag("calendar.freeze", "[{ from = 2026-12-15, until = 2027-01-05, reason = 'x' }]")
        .flag("facilities.main.secret_key.deliver", "[{ kind = 'file', directory = '/run/q' }]")
        .right();
    let changes = diff(&before, &after);
    let of = |apply: Apply| {
        let changes = changes.iter().filter(|change| change.apply == apply);
        changes.map(|change| change.place.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of(Apply::Restart), ["listen.ops", "role", "store.url"]);
    let live = of(Apply::Live);
    for place in [
        "calendar.freeze[0].from",
        "facilities.main.secret_key.deliver[0].directory",
        "facilities.main.secret_key.stores[0].secret_id",
        "log.level",
    ] {
        assert!(live.contains(&place), "{place} is not among {live:?}");
    }
    assert_eq!(diff(&after, &after), []);
}

#[test]
fn what_waits_for_a_restart_waits_at_every_reading() {
    let before = Written::new(LEAST).right();
    let reader = Written::new(LEAST).flag("role", "reader").flag("log.level", "debug").right();
    let mut in_use = before.clone();
    for _ in 0..3 {
        in_use = take(&in_use, &reader);
        assert_eq!(in_use.settings.role, Role::Renewer);
        assert_eq!(in_use.settings.log.level, "debug");
        let waits = diff(&in_use, &reader);
        let waits: Vec<_> = waits.iter().map(|change| change.place.as_str()).collect();
        assert_eq!(waits, ["role"]);
    }
    assert_eq!(diff(&take(&in_use, &before), &before), [], "what is taken back waits no more");
}

#[test]
fn a_facility_that_moves_waits_whole_and_a_new_one_does_not() {
    let before = Written::new(LEAST).right();
    let moved = Written::new(LEAST.replace("quickstream/main", "quickstream/other"))
        .flag("facilities.main.environment", "production")
        .flag("facilities.second.environment", "support")
        .flag(
            "facilities.second.secret_key.stores",
            "[{ kind = 'aws-secrets-manager', secret_id = 'second', region = 'ap-southeast-2' }]",
        )
        .right();
    let in_use = take(&before, &moved);
    assert_eq!(in_use.settings.facilities.len(), 2);
    assert_eq!(in_use.settings.facilities[0], before.settings.facilities[0]);
    let waits = diff(&in_use, &moved);
    let waits: Vec<_> = waits.iter().map(|change| change.place.as_str()).collect();
    assert_eq!(
        waits,
        ["facilities.main.environment", "facilities.main.secret_key.stores[0].secret_id"]
    );
    assert_eq!(take(&in_use, &before).settings.facilities, before.settings.facilities);
}
