//! The settings are read again while the daemon runs: what is taken, what waits, what is refused, and
//! what none of it takes away.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::{Answer, Daemon, FILE_STORE, PATIENCE, Place};

/// Sends SIGHUP and waits until the reading was judged: until the log has said `word` once more.
async fn reload(daemon: &Daemon, word: &str) {
    let said = || daemon.said().matches(word).count();
    let before = said();
    daemon.signal(Signal::HUP);
    let waits = tokio::time::Instant::now();
    while said() == before {
        assert!(waits.elapsed() < PATIENCE, "{word} was not said: {}", daemon.said());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const TAKEN: &str = "the settings were read again and are in use";
const REFUSED: &str = "the last good ones stay in use";

async fn status(daemon: &Daemon) -> serde_json::Value {
    daemon.admin("GET", "/v1/status", b"").await.unwrap().json()["facilities"][0].clone()
}

/// The value of a series without labels, or with those of the facility alone.
fn series(metrics: &Answer, name: &str) -> String {
    let line = metrics.body.lines().find(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(' ') || rest.starts_with('{'))
    });
    let line = line.unwrap_or_else(|| panic!("no {name}"));
    line.rsplit_once(' ').unwrap().1.to_owned()
}

async fn until_there(daemon: &Daemon, file: &Path) {
    while !file.exists() {
        assert!(daemon.spawned.elapsed() < PATIENCE, "no {}: {}", file.display(), daemon.said());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn edit(place: &Place, from: &str, to: &str) {
    let path = place.path("quaymaster.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_takes_what_it_can_and_says_each_time_what_waits() {
    let place = Place::new().await;
    let daemon = place.start();
    daemon.started().await;

    // The role waits, at the second reading as at the first; a new target is given the key at once.
    edit(&place, "[listen]", "role = \"reader\"\n[listen]");
    edit(&place, "bootstrap = { file = \"bootstrap.key\" }", "");
    edit(&place, "create_identity = true", "");
    let mut before = "run";
    for (nth, next) in ["other", "third"].into_iter().enumerate() {
        edit(&place, &format!("directory = \"{before}\""), &format!("directory = \"{next}\""));
        before = next;
        reload(&daemon, TAKEN).await;
        until_there(&daemon, &place.path(&format!("{next}/current"))).await;
        assert_eq!(status(&daemon).await["role"], "renewer");
        let waits = daemon.said().matches("a changed setting waits for a restart").count();
        assert_eq!(waits, nth + 1, "{}", daemon.said());
    }
    edit(&place, "role = \"reader\"", "");

    // A facility that moves elsewhere waits whole: its key is proven where it always was.
    let here = place.bank.base_url();
    edit(&place, &here, "http://127.0.0.1:9/rest/v1");
    reload(&daemon, TAKEN).await;
    assert!(daemon.said().contains("facilities.main.base_url"), "{}", daemon.said());
    let newest = place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200, "{}", daemon.said());
    let now = std::fs::read_to_string(place.path("third/current")).unwrap();
    assert_eq!(now.trim(), newest);
    let metrics = daemon.get("/metrics").await;
    assert_eq!(series(&metrics, "quaymaster_config_last_reload_successful"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_cannot_be_used_change_nothing_that_runs_or_is_shown() {
    let place = Place::new().await;
    let mut command = place.program(&["run"]);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    let daemon = Daemon::spawn(command, place.path("admin.sock"));
    daemon.started().await;
    let stores = |metrics: &Answer| {
        let lines = metrics.body.lines();
        lines.filter(|line| line.starts_with("quaymaster_store_in_sync")).count()
    };
    assert_eq!(stores(&daemon.get("/metrics").await), 1);

    // Of two facilities the second cannot be put together: nothing tells of a region.
    let second = FILE_STORE.replace("keys", "beside");
    let region = r#"
        [facilities.second]
        environment = "support"
        [[facilities.second.secret_key.stores]]
        kind = "aws-secrets-manager"
        secret_id = "second"
    "#;
    place.write_settings("pretty", "info", &format!("{FILE_STORE}{second}"), region);
    reload(&daemon, REFUSED).await;
    let metrics = daemon.get("/metrics").await;
    assert_eq!(series(&metrics, "quaymaster_config_last_reload_successful"), "0");
    assert_eq!(stores(&metrics), 1, "{}", metrics.body);
    let settings = daemon.get("/readyz/settings").await;
    assert_eq!(settings.status, 503, "{settings:?}");

    std::fs::write(place.path("quaymaster.toml"), "role = ").unwrap();
    reload(&daemon, REFUSED).await;
    let newest = place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200, "{}", daemon.said());
    assert_eq!(place.delivered(), Some(newest));

    place.write_settings("pretty", "info", FILE_STORE, "");
    reload(&daemon, TAKEN).await;
    assert_eq!(daemon.get("/readyz/settings").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_delivered_stays_delivered_through_a_reload() {
    let place = Place::new().await;
    let daemon = place.start();
    daemon.started().await;
    // The store goes away before the facility's task is begun anew, which then can deliver nothing.
    std::fs::rename(place.path("keys"), place.path("keys.away")).unwrap();
    std::fs::write(place.path("keys"), "in its place").unwrap();
    edit(
        &place,
        "[facilities.main.secret_key]",
        "[facilities.main.secret_key]\nunscheduled = \"hold\"",
    );
    reload(&daemon, "the settings were").await;
    for _ in 0..2 {
        daemon.renew().await.unwrap();
        assert_eq!(daemon.get("/startupz").await.status, 200, "{}", daemon.said());
        let metrics = daemon.get("/metrics").await;
        assert_eq!(series(&metrics, "quaymaster_facility_delivered"), "1");
    }
}
