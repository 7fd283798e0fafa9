//! The client against a bank that says exactly what a test tells it to, byte by byte.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "client/accounts.rs"]
mod accounts;
#[path = "client/agreements.rs"]
mod agreements;
#[path = "client/authentication.rs"]
mod authentication;
#[path = "client/bank.rs"]
mod bank;
#[path = "client/charges.rs"]
mod charges;
#[path = "client/customers.rs"]
mod customers;
#[path = "client/documents.rs"]
mod documents;
#[path = "client/examples.rs"]
mod examples;
#[path = "client/files.rs"]
mod files;
#[path = "client/limits.rs"]
mod limits;
#[path = "client/lists.rs"]
mod lists;
#[path = "client/paying.rs"]
mod paying;
#[path = "client/reference.rs"]
mod reference;
#[path = "client/refusals.rs"]
mod refusals;
#[path = "client/replies.rs"]
mod replies;
#[path = "client/requests.rs"]
mod requests;
#[path = "client/sending.rs"]
mod sending;
#[path = "client/sent.rs"]
mod sent;
#[path = "client/transport.rs"]
mod transport;
