//! The dye test: marked keys through the whole program at its most talkative, and a search for them in
//! everything it leaves behind. The program is a process; the search knows many ways to write a key.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

#[path = "support/process.rs"]
mod process;

#[expect(dead_code, reason = "shared with the stores' own tests, which use more of it")]
#[path = "support/fake_aws.rs"]
mod fake_aws;

mod dye {
    mod panics;
    mod search;
    mod sinks;
    mod voyage;
}
