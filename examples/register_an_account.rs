//! Keeps a customer's card at the bank under a token, and charges it every month, also after a card
//! with a new expiry came; at a sandbox of its own: `cargo run --example register_an_account`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::tz::TimeZone;
use quaymaster::clock::Clock;
use quaymaster::domain::money::Cents;
use quaymaster::domain::product::Product;
use quaymaster::key::KeyText;
use quaymaster::quickstream::ask::IdempotencyKey;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{CardDetails, CardNumber, Expiry, HolderName};
use quaymaster::quickstream::models::ids::BusinessCode;
use quaymaster::quickstream::models::publishable::PublishableKey;
use quaymaster::quickstream::models::texts::{Reference, Short};
use quaymaster::quickstream::resources::accounts::{
    AccountChange, AccountSource, CardChange, NewAccount,
};
use quaymaster::quickstream::resources::customers::CustomerDetails;
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::{TokenAccount, TokenRequest};
use quaymaster::quickstream::{Client, ClientOptions};
use quaymaster::sandbox::{SANDBOX_KEY, Sandbox, SandboxOptions};
use uuid::Uuid;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(SandboxOptions::default()).await?;
    let options = ClientOptions::new(sandbox.base_url(), Product::QuickStream);
    let client = Client::new(options, Clock::machine())?;
    let key = KeyText::parse(SANDBOX_KEY)?;
    let business = BusinessCode::new("SANDBOXHIRE")?;

    let number = Reference::new("CUST-77")?;
    let details = CustomerDetails {
        business: Some(business.clone()),
        ..CustomerDetails::new(number, Short::new("customerName", "Sam Test")?)
    };
    let customer = client.create_customer(&key, &name(), &details).await?.value.customer_id;

    // In a shop the token comes from the payer's browser.
    let publishable = PublishableKey::parse(sandbox.control().key("SANDBOX-2")?.text)?;
    let card = CardDetails {
        holder: Some(HolderName::new("Sam Test")?),
        number: CardNumber::new("4242424242424242")?,
        expiry: Expiry::new(12, 2035)?,
        cvn: None,
    };
    let wanted = TokenRequest { business: business.clone(), account: TokenAccount::Card(card) };
    let token = client.generate_single_use_token(&publishable, &name(), &wanted).await?;
    let account = NewAccount::new(AccountSource::Token(token.single_use_token_id));
    let account = client.register_customer_account(&key, &customer, &name(), &account).await?.value;
    println!("customer {customer} pays from {}", account.token);

    // Twelve instalments, the first today by the bank's clock.
    let today = sandbox.clock().now().to_zoned(TimeZone::get("Australia/Sydney")?).date();
    let count = NonZeroU32::MIN.saturating_add(11);
    let mut schedule = Schedule::new(
        Amount::new(Cents::parse("80.00")?)?,
        ScheduleFrequency::Monthly,
        today,
        ScheduleEnd::AfterPayments { count, last: None },
    )?;
    schedule.business = Some(business);
    schedule.account = Some(account.token.clone());
    let schedule =
        client.create_recurring_payment(&key, &customer, &name(), &schedule).await?.value;

    // The card is replaced by one that is good for longer; the token stays.
    let change = CardChange::new(None, Some(Expiry::new(12, 2039)?))?;
    client.update_account(&key, &account.token, &AccountChange::Card(change)).await?;

    // Only a sandbox's time can be made to pass. Its key ends in a month, so each day the bank is
    // asked which one to use; quaymaster does that for a shop.
    let mut key = key;
    for _ in 0..100 {
        sandbox.clock().advance(Duration::from_hours(24));
        key = client.latest_key(&key).await?.key;
    }
    let mut instalments =
        client.recurring_payment_transactions(&key, &schedule.payment_schedule_id)?;
    let mut count = 0;
    while let Some(page) = instalments.next().await? {
        for payment in page.data {
            count += 1;
            println!("{}: {:?}", payment.receipt_number, payment.state());
        }
    }
    println!("{count} instalments in a hundred days");
    client.stop_recurring_payment(&key, &schedule.payment_schedule_id).await?;
    sandbox.stop().await;
    Ok(())
}

/// A new name for one intended change.
fn name() -> IdempotencyKey {
    IdempotencyKey::of(Uuid::new_v4())
}
