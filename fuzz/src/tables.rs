//! Reports as tables.

use quaymaster::quickstream::csv::{CsvError, CsvReader};

/// The longest record the reader keeps, in bytes; its cells cannot be longer together.
const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Records come out the same wherever the bytes are cut, and read back as they were.
pub(super) fn csv(data: &[u8]) {
    let Some((cut, bytes)) = data.split_first() else { return };
    let whole = read(&[bytes]);
    let (first, second) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    assert_eq!(read(&[first, second]), whole, "cut at {cut}");
    assert_eq!(read(&bytes.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
    let Ok(records) = whole else { return };
    for record in &records {
        assert!(!record.is_empty());
        assert!(record.iter().map(String::len).sum::<usize>() <= RECORD_BYTES_MAX);
    }
    let lines = records.iter().map(|record| {
        let cells = record.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        cells.collect::<Vec<_>>().join(",")
    });
    let text = lines.collect::<Vec<_>>().join("\r\n");
    if text.len() < RECORD_BYTES_MAX {
        assert_eq!(read(&[text.as_bytes()]), Ok(records), "{text:?}");
    }
}

pub(super) fn read(pieces: &[&[u8]]) -> Result<Vec<Vec<String>>, CsvError> {
    let mut reader = CsvReader::new();
    let mut records = Vec::new();
    for piece in pieces {
        records.extend(reader.push(piece)?);
    }
    records.extend(reader.finish()?);
    Ok(records)
}
