//! Commands, signals and HTTP requests: what is told, to whom, how often, and what happens when it
//! does not work.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use quaymaster::deliver::command::Hook;
use quaymaster::deliver::files::{Files, Hooks};
use quaymaster::deliver::signal::Wake;
use quaymaster::deliver::webhook::Webhook;
use quaymaster::deliver::{Delivery, DeliveryTarget, Outcome, Trouble, open, round};
use quaymaster::settings::model::{
    CommandTarget, FilesTarget, SignalTarget, Target, WebhookTarget,
};
use serde_json::Value;
use tempfile::TempDir;

use super::receiver::Receiver;
use super::{keys, read, shared, text};

fn command(words: &[&str]) -> CommandTarget {
    CommandTarget {
        command: words.iter().map(ToString::to_string).collect(),
        timeout: Duration::from_secs(30),
        debounce: Duration::from_mins(1),
    }
}

fn webhook(url: String) -> WebhookTarget {
    WebhookTarget {
        url,
        signing_secret: None,
        timeout: Duration::from_secs(10),
        debounce: Duration::ZERO,
    }
}

fn signal(pid_file: &Path) -> SignalTarget {
    let pid_file = pid_file.to_owned();
    SignalTarget { signal: "USR1".to_owned(), pid_file, debounce: Duration::ZERO }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_command_learns_which_key_it_is_and_nothing_else() {
    let home = TempDir::new().unwrap();
    let seen = home.path().join("environ");
    let copy = command(&["/bin/cp", "/proc/self/environ", seen.to_str().unwrap()]);
    Hook::open(&copy).deliver(&keys(1)).await.unwrap();
    let seen = read(&seen);
    let mut seen: Vec<&str> = seen.trim_end_matches('\0').split('\0').collect();
    seen.sort_unstable();
    let fingerprint = format!("QUAYMASTER_KEY_FINGERPRINT={}", keys(1).current.fingerprint);
    let expected = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "QUAYMASTER_FACILITY=main",
        &fingerprint,
        "QUAYMASTER_KEY_NAME=SHIPYARD_SEC_0001",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_command_that_fails_or_is_not_there_says_so() {
    let failing = Hook::open(&command(&["/bin/sh", "-c", "exit 3"]));
    let error = failing.deliver(&keys(1)).await.unwrap_err();
    assert_eq!(error.kind, Trouble::Failed);
    assert!(error.to_string().contains("exit status: 3"), "{error}");
    assert!(failing.check().await[0].outcome.is_ok());

    let absent = Hook::open(&command(&["/nowhere/reload"]));
    assert_eq!(absent.deliver(&keys(1)).await.unwrap_err().kind, Trouble::Settings);
    assert!(absent.check().await[0].outcome.is_err());
    let plain = Hook::open(&command(&["/etc/passwd"]));
    assert_eq!(plain.deliver(&keys(1)).await.unwrap_err().kind, Trouble::Denied);
    assert!(plain.check().await[0].outcome.is_err());
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_all_it_started() {
    let home = TempDir::new().unwrap();
    let pid_file = home.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; wait", pid_file.display());
    let mut hanging = command(&["/bin/sh", "-c", &script]);
    hanging.timeout = Duration::from_millis(500);
    let error = Hook::open(&hanging).deliver(&keys(1)).await.unwrap_err();
    assert_eq!(error.kind, Trouble::Failed);
    assert!(error.to_string().contains("500ms"), "{error}");
    let started = read(&pid_file);
    let ended = async {
        while is_running(started.trim()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ended).await.expect("what it started goes on");
}

/// Whether a process is there and no zombie.
fn is_running(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_command_that_writes_much_is_not_held_up() {
    let chatty =
        command(&["/bin/sh", "-c", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"]);
    Hook::open(&chatty).deliver(&keys(1)).await.unwrap();
}

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_a_command_says_is_logged_without_the_key() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let home = TempDir::new().unwrap();
    let script = home.path().join("script");
    let run = Hook::open(&command(&["/bin/sh", script.to_str().unwrap()]));
    let said = "echo reloaded 3 workers; echo second line; echo key is";
    fs::write(&script, format!("{said} {} >&2", text(1))).unwrap();
    run.deliver(&keys(1)).await.unwrap();
    fs::write(&script, format!("echo it ends in {}", &text(0)[13..])).unwrap();
    run.deliver(&keys(1)).await.unwrap();
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let said: Vec<&str> = log.lines().filter(|line| line.contains("the command said")).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(said.iter().filter(|line| line.contains("reloaded 3 workers")).count(), 1);
    let hidden = said.iter().filter(|line| line.contains("[a line with a part of the key in it]"));
    assert_eq!(hidden.count(), 2, "{said:?}");
    assert!(!log.contains("second line") && !log.contains(&text(0)[17..]), "{log}");
}

/// A process that ends when it is signalled, and its pid file.
fn sleeper(home: &TempDir) -> (Child, std::path::PathBuf) {
    let child = Command::new("/bin/sleep").arg("1000").spawn().unwrap();
    let pid_file = home.path().join("app.pid");
    fs::write(&pid_file, format!("{}\n", child.id())).unwrap();
    (child, pid_file)
}

#[tokio::test]
async fn a_process_is_signalled() {
    let home = TempDir::new().unwrap();
    let (mut child, pid_file) = sleeper(&home);
    let wake = Wake::open(&signal(&pid_file));
    assert!(wake.check().await[0].outcome.is_ok());
    wake.deliver(&keys(1)).await.unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(10), "SIGUSR1 ended it");
    let error = wake.deliver(&keys(1)).await.unwrap_err();
    assert_eq!(error.kind, Trouble::Unavailable, "{error}");
    assert!(wake.check().await[0].outcome.is_err());
}

#[tokio::test]
async fn a_process_that_was_not_meant_is_not_signalled() {
    let home = TempDir::new().unwrap();
    let (mut child, pid_file) = sleeper(&home);
    // The file is older than the process: the number was given to another since.
    let old = File::options().write(true).open(&pid_file).unwrap();
    old.set_modified(std::time::UNIX_EPOCH + Duration::from_hours(24)).unwrap();
    let error = Wake::open(&signal(&pid_file)).deliver(&keys(1)).await.unwrap_err();
    assert!(error.to_string().contains("older than the process"), "{error}");
    assert!(child.try_wait().unwrap().is_none(), "it was left alone");
    child.kill().unwrap();
    child.wait().unwrap();

    let ours = std::process::id().to_string();
    let long = format!("{}\n{}", child.id(), "x".repeat(100));
    for content in ["1", "0", "-1", "-9", "", "app", "99999999999", &ours, &long] {
        fs::write(&pid_file, content).unwrap();
        let error = Wake::open(&signal(&pid_file)).deliver(&keys(1)).await;
        assert!(error.is_err(), "{content:?} was signalled");
    }
    fs::remove_file(&pid_file).unwrap();
    let error = Wake::open(&signal(&pid_file)).deliver(&keys(1)).await.unwrap_err();
    assert_eq!(error.kind, Trouble::Unavailable);
}

#[tokio::test]
async fn a_receiver_is_told_which_key_without_the_key() {
    let home = TempDir::new().unwrap();
    let receiver = Receiver::start().await;
    let secret = home.path().join("secret");
    fs::write(&secret, "s3cret\n").unwrap();
    let mut target = webhook(format!("{}/hook?token=hush", receiver.address));
    target.signing_secret = Some(secret);
    let webhook = Webhook::open(&target).unwrap();
    assert!(!webhook.name().contains("hush") && !webhook.name().contains("hook?"));
    assert!(webhook.check().await.iter().all(|tried| tried.outcome.is_ok()));
    assert_eq!(receiver.told(), [], "a check tells nobody");
    webhook.deliver(&keys(1)).await.unwrap();
    webhook.deliver(&keys(1)).await.unwrap();
    let told = receiver.told();
    assert_eq!(told[0], told[1], "a repeat is the same to the last byte");
    let (path, signature, id, body) = &told[0];
    assert_eq!(path, "/hook");
    assert!(!body.contains(&text(1)), "{body}");
    let signature = signature.as_deref().unwrap().strip_prefix("sha256=").unwrap();
    let signature: Vec<u8> = (0..signature.len())
        .step_by(2)
        .map(|nth| u8::from_str_radix(&signature[nth..nth + 2], 16).unwrap())
        .collect();
    let verifier = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
    hmac::verify(&verifier, body.as_bytes(), &signature).expect("the signature is of the body");
    let body: Value = serde_json::from_str(body).unwrap();
    let expected = serde_json::json!({
        "event": "key.changed",
        "id": webhook.digest(&keys(1)).as_str(),
        "facility": "main",
        "environment": "support",
        "keyName": "SHIPYARD_SEC_0001",
        "fingerprint": keys(1).current.fingerprint.to_string(),
        "expiresAt": "2027-01-01T00:00:00Z",
    });
    assert_eq!(body, expected);
    assert_eq!(id.as_deref(), expected["id"].as_str());
}

#[tokio::test]
async fn a_receiver_that_does_not_take_it_is_a_failure() {
    let receiver = Receiver::start().await;
    for status in [500, 404, 302] {
        let webhook = Webhook::open(&webhook(format!("{}/{status}", receiver.address))).unwrap();
        let error = webhook.deliver(&keys(1)).await.unwrap_err();
        assert_eq!(error.kind, Trouble::Failed);
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
    assert_eq!(receiver.told().len(), 3, "no redirect was followed, nothing was sent again");
    let mut slow = webhook(format!("{}/never", receiver.address));
    slow.timeout = Duration::from_millis(300);
    let error = Webhook::open(&slow).unwrap().deliver(&keys(1)).await.unwrap_err();
    assert_eq!(error.kind, Trouble::Unavailable);
    assert!(error.to_string().contains("in time"), "{error}");
    for url in ["http://app.example/x", "ftp://127.0.0.1/", "https://", "no url"] {
        let error = Webhook::open(&webhook(url.to_owned())).unwrap_err();
        assert_eq!(error.kind, Trouble::Settings, "{url}");
    }
}

fn results(outcomes: Vec<Outcome>) -> Vec<Delivery> {
    outcomes.into_iter().map(|outcome| outcome.result).collect()
}

#[tokio::test]
async fn a_round_puts_files_first_and_tells_once() {
    let home = TempDir::new().unwrap();
    let (keys_in, log) = (home.path().join("keys"), home.path().join("log"));
    let script = format!("cat {}/current >> {}", keys_in.display(), log.display());
    let targets = open(&[
        Target::Command(command(&["/bin/sh", "-c", &script])),
        Target::Files(FilesTarget { directory: keys_in.clone(), mode: 0o400, group: None }),
    ])
    .unwrap();
    assert!(targets[0].name().starts_with("file:"));
    let mut remembered = BTreeMap::new();
    let now = at("2026-01-01T00:00:00Z");
    for outcome in round(&targets, &keys(1), &remembered, now).await {
        let Delivery::Done(digest) = outcome.result else { panic!("{outcome:?}") };
        remembered.insert(outcome.target, (digest.as_str().to_owned(), now));
    }
    assert_eq!(read(&log), text(1), "the command found the files in place");
    let again = results(round(&targets, &keys(1), &remembered, now).await);
    assert_eq!(again, [Delivery::Unchanged, Delivery::Unchanged]);

    // The pod's volume was lost, and only the previous key is different: nobody is told.
    fs::remove_dir_all(&keys_in).unwrap();
    let mut alone = keys(1);
    alone.previous = None;
    let again = results(round(&targets, &alone, &remembered, now).await);
    assert!(matches!(again[..], [Delivery::Done(_), Delivery::Unchanged]), "{again:?}");

    let soon = now + SignedDuration::from_secs(20);
    let next = results(round(&targets, &keys(2), &remembered, soon).await);
    let minute = now + SignedDuration::from_mins(1);
    assert!(matches!(next[0], Delivery::Done(_)), "{next:?}");
    assert_eq!(next[1], Delivery::Later(minute));
    let then = results(round(&targets, &keys(2), &remembered, minute).await);
    assert!(matches!(then[..], [Delivery::Unchanged, Delivery::Done(_)]), "{then:?}");
    assert_eq!(read(&log), format!("{}{}", text(1), text(2)));
}

#[tokio::test]
async fn nobody_is_told_of_files_that_are_not_there() {
    let home = TempDir::new().unwrap();
    let log = home.path().join("log");
    let directory = home.path().join("no/such");
    let files = FilesTarget { directory, mode: 0o400, group: None };
    let touch = command(&["/usr/bin/touch", log.to_str().unwrap()]);
    let failing = command(&["/bin/false"]);
    let targets = [
        shared(Files::open(&files, Hooks::default())),
        shared(Hook::open(&touch)),
        shared(Hook::open(&failing)),
    ];
    let now = at("2026-01-01T00:00:00Z");
    let outcomes = results(round(&targets, &keys(1), &BTreeMap::new(), now).await);
    assert!(matches!(outcomes[0], Delivery::Failed(_)), "{outcomes:?}");
    assert_eq!(outcomes[1..], [Delivery::Waits, Delivery::Waits]);
    assert!(!log.exists());
    // One that fails keeps none of the others from being told.
    let outcomes = results(round(&targets[1..], &keys(1), &BTreeMap::new(), now).await);
    assert!(matches!(outcomes[..], [Delivery::Done(_), Delivery::Failed(_)]), "{outcomes:?}");
    assert!(log.exists());
}
