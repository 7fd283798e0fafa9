//! One file for each resource of the API reference: its path, and how its answer is read.

pub mod accounts;
pub mod api_keys;
pub mod businesses;
pub mod credit_cards;
pub mod customers;
pub mod pay_ids;
pub mod payment_files;
pub mod payto_agreements;
pub mod recurring_payments;
pub mod root;
pub mod single_use_tokens;
pub mod transactions;
