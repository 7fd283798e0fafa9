//! The secret stores, each held to the promises of `quaymaster::secrets` by one suite, and to what
//! only it can get wrong by tests of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test, and the helpers it stands on, stop at the first surprise"
)]

#[path = "secrets/contract.rs"]
#[macro_use]
mod contract;
#[path = "secrets/file.rs"]
mod file;
