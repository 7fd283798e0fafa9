//! The places at which a test can cut a delivery of files short, as a crash would.

use std::fmt;
use std::io;
use std::sync::Arc;

/// A step that is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Make the new version's directory.
    MakeVersion,
    /// Write one of its files.
    WriteFile,
    /// Give the file its group and mode, and flush it.
    FinishFile,
    /// Give the version its group and mode, and flush it.
    FinishVersion,
    /// Put the new link beside the old one.
    LinkVersion,
    /// Swap the links: the moment at which readers change over.
    Swap,
    /// Flush the directory, so that the swap lasts.
    SyncDirectory,
    /// Put one of the names in place, where it is not there yet.
    LinkName,
    /// Remove the old version.
    RemoveOld,
}

impl Step {
    /// Every step, in order.
    pub const ALL: &[Step] = &[
        Self::MakeVersion,
        Self::WriteFile,
        Self::FinishFile,
        Self::FinishVersion,
        Self::LinkVersion,
        Self::Swap,
        Self::SyncDirectory,
        Self::LinkName,
        Self::RemoveOld,
    ];
}

/// What is told of every step before it is done, and can fail it. The default lets everything pass.
#[derive(Clone, Default)]
pub struct Hooks(Option<Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>>);

impl Hooks {
    /// Calls `hook` before each step, on the thread that does it.
    pub fn new(hook: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(super) fn before(&self, step: Step) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |hook| hook(step))
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hooks(set)" } else { "Hooks(none)" })
    }
}
