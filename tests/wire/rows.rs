//! Every row of docs/resources.md as one call of the real client's, for what holds of all of them. Here
//! each asks for what is not there, or for what the bank must refuse, or for what is always answered.

use std::pin::Pin;

use jiff::civil::{Date, date};
use quaymaster::domain::pre_authorisation::scheme::{Mastercard, Visa};
use quaymaster::key::KeyText;
use quaymaster::quickstream::models::amount::Currency;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::details::{
    AccountNumber, Bsb, CardNumber, HolderName, NzAccountNumber, NzBankCode, NzBranchCode,
};
use quaymaster::quickstream::models::ids::{
    AccountToken, AgreementToken, BusinessCode, CustomerId, PaymentBatchId, PaymentFileId,
    PaymentScheduleId, ReceiptNumber, SingleUseTokenId,
};
use quaymaster::quickstream::models::texts::{Reference, Short};
use quaymaster::quickstream::resources::accounts::{AccountChange, AccountSource, NewAccount};
use quaymaster::quickstream::resources::credit_cards::CardBin;
use quaymaster::quickstream::resources::customers::{CustomerSearch, CustomerStatus};
use quaymaster::quickstream::resources::payment_files::{FileFormat, FileReport};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::request::{
    BilateralAmendment, NewTerms, Reason, StatusAmendment, UnilateralAmendment,
};
use quaymaster::quickstream::resources::payto_agreements::terms::AgreementEnd;
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::authentication::purchase;
use quaymaster::quickstream::resources::single_use_tokens::authentication::{Authentication, Use};
use quaymaster::quickstream::resources::single_use_tokens::{TokenAccount, TokenRequest};
use quaymaster::quickstream::resources::transactions::hold::Hold;
use quaymaster::quickstream::resources::transactions::lists::{Narrow, NzAccountWanted};
use quaymaster::quickstream::resources::transactions::payment::{PayToPayment, Payment, Refund};
use quaymaster::quickstream::resources::transactions::preauth::{
    AccountVerification, Cancellation, Capture, Extension, Increment, PreAuthorisation,
    Reauthorisation,
};
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{Client, Fault, PublishableKey};

use crate::agreements::wanted;
use crate::customers::details;
use crate::once_off::once;
use crate::payids::lasting;
use crate::payment_files::TWO_CARDS;
use crate::recurring;
use crate::wire::{Wire, all, amount, business, card};

type Outcome<'w> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'w>>;

/// One row: its name as the page of resources has it, what it speaks of, and the call.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) of: Of,
    pub(crate) call: for<'w> fn(&'w Wire, &'w Asker) -> Outcome<'w>,
}

/// What a row is asked with: one key of each kind, of which it takes the one it needs, and what it
/// speaks of.
pub(crate) struct Asker {
    pub(crate) secret: KeyText,
    pub(crate) publishable: PublishableKey,
    pub(crate) of: Things,
}

/// What a row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// One thing, here always one that is not there.
    Missing,
    /// A wish that the bank must refuse (422), for what this field has.
    Refused(&'static str),
    /// Nothing that would have to be there.
    Anything,
}

use self::Of::{Anything, Missing, Refused};

macro_rules! rows {
    ($( $name:literal, $of:expr, |$client:ident, $wire:ident, $key:ident| $call:expr; )+) => {
        &[ $( Row {
            name: $name,
            of: $of,
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
    "Root: Get", Anything, |c, _w, k| c.root(&k.secret);
    "API keys: Get latest", Anything, |c, _w, k| c.latest_key(&k.secret);
    "Businesses: Get", Missing, |c, _w, k| c.business(&k.secret, &k.of.business);
    "Businesses: List", Anything, |c, _w, k| all(c.businesses(&k.secret));
    "Businesses: List accepted cards", Missing,
        |c, _w, k| all(c.accepted_cards(&k.publishable, &k.of.business));
    "Businesses: List card surcharges", Missing,
        |c, _w, k| all(c.card_surcharges(&k.publishable, &k.of.business));
    "Businesses: Query card surcharge", Missing,
        |c, w, k| c.query_card_surcharge(&k.publishable, &k.of.business, &w.name(), &number());
    "Single-use tokens: Generate token", Refused("supplierBusinessCode"),
        |c, w, k| token_of(c, w, k);
    "Single-use tokens: 3-D Secure authentication", Missing, |c, w, k| authenticate(c, w, k);
    "Transactions: Get details", Missing, |c, _w, k| c.transaction(&k.secret, &k.of.receipt);
    "Transactions: List", Anything,
        |c, _w, k| all(c.recent_transactions(&k.secret, Some(&business())));
    "Transactions: List by reference", Anything,
        |c, _w, k| all(c.transactions_for_reference(&k.secret, &reference(), &Narrow::default()));
    "Transactions: List by settlement date", Anything,
        |c, _w, k| all(c.transactions_for_settlement_date(&k.secret, DAY, None));
    "Transactions: List by account token", Missing,
        |c, _w, k| all(c.transactions_for_account(&k.secret, &k.of.account, &Narrow::default()));
    "Transactions: List by credit card", Anything,
        |c, _w, k| all(c.transactions_for_card(&k.secret, &number(), &Narrow::default()));
    "Transactions: List by bank account", Anything,
        |c, _w, k| all(c.transactions_for_bank_account(&k.secret, &bsb(), &bank_number(), &Narrow::default()));
    "Transactions: List by New Zealand bank account", Anything,
        |c, _w, k| all(c.transactions_for_nz_bank_account(&k.secret, &nz(), &Narrow::default()));
    "Transactions: List suspended", Anything,
        |c, _w, k| all(c.suspended_transactions(&k.secret, None));
    "Transactions: List refunds of a transaction", Missing,
        |c, _w, k| all(c.refunds(&k.secret, &k.of.receipt));
    "Transactions: List retries of a transaction", Missing,
        |c, _w, k| all(c.retries(&k.secret, &k.of.receipt));
    "Transactions: Take payment", Refused("singleUseTokenId"),
        |c, w, k| c.take_payment(&k.secret, &w.name(), &payment(k));
    "Transactions: Take payment by PayTo", Refused("payToData.agreementToken"),
        |c, w, k| c.take_payto_payment(&k.secret, &w.name(), &pay_to(k));
    "Transactions: Take once-off payment by PayTo", Refused("singleUseTokenId"),
        |c, w, k| c.take_once_off_payment(&k.secret, &w.name(), &once(k.of.token.clone()));
    "Transactions: Void transaction", Missing,
        |c, w, k| c.void_transaction(&k.secret, &k.of.receipt, &w.name());
    "Transactions: Refund payment", Refused("originalReceiptNumber"),
        |c, w, k| c.refund_payment(&k.secret, &w.name(), &Refund::new(k.of.receipt.clone(), amount("1.00")));
    "Transactions: Pre-authorisation", Refused("singleUseTokenId"),
        |c, w, k| c.pre_authorise(&k.secret, &w.name(), &hold(k));
    "Transactions: Capture pre-authorisation", Refused("originalReceiptNumber"),
        |c, w, k| c.capture_pre_authorisation(&k.secret, &w.name(), &Capture::new(&visa(k), amount("1.00")));
    "Transactions: Account verification", Refused("singleUseTokenId"),
        |c, w, k| c.verify_account(&k.secret, &w.name(), &verification(k));
    "Transactions: Cancel pre-authorisation", Refused("originalReceiptNumber"),
        |c, w, k| c.cancel_pre_authorisation(&k.secret, &w.name(), &Cancellation::full(&visa(k)));
    "Transactions: Incremental pre-authorisation", Refused("originalReceiptNumber"),
        |c, w, k| c.increase_pre_authorisation(&k.secret, &w.name(), &Increment::new(&visa(k), amount("1.00")));
    "Transactions: Extension pre-authorisation", Refused("originalReceiptNumber"),
        |c, w, k| c.extend_pre_authorisation(&k.secret, &w.name(), &Extension::new(&visa(k)));
    "Transactions: Re-authorise pre-authorisation", Refused("originalReceiptNumber"),
        |c, w, k| c.reauthorise_pre_authorisation(&k.secret, &w.name(), &Reauthorisation::new(&mastercard(k)));
    "Transactions: Download CSV report", Anything,
        |c, _w, k| c.transactions_report(&k.secret, &TransactionsReport::of(DAY));
    "Customers: Get", Missing, |c, _w, k| c.customer(&k.secret, &k.of.customer);
    "Customers: Search", Anything,
        |c, _w, k| all(c.customers(&k.secret, &CustomerSearch::default()));
    "Customers: Create", Anything, |c, w, k| make(c, w, k);
    "Customers: Update", Missing,
        |c, _w, k| c.update_customer(&k.secret, &k.of.customer, &details("CUST-1"));
    "Customers: Update customer status", Missing,
        |c, _w, k| c.set_customer_status(&k.secret, &k.of.customer, CustomerStatus::Disabled);
    "Customers: List accounts", Missing,
        |c, _w, k| all(c.customer_accounts(&k.secret, &k.of.customer));
    "Customers: Register account", Missing,
        |c, w, k| c.register_customer_account(&k.secret, &k.of.customer, &w.name(), &new_account(k));
    "Customers: List recurring payments", Missing,
        |c, _w, k| all(c.customer_recurring_payments(&k.secret, &k.of.customer));
    "Customers: Create recurring payment", Missing,
        |c, w, k| c.create_recurring_payment(&k.secret, &k.of.customer, &w.name(), &monthly());
    "Customers: List payment history", Missing,
        |c, _w, k| all(c.customer_transactions(&k.secret, &k.of.customer));
    "Accounts: Get", Missing, |c, _w, k| c.account(&k.secret, &k.of.account);
    "Accounts: Update", Missing, |c, _w, k| c.update_account(&k.secret, &k.of.account, &change());
    "Accounts: Disable", Missing, |c, _w, k| c.disable_account(&k.secret, &k.of.account);
    "Accounts: Register account", Refused("singleUseTokenId"),
        |c, w, k| c.register_account(&k.secret, &w.name(), &new_account(k));
    "Recurring payments: Get", Missing, |c, _w, k| c.recurring_payment(&k.secret, &k.of.schedule);
    "Recurring payments: Update", Missing,
        |c, _w, k| c.update_recurring_payment(&k.secret, &k.of.schedule, &monthly());
    "Recurring payments: Stop", Missing,
        |c, _w, k| c.stop_recurring_payment(&k.secret, &k.of.schedule);
    "Recurring payments: List payment history", Missing,
        |c, _w, k| all(c.recurring_payment_transactions(&k.secret, &k.of.schedule));
    "Credit cards: Get card scheme", Anything,
        |c, _w, k| c.card_scheme(&k.publishable, &CardBin::new("424242").unwrap());
    "Payment files: Upload payment file", Anything, |c, w, k| upload(c, w, k);
    "Payment files: Get payment file", Missing, |c, _w, k| c.payment_file(&k.secret, &k.of.file);
    "Payment files: List payment files", Anything, |c, _w, k| all(c.payment_files(&k.secret));
    "Payment files: List payment file errors", Missing,
        |c, _w, k| all(c.payment_file_errors(&k.secret, &k.of.file));
    "Payment files: Get payment batch", Missing, |c, _w, k| c.payment_batch(&k.secret, &k.of.batch);
    "Payment files: List payment batches", Missing,
        |c, _w, k| all(c.payment_batches(&k.secret, &k.of.file));
    "Payment files: List payment batch transactions", Missing,
        |c, _w, k| all(c.payment_batch_transactions(&k.secret, &k.of.batch));
    "Payment files: Download CSV version 2 report", Missing,
        |c, _w, k| c.payment_file_report(&k.secret, &k.of.file, FileReport::Csv2);
    "Payment files: Download CSV version 1 report", Missing,
        |c, _w, k| c.payment_file_report(&k.secret, &k.of.file, FileReport::Csv);
    "Payment files: Download Flat file report", Missing,
        |c, _w, k| c.payment_file_report(&k.secret, &k.of.file, FileReport::FlatFile);
    "Payment files: Download Westpac MTS Rejects report", Missing,
        |c, _w, k| c.payment_file_report(&k.secret, &k.of.file, FileReport::MtsRejects);
    "PayTo agreements: Create", Anything,
        |c, w, k| c.create_payto_agreement(&k.secret, &w.name(), &wanted("032999"));
    "PayTo agreements: Create for Customer", Missing,
        |c, w, k| c.create_customer_payto_agreement(&k.secret, &k.of.customer, &w.name(), &wanted("032999"));
    "PayTo agreements: Get", Missing, |c, _w, k| c.payto_agreement(&k.secret, &k.of.agreement);
    "PayTo agreements: List", Anything,
        |c, _w, k| all(c.payto_agreements(&k.secret, &AgreementSearch::default()));
    "PayTo agreements: Recall", Missing,
        |c, _w, k| c.recall_payto_agreement(&k.secret, &k.of.agreement);
    "PayTo agreements: Status Amendment", Missing,
        |c, _w, k| c.amend_payto_status(&k.secret, &k.of.agreement, &StatusAmendment::Cancel(Reason::merchant()));
    "PayTo agreements: Unilateral Amendment", Missing,
        |c, _w, k| c.amend_payto_unilaterally(&k.secret, &k.of.agreement, &at_once());
    "PayTo agreements: Bilateral Amendment", Missing,
        |c, _w, k| c.amend_payto_bilaterally(&k.secret, &k.of.agreement, &for_the_payer());
    "PayTo agreements: Recall Amendment", Missing,
        |c, _w, k| c.recall_payto_amendment(&k.secret, &k.of.agreement);
    "PayTo agreements: Download CSV report", Anything,
        |c, _w, k| c.payto_agreements_report(&k.secret, &AgreementSearch::default());
    "PayIDs: Register", Missing,
        |c, w, k| c.register_pay_id(&k.secret, &k.of.customer, &w.name(), &lasting("jane@example.com"));
    "PayIDs: Get", Missing, |c, _w, k| c.pay_id(&k.secret, &k.of.pay_id);
    "PayIDs: List for customer", Missing,
        |c, _w, k| all(c.customer_pay_ids(&k.secret, &k.of.customer));
    "PayIDs: Deregister", Missing, |c, _w, k| c.deregister_pay_id(&k.secret, &k.of.pay_id);
};

/// The day on which the tests begin in Sydney.
const DAY: Date = Date::constant(2026, 3, 2);

macro_rules! things {
    ($( $name:ident: $id:ident = $made:expr, )+) => {
        /// What a row speaks of.
        pub(crate) struct Things {
            $( pub(crate) $name: $id, )+
        }

        impl Things {
            /// What was never made, in the spelling that the bank's own have.
            pub(crate) fn nobodys() -> Self {
                Self { $( $name: $made.unwrap(), )+ }
            }
        }
    };
}

things! {
    business: BusinessCode = BusinessCode::new("NONE"),
    receipt: ReceiptNumber = ReceiptNumber::new("9999999999"),
    customer: CustomerId = CustomerId::new("999999999"),
    account: AccountToken = AccountToken::new("SANDBOX-999999999"),
    agreement: AgreementToken = AgreementToken::new("C99999999999999"),
    schedule: PaymentScheduleId = PaymentScheduleId::new("999999999"),
    file: PaymentFileId = PaymentFileId::new("999999999"),
    batch: PaymentBatchId = PaymentBatchId::new("999999999"),
    token: SingleUseTokenId = SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa"),
    pay_id: Email = Email::new("payId", "nobody@example.com"),
}

fn number() -> CardNumber {
    CardNumber::new("4242424242424242").unwrap()
}

fn reference() -> Reference {
    Reference::new("INV-1").unwrap()
}

fn bsb() -> Bsb {
    Bsb::new("032-999").unwrap()
}

fn bank_number() -> AccountNumber {
    AccountNumber::new("999994").unwrap()
}

fn nz() -> NzAccountWanted {
    NzAccountWanted {
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: None,
    }
}

fn visa(asker: &Asker) -> Hold<Visa> {
    Hold::known(asker.of.receipt.clone(), Currency::Aud)
}

fn mastercard(asker: &Asker) -> Hold<Mastercard> {
    Hold::known(asker.of.receipt.clone(), Currency::Aud)
}

fn spent(asker: &Asker) -> Stored {
    Stored::SingleUseToken(asker.of.token.clone())
}

fn payment(asker: &Asker) -> Payment {
    let mut payment = Payment::new(spent(asker), amount("10.00"));
    payment.business = Some(business());
    payment
}

fn hold(asker: &Asker) -> PreAuthorisation {
    let mut hold = PreAuthorisation::new(spent(asker), amount("10.00"));
    hold.business = Some(business());
    hold
}

fn verification(asker: &Asker) -> AccountVerification {
    let mut verification = AccountVerification::new(spent(asker));
    verification.business = Some(business());
    verification
}

fn pay_to(asker: &Asker) -> PayToPayment {
    let payment = PayToPayment::new(asker.of.agreement.clone(), amount("10.00"));
    PayToPayment { business: Some(business()), ..payment }
}

fn monthly() -> Schedule {
    let (start, end) = (date(2026, 4, 1), ScheduleEnd::UntilFurtherNotice);
    recurring::wanted(ScheduleFrequency::Monthly, start, end)
}

fn change() -> AccountChange {
    AccountChange::Bank(HolderName::new("Sam Test").unwrap())
}

fn new_account(asker: &Asker) -> NewAccount {
    let token = AccountSource::Token(asker.of.token.clone());
    NewAccount { business: Some(business()), ..NewAccount::new(token) }
}

fn at_once() -> UnilateralAmendment {
    UnilateralAmendment::new(Short::new("payeeReference", "AGR-6").ok(), None).unwrap()
}

fn for_the_payer() -> BilateralAmendment {
    let terms = NewTerms { terms: None, end: Some(AgreementEnd::Renews) };
    BilateralAmendment::new(terms, None).unwrap()
}

async fn token_of(client: &Client, wire: &Wire, asker: &Asker) -> Result<(), Fault> {
    let wanted =
        TokenRequest { business: asker.of.business.clone(), account: TokenAccount::Card(card()) };
    let made = client.generate_single_use_token(&asker.publishable, &wire.name(), &wanted).await;
    made.map(drop)
}

async fn authenticate(client: &Client, wire: &Wire, asker: &Asker) -> Result<(), Fault> {
    let reason = purchase::Reason::Payment(amount("10.00"));
    let wanted = Authentication::new(Use::Storing { billing: None }, reason);
    let (key, name) = (&asker.secret, wire.name());
    client.authenticate_single_use_token(key, &asker.of.token, &name, &wanted).await.map(drop)
}

async fn make(client: &Client, wire: &Wire, asker: &Asker) -> Result<(), Fault> {
    let name = wire.name();
    let details = details(&format!("CUST-{}", name.as_str()));
    client.create_customer(&asker.secret, &name, &details).await.map(drop)
}

async fn upload(client: &Client, wire: &Wire, asker: &Asker) -> Result<(), Fault> {
    let name = wire.name();
    let file = FileContent::new(format!("{}.csv", name.as_str()), TWO_CARDS).unwrap();
    client.upload_payment_file(&asker.secret, &name, &file, FileFormat::Csv2).await.map(drop)
}
