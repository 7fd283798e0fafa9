//! What the documents tell a person to type can be typed, and what they tell to write holds: every
//! command is read by the program's own parser, every settings block is loaded, and the policy allows
//! the calls that are made and no other.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use quaymaster::admin::tokens;
use quaymaster::cli;
use quaymaster::domain::condition::{Condition, OBSTACLES};
use quaymaster::settings::{Sources, load};

const DOCUMENTS: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The texts between fences of a kind, without the indent of the list they stand in.
fn blocks(document: &str, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{kind}") {
            let inside = lines.by_ref().take_while(|line| line.trim() != "```");
            found.push(inside.map(|line| format!("{}\n", line.trim())).collect());
        }
    }
    found
}

/// The commands of ours in a document: in console blocks, and between backticks.
fn commands(document: &str) -> Vec<String> {
    let typed = blocks(document, "console").join("\n");
    let typed = typed.lines().filter_map(|line| line.strip_prefix("$ "));
    let quoted = document.lines().filter(|line| !line.trim().starts_with("```"));
    let quoted = quoted.flat_map(|line| line.split('`').skip(1).step_by(2));
    let ours = |line: &str| {
        let line = line.replace("cargo run --release --", "quaymaster");
        line.starts_with("quaymaster ").then_some(line)
    };
    typed.chain(quoted).filter_map(ours).collect()
}

/// The words of a line, as a shell would take it; examples stand for what a person fills in.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (nth, part) in line.split('"').enumerate() {
        if nth % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    for word in &mut words {
        if word == "TIME" {
            "2026-03-01T00:00:00Z".clone_into(word);
        }
    }
    words
}

fn cannot_be_typed(line: &str) -> Option<String> {
    let told = cli::understand(words(line)).err()?;
    Some(format!("{line}\n{told}"))
}

#[test]
fn every_command_in_the_documents_can_be_typed() {
    let mut wrong = Vec::new();
    for path in DOCUMENTS {
        let commands = commands(&read(path));
        assert!(path != "README.md" || commands.len() > 20, "{commands:?}");
        wrong.extend(commands.iter().filter_map(|line| cannot_be_typed(line)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_remedy_can_be_typed() {
    let conditions = Condition::ALL.iter().map(|condition| condition.remedy());
    let obstacles = OBSTACLES.iter().map(|obstacle| obstacle.remedy);
    let mut wrong = Vec::new();
    for remedy in conditions.chain(obstacles) {
        let commands = remedy.match_indices("quaymaster ").filter_map(|(at, _)| remedy.get(at..));
        // A sentence about the program goes on in lower case; a command is known by its ending.
        let commands = commands.filter(|text| !text.starts_with("quaymaster asks"));
        let ended = commands.map(|text| {
            let end = text.find([',', ';']).into_iter().chain(text.find(". ")).min();
            text.get(..end.unwrap_or(text.len())).unwrap()
        });
        wrong.extend(ended.filter_map(cannot_be_typed));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_command_that_is_none_is_seen() {
    for line in ["quaymaster key reneww", "quaymaster freeze", "quaymaster key install"] {
        assert!(cannot_be_typed(line).is_some(), "{line}");
    }
    let document = "```console\n$ cargo run --release -- status\n$ curl x\n```\n`quaymaster run`";
    assert_eq!(commands(document), ["quaymaster status", "quaymaster run"]);
}

#[test]
fn every_settings_block_of_the_readme_holds() {
    let blocks = blocks(&read("README.md"), "toml");
    let blocks: Vec<_> = blocks.iter().filter(|block| !is_of_tokens(block)).collect();
    assert!(!blocks.is_empty());
    let directory = tempfile::tempdir().unwrap();
    for block in blocks {
        let file = directory.path().join("quaymaster.toml");
        fs::write(&file, block).unwrap();
        let none: [(String, String); 0] = [];
        // Warnings speak of this machine: its files are not there.
        load(&Sources::new(Some(file), none, Vec::new()))
            .unwrap_or_else(|error| panic!("{error}\n{block}"));
    }
}

fn is_of_tokens(block: &str) -> bool {
    block.starts_with("[[token]]")
}

#[tokio::test]
async fn the_tokens_file_of_the_readme_holds_and_is_what_explain_shows() {
    let blocks = blocks(&read("README.md"), "toml");
    let blocks: Vec<_> = blocks.iter().filter(|block| is_of_tokens(block)).collect();
    let [block] = blocks.as_slice() else { panic!("{blocks:?}") };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tokens.toml");
    fs::write(&file, block).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(tokens::check(&file).await, Ok(2));
    assert_eq!(block.as_str(), tokens::FORM);
}

#[test]
fn the_policy_allows_the_calls_that_are_made() {
    let blocks = blocks(&read("README.md"), "json");
    let [policy] = blocks.as_slice() else { panic!("{blocks:?}") };
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
    let allowed = policy["Statement"][0]["Action"].as_array().unwrap();
    let allowed: BTreeSet<&str> = allowed.iter().map(|action| action.as_str().unwrap()).collect();
    let source = read("src/secrets/aws/fault.rs");
    let made = source.split('"').filter(|text| text.starts_with("secretsmanager:"));
    assert_eq!(allowed, made.collect());
}

#[test]
fn every_file_the_documents_speak_of_is_there() {
    for path in DOCUMENTS {
        let document = read(path);
        let is_file = |text: &&str| {
            let ends = [".rs", ".toml", ".md", ".json"].iter().any(|end| text.ends_with(end));
            ends && text.contains('/') && !text.contains(' ') && !text.starts_with('/')
        };
        let spoken = document.split('`').skip(1).step_by(2).filter(is_file);
        for file in spoken {
            let there = ["", "src/"]
                .map(|under| Path::new(env!("CARGO_MANIFEST_DIR")).join(under).join(file));
            assert!(there.iter().any(|path| path.exists()), "{path} speaks of {file}");
        }
    }
}
