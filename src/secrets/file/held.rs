//! A key file's directory while its lock is held: what is in it, and every change to it.
//!
//! A change is one rename, of a version's file or of the pointer; what comes before it is invisible,
//! and what comes after it is tidying that the next read repeats.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::disk::Disk;
use super::hooks::{TEMPORARY, Written, delete_file, replace_file};
use super::identity::Identity;
use super::record::{Generation, POINTER, Pointer, SEALED_BYTES_MAX, key_from_bytes, key_to_bytes};
use super::trouble::Trouble;
use crate::domain::names::VersionId;
use crate::secrets::{Holding, NewKey, Place, Promotion, Snapshot};

/// The most pending keys kept. The bank offers one at a time; more than a few are a fault elsewhere.
const PENDING_MAX: usize = 32;

/// The directory under its lock.
pub(super) struct Held<'a> {
    disk: &'a Disk,
    identity: &'a Identity,
    pointer: Option<Pointer>,
    versions: BTreeSet<Generation>,
    /// Released when dropped.
    _lock: File,
}

impl<'a> Held<'a> {
    pub(super) fn new(disk: &'a Disk, identity: &'a Identity, lock: File) -> Result<Self, Trouble> {
        let mut held =
            Self { disk, identity, pointer: None, versions: BTreeSet::new(), _lock: lock };
        held.pointer = held.read_pointer()?;
        held.look_and_tidy()?;
        Ok(held)
    }

    /// Whether nothing is current: nothing was ever stored, or the pointer was deleted.
    pub(super) fn is_empty(&self) -> bool {
        self.pointer.is_none()
    }

    pub(super) fn snapshot(&self) -> Result<Snapshot, Trouble> {
        let Some(pointer) = &self.pointer else {
            return Ok(Snapshot { pending: self.readable(self.pending()), ..Snapshot::default() });
        };
        Ok(Snapshot {
            exists: true,
            basis: pointer.current.version(),
            current: Some(self.holding(pointer.current)?),
            previous: self.readable(pointer.previous).pop(),
            pending: self.readable(self.pending()),
        })
    }

    pub(super) fn create(&mut self, key: &NewKey) -> Result<Promotion, Trouble> {
        if let Some(pointer) = &self.pointer {
            let current = self.holding(pointer.current)?;
            return Ok(if current.key == key.key {
                Promotion::AlreadyCurrent
            } else {
                Promotion::Lost { current: Some(current.version) }
            });
        }
        let current = self.store(key)?;
        self.point(Pointer { current, previous: None, retired: Vec::new() })?;
        Ok(Promotion::Promoted)
    }

    pub(super) fn stage(&mut self, key: &NewKey) -> Result<VersionId, Trouble> {
        let generation = self.store(key)?;
        generation.version().ok_or_else(|| unknown_version(&generation.to_string()))
    }

    pub(super) fn promote(
        &mut self,
        from: &VersionId,
        to: &VersionId,
    ) -> Result<Promotion, Trouble> {
        // Someone deleted it since it was read.
        let Some(pointer) = self.pointer.clone() else {
            return Ok(Promotion::Lost { current: None });
        };
        let current = pointer.current.version();
        if current.as_ref() == Some(to) {
            return Ok(Promotion::AlreadyCurrent);
        }
        let to = Generation::parse(to.as_str()).filter(|to| self.versions.contains(to));
        let Some(to) = to.filter(|_| current.as_ref() == Some(from)) else {
            return Ok(Promotion::Lost { current });
        };
        // Never point at something that does not open.
        self.holding(to)?;
        let mut retired = pointer.retired;
        retired.extend(pointer.previous.filter(|previous| *previous != to));
        self.point(Pointer { current: to, previous: Some(pointer.current), retired })?;
        Ok(Promotion::Promoted)
    }

    pub(super) fn remove(&mut self, version: &VersionId, place: Place) -> Result<(), Trouble> {
        let gone = Generation::parse(version.as_str()).filter(|gone| self.versions.contains(gone));
        let Some(gone) = gone else { return Ok(()) };
        let found = match &self.pointer {
            Some(pointer) if pointer.current == gone => None,
            Some(pointer) if pointer.previous == Some(gone) => Some(Place::Previous),
            _ => Some(Place::Pending),
        };
        match (&self.pointer, place) {
            _ if found != Some(place) => Ok(()),
            (Some(pointer), Place::Previous) => {
                let mut retired = pointer.retired.clone();
                retired.push(gone);
                self.point(Pointer { current: pointer.current, previous: None, retired })
            }
            (_, Place::Pending) | (None, Place::Previous) => self.delete(gone),
        }
    }

    /// Writes a version for `key`, unless one holds it already.
    fn store(&mut self, key: &NewKey) -> Result<Generation, Trouble> {
        let name = self.identity.name_of(key.key.expose());
        let same = self.versions.iter().rev().find(|version| version.key == name);
        if let Some(version) = same.copied()
            && self.holding(version).is_ok_and(|holding| holding.key == key.key)
        {
            return Ok(version);
        }
        if self.pending().count() >= PENDING_MAX {
            return Err(Trouble::Refused(format!(
                "{PENDING_MAX} keys are pending in {}, and no more are kept",
                self.disk.directory().display()
            )));
        }
        // A number that was retired is not given again: the file would be taken for the retired one.
        let retired = self.pointer.iter().flat_map(|pointer| &pointer.retired);
        let numbers = self.versions.iter().chain(retired).map(|version| version.number);
        let last = numbers.max().unwrap_or(0);
        let generation = Generation { number: last + 1, key: name };
        let bytes = key_to_bytes(key).ok_or_else(unwritable)?;
        self.replace(&generation.file_name(), &bytes, Written::Version)?;
        self.versions.insert(generation);
        Ok(generation)
    }

    /// Moves the pointer, and deletes what it retires.
    fn point(&mut self, mut pointer: Pointer) -> Result<(), Trouble> {
        pointer.retired.retain(|retired| self.versions.contains(retired));
        let bytes = pointer.to_bytes().ok_or_else(unwritable)?;
        self.replace(POINTER, &bytes, Written::Pointer)?;
        let retired = pointer.retired.clone();
        self.pointer = Some(pointer);
        retired.into_iter().try_for_each(|version| self.delete(version))
    }

    fn replace(
        &self,
        name: &str,
        plain: &Zeroizing<Vec<u8>>,
        written: Written,
    ) -> Result<(), Trouble> {
        let directory = self.disk.directory();
        let sealed = self.identity.seal(&self.disk.place(), name, plain)?;
        replace_file(directory, name, &sealed, written, &self.disk.hooks)
            .map_err(|error| Trouble::write("write", &directory.join(name), error))
    }

    /// Deletes a version's file. Called once nothing points at it; a failure leaves open whether it
    /// is gone, and whether what came before it was done is not in doubt for whoever reads again.
    fn delete(&mut self, version: Generation) -> Result<(), Trouble> {
        let directory = self.disk.directory();
        delete_file(directory, &version.file_name(), &self.disk.hooks).map_err(|error| {
            let path = directory.join(version.file_name());
            Trouble::Unavailable(format!("cannot delete {}: {error}", path.display()))
        })?;
        self.versions.remove(&version);
        Ok(())
    }

    /// Every version that plays no part.
    fn pending(&self) -> impl Iterator<Item = Generation> {
        self.versions.iter().copied().filter(|version| {
            self.pointer.as_ref().is_none_or(|pointer| {
                *version != pointer.current && Some(*version) != pointer.previous
            })
        })
    }

    /// The versions that open. One that does not, and is not current, must not stop the rest.
    fn readable(&self, versions: impl IntoIterator<Item = Generation>) -> Vec<Holding> {
        let holdings = versions.into_iter().filter_map(|version| {
            let holding = self.holding(version);
            if holding.is_err() {
                self.disk.tell_of_damage(&version.file_name());
            }
            holding.ok()
        });
        holdings.collect()
    }

    fn holding(&self, version: Generation) -> Result<Holding, Trouble> {
        let name = version.file_name();
        let missing = || Trouble::Shape(format!("{} is missing", self.shown(&name)));
        let plain = self.open(&name)?.ok_or_else(missing)?;
        let id = version.version().ok_or_else(|| self.damaged(&name))?;
        key_from_bytes(id, &plain).ok_or_else(|| self.damaged(&name))
    }

    fn read_pointer(&self) -> Result<Option<Pointer>, Trouble> {
        let Some(plain) = self.open(POINTER)? else { return Ok(None) };
        Pointer::from_bytes(&plain).map(Some).ok_or_else(|| self.damaged(POINTER))
    }

    /// The opened content of a sealed file; `None` if it does not exist.
    fn open(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        let path = self.disk.directory().join(name);
        let failed = |error: &io::Error| Trouble::io("read", &path, error);
        // Opening a pipe put in the file's place would wait for a writer, and with us all renewal.
        let without_waiting = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let mut options = OpenOptions::new();
        let file = match options.read(true).custom_flags(without_waiting).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let mut sealed = Vec::new();
        file.take(SEALED_BYTES_MAX).read_to_end(&mut sealed).map_err(|error| failed(&error))?;
        let plain = self.identity.open(&self.disk.place(), name, &sealed);
        plain.map(Some).ok_or_else(|| self.damaged(name))
    }

    /// Lists the versions, and deletes what a crash left behind: temporary files, which nobody
    /// writes while we hold the lock, and retired versions. A reader on a read-only mount cannot
    /// delete, and need not: neither is ever looked at.
    fn look_and_tidy(&mut self) -> Result<(), Trouble> {
        let directory = self.disk.directory();
        let failed = |error: &io::Error| Trouble::io("list", directory, error);
        let retired =
            self.pointer.as_ref().map_or_else(Vec::new, |pointer| pointer.retired.clone());
        for entry in fs::read_dir(directory).map_err(|error| failed(&error))? {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            let Some(name) = name.to_str() else { continue };
            match Generation::of_file(name) {
                Some(version) if retired.contains(&version) => discard(&directory.join(name)),
                Some(version) => drop(self.versions.insert(version)),
                None if name.ends_with(TEMPORARY) => discard(&directory.join(name)),
                None => {}
            }
        }
        Ok(())
    }

    fn damaged(&self, name: &str) -> Trouble {
        Trouble::Shape(format!(
            "{} was changed, or was sealed under another identity or for another directory; \
             to begin anew, move the directory away and install a key",
            self.shown(name)
        ))
    }

    fn shown(&self, name: &str) -> String {
        self.disk.directory().join(name).display().to_string()
    }
}

/// Tidying is tried again at every read, so that a failure is no matter.
fn discard(path: &Path) {
    drop(fs::remove_file(path));
}

pub(super) fn nothing_yet() -> Trouble {
    Trouble::Refused("no key is stored yet; the first one is created, not staged".to_owned())
}

pub(super) fn vanished() -> Trouble {
    Trouble::Unavailable("the key that was current was deleted since it was read".to_owned())
}

fn unknown_version(version: &str) -> Trouble {
    Trouble::Refused(format!("{version} is no version of this store"))
}

fn unwritable() -> Trouble {
    Trouble::Refused("the key cannot be written as JSON".to_owned())
}
