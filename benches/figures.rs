//! The figures the README quotes, in one run: `cargo bench`. `cargo bench --bench figures -- sandbox`
//! prints one group alone; the groups are `process`, `ops`, `renewal` and `sandbox`.
//!
//! Everything is a ratio to something bare that does the same least work, since times speak of the
//! machine; medians of rounds that take turns, since machines are noisy. Nothing here fails for being
//! slow: a goal that is missed stands beside its figure.
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot run has nothing to print")]

#[path = "figures/book.rs"]
mod book;
#[path = "../tests/support/connection.rs"]
mod connection;
#[path = "../tests/support/peers.rs"]
mod peers;
#[path = "figures/process.rs"]
mod process;
#[path = "../tests/support/quay.rs"]
mod quay;
#[path = "figures/rates.rs"]
mod rates;
#[path = "figures/renewal.rs"]
mod renewal;
#[path = "figures/sandbox.rs"]
mod sandbox;
#[path = "figures/servers.rs"]
mod servers;
#[path = "../tests/support/status.rs"]
mod status;

fn main() {
    if let Some(port) = process::asked_to_be_bare() {
        return process::be_bare(port);
    }
    if servers::be_axum_if_asked() {
        return;
    }
    let one = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The sandbox must answer while a round waits for a process, so it has threads of its own.
    let many = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |group: &str| words.is_empty() || words.iter().any(|word| word == group);
    if wanted("process") {
        many.block_on(process::print());
    }
    if wanted("ops") {
        one().block_on(rates::print());
    }
    if wanted("renewal") {
        many.block_on(renewal::print());
    }
    if wanted("sandbox") {
        one().block_on(sandbox::print());
    }
}

/// What a figure should be, as a ratio.
#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// Prints one figure with its goal, and why a goal that is missed is missed.
fn print(what: &str, ratio: f64, of: &str, detail: &str, goal: Goal, why_missed: &str) {
    let (word, bound, met) = match goal {
        Goal::AtMost(bound) => ("at most", bound, ratio <= bound),
        Goal::AtLeast(bound) => ("at least", bound, ratio >= bound),
    };
    let met = if met { "met" } else { "MISSED" };
    println!("  {what:<18} {ratio:>5.2} x {of:<11} {detail}; goal {word} {bound}: {met}");
    if met == "MISSED" {
        println!("    {why_missed}");
    }
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}
