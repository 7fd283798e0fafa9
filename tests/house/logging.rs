//! Log lines use the closed list of fields, or their fields would be dropped; and their sentences
//! begin in lower case.

use crate::source::{File, rust, words};

const MACROS: [&str; 10] = [
    "error!",
    "warn!",
    "info!",
    "debug!",
    "trace!",
    "error_span!",
    "warn_span!",
    "info_span!",
    "debug_span!",
    "trace_span!",
];

/// What a macro of tracing takes that is no field.
const NOT_FIELDS: [&str; 3] = ["target:", "parent:", "name:"];

/// The list, read from where it is declared.
fn fields(files: &[File]) -> Vec<String> {
    let declared = files.iter().find(|file| file.path == "src/logs/fields.rs").unwrap();
    let list = declared.text.split_once("pub const FIELDS").unwrap().1;
    let list = list.split_once("];").unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn unlisted(files: &[File], fields: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        for name in MACROS {
            for at in words(&file.code, name) {
                let line = file.line_of(at);
                let begin = at + name.len() + 1;
                let mut say = |what: String| wrong.push(format!("{}:{line}: {what}", file.path));
                for (from, to) in arguments(&file.code, begin) {
                    let code = file.code.get(from..to).unwrap_or_default().trim();
                    let text = file.text.get(from..to).unwrap_or_default().trim();
                    if let Some(field) = field(code) {
                        if !fields.iter().any(|known| known == field) {
                            say(format!("the field {field} is not on the list"));
                        }
                    } else if text.starts_with('"') && !name.ends_with("span!") {
                        if text.chars().nth(1).is_some_and(char::is_uppercase) {
                            say(format!("{text} begins in upper case"));
                        }
                        break;
                    }
                }
            }
        }
    }
    wrong
}

/// The field's name, if the argument is one.
fn field(argument: &str) -> Option<&str> {
    if NOT_FIELDS.iter().any(|prefix| argument.starts_with(prefix)) {
        return None;
    }
    let argument = argument.trim_start_matches(['%', '?']);
    let end = argument.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.'));
    let name = argument.get(..end.unwrap_or(argument.len()))?;
    let rest = argument.get(name.len()..)?.trim_start();
    let is_field =
        !name.is_empty() && (rest.is_empty() || rest.starts_with('=') && !rest.starts_with("=="));
    // A shorthand such as `%self.name` takes the last part for its name.
    is_field.then(|| name.rsplit('.').next().unwrap_or(name))
}

/// Where each argument of a call stands.
fn arguments(code: &str, begin: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut depth, mut from) = (0_i32, begin);
    for (offset, c) in code.get(begin..).unwrap_or_default().char_indices() {
        let at = begin + offset;
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push((from, at));
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push((from, at));
                from = at + 1;
            }
            _ => {}
        }
    }
    found
}

#[test]
fn lines_use_listed_fields_and_begin_in_lower_case() {
    let files = rust(&["src"]);
    let fields = fields(&files);
    assert!(fields.iter().any(|field| field == "facility"), "{fields:?}");
    let spoken: Vec<_> =
        files.into_iter().filter(|file| file.path != "src/logs/tests.rs").collect();
    assert_eq!(unlisted(&spoken, &fields), Vec::<String>::new());
}

#[test]
fn planted_lines_are_seen() {
    let fields = ["facility".to_owned(), "error".to_owned()];
    for text in [
        "tracing::info!(facility = %name, body, \"said\");",
        "warn!(%self.token, \"said\");",
        "info_span!(\"Renewal\", body = 1);",
        "error!(error = \"x\", \"The end\");",
    ] {
        assert_eq!(unlisted(&[File::planted("src/x.rs", text)], &fields).len(), 1, "{text}");
    }
    for text in [
        "tracing::info!(facility = f(a, b), %error, \"said {a} {}\", body);",
        "info_span!(\"Renewal\", facility = 1);",
        "debug!(target: \"x\", \"said\", );",
    ] {
        assert_eq!(unlisted(&[File::planted("src/x.rs", text)], &fields), Vec::<String>::new());
    }
}
