//! Requests that schemathesis thinks up from the document: at the edges of every limit, beyond them,
//! at random, and in sequences along the document's links.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use quaymaster::sandbox::{SANDBOX_CODE, SANDBOX_KEY, Sandbox, SandboxOptions, routes};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::peers;

/// As few as may be.
const CASES_MIN: u64 = 2_000;

/// What a run may take; on two idle cores it takes about one minute.
const PATIENCE: Duration = Duration::from_mins(9);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_requests_are_answered_as_described() {
    let test = "thousands_of_requests_are_answered_as_described";
    let Some(program) = peers::program("schemathesis", test) else { return };
    let directory = tempfile::tempdir().unwrap();
    let seed_file = directory.path().join("seed.json");
    let seed = json!({ "facilities": [{
        "code": SANDBOX_CODE,
        "businesses": [{ "code": "SANDBOXHIRE" }],
        "keys": [
            { "key": SANDBOX_KEY, "expires": 4000 },
            { "kind": "publishable", "key": "SANDBOX_PUB_sandbox0key" },
        ],
    }] });
    std::fs::write(&seed_file, seed.to_string()).unwrap();
    let sandbox = Sandbox::start(SandboxOptions {
        seed_file: Some(seed_file),
        start_at: Some("2026-03-02T00:00:00Z".parse().unwrap()),
        // Tokens end in seconds, so that their quota is never used up, and payers answer meanwhile.
        rate: Some(60.0),
        ..SandboxOptions::default()
    });
    let sandbox = sandbox.await.unwrap();
    for (name, text) in [
        ("schemathesis.toml", include_str!("schemathesis.toml")),
        ("hooks.py", include_str!("hooks.py")),
    ] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }

    let running = Command::new(program)
        .current_dir(directory.path())
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("http://{}/openapi.json", sandbox.address()))
        .args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--max-examples", "20", "--workers", "1"])
        .args(["--report", "json", "--report-json-path", "report.json"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, running).await.expect("schemathesis ends").unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let report = std::fs::read_to_string(directory.path().join("report.json"));
    let report: Value =
        report.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    judge(&report, &told);
}

fn judge(report: &Value, told: &str) {
    let cases = &report["test_cases"];
    let generated = cases["generated"].as_u64().unwrap_or_default();
    // Past the test harness, which keeps to itself what a passing test prints.
    let counts = format!("schemathesis: {cases}, phases {}\n", report["phases"]);
    std::io::stderr().write_all(counts.as_bytes()).unwrap();
    assert_eq!(report["complete"], true, "{told}");
    assert_eq!(report["failures"], json!([]), "{told}");
    assert_eq!(report["errors"], json!([]), "{told}");
    assert_eq!(cases["unique_failures"], 0, "{told}");
    assert_eq!(report["operations"]["tested"], routes().count(), "{told}");
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        assert_eq!(report["phases"][phase]["status"], "success", "{phase}: {told}");
    }
    assert!(generated >= CASES_MIN, "only {generated} cases: {told}");
}
