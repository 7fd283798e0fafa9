//! Waiting for a time at the bank, in naps short enough to notice that a clock was wrong.

use std::time::Duration;

use jiff::Timestamp;

use super::bank_time::{BankTime, JUMP};
use crate::clock::Clock;

/// The longest sleep before the bank's time is compared with the alarm again.
const NAP: Duration = Duration::from_mins(15);

/// Waits for a time at the bank.
pub(super) struct Alarm {
    pub(super) clock: Clock,
    pub(super) time: BankTime,
    /// Whether a wall clock that jumps ends the wait: not for a reader, which asks the bank nothing,
    /// and not while the bank could not tell the time, which would ask it again and again.
    pub(super) heeds_jumps: bool,
}

impl Alarm {
    /// Waits until the bank's time is `at`, and a second at least, so that no mistake elsewhere can
    /// make a hot loop. That the wall clock is set ends a nap.
    pub(super) async fn at(self, at: Timestamp) {
        self.clock.sleep(Duration::from_secs(1)).await;
        loop {
            let left = Duration::try_from(at.duration_since(self.time.now())).unwrap_or_default();
            if left.is_zero() || (self.heeds_jumps && self.time.is_doubtful()) {
                return;
            }
            tokio::select! {
                () = self.clock.sleep(left.min(NAP)) => {}
                () = self.clock.set_by_more_than(JUMP), if self.heeds_jumps => {}
            }
        }
    }
}
