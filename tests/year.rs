//! Ten thousand customers with schedules and a year that passes in a minute: the program itself as a
//! process, everything over HTTP. What should have been taken is counted here from the rules of the
//! documents, and held against the merchant's own reports of every settlement day.
//!
//! The ten thousand are for the release build that `QUAYMASTER_TEST_BINARY` names, as `.ci/run` does: a
//! minute and a half. Without it a debug build has two thousand, and says so.
//! `QUAYMASTER_TEST_CUSTOMERS=N` makes it N customers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test, and the helpers it stands on, stop at the first surprise and say what they saw"
)]

#[path = "year/bank.rs"]
mod bank;
#[path = "support/connection.rs"]
#[expect(dead_code, reason = "shared with the benches, which use more of it")]
mod connection;
#[path = "year/plans.rs"]
mod plans;
#[path = "year/watch.rs"]
mod watch;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use bank::{Bank, Taken};
use connection::Connection;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use plans::Plan;
use serde_json::json;
use tokio::time::Instant;

/// Customers unless told otherwise.
const CUSTOMERS: u64 = 10_000;

/// The same of a debug build.
const CUSTOMERS_OF_A_DEBUG_BUILD: u64 = 2_000;

/// What the sandbox may ever have needed, in MiB.
const MEMORY_MIB_MAX: u64 = 300;

/// A year a minute, in seconds a second.
const RATE: f64 = 365.0 * 86_400.0 / 60.0;

/// When the sandbox's clock starts; every schedule starts in the January after.
pub(crate) const START: &str = "2026-12-30T00:00:00Z";

/// The most transactions a sandbox keeps (`src/sandbox/merchant/room.rs`).
const KEPT_MAX: u64 = 150_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_in_a_minute_loses_and_doubles_no_instalment_of_ten_thousand_customers() {
    let customers = customers();
    let bank = Bank::start().await;
    // A declined instalment is tried again on the two days after it.
    bank.control("guesses", json!({ "instalment_retries": 2 })).await;

    let began = Instant::now();
    let plans: Vec<Plan> = (0..customers).map(Plan::of).collect();
    let schedules = bank.register(&plans).await;
    say(&format!(
        "{customers} customers with accounts and schedules in {:.0} s, {} MiB",
        began.elapsed().as_secs_f64(),
        bank.memory_mib("VmRSS")
    ));

    let watch = watch::begin(bank.address, &schedules);
    bank.control("clock", json!({ "rate": RATE })).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let stopped = Instant::now();
    let clock = bank.control("clock", json!({ "rate": 0 })).await;
    let now: Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(clock["now"], clock["reached"], "the bank has come to the end of its work");
    say(&format!(
        "until {now}; the last of it {:.2} s later; lists meanwhile: {}",
        stopped.elapsed().as_secs_f64(),
        watch.end().await
    ));
    assert!(now > "2027-12-25T00:00:00Z".parse().unwrap(), "a year: {now}");

    let taken = check(&bank, &plans, &schedules, now).await;
    let memory = bank.memory_mib("VmHWM");
    say(&format!("{taken} instalments, each as it should be; {memory} MiB at most"));
    assert!(memory < MEMORY_MIB_MAX, "{memory} MiB");

    jump(&bank, &plans, &schedules, now, taken).await;
}

fn customers() -> u64 {
    if let Some(asked) = std::env::var_os("QUAYMASTER_TEST_CUSTOMERS") {
        return asked.to_str().unwrap().parse().unwrap();
    }
    if std::env::var_os("QUAYMASTER_TEST_BINARY").is_some() {
        return CUSTOMERS;
    }
    say("a debug build: fewer customers; name a release build in QUAYMASTER_TEST_BINARY for all");
    CUSTOMERS_OF_A_DEBUG_BUILD
}

/// Everything that was taken by `now`, and how every schedule stands; returns how many transactions
/// there are.
async fn check(bank: &Bank, plans: &[Plan], schedules: &[String], now: Timestamp) -> u64 {
    let mut connection = Connection::open(bank.address).await;
    let mut by_customer: BTreeMap<String, Vec<Taken>> = BTreeMap::new();
    let mut count = 0;
    // What is taken on the last days of the year settles after the holidays.
    for day in date(2026, 12, 30).series(jiff::Span::new().days(1)).take(380) {
        for taken in bank::report(&mut connection, day).await {
            by_customer.entry(taken.customer.clone()).or_default().push(taken);
            count += 1;
        }
    }
    assert!(count < KEPT_MAX, "so many fit: {count}");
    for (plan, schedule) in plans.iter().zip(schedules) {
        let mut taken = by_customer.remove(&plan.customer_number()).unwrap_or_default();
        taken.sort_by(|one, other| one.receipt.cmp(&other.receipt));
        plan.check(&taken, now);
        plan.check_standing(&bank::read(&mut connection, schedule).await, now);
    }
    assert!(by_customer.is_empty(), "payments of nobody's: {by_customer:?}");
    count
}

/// Another year at one jump, for which there is no room: the oldest transactions go, and the sandbox
/// says how many. Schedules go on as if nothing had gone.
async fn jump(bank: &Bank, plans: &[Plan], schedules: &[String], now: Timestamp, before: u64) {
    let watch = watch::begin(bank.address, schedules);
    let began = Instant::now();
    let clock = bank.control("clock", json!({ "advance": "365d" })).await;
    say(&format!(
        "another year at one jump in {:.1} s; lists meanwhile: {}",
        began.elapsed().as_secs_f64(),
        watch.end().await
    ));
    let later: Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(clock["now"], clock["reached"]);
    let expected: u64 = plans.iter().map(|plan| plan.tries(later)).sum();
    assert_eq!(before, plans.iter().map(|plan| plan.tries(now)).sum::<u64>());
    let facilities = bank.show("facilities").await;
    let transactions = &facilities[0]["transactions"];
    let (kept, forgotten) =
        (transactions["kept"].as_u64().unwrap(), transactions["forgotten"].as_u64().unwrap());
    say(&format!(
        "{kept} transactions kept, {forgotten} forgotten; {} MiB at most",
        bank.memory_mib("VmHWM")
    ));
    assert_eq!((kept, kept + forgotten), (expected.min(KEPT_MAX), expected));
    let mut connection = Connection::open(bank.address).await;
    for (plan, schedule) in plans.iter().zip(schedules).step_by(7) {
        plan.check_standing(&bank::read(&mut connection, schedule).await, later);
    }
    let memory = bank.memory_mib("VmHWM");
    assert!(memory < MEMORY_MIB_MAX, "{memory} MiB");
}

/// Past the test harness, which keeps to itself what a passing test prints.
fn say(line: &str) {
    drop(std::io::stderr().write_all(format!("year: {line}\n").as_bytes()));
}

/// The day it is where the bank is.
pub(crate) fn day_in_sydney(at: Timestamp) -> Date {
    at.in_tz("Australia/Sydney").unwrap().date()
}
