use jiff::Timestamp;

use super::*;
use crate::sandbox::guesses::Guesses;
use crate::sandbox::merchant::instrument::{Card, CardNumber, Instrument};

const VISA: &str = "4242424242424242";
const MASTERCARD: &str = "5163200000000008";
const AMEX: &str = "370000000201048";

fn setting(guesses: &Guesses) -> Setting<'_> {
    Setting {
        // Wednesday, noon in Sydney.
        now: "2026-07-01T02:00:00Z".parse().unwrap(),
        seed: 1,
        guesses,
        facility: "MINE",
        businesses: &[],
        without: &[],
        pay_id_domains: &[],
        only: &[],
        base_url: "",
    }
}

fn card(number: &str) -> Instrument {
    Instrument::Card(Card {
        number: CardNumber::of(number).unwrap(),
        expiry_month: 12,
        expiry_year: 2030,
        holder: None,
    })
}

fn held(merchant: &mut Merchant, setting: &Setting<'_>, number: &str, cents: i64) -> u64 {
    let order = Order {
        kind: TransactionType::Preauth,
        business: "HIRE".to_owned(),
        principal: Cents::new(cents),
        instrument: card(number),
        origin: Origin::Api,
        details: Details::default(),
    };
    merchant.hold(setting, order)
}

fn change(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    root: u64,
    change: Change,
) -> Result<transaction::State, &'static str> {
    let done = merchant.change_hold(setting, root, change, Details::default());
    done.map(|receipt| merchant.transactions.get(receipt).unwrap().state).map_err(|unfit| unfit.0)
}

fn state(merchant: &Merchant, root: u64) -> (State, i64) {
    let hold = merchant.holds.get(root).unwrap();
    (hold.state, hold.held.get())
}

const OK: Result<transaction::State, &str> = Ok(transaction::State::Approved);

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn later(setting: &Setting<'_>, by: i64) -> Timestamp {
    setting.now + days(by)
}

#[test]
fn a_hold_is_raised_lowered_and_captured_once() {
    let guesses = Guesses::default();
    let (setting, mut merchant) = (setting(&guesses), Merchant::default());
    let root = held(&mut merchant, &setting, VISA, 30_000);
    assert_eq!(change(&mut merchant, &setting, root, Change::TopUp(Cents::new(7_500))), OK);
    assert_eq!(change(&mut merchant, &setting, root, Change::Reduce(Cents::new(500))), OK);
    assert_eq!(state(&merchant, root), (State::Authorised, 37_000));
    let too_much = Change::Capture(Cents::new(37_001));
    assert_eq!(change(&mut merchant, &setting, root, too_much), Err("principalAmount"));
    let all = Change::Capture(Cents::new(37_000));
    assert_eq!(change(&mut merchant, &setting, root, all), OK);
    assert_eq!(state(&merchant, root).0, State::Captured);
    assert_eq!(change(&mut merchant, &setting, root, all), Err("transactionType"));
    assert_eq!(merchant.next_due(), None, "a captured hold does not run out");
}

#[test]
fn a_void_undoes_a_capture_and_a_hold() {
    let guesses = Guesses::default();
    let (setting, mut merchant) = (setting(&guesses), Merchant::default());
    let root = held(&mut merchant, &setting, VISA, 10_000);
    let capture = Change::Capture(Cents::new(9_000));
    let receipt = merchant.change_hold(&setting, root, capture, Details::default()).unwrap();
    merchant.void(&setting, receipt).unwrap();
    assert_eq!(state(&merchant, root), (State::Authorised, 10_000));
    assert_eq!(merchant.next_due(), Some(later(&setting, 7)));
    merchant.void(&setting, root).unwrap();
    assert_eq!(state(&merchant, root).0, State::Cancelled);
    assert!(merchant.void(&setting, root).is_err());
}

#[test]
fn each_scheme_knows_its_own_changes() {
    let guesses = Guesses::default();
    let (setting, mut merchant) = (setting(&guesses), Merchant::default());
    let changes =
        [Change::Extend, Change::Reauthorise, Change::TopUp(Cents::new(100)), Change::Cancel];
    let mut of = |number| {
        let root = held(&mut merchant, &setting, number, 10_000);
        changes.map(|one| change(&mut merchant, &setting, root, one).is_ok())
    };
    assert_eq!(of(VISA), [true, false, true, true]);
    assert_eq!(of(MASTERCARD), [false, true, true, true]);
    assert_eq!(of(AMEX), [false, false, false, false]);
}

#[test]
fn a_hold_runs_out_by_its_scheme_and_a_late_capture_is_declined() {
    let guesses = Guesses::default();
    let (setting, mut merchant) = (setting(&guesses), Merchant::default());
    let visa = held(&mut merchant, &setting, VISA, 10_000);
    let mastercard = held(&mut merchant, &setting, MASTERCARD, 10_000);
    let ends = |merchant: &Merchant, root| merchant.holds.get(root).unwrap().ends;
    assert_eq!(change(&mut merchant, &setting, visa, Change::Extend), OK);
    assert_eq!(ends(&merchant, visa), later(&setting, 14));
    let tenth = setting.at(later(&setting, 10));
    assert_eq!(change(&mut merchant, &tenth, mastercard, Change::Reauthorise), OK);
    assert_eq!(ends(&merchant, mastercard), later(&setting, 40));

    let over = setting.at(later(&setting, 14));
    merchant.catch_up(&over);
    assert_eq!(state(&merchant, visa).0, State::Expired);
    assert_eq!(state(&merchant, mastercard).0, State::Authorised);
    let capture = Change::Capture(Cents::new(100));
    let declined = Ok(transaction::State::Declined);
    assert_eq!(change(&mut merchant, &over, visa, capture), declined);
    assert_eq!(change(&mut merchant, &over, visa, Change::Extend), Err("authorisationType"));
    assert_eq!(state(&merchant, visa).0, State::Expired);
}

#[test]
fn a_declined_card_holds_nothing_and_every_receipt_names_its_hold() {
    let guesses = Guesses::default();
    let (setting, mut merchant) = (setting(&guesses), Merchant::default());
    let declined = held(&mut merchant, &setting, "4111111117444490", 10_000);
    assert_eq!(state(&merchant, declined).0, State::Declined);
    assert_eq!(
        change(&mut merchant, &setting, declined, Change::Capture(Cents::new(1))),
        Err("transactionType")
    );
    let root = held(&mut merchant, &setting, VISA, 10_000);
    let up = Change::TopUp(Cents::new(100));
    let child = merchant.change_hold(&setting, root, up, Details::default()).unwrap();
    assert_eq!(merchant.hold_of(child).map(|hold| hold.receipt), Some(root));
    assert_eq!(merchant.hold_of(root).map(|hold| hold.receipt), Some(root));
    assert_eq!(merchant.hold_of(child + 1), None);
}
