//! The typed client at the sandbox through Prism: neither sends what the document does not have.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::Date;
use quaymaster::domain::pre_authorisation::scheme::Visa;
use quaymaster::domain::product::Product;
use quaymaster::quickstream::models::amount::Currency;
use quaymaster::quickstream::models::details::{AccountNumber, Bsb};
use quaymaster::quickstream::models::ids::{AccountToken, CustomerId};
use quaymaster::quickstream::models::texts::{Reference, Short};
use quaymaster::quickstream::resources::accounts::{AccountSource, NewAccount};
use quaymaster::quickstream::resources::credit_cards::CardBin;
use quaymaster::quickstream::resources::customers::{
    CustomerDetails, CustomerSearch, CustomerStatus,
};
use quaymaster::quickstream::resources::payment_files::{FileFormat, FileReport};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::payer::{Payer, PayerAccount, PayerType};
use quaymaster::quickstream::resources::payto_agreements::request::{
    BilateralAmendment, Creation, NewAgreement, NewTerms, Reason, StatusAmendment,
    UnilateralAmendment,
};
use quaymaster::quickstream::resources::payto_agreements::terms::{
    AgreementAmount, AgreementEnd, AgreementPeriod, AmountRange, Frequency, PaymentDetails,
    PaymentTerms, Purpose, RespondBy,
};
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::hold::Hold;
use quaymaster::quickstream::resources::transactions::payment::{PayToPayment, Payment, Refund};
use quaymaster::quickstream::resources::transactions::preauth::{
    Cancellation, Capture, Increment, PreAuthorisation,
};
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{Call, CallCode, Client, ClientOptions};
use quaymaster::sandbox::routes;
use serde_json::Value;

use crate::document::served;
use crate::further;
use crate::page;
use crate::peers;
use crate::prism::Prism;
use crate::wire::{Wire, all, amount, bank_account, business, card};

/// A payment file that the sandbox can read.
const FILE: &str = "H,SANDBOX,2026-03-01,2\r\n\
    C,SANDBOXHIRE,CAPTURE,25.50,CUST-1,INV-1,,,4242424242424242,12,29,Jane Smith\r\n\
    T,1,25.50\r\n";

/// The routes on which the client had what it asked for, as `GET /customers/{}`.
type Had = Arc<Mutex<BTreeSet<String>>>;

/// A sandbox, and a client whose every request goes through Prism.
async fn through(program: PathBuf, wrong: impl FnOnce(&mut Value)) -> (Wire, Prism, Had) {
    let mut wire = Wire::start().await;
    let mut document = served(wire.bank.address()).await;
    wrong(&mut document);
    let prism = Prism::start(program, &document, wire.bank.address()).await;
    let mut options = ClientOptions::new(prism.base_url(), Product::QuickStream);
    let had = Had::default();
    let note = Arc::clone(&had);
    options.observer = Arc::new(move |call: &Call| {
        if matches!(call.code, CallCode::Status(200..=299)) {
            note.lock().unwrap().insert(plain(call.method, call.endpoint));
        }
    });
    wire.client = Client::new(options, wire.bank.clock().clone()).unwrap();
    (wire, prism, had)
}

/// A route without its parameters' names.
fn plain(method: &str, path: &str) -> String {
    let segment = |segment| if str::starts_with(segment, '{') { "{}" } else { segment };
    let path: Vec<&str> = path.split('/').map(segment).collect();
    format!("{method} {}", path.join("/"))
}

pub(crate) fn short<const CHARS: usize>(text: &str) -> Short<CHARS> {
    Short::new("a text", text).unwrap()
}

async fn customer(wire: &Wire, number: &str) -> CustomerId {
    let number = Reference::new(number).unwrap();
    let details = CustomerDetails::new(number, short("Sam Test"));
    let details = CustomerDetails { business: Some(business()), ..details };
    let made = wire.client.create_customer(&wire.key, &wire.name(), &details).await;
    made.unwrap().value.customer_id
}

/// Every route that the sandbox has, each at least once with success. Where a route has several rows,
/// `each_method_is_asked` sees to it that none is left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_and_the_sandbox_keep_to_the_document() {
    let test = "the_client_and_the_sandbox_keep_to_the_document";
    let Some(program) = peers::program("prism", test) else { return };
    let (wire, prism, had) = through(program, |_| {}).await;
    keys_and_businesses(&wire).await;
    further::charges(&wire).await;
    let (payer, account) = customers_and_accounts(&wire).await;
    further::changes(&wire, &payer).await;
    payments(&wire, &account).await;
    further::lists(&wire, &payer, &account).await;
    holds(&wire).await;
    further::cards(&wire).await;
    schedules(&wire, &payer).await;
    further::retries(&wire).await;
    agreements(&wire, &payer).await;
    further::once_off(&wire).await;
    further::pay_ids(&wire, &payer).await;
    files(&wire).await;
    assert_eq!(prism.violations(), Vec::<String>::new(), "{}", prism.log());
    let known: BTreeSet<String> = routes().map(|route| plain(route.method, route.path)).collect();
    assert_eq!(*had.lock().unwrap(), known);
    assert!(prism.passed_on() >= known.len(), "{} went past Prism", prism.passed_on());
}

/// The story calls the method of every row of docs/resources.md.
#[test]
fn each_method_is_asked() {
    let story = [include_str!("proxied.rs"), include_str!("further.rs")].concat();
    let rows = page::rows();
    assert!(!rows.is_empty());
    let asked = |row: &page::PageRow| {
        // A token is made by the helper of `Wire`.
        story.contains(&format!("client.{}(", row.method))
            || row.method == "generate_single_use_token" && story.contains("wire.token(")
    };
    let left: Vec<String> =
        rows.into_iter().filter(|row| !asked(row)).map(|row| row.name).collect();
    assert_eq!(left, Vec::<String>::new());
}

/// The check can fail: a document with one wrong field is kept to by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_field_is_seen() {
    let test = "a_wrong_field_is_seen";
    let Some(program) = peers::program("prism", test) else { return };
    let (wire, prism, _) = through(program, |document| {
        let members = &mut document["components"]["schemas"]["Money"]["properties"];
        let amount = members.as_object_mut().unwrap().remove("amount").unwrap();
        members["sum"] = amount;
    })
    .await;
    // There is no money in this one.
    wire.client.root(&wire.key).await.unwrap();
    let token = wire.token(TokenAccount::Card(card())).await;
    let mut payment = Payment::new(Stored::SingleUseToken(token), amount("10.00"));
    payment.business = Some(business());
    wire.client.take_payment(&wire.key, &wire.name(), &payment).await.unwrap_err();
    assert!(!prism.first_violations().await.is_empty(), "{}", prism.log());
}

async fn keys_and_businesses(wire: &Wire) {
    let (client, key, publishable) = (&wire.client, &wire.key, &wire.publishable);
    client.root(key).await.unwrap();
    client.latest_key(key).await.unwrap();
    client.business(key, &business()).await.unwrap();
    assert_eq!(all(client.businesses(key)).await.unwrap().len(), 2);
    client.card_scheme(publishable, &CardBin::new("424242").unwrap()).await.unwrap();
}

async fn customers_and_accounts(wire: &Wire) -> (CustomerId, AccountToken) {
    let (client, key) = (&wire.client, &wire.key);
    for number in 0..21 {
        customer(wire, &format!("CUST-{number}")).await;
    }
    // Over two pages.
    assert_eq!(all(client.customers(key, &CustomerSearch::default())).await.unwrap().len(), 21);
    let payer = customer(wire, "PAYER").await;
    client.set_customer_status(key, &payer, CustomerStatus::Enabled).await.unwrap();
    let mut first = None;
    for account in [TokenAccount::Card(card()), TokenAccount::Bank(bank_account())] {
        let token = AccountSource::Token(wire.token(account).await);
        let wanted = NewAccount { business: Some(business()), ..NewAccount::new(token) };
        let name = wire.name();
        let made = client.register_customer_account(key, &payer, &name, &wanted).await.unwrap();
        first.get_or_insert(made.value.token);
    }
    let account = first.unwrap();
    client.account(key, &account).await.unwrap();
    assert_eq!(all(client.customer_accounts(key, &payer)).await.unwrap().len(), 2);
    (payer, account)
}

async fn payments(wire: &Wire, account: &AccountToken) {
    let (client, key) = (&wire.client, &wire.key);
    let mut paid = Vec::new();
    for _ in 0..21 {
        let mut payment = Payment::new(Stored::Account(account.clone()), amount("19.99"));
        payment.business = Some(business());
        paid.push(client.take_payment(key, &wire.name(), &payment).await.unwrap().value);
    }
    assert_eq!(all(client.recent_transactions(key, None)).await.unwrap().len(), 21);
    let (receipt, other) = (&paid[0].receipt_number, &paid[1].receipt_number);
    client.void_transaction(key, receipt, &wire.name()).await.unwrap();
    wire.pass(Duration::from_hours(48));
    let refund = Refund::new(other.clone(), amount("9.99"));
    client.refund_payment(key, &wire.name(), &refund).await.unwrap();
    assert_eq!(all(client.refunds(key, other)).await.unwrap().len(), 1);
    let day = TransactionsReport::of(Date::constant(2026, 3, 2));
    let mut report = client.transactions_report(key, &day).await.unwrap();
    while report.next().await.unwrap().is_some() {}
}

async fn holds(wire: &Wire) {
    let (client, key) = (&wire.client, &wire.key);
    let placed = async || {
        let token = wire.token(TokenAccount::Card(card())).await;
        let mut hold = PreAuthorisation::new(Stored::SingleUseToken(token), amount("300.00"));
        hold.business = Some(business());
        let placed = client.pre_authorise(key, &wire.name(), &hold).await.unwrap().value;
        Hold::<Visa>::known(placed.receipt_number, Currency::Aud)
    };
    let hold = placed().await;
    let more = Increment::new(&hold, amount("75.00"));
    client.increase_pre_authorisation(key, &wire.name(), &more).await.unwrap();
    let capture = Capture::new(&hold, amount("362.40"));
    client.capture_pre_authorisation(key, &wire.name(), &capture).await.unwrap();
    let hold = placed().await;
    let cancel = Cancellation::full(&hold);
    client.cancel_pre_authorisation(key, &wire.name(), &cancel).await.unwrap();
}

async fn schedules(wire: &Wire, payer: &CustomerId) {
    let (client, key) = (&wire.client, &wire.key);
    let (monthly, notice) = (ScheduleFrequency::Monthly, ScheduleEnd::UntilFurtherNotice);
    let start = Date::constant(2026, 3, 10);
    let mut wanted = Schedule::new(amount("80.00"), monthly, start, notice).unwrap();
    wanted.business = Some(business());
    let made = client.create_recurring_payment(key, payer, &wire.name(), &wanted).await.unwrap();
    let id = made.value.payment_schedule_id;
    wire.pass(Duration::from_hours(24 * 70));
    client.recurring_payment(key, &id).await.unwrap();
    assert_eq!(all(client.recurring_payment_transactions(key, &id)).await.unwrap().len(), 3);
    client.stop_recurring_payment(key, &id).await.unwrap();
    assert_eq!(all(client.customer_recurring_payments(key, payer)).await.unwrap().len(), 1);
}

pub(crate) fn wanted_agreement() -> NewAgreement {
    let range = AmountRange::new(Some(amount("80.00")), Some(amount("250.00"))).unwrap();
    let account = AccountNumber::new("123456").unwrap();
    NewAgreement {
        business: business(),
        creation: Creation::Authorised { payee_reference: Some(short("AGR-5")) },
        respond_by: Some(RespondBy::minutes(1440).unwrap()),
        details: PaymentDetails {
            purpose: Purpose::Retail,
            description: Some(short("Monthly hire")),
            period: AgreementPeriod::new(Date::constant(2026, 6, 2), AgreementEnd::Renews).unwrap(),
        },
        terms: PaymentTerms {
            frequency: Frequency::AdHoc,
            amount: AgreementAmount::Variable(range),
        },
        payer: Payer {
            payer_type: PayerType::Person,
            id: Some(short("CUST-77")),
            name: short("Sam Test"),
            reference: Some(short("HIRE-77")),
            account: PayerAccount::Bsb(Bsb::new("032999").unwrap(), account),
        },
    }
}

async fn agreements(wire: &Wire, payer: &CustomerId) {
    let (client, key) = (&wire.client, &wire.key);
    let wanted = wanted_agreement();
    let recalled = client.create_payto_agreement(key, &wire.name(), &wanted).await.unwrap();
    client.recall_payto_agreement(key, &recalled.value.agreement_token).await.unwrap();
    let name = wire.name();
    let made = client.create_customer_payto_agreement(key, payer, &name, &wanted).await.unwrap();
    let token = made.value.agreement_token;
    wire.pass(Duration::from_hours(24 * 40));
    let mut payment = PayToPayment::new(token.clone(), amount("80.00"));
    payment.business = Some(business());
    client.take_payto_payment(key, &wire.name(), &payment).await.unwrap();
    let quietly = UnilateralAmendment::new(Some(short("AGR-6")), Some(short("Hire"))).unwrap();
    client.amend_payto_unilaterally(key, &token, &quietly).await.unwrap();
    let terms = PaymentTerms {
        frequency: Frequency::Weekly,
        amount: AgreementAmount::Fixed(amount("90.00")),
    };
    let terms = NewTerms { terms: Some(terms), end: None };
    let asks = BilateralAmendment::new(terms, RespondBy::minutes(60).ok()).unwrap();
    client.amend_payto_bilaterally(key, &token, &asks).await.unwrap();
    client.recall_payto_amendment(key, &token).await.unwrap();
    let pause = StatusAmendment::Suspend(Reason::merchant());
    client.amend_payto_status(key, &token, &pause).await.unwrap();
    client.amend_payto_status(key, &token, &StatusAmendment::Resume).await.unwrap();
    client.payto_agreement(key, &token).await.unwrap();
    let found = all(client.payto_agreements(key, &AgreementSearch::default())).await.unwrap();
    assert_eq!(found.len(), 2);
}

async fn files(wire: &Wire) {
    let (client, key) = (&wire.client, &wire.key);
    let file = FileContent::new("run-1.csv", FILE).unwrap();
    let name = wire.name();
    let done = client.upload_payment_file(key, &name, &file, FileFormat::Csv2).await.unwrap();
    let id = done.value.payment_file_id;
    wire.pass(Duration::from_mins(10));
    client.payment_file(key, &id).await.unwrap();
    assert_eq!(all(client.payment_files(key)).await.unwrap().len(), 1);
    all(client.payment_file_errors(key, &id)).await.unwrap();
    let batches = all(client.payment_batches(key, &id)).await.unwrap();
    let batch = &batches[0].payment_batch_id;
    client.payment_batch(key, batch).await.unwrap();
    all(client.payment_batch_transactions(key, batch)).await.unwrap();
    for report in FileReport::ALL {
        let mut download = client.payment_file_report(key, &id, *report).await.unwrap();
        while download.chunk().await.unwrap().is_some() {}
    }
}
