//! A key for one business sees nothing of another, and changes nothing of it.

use std::time::Duration;

use jiff::civil::Date;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::details::CardNumber;
use quaymaster::quickstream::resources::businesses::Business;
use quaymaster::quickstream::resources::customers::CustomerSearch;
use quaymaster::quickstream::resources::payment_files::FileFormat;
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::lists::Narrow;
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{Fault, FaultKind};

use crate::payids::lasting;
use crate::payment_files::TWO_CARDS;
use crate::recurring;
use crate::rows::{Asker, Of, ROWS, Things};
use crate::wire::{Wire, all, amount, bank_account, business, card, refused};

/// One thing of every sort, each of the first business.
async fn things(wire: &Wire) -> Things {
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let account = wire.account(&customer, TokenAccount::Card(card())).await.token;
    let (start, end) = (Date::constant(2026, 4, 1), ScheduleEnd::UntilFurtherNotice);
    let monthly = recurring::wanted(ScheduleFrequency::Monthly, start, end);
    let schedule = client.create_recurring_payment(key, &customer, &wire.name(), &monthly).await;
    let file = FileContent::new("run-1.csv", TWO_CARDS).unwrap();
    let file = client.upload_payment_file(key, &wire.name(), &file, FileFormat::Csv2).await;
    let file = file.unwrap().value.payment_file_id;
    let agreement = wire.active().await;
    wire.pass(Duration::from_hours(1));
    let batches = all(client.payment_batches(key, &file)).await.unwrap();
    let mut payment = Payment::new(Stored::Account(account.clone()), amount("25.50"));
    payment.business = Some(business());
    let paid = client.take_payment(key, &wire.name(), &payment).await.unwrap().value;
    let pay_id = lasting("jane@example.com");
    client.register_pay_id(key, &customer, &wire.name(), &pay_id).await.unwrap();
    let pay_id = pay_id.pay_id;
    Things {
        business: business(),
        receipt: paid.receipt_number,
        customer,
        account,
        agreement,
        schedule: schedule.unwrap().value.payment_schedule_id,
        file,
        batch: batches[0].payment_batch_id.clone(),
        token: wire.token(TokenAccount::Card(card())).await,
        pay_id,
    }
}

/// All that can be read of these things with the key that sees them.
async fn as_they_stand(wire: &Wire, of: &Things) -> Result<String, Fault> {
    let (client, key) = (&wire.client, &wire.key);
    let told = (
        client.transaction(key, &of.receipt).await?,
        client.customer(key, &of.customer).await?,
        client.account(key, &of.account).await?,
        client.payto_agreement(key, &of.agreement).await?,
        client.recurring_payment(key, &of.schedule).await?,
        client.payment_file(key, &of.file).await?,
        client.pay_id(key, &of.pay_id).await?,
        all(client.refunds(key, &of.receipt)).await?,
        all(client.customer_recurring_payments(key, &of.customer)).await?,
        all(client.customer_accounts(key, &of.customer)).await?,
        all(client.payto_agreements(key, &AgreementSearch::default())).await?.len(),
        all(client.customers(key, &CustomerSearch::default())).await?.len(),
    );
    Ok(format!("{told:?}"))
}

/// The documents: a request for a resource of another business is 404 or 422.
#[tokio::test]
async fn nothing_of_anothers_can_be_read_or_changed() {
    let wire = Wire::start().await;
    let of = things(&wire).await;
    let before = as_they_stand(&wire, &of).await.unwrap();
    let restricted = Asker { secret: wire.restricted_key(), of, ..wire.asker() };
    let mut asked = 0;
    for row in ROWS {
        // Rows for a publishable key, which is never restricted; a token's business, which the
        // documents say is not looked at again; and what is asked of nobody's thing.
        let wanted = match row.name {
            "Businesses: List accepted cards"
            | "Businesses: List card surcharges"
            | "Businesses: Query card surcharge"
            | "Single-use tokens: Generate token"
            | "Single-use tokens: 3-D Secure authentication" => continue,
            "Customers: Create" | "PayTo agreements: Create" => FaultKind::Unprocessable,
            _ => match row.of {
                Of::Missing => FaultKind::NotFound,
                Of::Refused(_) => FaultKind::Unprocessable,
                Of::Anything => continue,
            },
        };
        let fault = (row.call)(&wire, &restricted).await.expect_err(row.name);
        assert_eq!(fault.kind, wanted, "{}", row.name);
        asked += 1;
    }
    assert!(asked >= 50, "{asked} rows");
    assert_eq!(as_they_stand(&wire, &restricted.of).await.unwrap(), before);
}

/// Lists leave out what the key may not see, and say nothing of it.
#[tokio::test]
async fn nothing_of_anothers_is_listed() {
    let wire = Wire::start().await;
    let of = things(&wire).await;
    let (client, keys) = (&wire.client, [wire.key.clone(), wire.restricted_key()]);
    let seen = async |key| {
        let (day, any) = (Date::constant(2026, 3, 2), Narrow::default());
        let card = CardNumber::new("4242424242424242").unwrap();
        let mut rows = 0;
        let report = TransactionsReport::of(day);
        let mut report = client.transactions_report(key, &report).await.unwrap();
        while report.next().await.unwrap().is_some() {
            rows += 1;
        }
        let mut agreements = 0;
        let search = AgreementSearch::default();
        let mut report = client.payto_agreements_report(key, &search).await.unwrap();
        while report.next().await.unwrap().is_some() {
            agreements += 1;
        }
        [
            hires(all(client.businesses(key)).await.unwrap()),
            all(client.recent_transactions(key, None)).await.unwrap().len(),
            all(client.transactions_for_settlement_date(key, day, None)).await.unwrap().len(),
            all(client.transactions_for_card(key, &card, &any)).await.unwrap().len(),
            all(client.customers(key, &CustomerSearch::default())).await.unwrap().len(),
            all(client.payment_files(key)).await.unwrap().len(),
            all(client.payto_agreements(key, &search)).await.unwrap().len(),
            rows,
            agreements,
        ]
    };
    assert!(seen(&keys[0]).await.iter().all(|count| *count > 0));
    assert_eq!(seen(&keys[1]).await, [0; 9]);
    assert_eq!(of.business, business());
}

fn hires(shown: Vec<Business>) -> usize {
    shown.into_iter().filter(|shown| shown.supplier_business_code == business()).count()
}

#[tokio::test]
async fn anothers_business_is_not_there() {
    let wire = Wire::start().await;
    let token = wire.token(TokenAccount::Card(card())).await;
    let mut payment = Payment::new(Stored::SingleUseToken(token.clone()), amount("25.50"));
    payment.business = Some(business());
    let restricted = wire.restricted_key();

    let outcome = wire.client.take_payment(&restricted, &wire.name(), &payment).await;
    let (kind, _) = refused(outcome);
    assert!(matches!(kind, FaultKind::NotFound | FaultKind::Unprocessable), "{kind:?}");

    let paid = wire.client.take_payment(&wire.key, &wire.name(), &payment).await.unwrap().value;
    assert_eq!(paid.state(), Some(State::Approved));
    let (kind, _) = refused(wire.client.transaction(&restricted, &paid.receipt_number).await);
    assert_eq!(kind, FaultKind::NotFound);

    // The token was spent by the payment that was made, and by no other.
    let again = wire.client.take_payment(&wire.key, &wire.name(), &payment).await;
    assert_eq!(refused(again), (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));
}

#[tokio::test]
async fn a_bank_accounts_payment_is_final_after_its_days() {
    let wire = Wire::start().await;
    let token = wire.token(TokenAccount::Bank(bank_account())).await;
    let mut payment = Payment::new(Stored::SingleUseToken(token), amount("25.50"));
    payment.business = Some(business());
    let paid = wire.client.take_payment(&wire.key, &wire.name(), &payment).await.unwrap().value;
    assert_eq!(paid.state(), Some(State::Provisional));
    wire.pass(Duration::from_hours(24 * 14));
    let now = wire.client.transaction(&wire.key, &paid.receipt_number).await.unwrap();
    assert_eq!(now.state(), Some(State::Approved));
    assert_eq!(now.voidable, Some(false));
}
