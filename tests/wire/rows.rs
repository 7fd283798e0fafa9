//! Every row that is asked with a secret key, as one call each, for what holds of all of them.

use std::pin::Pin;

use quaymaster::key::KeyText;
use quaymaster::quickstream::models::ids::{ReceiptNumber, SingleUseTokenId};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Client, Fault};

use crate::wire::{Wire, all, amount, business};

type Outcome<'w> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'w>>;

/// One row: its name, whether it asks for a thing that must be there, and the call.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) of: Of,
    pub(crate) call: for<'w> fn(&'w Wire, &'w KeyText) -> Outcome<'w>,
}

/// What a row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// One thing, here always one that is not there.
    Missing,
    /// A wish that the bank must refuse (422).
    Refused,
    /// Nothing that would have to be there.
    Anything,
}

macro_rules! rows {
    ($( $name:literal, $of:ident, |$client:ident, $wire:ident, $key:ident| $call:expr; )+) => {
        &[ $( Row {
            name: $name,
            of: Of::$of,
            call: |$wire, $key| {
                Box::pin(async move {
                    let $client: &Client = &$wire.client;
                    $call.await.map(drop)
                })
            },
        }, )+ ]
    };
}

pub(crate) const ROWS: &[Row] = rows! {
    "GET /", Anything, |client, _wire, key| client.root(key);
    "GET /businesses", Anything, |client, _wire, key| all(client.businesses(key));
    "GET /transactions", Anything,
        |client, _wire, key| all(client.recent_transactions(key, Some(&business())));
    "GET /transactions/{receiptNumber}", Missing, |client, _wire, key| client.transaction(key, &receipt());
    "GET /transactions/{receiptNumber}/refunds", Missing,
        |client, _wire, key| all(client.refunds(key, &receipt()));
    "POST /transactions", Refused, |client, wire, key| take(client, wire, key);
    "POST /transactions/{receiptNumber}/void", Missing,
        |client, wire, key| void(client, wire, key);
};

fn receipt() -> ReceiptNumber {
    ReceiptNumber::new("9999999999").unwrap()
}

async fn take(client: &Client, wire: &Wire, key: &KeyText) -> Result<(), Fault> {
    // A token that was never made.
    let token = SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa").unwrap();
    let mut payment = Payment::new(Stored::SingleUseToken(token), amount("10.00"));
    payment.business = Some(business());
    client.take_payment(key, &wire.name(), &payment).await.map(drop)
}

async fn void(client: &Client, wire: &Wire, key: &KeyText) -> Result<(), Fault> {
    client.void_transaction(key, &receipt(), &wire.name()).await.map(drop)
}
