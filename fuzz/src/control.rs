//! The sandbox's control API.

use serde_json::Value;

use super::bank::{Asked, basic, with_bank};

/// A line with verb and path below `/_sandbox`, then a body. Nothing that is asked for makes the
/// control API fail, and the bank stands afterwards: it answers, with what the rules in force let it.
pub(super) fn control(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    with_bank(|bank| {
        for block in text.split("\n---\n").take(6) {
            let (line, body) = block.split_once('\n').unwrap_or((block, ""));
            let Some((method, path)) = line.split_once(' ') else { return };
            let target = format!("/_sandbox{path}");
            let headers = vec![
                (&b"host"[..], b"127.0.0.1:8080".to_vec()),
                (b"content-type", b"application/json".to_vec()),
            ];
            let body = body.as_bytes().to_vec();
            let Some(reply) = bank.ask(&Asked { method, target: &target, headers, body }) else {
                return;
            };
            let status = reply.status.as_u16();
            assert!(status < 500, "{target}: {}", String::from_utf8_lossy(&reply.body));
        }
        // What the rules do to a reply is theirs; a rule may be slow on purpose.
        bank.running().control().clear_faults();
        let headers = vec![
            (&b"accept"[..], b"application/json".to_vec()),
            (b"authorization", basic(quaymaster::sandbox::SANDBOX_KEY)),
        ];
        let target = "/rest/v1/customers";
        let asked = Asked { method: "GET", target, headers, body: Vec::new() };
        let reply = bank.ask(&asked).unwrap();
        let _: Value = serde_json::from_slice(&reply.body).unwrap();
    });
}
