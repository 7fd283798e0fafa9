//! A floor uses lower floors only, and no part reaches round the back.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{File, rust, words};

const ADAPTERS: [&str; 4] = ["quickstream", "secrets", "store", "deliver"];
const BESIDE: [&str; 6] = ["metrics", "logs", "settings", "clock", "key", "http"];
const DOORS: [&str; 4] = ["main", "cli", "admin", "proxy"];

/// The modules that one may use, besides itself.
fn allowed(module: &str) -> Vec<&'static str> {
    let below_service = [&["domain"], &BESIDE[..], &ADAPTERS[..]].concat();
    match module {
        "domain" | "lib" => vec![],
        "sandbox" => vec!["domain", "clock", "http"],
        _ if BESIDE.contains(&module) => [&["domain"], &BESIDE[..]].concat(),
        _ if ADAPTERS.contains(&module) => [&["domain"], &BESIDE[..]].concat(),
        "service" => below_service,
        "daemon" => [&below_service[..], &["service", "sandbox"]].concat(),
        _ if DOORS.contains(&module) => {
            [&below_service[..], &["service", "sandbox", "daemon"], &DOORS[..]].concat()
        }
        _ => vec![],
    }
}

/// What the domain does without, and no floor may bring in.
const NOT_IN_DOMAIN: [&str; 14] = [
    "async",
    "await",
    "tokio",
    "serde",
    "serde_json",
    "tracing",
    "prometheus",
    "std::fs",
    "std::net",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "Timestamp::now",
];

/// Each use of another top-level module: where, by whom, of whom.
fn arrows(file: &File, modules: &BTreeSet<String>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in ["crate", "quaymaster"] {
        for at in words(&file.code, root) {
            let after = file.code.get(at + root.len()..).unwrap_or_default();
            if let Some(path) = after.strip_prefix("::") {
                found.extend(heads(path).into_iter().map(|head| (file.line_of(at), head)));
            }
        }
    }
    let depth = file.path.matches('/').count();
    for at in words(&file.code, "super") {
        let chain = file.code.get(at..).unwrap_or_default();
        let steps = chain.split("::").take_while(|step| *step == "super").count();
        let path = chain.splitn(steps + 1, "::").last().unwrap_or_default();
        if steps >= depth {
            found.extend(heads(path).into_iter().map(|head| (file.line_of(at), head)));
        }
    }
    found.retain(|(_, head)| modules.contains(head));
    found
}

/// The first names of a path: one, or several where it begins with a brace.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text.get(..end).unwrap_or_default().to_owned()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0_i32;
    let mut names = vec![name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group.get(at + 1..).unwrap_or_default())),
            _ => {}
        }
    }
    names
}

fn modules(files: &[File]) -> BTreeSet<String> {
    files.iter().map(|file| file.module().to_owned()).filter(|name| name != "lib").collect()
}

fn wrong_arrows(files: &[File]) -> Vec<String> {
    let modules = modules(files);
    let mut wrong = Vec::new();
    for file in files {
        let module = file.module();
        for (line, other) in arrows(file, &modules) {
            if other != module && !allowed(module).contains(&other.as_str()) {
                wrong.push(format!("{}:{line}: {module} must not use {other}", file.path));
            }
        }
    }
    wrong
}

/// The top-level modules that, by way of others, use themselves.
fn in_circles(files: &[File]) -> Vec<String> {
    let modules = modules(files);
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !DOORS.contains(&file.module())) {
        let others = arrows(file, &modules).into_iter().map(|(_, other)| other);
        uses.entry(file.module()).or_default().extend(others.filter(|one| one != file.module()));
    }
    let reaches = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from.to_owned()];
        while let Some(one) = next.pop() {
            for other in uses.get(one.as_str()).into_iter().flatten() {
                if seen.insert(other.clone()) {
                    next.push(other.clone());
                }
            }
        }
        seen
    };
    uses.keys()
        .filter(|module| reaches(module).contains(**module))
        .map(|m| (*m).to_owned())
        .collect()
}

fn impure(files: &[File]) -> Vec<String> {
    let of_domain = files.iter().filter(|file| file.module() == "domain");
    let mut wrong = Vec::new();
    for file in of_domain {
        for word in NOT_IN_DOMAIN {
            for at in words(&file.code, word) {
                wrong.push(format!("{}:{}: {word} in the domain", file.path, file.line_of(at)));
            }
        }
    }
    wrong
}

#[test]
fn arrows_point_down() {
    assert_eq!(wrong_arrows(&rust(&["src"])), Vec::<String>::new());
}

#[test]
fn no_module_uses_itself_by_way_of_others() {
    assert_eq!(in_circles(&rust(&["src"])), Vec::<String>::new());
}

#[test]
fn the_domain_only_decides() {
    assert_eq!(impure(&rust(&["src"])), Vec::<String>::new());
}

#[test]
fn every_module_has_its_floor() {
    for module in modules(&rust(&["src"])) {
        let known = module == "domain" || !allowed(&module).is_empty();
        assert!(known, "{module} stands on no floor: say here what it may use");
    }
}

#[test]
fn planted_arrows_are_seen() {
    let rest = ["store", "deliver", "service", "daemon", "settings", "logs", "quickstream"];
    let plant = |path: &str, text: &str| {
        let others = rest.map(|name| File::planted(&format!("src/{name}.rs"), ""));
        let mut files = Vec::from(others);
        files.push(File::planted(path, text));
        files
    };
    for (path, text) in [
        ("src/domain/x.rs", "use crate::settings::Settings;"),
        ("src/domain/x.rs", "fn f() { crate::store::open() }"),
        ("src/domain/x.rs", "use super::super::store::Store;"),
        ("src/secrets/x.rs", "use crate::{domain::names, deliver::{A, B}};"),
        ("src/secrets/x.rs", "use crate::service::Report;"),
        ("src/metrics/x.rs", "fn f(s: &crate::service::FacilityStatus) {}"),
        ("src/service/x.rs", "use crate::daemon::Daemon;"),
        ("src/sandbox/x.rs", "use crate::quickstream::Client;"),
        ("src/sandbox/x.rs", "use crate::settings::model::Product;"),
        ("src/metrics.rs", "use super::store;"),
    ] {
        assert_eq!(wrong_arrows(&plant(path, text)).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/service/x.rs", "use crate::store::Store; // crate::daemon"),
        ("src/secrets/x.rs", "use super::file; const A: &str = \"crate::service\";"),
        ("src/cli.rs", "use crate::daemon::Daemon;"),
    ] {
        assert_eq!(wrong_arrows(&plant(path, text)), Vec::<String>::new(), "{path}: {text}");
    }
    let circle = [
        File::planted("src/logs.rs", "use crate::settings::Log;"),
        File::planted("src/settings.rs", "use crate::logs::Filter;"),
    ];
    assert_eq!(in_circles(&circle), ["logs", "settings"]);
    let planted = File::planted("src/domain/x.rs", "async fn f() { std::fs::read(\"a\") }");
    assert_eq!(impure(&[planted]).len(), 2);
}
