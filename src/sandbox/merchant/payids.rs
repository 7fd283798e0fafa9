//! PayIDs: addresses that payers pay to, and what comes in by them.
//!
//! Registration is the business of others, who answer on the clock; by which address they refuse is
//! the documents' test page. What payers do is told by a person through the control API, but for the
//! one payment that the test page promises.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::ids::Kind;
use super::instrument::{BankAccount, Instrument, PayIdPayer};
use super::setting::Setting;
use super::shelf::Record;
use super::stored::{cents, cents_option, pay_id_state};
use super::transactions::{Details, Order, Origin, TransactionType};
use super::unfit::Unfit;
use crate::domain::money::Cents;
use crate::domain::pay_id::{Event, State};
use crate::sandbox::guesses::newer;

/// Addresses that begin so are refused.
const TEST_REFUSED: &str = "test_error";

/// And this one.
const TEST_REFUSED_WHOLE: &str = "invalidpayid@example.com";

/// Addresses that begin so are registered, and someone pays a dollar to them.
const TEST_PAID: &str = "test_payment";

/// What is paid to those.
const TEST_PAYMENT: Cents = Cents::new(100);

/// The payer's account, and the name of its holder where a person told none.
const SOMEONE: (&str, &str, &str) = ("Sandbox Payer", "032999", "999994");

/// A PayID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct PayId {
    pub(in crate::sandbox) number: u64,
    /// The address, as it was sent.
    pub(in crate::sandbox) address: String,
    pub(in crate::sandbox) life: Life,
    #[serde(with = "pay_id_state")]
    pub(in crate::sandbox) state: State,
    pub(in crate::sandbox) customer: u64,
    pub(in crate::sandbox) business: String,
    /// The one amount it takes; any, if absent.
    #[serde(with = "cents_option", default)]
    pub(in crate::sandbox) amount: Option<Cents>,
    pub(in crate::sandbox) priority: String,
    /// What is going to happen.
    pub(in crate::sandbox) script: Vec<Step>,
}

/// How long a PayID lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::sandbox) enum Life {
    /// Until it is deregistered.
    Static,
    /// Until one payment has come in.
    Single,
}

impl Life {
    /// Each with its word in `type`.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] =
        &[("STATIC", Self::Static), ("SINGLE", Self::Single)];

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::Single => "SINGLE",
        }
    }

    /// The priority of a registration that asks for none (the guess `pay_id_priority`).
    pub(in crate::sandbox) const fn priority(self) -> &'static str {
        match self {
            Self::Static => "LOW",
            Self::Single => "HIGH",
        }
    }
}

/// A PayID that is wanted.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct NewPayId {
    pub(in crate::sandbox) address: String,
    pub(in crate::sandbox) life: Life,
    pub(in crate::sandbox) customer: u64,
    pub(in crate::sandbox) business: String,
    pub(in crate::sandbox) amount: Option<Cents>,
    pub(in crate::sandbox) priority: Option<String>,
}

/// One thing that is going to happen to a PayID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Step {
    pub(in crate::sandbox) at: Timestamp,
    pub(in crate::sandbox) act: Act,
}

/// What happens to a PayID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Act {
    Register,
    Reject,
    /// A payer pays to it.
    Pay(Payment),
}

/// What a payer pays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Payment {
    #[serde(with = "cents")]
    pub(in crate::sandbox) amount: Cents,
    /// The payer's name, if it is told.
    pub(in crate::sandbox) payer: Option<String>,
    /// What the payer wrote on it.
    pub(in crate::sandbox) reference: Option<String>,
}

/// What came of something that a person had happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Outcome {
    Done,
    /// It is still to come.
    Planned,
    /// A payment came in, under this receipt.
    Received(u64),
    /// The payer has the money back, for the amount is another than the PayID takes.
    Returned,
    /// It cannot happen as the PayID stands.
    Impossible,
}

/// What PayIDs are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// The address, in lower case.
    Address,
    /// The customer's number among the bank's ids.
    Customer,
}

impl Record for PayId {
    type Tag = By;

    fn number(&self) -> u64 {
        self.number
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Address, &self.address.to_lowercase());
        note(By::Customer, &self.customer.to_string());
    }
}

impl PayId {
    /// Moves it, if the lifecycle lets it; says whether it did.
    pub(super) fn happen(&mut self, event: Event) -> bool {
        let next = self.state.next(event);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }

    /// Plans what is going to happen to one that is submitted now.
    pub(in crate::sandbox) fn plan_script(&mut self, setting: &Setting<'_>) {
        self.script = of_new(&self.address, setting);
    }

    /// What a payment to it is in its life.
    const fn paid(&self) -> Event {
        match self.life {
            Life::Static => Event::Receive,
            Life::Single => Event::Spend,
        }
    }
}

impl Merchant {
    /// The PayID with this address, in any case.
    pub(in crate::sandbox) fn pay_id(&self, address: &str) -> Option<&PayId> {
        self.pay_ids.found(By::Address, &address.to_lowercase()).next_back()
    }

    /// Submits a PayID for registration; returns its number. What was refused or given up under the
    /// same address makes room for it (the guess `pay_id_again`).
    ///
    /// # Errors
    ///
    /// The address is registered, or about to be.
    pub(in crate::sandbox) fn submit_pay_id(
        &mut self,
        setting: &Setting<'_>,
        new: NewPayId,
    ) -> Result<u64, Unfit> {
        if let Some(old) = self.pay_id(&new.address) {
            if !old.state.is_end() {
                return Err(Unfit("payId", "This PayID is registered already.".to_owned()));
            }
            let number = old.number;
            self.pay_ids.take(number);
        }
        let number = self.ids.next(Kind::PayId);
        let NewPayId { address, life, customer, business, amount, priority } = new;
        let script = of_new(&address, setting);
        for step in &script {
            self.agenda.note(step.at, Due::PayIdMoves, number);
        }
        let priority = priority.unwrap_or_else(|| life.priority().to_owned());
        let state = State::Pending;
        self.pay_ids.put(PayId {
            number,
            address,
            life,
            state,
            customer,
            business,
            amount,
            priority,
            script,
        });
        Ok(number)
    }

    /// Gives a PayID up: no payment comes in by it any more.
    ///
    /// # Errors
    ///
    /// It was refused or given up before.
    pub(in crate::sandbox) fn deregister_pay_id(
        &mut self,
        now: Timestamp,
        number: u64,
    ) -> Result<(), Unfit> {
        let Some(word) = self.pay_ids.get(number).map(|pay_id| pay_id.state.bank_word()) else {
            return Ok(());
        };
        if self.move_pay_id(now, number, Event::Deregister) == Some(false) {
            let wrong = format!("The PayID is {word}; it cannot be deregistered.");
            return Err(Unfit("payId", wrong));
        }
        Ok(())
    }

    /// Has something happen to a PayID at its time; at once if that has come.
    pub(in crate::sandbox) fn have_pay_id_act(
        &mut self,
        setting: &Setting<'_>,
        number: u64,
        step: Step,
    ) -> Outcome {
        if step.at <= setting.now {
            return self.act_on_pay_id(setting, number, step.act);
        }
        let at = step.at;
        self.pay_ids.change(number, |pay_id| pay_id.script.push(step));
        self.agenda.note(at, Due::PayIdMoves, number);
        Outcome::Planned
    }

    /// Something of a PayID's script is due.
    pub(super) fn pay_id_moves(&mut self, setting: &Setting<'_>, number: u64) {
        let now = setting.now;
        let due = self.pay_ids.change(number, |pay_id| {
            let (due, later): (Vec<Step>, Vec<Step>) =
                pay_id.script.drain(..).partition(|step| step.at <= now);
            pay_id.script = later;
            due
        });
        for step in due.unwrap_or_default() {
            self.act_on_pay_id(setting, number, step.act);
        }
    }

    fn act_on_pay_id(&mut self, setting: &Setting<'_>, number: u64, act: Act) -> Outcome {
        let event = match act {
            Act::Register => Event::Register,
            Act::Reject => Event::Reject,
            Act::Pay(payment) => return self.receive(setting, number, payment),
        };
        let done = self.move_pay_id(setting.now, number, event);
        if done == Some(true) { Outcome::Done } else { Outcome::Impossible }
    }

    /// A payer pays to a PayID. The money is there at once, and for good.
    fn receive(&mut self, setting: &Setting<'_>, number: u64, payment: Payment) -> Outcome {
        let Some(pay_id) = self.pay_ids.get(number) else { return Outcome::Impossible };
        let event = pay_id.paid();
        if pay_id.state.next(event).is_none() {
            return Outcome::Impossible;
        }
        if pay_id.amount.is_some_and(|amount| amount != payment.amount) {
            return Outcome::Returned;
        }
        let customer = self.customers.get(pay_id.customer);
        let (name, bsb, number_of_account) = SOMEONE;
        let account = BankAccount {
            name: payment.payer.unwrap_or_else(|| name.to_owned()),
            bsb: bsb.to_owned(),
            number: number_of_account.to_owned(),
        };
        let payer = PayIdPayer { pay_id: pay_id.address.clone(), account };
        let order = Order {
            kind: TransactionType::Payment,
            business: pay_id.business.clone(),
            principal: payment.amount,
            instrument: Instrument::PayId(payer),
            origin: Origin::PayId,
            details: Details {
                customer: Some(pay_id.customer),
                customer_reference: customer.map(|customer| customer.number.clone()),
                payment_reference: payment.reference,
                ..Details::default()
            },
        };
        let receipt = self.take(setting, order);
        self.tell_of_receipt(setting.now, receipt);
        self.move_pay_id(setting.now, number, event);
        Outcome::Received(receipt)
    }
}

/// What is going to happen to a new PayID.
fn of_new(address: &str, setting: &Setting<'_>) -> Vec<Step> {
    let wait = |guess| SignedDuration::from_secs(i64::from(setting.guesses.number(guess)));
    let after = |at: Timestamp, by| at.saturating_add(by).unwrap_or(at);
    let address = address.to_lowercase();
    let answered = after(setting.now, wait(newer::PAY_ID_REGISTRATION));
    let refused = address.starts_with(TEST_REFUSED) || address == TEST_REFUSED_WHOLE;
    let act = if refused { Act::Reject } else { Act::Register };
    let mut script = vec![Step { at: answered, act }];
    if address.starts_with(TEST_PAID) {
        let payment = Payment { amount: TEST_PAYMENT, payer: None, reference: None };
        let at = after(answered, wait(newer::PAY_ID_TEST_PAYMENT));
        script.push(Step { at, act: Act::Pay(payment) });
    }
    script
}
