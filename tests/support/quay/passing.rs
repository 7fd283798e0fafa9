//! How time passes for tasks on a standing clock.

use std::time::Duration;

use jiff::Timestamp;
use quaymaster::clock::Clock;
use tokio::task::JoinHandle;

/// Waits until every task either sleeps on the clock or has ended.
pub async fn settle(clock: &Clock, sleepers: usize, tasks: &[&JoinHandle<()>]) {
    let began = tokio::time::Instant::now();
    loop {
        let ended = tasks.iter().filter(|task| task.is_finished()).count();
        let (left, waiting) = clock.waiting();
        let due = left.is_some_and(|left| left.is_zero());
        if waiting + ended >= sleepers && !due {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "nothing settled: {waiting} wait");
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

/// Lets the same time pass for the task and for the bank, which may be on one clock.
pub fn advance(clock: &Clock, bank_clock: &Clock, by: Duration) {
    let before = bank_clock.passed();
    clock.advance(by);
    if bank_clock.passed() == before {
        bank_clock.advance(by);
    }
}

/// Lets time pass on a standing clock, in steps from one sleeper's waking to the next.
pub async fn pass(clock: &Clock, length: Duration, tasks: &[&JoinHandle<()>]) {
    let mut left = length;
    while !left.is_zero() {
        settle(clock, tasks.len(), tasks).await;
        let step = clock.waiting().0.map_or(left, |first| first.min(left));
        clock.advance(step);
        left -= step;
    }
    settle(clock, tasks.len(), tasks).await;
}

pub fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

pub fn days(days: u64) -> Duration {
    Duration::from_hours(days * 24)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
