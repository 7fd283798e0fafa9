//! The sandbox over real HTTP: a bank that does what the vendor's documents say, ages its keys, and
//! fails as it is told to.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect fails"
)]

#[path = "support/described.rs"]
mod described;
#[path = "support/peers.rs"]
mod peers;
#[path = "sandbox/support.rs"]
mod support;

#[path = "sandbox/acceptance.rs"]
mod acceptance;
#[path = "sandbox/accounts.rs"]
mod accounts;
#[path = "sandbox/book.rs"]
mod book;
#[path = "sandbox/businesses.rs"]
mod businesses;
#[path = "sandbox/checks.rs"]
mod checks;
#[path = "sandbox/control.rs"]
mod control;
#[path = "sandbox/credit_cards.rs"]
mod credit_cards;
#[path = "sandbox/customers.rs"]
mod customers;
#[path = "sandbox/data.rs"]
mod data;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/guide.rs"]
mod guide;
#[path = "sandbox/keys.rs"]
mod keys;
#[path = "sandbox/models.rs"]
mod models;
#[path = "sandbox/page.rs"]
mod page;
#[path = "sandbox/payids.rs"]
mod payids;
#[path = "sandbox/payment_files.rs"]
mod payment_files;
#[path = "sandbox/payto_agreements.rs"]
mod payto_agreements;
#[path = "sandbox/pre_authorisations.rs"]
mod pre_authorisations;
#[path = "sandbox/receiver.rs"]
mod receiver;
#[path = "sandbox/recurring_payments.rs"]
mod recurring_payments;
#[path = "sandbox/single_use_tokens.rs"]
mod single_use_tokens;
#[path = "sandbox/summary_codes.rs"]
mod summary_codes;
#[path = "sandbox/three_ds2.rs"]
mod three_ds2;
#[path = "sandbox/ticking.rs"]
mod ticking;
#[path = "sandbox/transactions.rs"]
mod transactions;
#[path = "sandbox/webhooks.rs"]
mod webhooks;
