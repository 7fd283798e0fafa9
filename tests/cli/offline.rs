//! Commands that ask no daemon, or find none: what is said, and with which exit code.

use std::sync::Arc;

use hyper::StatusCode;
use quaymaster::http::{Address, Limits, Reply, Server, handler};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio_util::sync::CancellationToken;

use super::binary::{ended, program, run};

#[tokio::test]
async fn bad_usage_is_64_and_says_what_would_be_right() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage:"),
        (&["frobnicate"], "unrecognized"),
        (&["status", "-o", "xml"], "json"),
        (&["key", "install"], "--from-file"),
        (&["key", "install", "--from-file", "a", "--from-fd", "0"], "cannot be used with"),
        (&["key", "renew", "--detailed-exitcode"], "--dry-run"),
        (&["key", "rollback", "--until", "2027-01-01T00:00:00Z", "--for", "1d"], "cannot be used"),
        (&["key", "rollback", "--for", "1w"], "36h or 3d"),
        (&["status", "--timeout", "0s"], "one second"),
        (&["status", "--server", "http://192.0.2.1:9465"], "loopback"),
        (&["status", "--server", "ftp://x"], "unix:PATH"),
        (&["status", "--server", "unix:/x", "--token-file", "/no/such/file"], "--token-file"),
        (&["explain", "promot"], "near words: promote"),
        (&["explain", "xyzzy"], "quaymaster explain"),
        (&["completions", "tcsh"], "bash"),
        (&["man", "key", "frobnicate"], "no command frobnicate"),
        (&["sandbox", "--rate=-1"], "from 0 to 604800"),
        (&["status", "--config", "/no/such/settings.toml"], "$QUAYMASTER_SERVER"),
        (&["config", "check", "--config", "/no/such/settings.toml"], "it does not exist"),
        (&["healthcheck", "--url", "127.0.0.1:1"], "http://127.0.0.1:9464"),
    ];
    for (words, said) in cases {
        let ran = run(words).await;
        assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""), "{words:?}");
        assert!(ran.err.contains(said), "{words:?} should say {said}: {}", ran.err);
    }
}

#[tokio::test]
async fn a_key_typed_in_a_wrong_place_is_not_repeated() {
    for words in [
        &["key", "install", "QMTEST_SEC_dye"][..],
        &["explain", "QMTEST_SEC_dye"],
        &["key", "compromise", "QMTEST_SEC_dye", "--yes"],
        &["facility", "show", "QMTEST_SEC_dye", "--server", "unix:/nowhere"],
    ] {
        let ran = run(words).await;
        assert_ne!(ran.code, Some(0), "{words:?}");
        assert!(!ran.err.is_empty(), "{words:?}");
        assert!(!ran.out.contains("dye") && !ran.err.contains("dye"), "{words:?}: {}", ran.err);
    }
}

#[tokio::test]
async fn a_daemon_that_is_not_there_is_named_with_the_command_that_starts_it() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("admin.sock");
    let ran = run(&["status", "--server", &format!("unix:{}", socket.display())]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    let wanted = format!(
        "error: no daemon at unix:{}: there is no such socket\n  to start it: quaymaster run \
         --config FILE\n  if it listens elsewhere: --server ADDR or $QUAYMASTER_SERVER\n",
        socket.display()
    );
    assert_eq!(ran.err, wanted);
    let mut command = program(&["status"]);
    command.env("QUAYMASTER_SERVER", format!("unix:{}", socket.display()));
    assert_eq!(ended(command.spawn().unwrap()).await.err, wanted);
}

/// What was typed is repeated so that it can be seen, and steers no terminal.
#[tokio::test]
async fn control_characters_are_spelt_out() {
    let lines: [&[&str]; 4] = [
        &["stat\u{1b}[31mus"],
        &["explain", "o\u{1b}]0;k\u{7}"],
        &["status", "--server", "unix\u{1b}[2J"],
        &["status", "--config", "/no/such/\u{1b}[31m\r\u{9b}5n.toml"],
    ];
    for line in lines {
        let ran = run(line).await;
        assert_eq!(ran.code, Some(64), "{ran:?}");
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(!ran.err.contains(steers) && !ran.out.contains(steers), "{ran:?}");
        let parsed = line[0] == "explain" || line.len() > 2;
        assert_eq!(ran.err.contains("\\u{1b}"), parsed, "{ran:?}");
    }
}

#[tokio::test]
async fn an_empty_variable_names_no_daemon() {
    let line = ["status", "--config", "/no/such/settings.toml"];
    let mut command = program(&line);
    command.env("QUAYMASTER_SERVER", "");
    let ran = ended(command.spawn().unwrap()).await;
    assert!(ran.err.contains("there is no settings file"), "{ran:?}");
    let typed = run(&["status", "--server", ""]).await;
    assert!(typed.code == Some(64) && typed.err.contains("neither unix:"), "{typed:?}");
}

#[tokio::test]
async fn the_socket_is_taken_from_the_settings_file() {
    let directory = tempfile::tempdir().unwrap();
    let settings = directory.path().join("quaymaster.toml");
    let sandbox = concat!(env!("CARGO_MANIFEST_DIR"), "/config/sandbox.toml");
    let text = std::fs::read_to_string(sandbox).unwrap();
    std::fs::write(&settings, text.replace("../var/sandbox/admin.sock", "elsewhere.sock")).unwrap();
    let mut command = program(&["status"]);
    command.env("QUAYMASTER_CONFIG", &settings);
    let ran = ended(command.spawn().unwrap()).await;
    assert_eq!(ran.code, Some(1));
    let socket = directory.path().join("elsewhere.sock");
    assert!(ran.err.contains(&format!("no daemon at unix:{}", socket.display())), "{}", ran.err);
}

#[tokio::test]
async fn settings_are_checked_and_shown() {
    let sandbox = concat!(env!("CARGO_MANIFEST_DIR"), "/config/sandbox.toml");
    let checked = run(&["config", "check", "--config", sandbox]).await;
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    let shown = run(&["config", "show", "--config", sandbox, "-o", "json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown["facilities"]["main"]["environment"], "sandbox");
    let schema = run(&["config", "schema", "-o", "json"]).await;
    let schema: serde_json::Value = serde_json::from_str(&schema.out).unwrap();
    assert!(schema["$schema"].is_string(), "{schema}");
    let directory = tempfile::tempdir().unwrap();
    let wrong = directory.path().join("wrong.toml");
    std::fs::write(&wrong, "role = \"boss\"\n[listen]\nops = \"dye-in-the-wrong-place\"\n")
        .unwrap();
    let checked = run(&["config", "check", "--config", &wrong.display().to_string()]).await;
    assert_eq!(checked.code, Some(64));
    assert!(checked.err.contains("role") && checked.err.contains("listen.ops"), "{}", checked.err);
    assert!(!checked.err.contains("dye"), "{}", checked.err);
}

#[tokio::test]
async fn healthcheck_says_what_the_probe_says() {
    let server = Server::bind(&Address::Tcp("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let Address::Tcp(address) = *server.address() else { unreachable!("it was bound to one") };
    let answers = handler(|request| async move {
        match request.path() {
            "/livez" => Reply::text(StatusCode::OK, "live"),
            _ => Reply::text(StatusCode::SERVICE_UNAVAILABLE, "store: denied"),
        }
    });
    tokio::spawn(server.serve(Arc::clone(&answers), Limits::default(), CancellationToken::new()));
    let url = format!("http://{address}");
    let live = run(&["healthcheck", "--url", &url]).await;
    assert_eq!((live.code, live.out.as_str()), (Some(0), "live\n"));
    let ready = run(&["healthcheck", "readyz", "--url", &url]).await;
    assert_eq!((ready.code, ready.out.as_str()), (Some(1), ""));
    assert!(ready.err.contains("/readyz answered 503: store: denied"), "{}", ready.err);
}

#[tokio::test]
async fn a_sandbox_says_first_where_it_listens_and_ends_when_told() {
    let mut child = program(&["sandbox", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let address = first.strip_prefix("http://").unwrap();
    let answered = tokio::net::TcpStream::connect(address).await;
    assert!(answered.is_ok(), "{first}");
    let number = i32::try_from(child.id().unwrap()).unwrap();
    let process = rustix::process::Pid::from_raw(number).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}
