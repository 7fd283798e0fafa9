//! A command that did not do what was asked, as a person reads it: what is wrong, then what to do.

use std::fmt;

use super::exit::Exit;

/// Why a command ended otherwise than asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) exit: Exit,
    what: String,
    remedies: Vec<String>,
}

impl Failure {
    /// Says what is wrong and where.
    pub(super) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), remedies: Vec::new() }
    }

    /// Bad usage: nothing was done.
    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Adds what to do, ending in a command where there is one.
    #[must_use]
    pub(super) fn try_this(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.remedies.iter().try_for_each(|remedy| write!(f, "\n  {remedy}"))
    }
}
