//! The files the settings refer to: whether they are there, and who may read them. Their content is
//! never looked at.

use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt;

use crate::settings::mistake::Notes;
use crate::settings::reading::{Leaf, Reading};
use crate::settings::value::Checked;

/// Warns of every referenced secret that is missing or that others can read.
pub(crate) fn judge(reading: &Reading, notes: &Notes) {
    for leaf in &reading.leaves {
        let Some(Checked::Secret(path)) = &leaf.checked else { continue };
        // A sandbox's keys open nothing, and a checkout does not keep files' modes.
        if is_of_sandbox(reading, leaf) {
            continue;
        }
        match fs::metadata(path) {
            Ok(file) if !file.is_file() => {
                notes.warning(&leaf.place, &leaf.origin, "its path is no file", "a file");
            }
            Ok(file) if is_wide(&file) => {
                let what = "other users can read the file it refers to";
                notes.warning(&leaf.place, &leaf.origin, what, "mode 0600 (chmod 600)");
            }
            Ok(_) => {}
            Err(_) => {
                let what = "the file it refers to is not there yet, or not for us to see";
                let right = "the file in place, readable by the user we run as";
                notes.warning(&leaf.place, &leaf.origin, what, right);
            }
        }
    }
}

fn is_wide(file: &Metadata) -> bool {
    file.permissions().mode() & 0o077 != 0
}

fn is_of_sandbox(reading: &Reading, leaf: &Leaf) -> bool {
    let mut facilities = reading.items("facilities").iter();
    let around = facilities.find(|item| {
        leaf.place.strip_prefix(item.place.as_str()).is_some_and(|rest| rest.starts_with('.'))
    });
    let environment = around.and_then(|item| reading.leaf(&format!("{}.environment", item.place)));
    let environment = environment.and_then(|leaf| leaf.checked.as_ref());
    matches!(environment, Some(Checked::Text(word)) if word == "sandbox")
}
