//! Words that must not stand in the project. They are put together here, so that this file may
//! itself be read.

use crate::source::{File, everything, has_ending, words};

/// What stands nowhere: unfinished work, and places of one machine.
const NOWHERE: [&str; 12] = [
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("Being ", "built"),
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/wt"),
    concat!("/tm", "p/tgt"),
    concat!("/tm", "p/qm"),
    concat!("/fa", "rm/"),
    concat!("artif", "actory"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
];

/// What stands in no Rust file's code.
const NOT_IN_CODE: [&str; 6] = [
    concat!("to", "do!"),
    concat!("unimpl", "emented!"),
    concat!("db", "g!"),
    concat!("#[ign", "ore"),
    concat!("#[al", "low("),
    concat!("#![al", "low("),
];

/// What stands in no text of the program: the staging label that other rotators own.
const NOT_A_VALUE: &str = concat!("\"AWSPEN", "DING\"");

fn banned(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        let mut say = |word: &str, at| {
            wrong.push(format!("{}:{}: {word}", file.path, file.line_of(at)));
        };
        for word in NOWHERE {
            words(&file.text, word).for_each(|at| say(word, at));
        }
        for word in NOT_IN_CODE {
            words(&file.code, word).filter(|at| !is_shared(file, *at)).for_each(|at| say(word, at));
        }
        if file.path.starts_with("src/") {
            file.text.match_indices(NOT_A_VALUE).for_each(|(at, word)| say(word, at));
        }
    }
    wrong
}

/// The one exception that need not be met: what several test programs share is not used by each of
/// them whole.
fn is_shared(file: &File, at: usize) -> bool {
    let here = file.code.get(at..).unwrap_or_default();
    let attribute = here.split(")]").next().unwrap_or_default();
    let says = |word| words(attribute, word).next().is_some();
    file.path.starts_with("tests/support/") && says("dead_code") && says("reason")
}

/// An exception to a lint must say why.
fn unreasoned(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| has_ending(&file.path, "rs")) {
        for (at, _) in file.code.match_indices("[expect(") {
            let end = file.code.get(at..).and_then(|rest| rest.find(")]")).unwrap_or(0);
            let inside = file.code.get(at..at + end).unwrap_or_default();
            if !inside.contains("reason =") {
                wrong.push(format!("{}:{}: no reason", file.path, file.line_of(at)));
            }
        }
    }
    wrong
}

#[test]
fn no_banned_word_stands_anywhere() {
    assert_eq!(banned(&everything()), Vec::<String>::new());
}

#[test]
fn every_exception_has_its_reason() {
    assert_eq!(unreasoned(&everything()), Vec::<String>::new());
}

#[test]
fn planted_words_are_seen() {
    for word in NOWHERE {
        let planted = File::planted("docs/x.md", &format!("see {word}."));
        assert_eq!(banned(&[planted]).len(), 1, "{word}");
    }
    for word in NOT_IN_CODE {
        let planted = File::planted("tests/x.rs", &format!("{word} x"));
        assert_eq!(banned(&[planted]).len(), 1, "{word}");
        let spoken = File::planted("tests/x.rs", &format!("// {word}"));
        assert_eq!(banned(&[spoken]), Vec::<String>::new(), "{word}");
    }
    let shared = concat!("#![al", "low(dead_code, reason = \"shared\")]");
    assert_eq!(banned(&[File::planted("tests/support/x.rs", shared)]), Vec::<String>::new());
    assert_eq!(banned(&[File::planted("src/x.rs", shared)]).len(), 1);
    let planted = File::planted("src/x.rs", &format!("f({NOT_A_VALUE})"));
    assert_eq!(banned(&[planted]).len(), 1);
    let planted = File::planted("src/x.rs", "#[expect(clippy::panic)]\nfn f() {}");
    assert_eq!(unreasoned(&[planted]).len(), 1);
}
