//! What differs between two settings, and whether a running daemon takes it.

use std::collections::BTreeMap;

use crate::settings::Loaded;
use crate::settings::declared::{Apply, Setting};
use crate::settings::reading::Leaf;

/// One setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it stands.
    pub place: String,
    /// Whether a running daemon takes it.
    pub apply: Apply,
}

/// Every setting that differs, by place. A setting of a list is compared with the one that has its
/// number, so that a store put in front shows as a change of all.
pub fn diff(old: &Loaded, new: &Loaded) -> Vec<Change> {
    fn by_place(loaded: &Loaded) -> BTreeMap<&str, &Leaf> {
        loaded.reading.leaves.iter().map(|leaf| (leaf.place.as_str(), leaf)).collect()
    }
    let (old, new) = (by_place(old), by_place(new));
    let mut changed: BTreeMap<&str, &Setting> = BTreeMap::new();
    for (one, other) in [(&old, &new), (&new, &old)] {
        for (place, leaf) in one {
            let same = other.get(place).is_some_and(|other| {
                other.checked == leaf.checked && other.setting.path == leaf.setting.path
            });
            if !same {
                changed.insert(place, leaf.setting);
            }
        }
    }
    let changed = changed.into_iter();
    changed
        .map(|(place, setting)| Change { place: place.to_owned(), apply: setting.apply })
        .collect()
}
