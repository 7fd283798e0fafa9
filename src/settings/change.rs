//! What differs between two settings, and whether a running daemon takes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::settings::Loaded;
use crate::settings::declared::{Apply, Setting};
use crate::settings::model::{Facility, Log, Settings};
use crate::settings::reading::{Leaf, Reading};

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

/// What a program that runs by `in_use` runs by after it has read `new`; how the two then differ is
/// what waits for a restart. A facility's settings belong together, since its keys and stores are those
/// of its environment: where one of them waits, all of that facility's do.
pub fn take(in_use: &Loaded, new: &Loaded) -> Loaded {
    let (before, after) = (&in_use.settings, &new.settings);
    let changes = diff(in_use, new);
    let waits = changes.iter().filter(|change| change.apply == Apply::Restart);
    let waits: BTreeSet<&str> = waits.filter_map(|change| facility_of(&change.place)).collect();
    let facility = |new: &Facility| {
        let known = before.facilities.iter().find(|known| known.name == new.name);
        known.filter(|known| waits.contains(known.name.as_str())).unwrap_or(new).clone()
    };
    let settings = Settings {
        calendar: after.calendar.clone(),
        log: Log { level: after.log.level.clone(), ..before.log },
        facilities: after.facilities.iter().map(facility).collect(),
        ..before.clone()
    };
    let known = |name: &str| before.facilities.iter().any(|known| known.name.as_str() == name);
    let kept = |name: &str| after.facilities.iter().any(|kept| kept.name.as_str() == name);
    let stays = |leaf: &&Leaf| match facility_of(&leaf.place) {
        Some(name) => waits.contains(name) && known(name) && kept(name),
        None => leaf.setting.apply == Apply::Restart,
    };
    let old = in_use.reading.leaves.iter().filter(stays);
    let leaves = old.chain(new.reading.leaves.iter().filter(|leaf| !stays(leaf)));
    let reading = Reading::of(leaves.cloned().collect());
    Loaded { settings, warnings: new.warnings.clone(), reading: Arc::new(reading) }
}

/// The facility a place belongs to. A name has no dot.
fn facility_of(place: &str) -> Option<&str> {
    Some(place.strip_prefix("facilities.")?.split_once('.')?.0)
}
