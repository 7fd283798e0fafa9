//! Bodies that may be large, piece by piece: the bank's reports. Nothing of them is kept but the
//! piece in hand.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Response, header};

use crate::key::KeyText;
use crate::quickstream::ask::{Ask, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::csv::{CsvError, CsvReader};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::limit::Turn;
use crate::quickstream::transport::{JSON, body_fault, is_encoded};

/// How long a report may take to its last byte.
pub const REPORT_TIMEOUT: Duration = Duration::from_mins(10);
/// The sort of body that a table is asked for by.
pub(super) const CSV: &str = "text/csv";
/// The largest report read, in bytes: a million transactions at a kilobyte each.
pub const REPORT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// A body on its way. It counts as a request on the wire until it is read to its end or dropped.
pub struct Download {
    response: Response,
    turn: Option<Turn>,
    bytes_left: usize,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("bytes_left", &self.bytes_left).finish_non_exhaustive()
    }
}

impl Client {
    /// Opens the report at `path`; `accept` is the sort of body that is wanted.
    pub(super) async fn download(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
        accept: &'static str,
    ) -> Result<Download, Fault> {
        let ask = Ask::new(endpoint, Verb::Get, path, self.priority())?;
        let ask = Ask { body_bytes_max: REPORT_BYTES_MAX, ..ask };
        let (response, turn) = self.open(key, ask, accept, REPORT_TIMEOUT).await?;
        if is_encoded(&response) {
            return Err(Fault::new(FaultKind::Encoded, ""));
        }
        Ok(Download { response, turn: Some(turn), bytes_left: REPORT_BYTES_MAX })
    }
}

impl Client {
    /// Opens the report at `path` as a table.
    pub(super) async fn report(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
    ) -> Result<Report, Fault> {
        let download = self.download(key, endpoint, path, CSV).await?;
        if download.media_type() == Some(JSON) {
            return Err(Fault::new(FaultKind::WrongShape, "JSON came where CSV was asked for"));
        }
        Report::open(download).await
    }
}

impl Download {
    /// The sort of body that came, such as `text/csv`, without its parameters.
    pub fn media_type(&self) -> Option<&str> {
        let value = self.response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        value.split(';').next().map(str::trim)
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    ///
    /// A body that is cut short, takes too long, or is larger than any report is; after it there
    /// are no more pieces.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.turn.is_none() {
            return Ok(None);
        }
        let fault = match self.response.chunk().await {
            Ok(Some(chunk)) => match self.bytes_left.checked_sub(chunk.len()) {
                Some(left) => {
                    self.bytes_left = left;
                    return Ok(Some(chunk));
                }
                None => Fault::new(FaultKind::BodyTooLarge, "more than 1 GiB"),
            },
            Ok(None) => {
                self.turn = None;
                return Ok(None);
            }
            Err(error) => body_fault(&error),
        };
        self.turn = None;
        Err(Fault { status: Some(200), ..fault })
    }
}

/// A report of rows under named columns, row by row.
pub struct Report {
    download: Download,
    reader: Option<CsvReader>,
    rows: std::vec::IntoIter<Vec<String>>,
    columns: Arc<[String]>,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// One row of a report.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    columns: Arc<[String]>,
    cells: Vec<String>,
}

impl fmt::Debug for Row {
    /// Prints the columns' names alone: a cell may be a payer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl Row {
    /// What stands in the column of this name; the bank may add columns at any time, so they are
    /// not counted.
    pub fn cell(&self, column: &str) -> Option<&str> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.cells.get(place).map(String::as_str)
    }

    /// Every cell, in the columns' order.
    pub fn cells(&self) -> &[String] {
        &self.cells
    }
}

impl Report {
    /// Reads a download as a report, up to the names of its columns.
    ///
    /// # Errors
    ///
    /// A body that is no table, or empty.
    pub async fn open(download: Download) -> Result<Self, Fault> {
        let (reader, rows) = (Some(CsvReader::new()), Vec::new().into_iter());
        let mut report = Self { download, reader, rows, columns: Arc::default() };
        let columns = report.record().await?;
        let columns = columns.ok_or_else(|| Fault::new(FaultKind::WrongShape, "it is empty"))?;
        report.columns = columns.into();
        Ok(report)
    }

    /// The columns' names, in their order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next row, or `None` at the end.
    ///
    /// # Errors
    ///
    /// See [`Download::chunk`]; and a body that is no table.
    pub async fn next(&mut self) -> Result<Option<Row>, Fault> {
        let cells = self.record().await?;
        Ok(cells.map(|cells| Row { columns: Arc::clone(&self.columns), cells }))
    }

    async fn record(&mut self) -> Result<Option<Vec<String>>, Fault> {
        loop {
            if let Some(record) = self.rows.next() {
                return Ok(Some(record));
            }
            let Some(mut reader) = self.reader.take() else { return Ok(None) };
            let rows = match self.download.chunk().await? {
                Some(bytes) => {
                    let rows = reader.push(&bytes);
                    self.reader = Some(reader);
                    rows
                }
                None => reader.finish().map(|last| last.into_iter().collect()),
            };
            self.rows = rows.map_err(unreadable)?.into_iter();
        }
    }
}

fn unreadable(error: CsvError) -> Fault {
    Fault { status: Some(200), ..Fault::new(FaultKind::WrongShape, error.to_string()) }
}
