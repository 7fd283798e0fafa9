//! `config show`: what holds, and where each value came from. Secrets are there as references only,
//! since nothing else can be written.

use crate::settings::declared::Preset;
use crate::settings::reading::Reading;
use crate::settings::toml::{Page, literal};

/// Every setting that holds, as a settings file with the origin of each value.
pub(crate) fn show(reading: &Reading) -> String {
    let mut page = Page::default();
    let mut around = "";
    for leaf in &reading.leaves {
        let (parent, name) = leaf.place.rsplit_once('.').unwrap_or(("", &leaf.place));
        if parent != around {
            around = parent;
            if let Some((list, number)) = parent.rsplit_once('[') {
                let header = format!("[[{list}]]  # {}", number.trim_end_matches(']'));
                page.open(&header, "");
                // An item of a list with kinds is told apart by its own.
                let item = reading.items(list).iter().find(|item| item.place == parent);
                let kind = item.map(|item| item.name.as_str()).unwrap_or_default();
                if !kind.is_empty() {
                    page.say(&format!("kind = \"{kind}\""));
                }
            } else {
                page.open(&format!("[{parent}]"), "");
            }
        }
        match (&leaf.checked, leaf.setting.preset) {
            (Some(checked), _) => {
                page.set(&format!("{name} = {}", literal(checked)), &leaf.origin.to_string());
            }
            (None, Preset::Unset(words)) => page.set(&format!("# {name} is not set"), words),
            (None, Preset::Required | Preset::Value(_)) => {}
        }
    }
    page.finish()
}
