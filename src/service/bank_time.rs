//! What time it is at the bank.
//!
//! Keys expire by the bank's clock, and only its `Date` header tells it. Between answers the time
//! that passed is added to the last one, so a wall clock that someone sets wrong changes nothing;
//! that it jumped is noticed, and the bank is asked again.
//!
//! Time ends keys' lives, so no single reply is believed that neither the time before it nor the wall
//! clock bears out: a second reply must show the same clock.

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::quickstream::Heard;

/// The wall clock may drift this far from the bank's before the bank is asked what time it is. The
/// `Date` header counts whole seconds, and clocks are corrected by a little all the time.
pub(super) const JUMP: SignedDuration = SignedDuration::from_mins(5);

/// The bank's time, as best known.
#[derive(Clone, Debug)]
pub(super) struct BankTime {
    clock: Clock,
    told: Option<Heard>,
    /// A reply that nothing bears out yet.
    odd: Option<Heard>,
    began: SignedDuration,
}

impl BankTime {
    pub(super) fn new(clock: Clock) -> Self {
        let began = clock.passed();
        Self { clock, told: None, odd: None, began }
    }

    /// How long this run has lasted, whatever any clock shows.
    pub(super) fn running(&self) -> SignedDuration {
        self.clock.passed().saturating_sub(self.began)
    }

    /// Takes what the bank's last reply told. To hear the same again, as after an exchange that got no
    /// reply, changes nothing.
    pub(super) fn hear(&mut self, heard: Option<Heard>) {
        let Some(heard) = heard.filter(|heard| !self.knows(heard)) else { return };
        let agrees = |known: &Heard| {
            let passed = heard.passed.saturating_sub(known.passed);
            let expected = known.shows.saturating_add(passed);
            expected.is_ok_and(|at| heard.shows.duration_since(at).abs() <= JUMP)
        };
        // Beside the wall clock: a machine that slept counts less than passed.
        let likely = heard.skew.abs() <= JUMP || self.told.iter().any(agrees);
        if likely || self.odd.iter().any(agrees) {
            (self.told, self.odd) = (Some(heard), None);
        } else {
            self.odd = Some(heard);
        }
    }

    /// Whether a reply was taken already.
    fn knows(&self, heard: &Heard) -> bool {
        self.told.iter().chain(&self.odd).any(|known| known.nth == heard.nth)
    }

    /// Whether the last reply showed a time that nothing bears out; another one settles it.
    pub(super) fn is_odd(&self) -> bool {
        self.odd.is_some()
    }

    /// The best estimate: the bank's time if it has told us, else the wall clock's.
    pub(super) fn now(&self) -> Timestamp {
        self.sure().unwrap_or_else(|| self.clock.now())
    }

    /// The bank's time, if it has told us in this run and is believed.
    pub(super) fn sure(&self) -> Option<Timestamp> {
        let told = self.told?;
        let passed = self.clock.passed().saturating_sub(told.passed);
        told.shows.saturating_add(passed).ok()
    }

    /// Whether the bank should be asked: it has never told us, or the wall clock jumped since.
    pub(super) fn is_doubtful(&self) -> bool {
        let Some((told, sure)) = self.told.zip(self.sure()) else { return true };
        if self.is_odd() {
            return true;
        }
        let skew = sure.duration_since(self.clock.now());
        skew.saturating_sub(told.skew).abs() > JUMP
    }

    /// The bank's clock less ours, in seconds, as of its last answer.
    pub(super) fn skew_seconds(&self) -> Option<i64> {
        self.told.map(|told| told.skew.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_wall_clock_that_jumps_does_not_move_the_banks_time() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(start, 0.0);
        let mut time = BankTime::new(clock.clone());
        assert!(time.is_doubtful());
        assert_eq!((time.sure(), time.now()), (None, start));

        let mut nth = 0;
        let mut heard = |shows: Timestamp, clock: &Clock| {
            nth += 1;
            let skew = shows.duration_since(clock.now());
            Some(Heard { nth, shows, passed: clock.passed(), skew })
        };
        let first = heard(start + SignedDuration::from_secs(2), &clock);
        time.hear(first);
        assert!(!time.is_doubtful());
        clock.advance(Duration::from_hours(1));
        let expected = start + SignedDuration::from_secs(3_602);
        assert_eq!(time.sure(), Some(expected));

        clock.set("2036-01-01T00:00:00Z".parse().unwrap());
        assert!(time.is_doubtful());
        assert_eq!(time.now(), expected);
        // The next exchange gets no reply: what was heard before says nothing of the jump.
        time.hear(first);
        assert!(time.is_doubtful());
        assert_eq!(time.now(), expected);

        time.hear(heard(expected, &clock));
        assert!(!time.is_doubtful());
        assert_eq!(time.now(), expected);
    }

    #[tokio::test]
    async fn one_odd_reply_is_not_believed_and_a_second_is() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let odd: Timestamp = "2036-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(start, 0.0);
        let mut time = BankTime::new(clock.clone());
        let mut nth = 0;
        let mut heard = |shows: Timestamp| {
            nth += 1;
            let skew = shows.duration_since(clock.now());
            Some(Heard { nth, shows, passed: clock.passed(), skew })
        };
        let first = heard(odd);
        time.hear(first);
        assert!(time.is_odd() && time.is_doubtful());
        time.hear(first);
        assert_eq!((time.sure(), time.now()), (None, start), "the same reply bears nothing out");
        let mut again = time.clone();
        again.hear(heard(odd));
        assert_eq!(again.sure(), Some(odd), "another reply does, however soon it comes");
        time.hear(heard(start));
        assert_eq!((time.sure(), time.is_doubtful()), (Some(start), false));

        clock.advance(Duration::from_mins(1));
        time.hear(heard(odd));
        assert_eq!(time.sure(), Some(start + SignedDuration::from_mins(1)));
        clock.advance(Duration::from_secs(1));
        time.hear(heard(odd + SignedDuration::from_secs(1)));
        assert_eq!(time.sure(), Some(odd + SignedDuration::from_secs(1)));
        assert!(!time.is_doubtful());
    }
}
