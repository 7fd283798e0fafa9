//! Every row that is asked with a secret key, as one call each, for what holds of all of them.

use std::pin::Pin;

use jiff::civil::Date;
use quaymaster::key::KeyText;
use quaymaster::quickstream::models::details::HolderName;
use quaymaster::quickstream::models::ids::{
    AccountToken, AgreementToken, CustomerId, PaymentScheduleId, ReceiptNumber, SingleUseTokenId,
};
use quaymaster::quickstream::resources::accounts::{AccountChange, AccountSource, NewAccount};
use quaymaster::quickstream::resources::customers::{CustomerSearch, CustomerStatus};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Client, Fault};

use crate::agreements::wanted;
use crate::customers::details;
use crate::recurring;
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
    "GET /customers", Anything,
        |client, _wire, key| all(client.customers(key, &CustomerSearch::default()));
    "GET /customers/{customerId}", Missing, |client, _wire, key| client.customer(key, &customer());
    "POST /customers", Anything, |client, wire, key| make(client, wire, key);
    "PUT /customers/{customerId}", Missing,
        |client, _wire, key| client.update_customer(key, &customer(), &details("CUST-1"));
    "PATCH /customers/{customerId}", Missing,
        |client, _wire, key| client.set_customer_status(key, &customer(), CustomerStatus::Disabled);
    "GET /customers/{customerId}/accounts", Missing,
        |client, _wire, key| all(client.customer_accounts(key, &customer()));
    "GET /customers/{customerId}/transactions", Missing,
        |client, _wire, key| all(client.customer_transactions(key, &customer()));
    "POST /customers/{customerId}/accounts", Missing,
        |client, wire, key| register(client, wire, key, Some(customer()));
    "POST /accounts", Refused, |client, wire, key| register(client, wire, key, None);
    "GET /accounts/{accountToken}", Missing, |client, _wire, key| client.account(key, &account());
    "PATCH /accounts/{accountToken}", Missing,
        |client, _wire, key| client.update_account(key, &account(), &change());
    "DELETE /accounts/{accountToken}", Missing,
        |client, _wire, key| client.disable_account(key, &account());
    "GET /payto-agreements", Anything,
        |client, _wire, key| all(client.payto_agreements(key, &AgreementSearch::default()));
    "POST /payto-agreements", Anything,
        |client, wire, key| client.create_payto_agreement(key, &wire.name(), &wanted("032999"));
    "POST /customers/{customerId}/payto-agreements", Missing, |client, wire, key|
        client.create_customer_payto_agreement(key, &customer(), &wire.name(), &wanted("032999"));
    "GET /payto-agreements/{agreementToken}", Missing,
        |client, _wire, key| client.payto_agreement(key, &agreement());
    "PATCH /payto-agreements/{agreementToken}", Missing,
        |client, _wire, key| client.recall_payto_agreement(key, &agreement());
    "GET /customers/{customerId}/recurring-payments", Missing,
        |client, _wire, key| all(client.customer_recurring_payments(key, &customer()));
    "POST /customers/{customerId}/recurring-payments", Missing, |client, wire, key|
        client.create_recurring_payment(key, &customer(), &wire.name(), &monthly());
    "GET /recurring-payments/{paymentScheduleId}", Missing,
        |client, _wire, key| client.recurring_payment(key, &schedule());
    "PUT /recurring-payments/{paymentScheduleId}", Missing,
        |client, _wire, key| client.update_recurring_payment(key, &schedule(), &monthly());
    "PATCH /recurring-payments/{paymentScheduleId}", Missing,
        |client, _wire, key| client.stop_recurring_payment(key, &schedule());
    "GET /recurring-payments/{paymentScheduleId}/transactions", Missing,
        |client, _wire, key| all(client.recurring_payment_transactions(key, &schedule()));
    "POST /transactions/{receiptNumber}/void", Missing,
        |client, wire, key| void(client, wire, key);
};

fn receipt() -> ReceiptNumber {
    ReceiptNumber::new("9999999999").unwrap()
}

fn customer() -> CustomerId {
    CustomerId::new("999999999").unwrap()
}

fn account() -> AccountToken {
    AccountToken::new("SANDBOX-999999999").unwrap()
}

fn agreement() -> AgreementToken {
    AgreementToken::new("C99999999999999").unwrap()
}

fn schedule() -> PaymentScheduleId {
    PaymentScheduleId::new("999999999").unwrap()
}

fn monthly() -> Schedule {
    let (start, end) = (Date::constant(2026, 4, 1), ScheduleEnd::UntilFurtherNotice);
    recurring::wanted(ScheduleFrequency::Monthly, start, end)
}

fn change() -> AccountChange {
    AccountChange::Bank(HolderName::new("Sam Test").unwrap())
}

/// A token that was never made.
fn token() -> SingleUseTokenId {
    SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa").unwrap()
}

async fn make(client: &Client, wire: &Wire, key: &KeyText) -> Result<(), Fault> {
    let name = wire.name();
    let details = details(&format!("CUST-{}", name.as_str()));
    client.create_customer(key, &name, &details).await.map(drop)
}

async fn register(
    client: &Client,
    wire: &Wire,
    key: &KeyText,
    customer: Option<CustomerId>,
) -> Result<(), Fault> {
    let wanted = NewAccount::new(AccountSource::Token(token()));
    let name = wire.name();
    let made = match customer {
        Some(id) => client.register_customer_account(key, &id, &name, &wanted).await,
        None => client.register_account(key, &name, &wanted).await,
    };
    made.map(drop)
}

async fn take(client: &Client, wire: &Wire, key: &KeyText) -> Result<(), Fault> {
    let mut payment = Payment::new(Stored::SingleUseToken(token()), amount("10.00"));
    payment.business = Some(business());
    client.take_payment(key, &wire.name(), &payment).await.map(drop)
}

async fn void(client: &Client, wire: &Wire, key: &KeyText) -> Result<(), Fault> {
    client.void_transaction(key, &receipt(), &wire.name()).await.map(drop)
}
