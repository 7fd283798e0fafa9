//! What the process forbids itself before it reads the first secret: being traced, and leaving its
//! memory behind in a core file.
//!
//! Root can read any process's memory whatever is done here; against everyone else, other programs of
//! our own user among them, this holds.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use thiserror::Error;

/// What took. Each was asked of the kernel again after it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardening {
    /// No process of our user can trace us or read our memory, and the kernel dumps no core.
    pub dumpable_off: bool,
    /// The limit on core files is zero, and cannot be raised again without privilege.
    pub core_off: bool,
    /// What did not take and why; empty when all did.
    pub problems: Vec<String>,
}

/// The process could not be hardened, and is told to have it so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the process cannot be hardened, and require_hardening is set: {0}")]
pub struct NotHardened(String);

impl Hardening {
    /// For `require_hardening`: goes on only if everything took.
    ///
    /// # Errors
    ///
    /// Says what did not.
    pub fn require(&self) -> Result<(), NotHardened> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(NotHardened(self.problems.join("; ")))
    }
}

/// Hardens the process; what it creates from now on is for its own user alone. Called once, before any
/// thread is started and any secret is read.
pub fn harden() -> Hardening {
    umask(Mode::RWXG | Mode::RWXO);
    let (dumpable, core) = (forbid_tracing(), forbid_cores());
    let (dumpable_off, core_off) = (dumpable.is_ok(), core.is_ok());
    let problems = [dumpable, core].into_iter().filter_map(Result::err).collect();
    Hardening { dumpable_off, core_off, problems }
}

#[cfg(target_os = "linux")]
fn forbid_tracing() -> Result<(), String> {
    use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};
    let set = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    set.map_err(|error| format!("the kernel does not let tracing be forbidden: {error}"))?;
    match dumpable_behavior() {
        Ok(DumpableBehavior::NotDumpable) => Ok(()),
        Ok(_) | Err(_) => Err("tracing was forbidden, and the kernel says it was not".to_owned()),
    }
}

#[cfg(not(target_os = "linux"))]
fn forbid_tracing() -> Result<(), String> {
    Err("tracing can be forbidden on Linux only".to_owned())
}

fn forbid_cores() -> Result<(), String> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let set = setrlimit(Resource::Core, none);
    set.map_err(|error| format!("core files cannot be forbidden: {error}"))?;
    if getrlimit(Resource::Core) == none {
        Ok(())
    } else {
        Err("core files were forbidden, and the kernel says they were not".to_owned())
    }
}
