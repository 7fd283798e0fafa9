//! The secret stores, each held to the promises of `quaymaster::secrets` by one suite, and to what
//! only it can get wrong by tests of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test, and the helpers it stands on, stop at the first surprise"
)]

#[path = "support/fake_aws.rs"]
mod fake_aws;
#[path = "support/moto.rs"]
mod moto;
#[path = "support/peers.rs"]
mod peers;

#[path = "secrets/contract.rs"]
#[macro_use]
mod contract;
#[path = "secrets/aws.rs"]
mod aws;
#[path = "secrets/aws_faults.rs"]
mod aws_faults;
#[path = "secrets/aws_people.rs"]
mod aws_people;
#[path = "secrets/file.rs"]
mod file;
#[path = "secrets/file_crash.rs"]
mod file_crash;
#[path = "secrets/silence.rs"]
mod silence;
