//! A file is worked through: looked at as a whole, then taken line by line into its batches.

use std::collections::BTreeMap;

use super::{Act, Batch, Line, LineError, RecordType};
use crate::domain::money::Cents;
use crate::domain::payment_file::Event;
use crate::domain::transaction;
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::ids::Kind;
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::{
    Details, Order, Origin, Transaction, TransactionType, return_window_over,
};

impl Merchant {
    /// Checks a file and takes it, if that was not done; then goes on as soon as no payer's bank has
    /// an answer to give.
    pub(super) fn process(&mut self, setting: &Setting<'_>, id: u64) {
        let lines = self.files.change(id, |file| std::mem::take(&mut file.lines));
        let lines = lines.unwrap_or_default();
        let mut errors = self.files.get(id).map(|file| file.errors.clone()).unwrap_or_default();
        errors.extend(self.unlawful(setting, &lines));
        errors.sort_by_key(|error| error.line);
        if !errors.is_empty() {
            self.files.change(id, |file| {
                file.errors = errors;
                file.happen(Event::Reject);
            });
            return;
        }
        self.take_lines(setting, id, lines);
        let is = |state| move |it: &&Transaction| it.state == state;
        if self.taken_from(id).any(|it| is(transaction::State::Pending)(&it)) {
            self.note_file(*setting, guesses::files::FILE_PROCESSING, id);
            return;
        }
        let clearing = self.taken_from(id).filter(is(transaction::State::Provisional));
        let Some(last) = clearing.map(|it| it.settles).max() else {
            self.files.change(id, |file| file.happen(Event::Finish));
            return;
        };
        self.files.change(id, |file| file.happen(Event::Await));
        self.agenda.note(return_window_over(setting, last), Due::FileMoves, id);
    }

    /// The refunds among the lines that cannot be made.
    fn unlawful(&self, setting: &Setting<'_>, lines: &[Line]) -> Vec<LineError> {
        let mut given_back: BTreeMap<u64, i64> = BTreeMap::new();
        let mut errors = Vec::new();
        for line in lines {
            let Act::Refund(receipt) = line.act else { continue };
            let before = given_back.entry(receipt).or_default();
            *before = before.saturating_add(line.amount.get());
            let message = match self.transactions.get(receipt) {
                None => "There is no such transaction.".to_owned(),
                Some(original) if !original.is_refundable(setting) => {
                    "The transaction is not refundable.".to_owned()
                }
                Some(original) => {
                    let left = self.left_to_refund(original);
                    let payto = matches!(*original.instrument, Instrument::PayTo(_));
                    if payto && line.amount != original.total() {
                        "A PayTo payment is refunded in full.".to_owned()
                    } else if *before > left.get() {
                        format!("At most {left} may be refunded.")
                    } else {
                        continue;
                    }
                }
            };
            errors.push(LineError { line: line.number, message });
        }
        errors
    }

    /// Makes the batches of a file's lines, in the order in which they first come, and takes them.
    fn take_lines(&mut self, setting: &Setting<'_>, file: u64, lines: Vec<Line>) {
        let mut batches: BTreeMap<(RecordType, String), u64> = BTreeMap::new();
        for line in lines {
            let key = (line.record, line.business.clone());
            let (record, business) = key.clone();
            let id = *batches.entry(key).or_insert_with(|| self.ids.next(Kind::PaymentBatch));
            let batch = self.batches.take(id).unwrap_or(Batch {
                id,
                file,
                record,
                business,
                count: 0,
                total: Cents::default(),
            });
            let moved = match line.act {
                Act::Capture { .. } => batch.total.checked_add(line.amount),
                Act::Refund(_) => batch.total.checked_sub(line.amount),
            };
            let total = moved.unwrap_or(batch.total);
            self.batches.put(Batch { count: batch.count.saturating_add(1), total, ..batch });
            self.take_line(setting, id, line);
        }
    }

    fn take_line(&mut self, setting: &Setting<'_>, batch: u64, line: Line) {
        let details = Details {
            batch: Some(batch),
            customer_reference: line.customer_reference,
            payment_reference: line.payment_reference,
            ..Details::default()
        };
        match line.act {
            Act::Capture { instrument, account } => {
                let owner = account.and_then(|token| self.accounts.get(token));
                let customer = owner.map(|account| account.customer);
                let order = Order {
                    kind: TransactionType::Payment,
                    business: line.business,
                    principal: line.amount,
                    instrument: *instrument,
                    origin: Origin::File,
                    details: Details { account, customer, ..details },
                };
                self.take(setting, order);
            }
            // It was looked at just before, with all the others of the file.
            Act::Refund(receipt) => {
                self.refund(setting, receipt, line.amount, details).ok();
            }
        }
    }
}
