//! What the sandbox calls a guess is a row of its one table of guesses.

use crate::source::{File, rust};

/// Its file, and those of its parts.
const TABLE: &str = "src/sandbox/guesses";

/// Names of guesses in comments that are in no row, and guesses without a name.
fn unlisted(files: &[File], table: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let at = format!("{}:{}", file.path, number + 1);
            if line.contains("(a guess)") {
                wrong.push(format!("{at}: name the guess's row"));
            }
            for rest in line.split("the guess `").skip(1) {
                let name = rest.split('`').next().unwrap_or_default();
                if !table.contains(&format!("= \"{name}\",")) {
                    wrong.push(format!("{at}: there is no guess {name}"));
                }
            }
        }
    }
    wrong
}

#[test]
fn every_guess_of_the_sandbox_is_in_its_table() {
    let files = rust(&["src/sandbox"]);
    let parts = files.iter().filter(|file| file.path.starts_with(TABLE));
    let table: String = parts.map(|file| file.text.as_str()).collect();
    assert!(table.contains("= \"order_of_checks\","), "the table is elsewhere");
    assert_eq!(unlisted(&files, &table), Vec::<String>::new());
}

#[test]
fn a_guess_without_a_row_is_seen() {
    let text = "/// One (the guess `there`).\n/// Two (the guess `gone`).\n/// Three (a guess).\n";
    let file = File::planted("src/sandbox/x.rs", text);
    let expected =
        ["src/sandbox/x.rs:2: there is no guess gone", "src/sandbox/x.rs:3: name the guess's row"];
    assert_eq!(unlisted(&[file], "THERE = \"there\", \"1\""), expected);
}
