//! Checked values as TOML.

use std::fmt::Write as _;

use crate::settings::model::{AdminListen, Book};
use crate::settings::units::write_length;
use crate::settings::value::Checked;

/// A value as it could stand in a settings file.
pub(crate) fn literal(checked: &Checked) -> String {
    match checked {
        Checked::Text(text) => quoted(text),
        Checked::Flag(flag) => flag.to_string(),
        Checked::Count(count) => count.to_string(),
        Checked::Number(number) => format!("{number:?}"),
        Checked::Length(length) => quoted(&write_length(*length)),
        Checked::Mode(mode) => format!("\"{mode:04o}\""),
        Checked::Day(day) => day.to_string(),
        Checked::Moment(moment) => quoted(&moment.to_string()),
        Checked::Address(None) => quoted("off"),
        Checked::Address(Some(address)) => quoted(&address.to_string()),
        Checked::Listeners(places) => list(places.iter().map(|place| match place {
            AdminListen::Unix(path) => format!("unix:{}", path.display()),
            AdminListen::Tcp(address) => address.to_string(),
        })),
        Checked::Book(Book::Memory) => quoted("memory:"),
        Checked::Book(Book::Sqlite(path)) if path.is_absolute() => {
            quoted(&format!("sqlite://{}", path.display()))
        }
        Checked::Book(Book::Sqlite(path)) => quoted(&format!("sqlite:{}", path.display())),
        Checked::Path(path) => quoted(&path.display().to_string()),
        Checked::Url(url) => quoted(url.as_str()),
        Checked::Secret(path) => format!("{{ file = {} }}", quoted(&path.display().to_string())),
        Checked::Texts(texts) => list(texts.iter().cloned()),
        Checked::Pairs(pairs) => {
            let pairs =
                pairs.iter().map(|(name, text)| format!("{} = {}", key(name), quoted(text)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn list(texts: impl Iterator<Item = String>) -> String {
    format!("[{}]", texts.map(|text| quoted(&text)).collect::<Vec<_>>().join(", "))
}

/// A name as it could stand before a `=`.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A basic TOML string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // Writing to a String cannot fail.
            _ if letter.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(letter)).unwrap_or_default();
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Lines of a settings file with comments that stand below one another.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    header: String,
}

/// Where comments begin, in characters.
const COMMENT_COLUMN: usize = 64;

impl Page {
    /// Adds whole lines.
    pub(crate) fn say(&mut self, lines: &str) {
        self.text.push_str(lines);
        self.text.push('\n');
    }

    /// Opens the table `header`, such as `[listen]`, unless it is open; `mark` goes before the line.
    /// Returns whether it was opened.
    pub(crate) fn open(&mut self, header: &str, mark: &str) -> bool {
        if self.header == header {
            return false;
        }
        header.clone_into(&mut self.header);
        self.say("");
        self.say(&format!("{mark}{header}"));
        true
    }

    /// Adds a line and its comment.
    pub(crate) fn set(&mut self, line: &str, comment: &str) {
        self.say(&format!("{line:<COMMENT_COLUMN$} # {comment}"));
    }

    /// The whole page.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}
