//! The encrypted file store: its promises, its seals, and a crash at every step of a write.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quaymaster::domain::names::StoreName;
use quaymaster::secrets::file::{FileHooks, FileStep, FileStoreAdapter};
use quaymaster::secrets::{Need, Place as At, Promotion, SecretStore, StoreError};
use quaymaster::settings::model::FileStore;
use tempfile::TempDir;

use crate::contract::{Place, begun, key, staged, text};

pub(crate) struct Directory {
    root: TempDir,
}

impl Directory {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn path(&self) -> PathBuf {
        self.settings().path
    }

    pub(crate) fn hooked(
        &self,
        hook: impl Fn(FileStep) -> io::Result<()> + Send + Sync + 'static,
    ) -> Arc<dyn SecretStore> {
        Arc::new(FileStoreAdapter::open(&self.settings(), FileHooks::new(hook)))
    }

    /// The file names in the store's directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Place for Directory {
    async fn adapter(&self) -> Arc<dyn SecretStore> {
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
    let store = place.adapter().await;
    begun(&store, "KEY_1").await;
    staged(&store, "KEY_2").await;
    let snapshot = place.adapter().await.read().await.unwrap();
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
        assert!(!bytes.windows(8).any(|window| window == b"a key of"), "{name}");
    }
}

#[tokio::test]
async fn nothing_is_created_by_looking() {
    let place = Directory::new();
    let store = place.adapter().await;
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
    begun(&place.adapter().await, "KEY_1").await;
    let identity = place.settings().identity;
    for wrong in [0o604, 0o640, 0o620, 0o602] {
        fs::set_permissions(&identity, Permissions::from_mode(wrong)).unwrap();
        let error = place.adapter().await.read().await.unwrap_err();
        assert!(is_denied(&error) && error.to_string().contains("mode 0600"), "{error}");
    }
    fs::set_permissions(&identity, Permissions::from_mode(0o600)).unwrap();
    for wrong in ["", "0123", "KEY_1", &"z".repeat(64), &"0".repeat(1000)] {
        fs::write(&identity, wrong).unwrap();
        let error = place.adapter().await.read().await.unwrap_err();
        assert!(is_denied(&error) && error.to_string().contains("32 bytes"), "{error}");
    }
    fs::remove_file(&identity).unwrap();
    let error = place.adapter().await.create(&key("KEY_1")).await.unwrap_err();
    assert!(is_denied(&error) && error.to_string().contains("keys are sealed under it"), "{error}");
}

#[tokio::test]
async fn another_identity_opens_nothing() {
    let place = Directory::new();
    begun(&place.adapter().await, "KEY_1").await;
    fs::write(place.settings().identity, "ff".repeat(32)).unwrap();
    let store = place.adapter().await;
    assert!(is_shape(&store.read().await.unwrap_err()));
    assert!(is_shape(&store.create(&key("KEY_2")).await.unwrap_err()));
}

#[tokio::test]
async fn a_directory_that_is_open_to_others_is_denied() {
    let place = Directory::new();
    begun(&place.adapter().await, "KEY_1").await;
    for wrong in [0o750, 0o777, 0o701] {
        fs::set_permissions(place.path(), Permissions::from_mode(wrong)).unwrap();
        let error = place.adapter().await.read().await.unwrap_err();
        assert!(is_denied(&error) && error.to_string().contains("0700"), "{error}");
    }
}

#[tokio::test]
async fn every_flipped_bit_of_the_current_key_is_detected() {
    let place = Directory::new();
    let store = place.adapter().await;
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
    let store = place.adapter().await;
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
    let store = place.adapter().await;
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
    store.remove(&third, At::Pending).await.unwrap();
    assert_eq!(store.promote(&second, &again).await.unwrap(), Promotion::Promoted);
}

#[tokio::test]
async fn pending_keys_have_a_limit() {
    let place = Directory::new();
    let store = place.adapter().await;
    begun(&store, "KEY_0").await;
    for number in 1..=32 {
        staged(&store, &format!("KEY_{number}")).await;
    }
    let basis = store.read().await.unwrap();
    let error = store.stage(&basis, &key("KEY_33")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    staged(&store, "KEY_32").await;
}

#[tokio::test]
async fn a_full_disk_is_refused_and_changes_nothing() {
    let place = Directory::new();
    let first = begun(&place.adapter().await, "KEY_1").await;
    let full = place.hooked(|step| {
        let full = matches!(step, FileStep::VersionSync | FileStep::PointerSync);
        if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    let basis = full.read().await.unwrap();
    let error = full.stage(&basis, &key("KEY_2")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    let second = staged(&place.adapter().await, "KEY_2").await;
    let error = full.promote(&first, &second).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    assert_eq!(full.read().await.unwrap().basis, Some(first));
}

#[tokio::test]
async fn creators_that_race_agree_on_one_identity_and_one_key() {
    for _ in 0..20 {
        let place = Directory::new();
        let mut racers = Vec::new();
        for number in 0..4 {
            let store = place.adapter().await;
            racers.push(tokio::spawn(async move {
                store.create(&key(&format!("KEY_{number}"))).await.unwrap()
            }));
        }
        let mut winners = 0;
        for racer in racers {
            winners += usize::from(racer.await.unwrap() == Promotion::Promoted);
        }
        assert_eq!(winners, 1);
        assert!(place.adapter().await.read().await.unwrap().current.is_some());
        assert_eq!(fs::read_dir(place.root.path()).unwrap().count(), 2, "nothing is left over");
    }
}
