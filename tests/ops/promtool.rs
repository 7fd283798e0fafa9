//! Prometheus's own checker reads what we serve.

use std::io::Write;
use std::process::{Command, Stdio};

use quaymaster::domain::names::{Environment, FacilityName};

use crate::{listener, peers, status};

#[tokio::test]
async fn promtool_accepts_the_metrics() {
    let Some(promtool) = peers::program("promtool", "promtool_accepts_the_metrics") else { return };
    let started = listener::start(status::well("main")).await;
    started.metrics.add_facility(
        &FacilityName::new("second").unwrap(),
        Environment::Production,
        &[],
    );
    let body = started.get("/metrics").body;
    assert_eq!(check(&promtool, &body), Ok(()));
    let planted = format!("{body}# TYPE quaymaster_planted counter\nquaymaster_planted 1\n");
    assert!(check(&promtool, &planted).is_err(), "a checker that accepts anything checks nothing");
}

fn check(promtool: &std::path::Path, text: &str) -> Result<(), String> {
    let mut child = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && said.is_empty() { Ok(()) } else { Err(said) }
}
