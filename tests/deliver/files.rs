//! Files: what is there after a delivery, after a crash in one, and for whoever reads meanwhile.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use quaymaster::deliver::files::{CURRENT, Files, Hooks, METADATA, PREVIOUS, Step};
use quaymaster::deliver::{Deliverable, DeliveryTarget, Trouble};
use quaymaster::settings::model::FilesTarget;
use serde_json::Value;
use tempfile::TempDir;

use super::played::{NOBODY, play};
use super::{keys, read, text};

pub(super) fn target(directory: &Path) -> FilesTarget {
    FilesTarget { directory: directory.to_owned(), mode: 0o440, group: None }
}

pub(super) fn open(directory: &Path) -> Files {
    Files::open(&target(directory), Hooks::default()).lingering(Duration::ZERO)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Asserts that a reader finds exactly `what`, with nothing of ours left over.
pub(super) fn assert_holds(directory: &Path, what: &Deliverable) {
    let current = what.current.key.expose();
    assert_eq!(read(&directory.join(CURRENT)), current);
    let previous = what.previous.as_ref().map(|key| key.key.expose().to_owned());
    assert_eq!(fs::read_to_string(directory.join(PREVIOUS)).ok(), previous);
    let metadata = read(&directory.join(METADATA));
    assert!(!metadata.contains(current), "{metadata}");
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(metadata["current"]["fingerprint"], what.current.fingerprint.to_string());
    let versions = names(directory).into_iter().filter(|name| name.starts_with("..v-")).count();
    assert_eq!(versions, 1, "{:?}", names(directory));
    assert!(!names(directory).iter().any(|name| name.starts_with("..tmp-")));
}

#[tokio::test]
async fn files_appear_together_and_only_where_something_differs() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("keys");
    let files = open(&directory);
    assert!(files.needs(&keys(1), None).await.unwrap());
    files.deliver(&keys(1)).await.unwrap();
    assert_holds(&directory, &keys(1));
    assert_eq!(mode(&directory), 0o750);
    assert_eq!(mode(&fs::canonicalize(directory.join(CURRENT)).unwrap()), 0o440);
    assert_eq!(mode(&fs::canonicalize(directory.join("..data")).unwrap()), 0o750);
    let metadata: Value = serde_json::from_str(&read(&directory.join(METADATA))).unwrap();
    assert_eq!(
        metadata,
        serde_json::json!({
            "facility": "main",
            "environment": "support",
            "communityCode": "SHIPYARD",
            "current": {
                "keyName": "SHIPYARD_SEC_0001",
                "fingerprint": keys(1).current.fingerprint.to_string(),
                "expiresAt": "2027-01-01T00:00:00Z",
            },
            "previous": {
                "keyName": "SHIPYARD_SEC_0000",
                "fingerprint": keys(0).current.fingerprint.to_string(),
                "expiresAt": "2027-01-01T00:00:00Z",
            },
            "deliveredContent": files.digest(&keys(1)).as_str(),
        })
    );

    let before = fs::metadata(directory.join(CURRENT)).unwrap();
    assert!(!files.needs(&keys(1), None).await.unwrap());
    files.deliver(&keys(1)).await.unwrap();
    let after = fs::metadata(directory.join(CURRENT)).unwrap();
    assert_eq!(before.ino(), after.ino(), "the same content is not written again");

    assert!(files.needs(&keys(2), None).await.unwrap());
    files.deliver(&keys(2)).await.unwrap();
    assert_holds(&directory, &keys(2));
}

#[tokio::test]
async fn a_previous_key_is_taken_away() {
    let home = TempDir::new().unwrap();
    let files = open(home.path());
    files.deliver(&keys(1)).await.unwrap();
    let alone = Deliverable { previous: None, ..keys(1) };
    assert!(files.needs(&alone, None).await.unwrap());
    files.deliver(&alone).await.unwrap();
    assert_holds(home.path(), &alone);
    assert_eq!(names(home.path()).len(), 4, "..data, its version, current, metadata.json");
    let grep = std::process::Command::new("grep").args(["-r", &text(0)]).arg(home.path()).output();
    assert_eq!(grep.unwrap().status.code(), Some(1), "the previous key is nowhere any more");
}

#[tokio::test]
async fn whatever_was_changed_is_put_right() {
    type Change = (&'static str, fn(&Path));
    let changes: [Change; 10] = [
        ("content", |d| overwrite(&d.join(CURRENT), "SHIPYARD_SEC_0009_qe8zn4hgx2vk7wtb6m3r")),
        ("a longer file", |d| overwrite(&d.join(METADATA), &"x".repeat(9000))),
        ("mode", |d| fs::set_permissions(d.join(CURRENT), Permissions::from_mode(0o644)).unwrap()),
        ("directory's mode", |d| {
            let version = fs::canonicalize(d.join("..data")).unwrap();
            fs::set_permissions(version, Permissions::from_mode(0o755)).unwrap();
        }),
        ("a missing file", |d| {
            fs::remove_file(fs::canonicalize(d.join(PREVIOUS)).unwrap()).unwrap();
        }),
        ("a missing name", |d| fs::remove_file(d.join(CURRENT)).unwrap()),
        ("a plain file in a name's place", |d| {
            fs::remove_file(d.join(CURRENT)).unwrap();
            fs::write(d.join(CURRENT), "old").unwrap();
        }),
        ("a file too many", |d| fs::write(d.join("..data/other"), "x").unwrap()),
        ("a link into nothing", |d| {
            fs::remove_file(d.join("..data")).unwrap();
            symlink("..v-gone", d.join("..data")).unwrap();
        }),
        ("left-overs", |d| {
            fs::create_dir(d.join("..v-half")).unwrap();
            fs::write(d.join("..v-half/current"), "half a k").unwrap();
            symlink("..v-half", d.join("..tmp-..data")).unwrap();
        }),
    ];
    for (what, change) in changes {
        let home = TempDir::new().unwrap();
        let files = open(home.path());
        files.deliver(&keys(1)).await.unwrap();
        change(home.path());
        assert!(files.needs(&keys(1), None).await.unwrap(), "{what} is not noticed");
        files.deliver(&keys(1)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(!files.needs(&keys(1), None).await.unwrap(), "{what} is not put right");
        assert_holds(home.path(), &keys(1));
    }
}

fn overwrite(path: &Path, content: &str) {
    let path = fs::canonicalize(path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
}

/// Fails at the nth time a step is about to be done, and counts how often it was reached.
pub(super) fn crash_at(step: Step, nth: usize, reached: &Arc<AtomicUsize>) -> Hooks {
    let reached = Arc::clone(reached);
    Hooks::new(move |at| {
        if at == step && reached.fetch_add(1, Ordering::SeqCst) == nth {
            return Err(io::Error::other("crash"));
        }
        Ok(())
    })
}

#[tokio::test]
async fn a_crash_at_any_step_leaves_the_old_content_or_the_new() {
    for (nth_step, step) in Step::ALL.iter().enumerate() {
        // A step may be reached for each of three files or names; the first that is not reached ends.
        for nth in 0.. {
            let home = TempDir::new().unwrap();
            let first = Deliverable { previous: None, ..keys(0) };
            open(home.path()).deliver(&first).await.unwrap();
            let reached = Arc::new(AtomicUsize::new(0));
            let crashing = Files::open(&target(home.path()), crash_at(*step, nth, &reached));
            let crashed = crashing.lingering(Duration::ZERO).deliver(&keys(1)).await;
            if reached.load(Ordering::SeqCst) <= nth {
                assert!(nth > 0, "{step:?} was never reached");
                crashed.unwrap();
                break;
            }
            assert_eq!(crashed.unwrap_err().kind, Trouble::Unavailable);
            let swapped = nth_step > Step::ALL.iter().position(|s| *s == Step::Swap).unwrap();
            let expected = if swapped { keys(1) } else { first };
            assert_eq!(read(&home.path().join(CURRENT)), expected.current.key.expose());
            assert_eq!(pair(home.path()).unwrap(), expected.current.fingerprint.to_string());

            assert!(open(home.path()).needs(&keys(1), None).await.unwrap(), "{step:?} {nth}");
            open(home.path()).deliver(&keys(1)).await.unwrap();
            assert_holds(home.path(), &keys(1));
        }
    }
}

#[tokio::test]
async fn a_crash_in_the_first_delivery_shows_nothing_half() {
    for step in Step::ALL.iter().filter(|step| **step != Step::RemoveOld) {
        let home = TempDir::new().unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let crashing = Files::open(&target(home.path()), crash_at(*step, 0, &reached));
        crashing.deliver(&keys(1)).await.unwrap_err();
        assert!(!home.path().join(CURRENT).exists(), "current is the last to appear");
        open(home.path()).deliver(&keys(1)).await.unwrap();
        assert_holds(home.path(), &keys(1));
    }
}

/// Reads current and metadata through one resolved directory; the fingerprint if they belong together.
fn pair(directory: &Path) -> io::Result<String> {
    let version = fs::canonicalize(directory.join("..data"))?;
    let current = fs::read_to_string(version.join(CURRENT))?;
    let metadata: Value = serde_json::from_str(&fs::read_to_string(version.join(METADATA))?)?;
    let nth: u32 = current[13..17].parse().unwrap();
    assert_eq!(current, text(nth), "half a key");
    let fingerprint = keys(nth).current.fingerprint.to_string();
    assert_eq!(metadata["current"]["fingerprint"], fingerprint, "a mixed pair");
    Ok(fingerprint)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_never_sees_a_mixed_pair_nor_a_missing_file() {
    const SWAPS: u32 = 500;
    let home = TempDir::new().unwrap();
    let directory = home.path().to_owned();
    let files = open(&directory).lingering(Duration::from_millis(5));
    files.deliver(&keys(1)).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reader = std::thread::spawn({
        let (directory, done) = (directory.clone(), Arc::clone(&done));
        move || {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(Ordering::SeqCst) {
                let before = fs::read_link(directory.join("..data")).unwrap();
                match pair(&directory) {
                    Ok(fingerprint) => drop(seen.insert(fingerprint)),
                    Err(error) => {
                        // Only a version that is not the live one any more may be gone.
                        let after = fs::read_link(directory.join("..data")).unwrap();
                        assert_ne!(before, after, "a file of the live version is missing: {error}");
                    }
                }
                for name in [CURRENT, PREVIOUS, METADATA] {
                    assert!(fs::symlink_metadata(directory.join(name)).is_ok(), "{name} is gone");
                }
            }
            seen.len()
        }
    });
    for nth in 2..SWAPS + 2 {
        files.deliver(&keys(nth)).await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.join().unwrap();
    assert!(seen > 10, "the reader saw {seen} of {SWAPS} versions only");
    assert_holds(&directory, &keys(SWAPS + 1));
}

#[tokio::test]
async fn a_place_that_will_not_do_is_refused() {
    let home = TempDir::new().unwrap();
    let refusal = async |directory: &Path| {
        let error = open(directory).deliver(&keys(1)).await.unwrap_err();
        (error.kind, error.to_string())
    };
    let (kind, said) = refusal(&home.path().join("a/b")).await;
    assert_eq!(kind, Trouble::Unavailable);
    assert!(said.contains("its parent does not exist"), "{said}");

    let plain = home.path().join("plain");
    fs::write(&plain, "").unwrap();
    let (kind, said) = refusal(&plain).await;
    assert_eq!(kind, Trouble::Settings);
    assert!(said.contains("not a directory"), "{said}");

    let open_to_all = home.path().join("open");
    fs::create_dir(&open_to_all).unwrap();
    fs::set_permissions(&open_to_all, Permissions::from_mode(0o777)).unwrap();
    let (kind, said) = refusal(&open_to_all).await;
    assert_eq!(kind, Trouble::Denied);
    assert!(said.contains("chmod o-w"), "{said}");
    assert!(open(&open_to_all).check().await[0].outcome.is_err());
    fs::set_permissions(&open_to_all, Permissions::from_mode(0o1777)).unwrap();
    open(&open_to_all).deliver(&keys(1)).await.unwrap();

    let taken = home.path().join("taken");
    fs::create_dir_all(taken.join(CURRENT)).unwrap();
    let (_, said) = refusal(&taken).await;
    assert!(said.contains("putting current in place"), "{said}");
}

#[tokio::test]
async fn only_one_process_at_a_time_delivers_to_a_directory() {
    let home = TempDir::new().unwrap();
    let held = File::open(home.path()).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let error = open(home.path()).deliver(&keys(1)).await.unwrap_err();
    assert_eq!(error.kind, Trouble::Unavailable);
    assert!(error.to_string().contains("another process"), "{error}");
    drop(held);
    open(home.path()).deliver(&keys(1)).await.unwrap();
}

#[tokio::test]
async fn files_are_given_to_their_group() {
    let home = TempDir::new().unwrap();
    let group = rustix::process::getegid().as_raw();
    // Root may give any group; others only one of theirs.
    let group = if rustix::process::geteuid().is_root() { 4321 } else { group };
    let with_group = FilesTarget { group: Some(group), ..target(home.path()) };
    let files = Files::open(&with_group, Hooks::default()).lingering(Duration::ZERO);
    open(home.path()).deliver(&keys(1)).await.unwrap();
    assert!(!rustix::process::geteuid().is_root() || files.needs(&keys(1), None).await.unwrap());
    files.deliver(&keys(1)).await.unwrap();
    assert_eq!(fs::metadata(home.path().join(CURRENT)).unwrap().gid(), group);
    assert_eq!(fs::metadata(home.path().join("..data")).unwrap().gid(), group);
    assert!(!files.needs(&keys(1), None).await.unwrap());
    assert!(files.check().await.iter().all(|tried| tried.outcome.is_ok()));
}

#[test]
fn a_group_that_may_not_be_given_is_named() {
    let home = TempDir::new().unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let directory = home.path().join("keys");
    let mut played = play(&format!("deliver {}", directory.display()));
    drop(played.told);
    assert!(played.child.wait().unwrap().success());
    let refused = "files cannot be given to group 0: run with it among the process's groups";
    assert_eq!(played.said.matches(refused).count(), 2, "{}", played.said);
    assert!(!directory.join(CURRENT).exists());
}
