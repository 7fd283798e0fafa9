//! What the documents have a developer type is typed here, against a sandbox of the test's own.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::support::{Bank, Reply};

/// Where the documents have the sandbox listen.
const ADDRESS: &str = "http://127.0.0.1:9480";

/// A shell that knows variables, quotes, comments, `curl` and one file at a time.
#[derive(Default)]
struct Shell {
    variables: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

impl Shell {
    /// A line's words, as a shell makes them.
    fn words(&self, line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        let mut rest = line.chars().peekable();
        while let Some(next) = rest.next() {
            match (quote, next) {
                (None, '#') if word.is_none() => break,
                (None, ' ') => words.extend(word.take()),
                (None, '\'' | '"') => {
                    quote = Some(next);
                    word.get_or_insert_default();
                }
                (Some(open), close) if open == close => quote = None,
                (None | Some('"'), '$') => {
                    let mut name = String::new();
                    while let Some(letter) = rest.next_if(char::is_ascii_alphanumeric) {
                        name.push(letter);
                    }
                    let value = self.variables.get(&name);
                    word.get_or_insert_default().push_str(value.expect("a variable that is set"));
                }
                _ => word.get_or_insert_default().push(next),
            }
        }
        assert_eq!(quote, None, "a quote is open: {line}");
        words.extend(word);
        words
    }

    /// Runs a line; what `curl` was answered, if it is one.
    async fn run(&mut self, bank: &Bank, line: &str) -> Option<Reply> {
        let words = self.words(line);
        let (program, arguments) = words.split_first()?;
        if program != "curl" {
            for word in &words {
                let (name, value) = word.split_once('=').expect("a variable");
                self.variables.insert(name.to_owned(), value.to_owned());
            }
            return None;
        }
        Some(self.curl(bank, arguments).await)
    }

    async fn curl(&mut self, bank: &Bank, arguments: &[String]) -> Reply {
        let (mut method, mut body, mut url, mut lines) = (None, None, None, Vec::new());
        let mut into = None;
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().expect("a value").to_owned();
            match argument {
                "-s" => {}
                "-X" => method = Some(value()),
                "-H" => lines.push(value()),
                "-u" => {
                    let credentials = BASE64_STANDARD.encode(value());
                    lines.push(format!("Authorization: Basic {credentials}"));
                }
                "-d" => body = Some(value()),
                "--data-binary" => {
                    let file = value().strip_prefix('@').expect("a file").to_owned();
                    body = Some(self.files[&file].clone());
                }
                file if file.starts_with('>') => into = Some(file[1..].to_owned()),
                place => {
                    assert!(!place.starts_with('-'), "an option that is not known here: {place}");
                    assert_eq!(url.replace(place.to_owned()), None, "one address");
                }
            }
        }
        let url = url.expect("an address");
        let path = url.strip_prefix(ADDRESS).expect("an address of the sandbox");
        let typed = lines.iter().any(|line| line.to_lowercase().starts_with("content-type:"));
        if body.is_some() && !typed {
            lines.push("Content-Type: application/x-www-form-urlencoded".to_owned());
        }
        let method =
            method.unwrap_or_else(|| String::from(if body.is_some() { "POST" } else { "GET" }));
        let body = body.unwrap_or_default();
        let host = "127.0.0.1:9480";
        let reply = bank.ask_at_host(host, &method, path, &lines, &body).await.expect("a reply");
        self.files.extend(into.map(|file| (file, reply.text.clone())));
        reply
    }
}

/// The lines that a document has its reader type: a `sh` block's, and those after a prompt that ask
/// the sandbox.
fn typed(document: &str) -> Vec<&str> {
    let (mut lines, mut block) = (Vec::new(), "");
    for line in document.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(name), _) => block = name,
            (None, "sh") => lines.push(line),
            (None, "console") => {
                let command = line.strip_prefix("$ ").filter(|line| line.starts_with("curl "));
                lines.extend(command.filter(|line| line.contains(ADDRESS)));
            }
            _ => {}
        }
    }
    lines
}

async fn is_all_answered(guide: &str, curls: usize) {
    let bank = Bank::start().await;
    let (mut shell, mut asked) = (Shell::default(), 0);
    for line in typed(guide) {
        if let Some(reply) = shell.run(&bank, line).await {
            assert!((200..300).contains(&reply.status), "{line}\n{}", reply.text);
            asked += 1;
        }
    }
    assert_eq!(asked, curls, "a line is not where it is typed");
}

#[tokio::test]
async fn every_line_of_the_guide_works() {
    let guide = include_str!("../../docs/sandbox.md");
    let curls = guide.lines().filter(|line| line.contains("curl ")).count();
    assert!(curls > 10);
    is_all_answered(guide, curls).await;
}

#[tokio::test]
async fn what_the_readme_asks_of_the_sandbox_works() {
    is_all_answered(include_str!("../../README.md"), 2).await;
}

#[test]
fn the_shell_reads_words_as_shells_do() {
    let mut shell = Shell::default();
    shell.variables.insert("S".to_owned(), "a b".to_owned());
    let words = shell.words(r#"x $S/p "$S?n=5" -d '{"a": "$S"}' >f.json  # and so on"#);
    assert_eq!(words, ["x", "a b/p", "a b?n=5", "-d", r#"{"a": "$S"}"#, ">f.json"]);
}
