//! Payment files: captures and refunds that were uploaded together, which the bank works through on
//! the clock, and the batches it makes of them.
//!
//! What is in a file comes here read already, so that no whole card number is kept. A file is taken
//! whole or not at all; what was taken is a transaction like any other and goes through
//! [`Merchant::take`].

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::ids::Kind;
use super::instrument::{Currency, Instrument};
use super::setting::Setting;
use super::shelf::Record;
use super::stored::{cents, file_state};
use super::transactions::{By as TransactionBy, Transaction};
use crate::domain::money::Cents;
use crate::domain::payment_file::{Event, State};
use crate::sandbox::guesses;

#[cfg(test)]
mod tests;
mod work;

/// Files kept at most, so that the book does not grow for ever; the bank itself forgets nothing.
const FILES_MAX: usize = 1000;

/// How many days of files the list holds, by the documents.
const LISTED_DAYS: i64 = 365;

/// A payment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct File {
    /// The number of the bank's id.
    pub(in crate::sandbox) id: u64,
    #[serde(with = "file_state")]
    pub(in crate::sandbox) state: State,
    /// Unique among the facility's files.
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) format: Format,
    pub(in crate::sandbox) uploaded: Timestamp,
    /// The only businesses of the key that uploaded it; empty for an unrestricted key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::sandbox) only: Vec<String>,
    /// What is still to be taken; empty when it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::sandbox) lines: Vec<Line>,
    /// What is wrong with it; shown once it was rejected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::sandbox) errors: Vec<LineError>,
}

/// The layout of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum Format {
    Csv2,
    Csv,
    CsvTokens,
    FlatFile,
    FlatFileTokens,
    Mts,
    MtsTokens,
}

impl Format {
    /// Every format with its word in `format`.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("CSV2", Self::Csv2),
        ("CSV", Self::Csv),
        ("CSV_TOKENS", Self::CsvTokens),
        ("FLAT_FILE", Self::FlatFile),
        ("FLAT_FILE_TOKENS", Self::FlatFileTokens),
        ("MTS", Self::Mts),
        ("MTS_TOKENS", Self::MtsTokens),
    ];

    pub(in crate::sandbox) fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, format)| *format == self);
        found.map_or("", |(word, _)| word)
    }
}

/// What a record of a file pays with, which is what batches are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum RecordType {
    Card,
    PayTo,
    Bank,
    NzBank,
}

impl RecordType {
    /// The record type of what pays so; none of a wallet's token.
    pub(in crate::sandbox) const fn of(instrument: &Instrument) -> Option<Self> {
        match instrument {
            Instrument::Card(_) => Some(Self::Card),
            Instrument::PayTo(_) => Some(Self::PayTo),
            Instrument::Bank(_) => Some(Self::Bank),
            Instrument::NzBank(_) => Some(Self::NzBank),
            Instrument::Wallet(_) | Instrument::PayId(_) => None,
        }
    }

    pub(in crate::sandbox) const fn currency(self) -> Currency {
        match self {
            Self::NzBank => Currency::Nzd,
            Self::Card | Self::PayTo | Self::Bank => Currency::Aud,
        }
    }
}

/// One payment or refund of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Line {
    /// Where it stands in the file; the first line is 1.
    pub(in crate::sandbox) number: u64,
    pub(in crate::sandbox) record: RecordType,
    pub(in crate::sandbox) business: String,
    #[serde(with = "cents")]
    pub(in crate::sandbox) amount: Cents,
    pub(in crate::sandbox) customer_reference: Option<String>,
    pub(in crate::sandbox) payment_reference: Option<String>,
    pub(in crate::sandbox) act: Act,
}

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Act {
    /// A payment, from a registered account if there is one.
    Capture { instrument: Box<Instrument>, account: Option<u64> },
    /// The receipt of what is refunded.
    Refund(u64),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct LineError {
    pub(in crate::sandbox) line: u64,
    pub(in crate::sandbox) message: String,
}

/// What files are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    Name,
}

impl Record for File {
    type Tag = By;

    fn number(&self) -> u64 {
        self.id
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Name, &self.name);
    }
}

impl File {
    /// Whether the key may see it: one without restrictions, or one for every business the key that
    /// uploaded it was for (the guess `payment_file_restricted`).
    pub(in crate::sandbox) fn is_seen(&self, setting: &Setting<'_>) -> bool {
        let covered = self.only.iter().all(|code| setting.may_touch(code));
        setting.only.is_empty() || (!self.only.is_empty() && covered)
    }

    /// Whether its payments were made.
    pub(in crate::sandbox) const fn is_taken(&self) -> bool {
        matches!(self.state, State::AwaitingClearance | State::Complete)
    }

    pub(in crate::sandbox) const fn is_rejected(&self) -> bool {
        matches!(self.state, State::Error)
    }

    fn happen(&mut self, event: Event) {
        self.state = self.state.next(event).unwrap_or(self.state);
    }
}

/// What of a file pays one business with one means in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Batch {
    /// The number of the bank's id.
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) file: u64,
    pub(in crate::sandbox) record: RecordType,
    pub(in crate::sandbox) business: String,
    pub(in crate::sandbox) count: u64,
    /// Its payments without its refunds.
    #[serde(with = "cents")]
    pub(in crate::sandbox) total: Cents,
}

/// What batches are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum OfFile {
    /// The file's number.
    File,
}

impl Record for Batch {
    type Tag = OfFile;

    fn number(&self) -> u64 {
        self.id
    }

    fn tags(&self, note: &mut dyn FnMut(OfFile, &str)) {
        note(OfFile::File, &self.file.to_string());
    }
}

/// A file as it comes from its reader.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Upload {
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) format: Format,
    /// The day from which it may be worked through; at once if that has passed.
    pub(in crate::sandbox) date: Option<Date>,
    pub(in crate::sandbox) lines: Vec<Line>,
    pub(in crate::sandbox) errors: Vec<LineError>,
}

impl Merchant {
    /// Queues a file whose name is free; returns its number.
    pub(in crate::sandbox) fn queue_file(&mut self, setting: &Setting<'_>, upload: Upload) -> u64 {
        self.make_room_for_file();
        let id = self.ids.next(Kind::PaymentFile);
        let begins = upload.date.map_or(setting.now, |date| setting.start_of(date));
        self.note_file(setting.at(begins.max(setting.now)), guesses::files::FILE_QUEUE, id);
        self.files.put(File {
            id,
            state: State::Queued,
            name: upload.name,
            format: upload.format,
            uploaded: setting.now,
            only: setting.only.to_vec(),
            lines: upload.lines,
            errors: upload.errors,
        });
        id
    }

    /// The files of the last 365 days, newest first.
    pub(in crate::sandbox) fn recent_files(
        &self,
        setting: &Setting<'_>,
    ) -> impl Iterator<Item = &File> {
        let days = SignedDuration::from_hours(24 * LISTED_DAYS);
        let from = setting.now.checked_sub(days).unwrap_or(setting.now);
        self.files.all().rev().take_while(move |file| file.uploaded >= from)
    }

    /// What a file's batches stand at: those without bank accounts clear at once.
    pub(in crate::sandbox) fn batch_state(&self, batch: &Batch) -> State {
        let state = self.files.get(batch.file).map_or(State::Complete, |file| file.state);
        let clears = matches!(batch.record, RecordType::Bank | RecordType::NzBank);
        if state == State::AwaitingClearance && !clears { State::Complete } else { state }
    }

    /// Something is due for a file.
    pub(super) fn file_moves(&mut self, setting: &Setting<'_>, id: u64) {
        let Some(file) = self.files.get(id) else { return };
        match file.state {
            State::Queued => {
                self.files.change(id, |file| file.happen(Event::Start));
                self.note_file(*setting, guesses::files::FILE_PROCESSING, id);
            }
            State::Processing => self.process(setting, id),
            State::AwaitingClearance => {
                self.files.change(id, |file| file.happen(Event::Clear));
            }
            State::Error | State::Complete => {}
        }
    }

    /// The transactions of a file, batch by batch.
    pub(in crate::sandbox) fn taken_from(&self, file: u64) -> impl Iterator<Item = &Transaction> {
        let batches = self.batches.found(OfFile::File, &file.to_string());
        batches
            .flat_map(|batch| self.transactions.found(TransactionBy::Batch, &batch.id.to_string()))
    }

    fn note_file(&mut self, from: Setting<'_>, guess: &guesses::Guess, id: u64) {
        let wait = SignedDuration::from_secs(i64::from(from.guesses.number(guess)));
        let at = from.now.checked_add(wait).unwrap_or(from.now);
        self.agenda.note(at, Due::FileMoves, id);
    }

    /// Forgets the oldest files that are over, with their batches, until there is room for one more.
    fn make_room_for_file(&mut self) {
        while self.files.len() >= FILES_MAX {
            let over = |file: &&File| matches!(file.state, State::Error | State::Complete);
            let Some(id) = self.files.all().find(over).map(|file| file.id) else { return };
            self.files.take(id);
            let batches = self.batches.found(OfFile::File, &id.to_string());
            let batches: Vec<u64> = batches.map(|batch| batch.id).collect();
            for batch in batches {
                self.batches.take(batch);
            }
        }
    }
}
