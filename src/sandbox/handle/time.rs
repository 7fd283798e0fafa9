//! The clock, and how far the bank has come with what is due by it.

use std::sync::MutexGuard;

use jiff::Timestamp;

use super::Control;
use crate::clock::Clock;
use crate::sandbox::bank::State;

impl Control {
    /// The sandbox's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// When the clock next has something to do; `None` if nothing is due ever.
    pub(in crate::sandbox) fn next_due(&self) -> Option<Timestamp> {
        self.0.state().book.next_due()
    }

    /// The time up to which everything that was due has happened: the clock's, unless so much came
    /// due at once that the bank is still at work on it.
    pub fn reached(&self) -> Timestamp {
        let now = self.0.now();
        self.0.state().reached(now)
    }

    /// Waits until everything that is due now has happened; others are answered meanwhile, as of the
    /// time the bank has reached.
    pub async fn catch_up(&self) {
        self.0.catch_up().await;
    }

    /// The clock was moved: lets happen what is due, and notes a change that must reach the disk.
    pub(in crate::sandbox) async fn clock_moved(&self) {
        self.0.state().changed();
        self.catch_up().await;
    }

    /// The state once everything due has happened: by the rules that stood while it came due.
    pub(super) fn up_to_date(&self) -> MutexGuard<'_, State> {
        let now = self.0.now();
        loop {
            let mut state = self.0.state();
            state.catch_up(now);
            if !state.is_due(now) {
                return state;
            }
        }
    }
}
