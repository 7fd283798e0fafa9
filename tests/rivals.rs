//! Two daemons on one secret, each with a book of its own, and the vendor's two-key procedure with the
//! keys in AWS Secrets Manager. What holds is read from the store's own log, not from ours.
//!
//! A hundred seeds on AWS and fifty on files by default; `QUAYMASTER_TEST_RIVALS=N` makes it N of each.

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
#[path = "support/moto.rs"]
mod moto;
#[path = "support/peers.rs"]
mod peers;
#[path = "support/process.rs"]
mod process;
#[path = "support/quay.rs"]
mod quay;

#[path = "rivals/isolation.rs"]
mod isolation;
#[path = "rivals/on_aws.rs"]
mod on_aws;
#[path = "rivals/on_files.rs"]
mod on_files;
#[path = "rivals/pair.rs"]
mod pair;
#[path = "rivals/processes.rs"]
mod processes;
#[path = "rivals/two_keys.rs"]
mod two_keys;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds tried at once; most of a try is waiting for sockets and disks.
const AT_ONCE: usize = 4;

/// Runs a try for every seed, each in a runtime of one thread, so that its interleavings follow from
/// its seed as far as sockets let them; fails naming the seeds that failed.
fn each_seed<F: Future<Output = ()>>(seeds: u64, a_try: impl Fn(u64) -> F + Sync) {
    let wanted = std::env::var_os("QUAYMASTER_TEST_RIVALS");
    let wanted = wanted.and_then(|text| text.to_str()?.parse().ok());
    let (seeds, next) = (wanted.unwrap_or(seeds), AtomicU64::new(1));
    let lost = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                return;
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let tried = catch_unwind(AssertUnwindSafe(|| runtime.unwrap().block_on(a_try(seed))));
            if tried.is_err() {
                lost.lock().unwrap().push(seed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let lost = lost.into_inner().unwrap();
    assert!(lost.is_empty(), "these of {seeds} seeds failed, each with a panic above: {lost:?}");
    println!("{seeds} seeds");
}
