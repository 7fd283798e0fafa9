//! The second step: checked values become [`Settings`], and what depends on more than one of them is
//! judged.
//!
//! Every function judges all it can see before it gives up, so that one run tells every mistake.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::Url;

use crate::settings::mistake::{Notes, Origin};
use crate::settings::model::{
    Access, AdminListen, Book, EmbeddedSandbox, Listen, Log, LogFormat, Role, Settings,
};
use crate::settings::reading::{Leaf, Reading};
use crate::settings::value::Checked;

mod calendar;
mod deliver;
mod facility;
mod stores;

/// Makes the settings; `None` if anything needed is wrong, which is noted.
pub(crate) fn build(reading: &Reading, notes: &Notes) -> Option<Settings> {
    let root = Scope { reading, notes, place: String::new() };
    let role = root.text("role").map(|word| match word {
        "reader" => Role::Reader,
        _ => Role::Renewer,
    });
    let sandbox = sandbox(&root);
    let has_sandbox = root.reading.origin("sandbox").is_some();
    let facilities = facility::all(&root, role, has_sandbox);
    let listen = listen(&root);
    let calendar = calendar::calendar(&root.child("calendar"));
    let log = root.child("log");
    let format = log.text("format").map(|word| match word {
        "pretty" => LogFormat::Pretty,
        _ => LogFormat::Json,
    });
    Some(Settings {
        role: role?,
        listen: listen?,
        store: root.child("store").book("url")?,
        facilities: facilities?,
        calendar: calendar?,
        log: Log { format: format?, level: log.text("level")?.to_owned() },
        access: Access { tokens: root.child("access").path("tokens") },
        sandbox: if has_sandbox { Some(sandbox?) } else { None },
        require_hardening: root.flag("require_hardening")?,
    })
}

fn listen(root: &Scope<'_>) -> Option<Listen> {
    let scope = root.child("listen");
    let (ops, admin) = (scope.address("ops"), scope.listeners("admin"));
    let has_tokens = root.reading.origin("access.tokens").is_some();
    let mut taken: Vec<SocketAddr> = ops.flatten().into_iter().collect();
    taken.extend(root.child("sandbox").address("listen").flatten());
    let mut sockets: Vec<&PathBuf> = Vec::new();
    for place in admin.unwrap_or_default() {
        match place {
            AdminListen::Unix(path) if sockets.contains(&path) => {
                scope.mistake("admin", "it names the same socket twice", "each socket once");
            }
            AdminListen::Unix(path) => sockets.push(path),
            AdminListen::Tcp(address) => {
                if !address.ip().is_loopback() {
                    let right = "a loopback address; reach it from elsewhere through a tunnel";
                    scope.mistake("admin", "one of its addresses is not loopback", right);
                }
                if !has_tokens {
                    let right = "access.tokens = { file = \"...\" }, or a unix socket";
                    scope.mistake("admin", "an address without tokens lets everyone in", right);
                }
                taken.push(*address);
            }
        }
    }
    for (index, one) in taken.iter().enumerate() {
        if one.port() != 0 && taken.iter().skip(index + 1).any(|other| other == one) {
            let right =
                "an address of its own for each of listen.ops, listen.admin and the sandbox";
            root.mistake("listen", "two listeners share an address", right);
        }
    }
    Some(Listen { ops: ops?, admin: admin?.to_vec() })
}

fn sandbox(root: &Scope<'_>) -> Option<EmbeddedSandbox> {
    let scope = root.child("sandbox");
    let listen = scope.address("listen").flatten();
    if listen.is_some_and(|address| !address.ip().is_loopback()) {
        let right = "a loopback address, unless others are meant to use this sandbox";
        scope.warning("listen", "the sandbox is open to the network", right);
    }
    Some(EmbeddedSandbox {
        listen: listen?,
        data: scope.path("data"),
        seed_file: scope.path("seed_file"),
        seed: u64::try_from(scope.count("seed")?).ok()?,
        rate: scope.number("rate")?,
        start_at: scope.moment("start_at"),
    })
}

/// One table of the settings, while it is turned into a part of the model.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    reading: &'a Reading,
    notes: &'a Notes,
    place: String,
}

impl<'a> Scope<'a> {
    fn at(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    fn child(&self, name: &str) -> Self {
        Self { place: self.at(name), ..self.clone() }
    }

    /// The tables of a list.
    fn items(&self, name: &str) -> impl Iterator<Item = Self> {
        let items = self.reading.items(&self.at(name)).iter();
        items.map(|item| Self { place: item.place.clone(), ..self.clone() })
    }

    /// The tables of a list, with their kinds; or the named tables, with their names.
    fn named(&self, name: &str) -> impl Iterator<Item = (&'a str, Self)> {
        let items = self.reading.items(&self.at(name)).iter();
        items.map(|item| (item.name.as_str(), Self { place: item.place.clone(), ..self.clone() }))
    }

    fn leaf(&self, name: &str) -> Option<&'a Leaf> {
        self.reading.leaf(&self.at(name))
    }

    fn checked(&self, name: &str) -> Option<&'a Checked> {
        self.leaf(name)?.checked.as_ref()
    }

    /// Whether someone wrote this setting.
    fn is_written(&self, name: &str) -> bool {
        self.leaf(name).is_some_and(|leaf| leaf.origin != Origin::Default)
    }

    /// Where a setting was written; where it was not, the nearest table around it.
    fn origin(&self, name: &str) -> Origin {
        if let Some(leaf) = self.leaf(name).filter(|leaf| leaf.origin != Origin::Default) {
            return leaf.origin.clone();
        }
        let mut place = self.at(name);
        loop {
            if let Some(origin) = self.reading.origin(&place) {
                return origin.clone();
            }
            if place.is_empty() {
                return Origin::Default;
            }
            place.truncate(place.rfind(['.', '[']).unwrap_or(0));
        }
    }

    fn mistake(&self, name: &str, what: &str, right: impl Into<String>) {
        self.notes.mistake(self.at(name), &self.origin(name), what, right);
    }

    /// Notes a value that is not of its type in the narrow sense; the type's words say what is right.
    fn wrong(&self, name: &str, what: &str) {
        let right = self.leaf(name).map_or_else(String::new, |leaf| leaf.setting.kind.words());
        self.mistake(name, what, right);
    }

    fn warning(&self, name: &str, what: &str, right: impl Into<String>) {
        self.notes.warning(self.at(name), &self.origin(name), what, right);
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        if let Checked::Text(text) = self.checked(name)? { Some(text) } else { None }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        if let Checked::Flag(flag) = self.checked(name)? { Some(*flag) } else { None }
    }

    fn count(&self, name: &str) -> Option<i64> {
        if let Checked::Count(count) = self.checked(name)? { Some(*count) } else { None }
    }

    fn number(&self, name: &str) -> Option<f64> {
        if let Checked::Number(number) = self.checked(name)? { Some(*number) } else { None }
    }

    fn length(&self, name: &str) -> Option<Duration> {
        if let Checked::Length(length) = self.checked(name)? { Some(*length) } else { None }
    }

    fn mode(&self, name: &str) -> Option<u32> {
        if let Checked::Mode(mode) = self.checked(name)? { Some(*mode) } else { None }
    }

    fn day(&self, name: &str) -> Option<Date> {
        if let Checked::Day(day) = self.checked(name)? { Some(*day) } else { None }
    }

    fn moment(&self, name: &str) -> Option<Timestamp> {
        if let Checked::Moment(moment) = self.checked(name)? { Some(*moment) } else { None }
    }

    /// `Some(None)` is an address that was turned off.
    #[expect(clippy::option_option, reason = "wrong and turned off are different things")]
    fn address(&self, name: &str) -> Option<Option<SocketAddr>> {
        if let Checked::Address(address) = self.checked(name)? { Some(*address) } else { None }
    }

    fn listeners(&self, name: &str) -> Option<&'a [AdminListen]> {
        if let Checked::Listeners(places) = self.checked(name)? { Some(places) } else { None }
    }

    fn book(&self, name: &str) -> Option<Book> {
        if let Checked::Book(book) = self.checked(name)? { Some(book.clone()) } else { None }
    }

    /// A path, or the path of a referenced secret.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let (Checked::Path(path) | Checked::Secret(path)) = self.checked(name)? else {
            return None;
        };
        Some(path.clone())
    }

    fn url(&self, name: &str) -> Option<&'a Url> {
        if let Checked::Url(url) = self.checked(name)? { Some(url) } else { None }
    }

    fn texts(&self, name: &str) -> Option<&'a [String]> {
        if let Checked::Texts(texts) = self.checked(name)? { Some(texts) } else { None }
    }

    fn pairs(&self, name: &str) -> Option<&'a [(String, String)]> {
        if let Checked::Pairs(pairs) = self.checked(name)? { Some(pairs) } else { None }
    }
}

/// Whether an address stays on this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
