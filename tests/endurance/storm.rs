//! A bank that answers nobody for three days, and a task that ends every five minutes meanwhile.

use std::time::Duration;

use jiff::SignedDuration;
use quaymaster::domain::condition::Condition;
use quaymaster::sandbox::{CutAt, Fault};

use crate::quay::{self, Quay, days, hours};
use crate::tally::{BankLog, Kind, most_in_a_day};

/// How often the task begins anew.
const EVERY: Duration = Duration::from_mins(5);

/// The longest back-off is eight hours and half an hour of jitter; a cycle follows it.
const RECOVERED_WITHIN: u64 = 9;

/// What the bank does to calls for the latest key on each day of the storm, and to others.
fn weather(day: u64) -> Vec<Fault> {
    let latest = || Some("/api-keys/latest".to_owned());
    let all = Fault::default;
    match day {
        0 => vec![Fault { status: Some(429), ..all() }],
        1 => vec![Fault { status: Some(503), ..all() }],
        // That a task stops waiting takes real time, so only the calls that are counted hang.
        _ => vec![
            Fault { path: latest(), latency_ms: 1_000, ..all() },
            Fault { cut: Some(CutAt::Before), ..all() },
        ],
    }
}

/// Returns how often the bank was asked in vain.
async fn ridden_out(mut quay: Quay, storm: &[u64]) -> usize {
    quay.timeout = Duration::from_millis(100);
    let bank = quay.sandbox.control();
    // The first day passes in peace, and its successor is made current.
    let mut task = quay.launch().await;
    task.pass(days(2)).await;
    let second = quay.delivered().unwrap();
    let mut restarts = 0;
    quay.mint();
    for day in storm {
        bank.clear_faults();
        bank.add_faults(weather(*day)).unwrap();
        let ends = quay.bank_clock.passed() + SignedDuration::from_hours(24);
        while quay.bank_clock.passed() < ends {
            task.kill().await;
            task = quay.launch().await;
            task.pass(EVERY).await;
            restarts += 1;
        }
        assert_eq!(quay.delivered().as_ref(), Some(&second), "what worked still does");
    }
    assert!(restarts >= storm.len() * 24 * 12, "{restarts}");

    let mut log = BankLog::default();
    log.take_in(&bank, |_| Kind::Scheduled);
    let calls = log.calls();
    let (most, _) = most_in_a_day(&calls);
    assert!(most <= 24, "{most} calls in a day");
    println!("{restarts} restarts, {} calls, at most {most} a day", calls.len());

    let struck = calls.len() - log.fetches().len();
    bank.clear_faults();
    task.pass(hours(RECOVERED_WITHIN)).await;
    let newest = bank.keys().into_iter().max_by_key(|key| key.created).unwrap().text;
    assert_ne!(newest, second);
    assert_eq!(quay.delivered(), Some(newest));
    assert_eq!(task.status().condition, Condition::Ok, "{}", task.status().detail);
    struck
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_loop_in_a_storm_stays_within_a_days_calls() {
    let tries = ridden_out(Quay::new().await, &[0, 1, 2]).await;
    assert!(tries >= 3 * 3, "the task kept trying: {tries} times");
}

/// The same while the machine's clock is ten years ahead and the bank never tells the time; not to
/// know whether the day is over is a reason to wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_one_whose_clock_is_wrong() {
    let quay = Quay::with_clocks_apart().await;
    let wrong = quay::at(quay::START) + SignedDuration::from_hours(10 * 365 * 24);
    quay.clock.set(wrong);
    ridden_out(quay, &[2]).await;
}

/// A book that remembers nothing does not turn a crash loop into a storm either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_one_whose_book_cannot_be_written() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let book = rusqlite::Connection::open(quay.path("book.db")).unwrap();
    book.execute_batch(crate::voyage::LOCK).unwrap();
    let mut task = task;
    let before = quay.sandbox.control().latest_calls();
    for _ in 0..36 * 12 {
        task.kill().await;
        task = quay.launch().await;
        task.pass(EVERY).await;
    }
    let calls = quay.sandbox.control().latest_calls() - before;
    assert!(calls <= 24, "{calls} calls in a day and a half");
    // Once it stays up, it asks.
    task.pass(hours(2)).await;
    assert!(quay.sandbox.control().latest_calls() > before);
}

/// Nor does one that is kept in memory: each run of the program begins with an empty one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_one_whose_book_is_in_memory() {
    let quay = Quay::new().await;
    let mut task = quay.launch_without_book().await;
    task.pass(days(2)).await;
    let before = quay.sandbox.control().latest_calls();
    for _ in 0..6 * 12 {
        task.kill().await;
        task = quay.launch_without_book().await;
        task.pass(EVERY).await;
    }
    let calls = quay.sandbox.control().latest_calls() - before;
    assert!(calls <= 6, "{calls} calls in six hours");
    task.pass(hours(2)).await;
    assert!(quay.sandbox.control().latest_calls() > before);
}

/// What was done while the book could not be written is in it two minutes after it can be: a restart
/// after that does nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_full_disk_kept_out_of_the_book_is_written_soon_after() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let book = rusqlite::Connection::open(quay.path("book.db")).unwrap();
    book.execute_batch(crate::voyage::LOCK).unwrap();
    let before = quay.sandbox.control().latest_calls();
    while quay.sandbox.control().latest_calls() == before {
        task.pass(hours(1)).await;
    }
    assert!(task.status().book_problem.is_some());
    book.execute_batch("DROP TRIGGER full").unwrap();
    task.pass(Duration::from_mins(2)).await;
    assert_eq!(task.status().book_problem, None, "and it is said at once");

    let fetched = quay.sandbox.control().latest_calls();
    task.kill().await;
    let task = quay.launch().await;
    task.pass(hours(20)).await;
    assert_eq!(quay.sandbox.control().latest_calls(), fetched, "nothing is asked twice in a day");
}
