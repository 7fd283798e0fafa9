//! The figures the README quotes, in one run: `cargo bench`.
//!
//! Everything is a ratio to something bare that does the same least work, since times speak of the
//! machine; medians of rounds that take turns, since machines are noisy. Nothing here fails for being
//! slow: a goal that is missed stands beside its figure.
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot run has nothing to print")]

#[path = "figures/process.rs"]
mod process;
#[path = "../tests/support/quay.rs"]
mod quay;
#[path = "figures/rates.rs"]
mod rates;
#[path = "figures/renewal.rs"]
mod renewal;
#[path = "../tests/support/status.rs"]
mod status;

fn main() {
    if let Some(port) = process::asked_to_be_bare() {
        return process::be_bare(port);
    }
    let one = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The sandbox must answer while a round waits for a process, so it has threads of its own.
    let many = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    many.block_on(process::print());
    one().block_on(rates::print());
    many.block_on(renewal::print());
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
