//! Documents say what the code says. Pages under `docs/` are made whole; in other documents the
//! tables between `<!-- from the code: NAME -->` and `<!-- end -->` are. `UPDATE_DOCS=1` rewrites
//! both.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use quaymaster::cli::Exit;
use quaymaster::daemon::ops::ROUTES;
use quaymaster::domain::LIFECYCLES;
use quaymaster::domain::condition::{Condition, OBSTACLES};
use quaymaster::metrics::labels;
use quaymaster::metrics::table::{TABLE, explain};
use quaymaster::settings::{Preset, SETTINGS};

const BEGIN: &str = "<!-- from the code: ";
const END: &str = "<!-- end -->";

/// The documents that may hold marked tables.
const MARKED: [&str; 2] = ["README.md", "ARCHITECTURE.md"];

pub(crate) fn top(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(crate) fn keep_current(path: &str, made: &str) {
    let file = top(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, made).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == made, "{path} is not current: UPDATE_DOCS=1 cargo test --test ops");
}

pub(crate) fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | ").replace("|  |", "| |"));
    let heads: Vec<_> = heads.iter().map(|head| (*head).to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(heads.len()));
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}{rule}{rows}", line(&heads))
}

pub(crate) fn code(word: &str) -> String {
    format!("`{word}`")
}

fn metrics() -> String {
    let rows = TABLE.iter().map(|row| {
        let labels: Vec<_> = row.labels.iter().map(|label| code(label)).collect();
        vec![code(row.name), row.kind.to_owned(), labels.join(", "), row.help.to_owned()]
    });
    table(&["metric", "type", "labels", "what it says"], rows)
}

fn label_words() -> String {
    let mut seen: Vec<&str> = Vec::new();
    for label in TABLE.iter().flat_map(|row| row.labels) {
        if !seen.contains(label) {
            seen.push(label);
        }
    }
    let rows = seen.into_iter().map(|label| vec![code(label), labels::describe(label)]);
    table(&["label", "what it can be"], rows)
}

fn conditions() -> String {
    let rows = Condition::ALL.iter().map(|one| {
        let words = [one.urgency().label(), one.meaning().trim(), one.remedy()];
        let mut row = vec![code(one.label())];
        row.extend(words.map(str::to_owned));
        row
    });
    table(&["word", "urgency", "what it means", "what to do"], rows)
}

fn obstacles() -> String {
    let rows = OBSTACLES
        .iter()
        .map(|one| vec![code(one.label), one.meaning.to_owned(), one.remedy.to_owned()]);
    table(&["word", "what it means", "what to do"], rows)
}

fn remedies() -> String {
    let rows = Condition::ALL.iter().map(|one| {
        vec![code(one.label()), one.urgency().label().to_owned(), one.remedy().to_owned()]
    });
    table(&["condition", "urgency", "what to do"], rows)
}

fn exits() -> String {
    let rows = Exit::ALL.iter().map(|exit| {
        vec![exit.code().to_string(), code(exit.label()), exit.meaning().trim().to_owned()]
    });
    table(&["code", "word", "what it means"], rows)
}

fn metric_names() -> String {
    let rows = TABLE.iter().map(|row| vec![code(row.name), row.help.to_owned()]);
    table(&["metric", "what it says"], rows)
}

fn settings() -> String {
    let rows = SETTINGS.iter().map(|setting| {
        let preset = match setting.preset {
            Preset::Required => "required".to_owned(),
            Preset::Value(value) => code(value),
            Preset::Unset(means) => format!("unset: {means}"),
        };
        vec![code(setting.path), preset, setting.help.to_owned()]
    });
    table(&["setting", "default", "what for"], rows)
}

fn probes() -> String {
    let rows = ROUTES.iter().map(|(path, says)| vec![code(path), (*says).to_owned()]);
    table(&["path", "what it says"], rows)
}

fn lifecycles() -> String {
    let mut text = String::new();
    for known in LIFECYCLES {
        let states = known.states.iter();
        let rows = states.map(|row| vec![code(row.label), row.meaning.trim().to_owned()]);
        let states = table(&[&format!("state of `{}`", known.name), "what it means"], rows);
        writeln!(text, "{states}").unwrap();
    }
    text.trim_end().to_owned() + "\n"
}

/// What a marked table is made from.
fn made(name: &str) -> Option<String> {
    Some(match name {
        "metrics" => metrics(),
        "conditions" => conditions(),
        "obstacles" => obstacles(),
        "remedies" => remedies(),
        "exits" => exits(),
        "metric-names" => metric_names(),
        "settings" => settings(),
        "probes" => probes(),
        "lifecycles" => lifecycles(),
        _ => return None,
    })
}

/// The document with every marked table made anew.
fn renewed(document: &str) -> Result<String, String> {
    let mut renewed = String::new();
    let mut rest = document;
    while let Some((before, marked)) = rest.split_once(BEGIN) {
        let (name, inside) = marked.split_once(" -->\n").ok_or("a mark without its end")?;
        let (_, after) = inside.split_once(END).ok_or(format!("{name}: no {END}"))?;
        let made = made(name).ok_or(format!("{name}: the code makes no such table"))?;
        write!(renewed, "{before}{BEGIN}{name} -->\n{made}{END}").unwrap();
        rest = after;
    }
    Ok(renewed + rest)
}

#[test]
fn the_page_of_metrics_is_current() {
    let page = format!(
        "# Metrics\n\nServed at `GET /metrics` of the ops listener. Made from the code; a test keeps \
         it current.\n\nEvery series of a facility stands from the start, and label words come from \
         closed sets; none is an id. Times are seconds since 1970, and 0 says that there is none. \
         The usual `process_*` metrics are there as well.\n\n{}\n## Labels\n\n{}",
        metrics(),
        label_words()
    );
    keep_current("docs/metrics.md", &page);
}

#[test]
fn the_page_of_conditions_is_current() {
    let page = format!(
        "# What can be the matter\n\nMade from the code; a test keeps it current. The words are those \
         of `quaymaster status`, of the metric `quaymaster_api_key_status` and of `quaymaster \
         explain WORD`.\n\n## With a facility's keys\n\n{}\n## With the program\n\n{}",
        conditions(),
        obstacles()
    );
    keep_current("docs/conditions.md", &page);
}

#[test]
fn marked_tables_are_current() {
    for path in MARKED {
        if let Ok(document) = fs::read_to_string(top(path)) {
            let renewed = renewed(&document).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
            keep_current(path, &renewed);
        }
    }
}

#[test]
fn a_marked_table_that_is_not_current_is_seen() {
    let document = |inside: &str| format!("# A\n\n{BEGIN}probes -->\n{inside}{END}\n\nend\n");
    let current = renewed(&document("stale\n")).unwrap();
    assert_eq!(current, document(&probes()));
    assert_eq!(renewed(&current).unwrap(), current);
    assert!(renewed(&document("").replace("probes", "weather")).is_err());
    assert!(renewed(&document("").replace(END, "")).is_err());
}

#[test]
fn every_label_is_described_and_every_metric_explained() {
    for row in TABLE {
        assert!(row.help.ends_with('.'), "{}", row.name);
        for label in row.labels {
            assert!(!labels::describe(label).is_empty(), "{}: {label}", row.name);
        }
        assert!(explain(row.name).unwrap().contains(row.help), "{}", row.name);
    }
    assert_eq!(explain("quaymaster_nothing"), None);
}
