//! The tree as the rules see it: every file with its text, and its code without comments and texts.

use std::fs;
use std::path::Path;

/// A file of the project.
#[derive(Debug)]
pub(crate) struct File {
    /// Its path from the top, with slashes.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
    /// The same, byte for byte, with comments and the insides of literals blanked out.
    pub(crate) code: String,
}

impl File {
    /// A file made up by a test.
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: code_of(text) }
    }

    /// The line a byte stands on, counted from 1.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The top-level module the file belongs to, such as `domain`.
    pub(crate) fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let first = inside.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

/// Every Rust file under some folders of the project.
pub(crate) fn rust(folders: &[&str]) -> Vec<File> {
    let files = folders.iter().flat_map(|folder| under(folder)).collect::<Vec<_>>();
    let files: Vec<_> = files.into_iter().filter(|file| has_ending(&file.path, "rs")).collect();
    assert!(!files.is_empty(), "no source was found");
    files
}

/// Every text file of the project, but for what tools made.
pub(crate) fn everything() -> Vec<File> {
    under("")
}

pub(crate) fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|have| have == ending)
}

/// What is in the folder but is not the project's text.
const NOT_OURS: [&str; 5] = ["target", ".git", "var", "Cargo.lock", "LICENSE"];

fn under(folder: &str) -> Vec<File> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![top.join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
                let code = if has_ending(&path, "rs") { code_of(&text) } else { String::new() };
                files.push(File { path, text, code });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// Blanks comments and the insides of text and character literals; newlines stay.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let length = literal(rest, before).unwrap_or(0);
        if length == 0 {
            code.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            before = c;
        } else {
            let (blanked, after) = rest.split_at(length);
            code.extend(blanked.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = after;
            before = ' ';
        }
    }
    code
}

/// How many bytes of a comment or literal begin here, if one does.
fn literal(rest: &str, before: char) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if rest.starts_with('\'') {
        // A lifetime has no closing quote right after its first character.
        let mut chars = rest.chars().skip(1);
        let first = chars.next()?;
        return (first == '\\' || chars.next() == Some('\'')).then(|| quoted(rest, '\''));
    }
    let raw = rest.strip_prefix('r').filter(|_| !before.is_alphanumeric() && before != '_')?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let inside = raw.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(1 + hashes + 1 + inside.find(&close)? + close.len())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Where a word stands in a text, whole.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let of_word = |c: char| c.is_alphanumeric() || c == '_';
    let whole = move |at: &usize| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        let begins = word.starts_with(of_word);
        let ends = word.ends_with(of_word);
        !(begins && before.is_some_and(of_word) || ends && after.is_some_and(of_word))
    };
    text.match_indices(word).map(|(at, _)| at).filter(whole)
}

#[test]
fn comments_and_literals_are_blanked() {
    let text = "let a = \"b // \\\" c\"; // d\nlet e = 'f'; fn g<'h>() { r#\"i\"j\"# } /* k /* l */ m */ n";
    let code = code_of(text);
    assert_eq!(code.len(), text.len());
    let kept: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(kept, "let a = ; let e = ; fn g<'h>() { } n");
}
