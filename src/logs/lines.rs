//! One event as one line: a JSON object, or a sentence for people.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::{Level, Metadata};

use super::Colour;
use super::fields::Collected;

/// How wide the facility's column is, so that sentences begin below each other.
const FACILITY_WIDTH: usize = 8;

/// How wide a short sentence's column is, so that fields begin below each other.
const SENTENCE_WIDTH: usize = 24;

/// One line of JSON.
pub(super) fn json(at: Timestamp, metadata: &Metadata<'_>, event: &Collected) -> String {
    let mut members = Map::new();
    members.insert("time".to_owned(), format!("{at:.3}").into());
    members.insert("level".to_owned(), level(*metadata.level()).into());
    members.insert("message".to_owned(), event.message.as_str().into());
    for (name, value) in &event.fields {
        members.insert((*name).to_owned(), value.clone());
    }
    members.insert("module".to_owned(), metadata.target().into());
    let mut line = Value::Object(members).to_string();
    line.push('\n');
    line
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// One line for people: time, mark, facility, sentence with its reason, and what else there is. What
/// to do, where something is to be done, stands on a line of its own below.
pub(super) fn pretty(
    at: Timestamp,
    metadata: &Metadata<'_>,
    event: &Collected,
    colour: Colour,
) -> String {
    let paint = Paint(colour);
    let (mark, style) = mark(*metadata.level());
    let facility = event.fields.iter().find(|(name, _)| *name == "facility");
    let facility = facility.map(|(_, value)| bare(value)).unwrap_or_default();
    let at = at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let facility = format!("{facility:<FACILITY_WIDTH$}");
    let sentence = sentence(event);
    let mut line = format!(
        "{} {} {} {}",
        paint.with(DIM, &at),
        paint.with(style, mark),
        paint.with(BOLD, &facility),
        paint.with(style, &sentence),
    );
    let fill = SENTENCE_WIDTH.saturating_sub(sentence.chars().count());
    line.push_str(&" ".repeat(fill));
    for (name, value) in &event.fields {
        // The environment is the same for every line of a facility and would only be noise here.
        if !matches!(*name, "facility" | "environment" | "reason" | "error" | "remedy") {
            let name = paint.with(DIM, &format!("{name}="));
            // Writing to a text cannot fail.
            write!(line, "  {name}{}", quoted(value)).ok();
        }
    }
    let mut line = line.trim_end().to_owned();
    if let Some(remedy) = text_of(event, "remedy") {
        let indent = at.len() + FACILITY_WIDTH + 4;
        write!(line, "\n{:indent$}{} {remedy}", "", paint.with(DIM, "do:")).ok();
    }
    line.push('\n');
    line
}

/// The sentence with its reason.
fn sentence(event: &Collected) -> String {
    let mut sentence = printable(&event.message);
    for name in ["reason", "error"] {
        if let Some(text) = text_of(event, name) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
    }
    sentence
}

/// A field's text, if it says anything.
fn text_of(event: &Collected, name: &str) -> Option<String> {
    let (_, value) = event.fields.iter().find(|(have, _)| *have == name)?;
    Some(bare(value)).filter(|text| !text.is_empty())
}

const DIM: &str = "2";
const BOLD: &str = "1";
const PLAIN: &str = "";

fn mark(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::ERROR => ("✗", "1;31"),
        Level::WARN => ("!", "33"),
        Level::INFO => ("•", PLAIN),
        Level::DEBUG | Level::TRACE => ("·", DIM),
    }
}

struct Paint(Colour);

impl Paint {
    fn with(&self, style: &str, text: &str) -> String {
        if self.0 == Colour::Off || style.is_empty() || text.is_empty() {
            text.to_owned()
        } else {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        }
    }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), printable)
}

/// A value, in quotes where it would not be one word otherwise.
fn quoted(value: &Value) -> String {
    let text = bare(value);
    if text.is_empty() || text.contains([' ', '"', '=']) {
        format!("\"{}\"", text.replace('"', "\\\""))
    } else {
        text
    }
}

/// The text with control characters spelt out: no value can begin a line, paint the terminal, or turn
/// round what stands beside it.
fn printable(text: &str) -> String {
    let spelt = |c: char| {
        if c.is_control() || is_unseen(c) {
            c.escape_default().collect::<String>()
        } else {
            c.to_string()
        }
    };
    text.chars().map(spelt).collect()
}

/// Characters that are not seen and change how others are: directions, joiners, tags, line ends.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
