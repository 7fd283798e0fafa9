//! Writing a file so that a crash at any point leaves the old one or the new one, and the places at
//! which a test can make that crash happen. Knows nothing of keys.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// What is appended to a file's name while it is being written.
pub(super) const TEMPORARY: &str = ".tmp";

/// A step of the write path that is about to be done. A hook that fails at it leaves the disk as a
/// crash there would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStep {
    /// Write a version into its temporary file.
    VersionWrite,
    /// Flush the version's temporary file to the disk.
    VersionSync,
    /// Give the version its name.
    VersionRename,
    /// Flush the directory, so that the version's name lasts.
    VersionSyncDirectory,
    /// Report the version as stored; a crash here is a lost reply.
    VersionDone,
    /// Write the pointer into its temporary file.
    PointerWrite,
    /// Flush the pointer's temporary file to the disk.
    PointerSync,
    /// Put the new pointer in the place of the old one: the moment at which readers change over.
    PointerRename,
    /// Flush the directory, so that the change of pointer lasts.
    PointerSyncDirectory,
    /// Report the pointer as stored; a crash here is a lost reply.
    PointerDone,
    /// Delete a version that is neither current nor previous nor pending any more.
    Delete,
    /// Flush the directory, so that the deletion lasts.
    DeleteSyncDirectory,
}

impl FileStep {
    /// Every step, in the order of a version that is staged, promoted, and removed in the end.
    pub const ALL: &[FileStep] = &[
        Self::VersionWrite,
        Self::VersionSync,
        Self::VersionRename,
        Self::VersionSyncDirectory,
        Self::VersionDone,
        Self::PointerWrite,
        Self::PointerSync,
        Self::PointerRename,
        Self::PointerSyncDirectory,
        Self::PointerDone,
        Self::Delete,
        Self::DeleteSyncDirectory,
    ];
}

/// What is told of every step of the write path before it is done, and can fail it. The default
/// lets everything pass.
#[derive(Clone, Default)]
pub struct FileHooks(Option<Arc<dyn Fn(FileStep) -> io::Result<()> + Send + Sync>>);

impl FileHooks {
    /// Calls `hook` before each step, on the thread that writes.
    pub fn new(hook: impl Fn(FileStep) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(super) fn before(&self, step: FileStep) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |hook| hook(step))
    }
}

impl fmt::Debug for FileHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "FileHooks(set)" } else { "FileHooks(none)" })
    }
}

/// Which of the two kinds of file is written; they differ in the names of their steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    Version,
    Pointer,
}

impl Written {
    /// Write, sync, rename, sync the directory, done.
    const fn steps(self) -> [FileStep; 5] {
        match self {
            Self::Version => [
                FileStep::VersionWrite,
                FileStep::VersionSync,
                FileStep::VersionRename,
                FileStep::VersionSyncDirectory,
                FileStep::VersionDone,
            ],
            Self::Pointer => [
                FileStep::PointerWrite,
                FileStep::PointerSync,
                FileStep::PointerRename,
                FileStep::PointerSyncDirectory,
                FileStep::PointerDone,
            ],
        }
    }
}

/// How a write failed.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Readers still see what they saw before.
    Before(io::Error),
    /// The file has its new name, but nobody knows whether that outlives a power cut.
    After(io::Error),
}

/// Puts `bytes` into `directory` under `name`, replacing what was there: a temporary file is
/// written, flushed and renamed, and the directory is flushed.
pub(super) fn replace_file(
    directory: &Path,
    name: &str,
    bytes: &[u8],
    written: Written,
    hooks: &FileHooks,
) -> Result<(), WriteError> {
    let [write, sync, rename, sync_directory, done] = written.steps();
    let temporary = directory.join(format!("{name}{TEMPORARY}"));
    let before = || -> io::Result<()> {
        hooks.before(write)?;
        let mut file = create_private(&temporary)?;
        file.write_all(bytes)?;
        hooks.before(sync)?;
        file.sync_all()?;
        hooks.before(rename)?;
        fs::rename(&temporary, directory.join(name))
    };
    let after = || -> io::Result<()> {
        hooks.before(sync_directory)?;
        sync_of_directory(directory)?;
        hooks.before(done)
    };
    before().map_err(WriteError::Before)?;
    after().map_err(WriteError::After)
}

/// Deletes a file; one that is gone already is no error.
pub(super) fn delete_file(directory: &Path, name: &str, hooks: &FileHooks) -> io::Result<()> {
    hooks.before(FileStep::Delete)?;
    match fs::remove_file(directory.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    hooks.before(FileStep::DeleteSyncDirectory)?;
    sync_of_directory(directory)
}

/// Creates an empty file that only we may read and write.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Flushes a directory's entries to the disk.
pub(super) fn sync_of_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
