//! The doors for people: the admin API and the command line, against facilities whose task is
//! played by the test.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

mod cli {
    mod access;
    mod api;
    mod binary;
    mod key;
    mod live;
    mod office;
    mod offline;
    mod print;
    mod reach;
}
