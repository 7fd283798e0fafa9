//! `docs/metrics.md` says what the code declares. `UPDATE_DOCS=1` rewrites it.

use std::fmt::Write;
use std::path::Path;

use quaymaster::metrics::labels;
use quaymaster::metrics::table::TABLE;

#[test]
fn the_page_of_metrics_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/metrics.md is not current: UPDATE_DOCS=1 cargo test --test ops");
}

fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\nServed at `GET /metrics` of the ops listener. Made from the code; a test keeps \
         it current.\n\nEvery series of a facility stands from the start, and label words come from \
         closed sets; none is an id. Times are seconds since 1970, and 0 says that there is none. \
         The usual `process_*` metrics are there as well.\n\n\
         | metric | type | labels | what it says |\n|---|---|---|---|\n",
    );
    for row in TABLE {
        let labels: Vec<_> = row.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = labels.join(", ");
        writeln!(page, "| `{}` | {} | {labels} | {} |", row.name, row.kind, row.help).unwrap();
    }
    page.push_str("\n## Labels\n\n| label | what it can be |\n|---|---|\n");
    let mut seen = Vec::new();
    for label in TABLE.iter().flat_map(|row| row.labels) {
        if !seen.contains(label) {
            seen.push(*label);
            writeln!(page, "| `{label}` | {} |", labels::describe(label)).unwrap();
        }
    }
    page
}

#[test]
fn every_label_is_described_and_every_metric_explained() {
    for row in TABLE {
        assert!(row.help.ends_with('.'), "{}", row.name);
        for label in row.labels {
            assert!(!labels::describe(label).is_empty(), "{}: {label}", row.name);
        }
        let text = quaymaster::metrics::table::explain(row.name).unwrap();
        assert!(text.contains(row.help), "{text}");
    }
    assert_eq!(quaymaster::metrics::table::explain("quaymaster_nothing"), None);
}
