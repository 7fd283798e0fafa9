//! Payment files by property: what is handed in is worked off on the clock, grouped into batches, and
//! told alike by every list and report; what is wrong is named by its line and takes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use quaymaster::domain::payment_file::State;
use quaymaster::domain::transaction;
use quaymaster::quickstream::models::ids::PaymentFileId;
use quaymaster::quickstream::resources::payment_files::{FileFormat, FileReport, PaymentFile};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{Fault, FaultKind, Word};
use serde_json::json;

use crate::bench::{ELSEWHERE, HIRE, Wire, refused};
use crate::wire::{all, case, cases};

/// One record of a file, as the documents group them: by its type, its business and its currency.
#[derive(Clone, Copy, Debug)]
struct Entry {
    with: With,
    business: &'static str,
    cents: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum With {
    Card,
    PoorCard,
    Bank,
    PoorBank,
    NzBank,
}

impl With {
    /// The letter of its record, what follows the references, and the currency.
    const fn written(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Card => ("C", "4242424242424242,12,29,Jane Smith", "AUD"),
            Self::PoorCard => ("C", "4111111111444496,12,29,\"Smith, John\"", "AUD"),
            Self::Bank => ("B", "032-999,999994,Jane Smith", "AUD"),
            Self::PoorBank => ("B", "032-051,111110,Jane Smith", "AUD"),
            Self::NzBank => ("N", "15,3900,123416,01,Jane Smith", "NZD"),
        }
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let with = select(vec![With::Card, With::PoorCard, With::Bank, With::PoorBank, With::NzBank]);
    let entry = (with, select(vec![HIRE, ELSEWHERE]), 1_i64..1_000_000)
        .prop_map(|(with, business, cents)| Entry { with, business, cents });
    prop::collection::vec(entry, 1..45)
}

fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The file of these records (the sandbox's guess `payment_file_layout`), on this day.
fn file(entries: &[Entry], day: &str) -> String {
    let mut lines = vec![format!("H,SANDBOX,{day},2")];
    for (number, entry) in entries.iter().enumerate() {
        let (letter, account, _) = entry.with.written();
        let (business, sum) = (entry.business, dollars(entry.cents));
        lines.push(format!("{letter},{business},CAPTURE,{sum},CUST-1,INV-{number},,,{account}"));
    }
    let sum = entries.iter().map(|entry| entry.cents).sum();
    lines.push(format!("T,{},{}", entries.len(), dollars(sum)));
    lines.join("\r\n") + "\r\n"
}

async fn hand_in(
    wire: &Wire,
    name: &str,
    text: String,
    format: FileFormat,
) -> Result<PaymentFile, Fault> {
    let (content, key) = (FileContent::new(name, text).unwrap(), wire.name());
    let done = wire.client.upload_payment_file(&wire.key, &key, &content, format).await?;
    assert!(done.location.unwrap().ends_with(done.value.payment_file_id.as_str()));
    Ok(done.value)
}

async fn state(wire: &Wire, file: &PaymentFileId) -> State {
    let shown = wire.client.payment_file(&wire.key, file).await.unwrap();
    shown.status.as_ref().and_then(Word::known).unwrap()
}

/// A report's lines.
async fn report(wire: &Wire, file: &PaymentFileId, wanted: FileReport) -> Vec<String> {
    let mut download = wire.client.payment_file_report(&wire.key, file, wanted).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

/// What is said of each batch: its count and its sum, by type of record, business and currency.
type Batches = BTreeMap<(&'static str, String, &'static str), (u64, i64)>;

fn batches_of(entries: &[Entry]) -> Batches {
    let mut batches = Batches::new();
    for entry in entries {
        let (letter, _, currency) = entry.with.written();
        let batch = batches.entry((letter, entry.business.to_owned(), currency)).or_default();
        *batch = (batch.0 + 1, batch.1 + entry.cents);
    }
    batches
}

fn letter(taken: &Transaction) -> &'static str {
    match (&taken.credit_card, &taken.bank_account) {
        (Some(_), _) => "C",
        (_, Some(_)) => "B",
        (None, None) => "N",
    }
}

fn principal(taken: &Transaction) -> i64 {
    taken.principal_amount.as_ref().unwrap().amount.get()
}

/// Reads every batch of a file; each is what its transactions come to.
async fn batches(wire: &Wire, file: &PaymentFileId) -> (Batches, Vec<Transaction>) {
    let (client, key) = (&wire.client, &wire.key);
    let (mut seen, mut payments) = (Batches::new(), Vec::new());
    for batch in all(client.payment_batches(key, file)).await.unwrap() {
        let id = &batch.payment_batch_id;
        assert_eq!(client.payment_batch(key, id).await.unwrap(), batch);
        let taken = all(client.payment_batch_transactions(key, id)).await.unwrap();
        let business = batch.supplier_business_code.unwrap();
        for payment in &taken {
            assert_eq!(payment.supplier_business_code.as_ref(), Some(&business));
            let surcharge = payment.surcharge_amount.as_ref().map_or(0, |money| money.amount.get());
            assert_eq!(surcharge, 0, "a file adds none");
            let alone = client.transaction(key, &payment.receipt_number).await.unwrap();
            assert_eq!(&alone, payment);
        }
        let currency = if batch.currency.as_deref() == Some("NZD") { "NZD" } else { "AUD" };
        let money = batch.total_amount.unwrap();
        assert_eq!(money.currency.unwrap().to_string(), currency);
        let said = (batch.transaction_count.unwrap(), money.amount.get());
        let sum: i64 = taken.iter().map(principal).sum();
        assert_eq!(said, (taken.len() as u64, sum));
        let kind = letter(&taken[0]);
        assert!(taken.iter().all(|payment| letter(payment) == kind));
        assert_eq!(seen.insert((kind, business.as_str().to_owned(), currency), said), None);
        payments.extend(taken);
    }
    (seen, payments)
}

/// The four reports tell of the same payments as the batches do.
async fn reports_agree(wire: &Wire, file: &PaymentFileId, payments: &[Transaction]) {
    let receipts = |lines: &[String], of: &Transaction| {
        lines.iter().filter(|line| line.contains(of.receipt_number.as_str())).count()
    };
    let declined = |of: &&Transaction| of.state() == Some(transaction::State::Declined);
    let rejected: Vec<_> =
        payments.iter().filter(declined).filter(|of| of.bank_account.is_some()).collect();
    for wanted in FileReport::ALL {
        let lines = report(wire, file, *wanted).await;
        let around = match wanted {
            FileReport::Csv2 | FileReport::Csv => 1,
            FileReport::FlatFile => 2,
            FileReport::MtsRejects => {
                assert_eq!(lines.len(), rejected.len(), "{lines:?}");
                continue;
            }
        };
        assert_eq!(lines.len(), payments.len() + around, "{wanted:?}");
        for payment in payments {
            assert_eq!(receipts(&lines, payment), 1, "{wanted:?} {lines:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// Each record becomes one payment in the batch of its type, business and currency, and everything
    /// that tells of the file tells the same.
    #[test]
    fn what_is_handed_in_is_what_is_worked_off(
        entries in entries(), wait in 0_u64..4, name in "[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}\\.csv",
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            // In Sydney it is the second; a file of a later day waits for it.
            let day = format!("2026-03-{:02}", 2 + wait);
            let made = hand_in(&wire, &name, file(&entries, &day), FileFormat::Csv2).await.unwrap();
            let id = made.payment_file_id.clone();
            assert_eq!(made.status, Some(Word::Known(State::Queued)));
            assert_eq!(made.file_name.as_deref(), Some(name.as_str()));
            assert_eq!(made.uploaded_time, Some(wire.bank.clock().now()));
            assert_eq!(client.payment_file(key, &id).await.unwrap(), made);
            let twice = hand_in(&wire, &name, file(&entries, &day), FileFormat::Csv2).await;
            assert_eq!(refused(twice), (FaultKind::Unprocessable, vec!["file".to_owned()]));
            assert_eq!(all(client.payment_files(key)).await.unwrap(), [made]);
            if wait > 0 {
                wire.pass(Duration::from_hours(24 * (wait - 1)) + Duration::from_hours(12));
                assert_eq!(state(&wire, &id).await, State::Queued);
                // The day begins thirteen hours after the start.
                wire.pass(Duration::from_hours(1));
            }
            wire.pass(Duration::from_secs(61));
            assert_eq!(state(&wire, &id).await, State::Processing);
            wire.pass(Duration::from_secs(60));
            let clears = |entry: &Entry| matches!(entry.with, With::Bank | With::NzBank);
            let done = state(&wire, &id).await;
            let over = if entries.iter().any(clears) { State::AwaitingClearance } else { State::Complete };
            assert_eq!(done, over);
            wire.pass(Duration::from_hours(24 * 14));
            assert_eq!(state(&wire, &id).await, State::Complete);
            assert!(all(client.payment_file_errors(key, &id)).await.unwrap().is_empty());

            let (seen, payments) = batches(&wire, &id).await;
            assert_eq!(seen, batches_of(&entries));
            assert_eq!(payments.len(), entries.len());
            for payment in &payments {
                let number = payment.payment_reference_number.as_deref().unwrap();
                let number: usize = number.strip_prefix("INV-").unwrap().parse().unwrap();
                let entry = entries[number];
                assert_eq!(principal(payment), entry.cents);
                let poor = matches!(entry.with, With::PoorCard | With::PoorBank);
                let wanted = if poor { transaction::State::Declined } else { transaction::State::Approved };
                assert_eq!(payment.state(), Some(wanted), "{entry:?}");
            }
            let everything = all(client.recent_transactions(key, None)).await.unwrap();
            assert_eq!(everything.len(), payments.len());
            reports_agree(&wire, &id, &payments).await;
        });
    }

    /// A file of which one line is wrong names that line and takes nothing.
    #[test]
    fn one_wrong_line_is_named_and_nothing_is_taken(
        entries in entries(), at in 0_usize..45, (wrong, what) in select(WRONG),
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let text = file(&entries, "2026-03-02");
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let at = 1 + at % entries.len();
            let mut fields: Vec<String> = lines[at].split(',').map(str::to_owned).collect();
            fields[wrong] = what.to_owned();
            lines[at] = fields.join(",");
            let made = hand_in(&wire, "a.csv", lines.join("\n"), FileFormat::Csv2).await.unwrap();
            let id = made.payment_file_id;
            wire.pass(Duration::from_mins(10));
            assert_eq!(state(&wire, &id).await, State::Error);
            let mistakes = all(client.payment_file_errors(key, &id)).await.unwrap();
            let line = u64::try_from(at).unwrap() + 1;
            let named: Vec<_> = mistakes.iter().filter_map(|mistake| mistake.line_number).collect();
            assert!(!named.is_empty() && named.iter().all(|named| *named == line), "{named:?} {line}");
            assert!(all(client.payment_batches(key, &id)).await.unwrap().is_empty());
            assert!(all(client.recent_transactions(key, None)).await.unwrap().is_empty());
            for wanted in FileReport::ALL {
                let told = client.payment_file_report(key, &id, *wanted).await;
                assert_eq!(told.err().map(|fault| fault.kind), Some(FaultKind::NotFound));
            }
        });
    }
}

/// Fields of a record, by their place, and what may not stand there.
const WRONG: &[(usize, &str)] = &[
    (0, "X"),
    (1, "NOBODY"),
    (1, ""),
    (2, "TAKE"),
    (3, "0.00"),
    (3, "-1.00"),
    (3, "1.005"),
    (3, ""),
    (6, "4000000001"),
];

/// The layouts of the others are not published: the sandbox rejects them, or reads them as if they
/// were of version 2.
#[tokio::test]
async fn a_file_in_every_format() {
    let entries = [Entry { with: With::Card, business: HIRE, cents: 1_000 }];
    for format in FileFormat::ALL {
        for (guess, of_others) in [("rejected", State::Error), ("read_as_csv2", State::Complete)] {
            let wire = Wire::start().await;
            wire.guess(&json!({ "payment_file_formats": guess }));
            let made = hand_in(&wire, "a", file(&entries, "2026-03-02"), *format).await.unwrap();
            assert_eq!(made.format, Some(Word::Known(*format)));
            wire.pass(Duration::from_mins(10));
            let wanted = if *format == FileFormat::Csv2 { State::Complete } else { of_others };
            assert_eq!(state(&wire, &made.payment_file_id).await, wanted, "{format:?} {guess}");
        }
    }
}

/// The documents: the files of the previous 365 days.
#[tokio::test]
async fn files_are_listed_for_a_year_the_newest_first() {
    let wire = Wire::start().await;
    let entries = [Entry { with: With::Card, business: HIRE, cents: 1_000 }];
    let mut made = Vec::new();
    for number in 0..25 {
        let name = format!("run-{number}.csv");
        let text = file(&entries, "2026-03-02");
        made.push(hand_in(&wire, &name, text, FileFormat::Csv2).await.unwrap().payment_file_id);
        wire.pass(Duration::from_hours(24));
    }
    made.reverse();
    let listed = async || {
        let files = all(wire.client.payment_files(&wire.key)).await.unwrap();
        files.into_iter().map(|file| file.payment_file_id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, made);
    // The newest is a day old now; after 354 days more, ten are past the year.
    wire.pass(Duration::from_hours(24 * 350));
    assert_eq!(listed().await, made[..15]);
}
