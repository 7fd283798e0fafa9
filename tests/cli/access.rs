//! Who may ask what: every route with every kind of caller, over both kinds of listener.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use quaymaster::admin::routes::{ROUTES, Route};
use quaymaster::admin::shapes::Problem;
use quaymaster::domain::names::Environment;
use quaymaster::http::{Peer, Reply, Request};
use quaymaster::key::KeyText;
use quaymaster::service::facility::RefusedKind;

use super::office::{Answer, Office, facility};

pub(crate) const VIEWER: &str = "viewer-0123456789abcdef0123456789abcdef";
const OPERATOR: &str = "operator-0123456789abcdef0123456789abcdef";
const APPROVER: &str = "approver-0123456789abcdef0123456789abcdef";
const ELSEWHERE: &str = "elsewhere-0123456789abcdef0123456789abcdef";
const UNKNOWN: &str = "unknown-0123456789abcdef0123456789abcdef";

const TCP: Peer =
    Peer::Tcp(SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 50000)));
const OTHER_USER: Peer = Peer::Unix { uid: 1001, gid: 1001 };

pub(crate) fn tokens_file(directory: &Path) -> PathBuf {
    let entry = |name: &str, role: &str, facilities: &str, token: &str| {
        let hash = digest::digest(&digest::SHA256, token.as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!(
            "[[token]]\nname = \"{name}\"\nrole = \"{role}\"\nfacilities = [\"{facilities}\"]\n\
             sha256 = \"{hash}\"\n"
        )
    };
    let text = [
        entry("vera", "viewer", "*", VIEWER),
        entry("otto", "operator", "*", OPERATOR),
        entry("anna", "approver", "*", APPROVER),
        entry("elsa", "approver", "other", ELSEWHERE),
    ];
    let path = directory.join("tokens.toml");
    std::fs::write(&path, text.concat()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn request(peer: Peer, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut request = hyper::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    Request { peer, head, body: body.to_owned().into() }
}

fn asking(route: &Route, peer: Peer, token: Option<&str>) -> Request {
    let path = route.path.replace("{f}", "main");
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = Vec::from_iter(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let (media_type, body) = if path.ends_with("/install") {
        ("application/octet-stream", "QMTEST_SEC_1")
    } else if path.ends_with("/api") {
        ("application/json", r#"{"method":"GET","path":"/customers","dryRun":true}"#)
    } else {
        ("application/json", "")
    };
    headers.push(("content-type", media_type));
    request(peer, route.method.as_str(), &path, &headers, body)
}

fn problem(reply: &Reply) -> Problem {
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let problem: Problem = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(problem.status, reply.status.as_u16());
    assert!(problem.remedy.contains("quaymaster "), "{problem:?}");
    problem
}

/// A daemon with two facilities and the tokens above.
fn office(directory: &Path) -> Office {
    let facilities =
        vec![facility("main", Environment::Support), facility("other", Environment::Sandbox)];
    Office::open(facilities, Some(tokens_file(directory)))
}

#[tokio::test]
async fn every_route_with_every_caller_over_both_listeners() {
    let directory = tempfile::tempdir().unwrap();
    let mut cases = 0;
    for route in ROUTES {
        let of_one_facility = route.path.contains("{f}");
        let changes_all = !of_one_facility && route.needs.label() != "viewer";
        for peer in [TCP, OTHER_USER] {
            // A daemon of its own a route, so that nobody's account runs out.
            let office = office(directory.path());
            let good = match route.needs.label() {
                "viewer" => [VIEWER, OPERATOR, APPROVER].as_slice(),
                "operator" => &[OPERATOR, APPROVER],
                _ => &[APPROVER],
            };
            for token in [None, Some(UNKNOWN), Some("short"), Some(VIEWER), Some(OPERATOR)]
                .into_iter()
                .chain([Some(APPROVER), Some(ELSEWHERE)])
            {
                let (status, label) = match token {
                    None => (401, "no_token"),
                    Some(UNKNOWN | "short") => (401, "bad_token"),
                    Some(ELSEWHERE) if of_one_facility || changes_all => (403, "not_your_facility"),
                    Some(ELSEWHERE) => (200, ""),
                    Some(token) if good.contains(&token) => (200, ""),
                    Some(_) if route.needs.label() == "approver" => (403, "needs_approver"),
                    Some(_) => (403, "role_too_low"),
                };
                let reply = (office.handler)(asking(route, peer, token)).await;
                let what = format!("{} {} from {peer} with {token:?}", route.method, route.path);
                assert_eq!(reply.status.as_u16(), status, "{what}");
                if status != 200 {
                    assert_eq!(problem(&reply).label, label, "{what}");
                }
                assert!(!String::from_utf8_lossy(&reply.body).contains("0123456789abcdef01234567"));
                cases += 1;
            }
            let heard = office.heard.lock().unwrap().len();
            // What is asked of the bank by hand does not go through the facility's task.
            let by_hand = route.path.ends_with("/api");
            let asks = route.needs.label() != "viewer" && of_one_facility && !by_hand;
            assert_eq!(heard, if asks { good.len() } else { 0 }, "{}", route.path);
        }
    }
    assert_eq!(cases, ROUTES.len() * 2 * 7);
}

#[tokio::test]
async fn the_daemons_own_user_and_root_need_no_token_on_the_unix_socket() {
    let directory = tempfile::tempdir().unwrap();
    for uid in [0, 1000] {
        let office = office(directory.path());
        for route in ROUTES {
            let reply = (office.handler)(asking(route, Peer::Unix { uid, gid: 5 }, None)).await;
            assert_eq!(reply.status, 200, "{} {}", route.method, route.path);
        }
        let heard = office.heard.lock().unwrap();
        assert!(heard.iter().all(|(_, actor, ..)| *actor == format!("unix:{uid}")));
        assert_eq!(heard.len(), 7);
    }
}

#[tokio::test]
async fn a_token_that_is_shown_counts_even_for_the_own_user() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let renew = ROUTES.iter().find(|route| route.path.ends_with("/renew")).unwrap();
    let own = Peer::Unix { uid: 1000, gid: 5 };
    assert_eq!((office.handler)(asking(renew, own, Some(VIEWER))).await.status, 403);
    assert_eq!((office.handler)(asking(renew, own, Some(UNKNOWN))).await.status, 401);
}

#[tokio::test]
async fn a_grant_hides_the_other_facilities() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let bearer = format!("Bearer {ELSEWHERE}");
    let headers = [("authorization", bearer.as_str())];
    for path in ["/v1/status", "/v1/facilities"] {
        let reply = (office.handler)(request(TCP, "GET", path, &headers, "")).await;
        let body = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(body.contains("\"facility\":\"other\"") && !body.contains("\"main\""), "{body}");
    }
    let exists = request(TCP, "GET", "/v1/facilities/main", &headers, "");
    let does_not = request(TCP, "GET", "/v1/facilities/nope", &headers, "");
    let (exists, does_not) = ((office.handler)(exists).await, (office.handler)(does_not).await);
    assert_eq!(problem(&exists).label, problem(&does_not).label);
    let own = request(Peer::Unix { uid: 0, gid: 0 }, "GET", "/v1/facilities/nope", &[], "");
    let reply = problem(&(office.handler)(own).await);
    assert_eq!((reply.status, reply.label.as_str()), (404, "unknown_facility"));
    assert!(reply.detail.ends_with("there is: main, other"), "{}", reply.detail);
}

/// Method, path, headers, body, and the label of the answer.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn what_is_not_a_lawful_request_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let own = Peer::Unix { uid: 0, gid: 0 };
    let json = ("content-type", "application/json");
    let raw = ("content-type", "application/octet-stream");
    let secret = "QMTEST_SEC_dye";
    let renew = "/v1/facilities/main/keys/renew";
    let install = "/v1/facilities/main/keys/install";
    let cases: &[Case<'_>] = &[
        ("GET", "/", &[], "", "unknown_path"),
        ("GET", "/v1/facilities/Main", &[], "", "unknown_path"),
        ("PUT", "/v1/freeze", &[], "", "wrong_method"),
        ("GET", "/v1/status", &[("x-forwarded-for", "10.0.0.1")], "", "forwarded"),
        ("GET", "/v1/status", &[("forwarded", "for=10.0.0.1")], "", "forwarded"),
        ("GET", "/v1/facilities/main/keys/history?limit=x", &[], "", "bad_request"),
        ("POST", renew, &[json], secret, "bad_request"),
        ("POST", renew, &[raw], secret, "wrong_content_type"),
        ("POST", renew, &[json], r#"{"until":"2027-01-01T00:00:00Z"}"#, "bad_request"),
        ("POST", renew, &[json], r#"{"QMTEST_SEC_dye":1}"#, "bad_request"),
        ("POST", "/v1/freeze", &[json], r#"{"until":"2020-01-01T00:00:00Z"}"#, "bad_request"),
        ("POST", install, &[json], secret, "wrong_content_type"),
        ("POST", install, &[raw], "QMTEST_SEC_dye two", "bad_key_text"),
        ("POST", install, &[raw], "", "bad_key_text"),
        ("POST", "/v1/facilities/main/keys/install?key=x", &[raw], secret, "bad_request"),
    ];
    for (method, path, headers, body, label) in cases {
        let reply = (office.handler)(request(own, method, path, headers, body)).await;
        assert_eq!(problem(&reply).label, *label, "{method} {path}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("dye"), "{method} {path}");
    }
    let reply = (office.handler)(request(own, "PUT", "/v1/freeze", &[], "")).await;
    assert_eq!(reply.headers["allow"], "GET, POST, DELETE");
    assert!(office.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_keeps_its_word_and_its_kind() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let renew = ROUTES.iter().find(|route| route.path.ends_with("/renew")).unwrap();
    let kinds = [
        (RefusedKind::BadInput, 400),
        (RefusedKind::NotNow, 409),
        (RefusedKind::Refused, 422),
        (RefusedKind::Unclear, 502),
    ];
    for (kind, status) in kinds {
        *office.answer.lock().unwrap() = Answer::Refused(kind);
        let reply = problem(&(office.handler)(asking(renew, TCP, Some(APPROVER))).await);
        assert_eq!((reply.status, reply.label.as_str()), (status, "no_key"));
        assert!(reply.remedy.contains("quaymaster key install"), "{}", reply.remedy);
    }
}

#[tokio::test]
async fn a_key_arrives_whole_with_its_reason_and_is_not_echoed() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let path = "/v1/facilities/main/keys/install?reason=made%20in%20the%20portal&dryRun=true";
    let headers = [("content-type", "application/octet-stream")];
    let own = Peer::Unix { uid: 0, gid: 0 };
    let reply = (office.handler)(request(own, "POST", path, &headers, "QMTEST_SEC_dye\n")).await;
    assert_eq!(reply.status, 200);
    assert!(!String::from_utf8_lossy(&reply.body).contains("dye"));
    let arrived = office.installed.lock().unwrap().pop();
    assert_eq!(arrived, Some(KeyText::parse("QMTEST_SEC_dye").unwrap()));
    let heard = office.heard.lock().unwrap().pop().unwrap();
    let why = Some("made in the portal".to_owned());
    assert_eq!(heard, ("install".to_owned(), "unix:0".to_owned(), why, true));
}

#[tokio::test]
async fn a_key_in_a_reason_is_taken_out_before_anyone_keeps_it() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let own = Peer::Unix { uid: 0, gid: 0 };
    let install = "/v1/facilities/main/keys/install?reason=was+QMTEST_SEC_dye";
    let renew = "/v1/facilities/main/keys/renew";
    for (path, kind, body) in [
        (install, "application/octet-stream", "QMTEST_SEC_other"),
        (renew, "application/json", r#"{"reason": "was QMTEST_SEC_dye"}"#),
    ] {
        let asked = request(own, "POST", path, &[("content-type", kind)], body);
        assert_eq!((office.handler)(asked).await.status, 200);
        let (_, _, reason, _) = office.heard.lock().unwrap().pop().unwrap();
        assert_eq!(reason.as_deref(), Some("was QMTEST_SEC_[redacted]"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_bad_tokens_is_held_off_and_a_good_one_passes() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    let status = &ROUTES[0];
    let mut answers = std::collections::BTreeMap::new();
    for _ in 0..1000 {
        let reply = (office.handler)(asking(status, TCP, Some(UNKNOWN))).await;
        *answers.entry(reply.status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(answers.keys().copied().collect::<Vec<_>>(), [401, 429]);
    assert!(answers[&429] > 500, "{answers:?}");
    assert_eq!((office.handler)(asking(status, TCP, Some(VIEWER))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_facility_that_answers_nobody_does_not_gather_commands() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    *office.answer.lock().unwrap() = Answer::Silence;
    let renew = ROUTES.iter().find(|route| route.path.ends_with("/renew")).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..40 {
        // Each one gives up after its time, and the command it sent waits on.
        let reply = (office.handler)(asking(renew, TCP, Some(APPROVER))).await;
        statuses.push(reply.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 504).count(), 32);
    assert_eq!(statuses.last(), Some(&429));
}

#[tokio::test(start_paused = true)]
async fn a_command_without_an_answer_is_unclear_and_not_failed() {
    let directory = tempfile::tempdir().unwrap();
    let office = office(directory.path());
    *office.answer.lock().unwrap() = Answer::Silence;
    let renew = ROUTES.iter().find(|route| route.path.ends_with("/renew")).unwrap();
    let reply = (office.handler)(asking(renew, TCP, Some(APPROVER))).await;
    assert_eq!(problem(&reply).label, "still_working");
    assert_eq!(reply.status, 504);
}
