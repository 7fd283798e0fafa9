//! Reads CSV as the bank's documents describe it: UTF-8, a comma between fields, a line break between
//! records and none after the last, any field in quotes, and a quote within quotes doubled.
//!
//! Knows nothing of where the bytes come from; they come in pieces of any size.

use thiserror::Error;

/// The longest record, in bytes; a transaction's has about a thousand.
const RECORD_BYTES_MAX: usize = 64 * 1024;
/// The most fields of one record.
const FIELDS_MAX: usize = 1000;
/// What a UTF-8 text may begin with.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why bytes are no CSV. Never carries any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CsvError {
    /// The record of this number, counted from 1, is too long or has too many fields.
    #[error("record {0} is too large")]
    TooLarge(u64),
    /// Something other than a comma or a line break follows the end of a quoted field.
    #[error("record {0} goes on after a closing quote")]
    AfterQuote(u64),
    /// The text ends within quotes.
    #[error("record {0} ends within quotes")]
    OpenQuote(u64),
    /// A field is not UTF-8.
    #[error("record {0} is not UTF-8")]
    NotUtf8(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing of the field was read yet.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After what is the closing quote, or the first of a doubled one.
    Quote,
}

/// Turns bytes into records.
#[derive(Debug)]
pub struct CsvReader {
    place: Place,
    /// After a carriage return, which a line feed may follow.
    returned: bool,
    field: Vec<u8>,
    record: Vec<String>,
    bytes: usize,
    number: u64,
}

impl Default for CsvReader {
    fn default() -> Self {
        Self::new()
    }
}

impl CsvReader {
    /// A reader at the beginning of a text.
    pub fn new() -> Self {
        let (field, record) = (Vec::new(), Vec::new());
        Self { place: Place::Start, returned: false, field, record, bytes: 0, number: 1 }
    }

    /// The records that these bytes complete.
    ///
    /// # Errors
    ///
    /// See [`CsvError`]; what was read of the text before is then all there is.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<String>>, CsvError> {
        let mut records = Vec::new();
        for byte in bytes {
            records.extend(self.byte(*byte)?);
        }
        Ok(records)
    }

    /// The last record, if the text does not end with a line break.
    ///
    /// # Errors
    ///
    /// See [`CsvError`].
    pub fn finish(mut self) -> Result<Option<Vec<String>>, CsvError> {
        match self.place {
            Place::Quoted => Err(CsvError::OpenQuote(self.number)),
            Place::Start if self.record.is_empty() => Ok(None),
            Place::Start | Place::Plain | Place::Quote => self.end_record().map(Some),
        }
    }

    fn byte(&mut self, byte: u8) -> Result<Option<Vec<String>>, CsvError> {
        self.bytes += 1;
        if self.bytes > RECORD_BYTES_MAX {
            return Err(CsvError::TooLarge(self.number));
        }
        // The second half of a line break ends nothing more.
        let second = std::mem::take(&mut self.returned) && byte == b'\n';
        match (self.place, byte) {
            (Place::Start, b'\n') if second => {}
            (Place::Quoted, b'"') => self.place = Place::Quote,
            (Place::Quoted, _) => self.field.push(byte),
            (Place::Quote, b'"') => {
                self.field.push(byte);
                self.place = Place::Quoted;
            }
            (Place::Start, b'"') => self.place = Place::Quoted,
            (_, b',') => self.end_field()?,
            (_, b'\r' | b'\n') => {
                self.returned = byte == b'\r';
                return self.end_record().map(Some);
            }
            (Place::Quote, _) => return Err(CsvError::AfterQuote(self.number)),
            (Place::Start | Place::Plain, _) => {
                self.field.push(byte);
                self.place = Place::Plain;
                self.pass_over_mark();
            }
        }
        Ok(None)
    }

    /// Forgets what the text began with if it is a mark: the first field begins after it, and may be
    /// in quotes.
    fn pass_over_mark(&mut self) {
        let at_beginning = self.number == 1 && self.bytes == BYTE_ORDER_MARK.len();
        if at_beginning && self.field == BYTE_ORDER_MARK {
            self.field.clear();
            self.place = Place::Start;
        }
    }

    fn end_field(&mut self) -> Result<(), CsvError> {
        if self.record.len() == FIELDS_MAX {
            return Err(CsvError::TooLarge(self.number));
        }
        let field = String::from_utf8(std::mem::take(&mut self.field));
        self.record.push(field.map_err(|_| CsvError::NotUtf8(self.number))?);
        self.place = Place::Start;
        Ok(())
    }

    fn end_record(&mut self) -> Result<Vec<String>, CsvError> {
        self.end_field()?;
        self.bytes = 0;
        self.number += 1;
        Ok(std::mem::take(&mut self.record))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<Vec<String>>, CsvError> {
        let mut reader = CsvReader::new();
        let mut records = Vec::new();
        for piece in pieces {
            records.extend(reader.push(piece)?);
        }
        records.extend(reader.finish()?);
        Ok(records)
    }

    #[test]
    fn the_documents_rules_hold() {
        let text = "A,\"B,\r\n\"\"C\"\"\",\r\n\"\",2,é\r\n3";
        let records = read(&[text.as_bytes()]).unwrap();
        assert_eq!(records, [vec!["A", "B,\r\n\"C\"", ""], vec!["", "2", "é"], vec!["3"]]);
        assert_eq!(read(&[b""]), Ok(Vec::new()));
        assert_eq!(read(&[b"a\nb\n"]).unwrap(), [["a"], ["b"]]);
        assert_eq!(read(&["\u{feff}a,b".as_bytes()]).unwrap(), [["a", "b"]]);
        // A mark before a quote is no part of the field, and one within quotes is.
        assert_eq!(read(&["\u{feff}\"a,\",b".as_bytes()]).unwrap(), [["a,", "b"]]);
        assert_eq!(read(&["\"\u{feff}a\"".as_bytes()]).unwrap(), [["\u{feff}a"]]);
        assert_eq!(read(&[b"a\"b,c"]).unwrap(), [["a\"b", "c"]]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(read(&[b"a\n\"b"]), Err(CsvError::OpenQuote(2)));
        assert_eq!(read(&[b"\"a\"b"]), Err(CsvError::AfterQuote(1)));
        assert_eq!(read(&[b"a\r\nb,\xff\r\n"]), Err(CsvError::NotUtf8(2)));
        assert_eq!(read(&[&[b','; FIELDS_MAX + 1]]), Err(CsvError::TooLarge(1)));
        assert_eq!(read(&[&vec![b'a'; RECORD_BYTES_MAX + 1]]), Err(CsvError::TooLarge(1)));
        let long = "a".repeat(RECORD_BYTES_MAX - 1) + "\n";
        assert_eq!(read(&[long.as_bytes(), long.as_bytes()]).unwrap().len(), 2);
    }

    fn quoted(field: &str) -> String {
        format!("\"{}\"", field.replace('"', "\"\""))
    }

    proptest! {
        /// Whatever stands in the cells, and wherever the bytes are cut.
        #[test]
        fn what_is_written_reads_back(
            table in proptest::collection::vec(proptest::collection::vec("[a\",\r\n é]{0,6}", 1..4), 1..5),
            cut in 0_usize..200,
        ) {
            let lines: Vec<String> = table.iter().map(|record| {
                record.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",")
            }).collect();
            let text = lines.join("\r\n");
            let (first, second) = text.as_bytes().split_at(cut.min(text.len()));
            prop_assert_eq!(read(&[first, second]), Ok(table));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(records) = read(&[&bytes]) {
                prop_assert!(records.iter().all(|record| !record.is_empty()));
            }
        }
    }
}
