//! What requests and the control API look at and change, and who is told of a change.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::sandbox::book::Book;
use crate::sandbox::faults::Faults;
use crate::sandbox::guesses::Guesses;
use crate::sandbox::merchant::Happened;
use crate::sandbox::requests::RequestLog;

/// The state behind the bank's lock.
#[derive(Debug)]
pub(in crate::sandbox) struct State {
    pub(in crate::sandbox) book: Book,
    pub(in crate::sandbox) guesses: Guesses,
    pub(in crate::sandbox) faults: Faults,
    pub(in crate::sandbox) requests: RequestLog,
    /// Counts changes that must reach the disk.
    pub(super) revision: u64,
    /// What the ticker sleeps for; nothing if `None`.
    armed: Option<Timestamp>,
    pub(super) sooner: Arc<Notify>,
    pub(super) mail: Arc<Notify>,
}

impl State {
    pub(in crate::sandbox) fn new(book: Book, guesses: Guesses, requests_kept: usize) -> Self {
        let requests = RequestLog::new(requests_kept);
        Self {
            book,
            guesses,
            faults: Faults::default(),
            requests,
            revision: 1,
            armed: None,
            sooner: Arc::default(),
            mail: Arc::default(),
        }
    }

    /// Lets happen what is due by `now`, or a first part of it if that is much; returns the time the
    /// bank has reached, at which whatever is asked of it next is done. It is `now`, or earlier if
    /// more is due.
    pub(in crate::sandbox) fn catch_up(&mut self, now: Timestamp) -> Timestamp {
        if self.book.catch_up(&self.guesses, now) == Happened::Something {
            self.changed();
        }
        self.reached(now)
    }

    /// The time up to which everything has happened that is due by `now`.
    pub(in crate::sandbox) fn reached(&self, now: Timestamp) -> Timestamp {
        self.book.next_due().map_or(now, |due| due.min(now))
    }

    /// Whether anything is due at `now` that has not happened.
    pub(in crate::sandbox) fn is_due(&self, now: Timestamp) -> bool {
        self.book.next_due().is_some_and(|due| due <= now)
    }

    /// Notes that something changed that must outlive a restart.
    pub(in crate::sandbox) fn changed(&mut self) {
        self.revision += 1;
        let next = self.book.next_due();
        if next.is_some_and(|next| self.armed.is_none_or(|armed| next < armed)) {
            self.sooner.notify_one();
        }
        if self.book.has_mail() {
            self.mail.notify_one();
        }
    }

    /// When the next thing is due, for which the ticker sleeps from now on.
    pub(in crate::sandbox) fn arm(&mut self) -> Option<Timestamp> {
        self.armed = self.book.next_due();
        self.armed
    }
}
