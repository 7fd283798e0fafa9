//! The bad days, one story each: what goes wrong, what people are told, that the key which worked
//! goes on working and is delivered, and what leads out again. The real task, a real sandbox and
//! real stores on a clock that stands still until a story moves it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

#[path = "support/fake_aws.rs"]
#[expect(dead_code, reason = "shared with the stores' own tests, which use more of it")]
mod fake_aws;
#[path = "support/quay.rs"]
mod quay;

mod stories {
    mod bank;
    mod brought;
    mod by_hand;
    mod hangs;
    mod offers;
    mod port;
    mod rehearsal;
    mod roles;
    mod shut_out;
    mod store;
    mod time;
    mod told;
}
