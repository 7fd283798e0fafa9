//! Takes a card payment the way a web shop does, reads what became of it, and gives it back; at a
//! sandbox of its own, so that nothing has to be set up: `cargo run --example take_a_payment`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use quaymaster::clock::Clock;
use quaymaster::domain::money::Cents;
use quaymaster::domain::product::Product;
use quaymaster::domain::retry::{Action, Earlier, Method};
use quaymaster::domain::transaction::State;
use quaymaster::key::KeyText;
use quaymaster::quickstream::ask::IdempotencyKey;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{CardDetails, CardNumber, Cvn, Expiry, HolderName};
use quaymaster::quickstream::models::ids::BusinessCode;
use quaymaster::quickstream::models::publishable::PublishableKey;
use quaymaster::quickstream::models::texts::Reference;
use quaymaster::quickstream::resources::single_use_tokens::{TokenAccount, TokenRequest};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::notes::{CardData, Eci, Entry};
use quaymaster::quickstream::resources::transactions::payment::{Payment, Refund};
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Client, ClientOptions, Done};
use quaymaster::sandbox::{SANDBOX_KEY, Sandbox, SandboxOptions};
use uuid::Uuid;

/// How often a payment is sent at most. The bank does it once all the same.
const SENDS_MAX: usize = 5;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(SandboxOptions::default()).await?;
    let clock = Clock::machine();
    let options = ClientOptions::new(sandbox.base_url(), Product::QuickStream);
    let client = Client::new(options, clock.clone())?;
    let key = KeyText::parse(SANDBOX_KEY)?;

    // In a shop this happens in the payer's browser, and the card's number never reaches the shop.
    let publishable = PublishableKey::parse(sandbox.control().key("SANDBOX-2")?.text)?;
    let business = BusinessCode::new("SANDBOXHIRE")?;
    let card = CardDetails {
        holder: Some(HolderName::new("Sam Test")?),
        number: CardNumber::new("4242424242424242")?,
        expiry: Expiry::new(12, 2035)?,
        cvn: Some(Cvn::new("123")?),
    };
    let wanted = TokenRequest { business: business.clone(), account: TokenAccount::Card(card) };
    let token = client.generate_single_use_token(&publishable, &name(), &wanted).await?;

    let mut payment = Payment::new(
        Stored::SingleUseToken(token.single_use_token_id),
        Amount::new(Cents::parse("25.50")?)?,
    );
    payment.business = Some(business);
    payment.card = CardData {
        eci: Some(Eci::Internet(None)),
        entry: Some(Entry::Manual(None)),
        ..CardData::default()
    };
    payment.notes.payment_reference = Some(Reference::new("INV-1009")?);

    let paid = pay(&client, &clock, &key, &payment).await?.value;
    match paid.state() {
        Some(State::Approved | State::Provisional) => println!("{}: paid", paid.receipt_number),
        Some(State::Declined) => println!("{}: declined, ask for another", paid.receipt_number),
        other => println!("{}: not decided yet ({other:?})", paid.receipt_number),
    }

    // What the bank has of it now decides whether it is taken back or given back.
    let now = client.transaction(&key, &paid.receipt_number).await?;
    if now.voidable == Some(true) {
        client.void_transaction(&key, &now.receipt_number, &name()).await?;
        println!("{}: taken back before it was settled", now.receipt_number);
    } else {
        let refund = client.refund_payment(&key, &name(), &Refund::full(&now)?).await?;
        println!("{}: given back", refund.value.receipt_number);
    }
    sandbox.stop().await;
    Ok(())
}

/// Sends a payment under one name until there is an answer to it, as the bank's table says. A shop
/// keeps the name before it sends, so that it knows it again after a crash.
async fn pay(
    client: &Client,
    clock: &Clock,
    key: &KeyText,
    payment: &Payment,
) -> Result<Done<Transaction>, Box<dyn Error>> {
    let name = name();
    let mut sends = 0;
    loop {
        let fault = match client.take_payment(key, &name, payment).await {
            Ok(done) => return Ok(done),
            Err(fault) => fault,
        };
        sends += 1;
        let rule = fault.advice(Method::PostWithKey, Earlier::None);
        if rule.action != Action::SendAgain || sends == SENDS_MAX {
            return Err(fault.into());
        }
        let random = Uuid::new_v4().as_fields().0;
        clock.sleep(rule.wait(fault.retry_after, random)).await;
    }
}

/// A new name for one intended change.
fn name() -> IdempotencyKey {
    IdempotencyKey::of(Uuid::new_v4())
}
