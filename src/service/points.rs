//! The points of a renewal at which a process may die, each with a name.
//!
//! The renewal passes every one of them on its way. The daemon gives a hook that lets it pass; the
//! crash tests give one that stops it there, as if the process had died: nothing after the point is
//! done, and only what was stored before it remains.

use std::fmt;
use std::sync::Arc;

/// A point of the renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// Before the bank is asked for the latest key; the call is in the book.
    BeforeFetch,
    /// The bank's answer has been read; a new key is in memory only.
    Fetched,
    /// The store took the new key into its pending place; nothing else knows.
    StoreStaged,
    /// The staged key is in the book.
    Staged,
    /// The bank accepted the key; only memory knows.
    BankProved,
    /// The proof is in the book.
    Proven,
    /// The store made the key current; nothing else knows.
    StorePromoted,
    /// The promotion is in the book; no reader was told.
    Promoted,
    /// One delivery target was given the key; others may not have been.
    Delivering,
    /// Every target was given the key.
    Delivered,
    /// A place of the store was cleared; nothing else knows.
    StoreRemoved,
}

impl Point {
    /// Every point, in the order a renewal passes them.
    pub const ALL: &[Point] = &[
        Self::BeforeFetch,
        Self::Fetched,
        Self::StoreStaged,
        Self::Staged,
        Self::BankProved,
        Self::Proven,
        Self::StorePromoted,
        Self::Promoted,
        Self::Delivering,
        Self::Delivered,
        Self::StoreRemoved,
    ];
}

/// The process died, as far as this cycle is concerned: stop at once, write nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Died;

/// Decides at each point whether the renewal goes on.
#[derive(Clone)]
pub struct Points(Arc<dyn Fn(Point) -> Result<(), Died> + Send + Sync>);

impl Points {
    /// Lets every point pass: the daemon's.
    pub fn pass() -> Self {
        Self(Arc::new(|_| Ok(())))
    }

    /// Asks `hook` at every point.
    pub fn asking(hook: impl Fn(Point) -> Result<(), Died> + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(super) fn at(&self, point: Point) -> Result<(), Died> {
        (self.0)(point)
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Points")
    }
}
