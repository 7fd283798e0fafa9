//! The README's table of alerts, judged by Prometheus itself on what daemons of each role serve: none
//! speaks of a daemon that is well, and each speaks on its day.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use quaymaster::domain::condition::Condition;
use quaymaster::service::facility::{FacilityStatus, RenewalLine};
use quaymaster::settings::model::Role;

use crate::{listener, peers, status};

/// `promtool` counts from 1970, and judges here after ten days: past every alert's wait.
const NOW: SignedDuration = SignedDuration::from_hours(240);

fn after(days: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + NOW + SignedDuration::from_hours(24 * days)
}

/// The expressions of the table, with how long each must hold.
fn alerts() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| page | `") || line.starts_with("| ticket | `"));
    rows.map(|row| {
        let mut cells = row.split('`');
        let expression = cells.nth(1).unwrap().to_owned();
        let rest = cells.next().unwrap();
        let wait = rest.trim_start().strip_prefix("for ").and_then(|rest| rest.split_once(" |"));
        let wait = wait.map_or("0s".to_owned(), |(wait, _)| {
            let (number, unit) = wait.split_once(' ').unwrap();
            format!("{number}{}", unit.chars().next().unwrap())
        });
        (expression, wait)
    })
    .collect()
}

/// A renewer with a key that lives long, asked yesterday.
fn renewer() -> FacilityStatus {
    let mut renewer = status::well("main");
    renewer.keys.iter_mut().for_each(|key| key.expires_at = Some(after(400)));
    renewer.renewal = RenewalLine {
        last_success_at: Some(after(-1)),
        next_attempt_at: Some(after(0)),
        ..RenewalLine::default()
    };
    renewer
}

/// A reader of AWS Secrets Manager: it asks the bank nothing, and the store tells it no expiry.
fn reader() -> FacilityStatus {
    let mut reader = FacilityStatus { role: Role::Reader, ..status::well("main") };
    reader.keys.iter_mut().for_each(|key| key.expires_at = None);
    reader.renewal = RenewalLine::default();
    reader
}

/// The numbers, in the table's order, of the alerts that speak of a daemon in this status.
async fn told(promtool: &Path, status: FacilityStatus) -> Vec<usize> {
    let served = listener::start(status).await.get("/metrics").body;
    let mut rules = String::from("groups:\n- name: readme\n  rules:\n");
    let alerts = alerts();
    for (nth, (expression, wait)) in alerts.iter().enumerate() {
        writeln!(rules, "  - {{alert: A{nth}, expr: '{expression}', for: {wait}}}").unwrap();
    }
    let mut series = String::new();
    let asked = |line: &str| {
        let name = line.split(['{', ' ']).next().unwrap();
        alerts.iter().any(|(expression, _)| expression.contains(name))
    };
    for line in served.lines().filter(|line| asked(line)) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        writeln!(series, "  - {{series: '{name}', values: '{value}x240'}}").unwrap();
    }
    // Each alert is asked for by itself, so that what is told of one shows whether it speaks.
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rules.yml"), rules).unwrap();
    let mut told = Vec::new();
    for nth in 0..alerts.len() {
        let text = format!(
            "rule_files: [rules.yml]\nevaluation_interval: 1h\ntests:\n- interval: 1h\n  input_series:\n{series}  \
             alert_rule_test:\n  - {{eval_time: 240h, alertname: A{nth}, exp_alerts: []}}\n"
        );
        fs::write(directory.path().join("test.yml"), text).unwrap();
        let output = Command::new(promtool)
            .args(["test", "rules", "test.yml"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success() || said.contains("got:["), "{said}");
        if !output.status.success() {
            told.push(nth);
        }
    }
    told
}

#[tokio::test]
async fn alerts_speak_on_their_day_and_never_of_what_is_well() {
    let Some(promtool) = peers::program("promtool", "alerts_speak_on_their_day") else { return };
    assert_eq!(alerts().len(), 6);
    for well in [renewer(), reader()] {
        assert_eq!(told(&promtool, well).await, Vec::<usize>::new());
    }
    let mut ends = renewer();
    ends.keys.iter_mut().for_each(|key| key.expires_at = Some(after(13)));
    ends.condition = Condition::NotRenewable;
    assert_eq!(told(&promtool, ends).await, [0, 1]);
    let due = FacilityStatus { condition: Condition::RenewalDue, ..renewer() };
    assert_eq!(told(&promtool, due).await, [2]);
    let mut blind = renewer();
    blind.keys.iter_mut().for_each(|key| key.expires_at = None);
    assert_eq!(told(&promtool, blind).await, [3]);
    let mut silent = renewer();
    silent.renewal.last_success_at = None;
    silent.deliveries.iter_mut().for_each(|line| line.behind = true);
    assert_eq!(told(&promtool, silent).await, [4, 5]);
}
