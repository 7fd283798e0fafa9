//! What people and programs read: golden outputs in every form.

use quaymaster::domain::names::Environment;

use super::binary::{Place, golden, run};
use super::office::facility;

#[tokio::test]
async fn status_is_one_screen_and_the_same_in_every_form() {
    let place = Place::with(vec![
        facility("main", Environment::Support),
        facility("shop", Environment::Production),
    ])
    .await;
    for (form, name) in [
        ("table", "status.txt"),
        ("wide", "status-wide.txt"),
        ("json", "status.json"),
        ("yaml", "status.yaml"),
        ("name", "status-name.txt"),
    ] {
        let ran = place.run(&["status", "-o", form]).await;
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(!ran.out.contains('\u{1b}'), "colour off a terminal");
        golden(name, &ran.out);
    }
}

#[tokio::test]
async fn keys_facilities_history_and_freezes_are_tables() {
    let place = Place::open().await;
    let commands: &[(&[&str], &str)] = &[
        (&["key", "list"], "key-list.txt"),
        (&["key", "list", "-o", "wide"], "key-list-wide.txt"),
        (&["key", "list", "-o", "name"], "key-list-name.txt"),
        (&["key", "status"], "key-status.txt"),
        (&["key", "status", "-o", "json"], "key-status.json"),
        (&["key", "history"], "key-history.txt"),
        (&["key", "history", "--limit", "1", "-o", "yaml"], "key-history.yaml"),
        (&["facility", "list"], "facility-list.txt"),
        (&["facility", "show", "-o", "yaml"], "facility-show.yaml"),
        (&["freeze", "show"], "freeze-show.txt"),
        (&["freeze", "on", "--for", "2d", "--reason", "month end"], "freeze-on.txt"),
        (&["freeze", "show"], "freeze-show-on.txt"),
        (&["freeze", "off", "-o", "json"], "freeze-off.json"),
        (&["key", "renew", "--dry-run"], "key-renew-dry.txt"),
        (&["key", "renew", "-o", "json"], "key-renew.json"),
        (&["key", "renew", "-o", "name"], "key-renew-name.txt"),
    ];
    for (words, name) in commands {
        let ran = place.run(words).await;
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
        let own = format!("unix:{}", rustix::process::geteuid().as_raw());
        golden(name, &ran.out.replace(&own, "unix:UID"));
    }
}

#[tokio::test]
async fn help_and_explanations_say_what_there_is() {
    let commands: &[(&[&str], &str)] = &[
        (&["--help"], "help.txt"),
        (&["key", "--help"], "help-key.txt"),
        (&["key", "install", "--help"], "help-key-install.txt"),
        (&["explain", "held"], "explain-held.txt"),
        (&["explain", "not-renewable"], "explain-not-renewable.txt"),
        (&["explain", "needs_approver"], "explain-needs-approver.txt"),
        (&["explain", "124"], "explain-124.txt"),
        (&["explain", "operator", "-o", "json"], "explain-operator.json"),
    ];
    for (words, name) in commands {
        let ran = run(words).await;
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
        golden(name, &ran.out);
    }
    for word in
        ["503", "418", "settings_invalid", "secret_key", "promote", "not_now", "stuck", "fetch"]
    {
        assert_eq!(run(&["explain", word]).await.code, Some(0), "{word}");
    }
}

#[tokio::test]
async fn the_form_of_the_tokens_file_is_shown() {
    let ran = run(&["explain", "access.tokens"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in ["[[token]]", "sha256sum", "0640", "approver"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[tokio::test]
async fn every_word_listed_is_explained() {
    let words = run(&["explain", "-o", "name"]).await.out;
    assert!(words.lines().count() > 80, "{words}");
    let everything = run(&["explain", "-o", "json"]).await.out;
    let everything: serde_json::Value = serde_json::from_str(&everything).unwrap();
    let listed = everything.as_array().unwrap().iter();
    let listed: Vec<&str> = listed.map(|entry| entry["word"].as_str().unwrap()).collect();
    assert_eq!(words.lines().collect::<Vec<_>>(), listed);
}

/// The first text in quotes that follows `call` in a source, each time it stands there.
fn words_after<'a>(source: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    source.split(call).skip(1).filter_map(|rest| {
        // An argument before the word is a name of ours; anything else is no call with a word.
        let (before, rest) = rest.split_once('"')?;
        let plain = before.chars().all(|c| c.is_alphanumeric() || " \n:,_".contains(c));
        rest.split('"').next().filter(|word| plain && !word.contains(' '))
    })
}

#[tokio::test]
async fn every_refusal_of_the_service_is_explained() {
    let words = run(&["explain", "-o", "name"]).await.out;
    let mut found = 0;
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/service");
    for file in std::fs::read_dir(directory).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for call in
            ["not_now(", "refused(", "label: ", "RefusedKind::Refused,", "RefusedKind::Unclear,"]
        {
            for word in words_after(&source, call) {
                found += 1;
                assert!(words.lines().any(|line| line == word), "{word} is not explained");
            }
        }
    }
    assert!(found >= 20, "only {found} words were found: the service is written otherwise now");
}

#[tokio::test]
async fn completions_and_manual_pages_exist_for_everything() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(&["completions", shell]).await;
        assert!(ran.code == Some(0) && ran.out.contains("rehearse"), "{shell}");
    }
    for words in [vec!["man"], vec!["man", "key"], vec!["man", "key", "compromise"]] {
        let ran = run(&words).await;
        assert!(ran.code == Some(0) && ran.out.contains(".SH NAME"), "{words:?}");
        assert!(ran.out.contains("124"), "{words:?} should list the exit codes");
    }
}
