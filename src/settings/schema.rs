//! `config schema`: the closed shape as a JSON Schema (draft 2020-12), for editors.

use serde_json::{Map, Value as Json, json};

use crate::settings::declared::{Kind, Off, Preset, Setting};
use crate::settings::mistake::Origin;
use crate::settings::shape::{ROOT, Shape, is_needed};
use crate::settings::written::{Node, Value, read_value};

/// The schema of a settings file.
pub fn schema() -> Json {
    let mut root = of(&ROOT, "");
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("quaymaster's settings"));
    }
    root
}

fn of(shape: &Shape, path: &str) -> Json {
    match shape {
        Shape::Leaf(setting) => leaf(setting),
        Shape::Table(names) => table(names, path, None),
        Shape::Named(inner) => json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 64,
            "propertyNames": { "pattern": "^[a-z0-9_-]{1,255}$" },
            "additionalProperties": of(inner, &join(path, "*")),
        }),
        Shape::List(inner) => {
            json!({ "type": "array", "maxItems": 64, "items": of(inner, &format!("{path}[]")) })
        }
        Shape::Kinds(kinds) => {
            let kinds = kinds.iter().map(|(word, inner)| match inner {
                Shape::Table(names) => table(names, &format!("{path}[{word}]"), Some(word)),
                Shape::Leaf(_) | Shape::Named(_) | Shape::List(_) | Shape::Kinds(_) => {
                    of(inner, path)
                }
            });
            let min = u8::from(is_needed(path));
            let kinds = kinds.collect::<Vec<_>>();
            json!({ "type": "array", "minItems": min, "maxItems": 64, "items": { "oneOf": kinds } })
        }
    }
}

fn table(names: &[(&'static str, Shape)], path: &str, kind: Option<&str>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    if let Some(kind) = kind {
        properties.insert("kind".into(), json!({ "const": kind }));
        required.push("kind");
    }
    for (name, shape) in names {
        let path = join(path, name);
        properties.insert((*name).into(), of(shape, &path));
        if must_be_written(shape, &path) {
            required.push(name);
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Whether nothing holds unless something is written here.
fn must_be_written(shape: &Shape, path: &str) -> bool {
    match shape {
        Shape::Leaf(setting) => setting.preset == Preset::Required,
        Shape::Table(names) => {
            names.iter().any(|(name, shape)| must_be_written(shape, &join(path, name)))
        }
        Shape::Named(_) => true,
        Shape::List(_) | Shape::Kinds(_) => is_needed(path),
    }
}

fn leaf(setting: &Setting) -> Json {
    let mut schema = kind(&setting.kind);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".into(), json!(setting.help));
        schema.insert("examples".into(), json!([from_toml(setting.example)]));
        if let Preset::Value(text) = setting.preset {
            schema.insert("default".into(), from_toml(text));
        }
    }
    schema
}

fn kind(kind: &Kind) -> Json {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 4096 });
    match kind {
        Kind::Text | Kind::Path | Kind::Cron | Kind::Zone | Kind::Filter => text,
        Kind::Words(words) => json!({ "enum": words }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Number(min, max) => json!({ "type": "number", "minimum": min, "maximum": max }),
        Kind::Length(..) => json!({ "type": "string", "pattern": "^([0-9]+(d|h|m|s|ms))+$" }),
        Kind::Mode => json!({ "type": "string", "pattern": "^0?[46][0246]0$" }),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Moment => json!({ "type": "string", "format": "date-time" }),
        Kind::Address(Off::Refused) => json!({ "type": "string", "pattern": ":[0-9]{1,5}$" }),
        Kind::Address(Off::Allowed) => json!({ "type": "string", "pattern": "^off$|:[0-9]{1,5}$" }),
        Kind::Listeners | Kind::Texts => {
            json!({ "oneOf": [text, { "type": "array", "maxItems": 64, "items": text }] })
        }
        Kind::Book => json!({ "type": "string", "pattern": "^(sqlite:.+|memory:)$" }),
        Kind::Url => json!({ "type": "string", "format": "uri", "pattern": "^https?://" }),
        Kind::Secret => json!({
            "type": "object",
            "properties": { "file": text },
            "required": ["file"],
            "additionalProperties": false,
        }),
        Kind::Pairs => json!({ "type": "object", "additionalProperties": text }),
    }
}

fn from_toml(text: &str) -> Json {
    read_value(text, &Origin::Default).map_or(Json::Null, |node| from_node(&node))
}

fn from_node(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) | Value::Loose(text) | Value::Moment(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Number(number) => json!(number),
        Value::Flag(flag) => json!(flag),
        Value::Unfit => Json::Null,
        Value::List(items) => items.iter().map(from_node).collect(),
        Value::Table(entries) => {
            let entries = entries.iter().map(|entry| (entry.name.clone(), from_node(&entry.node)));
            Json::Object(entries.collect())
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
