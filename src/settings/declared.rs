//! Every setting, declared once: its place, its type, its default, what it is for.
//!
//! The parser reads along this table, so a field that is not in it is a mistake and one that is in it
//! is known everywhere: in messages, in `config show`, in the JSON Schema and in the example file.

use std::time::Duration;

use crate::settings::units::write_length;

mod table;

pub(crate) use table::LATER;
pub use table::SETTINGS;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Where it stands. `*` is a name of the writer's, `[]` an item of a list, `[word]` an item of a
    /// list whose `kind` is that word.
    pub path: &'static str,
    /// What may be written there.
    pub kind: Kind,
    /// What holds when nothing is written.
    pub preset: Preset,
    /// Whether a running daemon takes a change.
    pub apply: Apply,
    /// What it is for, in one line without a full stop.
    pub help: &'static str,
    /// A value that could be written, as TOML.
    pub example: &'static str,
}

/// What holds when nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Something must be written.
    Required,
    /// This value, as TOML.
    Value(&'static str),
    /// No value; the words say what that means.
    Unset(&'static str),
}

/// Whether a running daemon takes a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apply {
    /// At the next reload.
    Live,
    /// Only when it starts.
    Restart,
}

/// What may be written in a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A text.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Count(i64, i64),
    /// A number within bounds.
    Number(f64, f64),
    /// A length of time within bounds.
    Length(Duration, Duration),
    /// A file's mode.
    Mode,
    /// A day.
    Day,
    /// A moment.
    Moment,
    /// An address and port; `"off"` where it may be turned off.
    Address(Off),
    /// A list of places to listen on: `unix:PATH` or an address and port.
    Listeners,
    /// Where the book is.
    Book,
    /// A file or directory.
    Path,
    /// An `http` or `https` address without anything secret in it.
    Url,
    /// A reference to a file that holds a secret.
    Secret,
    /// Five cron fields.
    Cron,
    /// A name from the time zone database.
    Zone,
    /// A filter of log lines.
    Filter,
    /// A list of texts.
    Texts,
    /// Names with texts.
    Pairs,
}

/// Whether an address may be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// `"off"` is understood.
    Allowed,
    /// An address must stand there.
    Refused,
}

impl Kind {
    /// What would be right, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Words(words) => {
                words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" or ")
            }
            Self::Flag => "true or false".to_owned(),
            Self::Count(min, i64::MAX) => format!("a whole number, {min} or more"),
            Self::Count(min, max) => format!("a whole number from {min} to {max}"),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Length(min, max) => {
                let (min, max) = (write_length(*min), write_length(*max));
                format!("a length of time such as \"90s\" or \"3h\", from {min} to {max}")
            }
            Self::Mode => {
                "a mode as text such as \"0440\", without rights for other users".to_owned()
            }
            Self::Day => "a day such as 2026-12-15".to_owned(),
            Self::Moment => "a time such as \"2026-01-01T00:00:00Z\"".to_owned(),
            Self::Address(Off::Refused) => "an address and port such as \"127.0.0.1:9464\"".into(),
            Self::Address(Off::Allowed) => {
                "an address and port such as \"127.0.0.1:9464\", or \"off\"".to_owned()
            }
            Self::Listeners => {
                "a list of \"unix:/path/of/socket\" and addresses such as \"127.0.0.1:9465\""
                    .to_owned()
            }
            Self::Book => {
                "\"sqlite:///absolute/path\", \"sqlite:relative/path\" or \"memory:\"".to_owned()
            }
            Self::Path => "a path; a relative one starts at the settings file".to_owned(),
            Self::Url => "an http or https address without user, query or fragment".to_owned(),
            Self::Secret => "{ file = \"/path/of/the/secret\" }".to_owned(),
            Self::Cron => "five cron fields such as \"0 2 * * TUE\"".to_owned(),
            Self::Zone => "a name such as \"Australia/Sydney\" or \"UTC\"".to_owned(),
            Self::Filter => {
                "a level such as \"info\", or a filter such as \"quaymaster=debug\"".into()
            }
            Self::Texts => "a list of texts".to_owned(),
            Self::Pairs => "a table of texts such as { team = \"payments\" }".to_owned(),
        }
    }
}
