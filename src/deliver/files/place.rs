//! Whether a directory is a place for keys, and whether a group can be given to them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::{getegid, geteuid, getgroups};

use super::super::Trouble;
use super::volume::Problem;

const WRITABLE_BY_ALL: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// Looks at an existing directory; tells what kind of place it is.
///
/// # Errors
///
/// Refuses what is no directory, and one in which anybody could put other files in the place of ours.
/// A volume of its own may be open to all, as Kubernetes makes its empty volumes: whoever it is mounted
/// for is meant to have it.
pub(super) fn judge(directory: &Path) -> Result<&'static str, Problem> {
    let seen = fs::metadata(directory).map_err(|error| Problem::of("looking at it", &error))?;
    if !seen.is_dir() {
        return Err(Problem::new(Trouble::Settings, "it is not a directory"));
    }
    if seen.mode() & WRITABLE_BY_ALL == 0 || seen.mode() & STICKY != 0 {
        return Ok("it is there and can be written to");
    }
    let outside =
        fs::metadata(directory.join("..")).is_ok_and(|outside| outside.dev() != seen.dev());
    if outside {
        return Ok("it is a volume of its own, open to everyone it is mounted for");
    }
    let detail = "everyone on this machine can write to it: take that away (chmod o-w), or name a \
                  directory of its own";
    Err(Problem::new(Trouble::Denied, detail))
}

/// Whether files of ours can be given to this group.
pub(super) fn may_give(group: u32) -> Result<String, String> {
    let ours = getgroups().unwrap_or_default().into_iter().chain([getegid()]);
    if geteuid().is_root() || ours.into_iter().any(|ours| ours.as_raw() == group) {
        return Ok("files can be given to it".to_owned());
    }
    Err(refused_group(group))
}

/// What to say when a group cannot be given.
pub(super) fn refused_group(group: u32) -> String {
    format!("files cannot be given to group {group}: run with it among the process's groups")
}
