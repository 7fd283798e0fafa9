//! One written value against its declared type.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::Url;

use crate::logs::Filter;
use crate::settings::declared::{Kind, Off};
use crate::settings::model::{AdminListen, Book};
use crate::settings::paths::Base;
use crate::settings::units::read_length;
use crate::settings::written::{Node, Value, read_value};

/// The longest text a setting holds, in bytes; longer ones are files pasted by mistake.
const TEXT_BYTES_MAX: usize = 4096;
/// The most items of a list of texts, and the most listeners.
const ITEMS_MAX: usize = 64;
/// The longest path of a unix socket, in bytes: the system's `sun_path` has 108 with its last zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// A value that fits its declared type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Checked {
    Text(String),
    Flag(bool),
    Count(i64),
    Number(f64),
    Length(Duration),
    Mode(u32),
    Day(Date),
    Moment(Timestamp),
    Address(Option<SocketAddr>),
    Listeners(Vec<AdminListen>),
    Book(Book),
    Path(PathBuf),
    Url(Url),
    Secret(PathBuf),
    Texts(Vec<String>),
    Pairs(Vec<(String, String)>),
}

/// Why a value does not fit: what is wrong, and what would be right if the type's own words do not
/// say it. Never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) what: &'static str,
    pub(crate) right: Option<&'static str>,
}

const fn wrong(what: &'static str) -> Wrong {
    Wrong { what, right: None }
}

/// Checks a written value against its type; relative paths start at `base`.
pub(crate) fn check(kind: &Kind, node: &Node, base: &Base) -> Result<Checked, Wrong> {
    match kind {
        // The calendar judges its own texts.
        Kind::Text | Kind::Cron | Kind::Zone => {
            text(node).map(|text| Checked::Text(text.to_owned()))
        }
        Kind::Words(words) => match text(node)? {
            word if words.contains(&word) => Ok(Checked::Text(word.to_owned())),
            _ => Err(wrong("it is none of the known words")),
        },
        Kind::Flag => flag(node).map(Checked::Flag),
        Kind::Count(min, max) => match count(node)? {
            number if (*min..=*max).contains(&number) => Ok(Checked::Count(number)),
            _ => Err(wrong("it is out of bounds")),
        },
        Kind::Number(min, max) => match number(node)? {
            number if (*min..=*max).contains(&number) => Ok(Checked::Number(number)),
            _ => Err(wrong("it is out of bounds")),
        },
        Kind::Length(min, max) => match read_length(text(node)?) {
            Some(length) if (*min..=*max).contains(&length) => Ok(Checked::Length(length)),
            Some(_) => Err(wrong("it is out of bounds")),
            None => Err(wrong("it is no length of time")),
        },
        Kind::Mode => mode(text(node)?).map(Checked::Mode),
        Kind::Day => day(node).map(Checked::Day),
        Kind::Moment => moment(node).map(Checked::Moment),
        Kind::Address(off) => match text(node)? {
            "off" if *off == Off::Allowed => Ok(Checked::Address(None)),
            text => address(text).map(|address| Checked::Address(Some(address))),
        },
        Kind::Listeners => listeners(node, base).map(Checked::Listeners),
        Kind::Book => book(text(node)?, base).map(Checked::Book),
        Kind::Path => path(text(node)?, base).map(Checked::Path),
        Kind::Url => url(text(node)?).map(Checked::Url),
        Kind::Secret => secret(node, base).map(Checked::Secret),
        Kind::Filter => filter(text(node)?).map(Checked::Text),
        Kind::Texts => texts(node).map(Checked::Texts),
        Kind::Pairs => pairs(node).map(Checked::Pairs),
    }
}

fn text(node: &Node) -> Result<&str, Wrong> {
    let text = node.text().ok_or(wrong("it is no text"))?;
    if text.trim().is_empty() {
        Err(wrong("it is empty"))
    } else if text.len() > TEXT_BYTES_MAX {
        Err(wrong("it is longer than 4096 bytes"))
    } else if text.chars().any(char::is_control) {
        Err(wrong("it holds a control character, such as a line break"))
    } else {
        Ok(text)
    }
}

fn flag(node: &Node) -> Result<bool, Wrong> {
    let written = if let Value::Flag(flag) = &node.value { Some(*flag) } else { None };
    let flag = written.or_else(|| node.loose()?.parse().ok());
    flag.ok_or(wrong("it is neither true nor false"))
}

fn count(node: &Node) -> Result<i64, Wrong> {
    let written = if let Value::Integer(number) = &node.value { Some(*number) } else { None };
    let number = written.or_else(|| node.loose()?.parse().ok());
    number.ok_or(wrong("it is no whole number"))
}

fn number(node: &Node) -> Result<f64, Wrong> {
    if let Value::Number(number) = &node.value {
        return Ok(*number);
    }
    let number = if let Value::Integer(number) = &node.value {
        i32::try_from(*number).map(f64::from).ok()
    } else {
        node.loose().and_then(|text| text.parse().ok())
    };
    number.ok_or(wrong("it is no number we can count with"))
}

fn mode(text: &str) -> Result<u32, Wrong> {
    let is_octal =
        (3..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let mode = u32::from_str_radix(text, 8).ok().filter(|_| is_octal);
    match mode.ok_or(wrong("it is no mode of four octal digits"))? {
        mode if mode & 0o007 != 0 => Err(wrong("it lets every user of the machine at the key")),
        mode if mode > 0o777 => Err(wrong("it has special bits, which a key's file must not have")),
        mode if mode & 0o400 == 0 => Err(wrong("its owner could not read it")),
        mode if mode & 0o110 != 0 => Err(wrong("it makes the key's file executable")),
        mode => Ok(mode),
    }
}

fn day(node: &Node) -> Result<Date, Wrong> {
    let (Value::Moment(text) | Value::Text(text) | Value::Loose(text)) = &node.value else {
        return Err(wrong("it is no day"));
    };
    // Exactly a date: jiff would also take the day of a longer text.
    if text.len() != "2026-12-15".len() {
        return Err(wrong("it is no day"));
    }
    text.parse().map_err(|_| wrong("it is no day"))
}

fn moment(node: &Node) -> Result<Timestamp, Wrong> {
    let (Value::Moment(text) | Value::Text(text) | Value::Loose(text)) = &node.value else {
        return Err(wrong("it is no time"));
    };
    text.parse().map_err(|_| wrong("it is no time with an offset"))
}

fn address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| wrong("it is no address and port (names are not looked up)"))
}

/// One text, or a list of texts; a text from outside may be a list in TOML.
fn texts(node: &Node) -> Result<Vec<String>, Wrong> {
    if let Some(list) = node.loose().filter(|text| text.trim_start().starts_with('[')) {
        let node = read_value(list, &node.origin).ok_or(wrong("it is no list in TOML"))?;
        return texts(&node);
    }
    if node.text().is_some() {
        return Ok(vec![text(node)?.to_owned()]);
    }
    let items = node.items().ok_or(wrong("it is no list of texts"))?;
    if items.len() > ITEMS_MAX {
        return Err(wrong("it has more than 64 items"));
    }
    let not_text = wrong("one of its items is no text, or is empty");
    items.iter().map(|item| text(item).map(str::to_owned).map_err(|_| not_text.clone())).collect()
}

fn pairs(node: &Node) -> Result<Vec<(String, String)>, Wrong> {
    if let Some(table) = node.loose() {
        let node = read_value(table, &node.origin).ok_or(wrong("it is no table in TOML"))?;
        return pairs(&node);
    }
    let entries = node.entries().ok_or(wrong("it is no table of texts"))?;
    if entries.len() > ITEMS_MAX {
        return Err(wrong("it has more than 64 entries"));
    }
    let read = entries.iter().map(|entry| Ok((entry.name.clone(), text(&entry.node)?.to_owned())));
    read.collect::<Result<_, Wrong>>().map_err(|_| wrong("one of its entries is no text"))
}

fn listeners(node: &Node, base: &Base) -> Result<Vec<AdminListen>, Wrong> {
    let is_none = node.items().is_some_and(<[Node]>::is_empty) || node.loose() == Some("[]");
    let places = if is_none { Vec::new() } else { texts(node)? };
    places.iter().map(|place| listener(place, base)).collect()
}

fn listener(place: &str, base: &Base) -> Result<AdminListen, Wrong> {
    let Some(socket) = place.strip_prefix("unix:") else {
        return address(place).map(AdminListen::Tcp);
    };
    let path = path(socket, base)?;
    if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
        return Err(Wrong {
            what: "the path of the socket is longer than 107 bytes",
            right: Some("a shorter path, such as \"unix:/run/quaymaster/admin.sock\""),
        });
    }
    Ok(AdminListen::Unix(path))
}

fn book(text: &str, base: &Base) -> Result<Book, Wrong> {
    if text == "memory:" {
        return Ok(Book::Memory);
    }
    if text.starts_with("postgres:") || text.starts_with("postgresql:") {
        return Err(Wrong {
            what: "this release keeps its book in SQLite only",
            right: Some("\"sqlite:///absolute/path\", with one renewer for each facility"),
        });
    }
    let place = text.strip_prefix("sqlite:").ok_or(wrong("it names no kind of book we know"))?;
    match place.strip_prefix("//") {
        Some(place) if !place.starts_with('/') => Err(Wrong {
            what: "it names a host, and SQLite has none",
            right: Some("three slashes for an absolute path, none for a relative one"),
        }),
        Some(place) => path(place, base).map(Book::Sqlite),
        None => path(place, base).map(Book::Sqlite),
    }
}

fn path(text: &str, base: &Base) -> Result<PathBuf, Wrong> {
    if text.is_empty() {
        return Err(wrong("it is no path"));
    }
    Ok(base.resolve(Path::new(text)))
}

fn url(text: &str) -> Result<Url, Wrong> {
    let url = Url::parse(text).map_err(|_| wrong("it is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it is no http or https address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a user or a password, which would show in logs"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it holds a query or a fragment, which may be secret"));
    }
    Ok(url)
}

/// A reference to a secret. What stands here by mistake is most likely the secret itself.
fn secret(node: &Node, base: &Base) -> Result<PathBuf, Wrong> {
    const PLAIN: Wrong = wrong("a secret is only ever named by its file, never written here");
    if let Some(table) = node.loose() {
        let node = read_value(table, &node.origin).ok_or(PLAIN)?;
        return if node.entries().is_some() { secret(&node, base) } else { Err(PLAIN) };
    }
    match node.entries().ok_or(PLAIN)? {
        [only] if only.name == "file" => {
            let text = text(&only.node).map_err(|_| wrong("its file is no path"))?;
            path(text, base)
        }
        _ => Err(wrong("it is no reference to a file")),
    }
}

fn filter(text: &str) -> Result<String, Wrong> {
    text.parse::<Filter>().map_err(|_| wrong("it is no filter of log lines"))?;
    Ok(text.to_owned())
}
