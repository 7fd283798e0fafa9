//! The directory itself: what is in it, and how it is changed so that a crash at any point leaves the
//! old content or the new one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fchown, flock};
use rustix::io::Errno;
use rustix::process::Gid;
use tracing::debug;
use zeroize::Zeroizing;

use super::super::{Digest, Trouble};
use super::hooks::{Hooks, Step};
use super::{CURRENT, METADATA, PREVIOUS, place};
use crate::settings::model::FilesTarget;

/// The link that is swapped.
const DATA: &str = "..data";
/// How names of versions, and of links that are not in place yet, begin; nothing else is removed.
const VERSION: &str = "..v-";
const TEMPORARY: &str = "..tmp-";
/// The bits of a mode that are compared and set.
const MODE_BITS: u32 = 0o7777;

/// The files as they should be.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) digest: Digest,
    /// Name and content, in the order in which the names appear.
    pub(super) files: Vec<(&'static str, Zeroizing<Vec<u8>>)>,
}

/// How the directory compares with what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It holds what is wanted and nothing else of ours.
    Right,
    /// Readers of `..data` have what is wanted; a name is missing or an old version is left.
    Untidy,
    /// It holds something else, or nothing.
    Differs,
}

/// What went wrong, for people.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) kind: Trouble,
    pub(super) detail: String,
}

impl Problem {
    pub(super) fn new(kind: Trouble, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(super) fn of(doing: &str, error: &io::Error) -> Self {
        let denied = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];
        let kind = if denied.contains(&error.kind()) {
            Trouble::Denied
        } else if [ErrorKind::NotADirectory, ErrorKind::IsADirectory].contains(&error.kind()) {
            Trouble::Settings
        } else {
            Trouble::Unavailable
        };
        Self::new(kind, format!("{doing}: {error}"))
    }
}

/// Content that is in place, and the lock under which it was put there.
#[derive(Debug)]
pub(super) struct Placed {
    live: PathBuf,
    old: Vec<PathBuf>,
    _lock: Lock,
}

impl Placed {
    pub(super) fn old_remains(&self) -> bool {
        !self.old.is_empty()
    }
}

/// The directory's lock, which keeps two processes from delivering to it at once.
#[derive(Debug)]
struct Lock(File);

impl Lock {
    fn take(directory: &Path) -> Result<Self, Problem> {
        let opened = File::open(directory).map_err(|error| Problem::of("opening it", &error))?;
        match flock(&opened, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(opened)),
            Err(Errno::WOULDBLOCK) => {
                let detail = "another process delivers to it at this moment";
                Err(Problem::new(Trouble::Unavailable, detail))
            }
            Err(error) => Err(Problem::of("locking it", &error.into())),
        }
    }
}

impl Drop for Lock {
    /// Gives the lock up by word: a process that is just being started may hold a copy of the file for
    /// a moment, so that closing it would not be enough.
    fn drop(&mut self) {
        if let Err(error) = flock(&self.0, FlockOperation::Unlock) {
            debug!(%error, "the directory's lock ends with the file");
        }
    }
}

/// The directory and how files in it should be.
#[derive(Debug)]
pub(super) struct Volume {
    directory: PathBuf,
    mode: u32,
    pub(super) group: Option<u32>,
    hooks: Hooks,
}

impl Volume {
    pub(super) fn new(target: &FilesTarget, hooks: Hooks) -> Self {
        let FilesTarget { directory, mode, group } = target.clone();
        Self { directory, mode: mode & MODE_BITS, group, hooks }
    }

    /// A place of the same kind in this directory that no reader looks at. Should it be left behind, the
    /// next delivery removes it as it does its own unfinished work.
    pub(super) fn rehearsal(&self) -> Self {
        let directory = self.directory.join(format!("{TEMPORARY}rehearsal"));
        Self { directory, mode: self.mode, group: self.group, hooks: self.hooks.clone() }
    }

    /// Removes the directory with all that is in it.
    pub(super) fn remove(&self) -> Result<(), Problem> {
        remove(&self.directory).map_err(|error| Problem::of("removing what was rehearsed", &error))
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Compares the directory, as it is, with what is wanted.
    pub(super) fn look(&self, wanted: &Wanted) -> Result<State, Problem> {
        self.compare(wanted).map_err(|error| Problem::of("looking at what is there", &error))
    }

    /// Makes readers see what is wanted. Old versions are left for [`Volume::sweep`].
    pub(super) fn put(&self, wanted: &Wanted) -> Result<Placed, Problem> {
        self.make_directory()?;
        place::judge(&self.directory)?;
        let lock = Lock::take(&self.directory)?;
        if self.look(wanted)? == State::Differs {
            self.replace(wanted)?;
        }
        self.name_files(wanted)?;
        let live = self.live().map_err(|error| Problem::of("reading ..data", &error))?;
        let live = live.unwrap_or_default();
        let ours = self.ours().map_err(|error| Problem::of("listing it", &error))?;
        let old = ours.into_iter().filter(|path| *path != live).collect();
        Ok(Placed { live, old, _lock: lock })
    }

    /// Removes what was left when `placed` was put there: it may hold keys that are not wanted.
    pub(super) fn sweep(&self, placed: &Placed) -> Result<(), Problem> {
        for old in placed.old.iter().filter(|old| **old != placed.live) {
            let removed = self.hooks.before(Step::RemoveOld).and_then(|()| remove(old));
            removed.map_err(|error| Problem::of("removing the old files", &error))?;
        }
        Ok(())
    }

    fn compare(&self, wanted: &Wanted) -> io::Result<State> {
        let Some(live) = self.live()? else { return Ok(State::Differs) };
        match self.holds(&live, wanted) {
            Ok(true) => {}
            Ok(false) => return Ok(State::Differs),
            // Files of another user than we run as now are replaced by ours.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(State::Differs),
            Err(error) => return Err(error),
        }
        for name in [CURRENT, PREVIOUS, METADATA] {
            let there = fs::read_link(self.directory.join(name)).ok();
            let right = there.is_some_and(|there| there == Path::new(DATA).join(name));
            if right != wanted.has(name) {
                return Ok(State::Untidy);
            }
        }
        let tidy = self.ours()?.iter().all(|path| *path == live);
        Ok(if tidy { State::Right } else { State::Untidy })
    }

    /// Whether a version holds exactly the wanted files, with their mode and group.
    fn holds(&self, version: &Path, wanted: &Wanted) -> io::Result<bool> {
        let Some(seen) = found(fs::symlink_metadata(version))? else { return Ok(false) };
        if !seen.is_dir() || !self.is_dressed(&seen, self.directory_mode()) {
            return Ok(false);
        }
        let mut entries = 0;
        for entry in fs::read_dir(version)? {
            entries += 1;
            if !wanted.has(&entry?.file_name().to_string_lossy()) {
                return Ok(false);
            }
        }
        for (name, content) in &wanted.files {
            let path = version.join(name);
            let Some(seen) = found(fs::symlink_metadata(&path))? else { return Ok(false) };
            let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
            if !seen.is_file() || seen.len() != size || !self.is_dressed(&seen, self.mode) {
                return Ok(false);
            }
            let mut there = Zeroizing::new(Vec::with_capacity(content.len() + 1));
            File::open(&path)?.take(size + 1).read_to_end(&mut there)?;
            if *there != **content {
                return Ok(false);
            }
        }
        Ok(entries == wanted.files.len())
    }

    fn is_dressed(&self, seen: &fs::Metadata, mode: u32) -> bool {
        // A directory may inherit the set-group-id bit of the one it is in.
        let bits = if seen.is_dir() { MODE_BITS & !0o2000 } else { MODE_BITS };
        seen.mode() & bits == mode && self.group.is_none_or(|group| group == seen.gid())
    }

    /// The version readers have.
    fn live(&self) -> io::Result<Option<PathBuf>> {
        let link = match fs::read_link(self.directory.join(DATA)) {
            Ok(link) => link,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                return Err(io::Error::other("..data is no link; move it away"));
            }
            Err(error) => return Err(error),
        };
        let name = link.to_str().filter(|name| name.starts_with(VERSION) && !name.contains('/'));
        Ok(name.map(|name| self.directory.join(name)))
    }

    /// Everything of ours in the directory but the names readers use.
    fn ours(&self) -> io::Result<Vec<PathBuf>> {
        let mut ours = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(VERSION) || name.starts_with(TEMPORARY) {
                ours.push(entry.path());
            }
        }
        Ok(ours)
    }

    fn make_directory(&self) -> Result<(), Problem> {
        match fs::create_dir(&self.directory) {
            Ok(()) => self.dress_directory(&self.directory),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let detail = "its parent does not exist; create that, or mount the volume there";
                Err(Problem::new(Trouble::Unavailable, detail))
            }
            Err(error) => Err(Problem::of("making it", &error)),
        }
    }

    /// Writes a new version and swaps it in.
    fn replace(&self, wanted: &Wanted) -> Result<(), Problem> {
        let live = self.live().map_err(|error| Problem::of("reading ..data", &error))?;
        let name = |half: u8| format!("{VERSION}{:.16}-{half}", wanted.digest.as_str());
        let free = [name(0), name(1)]
            .into_iter()
            .find(|name| live.as_ref().is_none_or(|live| *live != self.directory.join(name)));
        let name = free.unwrap_or_default();
        let version = self.directory.join(&name);
        let cleared = remove(&version).and_then(|()| self.hooks.before(Step::MakeVersion));
        let made = cleared.and_then(|()| fs::create_dir(&version));
        made.map_err(|error| Problem::of("making a place for the new files", &error))?;
        for (file, content) in &wanted.files {
            self.write(&version.join(file), content)?;
        }
        self.before(Step::FinishVersion)?;
        self.dress_directory(&version)?;
        self.before(Step::LinkVersion)?;
        self.link(Path::new(&name), DATA, Some(Step::Swap))?;
        self.before(Step::SyncDirectory)?;
        let directory = File::open(&self.directory).and_then(|directory| sync(&directory));
        directory.map_err(|error| Problem::of("flushing it", &error))
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), Problem> {
        self.before(Step::WriteFile)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let written = file.and_then(|mut file| file.write_all(content).map(|()| file));
        let file = written.map_err(|error| Problem::of("writing the new files", &error))?;
        self.before(Step::FinishFile)?;
        self.dress(&file, self.mode)
    }

    /// Puts the names into place that are missing, and takes away those that are not wanted.
    fn name_files(&self, wanted: &Wanted) -> Result<(), Problem> {
        for (name, _) in &wanted.files {
            let right = Path::new(DATA).join(name);
            if fs::read_link(self.directory.join(name)).ok().as_ref() != Some(&right) {
                self.before(Step::LinkName)?;
                self.link(&right, name, None)?;
            }
        }
        for name in [CURRENT, PREVIOUS, METADATA].into_iter().filter(|name| !wanted.has(name)) {
            let path = self.directory.join(name);
            if fs::read_link(&path).is_ok_and(|there| there == Path::new(DATA).join(name)) {
                remove(&path).map_err(|error| Problem::of("removing a name", &error))?;
            }
        }
        Ok(())
    }

    /// Makes `name` a link to `to`, replacing what is there in one step.
    fn link(&self, to: &Path, name: &str, swap: Option<Step>) -> Result<(), Problem> {
        let temporary = self.directory.join(format!("{TEMPORARY}{name}"));
        let linked = remove(&temporary).and_then(|()| symlink(to, &temporary));
        linked.map_err(|error| match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) => {
                let detail = "its file system holds no symbolic links, without which files cannot \
                              be swapped together; name a directory on another";
                Problem::new(Trouble::Settings, detail)
            }
            _ => Problem::of("making a link", &error),
        })?;
        if let Some(swap) = swap {
            self.before(swap)?;
        }
        fs::rename(&temporary, self.directory.join(name)).map_err(|error| {
            let hint = if error.kind() == ErrorKind::IsADirectory { "; move it away" } else { "" };
            Problem::of(&format!("putting {name} in place{hint}"), &error)
        })
    }

    fn dress_directory(&self, directory: &Path) -> Result<(), Problem> {
        let opened = File::open(directory);
        let opened = opened.map_err(|error| Problem::of("opening a directory", &error))?;
        self.dress(&opened, self.directory_mode())
    }

    /// Gives a file or directory its group and mode, whatever the umask, and flushes it.
    fn dress(&self, file: &File, mode: u32) -> Result<(), Problem> {
        if let Some(group) = self.group {
            fchown(file, None, Some(Gid::from_raw(group)))
                .map_err(|_| Problem::new(Trouble::Denied, place::refused_group(group)))?;
        }
        let dressed = file.set_permissions(Permissions::from_mode(mode)).and_then(|()| sync(file));
        dressed.map_err(|error| Problem::of("setting mode and flushing", &error))
    }

    /// Whoever may read the files may enter their directory; we may do everything.
    fn directory_mode(&self) -> u32 {
        let read = self.mode & 0o444;
        0o700 | read | (read >> 2)
    }

    fn before(&self, step: Step) -> Result<(), Problem> {
        self.hooks.before(step).map_err(|error| Problem::of("writing the new files", &error))
    }
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        self.files.iter().any(|(wanted, _)| *wanted == name)
    }
}

/// Nothing, rather than an error, where nothing is.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file, a link or a directory of files; what is gone already is no error.
fn remove(path: &Path) -> io::Result<()> {
    let Some(seen) = found(fs::symlink_metadata(path))? else { return Ok(()) };
    let removed = if seen.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    found(removed).map(|_| ())
}

/// Flushes to the disk; a file system that has nothing to flush to says so, and is right.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}
