//! How each field's name is known: what no document has is in the guesses' table, and is marked in the
//! document that the sandbox serves.

use serde_json::Value;

use crate::models::{self, Is, Known, MODELS, Model};
use crate::page;

/// What no document has is a guess that the table names the field of.
#[test]
fn what_no_document_has_is_in_the_guesses_table() {
    let files = ["guesses.rs", "guesses/files.rs", "guesses/newer.rs"];
    let table = files.map(|file| page::read(&format!("src/sandbox/{file}"))).concat();
    for Model(name, fields) in MODELS {
        for (field, _, known) in *fields {
            if let Known::Guess(guess) = known {
                let row = table.split_once(&format!("\"{guess}\"")).map(|(_, rest)| rest);
                let row = row.and_then(|rest| rest.split(");\n").next()).unwrap_or_default();
                let words = row.split(|c: char| !c.is_alphanumeric());
                assert!(words.into_iter().any(|word| word == *field), "{name}.{field}: {guess}");
            }
        }
    }
}

/// Each field of a model that is graded otherwise than the sandbox's own description marks it.
fn graded_otherwise(model: &Model, schema: &Value, around: Option<&str>) -> Vec<String> {
    let (Model(name, fields), mut found) = (model, Vec::new());
    for (field, is, known) in *fields {
        let property = &schema["properties"][field];
        let marked = property["x-guess"].as_str().or(around);
        let graded = if let Known::Guess(guess) = known { Some(*guess) } else { None };
        // An amendment shows a part of the terms and details.
        let left_out = property.is_null() && around.is_some();
        if !left_out && (property.is_null() || graded.is_some() != marked.is_some()) {
            found.push(format!("{name}.{field}: {graded:?}, described with {marked:?}"));
        }
        if let Is::One(inner) = is
            && schema_of(property).is_some()
        {
            found.extend(graded_otherwise(inner, schema_of(property).unwrap(), marked));
        }
    }
    found
}

/// The object that a property is, where it is not null.
fn schema_of(property: &Value) -> Option<&Value> {
    let forms = ["anyOf", "oneOf"].into_iter().filter_map(|word| property[word].as_array());
    let is_object = |schema: &&Value| schema["properties"].is_object();
    [property].into_iter().chain(forms.flatten()).find(is_object)
}

/// The two gradings were written apart from each other.
#[test]
fn what_is_a_guess_here_is_described_as_one() {
    let document = quaymaster::sandbox::openapi_document(&serde_json::Map::new());
    let mut found = Vec::new();
    for (model, path) in [
        (&models::AGREEMENT, "/payto-agreements/{agreementToken}"),
        (&models::RECURRING, "/recurring-payments/{paymentScheduleId}"),
    ] {
        let answers = &document["paths"][path]["get"]["responses"]["200"];
        let schema = &answers["content"]["application/json"]["schema"];
        found.extend(graded_otherwise(model, schema, None));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
