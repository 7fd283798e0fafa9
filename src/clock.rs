//! What time it is, and waiting until it is later.
//!
//! Time is an argument: nothing else in the program asks the machine. A [`Clock`] is either the
//! machine's own or one that is set, advanced and run fast; the sandbox and the daemon embedded
//! beside it share one of the second kind, so that two years pass for both alike. Every wait longer
//! than a socket's time-out goes through [`Clock::sleep_until`]; sockets use real time.
//!
//! A clock has two faces, as the machine has: [`Clock::now`], which someone may set wrong, and
//! [`Clock::passed`], which only ever counts how long it took.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest real sleep before the time is looked at again, so that a clock that was set, or a
/// machine that was suspended, is noticed within a minute.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// The fastest a sandbox's clock is run, in seconds for each real second: a week, so that a year can
/// pass in a minute.
pub const RATE_MAX: f64 = 604_800.0;

/// A clock; clones tell the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    Machine(Instant),
    Set(Arc<SetClock>),
}

/// A clock that is driven: its time, its rate, and who waits for what.
struct SetClock {
    line: Mutex<Line>,
    changed: watch::Sender<u64>,
    waiting: Mutex<Waiting>,
}

/// Time runs from `at`, `rate` seconds for each real second since `since`.
#[derive(Clone, Copy)]
struct Line {
    at: Timestamp,
    passed: SignedDuration,
    since: Instant,
    rate: f64,
}

#[derive(Default)]
struct Waiting {
    next_id: u64,
    deadlines: BTreeMap<u64, Deadline>,
}

/// What a sleeper waits for.
#[derive(Clone, Copy)]
enum Deadline {
    /// That the clock shows this time.
    Shows(Timestamp),
    /// That so much has passed, whatever the clock shows.
    Passed(SignedDuration),
}

impl Clock {
    /// The machine's own clock.
    pub fn machine() -> Self {
        Self(Kind::Machine(Instant::now()))
    }

    /// A clock that starts at `at` and runs `rate` times as fast as real time; at rate 0 it stands
    /// still until it is set or advanced.
    pub fn starting_at(at: Timestamp, rate: f64) -> Self {
        let passed = SignedDuration::ZERO;
        let line = Line { at, passed, since: Instant::now(), rate: rate.max(0.0) };
        Self(Kind::Set(Arc::new(SetClock {
            line: Mutex::new(line),
            changed: watch::Sender::new(0),
            waiting: Mutex::default(),
        })))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Machine(_) => machine_now(),
            Kind::Set(clock) => lock(&clock.line).now(),
        }
    }

    /// How much time has passed since some moment in the past. Setting the time does not move it, so
    /// two readings tell how long something took however wrong the time of day is.
    pub fn passed(&self) -> SignedDuration {
        match &self.0 {
            Kind::Machine(started) => signed(started.elapsed()),
            Kind::Set(clock) => lock(&clock.line).passed(),
        }
    }

    /// How many seconds pass for each real second; 1 for the machine's clock.
    pub fn rate(&self) -> f64 {
        match &self.0 {
            Kind::Machine(_) => 1.0,
            Kind::Set(clock) => lock(&clock.line).rate,
        }
    }

    /// Sets the time, as a person corrects a watch, and wakes every sleeper to look at it. The
    /// machine's clock cannot be set; returns whether this one could.
    pub fn set(&self, at: Timestamp) -> bool {
        self.change(|line| line.at = at)
    }

    /// Lets `by` pass at once, as if one had waited.
    pub fn advance(&self, by: Duration) -> bool {
        let by = signed(by);
        self.change(|line| {
            line.at = line.at.saturating_add(by).unwrap_or(line.at);
            line.passed = line.passed.saturating_add(by);
        })
    }

    /// Changes how fast the time runs from now on.
    pub fn set_rate(&self, rate: f64) -> bool {
        self.change(|line| line.rate = rate.max(0.0))
    }

    /// Waits until the clock shows `deadline` or later; returns at once if it does already.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        match &self.0 {
            Kind::Machine(_) => loop {
                let left = until(machine_now(), deadline);
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            },
            Kind::Set(clock) => clock.sleep_until(Deadline::Shows(deadline)).await,
        }
    }

    /// Waits until `length` has passed, whatever time someone sets meanwhile.
    pub async fn sleep(&self, length: Duration) {
        match &self.0 {
            Kind::Machine(_) => tokio::time::sleep(length).await,
            Kind::Set(clock) => {
                let passed = self.passed().saturating_add(signed(length));
                clock.sleep_until(Deadline::Passed(passed)).await;
            }
        }
    }

    /// Waits until someone sets the clock by more than `by`; a machine that was suspended counts as set.
    /// Noticed within a minute on the machine's clock, at once on one that is driven.
    pub async fn set_by_more_than(&self, by: SignedDuration) {
        let ahead = || self.now().as_duration().saturating_sub(self.passed());
        let before = ahead();
        let mut changed = match &self.0 {
            Kind::Machine(_) => None,
            Kind::Set(clock) => Some(clock.changed.subscribe()),
        };
        while ahead().saturating_sub(before).abs() <= by {
            match &mut changed {
                None => tokio::time::sleep(LOOK_AGAIN).await,
                // The sender lives as long as the clock.
                Some(changed) => drop(changed.changed().await),
            }
        }
    }

    /// How long it is until the first sleeper of a driven clock wakes, and how many sleep;
    /// simulations advance by that once every task sleeps.
    pub fn waiting(&self) -> (Option<Duration>, usize) {
        match &self.0 {
            Kind::Machine(_) => (None, 0),
            Kind::Set(clock) => {
                let line = *lock(&clock.line);
                let waiting = lock(&clock.waiting);
                let first = waiting.deadlines.values().map(|deadline| line.left(*deadline)).min();
                (first, waiting.deadlines.len())
            }
        }
    }

    fn change(&self, edit: impl FnOnce(&mut Line)) -> bool {
        let Kind::Set(clock) = &self.0 else { return false };
        {
            let mut line = lock(&clock.line);
            let (at, passed) = (line.now(), line.passed());
            *line = Line { at, passed, since: Instant::now(), rate: line.rate };
            edit(&mut line);
        }
        clock.changed.send_modify(|count| *count += 1);
        true
    }
}

impl SetClock {
    async fn sleep_until(&self, deadline: Deadline) {
        let mut changed = self.changed.subscribe();
        let _waiting = self.wait_for(deadline);
        loop {
            changed.mark_unchanged();
            let line = *lock(&self.line);
            let left = line.left(deadline);
            if left.is_zero() {
                return;
            }
            let real = if line.rate > 0.0 { left.div_f64(line.rate) } else { LOOK_AGAIN };
            let real = real.clamp(Duration::from_millis(1), LOOK_AGAIN);
            // A change of the clock ends the sleep early; the next look tells whether it was enough.
            tokio::select! {
                () = tokio::time::sleep(real) => {}
                _ = changed.changed() => {}
            }
        }
    }

    fn wait_for(&self, deadline: Deadline) -> Registered<'_> {
        let mut waiting = lock(&self.waiting);
        waiting.next_id += 1;
        let id = waiting.next_id;
        waiting.deadlines.insert(id, deadline);
        Registered { clock: self, id }
    }
}

/// Takes a sleeper off the list however its sleep ends.
struct Registered<'a> {
    clock: &'a SetClock,
    id: u64,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        lock(&self.clock.waiting).deadlines.remove(&self.id);
    }
}

impl Line {
    fn left(&self, deadline: Deadline) -> Duration {
        match deadline {
            Deadline::Shows(at) => until(self.now(), at),
            Deadline::Passed(passed) => {
                Duration::try_from(passed.saturating_sub(self.passed())).unwrap_or(Duration::ZERO)
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.at.saturating_add(self.run()).unwrap_or(self.at)
    }

    fn passed(&self) -> SignedDuration {
        self.passed.saturating_add(self.run())
    }

    fn run(&self) -> SignedDuration {
        signed(self.since.elapsed().mul_f64(self.rate))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Machine(_) => f.write_str("machine"),
            Kind::Set(clock) => {
                let line = *lock(&clock.line);
                write!(f, "{} at rate {}", line.now(), line.rate)
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}

/// How long from `now` to `deadline`; zero if it has passed.
fn until(now: Timestamp, deadline: Timestamp) -> Duration {
    Duration::try_from(deadline.duration_since(now)).unwrap_or(Duration::ZERO)
}

fn signed(length: Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}

/// A poisoned lock still guards plain numbers, which are whole after every assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_shortens_a_sleep() {
        let clock = Clock::starting_at(day("2026-01-01T00:00:00Z"), 3600.0);
        let before = Instant::now();
        clock.sleep(Duration::from_secs(7200)).await;
        assert!(before.elapsed() <= Duration::from_millis(2100), "{:?}", before.elapsed());
        assert!(clock.now() >= day("2026-01-01T02:00:00Z"));
    }

    #[tokio::test]
    async fn advancing_wakes_a_sleeper_on_a_standing_clock() {
        let clock = Clock::starting_at(day("2026-01-01T00:00:00Z"), 0.0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(day("2026-06-01T00:00:00Z")).await }
        });
        while clock.waiting().1 == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.waiting().0, Some(Duration::from_hours(151 * 24)));
        assert!(clock.set(day("2026-06-02T00:00:00Z")));
        sleeper.await.unwrap();
        assert_eq!(clock.waiting(), (None, 0));
    }

    #[tokio::test]
    async fn a_sleep_of_some_length_is_not_woken_by_setting_the_time() {
        let clock = Clock::starting_at(day("2026-01-01T00:00:00Z"), 0.0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_hours(3)).await }
        });
        while clock.waiting().1 == 0 {
            tokio::task::yield_now().await;
        }
        assert!(clock.set(day("2016-01-01T00:00:00Z")));
        assert_eq!(clock.waiting(), (Some(Duration::from_hours(3)), 1));
        assert!(clock.advance(Duration::from_hours(3)));
        sleeper.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn setting_the_time_does_not_make_it_pass() {
        let clock = Clock::starting_at(day("2026-01-01T00:00:00Z"), 0.0);
        clock.advance(Duration::from_hours(2));
        assert!(clock.set(day("2036-01-01T00:00:00Z")));
        assert_eq!(clock.passed(), SignedDuration::from_hours(2));
        assert_eq!(clock.now(), day("2036-01-01T00:00:00Z"));
    }

    #[tokio::test]
    async fn a_clock_that_is_set_is_noticed_and_one_that_runs_is_not() {
        let clock = Clock::starting_at(day("2026-01-01T00:00:00Z"), 0.0);
        let mut noticed = std::pin::pin!(clock.set_by_more_than(SignedDuration::from_mins(5)));
        let mut look = async || {
            tokio::select! {
                biased;
                () = &mut noticed => true,
                () = tokio::task::yield_now() => false,
            }
        };
        assert!(!look().await);
        clock.advance(Duration::from_hours(3));
        assert!(!look().await);
        clock.set(day("2026-01-01T03:04:00Z"));
        assert!(!look().await);
        clock.set(day("2025-12-31T00:00:00Z"));
        assert!(look().await);
    }

    #[tokio::test]
    async fn the_machines_clock_cannot_be_set() {
        assert!(!Clock::machine().advance(Duration::from_hours(1)));
    }
}
