//! Floor 0. Pure rules: no I/O, no async, no serde, no clock of its own.
//!
//! The domain decides; it never does. Everything here is a plain function of its arguments, so it
//! cannot fail for reasons of the outside world.

pub mod backoff;
pub mod banking_day;
pub mod calendar;
pub mod class;
pub mod condition;
pub mod history;
pub mod ledger;
pub mod lifecycle;
pub mod money;
pub mod names;
pub mod pay_id;
pub mod payment_file;
pub mod payto_agreement;
pub mod payto_amendment;
pub mod pre_authorisation;
pub mod product;
pub mod recurring_payment;
pub mod renewal;
pub mod retry;
pub mod secret_key;
pub mod time;
pub mod transaction;
pub mod verdict;

/// Every lifecycle the program knows; documentation, metrics, laws and `explain` walk this list.
pub const LIFECYCLES: &[&lifecycle::Table] = &[
    &secret_key::TABLE,
    &transaction::TABLE,
    &pre_authorisation::TABLE,
    &payto_agreement::TABLE,
    &payto_amendment::TABLE,
    &recurring_payment::TABLE,
    &payment_file::TABLE,
    &pay_id::TABLE,
];
