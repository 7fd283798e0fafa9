//! The words that stand in no table with meanings of their own: urgencies, places of work, parts of
//! keys, labels of metrics, settings, paths, and what `status` prints.

use super::{Entry, entry};
use crate::admin::tokens;
use crate::daemon::ops;
use crate::domain::condition::{Condition, Urgency};
use crate::domain::names::{Environment, KeyRole};
use crate::domain::pre_authorisation::Scheme;
use crate::metrics::labels::{self, Attempt, Delivered, Stage, StoreWrite, TargetKind};
use crate::metrics::{process, table};
use crate::settings::model::Role;
use crate::settings::{Apply, Preset, SETTINGS, Setting};

/// Words of the screens of `status` and `key status`, and what each says.
const SHOWN: &[(&str, &str)] = &[
    ("in_sync", "The store was last seen to hold the authority's current key."),
    ("behind", "A store or a reader lacks the key it should have; it is made equal by itself."),
    ("not_seen", "The store has not been looked at since the start."),
    ("given", "The reader has the key it should have."),
    ("nothing_yet", "The reader was given nothing since the start."),
    ("authority", "The first store of the settings; the others are made equal to it."),
    ("answers", "The bank could be used at the last call."),
    ("not_available", "The bank could not be used at the last call; the reason stands beside it."),
    ("pin", "A rollback's end of renewal: until then the previous key stays in use."),
    ("freeze", "A time in which no key is activated, by hand or by the calendar."),
];

/// Adds them all.
pub(super) fn add_to(entries: &mut Vec<Entry>) {
    let mut add = |word: &str, kind: &str, meaning: &str| {
        let text = format!("{word} ({kind})\n{}\n", meaning.trim());
        entries.push(entry(word, kind, text));
    };
    for (name, help) in process::words() {
        add(&name, "metric of the process", &help);
    }
    let mut seen: Vec<&str> = Vec::new();
    for label in table::TABLE.iter().flat_map(|row| row.labels) {
        if !seen.contains(label) {
            seen.push(label);
            add(label, "label of metrics", &labels::describe(label));
        }
    }
    for one in Stage::ALL {
        add(one.label(), "stage of a renewal", one.meaning());
    }
    for one in StoreWrite::ALL {
        add(one.label(), "result of a write to a store", one.meaning());
    }
    for one in Delivered::ALL {
        add(one.label(), "result of a delivery", one.meaning());
    }
    for one in TargetKind::ALL {
        add(one.label(), "kind of delivery target", one.meaning());
    }
    let [_, new_key] = Attempt::NewKey.labels();
    add(new_key, "reason of an attempt", "The bank answered a key we had not met.");
    let [_, unchanged] = Attempt::Unchanged.labels();
    add(unchanged, "reason of an attempt", "The bank answered a key we know.");
    add(labels::OTHER, "label of metrics", "Whatever the label's closed set does not know.");
    for urgency in [Urgency::Fine, Urgency::Passing, Urgency::Attention, Urgency::Stuck] {
        add(urgency.label(), "urgency", &of_urgency(urgency));
    }
    for environment in Environment::ALL {
        add(environment.label(), "environment", of_environment(*environment));
    }
    for role in KeyRole::ALL {
        add(role.label(), "part of a key", of_key_role(*role));
    }
    for role in [Role::Renewer, Role::Reader] {
        add(role.label(), "part of a daemon", of_role(role));
    }
    for scheme in Scheme::ALL {
        add(scheme.label(), "card scheme", of_scheme(*scheme));
    }
    for (path, says) in ops::ROUTES {
        add(path, "path of the ops listener", says);
    }
    for (word, meaning) in SHOWN {
        add(word, "word of the status", meaning);
    }
    for setting in SETTINGS {
        entries.push(entry(setting.path, "setting", of_setting(setting)));
    }
}

fn of_urgency(urgency: Urgency) -> String {
    let meaning = match urgency {
        Urgency::Fine => "All is well, or as a person wants it.",
        Urgency::Passing => "It will pass, or be tried again, by itself.",
        Urgency::Attention => "A person must act, in time.",
        Urgency::Stuck => "Nothing works until a person acts.",
    };
    let conditions = Condition::ALL.iter().filter(|condition| condition.urgency() == urgency);
    let conditions: Vec<&str> = conditions.map(|condition| condition.label()).collect();
    format!("{meaning}\nConditions: {}", conditions.join(", "))
}

const fn of_environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "A QuickStream of our own, inside the daemon or beside it.",
        Environment::Support => "The bank's test environment; no money moves.",
        Environment::Production => {
            "Real money. A facility here is only watched until: quaymaster facility adopt"
        }
    }
}

const fn of_key_role(role: KeyRole) -> &'static str {
    match role {
        KeyRole::Current => "The key every reader is given.",
        KeyRole::Previous => "The key before the current one, kept until its own expiry.",
        KeyRole::Pending => "A newer key on its way.",
    }
}

const fn of_role(role: Role) -> &'static str {
    match role {
        Role::Renewer => "The daemon fetches, writes and delivers keys.",
        Role::Reader => "The daemon reads the store and delivers; it asks the bank nothing.",
    }
}

const fn of_scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Visa => "A Visa card.",
        Scheme::Mastercard => "A Mastercard card.",
        Scheme::Other => {
            "Any other card: a hold on it is placed, captured or left to run out, and never changed."
        }
    }
}

fn of_setting(setting: &Setting) -> String {
    let preset = match setting.preset {
        Preset::Required => "required".to_owned(),
        Preset::Value(value) => value.to_owned(),
        Preset::Unset(means) => format!("unset: {means}"),
    };
    let taken = match setting.apply {
        Apply::Live => "at the next reload",
        Apply::Restart => "at a restart",
    };
    let (path, help, wanted) = (setting.path, setting.help, setting.kind.words());
    let more = match path {
        "access.tokens" => format!("\n{}\n{}", tokens::FORM, tokens::MAKING),
        _ => String::new(),
    };
    format!(
        "{path} (setting)\n{help}.\nTakes: {wanted}\nDefault: {preset}\nA change is taken: {taken}\n\
         Example: {}\n{more}",
        setting.example
    )
}
