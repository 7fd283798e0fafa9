//! When the bank is asked for the latest key: once a day, and how long to wait after a failure.
//!
//! The counts live in the book, so a restart neither forgets a back-off nor asks again at once. All
//! lengths are in the bank's time.

use jiff::{SignedDuration, Timestamp};

/// The most calls for the latest key in any 24 hours, whatever happens.
pub const CALLS_PER_DAY_MAX: usize = 24;

/// The calls a day that a schedule may use; the rest is kept for proving new keys and for people.
pub const CALLS_PER_DAY_SCHEDULED: usize = 14;

/// The length of "a day" for the two limits above, a little longer than 24 hours so that a second's
/// rounding of the bank's clock cannot make a 25th call.
const DAY: SignedDuration = SignedDuration::from_secs(24 * 3600 + 60);

/// The least time between two scheduled fetches that succeed.
const FETCH_EVERY: SignedDuration = SignedDuration::from_secs(24 * 3600 + 60);

/// How far the daily fetch wanders, so that many facilities do not ask in the same minute.
const JITTER_SECONDS: f64 = 1_800.0;

/// How soon the bank may be asked again after it said that it is busy, by its own documents.
const BUSY_WAIT_SECONDS: f64 = 20.0;

/// The upward jitter on that wait.
const BUSY_JITTER_SECONDS: f64 = 10.0;

/// So many quick repeats after a passing failure; then it is hours.
const QUICK_TRIES: u32 = 4;

/// The longest wait after a failure.
const HOURS_MAX: i64 = 8;

/// The longest wait there is: a day, its rounding and its jitter, and some more.
pub const WAIT_MAX: SignedDuration = SignedDuration::from_hours(25);

/// A number from 0 (included) to 1 (not included) that decides a jitter; an argument, so that a
/// decision can be repeated.
pub type Chance = f64;

/// What kind of failure is waited out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The bank was busy, broken or out of reach: a few quick repeats, then hours.
    Passing,
    /// The bank refused, or its answer made no sense: asking again soon cannot help.
    Lasting,
}

/// When to ask again after a success at `at`.
pub fn after_success(at: Timestamp, chance: Chance) -> Timestamp {
    later(at, FETCH_EVERY + seconds(chance * JITTER_SECONDS))
}

/// When the schedule asks next: when it was planned for, but never sooner after a success than a day,
/// whatever failed or was asked by a person in between. `None` where nothing is planned yet.
pub fn due_at(planned: Option<Timestamp>, last_success: Option<Timestamp>) -> Option<Timestamp> {
    let earliest = last_success.map(|at| later(at, FETCH_EVERY));
    planned.map(|planned| earliest.map_or(planned, |earliest| planned.max(earliest)))
}

/// When to ask again after the `failures`-th failure in a row, which happened at `at`.
pub fn after_failure(at: Timestamp, kind: Failure, failures: u32, chance: Chance) -> Timestamp {
    let quick = kind == Failure::Passing && failures <= QUICK_TRIES;
    if quick {
        return later(at, seconds(BUSY_WAIT_SECONDS + chance * BUSY_JITTER_SECONDS));
    }
    let past = if kind == Failure::Passing { failures - QUICK_TRIES } else { failures.max(1) };
    let hours = 1_i64.checked_shl(past.saturating_sub(1).min(8)).unwrap_or(HOURS_MAX);
    let hours = SignedDuration::from_hours(hours.min(HOURS_MAX));
    later(at, hours + seconds(chance * JITTER_SECONDS))
}

/// Whether one more call may be made now, given when calls were made. A call that seems to lie in
/// the future, as after a clock was set back, counts as just made.
pub fn may_call(calls: &[Timestamp], now: Timestamp, limit: usize) -> bool {
    calls_in_a_day(calls, now) < limit
}

/// How many of `calls` were made in the day before `now`.
pub fn calls_in_a_day(calls: &[Timestamp], now: Timestamp) -> usize {
    calls.iter().filter(|at| now.duration_since(**at) < DAY).count()
}

/// When the oldest call of the last day leaves it, so that another may be made.
pub fn next_call_at(calls: &[Timestamp], now: Timestamp) -> Timestamp {
    let oldest = calls.iter().filter(|at| now.duration_since(**at) < DAY).min();
    later(oldest.map_or(now, |at| (*at).min(now)), DAY)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn seconds(length: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(length).unwrap_or(SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_passing_failure_is_repeated_soon_and_then_by_hours() {
        let wait = |failures, chance| {
            let next = after_failure(at(0), Failure::Passing, failures, chance);
            next.duration_since(at(0)).as_secs()
        };
        assert_eq!((wait(1, 0.0), wait(4, 0.0)), (20, 20));
        assert_eq!(wait(1, 0.999_999), 29);
        assert_eq!([5, 6, 7, 8, 9, 100].map(|n| wait(n, 0.0) / 3600), [1, 2, 4, 8, 8, 8]);
    }

    #[test]
    fn a_lasting_failure_waits_by_hours_from_the_first() {
        let wait = |failures| after_failure(at(0), Failure::Lasting, failures, 0.0);
        assert_eq!(
            [1, 2, 3, 4, 5, u32::MAX].map(|n| wait(n).as_second() / 3600),
            [1, 2, 4, 8, 8, 8]
        );
    }

    #[test]
    fn a_failure_after_a_success_does_not_bring_the_next_day_forward() {
        let day = 24 * 3600 + 60;
        assert_eq!(due_at(Some(at(50)), Some(at(20))), Some(at(20 + day)));
        assert_eq!(due_at(Some(at(90_000)), Some(at(20))), Some(at(90_000)));
        assert_eq!((due_at(Some(at(50)), None), due_at(None, Some(at(20)))), (Some(at(50)), None));
    }

    proptest! {
        /// The regressions of others: never a wait into the past, never a hot loop, no overflow.
        #[test]
        fn every_wait_is_forward_and_never_hot(
            start in -1_000_000_000_000_i64..10_000_000_000,
            failures in any::<u32>(),
            chance in 0.0..1.0_f64,
        ) {
            let start = Timestamp::from_second(start.max(-377_705_023_201)).unwrap();
            for kind in [Failure::Passing, Failure::Lasting] {
                let next = after_failure(start, kind, failures, chance);
                prop_assert!(next.duration_since(start) >= SignedDuration::from_secs(20));
            }
            let next = after_success(start, chance);
            prop_assert!(next.duration_since(start) > SignedDuration::from_hours(24));
        }

        /// However calls are spread, no 24 hours ever hold more than the limit.
        #[test]
        fn no_day_holds_more_calls_than_the_limit(
            gaps in proptest::collection::vec(0_i64..7_200, 1..400),
        ) {
            let (mut now, mut calls) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                if may_call(&calls, at(now), CALLS_PER_DAY_MAX) {
                    calls.push(at(now));
                }
            }
            for first in &calls {
                let day = calls.iter().filter(|call| {
                    let since = call.duration_since(*first).as_secs();
                    (0..24 * 3600).contains(&since)
                });
                prop_assert!(day.count() <= CALLS_PER_DAY_MAX);
            }
        }

        /// After a clock was set back, old calls count as just made: the limit still holds, and it
        /// opens again a day later.
        #[test]
        fn a_clock_set_back_spends_no_more_calls(back in 1_i64..10_000_000) {
            let calls: Vec<_> = (0..24).map(|n| at(20_000_000 + n)).collect();
            let now = at(20_000_000 - back);
            prop_assert!(!may_call(&calls, now, CALLS_PER_DAY_MAX));
            prop_assert!(next_call_at(&calls, now) <= later(now, DAY));
        }
    }
}
