//! Commands that change something: exit codes, agreement, the choice of a facility, and a key that
//! is never shown.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quaymaster::clock::Clock;
use quaymaster::domain::names::Environment;
use quaymaster::key::KeyText;
use quaymaster::logs::{Colour, Logs, Options};
use quaymaster::service::facility::RefusedKind;
use quaymaster::settings::model::LogFormat;

use super::access::VIEWER;
use super::binary::{Place, ended, program, run, run_with};
use super::office::{Answer, facility};

/// A key that is easily found wherever it should not be.
const DYE: &str = "QMTEST_SEC_dye4f1c9a7b";

#[tokio::test]
async fn each_kind_of_refusal_has_its_exit_code() {
    let place = Place::open().await;
    let kinds = [
        (RefusedKind::NotNow, 3),
        (RefusedKind::BadInput, 64),
        (RefusedKind::Refused, 1),
        (RefusedKind::Unclear, 5),
    ];
    for (kind, code) in kinds {
        *place.office.answer.lock().unwrap() = Answer::Refused(kind);
        for verb in ["renew", "accept", "rehearse"] {
            let ran = place.run(&["key", verb]).await;
            assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{verb}");
            assert!(ran.err.contains(&format!("the {verb} cannot be done here (no_key)")));
            assert!(ran.err.contains("quaymaster key install --from-file FILE"), "{}", ran.err);
        }
    }
}

#[tokio::test]
async fn a_dry_run_tells_by_its_exit_code_whether_something_is_pending() {
    let place = Place::open().await;
    let plain = place.run(&["key", "renew", "--dry-run"]).await;
    let detailed = place.run(&["key", "renew", "--dry-run", "--detailed-exitcode"]).await;
    assert_eq!((plain.code, detailed.code), (Some(0), Some(2)));
    assert_eq!(plain.out, detailed.out);
    let heard = place.office.heard.lock().unwrap();
    assert!(heard.iter().all(|(.., dry_run)| *dry_run) && heard.len() == 2);
}

#[tokio::test]
async fn what_cannot_simply_be_taken_back_is_agreed_to_first() {
    let place = Place::with(vec![facility("main", Environment::Production)]).await;
    let commands: &[&[&str]] =
        &[&["key", "rollback"], &["key", "compromise"], &["facility", "adopt"]];
    for words in commands {
        let ran = place.run(words).await;
        assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""), "{words:?}");
        assert!(ran.err.contains("1. one step\n  2. another step"), "{}", ran.err);
        assert!(ran.err.contains("--yes") && ran.err.contains("--dry-run"), "{}", ran.err);
        let heard = std::mem::take(&mut *place.office.heard.lock().unwrap());
        assert!(heard.iter().all(|(.., dry_run)| *dry_run), "{words:?} was done");

        let ran = place.run(&[words, &["--yes", "--reason", "asked for"][..]].concat()).await;
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
        assert!(ran.out.contains("Still to be done:\n  1. look again"), "{}", ran.out);
        let heard = std::mem::take(&mut *place.office.heard.lock().unwrap());
        let [(_, _, reason, false)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(reason.as_deref(), Some("asked for"));
    }
}

#[tokio::test]
async fn the_facility_is_named_where_there_are_several() {
    let facilities =
        vec![facility("main", Environment::Support), facility("shop", Environment::Sandbox)];
    let place = Place::with(facilities).await;
    let ran = place.run(&["key", "renew"]).await;
    assert_eq!(ran.code, Some(64));
    assert!(ran.err.contains("name one of: main, shop"), "{}", ran.err);
    let ran = place.run(&["key", "renew", "--facility", "shop", "-o", "name"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "renew/shop\n"));
    let ran = place.run(&["key", "renew", "--facility", "nope"]).await;
    assert_eq!(ran.code, Some(64));
    assert!(ran.err.contains("no facility nope; there is: main, shop"), "{}", ran.err);
}

#[tokio::test]
async fn no_answer_in_time_is_124_and_an_interrupt_is_130() {
    let place = Place::open().await;
    *place.office.answer.lock().unwrap() = Answer::Silence;
    let late = place.run(&["key", "renew", "--timeout", "1s"]).await;
    assert_eq!(late.code, Some(124));
    assert!(late.err.contains("it may still be done"), "{}", late.err);

    place.office.heard.lock().unwrap().clear();
    let child = program(&["key", "renew", "--server", &place.server]).spawn().unwrap();
    while place.office.heard.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let number = i32::try_from(child.id().unwrap()).unwrap();
    let process = rustix::process::Pid::from_raw(number).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let ran = ended(child).await;
    assert_eq!(ran.code, Some(130));
    assert!(ran.err.contains("quaymaster key history"), "{}", ran.err);
}

#[tokio::test]
async fn over_an_address_a_token_is_needed_and_its_role_counts() {
    let place = Place::open().await;
    let without = run(&["status", "--server", &place.http]).await;
    assert_eq!(without.code, Some(1));
    assert!(without.err.contains("no_token") && without.err.contains("--token-file"));
    let token = place.file("token", &format!("{VIEWER}\n"), 0o600).display().to_string();
    let with = |words: &[&'static str]| {
        let more = ["--server", &place.http, "--token-file", &token];
        let words: Vec<String> = words.iter().copied().chain(more).map(ToOwned::to_owned).collect();
        async move { run(&words.iter().map(String::as_str).collect::<Vec<_>>()).await }
    };
    assert_eq!(with(&["status"]).await.code, Some(0));
    let renew = with(&["key", "renew"]).await;
    assert_eq!(renew.code, Some(1));
    assert!(renew.err.contains("has the role viewer, and this needs the role operator"));
    assert_eq!(with(&["key", "accept"]).await.code, Some(4));
    assert!(!renew.err.contains("0123456789abcdef"), "{}", renew.err);
}

#[tokio::test]
async fn a_key_that_is_installed_never_shows() {
    let written = Arc::new(Mutex::new(Vec::new()));
    let (_logs, subscriber) = Logs::to(
        Sink(Arc::clone(&written)),
        Options {
            format: LogFormat::Json,
            filter: "trace,hyper=trace,tokio=trace".parse().unwrap(),
            colour: Colour::Off,
            clock: Clock::machine(),
        },
    );
    // For every thread: what another test logs beside it does no harm.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let place = Place::open().await;
    let file = place.file("key", &format!("{DYE}\n"), 0o600).display().to_string();
    let wide = place.file("wide", &format!("{DYE}\n"), 0o644).display().to_string();
    let bad = place.file("bad", &format!("{DYE} {DYE}"), 0o600).display().to_string();
    let long = place.file("long", &DYE.repeat(1000), 0o600).display().to_string();

    let mut said = String::new();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--from-file", &file], 0, ""),
        (&["--from-file", &file, "--dry-run", "-o", "json"], 0, ""),
        (&["--from-file", &wide, "--reason", "made in the portal"], 0, "mode 0644"),
        (&["--from-file", &bad], 64, "bad_key_text"),
        (&["--from-file", &long], 64, "too long to be a key"),
        (&["--from-file", "/no/such/file"], 64, "--from-file"),
        (&["--from-fd", "77"], 64, "--from-fd 77"),
    ];
    for (words, code, expected) in cases {
        let ran = place.run(&[&["key", "install"], *words].concat()).await;
        assert_eq!(ran.code, Some(*code), "{words:?}: {}", ran.err);
        assert!(ran.err.contains(expected), "{words:?}: {}", ran.err);
        said.push_str(&(ran.out + &ran.err));
    }
    let words = ["key", "install", "--from-fd", "0", "--server", &place.server];
    let piped = run_with(&words, DYE).await;
    assert_eq!(piped.code, Some(0), "{}", piped.err);
    *place.office.answer.lock().unwrap() = Answer::Refused(RefusedKind::Refused);
    let refused = run_with(&words, DYE).await;
    assert_eq!(refused.code, Some(1));
    for ran in [piped, refused] {
        said.push_str(&(ran.out + &ran.err));
    }

    let arrived = place.office.installed.lock().unwrap();
    assert_eq!(arrived.len(), 5);
    assert!(arrived.iter().all(|key| *key == KeyText::parse(DYE).unwrap()));
    let logged = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("a command was answered"), "the log was not caught: {logged}");
    assert!(!said.contains("dye4f1c9a7b"), "{said}");
    assert!(!logged.contains("dye4f1c9a7b"), "{logged}");
}

/// What was written, for everyone to see.
struct Sink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
