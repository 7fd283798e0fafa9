//! The closed shape of the settings, grown from the table of declarations.

use std::sync::LazyLock;

use crate::settings::declared::{SETTINGS, Setting};

/// What may stand in a place.
pub(crate) enum Shape {
    /// A setting.
    Leaf(&'static Setting),
    /// A table of known names, in the table's order.
    Table(Vec<(&'static str, Shape)>),
    /// A table whose names the writer chooses.
    Named(Box<Shape>),
    /// A list of tables.
    List(Box<Shape>),
    /// A list of tables told apart by their `kind`.
    Kinds(Vec<(&'static str, Shape)>),
}

/// The whole shape.
pub(crate) static ROOT: LazyLock<Shape> = LazyLock::new(|| {
    let mut root = Shape::Table(Vec::new());
    for setting in SETTINGS {
        let mut steps = Vec::new();
        for part in setting.path.split('.') {
            match part.split_once('[') {
                Some((name, item)) => {
                    steps.push(Step::Name(name));
                    let kind = item.trim_end_matches(']');
                    steps.push(if kind.is_empty() { Step::Item } else { Step::Kind(kind) });
                }
                None if part == "*" => steps.push(Step::AnyName),
                None => steps.push(Step::Name(part)),
            }
        }
        grow(&mut root, &steps, setting);
    }
    root
});

/// One step of a declared path.
#[derive(Clone, Copy)]
enum Step {
    Name(&'static str),
    AnyName,
    Item,
    Kind(&'static str),
}

impl Step {
    /// An empty shape that this step can be taken in.
    fn start(self) -> Shape {
        match self {
            Self::Name(_) => Shape::Table(Vec::new()),
            Self::AnyName => Shape::Named(Box::new(Shape::Table(Vec::new()))),
            Self::Item => Shape::List(Box::new(Shape::Table(Vec::new()))),
            Self::Kind(_) => Shape::Kinds(Vec::new()),
        }
    }
}

fn grow(shape: &mut Shape, steps: &[Step], setting: &'static Setting) {
    let Some((step, rest)) = steps.split_first() else {
        *shape = Shape::Leaf(setting);
        return;
    };
    let next = |found: &mut Vec<(&'static str, Shape)>, name: &'static str| {
        let at = found.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            let empty = rest.first().map_or(Shape::Leaf(setting), |step| step.start());
            found.push((name, empty));
            found.len() - 1
        });
        if let Some((_, child)) = found.get_mut(at) {
            grow(child, rest, setting);
        }
    };
    match (step, shape) {
        (Step::Name(name), Shape::Table(names)) => next(names, name),
        (Step::Kind(word), Shape::Kinds(kinds)) => next(kinds, word),
        (Step::AnyName, Shape::Named(inner)) | (Step::Item, Shape::List(inner)) => {
            grow(inner, rest, setting);
        }
        // Two declared paths that contradict each other; a test walks the table and would see the
        // setting missing.
        _ => {}
    }
}

/// Names that may be absent as a whole: what they require is required only once they are there.
pub(crate) fn is_optional(place: &str) -> bool {
    place == "sandbox"
}

/// Declared lists that need an item.
pub(crate) fn is_needed(path: &str) -> bool {
    path == "facilities.*.secret_key.stores"
}

/// The known word nearest to `word`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|known| (distance(word, known), *known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3).max(1))
        .map(|(_, known)| known)
}

/// How many letters must be put in, taken out or changed to make one word of the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut last = line + 1;
        let mut next = vec![last];
        for (pair, against) in row.windows(2).zip(&other) {
            let &[across, above] = pair else { continue };
            let changed = across + usize::from(letter != *against);
            last = changed.min(above + 1).min(last + 1);
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(shape: &Shape) -> usize {
        match shape {
            Shape::Leaf(_) => 1,
            Shape::Named(inner) | Shape::List(inner) => leaves(inner),
            Shape::Table(names) | Shape::Kinds(names) => {
                names.iter().map(|(_, inner)| leaves(inner)).sum()
            }
        }
    }

    #[test]
    fn every_declared_setting_has_its_place() {
        assert_eq!(leaves(&ROOT), SETTINGS.len());
    }

    #[test]
    fn the_nearest_word_is_found() {
        let known = ["simultaneous", "base_url", "proxy"];
        assert_eq!(nearest("simultanous", &known), Some("simultaneous"));
        assert_eq!(nearest("baseurl", &known), Some("base_url"));
        assert_eq!(nearest("entirely_else", &known), None);
    }
}
