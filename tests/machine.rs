//! The sandbox against a model: random sequences of calls, payers' and banks' acts and passing time,
//! after each of which everything the sandbox shows must be what the documents make of it.
//!
//! 60 sequences by default; `QUAYMASTER_TEST_MACHINE=5000` runs so many. A failure is shrunk to the
//! shortest sequence that still fails, and printed with every request and answer. That it can fail is
//! tested too: [`mutants`] has sandboxes that refund, pay or replay twice, void nothing, lag behind
//! their clock, lose or spoil what is on a second page, or follow another guess than the model's.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect fails"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what the model does not name is refused, or is as most are"
)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

#[path = "machine/bank.rs"]
mod bank;
#[path = "machine/books.rs"]
mod books;
#[path = "machine/calendar.rs"]
mod calendar;
#[path = "machine/calls.rs"]
mod calls;
#[path = "machine/means.rs"]
mod means;
#[path = "machine/model.rs"]
mod model;
#[path = "machine/mutants.rs"]
mod mutants;
#[path = "machine/tally.rs"]
mod tally;
#[path = "machine/wire.rs"]
mod wire;

use self::bank::Bank;
use self::calls::Step;
use self::model::{Book, Model};
use self::mutants::Mutant;
use self::tally::Tally;

/// How many sequences a run has by default.
const CASES: u32 = 60;

/// By how many sequences a mutant must be found; a few do as a rule.
const MUTANT_CASES: u32 = 400;

/// Nobody reads a mutant's failure; proptest drops the steps that were not reached before it counts.
const MUTANT_SHRINKS: u32 = 2;

/// A sequence has fewer steps than this.
const STEPS_MAX: usize = 60;

/// Shrinking stops after so many tries.
const SHRINK_ITERS_MAX: u32 = 4_000;

/// What every run comes to many times; one that does not tests too little.
const REACHED: &[&str] = &[
    "POST transactions PAYMENT 201 Approved",
    "POST transactions PAYMENT 201 Approved*",
    "POST transactions PAYMENT 201 Declined",
    "POST transactions PAYMENT 422",
    "POST transactions REFUND 201 Approved",
    "POST transactions REFUND 422",
    "POST void 200 Voided",
    "POST void 422",
    "POST transactions PREAUTH 201 Approved",
    "POST transactions CAPTURE 201 Approved",
    "POST transactions CAPTURE 422",
    "POST accounts 201",
    "POST recurring-payments 201 ACTIVE",
    "PUT recurring-payments 200 ACTIVE",
    "POST payto-agreements 201",
    "PATCH payto-agreements 200",
    "PATCH payto-agreements 422",
    "control payto-agreements approve 200",
    "POST transactions PAYMENT 202 Pending",
    "replay 201",
    "replay 422",
];

struct Machine;

impl StateMachineTest for Machine {
    type SystemUnderTest = RefCell<Bank>;
    type Reference = Book;

    fn init_test(model: &Model) -> RefCell<Bank> {
        let mut bank = Bank::start();
        bank.obey(model);
        RefCell::new(bank)
    }

    fn apply(bank: RefCell<Bank>, model: &Model, _: Step) -> RefCell<Bank> {
        bank.borrow_mut().obey(model);
        bank
    }

    fn check_invariants(bank: &RefCell<Bank>, model: &Model) {
        books::after_a_call(&mut bank.borrow_mut(), model);
    }

    fn teardown(bank: RefCell<Bank>, model: <Book as ReferenceStateMachine>::State) {
        let mut bank = bank.into_inner();
        books::at_the_end(&mut bank, &model);
        bank.stop();
    }
}

#[expect(clippy::disallowed_methods, reason = "how much to test is no setting of the program")]
fn cases() -> u32 {
    let cases = std::env::var("QUAYMASTER_TEST_MACHINE").ok();
    cases.map_or(CASES, |cases| cases.parse().expect("a number of sequences"))
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

thread_local! {
    /// Whether a panic of this thread is one of many that shrinking tries.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs so many sequences; the failure is the shrunk one.
fn run(cases: u32, shrinks: u32) -> Result<(), String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                loud(panic);
            }
        }));
    });
    let config =
        Config { cases, max_shrink_iters: shrinks, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config.clone());
    QUIET.set(true);
    let tried = runner.run(&Book::sequential_strategy(1..STEPS_MAX), |(book, steps, seen)| {
        let run = || Machine::test_sequential(config.clone(), book, steps, seen);
        catch_unwind(AssertUnwindSafe(run)).map_err(|panic| TestCaseError::fail(said(&*panic)))
    });
    QUIET.set(false);
    tried.map_err(|failure| failure.to_string())
}

#[test]
fn the_sandbox_keeps_its_book_as_the_documents_say() {
    if let Err(failure) = run(cases(), SHRINK_ITERS_MAX) {
        panic!("{failure}");
    }
    let tally = Tally::now();
    for what in REACHED {
        assert!(tally.of(what) > 0, "no sequence came to {what:?}, but to\n{tally}");
    }
    if cases() != CASES {
        writeln!(std::io::stderr(), "what the sequences came to:\n{tally}").unwrap();
    }
}

/// A machine that finds nothing wrong in a sandbox that is wrong proves nothing of one that is right.
#[test]
fn every_mutant_is_found() {
    let missed = mutants::ALL.iter().filter(|mutant| {
        Mutant::set(Some(**mutant));
        run(MUTANT_CASES, MUTANT_SHRINKS).is_ok()
    });
    let missed: Vec<&Mutant> = missed.collect();
    Mutant::set(None);
    assert!(missed.is_empty(), "{MUTANT_CASES} sequences each found nothing wrong in {missed:?}");
}
