//! Asks a payer for a PayTo agreement, waits for their answer, takes a payment under it and ends it;
//! at a sandbox of its own: `cargo run --example run_a_payto_agreement`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use jiff::tz::TimeZone;
use quaymaster::clock::Clock;
use quaymaster::domain::money::Cents;
use quaymaster::domain::payto_agreement::State;
use quaymaster::domain::product::Product;
use quaymaster::domain::transaction;
use quaymaster::key::KeyText;
use quaymaster::quickstream::ask::IdempotencyKey;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{AccountNumber, Bsb};
use quaymaster::quickstream::models::ids::BusinessCode;
use quaymaster::quickstream::models::texts::Short;
use quaymaster::quickstream::resources::payto_agreements::model::PayToAgreement;
use quaymaster::quickstream::resources::payto_agreements::payer::{Payer, PayerAccount, PayerType};
use quaymaster::quickstream::resources::payto_agreements::request::{
    Creation, NewAgreement, Reason, StatusAmendment,
};
use quaymaster::quickstream::resources::payto_agreements::terms::{
    AgreementAmount, AgreementEnd, AgreementPeriod, AmountRange, Frequency, PaymentDetails,
    PaymentTerms, Purpose, RespondBy,
};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::payment::PayToPayment;
use quaymaster::quickstream::{Client, ClientOptions};
use quaymaster::sandbox::{Running, SANDBOX_KEY, Sandbox, SandboxOptions};
use uuid::Uuid;

/// How often something is read while others decide.
const LOOKS_MAX: usize = 100;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(SandboxOptions::default()).await?;
    let options = ClientOptions::new(sandbox.base_url(), Product::QuickStream);
    let client = Client::new(options, Clock::machine())?;
    let key = KeyText::parse(SANDBOX_KEY)?;

    let wanted = agreement(&sandbox)?;
    let agreement = client.create_payto_agreement(&key, &name(), &wanted).await?.value;
    println!("{}: the payer is asked", agreement.agreement_token);

    let agreement = answered(&sandbox, &client, &key, agreement).await?;
    let token = agreement.agreement_token.clone();
    if agreement.state() != Some(State::Active) {
        println!("{token}: no ({:?})", agreement.word());
        return Ok(());
    }
    let mut payment = PayToPayment::new(token.clone(), Amount::new(Cents::parse("80.00")?)?);
    payment.business = Some(wanted.business);
    payment.remittance_information = Some(Short::new("remittanceInformation1", "March hire")?);
    let paid = client.take_payto_payment(&key, &name(), &payment).await?.value;
    let paid = decided(&sandbox, &client, &key, paid).await?;
    println!("{}: {:?} under {token}", paid.receipt_number, paid.state());

    let end = StatusAmendment::Cancel(Reason::merchant());
    client.amend_payto_status(&key, &token, &end).await?;
    let ended = client.payto_agreement(&key, &token).await?;
    println!("{token}: {:?}", ended.state());
    sandbox.stop().await;
    Ok(())
}

/// Eighty dollars a month or so, and never more than 250.
fn agreement(sandbox: &Running) -> Result<NewAgreement, Box<dyn Error>> {
    let today = sandbox.clock().now().to_zoned(TimeZone::get("Australia/Sydney")?).date();
    let usual = Amount::new(Cents::parse("80.00")?)?;
    let most = Amount::new(Cents::parse("250.00")?)?;
    let field = "payeeReference";
    Ok(NewAgreement {
        business: BusinessCode::new("SANDBOXHIRE")?,
        creation: Creation::Authorised { payee_reference: Some(Short::new(field, "AGR-5")?) },
        respond_by: Some(RespondBy::minutes(1440)?),
        details: PaymentDetails {
            purpose: Purpose::Retail,
            description: Some(Short::new("description", "Monthly hire")?),
            period: AgreementPeriod::new(today, AgreementEnd::Renews)?,
        },
        terms: PaymentTerms {
            frequency: Frequency::Monthly,
            amount: AgreementAmount::Variable(AmountRange::new(Some(usual), Some(most))?),
        },
        payer: Payer {
            payer_type: PayerType::Person,
            id: None,
            name: Short::new("payerName", "Sam Test")?,
            reference: Some(Short::new("payerReference", "HIRE-77")?),
            account: PayerAccount::Bsb(Bsb::new("032-999")?, AccountNumber::new("123456")?),
        },
    })
}

/// Asks for the agreement until the payer has answered, or has let the time pass.
async fn answered(
    sandbox: &Running,
    client: &Client,
    key: &KeyText,
    mut agreement: PayToAgreement,
) -> Result<PayToAgreement, Box<dyn Error>> {
    for _ in 0..LOOKS_MAX {
        if !matches!(agreement.state(), Some(State::Creating | State::Pending)) {
            return Ok(agreement);
        }
        // At the bank one would wait; only a sandbox's time can be made to pass.
        sandbox.clock().advance(Duration::from_mins(15));
        agreement = client.payto_agreement(key, &agreement.agreement_token).await?;
    }
    Err("the payer never answers".into())
}

/// Reads a payment until the payer's bank has decided it.
async fn decided(
    sandbox: &Running,
    client: &Client,
    key: &KeyText,
    mut payment: Transaction,
) -> Result<Transaction, Box<dyn Error>> {
    for _ in 0..LOOKS_MAX {
        if payment.state() != Some(transaction::State::Pending) {
            return Ok(payment);
        }
        sandbox.clock().advance(Duration::from_mins(1));
        payment = client.transaction(key, &payment.receipt_number).await?;
    }
    Err("the payer's bank never decides".into())
}

/// A new name for one intended change.
fn name() -> IdempotencyKey {
    IdempotencyKey::of(Uuid::new_v4())
}
