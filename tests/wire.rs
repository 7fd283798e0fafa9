//! The real client against the real sandbox, over real HTTP: neither knows a line of the other, so
//! what passes here was read out of the documents twice.
//!
//! Properties are tried with 16 to 64 cases each; `QUAYMASTER_TEST_WIRE=N` makes it N.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/described.rs"]
mod described;

#[path = "wire/accounts.rs"]
mod accounts;
#[path = "wire/agreements.rs"]
mod agreements;
#[path = "wire/bench.rs"]
mod bench;
#[path = "wire/businesses.rs"]
mod businesses;
#[path = "wire/customers.rs"]
mod customers;
#[path = "wire/facility.rs"]
mod facility;
#[path = "wire/fields.rs"]
mod fields;
#[path = "wire/file_refunds.rs"]
mod file_refunds;
#[path = "wire/grades.rs"]
mod grades;
#[path = "wire/lists.rs"]
mod lists;
#[path = "wire/mandates.rs"]
mod mandates;
#[rustfmt::skip]
#[path = "wire/models.rs"]
mod models;
#[path = "wire/money.rs"]
mod money;
#[path = "wire/once_off.rs"]
mod once_off;
#[path = "wire/page.rs"]
mod page;
#[path = "wire/payids.rs"]
mod payids;
#[path = "wire/payment_files.rs"]
mod payment_files;
#[path = "wire/payments.rs"]
mod payments;
#[path = "wire/payto_payments.rs"]
mod payto_payments;
#[path = "wire/people.rs"]
mod people;
#[path = "wire/pre_authorisations.rs"]
mod pre_authorisations;
#[path = "wire/proofs.rs"]
mod proofs;
#[path = "wire/recurring.rs"]
mod recurring;
#[path = "wire/refusals.rs"]
mod refusals;
#[path = "wire/restricted.rs"]
mod restricted;
#[path = "wire/rows.rs"]
mod rows;
#[path = "wire/runs.rs"]
mod runs;
#[path = "wire/schedules.rs"]
mod schedules;
#[path = "wire/searches.rs"]
mod searches;
#[path = "wire/single_use_tokens.rs"]
mod single_use_tokens;
#[path = "wire/sources.rs"]
mod sources;
#[path = "wire/switches.rs"]
mod switches;
#[path = "wire/three_ds2.rs"]
mod three_ds2;
#[path = "wire/wire.rs"]
mod wire;
