use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::domain::transaction;
use crate::sandbox::guesses::Guesses;
use crate::sandbox::merchant::accounts::Standing;
use crate::sandbox::merchant::customers::{self, Address, Customer, Medium};
use crate::sandbox::merchant::instrument::{BankAccount, Card, CardNumber, Instrument};
use crate::sandbox::merchant::planned::BankAct;
use crate::sandbox::merchant::transactions;

mod large;
mod random;

fn guesses(values: &serde_json::Value) -> Guesses {
    let mut guesses = Guesses::default();
    guesses.switch(values.as_object().unwrap()).unwrap();
    guesses
}

fn setting<'a>(guesses: &'a Guesses, now: &str) -> Setting<'a> {
    Setting {
        now: now.parse().unwrap(),
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
    let number = CardNumber::of(number).unwrap();
    Instrument::Card(Card { number, expiry_month: 12, expiry_year: 2099, holder: None })
}

fn bank_account() -> Instrument {
    let (name, bsb, number) = ("Test".into(), "032999".into(), "999994".into());
    Instrument::Bank(BankAccount { name, bsb, number })
}

const GOOD: &str = "4242424242424242";
/// Declined for want of funds.
const POOR: &str = "4111111111444496";

/// A merchant with one customer, who pays with this.
fn merchant_of(instrument: Instrument) -> (Merchant, u64) {
    let mut merchant = Merchant::default();
    let customer = add(&mut merchant, "C-1", instrument);
    (merchant, customer)
}

fn add(merchant: &mut Merchant, number: &str, instrument: Instrument) -> u64 {
    let customer = merchant.add_customer(Customer {
        id: 0,
        number: number.to_owned(),
        name: "Sam".to_owned(),
        business: "HIRE".to_owned(),
        phone: None,
        email: None,
        medium: Medium::None,
        address: Address::default(),
        enabled: true,
        default_account: None,
    });
    merchant.register(Timestamp::UNIX_EPOCH, customer, instrument, Standing::Default);
    customer
}

fn plan(frequency: Frequency, start: Date, end: End) -> Plan {
    Plan {
        business: "HIRE".to_owned(),
        account: None,
        code: None,
        description: None,
        frequency,
        start,
        end,
        amount: Cents::new(10_000),
    }
}

/// What a schedule took: the time in Sydney, the cents, and the status.
fn taken(merchant: &Merchant, id: u64) -> Vec<String> {
    let zone = jiff::tz::TimeZone::get("Australia/Sydney").unwrap();
    let found = merchant.transactions.found(transactions::By::Schedule, &id.to_string());
    let line = |it: &transactions::Transaction| {
        let at = zone.to_datetime(it.time).strftime("%y-%m-%d %H:%M");
        format!("{at} {} {}", it.principal.get(), it.state.bank_word())
    };
    found.map(line).collect()
}

fn state(merchant: &Merchant, id: u64) -> State {
    merchant.schedules.get(id).unwrap().state
}

#[test]
fn a_schedule_takes_its_instalments_and_completes() {
    let guesses = Guesses::default();
    let now = setting(&guesses, "2027-01-05T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(GOOD));
    let end = End::Payments { count: 3, last: Some(Cents::new(50)) };
    let plan = plan(Frequency::Monthly, date(2027, 1, 31), end);
    let id = merchant.begin_schedule(&now, customer, plan);
    assert_eq!(taken(&merchant, id), Vec::<String>::new());
    merchant.catch_up(&now.at("2027-03-30T18:59:59Z".parse().unwrap()));
    // Sunday the 31st is no reason to wait.
    let first = ["27-01-31 06:00 10000 Approved", "27-02-28 06:00 10000 Approved"];
    assert_eq!(taken(&merchant, id), first);
    let schedule = merchant.schedules.get(id).unwrap();
    assert_eq!(schedule.next.unwrap().date, date(2027, 3, 31));
    assert_eq!(schedule.due_amount(&now), Cents::new(50));
    merchant.catch_up(&now.at("2029-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(taken(&merchant, id)[2..], ["27-03-31 06:00 50 Approved"]);
    assert_eq!(state(&merchant, id), State::Completed);
    let receipts = merchant.transactions.all().next().unwrap();
    assert_eq!(receipts.details.customer_reference.as_deref(), Some("C-1"));
    assert_eq!(receipts.details.customer, Some(customer));
}

#[test]
fn the_hour_of_instalments_is_sydneys_through_both_changes_of_the_clocks() {
    // The clocks go back on 5 April 2026, and leave out 2 to 3 am on 4 October.
    for (hour, utc) in [
        (6, ["2026-04-03T19:00", "2026-04-04T20:00", "2026-04-05T20:00"]),
        (2, ["2026-04-03T15:00", "2026-04-04T15:00", "2026-04-05T16:00"]),
    ] {
        let guesses = guesses(&json!({ "instalment_hour": hour }));
        let now = setting(&guesses, "2026-04-03T00:00:00Z");
        let (mut merchant, customer) = merchant_of(card(GOOD));
        let plan = plan(Frequency::Daily, date(2026, 4, 4), End::FurtherNotice);
        merchant.begin_schedule(&now, customer, plan);
        merchant.catch_up(&now.at("2026-04-06T00:00:00Z".parse().unwrap()));
        let times: Vec<_> = merchant.transactions.all().map(|it| it.time.to_string()).collect();
        assert_eq!(times, utc.map(|time| format!("{time}:00Z")), "{hour}");
    }
    let guesses = guesses(&json!({ "instalment_hour": 2 }));
    let now = setting(&guesses, "2026-10-02T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(GOOD));
    let plan = plan(Frequency::Daily, date(2026, 10, 3), End::Date(date(2026, 10, 5)));
    let id = merchant.begin_schedule(&now, customer, plan);
    merchant.catch_up(&now.at("2027-01-01T00:00:00Z".parse().unwrap()));
    let lines = taken(&merchant, id);
    let times: Vec<_> = lines.iter().map(|line| &line[..14]).collect();
    assert_eq!(times, ["26-10-03 02:00", "26-10-04 03:00", "26-10-05 02:00"]);
    assert_eq!(state(&merchant, id), State::Completed);
}

/// Friday 7 pm in Sydney is past every cut-off: the settlement date is Monday.
#[test]
fn the_first_instalment_is_taken_at_once_on_the_current_settlement_date() {
    let guesses = Guesses::default();
    for (now, start, at_once) in [
        ("2026-03-06T08:00:00Z", date(2026, 3, 9), true),
        ("2026-03-06T08:00:00Z", date(2026, 3, 7), false),
        // Friday morning at half past five, before the hour of instalments.
        ("2026-03-05T18:30:00Z", date(2026, 3, 6), true),
        // Saturday before and after that hour.
        ("2026-03-06T18:30:00Z", date(2026, 3, 7), false),
        ("2026-03-06T19:30:00Z", date(2026, 3, 7), true),
        // Friday 5 pm is past the cut-off of bank accounts only.
        ("2026-03-06T06:00:00Z", date(2026, 3, 9), false),
    ] {
        let now = setting(&guesses, now);
        let (mut merchant, customer) = merchant_of(card(GOOD));
        let plan = plan(Frequency::Weekly, start, End::FurtherNotice);
        let id = merchant.begin_schedule(&now, customer, plan.clone());
        assert_eq!(!taken(&merchant, id).is_empty(), at_once, "{} {start}", now.now);
        let next = merchant.schedules.get(id).unwrap().next.unwrap().date;
        assert_eq!(next, Frequency::Weekly.date(start, u32::from(at_once)).unwrap());
        if now.now == "2026-03-06T06:00:00Z".parse().unwrap() {
            let (mut merchant, customer) = merchant_of(bank_account());
            let id = merchant.begin_schedule(&now, customer, plan);
            assert_eq!(taken(&merchant, id), ["26-03-06 17:00 10000 Approved*"]);
        }
    }
}

#[test]
fn a_total_is_reached_to_the_cent_whatever_was_declined() {
    let guesses = guesses(&json!({ "instalment_retries": 1, "instalment_retry_days": 10 }));
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(GOOD));
    let plan = plan(Frequency::Weekly, date(2026, 3, 3), End::Total(Cents::new(24_000)));
    let id = merchant.begin_schedule(&now, customer, plan);
    merchant.catch_up(&now.at("2026-03-04T00:00:00Z".parse().unwrap()));
    let account = merchant.default_account(customer).unwrap().token;
    merchant.accounts.change(account, |account| account.instrument = card(POOR));
    merchant.catch_up(&now.at("2026-03-11T00:00:00Z".parse().unwrap()));
    merchant.accounts.change(account, |account| account.instrument = card(GOOD));
    merchant.catch_up(&now.at("2027-01-01T00:00:00Z".parse().unwrap()));
    let lines = [
        "26-03-03 06:00 10000 Approved",
        "26-03-10 06:00 10000 Declined",
        "26-03-17 06:00 10000 Approved",
        // The try again takes no more than is left.
        "26-03-20 06:00 4000 Approved",
    ];
    assert_eq!(taken(&merchant, id), lines);
    assert_eq!(state(&merchant, id), State::Completed);
    assert_eq!(merchant.schedules.get(id).unwrap().collected, Cents::new(24_000));
}

#[test]
fn a_declined_instalment_is_tried_again_as_often_as_the_guess_says() {
    for (original, expected) in
        [("first_failed", [None, Some(0), Some(0)]), ("last_failed", [None, Some(0), Some(1)])]
    {
        let switched = json!({ "instalment_retries": 2, "retry_original": original });
        let guesses = guesses(&switched);
        let now = setting(&guesses, "2026-03-01T00:00:00Z");
        let (mut merchant, customer) = merchant_of(card(POOR));
        let end = End::Payments { count: 1, last: None };
        let plan = plan(Frequency::Monthly, date(2026, 3, 4), end);
        let id = merchant.begin_schedule(&now, customer, plan);
        merchant.catch_up(&now.at("2026-03-05T00:00:00Z".parse().unwrap()));
        assert_eq!(state(&merchant, id), State::Active, "while it is tried again");
        merchant.catch_up(&now.at("2027-01-01T00:00:00Z".parse().unwrap()));
        let days = ["26-03-04", "26-03-05", "26-03-06"];
        assert_eq!(taken(&merchant, id), days.map(|day| format!("{day} 06:00 10000 Declined")));
        let receipts: Vec<_> = merchant.transactions.all().map(|it| it.receipt).collect();
        let originals: Vec<_> = merchant.transactions.all().map(|it| it.details.original).collect();
        let expected = expected.map(|at: Option<usize>| at.map(|at| receipts[at]));
        assert_eq!(originals, expected);
        assert_eq!(state(&merchant, id), State::Completed);
        assert_eq!(merchant.next_due(), None);
    }
    let guesses = Guesses::default();
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(POOR));
    let plan = plan(Frequency::Monthly, date(2026, 3, 4), End::Date(date(2026, 3, 4)));
    let id = merchant.begin_schedule(&now, customer, plan);
    merchant.catch_up(&now.at("2026-03-10T00:00:00Z".parse().unwrap()));
    assert_eq!(taken(&merchant, id).len(), 1, "not by default");
}

#[test]
fn a_returned_instalment_is_missing_again_and_tried_again() {
    let guesses =
        guesses(&json!({ "instalment_retries": 1, "declined_instalment": "does_not_count" }));
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(bank_account());
    let end = End::Payments { count: 2, last: None };
    let id =
        merchant.begin_schedule(&now, customer, plan(Frequency::Monthly, date(2026, 3, 4), end));
    let now = now.at("2026-03-05T00:00:00Z".parse().unwrap());
    merchant.catch_up(&now);
    let receipt = merchant.transactions.all().next().unwrap().receipt;
    assert_eq!(merchant.have_bank_act(&now, receipt, now.now, BankAct::Return), Some(true));
    assert_eq!(merchant.schedules.get(id).unwrap().paid, 0);
    merchant.catch_up(&now.at("2027-01-01T00:00:00Z".parse().unwrap()));
    let lines = [
        "26-03-04 06:00 10000 Declined",
        "26-03-06 06:00 10000 Approved",
        "26-04-04 06:00 10000 Approved",
    ];
    assert_eq!(taken(&merchant, id), lines);
    assert_eq!(state(&merchant, id), State::Completed);
}

#[test]
fn a_disabled_account_declines_and_a_disabled_customer_stops() {
    let guesses = guesses(&json!({ "instalment_retries": 3 }));
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(GOOD));
    let plan = plan(Frequency::Monthly, date(2026, 3, 4), End::FurtherNotice);
    let id = merchant.begin_schedule(&now, customer, plan);
    let account = merchant.default_account(customer).unwrap().token;
    merchant.disable_account(account);
    merchant.catch_up(&now.at("2026-03-04T12:00:00Z".parse().unwrap()));
    assert_eq!(taken(&merchant, id), ["26-03-04 06:00 10000 Declined"]);
    let declined = merchant.transactions.all().next().unwrap();
    assert_eq!(
        (declined.response_code.as_str(), declined.state),
        ("QQ", transaction::State::Declined)
    );

    merchant.set_customer_standing(customer, customers::Standing::Disabled);
    assert_eq!(state(&merchant, id), State::Stopped);
    assert_eq!(merchant.next_due(), None, "neither the next one nor a try again");
    merchant.set_customer_standing(customer, customers::Standing::Enabled);
    assert_eq!(state(&merchant, id), State::Stopped);
    let again = merchant.stop_schedule(id).unwrap_err().1;
    assert_eq!(again, "The recurring payment is STOPPED; it cannot be stopped.");
}

#[test]
fn a_replaced_plan_goes_on_after_what_was_taken() {
    let guesses = Guesses::default();
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(GOOD));
    let monthly = plan(Frequency::Monthly, date(2026, 3, 31), End::FurtherNotice);
    let id = merchant.begin_schedule(&now, customer, monthly.clone());
    let now = now.at("2026-04-10T00:00:00Z".parse().unwrap());
    merchant.catch_up(&now);
    let end = End::Payments { count: 2, last: None };
    let weekly = Plan { frequency: Frequency::Weekly, end, ..monthly.clone() };
    merchant.replace_plan(&now, id, weekly).unwrap();
    let next = merchant.schedules.get(id).unwrap().next.unwrap();
    assert_eq!((next.turn, next.date), (2, date(2026, 4, 14)));
    merchant.catch_up(&now.at("2026-12-01T00:00:00Z".parse().unwrap()));
    let lines = ["26-03-31 06:00 10000 Approved", "26-04-14 06:00 10000 Approved"];
    assert_eq!(taken(&merchant, id), lines);
    assert_eq!(state(&merchant, id), State::Completed);
    assert!(merchant.replace_plan(&now, id, monthly).is_err());
    assert_eq!(merchant.next_due(), None);
}

#[test]
fn schedules_survive_the_data_file() {
    let guesses = guesses(&json!({ "instalment_retries": 2 }));
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(POOR));
    for end in [
        End::FurtherNotice,
        End::Date(date(2026, 9, 1)),
        End::Payments { count: 9, last: Some(Cents::new(1)) },
        End::Total(Cents::new(99_999)),
    ] {
        let plan = plan(Frequency::Fortnightly, date(2026, 3, 4), end);
        merchant.begin_schedule(&now, customer, plan);
    }
    merchant.catch_up(&now.at("2026-03-04T12:00:00Z".parse().unwrap()));
    let text = serde_json::to_string(&merchant).unwrap();
    let mut again: Merchant = serde_json::from_str(&text).unwrap();
    assert_eq!(again, merchant);
    let later = now.at("2026-12-01T00:00:00Z".parse().unwrap());
    merchant.catch_up(&later);
    again.catch_up(&later);
    assert_eq!(again, merchant);
}

#[test]
fn a_customers_schedules_are_listed_active_first_then_by_code() {
    let guesses = Guesses::default();
    let now = setting(&guesses, "2026-03-01T00:00:00Z");
    let (mut merchant, customer) = merchant_of(card(GOOD));
    let monthly = plan(Frequency::Monthly, date(2026, 3, 31), End::FurtherNotice);
    let ids = ["B", "A", "C", "A"].map(|code| {
        let plan = Plan { code: Some(code.to_owned()), ..monthly.clone() };
        merchant.begin_schedule(&now, customer, plan)
    });
    merchant.stop_schedule(ids[1]).unwrap();
    let listed: Vec<_> = merchant.schedules_of(customer).iter().map(|it| it.id).collect();
    assert_eq!(listed, [ids[3], ids[0], ids[2], ids[1]]);
}
