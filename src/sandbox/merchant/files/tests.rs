//! Files on the clock, without HTTP.

use super::*;
use crate::domain::money::Cents;
use crate::sandbox::guesses::Guesses;
use crate::sandbox::merchant::instrument::BankAccount;

/// Wednesday 1 July 2026, noon in Sydney.
const NOON: &str = "2026-07-01T02:00:00Z";

fn setting(guesses: &Guesses) -> Setting<'_> {
    Setting {
        now: NOON.parse().unwrap(),
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

fn line(number: u64, business: &str) -> Line {
    let account = BankAccount {
        name: "Test".to_owned(),
        bsb: "032999".to_owned(),
        number: "999994".to_owned(),
    };
    Line {
        number,
        record: RecordType::Bank,
        business: business.to_owned(),
        amount: Cents::new(1000),
        customer_reference: None,
        payment_reference: None,
        act: Act::Capture { instrument: Box::new(Instrument::Bank(account)), account: None },
    }
}

fn upload(name: &str, lines: Vec<Line>) -> Upload {
    let (format, date, errors) = (Format::Csv2, None, Vec::new());
    Upload { name: name.to_owned(), format, date, lines, errors }
}

#[test]
fn a_file_of_bank_accounts_clears_at_the_instant_its_payments_do_and_survives_the_data_file() {
    let guesses = Guesses::default();
    let setting = setting(&guesses);
    let mut merchant = Merchant::default();
    let id = merchant.queue_file(&setting, upload("a", vec![line(2, "HIRE"), line(3, "SALES")]));
    let after = |seconds| setting.at(setting.now + SignedDuration::from_secs(seconds));
    let state = |merchant: &Merchant| merchant.files.get(id).unwrap().state;
    assert_eq!(state(&merchant), State::Queued);
    merchant.catch_up(&after(59));
    assert_eq!(state(&merchant), State::Queued);
    merchant.catch_up(&after(60));
    assert_eq!(state(&merchant), State::Processing);
    let text = serde_json::to_string(&merchant).unwrap();
    let mut merchant: Merchant = serde_json::from_str(&text).unwrap();
    merchant.catch_up(&after(120));
    assert_eq!(state(&merchant), State::AwaitingClearance);
    assert_eq!(merchant.batches.len(), 2);
    assert_eq!(merchant.taken_from(id).count(), 2);
    let over = "2026-07-08T14:00:00Z".parse().unwrap();
    merchant.catch_up(&setting.at(over - SignedDuration::from_secs(1)));
    assert_eq!(state(&merchant), State::AwaitingClearance);
    merchant.catch_up(&setting.at(over));
    assert_eq!(state(&merchant), State::Complete);
    assert!(merchant.taken_from(id).all(|it| !it.state.is_open()));
    assert_eq!(merchant.next_due(), None);
}

#[test]
fn the_oldest_files_that_are_over_make_room_with_their_batches() {
    let guesses = Guesses::default();
    let setting = setting(&guesses);
    let mut merchant = Merchant::default();
    let later = setting.at("2026-08-01T00:00:00Z".parse().unwrap());
    let first = merchant.queue_file(&setting, upload("first", vec![line(2, "HIRE")]));
    merchant.catch_up(&later);
    for number in 1..=FILES_MAX {
        merchant.queue_file(&later, upload(&number.to_string(), Vec::new()));
    }
    assert_eq!((merchant.files.len(), merchant.batches.len()), (FILES_MAX, 0));
    assert_eq!(merchant.files.get(first), None);
    // What is still to be worked through stays.
    merchant.queue_file(&later, upload("more", Vec::new()));
    assert_eq!(merchant.files.len(), FILES_MAX + 1);
}
