//! The way to the daemon and back: answers that are cut or make no sense, errors of the server under
//! the admin API, and what a command that holds a key forbids itself.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::binary::{Place, Ran, program, run};

/// Types a command at a listener that answers with these bytes and hangs up.
async fn answered(words: &[&str], answer: &'static str) -> Ran {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    run(&[words, &["--server", &server]].concat()).await
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_or_garbled_is_unclear() {
    let answers = [
        ("", 5, 1),
        ("HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"summary\":", 5, 1),
        ("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n<html/>", 5, 1),
        ("HTTP/1.1 500 Oops\r\ncontent-length: 7\r\n\r\n<html/>", 5, 1),
        ("HTTP/1.1 403 No\r\ncontent-length: 7\r\n\r\n<html/>", 1, 1),
    ];
    for (answer, changing, reading) in answers {
        let changed = answered(&["freeze", "off"], answer).await;
        assert_eq!(changed.code, Some(changing), "{answer:?}: {}", changed.err);
        let told = changed.err.contains("quaymaster key history");
        assert_eq!(told, changing == 5, "{answer:?}: {}", changed.err);
        let read = answered(&["freeze", "show"], answer).await;
        assert_eq!(read.code, Some(reading), "{answer:?}: {}", read.err);
    }
    let failed = concat!(
        "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\n\r\n",
        r#"{"type":"about:blank","title":"x","status":500,"detail":"something is wrong","label":"#,
        r#""internal","remedy":"look","id":"0000000"}"#,
    );
    let changed = answered(&["freeze", "off"], failed).await;
    assert_eq!(changed.code, Some(5), "{}", changed.err);
    assert!(changed.err.contains("internal"), "{}", changed.err);
}

#[tokio::test]
async fn the_servers_own_errors_have_the_admin_apis_shape() {
    let place = Place::open().await;
    let address = place.http.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = "k".repeat(65 * 1024);
    let head = format!(
        "POST /v1/facilities/main/keys/install HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 413"), "{answer}");
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&problem["label"], &problem["status"]), (&"body_too_large".into(), &413.into()));
    for member in ["remedy", "detail", "id"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
    assert_eq!(run(&["explain", "body_too_large"]).await.code, Some(0));
}

/// The daemon never answers, so the command waits with its limits in place.
#[tokio::test]
async fn a_command_that_holds_a_key_leaves_no_core() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    for (words, mask) in [
        (&["key", "install", "--from-fd", "0"][..], "Umask:\t0077"),
        (&["key", "status"][..], "Umask:\t0022"),
    ] {
        let words = [words, &["--server", &server]].concat();
        let mut command = std::process::Command::new("/bin/sh");
        command.args(["-c", "umask 0022; exec \"$0\" \"$@\""]);
        let typed = program(&words);
        command.arg(typed.as_std().get_program()).args(typed.as_std().get_args()).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn().unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        let proc = format!("/proc/{}", child.id().unwrap());
        let status = std::fs::read_to_string(format!("{proc}/status")).unwrap();
        assert!(status.contains(mask), "{words:?}: {status}");
        if mask.ends_with("77") {
            let limits = std::fs::read_to_string(format!("{proc}/limits")).unwrap();
            let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
            assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
        }
        child.kill().await.unwrap();
    }
}
