//! What a merchant's book must look like, by the documents: a model small enough to be read against
//! them. It knows nothing of the sandbox's code or of its lifecycle tables, and no id of the bank's:
//! things are numbered as they are made, and `$t3` stands for the receipt of the fourth transaction.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use serde_json::Value;

use super::calendar;
use super::calls::{
    self, Agreed, Call, Chance, Chances, Edge, Nth, PayerAct, Side, Step, Wait, Which,
};
use super::means::Means;

#[path = "model/agreements.rs"]
mod agreements;
#[path = "model/customers.rs"]
mod customers;
#[path = "model/deeds.rs"]
mod deeds;
#[path = "model/holds.rs"]
mod holds;
#[path = "model/keys.rs"]
mod keys;
#[path = "model/money.rs"]
mod money;
#[path = "model/schedules.rs"]
mod schedules;

pub(crate) use self::agreements::{Agreement, State as AgreementState, StatusChange};
pub(crate) use self::customers::{Account, Customer, Token};
pub(crate) use self::deeds::{ApiKey, Deed, Sent};
pub(crate) use self::holds::Hold;
pub(crate) use self::keys::Key;
pub(crate) use self::money::{Kind, Status, Taken};
pub(crate) use self::schedules::{RETRIES, Schedule};

/// When every sequence begins: Sunday morning in Sydney.
pub(crate) const START: &str = "2026-03-01T00:00:00Z";

/// The business that everything is for.
pub(crate) const BUSINESS: &str = "SANDBOXHIRE";

/// From how many dollars on Fraud Guard suspends; the sandbox is told the same.
pub(crate) const WATCHED_DOLLARS: i64 = 300;

/// The latest moment that a sequence reaches, so that holidays need not be known for ever.
const LATEST: &str = "2027-11-30T00:00:00Z";

/// The book as it must be.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) now: Timestamp,
    pub(crate) customers: Vec<Customer>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) transactions: Vec<Taken>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) agreements: Vec<Agreement>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) keys: Vec<Key>,
    /// What was taken less what was given back, in cents: counted move by move, and never added up
    /// from the transactions.
    pub(crate) till: i64,
    /// What the last call comes to, or at first what makes the book that a sequence begins with.
    pub(crate) asks: Vec<Ask>,
}

impl std::fmt::Debug for Model {
    /// A sequence always begins with nothing, which is not worth a screen.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a book with {} transactions", self.transactions.len())
    }
}

/// What is to be done to the sandbox, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// There is nothing to do it to.
    Nothing,
    /// The clock moves to the model's time.
    Wait,
    /// A request.
    Send { sent: Sent, expect: Expect },
    /// A request to the control API that must do, or be refused.
    Control { path: String, body: Value, done: bool },
}

/// What must be answered.
#[derive(Clone, Debug)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    /// Members that the body must have, with these values; null for none.
    pub(crate) face: Value,
    /// What the reply names: the model's names, and the members with the bank's ids.
    pub(crate) names: Vec<(String, &'static str)>,
    /// The answer is that of the request that was sent first under this key.
    pub(crate) replays: Option<usize>,
}

impl Expect {
    pub(crate) const fn refused(status: u16) -> Self {
        Self { status, face: Value::Null, names: Vec::new(), replays: None }
    }

    pub(crate) const fn shown(status: u16, face: Value) -> Self {
        Self { status, face, names: Vec::new(), replays: None }
    }

    pub(crate) fn made(status: u16, face: Value, name: String, member: &'static str) -> Self {
        Self { status, face, names: vec![(name, member)], replays: None }
    }
}

/// The `nth` of `count` things, the newest being the first.
pub(crate) fn pick(nth: Nth, count: usize) -> Option<usize> {
    let back = usize::from(nth).checked_rem(count)?;
    Some(count - 1 - back)
}

/// Which of `count` things is meant, some of which are fit.
pub(crate) fn choose(which: Which, count: usize, fit: impl Fn(usize) -> bool) -> Option<usize> {
    match which {
        Which::Any(nth) => pick(nth, count),
        Which::Fit(nth) => {
            let fit: Vec<usize> = (0..count).filter(|at| fit(*at)).collect();
            pick(nth, fit.len()).map(|of| fit[of]).or_else(|| pick(nth, count))
        }
    }
}

impl Model {
    fn new() -> Self {
        let mut model = Self {
            now: START.parse().unwrap(),
            customers: Vec::new(),
            accounts: Vec::new(),
            tokens: Vec::new(),
            transactions: Vec::new(),
            holds: Vec::new(),
            agreements: Vec::new(),
            schedules: Vec::new(),
            keys: Vec::new(),
            till: 0,
            asks: Vec::new(),
        };
        let mut asks = Vec::new();
        for call in first_calls() {
            model.call(&call);
            asks.append(&mut model.asks);
        }
        Self { asks, ..model }
    }

    /// Does a call; [`Self::asks`] says what must come of it.
    fn call(&mut self, call: &Call) {
        let ask = match call {
            Call::Wait(wait) => self.wait(*wait),
            Call::Replay { key, instead } => self.replay(*key, instead.as_deref()),
            Call::PayerActs { agreement, act } => {
                let fits = |at: usize| self.agreements[at].allows(*act);
                match choose(*agreement, self.agreements.len(), fits) {
                    Some(at) => self.payer_acts(at, *act),
                    None => Ask::Nothing,
                }
            }
            Call::BankActs { transaction, act } => self.bank_acts(*transaction, *act),
            _ => match self.resolve(call) {
                Some(deed) => self.send(&deed),
                None => Ask::Nothing,
            },
        };
        self.asks = vec![ask];
        // What is due at once by then, such as an agreement whose last day is past.
        self.pass_to(self.now);
    }

    /// What could be done now.
    fn chances(&self) -> Chances {
        let any = |fits: &dyn Fn(usize) -> bool| Chance::of((0..self.transactions.len()).any(fits));
        let open = |at: usize| self.transactions[at].is_open();
        Chances {
            refund: any(&|at| self.is_refundable(at)),
            void: any(&|at| self.is_voidable(at)),
            hold: Chance::of(self.holds.iter().any(Hold::stands)),
            token: Chance::of((0..self.tokens.len()).any(|at| self.token_means(at).is_some())),
            bank: any(&open),
            schedule: Chance::of(!self.schedules.is_empty()),
            agreement: Chance::of(!self.agreements.is_empty()),
        }
    }

    fn wait(&mut self, wait: Wait) -> Ask {
        let after = |duration| self.now.saturating_add(duration).unwrap();
        let until = match wait {
            Wait::Minutes(minutes) => after(SignedDuration::from_mins(minutes.into())),
            Wait::Hours(hours) => after(SignedDuration::from_hours(hours.into())),
            Wait::Days(days) => after(SignedDuration::from_hours(24 * i64::from(days))),
            Wait::To(edge, side) => {
                let Some(at) = self.edge(edge) else { return Ask::Nothing };
                match side {
                    Side::JustBefore => at - SignedDuration::from_secs(1),
                    Side::At => at,
                }
            }
        };
        if until <= self.now || until > LATEST.parse().unwrap() {
            return Ask::Nothing;
        }
        self.pass_to(until);
        Ask::Wait
    }

    /// When something of this sort happens next.
    fn edge(&self, edge: Edge) -> Option<Timestamp> {
        let next = |hour| {
            let today = calendar::today(self.now);
            let tomorrow = today.tomorrow().unwrap();
            let days = [today, tomorrow].map(|day| calendar::at_hour(day, hour));
            days.into_iter().find(|at| *at > self.now)
        };
        match edge {
            Edge::CardCutOff => next(18),
            Edge::BankCutOff => next(16),
            Edge::Midnight => next(0),
            Edge::KeyIsForgotten(nth) => Some(self.keys[pick(nth, self.keys.len())?].forgotten()),
            Edge::TokenDies(nth) => Some(self.tokens[pick(nth, self.tokens.len())?].dies()),
            Edge::NextEvent => self.next_event().map(|(at, _)| at),
        }
    }

    /// Lets happen by itself what does until then.
    fn pass_to(&mut self, until: Timestamp) {
        while let Some((at, event)) = self.next_event().filter(|(at, _)| *at <= until) {
            // What was due already when it came to stand happens now.
            self.now = self.now.max(at);
            self.happen(event);
        }
        self.now = until;
    }

    /// What happens next by itself, and when.
    fn next_event(&self) -> Option<(Timestamp, Event)> {
        let open = |(_, taken): &(usize, &Taken)| taken.status == Status::ApprovedStar;
        let returns = self.transactions.iter().enumerate().filter(open);
        let returns = returns
            .map(|(at, taken)| (calendar::cannot_return(taken.settles), Event::CannotReturn(at)));
        let all = returns.chain(self.hold_events()).chain(self.agreement_events());
        all.chain(self.schedule_events()).min_by_key(|(at, _)| *at)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::CannotReturn(transaction) => {
                self.transactions[transaction].status = Status::Approved;
            }
            Event::HoldEnds(hold) => self.holds[hold].end(),
            Event::AgreementMoves(agreement) => self.agreement_moves(agreement),
            Event::PayToSettles(transaction) => self.payto_settles(transaction),
            Event::Retry(schedule) => self.retry(schedule),
            Event::Instalment(schedule) => self.collect(schedule),
        }
    }
}

/// What every sequence begins with: two customers, one of whom has a card of each scheme and the other
/// a bank account and two agreements, of which one ends soon.
fn first_calls() -> Vec<Call> {
    let newest = Which::Any(0);
    let mut calls = Vec::new();
    for (number, all) in [(1, &[Means::Mastercard, Means::Visa][..]), (0, &[Means::Bank])] {
        calls.push(Call::CreateCustomer { number });
        for means in all {
            calls.push(Call::MakeToken { means: *means });
            calls.push(Call::RegisterAccount { customer: newest, token: newest, default: true });
        }
    }
    for (days, more) in [(None, Some(10_000)), (Some(9), None)] {
        let agreed =
            Agreed { starts_in_days: 0, days, cents: 5_000, more, minutes: 7_200, migrated: false };
        calls.push(Call::CreateAgreement { customer: Ok(newest), agreed });
        calls.push(Call::PayerActs { agreement: newest, act: PayerAct::Approve });
    }
    calls
}

/// What happens by itself.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The payer's bank can no longer send a payment back.
    CannotReturn(usize),
    /// A pre-authorisation runs out.
    HoldEnds(usize),
    /// A time to answer is over, or an agreement's last day.
    AgreementMoves(usize),
    /// A payer's bank answers a PayTo payment.
    PayToSettles(usize),
    /// Declined instalments are tried again.
    Retry(usize),
    /// An instalment is due.
    Instalment(usize),
}

/// The model as proptest drives it.
#[derive(Debug)]
pub(crate) struct Book;

impl ReferenceStateMachine for Book {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        calls::call(model.chances()).prop_map(Step).boxed()
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.call(&step.0);
        model
    }
}
