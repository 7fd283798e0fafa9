//! What the facility's task remembers, and how it goes on while the book cannot be written.
//!
//! A book that cannot be written stops nothing: what is unwritten is kept in memory and tried again
//! soon, since a restart before that would not know what was done and would do it once more.

use std::time::Duration;

use super::renewal::Renewal;
use crate::clock::Clock;
use crate::store;

/// How soon a book that could not be written is tried again.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Waits until a book that could not be written is tried again; for ever while nothing is unwritten.
pub(super) async fn book_is_due(clock: &Clock, has_trouble: bool) {
    if !has_trouble {
        std::future::pending::<()>().await;
    }
    clock.sleep(AGAIN_AFTER).await;
}

impl Renewal {
    /// Writes ledger and history to the book. A book that cannot be written stops nothing: what is
    /// unwritten is kept for the next time.
    pub(super) async fn write(&mut self) {
        let same = self.written.as_ref() == Some(&self.ledger);
        if same && self.unwritten.is_empty() && self.book_trouble.is_none() {
            return;
        }
        if self.unread && !self.read_at_last().await {
            return;
        }
        let name = &self.parts.settings.name;
        self.pulse.beat(store::ANSWERS_WITHIN);
        match self.parts.book.save(name, &self.ledger, &self.unwritten).await {
            Ok(()) => {
                self.unwritten.clear();
                self.written = Some(self.ledger.clone());
                if self.book_trouble.take().is_some() {
                    tracing::info!(facility = %name, "the book can be written again");
                }
            }
            Err(error) => {
                let keep = self.unwritten.len().saturating_sub(1_000);
                self.unwritten.drain(..keep);
                if self.book_trouble.is_none() {
                    tracing::error!(facility = %name, error = %error, "the book cannot be written");
                }
                self.book_trouble = Some(error.to_string());
            }
        }
    }

    /// Reads the book after it could not be read at the start, and adds what happened since. Nothing is
    /// written before that: an empty ledger must not take the place of a full one.
    async fn read_at_last(&mut self) -> bool {
        self.pulse.beat(store::ANSWERS_WITHIN);
        match self.parts.book.load(&self.parts.settings.name).await {
            Ok(stored) => {
                let since = std::mem::replace(&mut self.ledger, stored);
                for (name, key) in since.keys {
                    self.ledger.keys.entry(name).or_insert(key);
                }
                self.ledger.calls.extend(since.calls);
                self.ledger.leaked.extend(since.leaked);
                self.ledger.adopted = self.ledger.adopted.take().or(since.adopted);
                self.unread = false;
                true
            }
            Err(error) => {
                self.book_trouble = Some(error.to_string());
                false
            }
        }
    }

    /// What a person must know whose word the book does not keep.
    pub(super) fn forgets(&self) -> Option<String> {
        let why = if self.book_trouble.is_some() {
            "cannot be written"
        } else if self.parts.book.is_kept() {
            return None;
        } else {
            "is in memory only"
        };
        Some(format!("the book {why}, so a restart forgets this: repeat the command then"))
    }

    /// Reads the freeze a person may have put on; one that cannot be read is taken as it was.
    pub(super) async fn read_freeze(&mut self) {
        self.pulse.beat(store::ANSWERS_WITHIN);
        match self.parts.book.freeze().await {
            Ok(freeze) => self.frozen = freeze,
            Err(error) if self.book_trouble.is_none() => {
                let facility = &self.parts.settings.name;
                tracing::error!(%facility, error = %error, "the book cannot be read");
                self.book_trouble = Some(error.to_string());
            }
            Err(_) => {}
        }
    }
}
