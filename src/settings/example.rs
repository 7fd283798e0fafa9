//! The example file: every setting, its default, one line each, made from the declarations.

use crate::settings::declared::{Apply, Preset, SETTINGS, Setting};
use crate::settings::shape::is_optional;
use crate::settings::toml::Page;

const HEAD: &str = "\
# Every setting of quaymaster with its default, one line each.
#
# A line without a mark holds as it stands: it repeats a default, or it is required and the value is
# an example. A line with a mark (#) is optional; its value is an example. A relative path starts at
# this file's directory. Each setting can also be an environment variable: listen.ops is
# QUAYMASTER_LISTEN__OPS, the first store's region is
# QUAYMASTER_FACILITIES__MAIN__SECRET_KEY__STORES__0__REGION. Secrets are named by their file, never
# written. Settings marked (restart) are taken when the daemon starts, all others when it reloads.
#
# This file is made from src/settings/declared/table.rs: UPDATE_DOCS=1 cargo test --test settings";

/// The example file's text.
pub fn example() -> String {
    let mut page = Page::default();
    page.say(HEAD);
    page.say("");
    let mut lists: Vec<&str> = Vec::new();
    for setting in SETTINGS {
        let (parent, name) = setting.path.rsplit_once('.').unwrap_or(("", setting.path));
        // The first kind of a facility's lists is shown as used, everything else of a list is not.
        let (list, kind) = parent.split_once('[').unwrap_or((parent, ""));
        let kind = kind.trim_end_matches(']');
        let is_list = list != parent;
        let opened = lists.iter().find(|known| known.starts_with(list) && is_list);
        let is_used = !is_list || (!kind.is_empty() && opened.is_none_or(|known| *known == parent));
        let mark = if is_used && !is_optional(list) { "" } else { "# " };
        let table = list.replace('*', "main");
        if is_list {
            lists.push(parent);
            let header = format!("[[{table}]]  # {kind}");
            if page.open(header.trim_end_matches(['#', ' ']), mark) && !kind.is_empty() {
                page.say(&format!("{mark}kind = \"{kind}\""));
            }
        } else if !parent.is_empty() {
            page.open(&format!("[{table}]"), mark);
        }
        line(&mut page, setting, name, mark);
    }
    page.finish()
}

fn line(page: &mut Page, setting: &Setting, name: &str, mark: &str) {
    let restart = match setting.apply {
        Apply::Restart => " (restart)",
        Apply::Live => "",
    };
    let help = setting.help;
    match setting.preset {
        Preset::Value(value) => {
            page.set(&format!("{mark}{name} = {value}"), &format!("{help}{restart}"));
        }
        Preset::Required => {
            let comment = format!("{help} (required){restart}");
            page.set(&format!("{mark}{name} = {}", setting.example), &comment);
        }
        Preset::Unset(words) => {
            let comment = format!("{help}; unset: {words}{restart}");
            page.set(&format!("# {name} = {}", setting.example), &comment);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::example;
    use crate::settings::declared::{Preset, SETTINGS};
    use crate::settings::mistake::{Notes, Origin};
    use crate::settings::paths::Base;
    use crate::settings::reading;
    use crate::settings::value::check;
    use crate::settings::written::{read_document, read_value};

    #[test]
    fn every_setting_has_its_line_and_every_line_is_a_setting() {
        let text = example();
        let lines = text.lines().skip_while(|line| !line.is_empty());
        let bare = lines.map(|line| line.strip_prefix("# ").unwrap_or(line)).collect::<Vec<_>>();
        let notes = Notes::default();
        let tree =
            read_document(&Arc::from(Path::new("example")), &bare.join("\n"), &notes).unwrap();
        let read = reading::read(&tree, &Base::default(), &notes);
        let ((), _) = notes.finish(Some(())).unwrap_or_else(|error| panic!("{error}"));
        for setting in SETTINGS {
            let lines = read
                .leaves
                .iter()
                .filter(|leaf| leaf.setting.path == setting.path && leaf.origin != Origin::Default);
            assert_eq!(lines.count(), 1, "{}", setting.path);
        }
    }

    #[test]
    fn every_default_and_every_example_is_right_and_they_differ() {
        for setting in SETTINGS {
            let read = |text: &str| {
                let node = read_value(text, &Origin::Default).unwrap();
                check(&setting.kind, &node, &Base::default()).unwrap_or_else(|wrong| {
                    panic!("{}: {wrong:?}", setting.path);
                })
            };
            let example = read(setting.example);
            if let Preset::Value(text) = setting.preset {
                assert_ne!(read(text), example, "{}", setting.path);
            }
        }
    }
}
