//! The encrypted file store: its promises, its seals, and a crash at every step of a write.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use quaymaster::domain::names::StoreName;
use quaymaster::secrets::file::{FileHooks, FileStep, FileStoreAdapter};
use quaymaster::secrets::{Need, Promotion, SecretStore, StoreError};
use quaymaster::settings::model::FileStore;
use tempfile::TempDir;

use crate::contract::{Place, begun, key, pending, staged, text};

struct Directory {
    root: TempDir,
}

impl Directory {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn settings(&self) -> FileStore {
        let path = self.root.path().join("main");
        FileStore {
            name: StoreName::new(format!("file:{}", path.display())).unwrap(),
            path,
            identity: self.root.path().join("identity"),
            create_identity: true,
        }
    }

    fn path(&self) -> PathBuf {
        self.settings().path
    }

    fn hooked(
        &self,
        hook: impl Fn(FileStep) -> io::Result<()> + Send + Sync + 'static,
    ) -> Arc<dyn SecretStore> {
        Arc::new(FileStoreAdapter::open(&self.settings(), FileHooks::new(hook)))
    }

    /// The file names in the store's directory, sorted.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Place for Directory {
    fn adapter(&self) -> Arc<dyn SecretStore> {
        Arc::new(FileStoreAdapter::open(&self.settings(), FileHooks::default()))
    }
}

#[expect(clippy::unused_async, reason = "other places are reached over a network")]
async fn directory(_test: &str) -> Option<Directory> {
    Some(Directory::new())
}

contract!(directory, rounds: 60);

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn is_shape(error: &StoreError) -> bool {
    matches!(error, StoreError::Shape { .. })
}

fn is_denied(error: &StoreError) -> bool {
    matches!(error, StoreError::Denied { .. })
}

#[tokio::test]
async fn everything_about_a_key_is_kept_and_only_we_may_read_it() {
    let place = Directory::new();
    let store = place.adapter();
    begun(&store, "KEY_1").await;
    staged(&store, "KEY_2").await;
    let snapshot = place.adapter().read().await.unwrap();
    for (holding, wanted) in [
        (snapshot.current.unwrap(), key("KEY_1")),
        (snapshot.pending.into_iter().next().unwrap(), key("KEY_2")),
    ] {
        assert_eq!(holding.key, wanted.key);
        assert_eq!(holding.name, wanted.name);
        assert_eq!(holding.expires_at, wanted.expires_at);
    }
    assert_eq!(mode(&place.path()), 0o700);
    assert_eq!(mode(&place.settings().identity), 0o600);
    for name in place.files() {
        let path = place.path().join(&name);
        assert_eq!(mode(&path), 0o600, "{name}");
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"KEY_"), "{name}");
        assert!(!bytes.windows(4).any(|window| window == b"name"), "{name}");
    }
}

#[tokio::test]
async fn nothing_is_created_by_looking() {
    let place = Directory::new();
    let store = place.adapter();
    assert!(!store.read().await.unwrap().exists);
    assert_eq!(store.check(Need::Read).await.len(), 2);
    let tried = store.check(Need::Write).await;
    assert!(tried.len() == 3 && tried.iter().all(|one| one.outcome.is_ok()), "{tried:?}");
    assert_eq!(fs::read_dir(place.root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_identity_is_made_only_where_that_is_allowed() {
    let place = Directory::new();
    let settings = FileStore { create_identity: false, ..place.settings() };
    let store = FileStoreAdapter::open(&settings, FileHooks::default());
    assert!(is_denied(&store.read().await.unwrap_err()));
    assert!(is_denied(&store.create(&key("KEY_1")).await.unwrap_err()));
    assert!(store.check(Need::Write).await.iter().any(|one| one.outcome.is_err()));
    // Put right, it needs no restart; base64 does as well as hexadecimal.
    fs::write(&settings.identity, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    fs::set_permissions(&settings.identity, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(store.create(&key("KEY_1")).await.unwrap(), Promotion::Promoted);
    let hexadecimal: String = (0..32).map(|byte| format!("{byte:02X}")).collect();
    fs::write(&settings.identity, hexadecimal).unwrap();
    let again = FileStoreAdapter::open(&settings, FileHooks::default());
    assert_eq!(text(again.read().await.unwrap().current.as_ref()), Some("KEY_1"));
}

#[tokio::test]
async fn an_identity_that_is_open_or_not_one_is_denied() {
    let place = Directory::new();
    begun(&place.adapter(), "KEY_1").await;
    let identity = place.settings().identity;
    for wrong in [0o604, 0o640, 0o620, 0o602] {
        fs::set_permissions(&identity, Permissions::from_mode(wrong)).unwrap();
        let error = place.adapter().read().await.unwrap_err();
        assert!(is_denied(&error) && error.to_string().contains("mode 0600"), "{error}");
    }
    fs::set_permissions(&identity, Permissions::from_mode(0o600)).unwrap();
    for wrong in ["", "0123", "KEY_1", &"z".repeat(64), &"0".repeat(1000)] {
        fs::write(&identity, wrong).unwrap();
        let error = place.adapter().read().await.unwrap_err();
        assert!(is_denied(&error) && error.to_string().contains("32 bytes"), "{error}");
    }
    fs::remove_file(&identity).unwrap();
    let error = place.adapter().create(&key("KEY_1")).await.unwrap_err();
    assert!(is_denied(&error) && error.to_string().contains("keys are sealed under it"), "{error}");
}

#[tokio::test]
async fn another_identity_opens_nothing() {
    let place = Directory::new();
    begun(&place.adapter(), "KEY_1").await;
    fs::write(place.settings().identity, "ff".repeat(32)).unwrap();
    let store = place.adapter();
    assert!(is_shape(&store.read().await.unwrap_err()));
    assert!(is_shape(&store.create(&key("KEY_2")).await.unwrap_err()));
}

#[tokio::test]
async fn a_directory_that_is_open_to_others_is_denied() {
    let place = Directory::new();
    begun(&place.adapter(), "KEY_1").await;
    for wrong in [0o750, 0o777, 0o701] {
        fs::set_permissions(place.path(), Permissions::from_mode(wrong)).unwrap();
        let error = place.adapter().read().await.unwrap_err();
        assert!(is_denied(&error) && error.to_string().contains("0700"), "{error}");
    }
}

#[tokio::test]
async fn every_flipped_bit_of_the_current_key_is_detected() {
    let place = Directory::new();
    let store = place.adapter();
    begun(&store, "KEY_1").await;
    let mut flips = 0;
    for name in place.files().into_iter().filter(|name| name != "lock") {
        let path = place.path().join(name);
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, flipped).unwrap();
            let error = store.read().await.unwrap_err();
            assert!(is_shape(&error), "{}, bit {bit}: {error}", path.display());
            flips += 1;
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(is_shape(&store.read().await.unwrap_err()), "cut to {length} bytes");
        }
        fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert!(is_shape(&store.read().await.unwrap_err()));
        fs::write(&path, whole).unwrap();
    }
    assert!(flips > 1000, "only {flips} bits");
    assert_eq!(text(store.read().await.unwrap().current.as_ref()), Some("KEY_1"));
}

#[tokio::test]
async fn a_file_in_the_place_of_another_is_refused() {
    let place = Directory::new();
    let store = place.adapter();
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    let file = |version| place.path().join(format!("key.{version}.sealed"));
    let saved = fs::read(file(&first)).unwrap();
    fs::copy(file(&second), file(&first)).unwrap();
    assert!(is_shape(&store.read().await.unwrap_err()));
    fs::write(file(&first), &saved).unwrap();
    // The same identity does not make another store's files ours.
    let other = FileStore { path: place.root.path().join("other"), ..place.settings() };
    fs::rename(place.path(), &other.path).unwrap();
    let other_store = FileStoreAdapter::open(&other, FileHooks::default());
    assert!(is_shape(&other_store.read().await.unwrap_err()));
    fs::rename(&other.path, place.path()).unwrap();
    fs::remove_file(file(&first)).unwrap();
    let error = store.read().await.unwrap_err();
    assert!(is_shape(&error) && error.to_string().contains("is missing"), "{error}");
}

#[tokio::test]
async fn a_damaged_pending_or_previous_key_does_not_stop_the_current_one() {
    let place = Directory::new();
    let store = place.adapter();
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    store.promote(&first, &second).await.unwrap();
    let third = staged(&store, "KEY_3").await;
    for version in [&first, &third] {
        fs::write(place.path().join(format!("key.{version}.sealed")), "").unwrap();
    }
    let snapshot = store.read().await.unwrap();
    assert_eq!(text(snapshot.current.as_ref()), Some("KEY_2"));
    assert!(snapshot.previous.is_none() && snapshot.pending.is_empty());
    // Never make what does not open current; stage it anew instead.
    assert!(is_shape(&store.promote(&second, &third).await.unwrap_err()));
    let again = staged(&store, "KEY_3").await;
    assert_ne!(again, third);
    store.remove(&third).await.unwrap();
    assert_eq!(store.promote(&second, &again).await.unwrap(), Promotion::Promoted);
}

#[tokio::test]
async fn pending_keys_have_a_limit() {
    let place = Directory::new();
    let store = place.adapter();
    begun(&store, "KEY_0").await;
    for number in 1..=32 {
        staged(&store, &format!("KEY_{number}")).await;
    }
    let basis = store.read().await.unwrap();
    let error = store.stage(&basis, &key("KEY_33")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    staged(&store, "KEY_32").await;
}

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
    let calm = place.adapter();
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
        let snapshot = place.adapter().read().await.unwrap();
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
        let after = place.adapter();
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

#[tokio::test]
async fn a_full_disk_is_refused_and_changes_nothing() {
    let place = Directory::new();
    let first = begun(&place.adapter(), "KEY_1").await;
    let full = place.hooked(|step| {
        let full = matches!(step, FileStep::VersionSync | FileStep::PointerSync);
        if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    let basis = full.read().await.unwrap();
    let error = full.stage(&basis, &key("KEY_2")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    let second = staged(&place.adapter(), "KEY_2").await;
    let error = full.promote(&first, &second).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    assert_eq!(full.read().await.unwrap().basis, Some(first));
}

#[tokio::test]
async fn creators_that_race_agree_on_one_identity_and_one_key() {
    for _ in 0..20 {
        let place = Directory::new();
        let racers = (0..4).map(|number| {
            let store = place.adapter();
            tokio::spawn(async move { store.create(&key(&format!("KEY_{number}"))).await.unwrap() })
        });
        let mut winners = 0;
        for racer in racers.collect::<Vec<_>>() {
            winners += usize::from(racer.await.unwrap() == Promotion::Promoted);
        }
        assert_eq!(winners, 1);
        assert!(place.adapter().read().await.unwrap().current.is_some());
        assert_eq!(fs::read_dir(place.root.path()).unwrap().count(), 2, "nothing is left over");
    }
}
