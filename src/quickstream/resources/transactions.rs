//! Transactions: payments, refunds and pre-authorisations, what came of them, and the lists of them.

pub mod charge;
pub mod hold;
pub mod lists;
pub mod model;
pub mod notes;
pub mod once_off;
pub mod payment;
pub mod preauth;
pub mod report;
pub mod source;

mod act;

use crate::key::KeyText;
use crate::quickstream::ask::{Body, IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::ids::ReceiptNumber;
use model::Transaction;

/// Where most of it happens.
const TRANSACTIONS: &str = "/transactions";

impl Client {
    /// `GET /transactions/{receiptNumber}`: one transaction, as it stands now.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; `not_found` also for a transaction of a business that the key may not see.
    pub async fn transaction(
        &self,
        key: &KeyText,
        receipt: &ReceiptNumber,
    ) -> Result<Transaction, Fault> {
        let path = format!("{TRANSACTIONS}/{}", receipt.segment());
        self.get_one(key, "/transactions/{receiptNumber}", path).await
    }

    /// `POST /transactions/{receiptNumber}/void`: takes back a payment that was not settled yet.
    /// `None` if the bank does not show what became of it; then it is to be read.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn void_transaction(
        &self,
        key: &KeyText,
        receipt: &ReceiptNumber,
        idempotency_key: &IdempotencyKey,
    ) -> Result<Option<Transaction>, Fault> {
        let path = format!("{TRANSACTIONS}/{}/void", receipt.segment());
        // The documents show no body.
        let verb = Verb::Post(idempotency_key.clone(), Body::NONE);
        self.change(key, "/transactions/{receiptNumber}/void", path, verb).await
    }
}
