//! What of the typed client's rows the main story of `proxied` does not come by.

use std::time::Duration;

use jiff::civil::Date;
use quaymaster::domain::pre_authorisation::scheme::{Mastercard, Visa};
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::amount::Currency;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::details::{
    CardDetails, CardNumber, Cvn, HolderName, NzAccountNumber, NzAccountSuffix, NzBankCode,
    NzBankDetails, NzBranchCode,
};
use quaymaster::quickstream::models::ids::{AccountToken, CustomerId};
use quaymaster::quickstream::models::texts::{Personal, Reference};
use quaymaster::quickstream::resources::accounts::{AccountChange, AccountSource, NewAccount};
use quaymaster::quickstream::resources::customers::CustomerDetails;
use quaymaster::quickstream::resources::pay_ids::{NewPayId, PayIdUse};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::payer::PayerAccount;
use quaymaster::quickstream::resources::payto_agreements::terms::{Purpose, RespondBy};
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::single_use_tokens::authentication::purchase::Reason;
use quaymaster::quickstream::resources::single_use_tokens::authentication::{Authentication, Use};
use quaymaster::quickstream::resources::single_use_tokens::browser::{
    BrowserLanguage, BrowserProfile, ColorDepth, Java,
};
use quaymaster::quickstream::resources::transactions::hold::Hold;
use quaymaster::quickstream::resources::transactions::lists::{Narrow, NzAccountWanted};
use quaymaster::quickstream::resources::transactions::notes::Notes;
use quaymaster::quickstream::resources::transactions::once_off::{OnceOffPayer, OnceOffPayment};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::preauth::{
    AccountVerification, Extension, PreAuthorisation, Reauthorisation,
};
use quaymaster::quickstream::resources::transactions::source::{Source, Stored};

use crate::proxied::{short, wanted_agreement};
use crate::wire::{Wire, all, amount, bank_account, business, card};

const MASTERCARD: &str = "5163200000000008";

fn number(text: &str) -> CardNumber {
    CardNumber::new(text).unwrap()
}

async fn stored(wire: &Wire, card: CardDetails) -> Stored {
    Stored::SingleUseToken(wire.token(TokenAccount::Card(card)).await)
}

pub(crate) async fn charges(wire: &Wire) {
    let (client, publishable, hire) = (&wire.client, &wire.publishable, business());
    assert!(!all(client.accepted_cards(publishable, &hire)).await.unwrap().is_empty());
    assert!(!all(client.card_surcharges(publishable, &hire)).await.unwrap().is_empty());
    let card = number("4242424242424242");
    client.query_card_surcharge(publishable, &hire, &wire.name(), &card).await.unwrap();
}

/// A customer and an account are changed and read again; an account makes its own customer.
pub(crate) async fn changes(wire: &Wire, payer: &CustomerId) {
    let (client, key) = (&wire.client, &wire.key);
    let details = CustomerDetails::new(Reference::new("PAYER").unwrap(), short("Jo Sample"));
    let email = Email::new("emailAddress", "jo@example.com").ok();
    let details = CustomerDetails { business: Some(business()), email, ..details };
    client.update_customer(key, payer, &details).await.unwrap();
    let shown = client.customer(key, payer).await.unwrap();
    assert_eq!(shown.customer_name.as_ref().map(Personal::as_str), Some("Jo Sample"));
    let token = AccountSource::Token(wire.token(TokenAccount::Bank(bank_account())).await);
    let wanted = NewAccount { business: Some(business()), ..NewAccount::new(token) };
    let made = client.register_account(key, &wire.name(), &wanted).await.unwrap().value;
    let holder = AccountChange::Bank(HolderName::new("Jo Sample").unwrap());
    client.update_account(key, &made.token, &holder).await.unwrap();
    client.disable_account(key, &made.token).await.unwrap();
}

/// Each list finds the payment that was made for it.
pub(crate) async fn lists(wire: &Wire, payer: &CustomerId, account: &AccountToken) {
    let (client, key, any) = (&wire.client, &wire.key, Narrow::default());
    let pay = async |source: Source| {
        let mut payment = Payment::new(source, amount("12.00"));
        payment.business = Some(business());
        payment.notes.customer_reference = Reference::new("PAYER").ok();
        payment.notes.payment_reference = Reference::new("INV-7").ok();
        client.take_payment(key, &wire.name(), &payment).await.unwrap().value
    };
    let nz = NzBankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new("01").unwrap(),
    };
    let wanted = NzAccountWanted {
        bank: nz.bank.clone(),
        branch: nz.branch.clone(),
        number: nz.number.clone(),
        suffix: Some(nz.suffix.clone()),
    };
    let by_card = pay(Source::Stored(stored(wire, card()).await)).await.receipt_number;
    pay(Source::Bank(bank_account())).await;
    pay(Source::NzBank(nz)).await;
    client.transaction(key, &by_card).await.unwrap();
    let (of_card, of_bank) = (number("4242424242424242"), bank_account());
    let invoice = Reference::new("INV-7").unwrap();
    let found = [
        all(client.transactions_for_reference(key, &invoice, &any)).await.unwrap(),
        all(client.transactions_for_account(key, account, &any)).await.unwrap(),
        all(client.transactions_for_card(key, &of_card, &any)).await.unwrap(),
        all(client.transactions_for_bank_account(key, &of_bank.bsb, &of_bank.number, &any))
            .await
            .unwrap(),
        all(client.transactions_for_nz_bank_account(key, &wanted, &any)).await.unwrap(),
        all(client.customer_transactions(key, payer)).await.unwrap(),
    ];
    for (list, found) in found.iter().enumerate() {
        assert!(!found.is_empty(), "list {list}");
    }
    let settled = Date::constant(2026, 3, 2);
    let settled = all(client.transactions_for_settlement_date(key, settled, None)).await.unwrap();
    assert!(!settled.is_empty());
    all(client.suspended_transactions(key, Some(&business()))).await.unwrap();
}

/// A declined instalment, and the one that tries it again.
pub(crate) async fn retries(wire: &Wire) {
    let (client, key) = (&wire.client, &wire.key);
    let guess = serde_json::json!({ "instalment_retries": 1 });
    wire.bank.control().guess(&guess).unwrap();
    let name = CustomerDetails::new(Reference::new("POOR").unwrap(), short("Sam Test"));
    let poor = CustomerDetails { business: Some(business()), ..name };
    let poor = client.create_customer(key, &wire.name(), &poor).await.unwrap().value.customer_id;
    let declined = CardDetails { number: number("4111111117444490"), ..card() };
    let token = AccountSource::Token(wire.token(TokenAccount::Card(declined)).await);
    let account = NewAccount { business: Some(business()), ..NewAccount::new(token) };
    client.register_customer_account(key, &poor, &wire.name(), &account).await.unwrap();
    let (weekly, notice) = (ScheduleFrequency::Weekly, ScheduleEnd::UntilFurtherNotice);
    let start = wire.bank.clock().now().in_tz("Australia/Sydney").unwrap().date();
    let wanted = |dollars, day: i64| {
        let start = start.saturating_add(jiff::Span::new().days(day));
        let mut wanted = Schedule::new(amount(dollars), weekly, start, notice).unwrap();
        wanted.business = Some(business());
        wanted
    };
    let name = wire.name();
    let made = client.create_recurring_payment(key, &poor, &name, &wanted("80.00", 2)).await;
    let id = made.unwrap().value.payment_schedule_id;
    client.update_recurring_payment(key, &id, &wanted("90.00", 3)).await.unwrap();
    wire.pass(Duration::from_hours(24 * 7));
    let tried = all(client.recurring_payment_transactions(key, &id)).await.unwrap();
    let first = tried.last().unwrap();
    assert_eq!(first.state(), Some(State::Declined));
    assert_eq!(all(client.retries(key, &first.receipt_number)).await.unwrap().len(), 1);
    client.stop_recurring_payment(key, &id).await.unwrap();
}

/// What is done with a card beside payments: its holder authenticated, the card looked at, a hold
/// kept for longer.
pub(crate) async fn cards(wire: &Wire) {
    let (client, key) = (&wire.client, &wire.key);
    let language = BrowserLanguage::new("en-AU").unwrap();
    let (colours, screen) = (ColorDepth::TwentyFour, (1080, 1920));
    let browser = BrowserProfile::new(Java::Disabled, language, colours, screen, -660).unwrap();
    let with_code = CardDetails { cvn: Cvn::new("123").ok(), ..card() };
    let token = wire.token(TokenAccount::CardWithThreeDs2(with_code, browser)).await;
    let wanted =
        Authentication::new(Use::Storing { billing: None }, Reason::Payment(amount("9.00")));
    client.authenticate_single_use_token(key, &token, &wire.name(), &wanted).await.unwrap();

    let mut verification = AccountVerification::new(stored(wire, card()).await);
    verification.business = Some(business());
    client.verify_account(key, &wire.name(), &verification).await.unwrap();

    let placed = async |card: CardDetails| {
        let mut hold = PreAuthorisation::new(stored(wire, card).await, amount("300.00"));
        hold.business = Some(business());
        let placed = client.pre_authorise(key, &wire.name(), &hold).await.unwrap();
        placed.value.receipt_number
    };
    let visa: Hold<Visa> = Hold::known(placed(card()).await, Currency::Aud);
    let mastercard = CardDetails { number: number(MASTERCARD), ..card() };
    let mastercard: Hold<Mastercard> = Hold::known(placed(mastercard).await, Currency::Aud);
    wire.pass(Duration::from_hours(24 * 4));
    let longer = Extension::new(&visa);
    client.extend_pre_authorisation(key, &wire.name(), &longer).await.unwrap();
    let anew = Reauthorisation::new(&mastercard);
    client.reauthorise_pre_authorisation(key, &wire.name(), &anew).await.unwrap();
}

/// A once-off payment by a payer who is told and by a token, and the agreements as a table.
pub(crate) async fn once_off(wire: &Wire) {
    let (client, key) = (&wire.client, &wire.key);
    let told = wanted_agreement().payer;
    let PayerAccount::Bsb(bsb, account) = told.account.clone() else { panic!("{told:?}") };
    let token = TokenAccount::PayTo(short("Sam Test"), PayerAccount::Bsb(bsb, account));
    let token = wire.token(token).await;
    let mut receipts = Vec::new();
    for payer in [OnceOffPayer::Told(told), OnceOffPayer::Token(token)] {
        let wanted = OnceOffPayment {
            payer,
            amount: amount("80.00"),
            business: business(),
            purpose: Purpose::Retail,
            description: Some(short("A bicycle")),
            payee_reference: Some(short("ORDER-5")),
            respond_by: RespondBy::minutes(60).ok(),
            notes: Notes::default(),
        };
        let paid = client.take_once_off_payment(key, &wire.name(), &wanted).await.unwrap().value;
        receipts.push(paid.receipt_number);
    }
    wire.pass(Duration::from_hours(2));
    for receipt in &receipts {
        let ended = client.transaction(key, receipt).await.unwrap();
        assert_eq!(ended.state(), Some(State::Approved));
    }
    let every = AgreementSearch::default();
    let mut table = client.payto_agreements_report(key, &every).await.unwrap();
    let mut lines = 0;
    while table.next().await.unwrap().is_some() {
        lines += 1;
    }
    assert_eq!(lines, 4);
}

pub(crate) async fn pay_ids(wire: &Wire, payer: &CustomerId) {
    let (client, key) = (&wire.client, &wire.key);
    let wanted = NewPayId {
        pay_id: Email::new("payId", "jo+hire@example.com").unwrap(),
        usage: PayIdUse::Static,
        business: business(),
        customer_number: Reference::new("PAYER").ok(),
        registration_priority: None,
    };
    client.register_pay_id(key, payer, &wire.name(), &wanted).await.unwrap();
    wire.pass(Duration::from_mins(2));
    client.pay_id(key, &wanted.pay_id).await.unwrap();
    assert_eq!(all(client.customer_pay_ids(key, payer)).await.unwrap().len(), 1);
    client.deregister_pay_id(key, &wanted.pay_id).await.unwrap();
}
