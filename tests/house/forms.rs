//! The forms every file keeps: a first line that says what it knows, no `mod.rs`, one program.

use crate::source::{File, rust};

fn misshapen(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if name == "mod.rs" {
            wrong.push(format!("{}: a module's file stands beside its folder", file.path));
        }
        let first = file.text.lines().next().unwrap_or_default();
        if name != "tests.rs" && first.trim_start_matches("//! ").len() + 4 != first.len() {
            wrong.push(format!("{}: its first line does not say what it is", file.path));
        }
        if file.path.starts_with("src/") {
            wrong.extend(test_builds(file));
        }
    }
    wrong
}

/// Code that is only there in a test build, other than a module of tests.
fn test_builds(file: &File) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut lines =
        file.code.lines().enumerate().skip_while(|(_, line)| !line.contains("cfg(test)"));
    while let Some((number, line)) = lines.next() {
        if !line.contains("cfg(test)") && !line.contains("cfg(not(test))") {
            continue;
        }
        let next = lines.by_ref().find(|(_, line)| !line.trim_start().starts_with("#["));
        let next = next.map(|(_, line)| line.trim_start()).unwrap_or_default();
        if !next.starts_with("mod ") {
            wrong.push(format!("{}:{}: a test build is another program", file.path, number + 1));
        }
    }
    wrong
}

#[test]
fn every_file_keeps_the_form() {
    assert_eq!(misshapen(&rust(&["src", "tests", "benches"])), Vec::<String>::new());
}

#[test]
fn planted_misshapes_are_seen() {
    for (path, text) in [
        ("src/x/mod.rs", "//! A part.\n"),
        ("src/x.rs", "use std::fmt;\n"),
        ("src/x.rs", "//!\n"),
        ("src/x.rs", "//! A part.\n#[cfg(test)]\nuse fake::Client;\n"),
        ("src/x.rs", "//! A part.\nfn f() {}\n#[cfg(test)]\n#[rustfmt::skip]\nfn g() {}\n"),
    ] {
        assert_eq!(misshapen(&[File::planted(path, text)]).len(), 1, "{path}: {text}");
    }
    let fine = "//! A part.\n\n#[cfg(test)]\nmod tests;\n";
    assert_eq!(misshapen(&[File::planted("src/x.rs", fine)]), Vec::<String>::new());
}
