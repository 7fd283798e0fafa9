//! Transactions: taking them, and what becomes of them with time. Everything that moves money goes
//! through [`Merchant::take`].

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::ids::Kind;
use super::instrument::{Card, Currency, Instrument, Scheme};
use super::outcomes::{UNCERTAIN, decide};
use super::room::TRANSACTIONS_MAX;
use super::setting::Setting;
use super::shelf::Record;
use super::stored::{cents, transaction_state};
use super::terms;
use crate::domain::banking_day::banking_days_after;
use crate::domain::money::Cents;
use crate::domain::transaction::{Event, State};
use crate::sandbox::guesses;

mod words;

pub(in crate::sandbox) use self::words::{
    AuthorisationType, CancellationType, Origin, TransactionType,
};

/// How many banking days a payment from a bank account may be returned.
const RETURN_WINDOW_DAYS: u32 = 5;

/// The response code of a payment from a disabled account (the guess `instalment_account`).
const DISABLED_CODE: &str = "QQ";

/// A transaction that is wanted.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Order {
    pub(in crate::sandbox) kind: TransactionType,
    /// The business's code.
    pub(in crate::sandbox) business: String,
    /// Before any surcharge.
    pub(in crate::sandbox) principal: Cents,
    pub(in crate::sandbox) instrument: Instrument,
    pub(in crate::sandbox) origin: Origin,
    pub(in crate::sandbox) details: Details,
}

/// What a transaction says beside its money; everything may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::sandbox) struct Details {
    /// The registered account that pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) account: Option<u64>,
    /// The customer in whose history it stands; found by the reference if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) customer: Option<u64>,
    /// The transaction it refunds, captures, follows or tries again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) original: Option<u64>,
    /// What it does to a pre-authorisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) authorisation: Option<AuthorisationType>,
    /// How much of a pre-authorisation it gives back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cancellation: Option<CancellationType>,
    /// The recurring payment it is an instalment of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) schedule: Option<u64>,
    /// The batch of a payment file it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) batch: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) customer_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) payment_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ip_address: Option<String>,
    /// How the payer was present: INTERNET, PHONE, MAIL, RECURRING.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) eci: Option<String>,
    /// Whether it pays off a debt, as the request said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) debt_repayment: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::sandbox) metadata: Vec<(String, String)>,
    /// What a cardholder's statement is to say of an aggregator's merchant, by the field's name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::sandbox) descriptor: Vec<(String, String)>,
    /// What a PayTo payment tells the payer's bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) remittance: Option<Box<Remittance>>,
}

/// What goes with a PayTo payment to the payer's bank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::sandbox) struct Remittance {
    pub(in crate::sandbox) end_to_end_id: Option<String>,
    pub(in crate::sandbox) information: Option<String>,
}

/// A transaction of the bank's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Transaction {
    /// The number of its receipt.
    pub(in crate::sandbox) receipt: u64,
    pub(in crate::sandbox) kind: TransactionType,
    #[serde(with = "transaction_state")]
    pub(in crate::sandbox) state: State,
    /// See [`super::outcomes::response`].
    pub(in crate::sandbox) response_code: String,
    pub(in crate::sandbox) business: String,
    #[serde(with = "cents")]
    pub(in crate::sandbox) principal: Cents,
    #[serde(with = "cents")]
    pub(in crate::sandbox) surcharge: Cents,
    pub(in crate::sandbox) time: Timestamp,
    pub(in crate::sandbox) settles: Date,
    pub(in crate::sandbox) origin: Origin,
    pub(in crate::sandbox) instrument: Box<Instrument>,
    pub(in crate::sandbox) details: Box<Details>,
    /// The number of the life-cycle id of Visa and Mastercard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) network: Option<u64>,
}

/// What transactions are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// A customer's number among the bank's ids.
    Customer,
    /// A registered account's number.
    Account,
    /// A customer's or a payment's reference.
    Reference,
    /// The day of settlement, as `2026-03-01`.
    SettlementDate,
    /// [`super::instrument::CardNumber::key`].
    Card,
    /// [`super::instrument::BankAccount::key`].
    BankAccount,
    /// [`super::instrument::NzBankAccount::key`].
    NzBankAccount,
    /// The receipt of the transaction it follows.
    Original,
    /// A recurring payment's number.
    Schedule,
    /// A PayTo agreement's number.
    Agreement,
    /// A batch's number.
    Batch,
    /// The state's label; only for states in which something is still to come.
    Open,
}

impl Record for Transaction {
    type Tag = By;

    fn number(&self) -> u64 {
        self.receipt
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        let details = &self.details;
        let numbered = [
            (By::Customer, details.customer),
            (By::Account, details.account),
            (By::Original, details.original),
            (By::Schedule, details.schedule),
            (By::Batch, details.batch),
        ];
        for (tag, number) in numbered {
            if let Some(number) = number {
                note(tag, &number.to_string());
            }
        }
        for reference in details.customer_reference.iter().chain(&details.payment_reference) {
            note(By::Reference, reference);
        }
        note(By::SettlementDate, &self.settles.to_string());
        match self.instrument.as_ref() {
            Instrument::Card(card) => note(By::Card, &card.number.key()),
            Instrument::Bank(account) => note(By::BankAccount, &account.key()),
            Instrument::NzBank(account) => note(By::NzBankAccount, &account.key()),
            Instrument::PayTo(account) => {
                if let Some(agreement) = account.agreement {
                    note(By::Agreement, &agreement.to_string());
                }
            }
            Instrument::Wallet(_) | Instrument::PayId(_) => {}
        }
        if matches!(self.state, State::Pending | State::Suspended) {
            note(By::Open, self.state.label());
        }
    }
}

impl Transaction {
    /// Principal and surcharge.
    pub(in crate::sandbox) fn total(&self) -> Cents {
        self.principal.checked_add(self.surcharge).unwrap_or(self.principal)
    }

    pub(in crate::sandbox) const fn currency(&self) -> Currency {
        self.instrument.currency()
    }

    /// Whether it is still to settle: on its day of settlement, before the cut-off, it may be voided.
    /// What comes by PayTo or to a PayID settles at once.
    pub(super) fn is_unsettled(&self, setting: &Setting<'_>) -> bool {
        let still = setting.settles(self.instrument.cut_off()) == self.settles;
        let at_once = matches!(*self.instrument, Instrument::PayTo(_) | Instrument::PayId(_));
        still && !at_once && self.state.next(Event::Void).is_some()
    }

    /// Whether it is one that may be refunded, if anything of it is left: a payment or capture whose
    /// time to be voided is over.
    pub(in crate::sandbox) fn is_refundable(&self, setting: &Setting<'_>) -> bool {
        let kind = matches!(self.kind, TransactionType::Payment | TransactionType::Capture);
        kind && self.state.next(Event::Refund).is_some() && !self.is_unsettled(setting)
    }

    /// Moves it, if the lifecycle lets it; says whether it did.
    pub(in crate::sandbox) fn happen(&mut self, event: Event) -> bool {
        let next = self.state.next(event);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }
}

impl Merchant {
    /// Takes a transaction that was checked before, and returns the number of its receipt.
    pub(in crate::sandbox) fn take(&mut self, setting: &Setting<'_>, order: Order) -> u64 {
        let receipt = self.ids.next(Kind::Receipt);
        let account = order.details.account.and_then(|token| self.accounts.get(token));
        let disabled = account.is_some_and(|account| !account.enabled);
        let (state, code) = if disabled && order.kind == TransactionType::Payment {
            (State::Declined, DISABLED_CODE)
        } else {
            decided(setting, &order)
        };
        let surcharge = surcharge(setting, &order);
        let mut details = order.details;
        if details.customer.is_none()
            && let Some(reference) = &details.customer_reference
        {
            details.customer = self.customer_numbered(reference).map(|customer| customer.id);
        }
        let network = order.instrument.card().filter(|card| has_life_cycle_id(card));
        let network = network.map(|_| self.ids.next(Kind::Network));
        let transaction = Transaction {
            receipt,
            kind: order.kind,
            state,
            response_code: code.to_owned(),
            business: order.business,
            principal: order.principal,
            surcharge,
            time: setting.now,
            settles: setting.settles(order.instrument.cut_off()),
            origin: order.origin,
            instrument: Box::new(order.instrument),
            details: Box::new(details),
            network,
        };
        if state == State::Provisional {
            let over = return_window_over(setting, transaction.settles);
            self.agenda.note(over, Due::ReturnWindowEnds, receipt);
        }
        self.make_room(TRANSACTIONS_MAX);
        self.transactions.put(transaction);
        if state == State::Pending {
            self.await_payer_bank(setting, receipt);
        }
        receipt
    }

    /// The return window has passed: a payment from a bank account is final.
    pub(super) fn return_window_ended(&mut self, receipt: u64) {
        self.transactions.change(receipt, |transaction| transaction.happen(Event::Clear));
    }
}

/// Whether the card's scheme names the transactions that belong together.
fn has_life_cycle_id(card: &Card) -> bool {
    matches!(card.number.scheme(), Scheme::Visa | Scheme::Mastercard)
}

/// When what settled on a day can no longer be returned.
pub(in crate::sandbox) fn return_window_over(setting: &Setting<'_>, settles: Date) -> Timestamp {
    let last = banking_days_after(settles, RETURN_WINDOW_DAYS);
    last.tomorrow().map_or(setting.now, |day| setting.start_of(day))
}

/// What becomes of an order at once: what the payer's bank says, unless the card has expired or
/// Fraud Guard holds it.
fn decided(setting: &Setting<'_>, order: &Order) -> (State, &'static str) {
    let today = setting.today();
    let gives_back = order.kind == TransactionType::Refund;
    let expired = |card: &Card| card.is_expired(today.year(), today.month());
    if order.instrument.card().is_some_and(expired) && !gives_back {
        return (State::Declined, "54");
    }
    let (state, code) = decide(&order.instrument);
    let watched = order.kind == TransactionType::Payment
        && order.details.eci.as_deref() == Some("INTERNET")
        && order.instrument.card().is_some();
    let from = i64::from(setting.guesses.number(guesses::FRAUD_GUARD)) * 100;
    if watched && state == State::Approved && from > 0 && order.principal.get() >= from {
        return (State::Suspended, UNCERTAIN);
    }
    (state, code)
}

/// The surcharge the business adds: to cards, and not to what comes from a file.
fn surcharge(setting: &Setting<'_>, order: &Order) -> Cents {
    let asks = matches!(
        order.kind,
        TransactionType::Payment | TransactionType::Preauth | TransactionType::Capture
    );
    if !asks || order.origin == Origin::File {
        return Cents::default();
    }
    terms::surcharge_on(setting, &order.business, &order.instrument, order.principal)
}
