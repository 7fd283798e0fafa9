//! A key's text is read in three places, and held in one type.

use crate::source::{File, rust, words};

/// The places that must have a key's text.
const PLACES: [&str; 3] = ["quickstream", "secrets", "deliver"];

/// Ways to a key's text. The first is the way of `KeyText`; the others would go round it.
const WAYS: [&str; 4] = ["expose", "expose_secret", "ExposeSecret", "SecretString"];

fn exposed(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.module() != "key") {
        for way in WAYS {
            if PLACES.contains(&file.module()) && way == "expose" {
                continue;
            }
            for at in words(&file.code, way) {
                wrong.push(format!("{}:{}: {way}", file.path, file.line_of(at)));
            }
        }
    }
    wrong
}

/// The sandbox mints keys of its own and must not know how the client keeps them.
fn sandbox_knows_keys(files: &[File]) -> Vec<String> {
    let of_sandbox = files.iter().filter(|file| file.module() == "sandbox");
    let knows = of_sandbox.filter(|file| words(&file.code, "KeyText").next().is_some());
    knows.map(|file| file.path.clone()).collect()
}

#[test]
fn key_texts_are_read_in_three_places() {
    let files = rust(&["src"]);
    assert_eq!(exposed(&files), Vec::<String>::new());
    assert_eq!(sandbox_knows_keys(&files), Vec::<String>::new());
    let key = files.iter().find(|file| file.path == "src/key.rs").unwrap();
    let ways = WAYS.iter().filter(|way| words(&key.code, way).next().is_some());
    assert_eq!(ways.count(), WAYS.len(), "the check looks for words that key.rs no longer uses");
}

#[test]
fn planted_exposures_are_seen() {
    for (path, text) in [
        ("src/service/renewal.rs", "log(key.expose())"),
        ("src/service/renewal.rs", "let text = KeyText::expose(&key);"),
        ("src/admin.rs", "use secrecy::SecretString;"),
        ("src/deliver/files.rs", "use secrecy::ExposeSecret;"),
    ] {
        assert_eq!(exposed(&[File::planted(path, text)]).len(), 1, "{path}: {text}");
    }
    let fine = File::planted("src/deliver/files.rs", "write(key.expose())");
    assert_eq!(exposed(&[fine]), Vec::<String>::new());
    let sandbox = File::planted("src/sandbox/book.rs", "use crate::key::KeyText;");
    assert_eq!(sandbox_knows_keys(&[sandbox]).len(), 1);
}
