//! Payment files: many captures and refunds in one upload, which the bank works off by itself. A file
//! is waited for by asking about once a minute while it is queued.

use jiff::Timestamp;

use crate::domain::payment_file::{BANK_WORDS, State};
use crate::key::KeyText;
use crate::quickstream::ask::{Ask, IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::download::{CSV, Download};
use crate::quickstream::fault::Fault;
use crate::quickstream::link::Link;
use crate::quickstream::models::ids::{BusinessCode, PaymentBatchId, PaymentFileId};
use crate::quickstream::models::money::Money;
use crate::quickstream::models::texts::Personal;
use crate::quickstream::models::{model, vocabulary};
use crate::quickstream::pages::Pager;
use crate::quickstream::resources::transactions::model::Transaction;
use crate::quickstream::typed::Done;
use crate::quickstream::upload::{FileContent, Upload};
use crate::quickstream::word::{Vocabulary, Word};

const FILES: &str = "/payment-files";
const BATCHES: &str = "/payment-batches";
/// The sort of body that is asked for where a report is no table.
const TEXT: &str = "text/plain";

vocabulary! {
    /// How a payment file is written.
    FileFormat {
        /// CSV version 2: cards, bank accounts and PayTo by token.
        Csv2 = "CSV2",
        /// CSV version 1.
        Csv = "CSV",
        /// The same with tokens in place of cards.
        CsvTokens = "CSV_TOKENS",
        /// Lines of fixed fields.
        FlatFile = "FLAT_FILE",
        /// The same with tokens in place of cards.
        FlatFileTokens = "FLAT_FILE_TOKENS",
        /// Westpac's merchant transaction system.
        Mts = "MTS",
        /// The same with tokens in place of cards.
        MtsTokens = "MTS_TOKENS",
    }
}

impl Vocabulary for State {
    const WORDS: &'static [(&'static str, Self)] = BANK_WORDS;
}

model! {
    /// A payment file. The documents name its id and the words of its status; what has another name
    /// than expected is found in `rest`.
    PaymentFile needs {
        /// The bank's number of it.
        payment_file_id: PaymentFileId = "paymentFileId",
    } may {
        /// The name it was uploaded under.
        file_name: String = "fileName",
        /// How it is written.
        format: Word<FileFormat> = "format",
        /// How far the bank is with it.
        status: Word<State> = "status",
        /// When it was uploaded.
        uploaded_time: Timestamp = "uploadedTime",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

model! {
    /// What is wrong with a line of a payment file.
    FileMistake may {
        /// The line.
        line_number: u64 = "lineNumber",
        /// What is wrong with it; it may repeat what stands there.
        message: Personal = "message",
    }
}

model! {
    /// A batch of payments out of a file.
    PaymentBatch needs {
        /// The bank's number of it.
        payment_batch_id: PaymentBatchId = "paymentBatchId",
    } may {
        /// How far the bank is with it.
        status: Word<State> = "status",
        /// For which business.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
        /// In which currency.
        currency: String = "currency",
        /// How many payments it holds.
        transaction_count: u64 = "transactionCount",
        /// What they come to.
        total_amount: Money = "totalAmount",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

/// What a file's outcome is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileReport {
    /// CSV version 2.
    Csv2,
    /// CSV version 1.
    Csv,
    /// Lines of fixed fields.
    FlatFile,
    /// What Westpac's merchant transaction system lists as rejected.
    MtsRejects,
}

impl FileReport {
    /// Every report.
    pub const ALL: &[FileReport] = &[Self::Csv2, Self::Csv, Self::FlatFile, Self::MtsRejects];

    /// Where it is, as metrics know it, and what it is asked for as.
    const fn place(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Csv2 => ("csv2", "/payment-files/{paymentFileId}/csv2", CSV),
            Self::Csv => ("csv", "/payment-files/{paymentFileId}/csv", CSV),
            Self::FlatFile => ("flat-file", "/payment-files/{paymentFileId}/flat-file", TEXT),
            Self::MtsRejects => ("mts-rejects", "/payment-files/{paymentFileId}/mts-rejects", TEXT),
        }
    }
}

impl Client {
    /// `POST /payment-files`: hands in a file.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn upload_payment_file(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        file: &FileContent,
        format: FileFormat,
    ) -> Result<Done<PaymentFile>, Fault> {
        let upload = Upload { file: file.clone(), format: format.as_str() };
        let verb = Verb::Upload(idempotency_key.clone(), upload);
        let answer = self.ask(key, Ask::new(FILES, verb, FILES, self.priority())?).await?;
        let done = Done::of(answer, PaymentFile::of)?;
        done.if_shows("fileName", Some(file.name()), |shown| shown.file_name.as_deref())
    }

    /// `GET /payment-files/{paymentFileId}`: one file, as it stands now.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn payment_file(
        &self,
        key: &KeyText,
        file: &PaymentFileId,
    ) -> Result<PaymentFile, Fault> {
        self.get_one(key, "/payment-files/{paymentFileId}", place(file)).await
    }

    /// `GET /payment-files`: those of the last 365 days.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn payment_files(&self, key: &KeyText) -> Result<Pager<PaymentFile>, Fault> {
        self.list(key, FILES, FILES)
    }

    /// `GET /payment-files/{paymentFileId}/errors`: what is wrong with a file that was rejected.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn payment_file_errors(
        &self,
        key: &KeyText,
        file: &PaymentFileId,
    ) -> Result<Pager<FileMistake>, Fault> {
        let path = format!("{}/errors", place(file));
        self.list(key, "/payment-files/{paymentFileId}/errors", &path)
    }

    /// `GET /payment-files/{paymentFileId}/payment-batches`: the batches that a file was made into.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn payment_batches(
        &self,
        key: &KeyText,
        file: &PaymentFileId,
    ) -> Result<Pager<PaymentBatch>, Fault> {
        let path = format!("{}/payment-batches", place(file));
        self.list(key, "/payment-files/{paymentFileId}/payment-batches", &path)
    }

    /// `GET /payment-batches/{paymentBatchId}`: one batch.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn payment_batch(
        &self,
        key: &KeyText,
        batch: &PaymentBatchId,
    ) -> Result<PaymentBatch, Fault> {
        self.get_one(key, "/payment-batches/{paymentBatchId}", batch_place(batch)).await
    }

    /// `GET /payment-batches/{paymentBatchId}/transactions`: what became of a batch's payments.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn payment_batch_transactions(
        &self,
        key: &KeyText,
        batch: &PaymentBatchId,
    ) -> Result<Pager<Transaction>, Fault> {
        let path = format!("{}/transactions", batch_place(batch));
        self.list(key, "/payment-batches/{paymentBatchId}/transactions", &path)
    }

    /// `GET /payment-files/{paymentFileId}/csv2`, `/csv`, `/flat-file` or `/mts-rejects`: what became
    /// of a file's payments, as it comes. The two tables are read by
    /// [`crate::quickstream::download::Report`].
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn payment_file_report(
        &self,
        key: &KeyText,
        file: &PaymentFileId,
        report: FileReport,
    ) -> Result<Download, Fault> {
        let (name, endpoint, accept) = report.place();
        self.download(key, endpoint, format!("{}/{name}", place(file)), accept).await
    }
}

fn place(file: &PaymentFileId) -> String {
    format!("{FILES}/{}", file.segment())
}

fn batch_place(batch: &PaymentBatchId) -> String {
    format!("{BATCHES}/{}", batch.segment())
}
