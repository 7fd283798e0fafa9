//! What was written, as a tree in which every value knows where it stands. Nothing is judged here but
//! whether it is TOML.
//!
//! The tree has no `Debug`: it may hold a secret that someone wrote into the wrong place.

use std::path::Path;
use std::sync::Arc;

use ::toml::de::{DeArray, DeTable, DeValue, Error as TomlError};

use crate::settings::mistake::{Notes, Origin};

/// The longest settings file, in bytes. A file for the most facilities allowed has a tenth of it.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 20;

/// A value and where it was written.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// A value as it was written.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
    /// A date, a time or both, in TOML's own form.
    Moment(String),
    /// Text from a variable or a flag, whose type the setting decides.
    Loose(String),
    /// A number no setting can hold.
    Unfit,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A named value of a table.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) at: Origin,
    pub(crate) node: Node,
}

impl Node {
    /// An empty table.
    pub(crate) fn table(origin: Origin) -> Self {
        Self { value: Value::Table(Vec::new()), origin }
    }

    /// The entries, if this is a table.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        if let Value::Table(entries) = &self.value { Some(entries) } else { None }
    }

    /// The entry of this name, if this is a table that has one.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.name == name)
    }

    /// The items, if this is a list.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The text from a variable or a flag, if this is one.
    pub(crate) fn loose(&self) -> Option<&str> {
        if let Value::Loose(text) = &self.value { Some(text) } else { None }
    }

    /// The text, if this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) | Value::Loose(text) = &self.value { Some(text) } else { None }
    }
}

/// Turns a position in the text into an origin.
struct Ruler<'a> {
    path: &'a Arc<Path>,
    text: &'a str,
}

impl Ruler<'_> {
    fn at(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Origin::File { path: Arc::clone(self.path), at: Some((line, column)) }
    }
}

/// How positions become origins: by the ruler in a file, or one origin for a whole variable.
enum Places<'a> {
    Ruled(Ruler<'a>),
    Fixed(&'a Origin),
}

impl Places<'_> {
    fn at(&self, offset: usize) -> Origin {
        match self {
            Self::Ruled(ruler) => ruler.at(offset),
            Self::Fixed(origin) => (*origin).clone(),
        }
    }
}

/// Reads a settings file's text. Every place that is no TOML is noted; `None` if there is any.
pub(crate) fn read_document(path: &Arc<Path>, text: &str, notes: &Notes) -> Option<Node> {
    let places = Places::Ruled(Ruler { path, text });
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = places.at(error.span().map_or(text.len(), |span| span.start));
        let (what, right) = explain(error);
        notes.mistake("the file", &at, what, right);
    }
    let whole = Origin::File { path: Arc::clone(path), at: None };
    errors.is_empty().then(|| Node { value: read_table(table.get_ref(), &places), origin: whole })
}

/// Reads one TOML value, such as a list in an environment variable; `None` if it is none.
pub(crate) fn read_value(text: &str, origin: &Origin) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let places = Places::Fixed(origin);
    Some(Node { value: read_any(value.get_ref(), &places), origin: origin.clone() })
}

fn read_table(table: &DeTable<'_>, places: &Places<'_>) -> Value {
    let entries = table.iter().map(|(name, value)| {
        let at = places.at(name.span().start);
        // A table is placed at its name: its own span may cover half the file.
        let origin = match value.get_ref() {
            DeValue::Table(_) => at.clone(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => places.at(value.span().start),
        };
        let node = Node { value: read_any(value.get_ref(), places), origin };
        Entry { name: name.get_ref().to_string(), at, node }
    });
    Value::Table(entries.collect())
}

fn read_array(array: &DeArray<'_>, places: &Places<'_>) -> Value {
    let items = array.iter().map(|item| Node {
        value: read_any(item.get_ref(), places),
        origin: places.at(item.span().start),
    });
    Value::List(items.collect())
}

fn read_any(value: &DeValue<'_>, places: &Places<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Unfit, Value::Integer),
        DeValue::Float(number) => number.as_str().parse().map_or(Value::Unfit, Value::Number),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(array) => read_array(array, places),
        DeValue::Table(table) => read_table(table, places),
    }
}

/// Says what is wrong with the syntax in words of our own: the parser's quote the text.
fn explain(error: &TomlError) -> (&'static str, &'static str) {
    const KNOWN: [(&str, &str, &str); 7] = [
        ("duplicate key", "this name is set a second time", "each setting once"),
        ("string values must be quoted", "this text is not quoted", "\"double quotes\" around it"),
        ("unclosed", "a bracket opened here is not closed", "the closing bracket"),
        ("invalid basic string", "this text is not closed, or holds a wrong escape", "\"text\""),
        ("key with no value", "a name without a value", "name = value"),
        ("missing value", "a name without a value", "name = value"),
        ("missing comma", "a comma or a closing bracket is missing", "[one, two]"),
    ];
    let message = error.message();
    KNOWN
        .iter()
        .find(|(start, _, _)| message.starts_with(start))
        .map_or(("this is not TOML", "name = value, with texts in quotes"), |(_, what, right)| {
            (what, right)
        })
}
