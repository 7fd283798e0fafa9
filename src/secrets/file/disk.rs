//! The directory of a key file store, on the machine's own terms: who may use it, its lock, and the
//! identity that opens it. Blocking; what is done under the lock is in [`held`](super::held).

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::fs::{Access, access};

use super::held::Held;
use super::hooks::{FileHooks, sync_of_directory};
use super::identity::Identity;
use super::record::POINTER;
use super::trouble::Trouble;
use crate::secrets::{Need, NewKey, Promotion, Snapshot, Tried};
use crate::settings::model::FileStore;

/// The lock's file. It is never deleted: a lock on a deleted file would exclude nobody.
const LOCK: &str = "lock";

/// How often, and how many times, a lock that a peer holds is asked for: 10 seconds in all. A peer
/// holds it for a few flushes of the disk.
const LOCK_PAUSE: Duration = Duration::from_millis(10);
const LOCK_TRIES: u32 = 1000;

/// One store's directory.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) settings: FileStore,
    pub(super) hooks: FileHooks,
    identity: OnceLock<Identity>,
    /// Damaged files that have been told of.
    told: Mutex<BTreeSet<String>>,
}

impl Disk {
    pub(super) fn new(settings: FileStore, hooks: FileHooks) -> Self {
        Self { settings, hooks, identity: OnceLock::new(), told: Mutex::default() }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.settings.path
    }

    /// The store's name inside its sealed files: the directory's own name, so that files of another
    /// store under the same identity are refused while a volume may be mounted elsewhere.
    pub(super) fn place(&self) -> String {
        let name = self.directory().file_name().unwrap_or(self.directory().as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// What the store holds, or nothing if nothing was ever written.
    pub(super) fn read(&self) -> Result<Snapshot, Trouble> {
        self.existing()?.map_or_else(|| Ok(Snapshot::default()), |held| held.snapshot())
    }

    /// Opens the directory for a change, if a key was ever written to it.
    pub(super) fn existing(&self) -> Result<Option<Held<'_>>, Trouble> {
        let Some(identity) = self.identity()? else { return Ok(None) };
        if !check_directory(self.directory())? {
            return Ok(None);
        }
        let Some(lock) = lock(self.directory())? else { return Ok(None) };
        Held::new(self, identity, lock).map(Some)
    }

    /// Creates what is missing, and then the first version.
    pub(super) fn create(&self, key: &NewKey) -> Result<Promotion, Trouble> {
        let identity = if let Some(identity) = self.identity()? {
            identity
        } else {
            let made = Identity::create(&self.settings.identity)?;
            self.identity.get_or_init(|| made)
        };
        let directory = self.directory();
        if !check_directory(directory)? {
            let failed = |error: &io::Error| Trouble::io("create", directory, error);
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)
                .map_err(|error| failed(&error))?;
            if let Some(parent) = directory.parent().filter(|parent| !parent.as_os_str().is_empty())
            {
                sync_of_directory(parent).map_err(|error| failed(&error))?;
            }
        }
        match lock(directory)? {
            Some(lock) => Held::new(self, identity, lock)?.create(key),
            None => Err(Trouble::Denied(format!("{} cannot be locked", directory.display()))),
        }
    }

    /// The identity; `None` if it may be made and nothing is sealed under another one yet.
    fn identity(&self) -> Result<Option<&Identity>, Trouble> {
        if let Some(identity) = self.identity.get() {
            return Ok(Some(identity));
        }
        if let Some(identity) = Identity::load(&self.settings.identity)? {
            return Ok(Some(self.identity.get_or_init(|| identity)));
        }
        let path = self.settings.identity.display();
        if !self.settings.create_identity {
            return Err(Trouble::Denied(format!("the identity file {path} does not exist")));
        }
        if self.directory().join(POINTER).exists() {
            return Err(Trouble::Denied(format!(
                "the identity file {path} does not exist, but keys are sealed under it in {}",
                self.directory().display()
            )));
        }
        Ok(None)
    }

    /// Tells, once, of a file that plays no part for readers and cannot be opened.
    pub(super) fn tell_of_damage(&self, name: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(name.to_owned()) {
            tracing::warn!(
                store = %self.settings.name,
                path = %self.directory().join(name).display(),
                "a sealed key was changed, or was sealed under another identity; it is left out"
            );
        }
    }

    /// Tries everything that can be tried without changing anything.
    pub(super) fn check(&self, need: Need) -> Vec<Tried> {
        let mut tried = Vec::new();
        let mut note = |what: &str, outcome: Result<String, Trouble>| {
            let outcome = outcome.map_err(Trouble::text);
            let fine = outcome.is_ok();
            tried.push(Tried { what: what.to_owned(), outcome });
            fine
        };
        let identity = self.identity();
        let opened = note(
            "open the identity file",
            identity.map(|identity| match identity {
                Some(_) => format!("{} holds 32 bytes", self.settings.identity.display()),
                None => "it does not exist yet and will be made with the first key".to_owned(),
            }),
        );
        let writable = match need {
            Need::Read => true,
            Need::Write => note("write to the directory", self.writable()),
        };
        if opened && writable {
            note("read the keys", self.read().map(|snapshot| described(&snapshot)));
        }
        tried
    }

    fn writable(&self) -> Result<String, Trouble> {
        let directory = self.directory();
        let exists = check_directory(directory)?;
        let mut asked = directory;
        while !asked.exists() {
            asked = match asked.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
        }
        access(asked, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| Trouble::io("write to", asked, &error.into()))?;
        Ok(if exists {
            format!("{} is ours", directory.display())
        } else {
            format!("{} does not exist yet and can be made", directory.display())
        })
    }
}

fn described(snapshot: &Snapshot) -> String {
    if !snapshot.exists {
        return "no key is stored yet".to_owned();
    }
    let previous = if snapshot.previous.is_some() { "a previous one" } else { "no previous one" };
    format!("a current key, {previous}, {} pending", snapshot.pending.len())
}

/// Whether the directory exists; refuses one that others may change.
fn check_directory(path: &Path) -> Result<bool, Trouble> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Trouble::io("look at", path, &error)),
    };
    let wrong = if !metadata.is_dir() {
        "is not a directory"
    } else if metadata.uid() != rustix::process::geteuid().as_raw() {
        "belongs to another user"
    } else if metadata.mode() & 0o077 != 0 {
        "is open to others"
    } else {
        return Ok(true);
    };
    Err(Trouble::Denied(format!(
        "{} {wrong}; it must be a directory of ours alone (mode 0700)",
        path.display()
    )))
}

/// Takes the directory's lock, waiting for a peer to finish. `None` if nothing was ever written and
/// we may not write: there is nothing to guard.
fn lock(directory: &Path) -> Result<Option<File>, Trouble> {
    let path = directory.join(LOCK);
    let failed = |error: &io::Error| Trouble::io("lock", &path, error);
    let mut options = OpenOptions::new();
    let file = match options.write(true).create(true).truncate(false).mode(0o600).open(&path) {
        Ok(file) => file,
        // A reader may have the directory mounted read-only.
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(error) => return Err(failed(&error)),
    };
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
    }
    Err(Trouble::Unavailable(format!("another process keeps {} locked", path.display())))
}
