//! The first step: the written tree against the closed shape. What comes out is every setting's
//! checked value under its place, with its origin; defaults filled in.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::names::FacilityName;
use crate::settings::declared::{LATER, Preset, Setting};
use crate::settings::mistake::{Notes, Origin};
use crate::settings::paths::Base;
use crate::settings::shape::{ROOT, Shape, is_optional, nearest};
use crate::settings::value::{Checked, check};
use crate::settings::written::{Entry, Node, Value, read_value};

/// The most items of a list of tables, and the most facilities of one daemon.
const ITEMS_MAX: usize = 64;

/// Everything that was written or holds by default, by place.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Every setting that can hold something, in the order of the table of declarations.
    pub(crate) leaves: Vec<Leaf>,
    index: BTreeMap<String, usize>,
    groups: BTreeMap<String, Vec<Item>>,
    origins: BTreeMap<String, Origin>,
    wrong: BTreeSet<String>,
}

/// One setting's value.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) place: String,
    pub(crate) setting: &'static Setting,
    /// `None` if nothing is written and nothing holds by default.
    pub(crate) checked: Option<Checked>,
    pub(crate) origin: Origin,
}

/// One table of a list, or one of the tables the writer named.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Its name, or its `kind`; empty where it has neither.
    pub(crate) name: String,
    pub(crate) place: String,
}

impl Reading {
    /// What is known of settings that were put together from several readings: their values.
    pub(crate) fn of(leaves: Vec<Leaf>) -> Self {
        let index = leaves.iter().enumerate().map(|(at, leaf)| (leaf.place.clone(), at)).collect();
        Self { leaves, index, ..Self::default() }
    }

    /// The leaf at this place, unless it is wrong.
    pub(crate) fn leaf(&self, place: &str) -> Option<&Leaf> {
        self.index.get(place).and_then(|at| self.leaves.get(*at))
    }

    /// The items of the list, or the named tables, at this place.
    pub(crate) fn items(&self, place: &str) -> &[Item] {
        self.groups.get(place).map_or(&[], Vec::as_slice)
    }

    /// Where the table at this place was written, if it was.
    pub(crate) fn origin(&self, place: &str) -> Option<&Origin> {
        self.origins.get(place)
    }

    /// Whether a mistake is known at this place, so that none that follows from it is told.
    pub(crate) fn is_wrong(&self, place: &str) -> bool {
        self.wrong.contains(place)
    }

    /// Whether a mistake is known anywhere below this place.
    pub(crate) fn is_wrong_below(&self, place: &str) -> bool {
        self.wrong.range(place.to_owned()..).take_while(|at| at.starts_with(place)).next().is_some()
    }
}

/// Reads the tree; what does not fit is noted and left out.
pub(crate) fn read(root: &Node, base: &Base, notes: &Notes) -> Reading {
    let mut reader = Reader { reading: Reading::default(), base, notes };
    reader.walk(&ROOT, Some(root), "", &root.origin);
    reader.reading
}

struct Reader<'a> {
    reading: Reading,
    base: &'a Base,
    notes: &'a Notes,
}

impl Reader<'_> {
    fn mistake(&mut self, place: &str, origin: &Origin, what: &str, right: impl Into<String>) {
        self.reading.wrong.insert(place.to_owned());
        self.notes.mistake(place, origin, what, right);
    }

    fn walk(&mut self, shape: &Shape, node: Option<&Node>, place: &str, around: &Origin) {
        if node.is_none() && is_optional(place) {
            return;
        }
        // A table or list in a variable is TOML.
        if let (Some(Node { value: Value::Loose(text), origin }), false) =
            (node, matches!(shape, Shape::Leaf(_)))
        {
            match read_value(text, origin) {
                Some(node) => self.walk(shape, Some(&node), place, around),
                None => self.mistake(place, origin, "it is not TOML", "a table or list in TOML"),
            }
            return;
        }
        if let Some(node) = node {
            self.reading.origins.insert(place.to_owned(), node.origin.clone());
        }
        match shape {
            Shape::Leaf(setting) => self.leaf(setting, node, place, around),
            Shape::Table(names) => self.table(names, node, place, around, ""),
            Shape::Named(inner) => self.named(inner, node, place),
            Shape::List(inner) => {
                for (place, node) in self.list(node, place) {
                    self.push_item(&place, "");
                    self.walk(inner, Some(node), &place, &node.origin);
                }
            }
            Shape::Kinds(kinds) => {
                for (place, node) in self.list(node, place) {
                    self.kind(kinds, node, &place);
                }
            }
        }
    }

    fn leaf(
        &mut self,
        setting: &'static Setting,
        node: Option<&Node>,
        place: &str,
        around: &Origin,
    ) {
        let (checked, origin) = if let Some(node) = node {
            match check(&setting.kind, node, self.base) {
                Ok(checked) => (Some(checked), node.origin.clone()),
                Err(wrong) => {
                    let right = wrong.right.map_or_else(|| setting.kind.words(), str::to_owned);
                    return self.mistake(place, &node.origin, wrong.what, right);
                }
            }
        } else {
            match setting.preset {
                Preset::Unset(_) => (None, Origin::Default),
                Preset::Value(text) => {
                    let node = read_value(text, &Origin::Default);
                    // A test reads every default, so none of them is wrong.
                    (
                        node.and_then(|node| check(&setting.kind, &node, &Base::default()).ok()),
                        Origin::Default,
                    )
                }
                Preset::Required => {
                    return self.mistake(place, around, "it is missing", setting.kind.words());
                }
            }
        };
        self.reading.index.insert(place.to_owned(), self.reading.leaves.len());
        let place = place.to_owned();
        self.reading.leaves.push(Leaf { place, setting, checked, origin });
    }

    /// A closed table. `extra` is a name that is read elsewhere.
    fn table(
        &mut self,
        names: &[(&'static str, Shape)],
        node: Option<&Node>,
        place: &str,
        around: &Origin,
        extra: &str,
    ) {
        let entries = match node.map(|node| (node, node.entries())) {
            Some((_, Some(entries))) => entries,
            Some((node, None)) => {
                return self.mistake(place, &node.origin, "it is no table", "a table of settings");
            }
            None => &[],
        };
        let around = node.map_or(around, |node| &node.origin);
        for entry in entries {
            if entry.name != extra && names.iter().all(|(name, _)| *name != entry.name) {
                self.unknown(names, entry, place);
            }
        }
        for (name, shape) in names {
            let found = entries.iter().find(|entry| entry.name == *name).map(|entry| &entry.node);
            self.walk(shape, found, &join(place, name), around);
        }
    }

    fn unknown(&mut self, names: &[(&'static str, Shape)], entry: &Entry, place: &str) {
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        // What looks like a name of ours is shown; anything else may be a secret.
        let is_name = entry.name.len() <= 40
            && entry.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let full = if is_name { join(place, &entry.name) } else { join(place, "?") };
        if LATER.iter().any(|later| matches_pattern(later, &full)) {
            let what = "this release does not have it";
            return self.mistake(&full, &entry.at, what, "leave it out");
        }
        let right = match nearest(&entry.name, &known) {
            Some(near) => format!("perhaps {near}"),
            None => format!("one of {}", known.join(", ")),
        };
        self.mistake(&full, &entry.at, "there is no such setting", right);
    }

    fn named(&mut self, inner: &Shape, node: Option<&Node>, place: &str) {
        let Some(node) = node else { return };
        let Some(entries) = node.entries() else {
            let right = "a table for each facility, such as [facilities.main]";
            return self.mistake(place, &node.origin, "it is no table", right);
        };
        if entries.len() > ITEMS_MAX {
            let right = format!("at most {ITEMS_MAX} in one daemon");
            self.mistake(place, &node.origin, "there are too many", right);
        }
        for entry in entries.iter().take(ITEMS_MAX) {
            if let Err(error) = FacilityName::new(entry.name.as_str()) {
                let what = format!("a facility's name is not acceptable: {error}");
                self.mistake(&join(place, "?"), &entry.at, &what, "a name such as main");
                continue;
            }
            let full = join(place, &entry.name);
            let item = Item { name: entry.name.clone(), place: full.clone() };
            self.reading.groups.entry(place.to_owned()).or_default().push(item);
            self.walk(inner, Some(&entry.node), &full, &entry.at);
        }
    }

    /// The items of a list of tables, with their places.
    fn list<'n>(&mut self, node: Option<&'n Node>, place: &str) -> Vec<(String, &'n Node)> {
        let Some(node) = node else { return Vec::new() };
        let Value::List(items) = &node.value else {
            self.mistake(place, &node.origin, "it is no list", "a list of tables: [{ ... }]");
            return Vec::new();
        };
        if items.len() > ITEMS_MAX {
            let right = format!("at most {ITEMS_MAX}");
            self.mistake(place, &node.origin, "it has too many items", right);
        }
        let numbered = items.iter().take(ITEMS_MAX).enumerate();
        numbered.map(|(index, item)| (format!("{place}[{index}]"), item)).collect()
    }

    fn kind(&mut self, kinds: &[(&'static str, Shape)], node: &Node, place: &str) {
        let right = || {
            let words: Vec<_> = kinds.iter().map(|(word, _)| format!("{word:?}")).collect();
            words.join(" or ")
        };
        if node.entries().is_none() {
            let right = format!("a table with a kind: {}", right());
            return self.mistake(place, &node.origin, "it is no table", right);
        }
        let at = join(place, "kind");
        let Some(entry) = node.get("kind") else {
            return self.mistake(&at, &node.origin, "it is missing", right());
        };
        let word = entry.node.text().unwrap_or_default();
        let Some((word, Shape::Table(names))) = kinds.iter().find(|(known, _)| *known == word)
        else {
            let (list, _) = place.rsplit_once('[').unwrap_or((place, ""));
            let is_later =
                LATER.iter().any(|later| matches_pattern(later, &format!("{list}[{word}]")));
            let what = if is_later {
                "this release does not have it"
            } else {
                "it is none of the known words"
            };
            return self.mistake(&at, &entry.node.origin, what, right());
        };
        self.push_item(place, word);
        self.reading.origins.insert(place.to_owned(), node.origin.clone());
        self.table(names, Some(node), place, &node.origin, "kind");
    }

    fn push_item(&mut self, place: &str, name: &str) {
        let (list, _) = place.rsplit_once('[').unwrap_or((place, ""));
        let item = Item { name: name.to_owned(), place: place.to_owned() };
        self.reading.groups.entry(list.to_owned()).or_default().push(item);
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// Whether a place is one a declared path speaks of; `*` stands for any one name.
fn matches_pattern(pattern: &str, place: &str) -> bool {
    let (pattern, place): (Vec<_>, Vec<_>) =
        (pattern.split('.').collect(), place.split('.').collect());
    pattern.len() == place.len()
        && pattern.iter().zip(&place).all(|(want, have)| *want == "*" || want == have)
}
