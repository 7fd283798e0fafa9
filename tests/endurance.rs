//! Seventy days in the life of a facility, with something wrong on each of them, and three days of a
//! bank that answers nobody. What holds is read from the bank's own log and clock, not from ours.
//!
//! Twenty voyages by default; `QUAYMASTER_TEST_ENDURANCE=N` makes it N, and
//! `QUAYMASTER_TEST_ENDURANCE_SEED=S` begins with seed S, so that one that failed can be seen alone.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test, and the helpers it stands on, stop at the first surprise and say what they saw"
)]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/fake_aws.rs"]
#[expect(dead_code, reason = "shared with the stores' own tests, which use more of it")]
mod fake_aws;
#[path = "support/quay.rs"]
mod quay;

#[path = "endurance/harbour.rs"]
mod harbour;
#[path = "endurance/storm.rs"]
mod storm;
#[path = "endurance/tally.rs"]
mod tally;
#[path = "endurance/voyage.rs"]
mod voyage;
#[path = "endurance/weather.rs"]
mod weather;

use std::sync::Arc;

use tally::Tally;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Voyages made unless told otherwise.
const VOYAGES: u64 = 20;

/// Voyages under way at once: most of a voyage is waiting for sockets and disks.
const AT_ONCE: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seventy_bad_days_end_well() {
    let first = number("QUAYMASTER_TEST_ENDURANCE_SEED").unwrap_or(1);
    let voyages = number("QUAYMASTER_TEST_ENDURANCE").unwrap_or(VOYAGES);
    let berths = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way = JoinSet::new();
    for seed in first..first + voyages {
        let berths = Arc::clone(&berths);
        under_way.spawn(async move {
            let _berth = berths.acquire_owned().await.unwrap();
            (seed, tokio::spawn(voyage::sail(seed)).await.ok())
        });
    }
    let (mut total, mut lost) = (Tally::default(), Vec::new());
    while let Some(ended) = under_way.join_next().await {
        match ended.unwrap() {
            (_, Some(tally)) => total.add(&tally),
            (seed, None) => lost.push(seed),
        }
    }
    println!("seeds {first} to {}: {total:?}", first + voyages - 1);
    assert!(lost.is_empty(), "these seeds failed, each with a panic above: {lost:?}");
    total.saw_enough();
}

fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}
