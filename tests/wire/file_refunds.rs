//! Money given back: to bank accounts of both countries and under PayTo, by request and by file.

use std::time::Duration;

use quaymaster::domain::money::Cents;
use quaymaster::domain::payment_file;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::amount::Currency;
use quaymaster::quickstream::models::details::{
    HolderName, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBankDetails, NzBranchCode,
};
use quaymaster::quickstream::models::ids::{PaymentFileId, ReceiptNumber};
use quaymaster::quickstream::resources::payment_files::FileFormat;
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::payment::{PayToPayment, Payment, Refund};
use quaymaster::quickstream::resources::transactions::source::Source;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{FaultKind, Word};

use crate::bench::{Wire, bank_account, cents};
use crate::wire::{all, business, refused};

fn nz_account() -> NzBankDetails {
    NzBankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("1234567").unwrap(),
        suffix: NzAccountSuffix::new("00").unwrap(),
    }
}

/// What was paid in each way: from an Australian account, from a New Zealand one, and by PayTo.
struct Paid {
    bank: ReceiptNumber,
    nz: ReceiptNumber,
    pay_to: ReceiptNumber,
}

impl Wire {
    async fn paid_from(&self, source: Source) -> ReceiptNumber {
        let mut payment = Payment::new(source, cents(2_000));
        payment.business = Some(business());
        let done = self.client.take_payment(&self.key, &self.name(), &payment).await.unwrap();
        done.value.receipt_number
    }

    /// All three, a day later: too late to be voided.
    async fn paid(&self) -> Paid {
        let agreement = self.active().await;
        let mut payment = PayToPayment::new(agreement, cents(8_000));
        payment.business = Some(business());
        let done = self.client.take_payto_payment(&self.key, &self.name(), &payment).await;
        let pay_to = done.unwrap().value.receipt_number;
        let bank = self.paid_from(Source::Bank(bank_account("032-999", "999994"))).await;
        let nz = self.paid_from(Source::NzBank(nz_account())).await;
        self.pass(Duration::from_hours(24));
        Paid { bank, nz, pay_to }
    }

    async fn read(&self, receipt: &ReceiptNumber) -> Transaction {
        self.client.transaction(&self.key, receipt).await.unwrap()
    }

    /// Hands a file in and waits until it was worked through.
    async fn worked_off(&self, name: &str, lines: &[String], sum: &str) -> PaymentFileId {
        let count = lines.len();
        let text = format!("H,SANDBOX,2026-03-01,2\r\n{}T,{count},{sum}\r\n", lines.concat());
        let file = FileContent::new(name, text).unwrap();
        let (name, format) = (self.name(), FileFormat::Csv2);
        let done = self.client.upload_payment_file(&self.key, &name, &file, format);
        let id = done.await.unwrap().value.payment_file_id;
        self.pass(Duration::from_mins(10));
        id
    }

    async fn refunded(&self, receipt: &ReceiptNumber) -> Vec<(i64, Option<State>)> {
        let refunds = all(self.client.refunds(&self.key, receipt)).await.unwrap();
        let told =
            |it: &Transaction| (it.principal_amount.as_ref().unwrap().amount.get(), it.state());
        refunds.iter().map(told).collect()
    }
}

fn line(record: &str, amount: &str, original: &ReceiptNumber) -> String {
    format!("{record},SANDBOXHIRE,REFUND,{amount},,,{original},\r\n")
}

#[tokio::test]
async fn a_bank_accounts_payment_is_given_back_in_parts_and_in_its_own_currency() {
    let wire = Wire::start().await;
    let paid = wire.paid().await;
    for (receipt, currency) in [(&paid.bank, Currency::Aud), (&paid.nz, Currency::Nzd)] {
        let payment = wire.read(receipt).await;
        assert_eq!(payment.refundable, Some(true));
        let part = Refund::partial(&payment, cents(500)).unwrap();
        assert_eq!(part.currency, currency);
        let done = wire.client.refund_payment(&wire.key, &wire.name(), &part).await.unwrap().value;
        assert_eq!(done.original_receipt_number.as_ref(), Some(receipt));
        let money = done.principal_amount.as_ref().unwrap();
        assert_eq!(money.currency, Some(Word::Known(currency)));
        let same = (&done.bank_account, &done.nz_bank_account);
        assert_eq!(same, (&payment.bank_account, &payment.nz_bank_account));

        let other = if currency == Currency::Aud { Currency::Nzd } else { Currency::Aud };
        let wrong = Refund { currency: other, ..part.clone() };
        let outcome = wire.client.refund_payment(&wire.key, &wire.name(), &wrong).await;
        let fields = refused(outcome);
        assert_eq!(fields, (FaultKind::Unprocessable, vec!["currency".to_owned()]));
        let too_much = Refund { amount: cents(1_501), ..part.clone() };
        let outcome = wire.client.refund_payment(&wire.key, &wire.name(), &too_much).await;
        let fields = refused(outcome);
        assert_eq!(fields, (FaultKind::Unprocessable, vec!["principalAmount".to_owned()]));
        let rest = Refund { amount: cents(1_500), ..part };
        wire.client.refund_payment(&wire.key, &wire.name(), &rest).await.unwrap();
        assert_eq!(wire.read(receipt).await.refundable, Some(false));
        let given: i64 = wire.refunded(receipt).await.iter().map(|(cents, _)| cents).sum();
        assert_eq!(given, 2_000);
    }
}

#[tokio::test]
async fn a_file_gives_back_what_was_paid_in_each_way() {
    let wire = Wire::start().await;
    let paid = wire.paid().await;
    let lines = [
        line("B", "4.00", &paid.bank),
        line("B", "16.00", &paid.bank),
        line("N", "20.00", &paid.nz),
        line("P", "80.00", &paid.pay_to),
    ];
    let file = wire.worked_off("back.csv", &lines, "120.00").await;
    let mistakes = all(wire.client.payment_file_errors(&wire.key, &file)).await.unwrap();
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let approved =
        |state: &Option<State>| matches!(state, Some(State::Approved | State::Provisional));
    for (receipt, cents) in
        [(&paid.bank, &[1_600, 400][..]), (&paid.nz, &[2_000]), (&paid.pay_to, &[8_000])]
    {
        let refunds = wire.refunded(receipt).await;
        let amounts: Vec<i64> = refunds.iter().map(|(cents, _)| *cents).collect();
        assert_eq!(amounts, cents);
        assert!(refunds.iter().all(|(_, state)| approved(state)), "{refunds:?}");
        assert_eq!(wire.read(receipt).await.refundable, Some(false));
    }
    let batches = all(wire.client.payment_batches(&wire.key, &file)).await.unwrap();
    let mut totals = Vec::new();
    for batch in &batches {
        let total = batch.total_amount.as_ref().unwrap();
        totals.push((total.currency.clone(), total.amount));
        let id = &batch.payment_batch_id;
        let taken = all(wire.client.payment_batch_transactions(&wire.key, id)).await.unwrap();
        let source = |it: &Transaction| it.source.as_deref() == Some("QUICKBATCH");
        assert!(taken.iter().all(source));
    }
    let (aud, nzd) = (Some(Word::Known(Currency::Aud)), Some(Word::Known(Currency::Nzd)));
    let back = |cents: i64| Cents::new(-cents);
    let expected = [(aud.clone(), back(2_000)), (nzd, back(2_000)), (aud, back(8_000))];
    totals.sort_by_key(|(currency, amount)| (-amount.get(), currency == &expected[1].0));
    assert_eq!(totals, expected);
}

#[tokio::test]
async fn a_file_that_gives_back_too_much_or_to_others_is_rejected_whole() {
    let wire = Wire::start().await;
    let paid = wire.paid().await;
    for (name, lines, sum, wrong) in [
        ("1.csv", vec![line("B", "20.00", &paid.bank), line("B", "0.01", &paid.bank)], "20.01", 3),
        ("2.csv", vec![line("N", "20.01", &paid.nz)], "20.01", 2),
        ("3.csv", vec![line("N", "1.00", &paid.bank)], "1.00", 2),
        ("4.csv", vec![line("B", "1.00", &paid.nz)], "1.00", 2),
        ("5.csv", vec![line("N", "1.00", &paid.nz), line("P", "79.99", &paid.pay_to)], "80.99", 3),
        ("6.csv", vec![line("B", "1.00", &paid.pay_to)], "1.00", 2),
    ] {
        let file = wire.worked_off(name, &lines, sum).await;
        let read = wire.client.payment_file(&wire.key, &file).await.unwrap();
        assert_eq!(read.status, Some(Word::Known(payment_file::State::Error)), "{name}");
        let mistakes = all(wire.client.payment_file_errors(&wire.key, &file)).await.unwrap();
        let at: Vec<_> = mistakes.iter().map(|mistake| mistake.line_number).collect();
        assert_eq!(at, [Some(wrong)], "{name}: {mistakes:?}");
    }
    for receipt in [&paid.bank, &paid.nz, &paid.pay_to] {
        assert_eq!(wire.refunded(receipt).await, []);
    }
}
