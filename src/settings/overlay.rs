//! Environment variables and flags, laid over what the file says.

use std::ffi::{OsStr, OsString};

use crate::settings::mistake::{Notes, Origin};
use crate::settings::shape::{ROOT, Shape};
use crate::settings::written::{Entry, Node, Value};

/// What our environment variables begin with.
const PREFIX: &str = "QUAYMASTER_";

/// Variables with our prefix that are no settings: for the command line, for the commands we run after
/// a delivery, for the build and for the project's tests.
const RESERVED: &[&str] = &["CONFIG", "SERVER", "TOKEN_FILE", "FACILITY", "REVISION"];
const RESERVED_STARTS: &[&str] = &["KEY_", "PEERS", "TEST_", "BENCH_"];

/// The longest value taken from a variable or a flag, in bytes.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The variables that are settings of ours, by name, so that list items are appended in their order
/// and every run says the same.
pub(crate) fn ours<I, K, V>(environment: I) -> Vec<(String, OsString)>
where
    I: IntoIterator<Item = (K, V)>,
    K: Into<OsString>,
    V: Into<OsString>,
{
    let named = environment.into_iter();
    let mut ours: Vec<(String, OsString)> = named
        .filter_map(|(name, value)| Some((name.into().into_string().ok()?, value.into())))
        .filter(|(name, _)| is_setting(name))
        .collect();
    ours.sort();
    ours
}

/// Lays variables over the tree.
pub(crate) fn lay_environment(root: &mut Node, ours: &[(String, OsString)], notes: &Notes) {
    for (name, value) in ours {
        let origin = Origin::Environment(name.clone());
        let path = name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
        let steps: Vec<&str> = path.split("__").collect();
        lay(root, &steps, value, &origin, notes);
    }
}

/// Lays flags over the tree, each a setting's path and its value as text.
pub(crate) fn lay_flags(root: &mut Node, flags: &[(String, String)], notes: &Notes) {
    for (path, value) in flags {
        let origin = Origin::Flag(path.clone());
        let flat = path.replace('[', ".").replace(']', "");
        let steps: Vec<&str> = flat.split('.').collect();
        lay(root, &steps, OsStr::new(value), &origin, notes);
    }
}

fn is_setting(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    !RESERVED.contains(&rest)
        && !RESERVED_STARTS.iter().any(|start| rest.starts_with(start))
        && !is_service_link(rest)
}

/// Kubernetes puts the address of every Service of the namespace into every pod; those of a Service
/// called `quaymaster` begin with our prefix and are nobody's settings.
fn is_service_link(rest: &str) -> bool {
    let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let protocol = |text: &str| {
        let (number, after) = text.split_once('_').unwrap_or((text, ""));
        number.bytes().all(|byte| byte.is_ascii_digit())
            && ["TCP", "UDP", "SCTP"].iter().any(|word| after.starts_with(word))
    };
    let rest = format!("_{rest}");
    rest.ends_with("_SERVICE_HOST")
        || rest.ends_with("_PORT")
        || rest.split_once("_SERVICE_PORT").is_some_and(|(_, tail)| {
            tail.is_empty() || tail.strip_prefix('_').is_some_and(|t| t.split('_').all(is_word))
        })
        || rest.split_once("_PORT_").is_some_and(|(_, tail)| protocol(tail))
}

fn lay(root: &mut Node, steps: &[&str], value: &OsStr, origin: &Origin, notes: &Notes) {
    let place = place_of(steps);
    let Some(text) = value.to_str() else {
        return notes.mistake(place, origin, "it is not UTF-8", "text in UTF-8");
    };
    if text.len() > VALUE_BYTES_MAX {
        let right = format!("at most {VALUE_BYTES_MAX} bytes");
        return notes.mistake(place, origin, "it is too long", right);
    }
    let value = Node { value: Value::Loose(text.to_owned()), origin: origin.clone() };
    if put(root, Some(&ROOT), steps, value).is_none() {
        let right =
            "the items of a list are numbered from 0 without a gap, and a setting has no parts";
        notes.mistake(place, origin, "there is no such place in the settings", right);
    }
}

/// The place as messages show it. A step that does not look like a name of ours is left out, since
/// anything may stand in a flag.
fn place_of(steps: &[&str]) -> String {
    let known = |step: &&str| {
        step.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-' || b.is_ascii_digit())
    };
    let mut place = String::new();
    for step in steps.iter().take_while(|step| known(step)) {
        let before = if place.is_empty() || step.parse::<usize>().is_ok() { "" } else { "." };
        let step = step.parse::<usize>().map_or_else(|_| (*step).to_owned(), |n| format!("[{n}]"));
        place.push_str(before);
        place.push_str(&step);
    }
    place
}

/// Puts `value` where `steps` lead, making the tables on the way; `None` if they lead nowhere.
fn put(node: &mut Node, shape: Option<&Shape>, steps: &[&str], value: Node) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return Some(());
    };
    if let Some(Shape::List(_) | Shape::Kinds(_)) = shape {
        let inner = if let Some(Shape::List(inner)) = shape { Some(&**inner) } else { None };
        if node.entries().is_some_and(<[Entry]>::is_empty) {
            node.value = Value::List(Vec::new());
        }
        let Value::List(items) = &mut node.value else { return None };
        let index: usize = step.parse().ok()?;
        if index == items.len() {
            items.push(Node::table(value.origin.clone()));
        }
        return put(items.get_mut(index)?, inner, rest, value);
    }
    let (name, inner) = match shape {
        Some(Shape::Named(inner)) => (chosen_name(node, step), Some(&**inner)),
        Some(Shape::Table(names)) => {
            let known = names.iter().find(|(name, _)| name == step);
            ((*step).to_owned(), known.map(|(_, shape)| shape))
        }
        Some(Shape::Leaf(_) | Shape::List(_) | Shape::Kinds(_)) | None => {
            ((*step).to_owned(), None)
        }
    };
    let Value::Table(entries) = &mut node.value else { return None };
    let at = entries.iter().position(|entry| entry.name == name).unwrap_or_else(|| {
        let (at, node) = (value.origin.clone(), Node::table(value.origin.clone()));
        entries.push(Entry { name, at, node });
        entries.len() - 1
    });
    put(&mut entries.get_mut(at)?.node, inner, rest, value)
}

/// The name the file uses for what a variable calls `step`: a variable cannot hold a `-`.
fn chosen_name(node: &Node, step: &str) -> String {
    let same = |entry: &&Entry| entry.name.replace('-', "_").eq_ignore_ascii_case(step);
    let found = node.entries().unwrap_or_default().iter();
    let exact = found.clone().find(|entry| entry.name == step);
    exact.or_else(|| found.clone().find(same)).map_or_else(|| step.to_owned(), |e| e.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_are_taken_from_the_environment() {
        for name in [
            "QUAYMASTER_CONFIG",
            "QUAYMASTER_SERVER",
            "QUAYMASTER_PEERS",
            "QUAYMASTER_PEERS_DIR",
            "QUAYMASTER_SERVICE_HOST",
            "QUAYMASTER_SERVICE_PORT_METRICS",
            "QUAYMASTER_PORT",
            "QUAYMASTER_PORT_9464_TCP_ADDR",
            "QUAYMASTER_OPS_SERVICE_HOST",
            "QUAYMASTER_OPS_PORT_9464_TCP",
            "PATH",
        ] {
            assert!(!is_setting(name), "{name}");
        }
        for name in ["QUAYMASTER_ROLE", "QUAYMASTER_LISTEN__OPS", "QUAYMASTER_NONSENSE"] {
            assert!(is_setting(name), "{name}");
        }
    }
}
