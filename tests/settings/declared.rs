//! The table of declarations against the program that reads along it.

use std::env;
use std::fs;
use std::path::PathBuf;

use quaymaster::settings::{Preset, SETTINGS, Setting, example, schema};

use crate::written::Written;

/// Settings in which every list has an item of every kind, and nothing is an example or a default.
const EVERYTHING: &str = r#"
[facilities.main]
environment = "production"
base_url = "https://elsewhere.example/rest/v1"

[[facilities.main.secret_key.stores]]
kind = "aws-secrets-manager"
secret_id = "x"
[[facilities.main.secret_key.stores]]
kind = "file"
path = "/x"
identity = { file = "/y" }

[[facilities.main.secret_key.deliver]]
kind = "file"
directory = "/x"
[[facilities.main.secret_key.deliver]]
kind = "command"
command = ["/x"]
[[facilities.main.secret_key.deliver]]
kind = "signal"
signal = "INT"
pid_file = "/x"
[[facilities.main.secret_key.deliver]]
kind = "webhook"
url = "https://x.example/"

[[calendar.activation]]
cron = "0 0 * * *"
duration = "1h"
[[calendar.freeze]]
from = 2026-12-16
until = 2027-01-04
reason = "x"
"#;

/// Where a declared setting stands in [`EVERYTHING`].
fn place(setting: &Setting) -> String {
    let path = setting.path.replace('*', "main").replace("[]", "[0]");
    let kinds = [
        ("[aws-secrets-manager]", 0),
        ("stores[file]", 1),
        ("deliver[file]", 0),
        ("[command]", 1),
        ("[signal]", 2),
        ("[webhook]", 3),
    ];
    kinds.into_iter().fold(path, |path, (kind, number)| {
        let list = kind.split_once('[').map_or("", |(list, _)| list);
        path.replace(kind, &format!("{list}[{number}]"))
    })
}

/// What must hold for a setting's example to be lawful.
fn beside(setting: &Setting) -> &'static [(&'static str, &'static str)] {
    let name = setting.path.rsplit('.').next().unwrap_or_default();
    match (setting.path, name) {
        ("listen.admin", _) => &[("access.tokens", "{ file = '/x' }")],
        (_, "create_identity") => &[("facilities.main.environment", "sandbox")],
        (_, "kms_key_id" | "tags") => &[("facilities.main.secret_key.stores[0].create", "true")],
        (path, _) if path.starts_with("sandbox.") => {
            &[("facilities.main.environment", "sandbox"), ("sandbox.listen", "127.0.0.1:9")]
        }
        _ => &[],
    }
}

#[test]
fn every_declared_setting_reaches_the_settings() {
    for setting in SETTINGS {
        let mut written = Written::new(EVERYTHING);
        for (path, value) in beside(setting) {
            written = written.flag(path, value);
        }
        let before = format!("{:?}", written.right().settings);
        let example = setting.example.trim_matches('"');
        let after = written.flag(&place(setting), example).right();
        assert_ne!(format!("{:?}", after.settings), before, "{} changes nothing", setting.path);
    }
}

#[test]
fn the_example_file_is_current_and_holds() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/quaymaster.example.toml");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, example()).unwrap();
    }
    let shipped = fs::read_to_string(&file).unwrap();
    assert!(shipped == example(), "UPDATE_DOCS=1 cargo test --test settings rewrites the example");
    Written::new(shipped).right();
}

#[test]
fn the_schema_is_closed_and_knows_every_setting() {
    let schema = schema();
    let text = schema.to_string();
    for setting in SETTINGS {
        let help = serde_json::to_string(setting.help).unwrap();
        assert!(text.contains(&help), "{}", setting.path);
        let default = matches!(setting.preset, Preset::Value(_));
        let name = setting.path.rsplit('.').next().unwrap();
        assert!(!default || text.contains(&format!("\"{name}\":")), "{}", setting.path);
    }
    closed(&schema);
    assert_eq!(schema["required"], serde_json::json!(["facilities"]));
    let facility = &schema["properties"]["facilities"]["additionalProperties"];
    assert_eq!(facility["required"], serde_json::json!(["environment", "secret_key"]));
}

/// Every table of the schema, however deep, takes no unknown name.
fn closed(schema: &serde_json::Value) {
    if schema.get("properties").is_some() {
        assert_eq!(schema["additionalProperties"], false, "{schema}");
    }
    let children = schema.as_object().into_iter().flatten().map(|(_, child)| child);
    children.chain(schema.as_array().into_iter().flatten()).for_each(closed);
}
