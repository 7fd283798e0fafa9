//! The first command of the README, as it stands there: the shipped settings in a directory of their
//! own, with a free port; the clock runs an hour a second.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::{Daemon, binary};

/// The README's word: within a minute.
const MINUTE: Duration = Duration::from_secs(60);

fn quaymaster(directory: &Path, words: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(binary());
    command.args(words).args(["--config", "config/sandbox.toml"]).current_dir(directory);
    command.env_clear().stdin(std::process::Stdio::null()).kill_on_drop(true);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command
}

fn start(directory: &Path) -> Daemon {
    Daemon::spawn(quaymaster(directory, &["run"]), directory.join("var/sandbox/admin.sock"))
}

/// What a command prints as JSON.
async fn typed(directory: &Path, words: &[&str]) -> Value {
    let words = [words, &["-o", "json"]].concat();
    let output = quaymaster(directory, &words).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The key that plays a part.
fn key<'a>(keys: &'a Value, role: &str) -> Option<&'a Value> {
    keys.as_array()?.iter().find(|key| key["role"] == role)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_command_shows_a_renewal_within_a_minute() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    std::fs::create_dir_all(here.join("config/sandbox")).unwrap();
    for name in ["sandbox/bootstrap.key", "sandbox/seed.json"] {
        std::fs::copy(config.join(name), here.join("config").join(name)).unwrap();
    }
    let text = std::fs::read_to_string(config.join("sandbox.toml")).unwrap();
    let text = text.replace("127.0.0.1:9464", "127.0.0.1:0");
    std::fs::write(here.join("config/sandbox.toml"), text).unwrap();

    let mut daemon = start(here);
    let renewed = loop {
        daemon.ops().await;
        let keys = typed(here, &["key", "status"]).await;
        let status = typed(here, &["status"]).await;
        let given = status["facilities"][0]["deliveries"][0]["behind"] == false;
        if key(&keys["keys"], "previous").is_some() && keys["condition"] == "ok" && given {
            break keys;
        }
        assert!(daemon.spawned.elapsed() < MINUTE, "{keys}\n{}", daemon.said());
        tokio::time::sleep(Duration::from_millis(250)).await;
    };
    let said = daemon.said();
    for line in ["the bank offers a new key", "key staged", "key proven", "key promoted"] {
        assert!(said.contains(line), "{line} was not said: {said}");
    }
    assert_eq!(said.matches("key delivered").count(), 2, "{said}");
    let current = key(&renewed["keys"], "current").unwrap();
    let status = typed(here, &["status"]).await;
    let shown = key(&status["facilities"][0]["keys"], "current").unwrap();
    assert_eq!(shown["fingerprint"], current["fingerprint"]);
    let expires: jiff::Timestamp = current["expiresAt"].as_str().unwrap().parse().unwrap();
    let metrics = daemon.get("/metrics").await.body;
    let series = "quaymaster_api_key_expiration_timestamp_seconds";
    let labels = r#"{environment="sandbox",facility="main",key="current"} "#;
    let line = format!("{series}{labels}{}", expires.as_second());
    assert!(metrics.lines().any(|have| have == line), "{line} is not in {metrics}");
    daemon.signal(Signal::INT);
    assert_eq!(daemon.end().await, Some(0), "{}", daemon.said());

    // It goes on where it was: the same key, of which nobody is told again.
    let delivered = std::fs::read(here.join("var/sandbox/run/current")).unwrap();
    let mut daemon = start(here);
    daemon.started().await;
    let keys = typed(here, &["key", "status"]).await;
    assert_eq!(key(&keys["keys"], "current").unwrap()["fingerprint"], current["fingerprint"]);
    assert!(!daemon.said().contains("key delivered"), "{}", daemon.said());
    assert_eq!(std::fs::read(here.join("var/sandbox/run/current")).unwrap(), delivered);
    daemon.signal(Signal::INT);
    assert_eq!(daemon.end().await, Some(0));
}
