//! `/_sandbox/dump` and `/_sandbox/seed`.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::problem;
use crate::http::{Reply, Request};
use crate::sandbox::bank::{Bank, ReplaceError};
use crate::sandbox::handle::ControlError;

/// The largest book that may be sent, in bytes: some 300,000 transactions.
pub(in crate::sandbox) const BOOK_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The whole book. A large one takes a second, in a thread of its own.
pub(super) async fn dump(bank: &Arc<Bank>) -> Reply {
    let bank = Arc::clone(bank);
    let dumped = tokio::task::spawn_blocking(move || bank.dump()).await;
    match dumped.map_err(std::io::Error::other).and_then(|dumped| dumped) {
        Ok(text) => Reply::bytes(StatusCode::OK, "application/json", text),
        Err(error) => problem(&ControlError::Wrong(format!("the book cannot be written: {error}"))),
    }
}

/// Takes a book in place of the one there is.
pub(super) async fn seed(bank: &Arc<Bank>, request: &Request) -> Result<Value, ControlError> {
    let (replaced, body) = (Arc::clone(bank), Bytes::clone(&request.body));
    let replace = move || {
        let text = std::str::from_utf8(&body)
            .map_err(|_| ReplaceError::Wrong("it is not UTF-8".to_owned()))?;
        replaced.replace(text.into())
    };
    let done = tokio::task::spawn_blocking(replace).await;
    match done {
        Ok(Ok(())) => Ok(json!({ "records": bank.state().book.records() })),
        Ok(Err(ReplaceError::Wrong(reason))) => Err(ControlError::Wrong(reason)),
        Ok(Err(ReplaceError::ClockFixed)) => Err(ControlError::ClockFixed),
        Err(_) => Err(ControlError::Wrong("it could not be read to its end".to_owned())),
    }
}
