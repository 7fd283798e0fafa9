//! Payment files: handed in, worked off by the bank, and read again.

use std::time::Duration;

use quaymaster::domain::payment_file::State;
use quaymaster::domain::transaction;
use quaymaster::quickstream::FaultKind;
use quaymaster::quickstream::models::ids::PaymentFileId;
use quaymaster::quickstream::resources::payment_files::{FileFormat, FileReport, PaymentFile};
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::word::Word;

use crate::bench::{Wire, kind, stranger};
use crate::wire::all;

/// How a file is written that the sandbox can read (its guess `payment_file_layout`): a good card, one
/// without funds, and what they come to.
pub(crate) const TWO_CARDS: &str = "H,SANDBOX,2026-03-01,2\r\n\
    C,SANDBOXHIRE,CAPTURE,25.50,CUST-1,INV-1,,,4242424242424242,12,29,Jane Smith\r\n\
    C,SANDBOXHIRE,CAPTURE,10.00,CUST-2,INV-2,,,4111111111444496,12,29,John Smith\r\n\
    T,2,35.50\r\n";

async fn handed_in(wire: &Wire, name: &str, content: &'static str) -> PaymentFile {
    let file = FileContent::new(name, content).unwrap();
    let (client, key) = (&wire.client, &wire.key);
    let done = client.upload_payment_file(key, &wire.name(), &file, FileFormat::Csv2).await;
    done.unwrap().value
}

async fn status(wire: &Wire, file: &PaymentFileId) -> Option<Word<State>> {
    wire.client.payment_file(&wire.key, file).await.unwrap().status
}

#[tokio::test]
async fn a_file_is_worked_off_and_its_payments_can_be_read() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let file = handed_in(&wire, "run-1.csv", TWO_CARDS).await;
    assert_eq!(file.status, Some(Word::Known(State::Queued)));
    assert_eq!(file.format, Some(Word::Known(FileFormat::Csv2)));
    assert_eq!(file.file_name.as_deref(), Some("run-1.csv"));
    let id = file.payment_file_id;
    wire.pass(Duration::from_mins(10));
    assert_eq!(status(&wire, &id).await, Some(Word::Known(State::Complete)));
    let files = all(client.payment_files(key)).await.unwrap();
    assert_eq!(files.len(), 1);
    assert!(all(client.payment_file_errors(key, &id)).await.unwrap().is_empty());

    let batches = all(client.payment_batches(key, &id)).await.unwrap();
    let [batch] = batches.as_slice() else { panic!("one batch: {batches:?}") };
    assert_eq!(batch.transaction_count, Some(2));
    let again = client.payment_batch(key, &batch.payment_batch_id).await.unwrap();
    assert_eq!(again.total_amount, batch.total_amount);
    let pager = client.payment_batch_transactions(key, &batch.payment_batch_id);
    let mut outcomes: Vec<_> = all(pager)
        .await
        .unwrap()
        .into_iter()
        .map(|payment| (payment.principal_amount.map(|money| money.amount), payment.status))
        .collect();
    outcomes.sort_by_key(|(amount, _)| *amount);
    let states: Vec<_> = outcomes.into_iter().map(|(_, status)| status).collect();
    let known = |state| Some(Word::Known(state));
    let expected = [known(transaction::State::Declined), known(transaction::State::Approved)];
    assert_eq!(states, expected, "of 10.00 and 25.50");

    for report in FileReport::ALL {
        let mut download = client.payment_file_report(key, &id, *report).await.unwrap();
        let mut bytes = 0;
        while let Some(chunk) = download.chunk().await.unwrap() {
            bytes += chunk.len();
        }
        // Declined is not rejected, so that list is empty.
        assert_eq!(bytes > 0, *report != FileReport::MtsRejects, "{report:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_says_in_which_line() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let wrong = "H,SANDBOX,2026-03-01,2\r\nC,NOBODY,CAPTURE,x,,,,,1,2,3,4\r\nT,1,0.00\r\n";
    let file = handed_in(&wire, "wrong.csv", wrong).await;
    wire.pass(Duration::from_mins(10));
    assert_eq!(status(&wire, &file.payment_file_id).await, Some(Word::Known(State::Error)));
    let mistakes = all(client.payment_file_errors(key, &file.payment_file_id)).await.unwrap();
    assert!(mistakes.iter().any(|mistake| mistake.line_number == Some(2)), "{mistakes:?}");

    let unknown = PaymentFileId::new("999999999").unwrap();
    let nothing = client.payment_file(key, &unknown).await;
    assert_eq!(kind(nothing), Some(FaultKind::NotFound));
    let refused = client.payment_file(&stranger(), &file.payment_file_id).await;
    assert_eq!(kind(refused), Some(FaultKind::Unauthorised));
}
