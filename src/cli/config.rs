//! `config ...`: what is wrong with the settings, what holds, and what could be written.

use serde::Serialize;
use serde_json::Value;

use super::args::Config;
use super::ask::Desk;
use super::console::{self, Console};
use super::exit::Outcome;
use super::failure::Failure;
use super::print::{Show, Wide, columns};
use crate::settings::{self, Loaded, Preset, SETTINGS};

mod live;

/// Carries out a `config` command.
pub(super) fn config(desk: &Desk, what: &Config) -> Outcome {
    match what {
        Config::Check { live } => check(desk, *live),
        Config::Show => show(desk, &load(desk)?),
        Config::Schema => desk.show(&Schema(settings::schema())),
    }
}

fn load(desk: &Desk) -> Result<Loaded, Failure> {
    settings::load(&desk.sources()).map_err(|error| {
        Failure::usage(error.to_string()).try_this("to see every setting: quaymaster config schema")
    })
}

fn check(desk: &Desk, live: bool) -> Outcome {
    let loaded = load(desk)?;
    for warning in &loaded.warnings {
        console::say(&format!("warning: {warning}"));
    }
    if live {
        return super::asking(live::check(desk, &loaded.settings));
    }
    let names: Vec<&str> =
        loaded.settings.facilities.iter().map(|facility| facility.name.as_str()).collect();
    desk.show(&Good { file: desk.config.display().to_string(), facilities: names })
}

fn show(desk: &Desk, loaded: &Loaded) -> Outcome {
    desk.show(&Shown(loaded.show()))
}

/// Settings without a mistake.
#[derive(Debug, Serialize)]
struct Good<'a> {
    file: String,
    facilities: Vec<&'a str>,
}

impl Show for Good<'_> {
    fn table(&self, _console: Console, _wide: Wide) -> String {
        let (file, facilities) = (&self.file, self.facilities.join(", "));
        format!("{file} is in order; facilities: {facilities}\n")
    }

    fn names(&self) -> Vec<String> {
        self.facilities.iter().map(|name| format!("facility/{name}")).collect()
    }
}

/// The settings that hold, as a settings file.
#[derive(Debug)]
struct Shown(String);

impl Serialize for Shown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: toml::Table = toml::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        plain(toml::Value::Table(value)).serialize(serializer)
    }
}

/// TOML's own times become texts, as JSON has none.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(at) => Value::from(at.to_string()),
        toml::Value::Array(items) => items.into_iter().map(plain).collect(),
        toml::Value::Table(members) => {
            members.into_iter().map(|(name, value)| (name, plain(value))).collect()
        }
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::from(flag),
    }
}

impl Show for Shown {
    fn table(&self, _console: Console, _wide: Wide) -> String {
        self.0.clone()
    }

    fn names(&self) -> Vec<String> {
        let lines = self.0.lines().filter(|line| line.starts_with('['));
        lines.map(|line| line.split("  #").next().unwrap_or_default().to_owned()).collect()
    }
}

/// Every setting there is.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Schema(Value);

impl Show for Schema {
    fn table(&self, _console: Console, wide: Wide) -> String {
        let default = |preset: &Preset| match preset {
            Preset::Required => "required".to_owned(),
            Preset::Value(value) => (*value).to_owned(),
            Preset::Unset(words) => format!("({words})"),
        };
        if wide == Wide::Yes {
            let rows = SETTINGS.iter().map(|setting| {
                let (path, right) = (setting.path.to_owned(), setting.kind.words());
                [path, default(&setting.preset), setting.help.to_owned(), right]
            });
            return columns(&["SETTING", "DEFAULT", "WHAT FOR", "RIGHT"], rows);
        }
        let rows = SETTINGS.iter().map(|setting| {
            [setting.path.to_owned(), default(&setting.preset), setting.help.to_owned()]
        });
        columns(&["SETTING", "DEFAULT", "WHAT FOR"], rows)
    }

    fn names(&self) -> Vec<String> {
        SETTINGS.iter().map(|setting| setting.path.to_owned()).collect()
    }
}
