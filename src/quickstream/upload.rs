//! A file on its way to the bank, as a form of two parts (`multipart/form-data`, RFC 7578).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::quickstream::models::BadField;

/// How long an upload may take until its reply is read.
pub(super) const UPLOAD_TIMEOUT: Duration = Duration::from_mins(10);
/// The largest file sent, in bytes: more than half a million payments. The documents set no limit.
const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The longest name of a file, in characters, as with every text of the bank's own.
const NAME_CHARS_MAX: usize = 255;

/// A file with its name. What is in it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct FileContent {
    name: String,
    bytes: Bytes,
}

impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContent").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl FileContent {
    /// Takes a name that no other file of the facility had, and what is in the file.
    ///
    /// # Errors
    ///
    /// Refuses a name that is a path or would end the form's line, an empty file, and one above
    /// 64 MiB.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Result<Self, BadField> {
        let (name, bytes) = (name.into(), bytes.into());
        let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
        let wrong = |c: char| c.is_control() || matches!(c, '"' | '/' | '\\');
        if !fits || name.contains(wrong) {
            let rule = "be named by 1 to 255 characters, none of them a quote, a slash or a \
                        control character";
            return Err(BadField::new("file", rule));
        }
        if bytes.is_empty() || bytes.len() > FILE_BYTES_MAX {
            return Err(BadField::new("file", "have 1 byte to 64 MiB"));
        }
        Ok(Self { name, bytes })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is in it, as far as it is text.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// A form with a file and its format.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file.
    pub file: FileContent,
    /// The bank's word for its format.
    pub format: &'static str,
}

impl Upload {
    /// The form: its media type, and its bytes.
    pub(super) fn content(&self) -> (String, Bytes) {
        let boundary = self.boundary();
        let FileContent { name, bytes } = &self.file;
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\n{}\r\n\
             --{boundary}--\r\n",
            self.format
        );
        let mut form = Vec::with_capacity(head.len() + bytes.len() + tail.len());
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(bytes);
        form.extend_from_slice(tail.as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), form.into())
    }

    /// A line that does not stand in the file.
    fn boundary(&self) -> String {
        let mut number = 0_u64;
        loop {
            let boundary = format!("quaymaster-{number:016x}");
            let stands = |piece: &[u8]| piece == boundary.as_bytes();
            if !self.file.bytes.windows(boundary.len()).any(stands) {
                return boundary;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_the_file_to_the_byte() {
        let file = b"H,a\r\n--quaymaster-0000000000000000\r\n\xff".to_vec();
        let file = FileContent::new("run 1.csv", file).unwrap();
        let (media_type, form) = Upload { file, format: "CSV2" }.content();
        // The first line that comes to mind stands in the file.
        let boundary = "quaymaster-0000000000000001";
        assert_eq!(media_type, format!("multipart/form-data; boundary={boundary}"));
        let mut expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"run 1.csv\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nH,a\r\n--quaymaster-0000000000000000\r\n"
        )
        .into_bytes();
        expected.push(0xff);
        let tail = format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\nCSV2\r\n--{boundary}--\r\n"
        );
        expected.extend_from_slice(tail.as_bytes());
        assert_eq!(form, expected);
    }

    #[test]
    fn a_name_cannot_end_its_line_and_nothing_is_no_file() {
        for name in ["", "a\"; x=\"b", "a\r\nb", "../a", "a\\b", &"x".repeat(256)] {
            assert!(FileContent::new(name, "x").is_err(), "{name:?}");
        }
        assert!(FileContent::new("a", "").is_err());
        assert!(FileContent::new("a", vec![0; FILE_BYTES_MAX + 1]).is_err());
        let file = FileContent::new("Zahlungen für März.csv", "Jane Smith").unwrap();
        assert_eq!(file.name(), "Zahlungen für März.csv");
        assert!(!format!("{file:?}").contains("Jane"));
    }
}
