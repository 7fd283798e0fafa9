//! JSON values as YAML 1.2: blocks for what has members, and quotes wherever a bare word could be
//! taken for something else.

use serde_json::{Map, Value};

/// Words that some reader of YAML takes for something else than a text.
const TAKEN: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

/// A value as a YAML document.
pub(super) fn write(value: &Value) -> String {
    let mut text = String::new();
    match block(value) {
        Some(Block::List(items)) => list(&mut text, items, 0),
        Some(Block::Map(members)) => map(&mut text, members, 0, Start::Line),
        None => ends(&mut text, &inline(value)),
    }
    text
}

/// What has members, and so stands on lines of its own.
enum Block<'a> {
    List(&'a [Value]),
    Map(&'a Map<String, Value>),
}

fn block(value: &Value) -> Option<Block<'_>> {
    let list = value.as_array().filter(|items| !items.is_empty()).map(|items| Block::List(items));
    let map = value.as_object().filter(|members| !members.is_empty()).map(Block::Map);
    list.or(map)
}

/// Where a map begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// On a line of its own.
    Line,
    /// Behind the dash of a list.
    Dash,
}

fn list(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(text, depth);
        text.push('-');
        if let Some(Block::Map(members)) = block(item) {
            text.push(' ');
            map(text, members, depth + 1, Start::Dash);
        } else {
            below_or_beside(text, item, depth);
        }
    }
}

fn map(text: &mut String, members: &Map<String, Value>, depth: usize, start: Start) {
    for (place, (name, value)) in members.iter().enumerate() {
        if place > 0 || start == Start::Line {
            indent(text, depth);
        }
        text.push_str(&word(name));
        text.push(':');
        below_or_beside(text, value, depth);
    }
}

/// What has members starts on the next line, one step in; anything else stays on this one.
fn below_or_beside(text: &mut String, value: &Value, depth: usize) {
    let Some(block) = block(value) else {
        text.push(' ');
        return ends(text, &inline(value));
    };
    text.push('\n');
    match block {
        Block::List(items) => list(text, items, depth + 1),
        Block::Map(members) => map(text, members, depth + 1, Start::Line),
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

fn ends(text: &mut String, rest: &str) {
    text.push_str(rest);
    text.push('\n');
}

/// A value that fits a line: a scalar, or an empty list or map.
fn inline(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), word)
}

/// A text, bare only where every reader takes it for a text. A JSON string is a YAML string too.
fn word(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c))
        && !text.ends_with(' ')
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_nest_and_empty_ones_stay_on_their_line() {
        let value = json!({
            "name": "main",
            "none": null,
            "keys": [{"state": "current", "tags": ["a", ["b"]]}, {}],
            "empty": [],
            "pin": {"until": {"at": 5}},
        });
        let expected = "\
name: main
none: null
keys:
  - state: current
    tags:
      - a
      -
        - b
  - {}
empty: []
pin:
  until:
    at: 5
";
        assert_eq!(write(&value), expected);
        assert_eq!(write(&json!([])), "[]\n");
        assert_eq!(write(&json!([1, true])), "- 1\n- true\n");
    }

    #[test]
    fn whatever_could_be_misread_is_quoted() {
        for (text, written) in [
            ("current", "current"),
            ("support environment", "support environment"),
            ("", "\"\""),
            ("No", "\"No\""),
            ("null", "\"null\""),
            ("y", "\"y\""),
            ("2026-03-01T00:00:00Z", "\"2026-03-01T00:00:00Z\""),
            ("0101010101010101", "\"0101010101010101\""),
            ("1e3", "\"1e3\""),
            ("~", "\"~\""),
            ("- a", "\"- a\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("a\nb\t\"\\", "\"a\\nb\\t\\\"\\\\\""),
            ("trailing ", "\"trailing \""),
            ("Zürich", "\"Zürich\""),
            ("a.b/c_d-e", "a.b/c_d-e"),
        ] {
            assert_eq!(word(text), written);
        }
    }
}
