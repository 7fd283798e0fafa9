//! The encrypted file store when the process or the power dies in the middle of a write: at every
//! step, and at every pair of steps.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use quaymaster::secrets::file::FileStep;
use quaymaster::secrets::{Promotion, SecretStore, StoreError};

use crate::contract::{Place, begun, key, pending, text};
use crate::file::Directory;

/// What a crash does to the disk besides ending the process.
#[derive(Clone, Copy, Debug)]
enum Crash {
    /// The process dies; the kernel keeps what was written.
    Process,
    /// The power goes: a file that was not flushed is empty, and a name that was not flushed may
    /// be as it was before.
    Power,
}

/// Crashes at a step, once, as the store's next life will find the disk.
struct Crasher {
    at: FileStep,
    crash: Crash,
    directory: PathBuf,
    pointer: Mutex<Option<Vec<u8>>>,
    hit: AtomicBool,
}

impl Crasher {
    fn step(&self, step: FileStep) -> io::Result<()> {
        if self.hit.load(Ordering::SeqCst) {
            return Err(io::Error::other("already dead"));
        }
        if step == FileStep::PointerWrite {
            *self.pointer.lock().unwrap() = fs::read(self.directory.join("CURRENT")).ok();
        }
        if step != self.at {
            return Ok(());
        }
        self.hit.store(true, Ordering::SeqCst);
        if matches!(self.crash, Crash::Power) {
            self.lose_power(step);
        }
        Err(io::Error::other("injected crash"))
    }

    fn lose_power(&self, step: FileStep) {
        if matches!(step, FileStep::VersionSync | FileStep::PointerSync) {
            for entry in fs::read_dir(&self.directory).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "tmp") {
                    fs::write(path, "").unwrap();
                }
            }
        }
        if step == FileStep::PointerSyncDirectory {
            match self.pointer.lock().unwrap().as_ref() {
                Some(bytes) => fs::write(self.directory.join("CURRENT"), bytes).unwrap(),
                None => fs::remove_file(self.directory.join("CURRENT")).unwrap(),
            }
        }
    }
}

/// One renewal as a person would write it: create or stage, promote, drop the oldest. Repeats what
/// a repeated renewal would; stops at the first error, as a process that died.
async fn renew(store: &Arc<dyn SecretStore>, text: &str) -> Result<(), StoreError> {
    let snapshot = store.read().await?;
    let Some(from) = &snapshot.basis else {
        return store.create(&key(text)).await.map(drop);
    };
    let to = store.stage(&snapshot, &key(text)).await?;
    let promotion = store.promote(from, &to).await?;
    assert!(!matches!(promotion, Promotion::Lost { .. }), "nobody else is here");
    Ok(())
}

/// Crashes the renewal from `KEY_2` to `KEY_3` at the given steps, one after the other, and then lets it go
/// through. After each crash either the old state is intact or the new one is whole.
async fn crash_at(steps: &[(FileStep, Crash)]) -> usize {
    let place = Directory::new();
    let calm = place.adapter().await;
    begun(&calm, "KEY_1").await;
    renew(&calm, "KEY_2").await.unwrap();
    let mut hits = 0;
    for (at, crash) in steps {
        let crasher = Arc::new(Crasher {
            at: *at,
            crash: *crash,
            directory: place.path(),
            pointer: Mutex::default(),
            hit: AtomicBool::new(false),
        });
        let store = place.hooked({
            let crasher = Arc::clone(&crasher);
            move |step| crasher.step(step)
        });
        let outcome = renew(&store, "KEY_3").await;
        let hit = crasher.hit.load(Ordering::SeqCst);
        assert_eq!(outcome.is_err(), hit, "{steps:?}: {outcome:?}");
        hits += usize::from(hit);
        let snapshot = place.adapter().await.read().await.unwrap();
        let seen = (text(snapshot.current.as_ref()), text(snapshot.previous.as_ref()));
        let old = seen == (Some("KEY_2"), Some("KEY_1"));
        let new = seen == (Some("KEY_3"), Some("KEY_2"));
        assert!(old || new, "{steps:?}: {seen:?}");
        let waiting = pending(&snapshot);
        assert!(waiting.is_empty() || (old && waiting == ["KEY_3"]), "{steps:?}: {waiting:?}");
        assert!(!place.files().iter().any(|name| name.contains(".tmp")), "{steps:?}");
    }
    renew(&calm, "KEY_3").await.unwrap();
    let snapshot = calm.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_3"), "{steps:?}");
    assert_eq!(text(snapshot.previous.as_ref()), Some("KEY_2"), "{steps:?}");
    assert!(snapshot.pending.is_empty(), "{steps:?}");
    assert_eq!(place.files().len(), 4, "{steps:?}: {:?}", place.files());
    hits
}

#[tokio::test]
async fn a_crash_at_every_step_leaves_the_old_state_or_the_new_one() {
    for step in FileStep::ALL {
        for crash in [Crash::Process, Crash::Power] {
            assert_eq!(crash_at(&[(*step, crash)]).await, 1, "{step:?} was not reached");
        }
    }
}

#[tokio::test]
async fn two_crashes_in_a_row_do_no_more_harm_than_one() {
    let mut both = 0;
    for first in FileStep::ALL {
        for second in FileStep::ALL {
            let hits = crash_at(&[(*first, Crash::Power), (*second, Crash::Process)]).await;
            assert!(hits >= 1, "{first:?} was not reached");
            both += usize::from(hits == 2);
        }
    }
    assert!(both > FileStep::ALL.len() * 3, "only {both} pairs hit twice");
}

#[tokio::test]
async fn a_crash_while_creating_leaves_nothing_or_the_key() {
    for step in FileStep::ALL
        .iter()
        .filter(|step| !matches!(step, FileStep::Delete | FileStep::DeleteSyncDirectory))
    {
        let place = Directory::new();
        let at = *step;
        let store =
            place.hooked(
                move |step| {
                    if step == at { Err(io::Error::other("injected crash")) } else { Ok(()) }
                },
            );
        store.create(&key("KEY_1")).await.unwrap_err();
        let after = place.adapter().await;
        let snapshot = after.read().await.unwrap();
        if snapshot.exists {
            assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"), "{at:?}");
        } else {
            assert!(snapshot.current.is_none());
            assert_eq!(after.create(&key("KEY_1")).await.unwrap(), Promotion::Promoted);
        }
        let snapshot = after.read().await.unwrap();
        assert_eq!(text(snapshot.current.as_ref()), Some("KEY_1"));
        assert!(snapshot.pending.is_empty(), "{at:?}");
    }
}
