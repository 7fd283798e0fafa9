//! The whole book at once: given out, taken in, and gone back to.

use std::path::Path;
use std::sync::Arc;

use super::{Bank, layout, lock, put_off_max};
use crate::sandbox::SandboxError;
use crate::sandbox::data::SavedClock;
use crate::sandbox::seed::{Beginning, Seed};

/// What a book that was sent is called where a file has its path.
const SENT: &str = "body";

impl Bank {
    /// The whole book, as a data file holds it.
    pub(in crate::sandbox) fn dump(&self) -> std::io::Result<Vec<u8>> {
        let clock = SavedClock { now: self.now(), rate: self.clock.rate() };
        let state = self.state();
        let saved = self.saved(&state, clock, clock.now);
        let mut text = Vec::new();
        saved.write(&mut text, layout(put_off_max(state.book.records())))?;
        Ok(text)
    }

    /// Forgets everything but the clock's time: the seed data again, counted from now.
    pub(in crate::sandbox) fn reset(&self) -> Result<(), SandboxError> {
        let seed = lock(&self.seed).clone();
        let beginning = seed.begin(self.now())?;
        self.begin_with(beginning);
        Ok(())
    }

    /// Takes a book in place of the one there is, and its clock if it comes with one; a reset goes
    /// back to it from now on. Nothing is changed if it is refused.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub(in crate::sandbox) fn replace(&self, text: Arc<str>) -> Result<(), ReplaceError> {
        let number = lock(&self.seed).number();
        let wrong = ReplaceError::Wrong;
        let seed = Seed::of_text(number, Path::new(SENT), text).map_err(wrong)?;
        let clock = seed.clock();
        let now = clock.now.unwrap_or_else(|| self.now());
        let beginning = seed.begin(now).map_err(|error| match error {
            SandboxError::Seed { reason, .. } => wrong(reason),
            SandboxError::Bind(_) | SandboxError::Data { .. } | SandboxError::ClockFixed(_) => {
                wrong(error.to_string())
            }
        })?;
        let set = clock.rate.is_none_or(|rate| self.clock.set_rate(rate))
            && clock.now.is_none_or(|now| self.clock.set(now));
        if !set {
            return Err(ReplaceError::ClockFixed);
        }
        self.begin_with(beginning);
        *lock(&self.seed) = seed;
        Ok(())
    }

    fn begin_with(&self, beginning: Beginning) {
        let mut state = self.state();
        state.book = beginning.book;
        state.guesses = beginning.guesses;
        state.faults.clear();
        state.requests.clear();
        *lock(&self.idempotency) = beginning.idempotency;
        state.changed();
        drop(state);
        lock(&self.slots).most.clear();
    }
}

/// Why a book is not taken.
#[derive(Debug)]
pub(in crate::sandbox) enum ReplaceError {
    /// It is not in order.
    Wrong(String),
    /// It comes with a clock, and the sandbox runs on the machine's.
    ClockFixed,
}
