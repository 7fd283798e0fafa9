//! A rehearsal of a delivery: tried for real beside the real files, which stay as they are.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use quaymaster::deliver::files::{Files, Hooks, Step};
use quaymaster::deliver::{DeliveryTarget as _, Rehearsed};
use tempfile::TempDir;

use super::files::{assert_holds, crash_at, open, target};
use super::keys;

#[tokio::test]
async fn nothing_real_is_touched_and_nothing_is_left() {
    let home = TempDir::new().unwrap();
    let files = open(home.path());
    files.deliver(&keys(1)).await.unwrap();
    let steps = Arc::new(AtomicUsize::new(0));
    let counted = Hooks::new({
        let steps = Arc::clone(&steps);
        move |_| {
            steps.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let files = Files::open(&target(home.path()), counted);
    // What a rehearsal left that was cut short, and what someone else put there, is no obstacle.
    fs::create_dir(home.path().join("..tmp-rehearsal")).unwrap();
    fs::write(home.path().join("..tmp-rehearsal/current"), "old").unwrap();
    assert_eq!(files.rehearse(&keys(2)).await.unwrap(), Rehearsed::Delivered);
    assert!(steps.load(Ordering::SeqCst) > 8, "every step of a delivery was tried");
    assert_holds(home.path(), &keys(1));
    let elsewhere = TempDir::new().unwrap();
    symlink(elsewhere.path(), home.path().join("..tmp-rehearsal")).unwrap();
    files.rehearse(&keys(2)).await.unwrap();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "a link leads nowhere");
    assert_holds(home.path(), &keys(1));
}

#[tokio::test]
async fn a_step_that_would_fail_is_told_and_nothing_is_left() {
    for step in Step::ALL.iter().filter(|step| **step != Step::RemoveOld) {
        let home = TempDir::new().unwrap();
        open(home.path()).deliver(&keys(1)).await.unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let files = Files::open(&target(home.path()), crash_at(*step, 0, &reached));
        files.lingering(Duration::ZERO).rehearse(&keys(2)).await.unwrap_err();
        assert_eq!(reached.load(Ordering::SeqCst), 1, "{step:?}");
        assert_holds(home.path(), &keys(1));
    }
}

#[tokio::test]
async fn what_a_rehearsal_leaves_that_was_killed_goes_with_the_next_delivery() {
    let home = TempDir::new().unwrap();
    let files = open(home.path());
    files.deliver(&keys(1)).await.unwrap();
    let left = home.path().join("..tmp-rehearsal");
    open(&left).deliver(&keys(2)).await.unwrap();
    assert!(files.needs(&keys(1), None).await.unwrap());
    files.deliver(&keys(1)).await.unwrap();
    assert!(!left.exists());
    assert_holds(home.path(), &keys(1));
}
