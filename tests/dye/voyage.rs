//! Whole lives of the program, with much going wrong.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use hyper::StatusCode;
use quaymaster::http::{Address, Limits, Reply, Request, Server, handler};
use quaymaster::sandbox::{CutAt, Fault, Malformed};
use rustix::process::Signal;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::search::Dye;
use super::sinks::Sinks;
use crate::fake_aws::{FakeAws, Fault as AwsFault, Operation};
use crate::process::{Daemon, FILE_STORE, Place};

/// Everything every crate has to say; a filter names the crates of others one by one.
const TRACE: &str = "trace,hyper=trace,hyper_util=trace,reqwest=trace,rustls=trace,tokio=trace,mio=trace,want=trace,\
     aws_config=trace,aws_runtime=trace,aws_sigv4=trace,aws_credential_types=trace,aws_sdk_secretsmanager=trace,\
     aws_smithy_runtime=trace,aws_smithy_runtime_api=trace,aws_smithy_http=trace,aws_smithy_http_client=trace,\
     aws_smithy_json=trace,aws_smithy_types=trace,tower=trace,h2=trace,rusqlite=trace,log=trace";

/// The text of a token of 64 digits, and of an identity.
const TOKEN: &str = "5a1f0c7e93b8d264a7c01e5f8b3d9264705c1e8fa93b6d2047e8c15fb0a39d62";
const IDENTITY: &str = "c47d1e09a8f3b25670d9e4c1853fab26914ce70d5ab8f3162e7d09c4815bfa63";
const SIGNING: &str = "a signing secret Jq8Zr3Wv6Tn1Xk5Lm9";
const AWS_SECRET: &str = "wJalrXUtnFEMIq7MDENGbPxRfiCYzEXAMPLEKEY9";

/// A key the bank never made.
const UNKNOWN: &str = "SANDBOX_SEC_testB7vKq2ZnW8xM4cRt6YpL9sHd3GfJ";

/// A place with everything in it that a daemon can be told of.
struct Dyed {
    place: Place,
    sinks: Sinks,
    dye: Dye,
    told: Arc<Mutex<Vec<u8>>>,
    stop: CancellationToken,
}

impl Dyed {
    async fn new(format: &str, stores: &str) -> Self {
        let place = Place::new().await;
        let (told, stop) = (Arc::default(), CancellationToken::new());
        let hears = receiver(&told, &stop).await;
        let secret = |name: &str, text: &str| {
            std::fs::write(place.path(name), text).unwrap();
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(place.path(name), mode).unwrap();
        };
        secret("identity", IDENTITY);
        secret("webhook.secret", SIGNING);
        let hash = hexadecimal(digest::digest(&digest::SHA256, TOKEN.as_bytes()).as_ref());
        let entry = "[[token]]\nname = \"otto\"\nrole = \"operator\"\nfacilities = [\"*\"]\n";
        secret("tokens", &format!("{entry}sha256 = \"{hash}\"\n"));
        let here = place.directory.path().display();
        // The hook shows what it was given, says the key aloud, and fails when told to.
        let script = format!(
            "cd {here}; env >> hook.env; cat /proc/$$/cmdline /proc/$PPID/cmdline >> hook.cmd; \
             cat run/current run/previous; cat run/current >&2; test ! -e hook.fails"
        );
        let more = format!(
            r#"
                [[facilities.main.secret_key.deliver]]
                kind = "command"
                command = ["/bin/sh", "-c", "{script}"]
                debounce = "0s"
                [[facilities.main.secret_key.deliver]]
                kind = "webhook"
                url = "{hears}"
                signing_secret = {{ file = "webhook.secret" }}
                debounce = "0s"
                [access]
                tokens = {{ file = "tokens" }}
            "#
        );
        place.write_settings(format, TRACE, stores, &more);
        Self { place, sinks: Sinks::default(), dye: Dye::default(), told, stop }
    }

    /// Asks the bank through a fault, and waits for the answer.
    async fn renew_with(&mut self, daemon: &Daemon, fault: Fault) {
        let control = self.place.bank.control();
        let struck = control.requests().into_iter().filter(|request| request.fault.is_some());
        let before = struck.count();
        control.add_faults(vec![fault]).unwrap();
        let answer = daemon.renew().await;
        self.sinks.answer("admin renew with a fault", answer);
        let struck = control.requests().into_iter().filter(|request| request.fault.is_some());
        assert!(struck.count() > before, "the bank was not asked: {}", daemon.said());
        control.clear_faults();
    }

    /// Sends a text as a key to be installed.
    async fn install(&mut self, daemon: &Daemon, text: &str) -> u16 {
        let headers = [("content-type", "application/octet-stream")];
        let path = "/v1/facilities/main/keys/install?reason=dyed";
        let answer = daemon.admin_with("POST", path, &headers, text.as_bytes()).await;
        self.sinks.answer("admin install", answer)
    }

    /// A command line as a person would type it.
    async fn type_in(&mut self, words: &[&str]) {
        let output = self.place.program(words).output().await.unwrap();
        self.sinks.add(format!("typed {}", words[0]), [output.stdout, output.stderr].concat());
    }

    /// Looks at all there is, and searches it.
    fn search(mut self) -> Sinks {
        self.sinks.files(self.place.directory.path());
        self.sinks.add("webhook", self.told.lock().unwrap().clone());
        let control = self.place.bank.control();
        self.sinks.add("bank's log", serde_json::to_vec(&control.requests()).unwrap());
        for key in control.keys() {
            let public = key.text.find("_SEC_").or(key.text.find("_PUB_")).unwrap() + 5;
            self.dye.mark(&key.id, key.text.as_bytes(), public);
        }
        self.dye.mark("an unknown key", UNKNOWN.as_bytes(), 12);
        self.dye.mark("the token", TOKEN.as_bytes(), 0);
        self.dye.mark("the identity", IDENTITY.as_bytes(), 0);
        self.dye.mark("the identity's bytes", &bytes_of(IDENTITY), 0);
        self.dye.mark("the signing secret", SIGNING.as_bytes(), 17);
        assert_eq!(self.sinks.leaks(&self.dye), Vec::<String>::new());
        self.stop.cancel();
        self.sinks
    }
}

/// A whole rotation on the file store, every command, wrong installs, a hook that fails and talks, a
/// store that is away, a book that is damaged, and an end by SIGABRT.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_rotation_and_its_commands_is_left_anywhere() {
    let mut dyed = Dyed::new("json", FILE_STORE).await;
    let daemon = dyed.place.start();
    daemon.started().await;
    std::fs::write(dyed.place.path("hook.fails"), "").unwrap();
    let second = dyed.place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200);
    assert_eq!(dyed.place.delivered(), Some(second.clone()));
    std::fs::remove_file(dyed.place.path("hook.fails")).unwrap();
    dyed.sinks.process(daemon.pid());
    dyed.sinks.ops(&daemon).await;
    dyed.sinks.admin(&daemon, &second).await;
    wrong_installs(&mut dyed, &daemon, &second).await;
    let third = dyed.place.mint();
    assert_eq!(dyed.install(&daemon, &third).await, 200, "{}", daemon.said());
    commands(&mut dyed, &daemon, &third).await;
    let (keys, away) = (dyed.place.path("keys"), dyed.place.path("keys.away"));
    std::fs::rename(&keys, &away).unwrap();
    std::fs::write(&keys, "in its place").unwrap();
    let answer = daemon.renew().await;
    assert_ne!(dyed.sinks.answer("admin renew without a store", answer), 200);
    dyed.sinks.ops(&daemon).await;
    std::fs::remove_file(&keys).unwrap();
    std::fs::rename(&away, &keys).unwrap();
    let daemon = with_a_damaged_book(&mut dyed, daemon).await;
    abort(&mut dyed, daemon).await;
    let name = dyed.place.bank.control().keys().into_iter().find(|key| key.text == second);
    let name = name.unwrap().name;
    let sinks = dyed.search();
    for sink in ["stderr", "admin GET /v1/facilities/main/keys/history", "file book.db", "hook.env"]
    {
        let sink = if sink == "hook.env" { "file hook.env" } else { sink };
        assert!(sinks.mention(sink, &name), "{sink} does not speak of the key");
    }
    for sink in ["ops /metrics", "webhook", "bank's log", "file hook.cmd", "process cmdline"] {
        assert!(sinks.bytes(sink) > 0, "nothing was gathered from {sink}");
    }
    assert!(!sinks.mention("file names", "core"), "a core file was left");
    assert!(sinks.bytes("stderr") > 50_000, "the program was talkative");
}

async fn wrong_installs(dyed: &mut Dyed, daemon: &Daemon, second: &str) {
    let control = dyed.place.bank.control();
    let of_pub = control.keys().into_iter().find(|key| key.text.contains("_PUB_")).unwrap().text;
    for text in [
        second[..second.len() - 5].to_owned(),
        format!("{second}x"),
        format!("{second}\n{UNKNOWN}"),
        format!("key={second}: "),
        format!("\u{feff}{second}ü"),
        UNKNOWN.repeat(100),
        UNKNOWN.to_owned(),
        of_pub,
    ] {
        let status = dyed.install(daemon, &text).await;
        assert!(status >= 400, "{text} was installed");
    }
}

/// What a person types, mistakes among it.
async fn commands(dyed: &mut Dyed, daemon: &Daemon, key: &str) {
    std::fs::write(dyed.place.path("portal.key"), format!("{UNKNOWN}\n")).unwrap();
    let portal = dyed.place.path("portal.key").display().to_string();
    for words in [
        &["status"][..],
        &["status", "-o", "json"],
        &["key", "list", "-o", "yaml"],
        &["key", "status"],
        &["key", "history"],
        &["key", "install", "--from-file", &portal, "--yes"],
        &["key", "install", key],
        &["key", "renew", "--reason", key, "--dry-run"],
        &["key", "rehearse", "--yes"],
        &["key", "rollback", "--yes", "--reason", "a test"],
        &["key", "compromise", "--yes", "--reason", "a test"],
        &["key", "compromise", key, "--yes"],
        &["api", "GET", "/"],
        &["api", "GET", "/businesses", "--paginate"],
        &["api", "GET", &format!("/customers/{key}")],
        &["api", "GET", "/nothing", "--key", "secret"],
        &["api", "POST", "/customers", "--data", &format!("{{\"customerName\":\"{key}\"}}")],
        &["api", "POST", "/customers", "--data", key, "--idempotency-key", key, "--dry-run"],
        &["explain", key],
        &["facility", "show", key],
        &["config", "show"],
        &["config", "check", "--live"],
        &["healthcheck"],
    ] {
        dyed.type_in(words).await;
    }
    for token in [TOKEN, &TOKEN[1..]] {
        let bearer = format!("Bearer {token}");
        let answer =
            daemon.admin_with("GET", "/v1/status", &[("authorization", &bearer)], b"").await;
        dyed.sinks.answer("admin with a token", answer);
    }
}

/// Ends the daemon, spoils its book, and starts it again: the book is put aside.
async fn with_a_damaged_book(dyed: &mut Dyed, mut daemon: Daemon) -> Daemon {
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await, Some(0), "{}", daemon.said());
    dyed.sinks.said(&daemon);
    dyed.sinks.files(dyed.place.directory.path());
    let book = dyed.place.path("book.db");
    let mut bytes = std::fs::read(&book).unwrap();
    bytes[..16].copy_from_slice(b"no database here");
    std::fs::write(&book, bytes).unwrap();
    // The log alone would heal it.
    std::fs::rename(dyed.place.path("book.db-wal"), dyed.place.path("old.wal")).unwrap();
    let daemon = dyed.place.start();
    daemon.started().await;
    let names = std::fs::read_dir(dyed.place.directory.path()).unwrap().map_while(Result::ok);
    let aside = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("book.db."));
    assert!(aside.count() > 0, "the book was not put aside: {}", daemon.said());
    daemon
}

/// SIGABRT leaves no core.
async fn abort(dyed: &mut Dyed, mut daemon: Daemon) {
    let limits = crate::process::read(Path::new(&format!("/proc/{}/limits", daemon.pid())));
    let limits = String::from_utf8(limits).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    daemon.signal(Signal::ABORT);
    assert_eq!(daemon.end().await, None);
    let status = daemon.child.wait().await.unwrap();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    dyed.sinks.said(&daemon);
}

/// A bank that answers every kind of nonsense with the key in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_the_bank_says_wrongly_is_left_anywhere() {
    let mut dyed = Dyed::new("pretty", FILE_STORE).await;
    let mut daemon = dyed.place.start();
    daemon.started().await;
    let second = dyed.place.mint();
    let echo = |status, body| Fault { status: Some(status), body: Some(body), ..on_latest() };
    let spoilt = |malformed| Fault { malformed: Some(malformed), ..on_latest() };
    let page = format!("<html><body>Your key is {second}.</body></html>");
    let named =
        json!({ "status": 401, "developerMessage": format!("the key {second} is not known") });
    for fault in [
        echo(200, json!(page)),
        echo(500, json!(page)),
        echo(403, json!(page)),
        echo(401, named.clone()),
        echo(422, named),
        echo(200, json!({ "key": second, "expiryDateTime": second })),
        spoilt(Malformed::TruncatedJson),
        spoilt(Malformed::Oversized),
        spoilt(Malformed::LongKey),
        spoilt(Malformed::KeyWithCrlf),
        spoilt(Malformed::NonAsciiKey),
        spoilt(Malformed::DuplicateKeys),
        spoilt(Malformed::InvalidUtf8),
        spoilt(Malformed::WrongTypes),
        Fault { cut: Some(CutAt::Within), ..on_latest() },
        Fault {
            status: Some(302),
            headers: [("location".to_owned(), format!("http://127.0.0.1:9/{second}"))].into(),
            ..on_latest()
        },
    ] {
        dyed.renew_with(&daemon, fault).await;
    }
    dyed.sinks.ops(&daemon).await;
    let answer = daemon.admin("GET", "/v1/facilities/main/keys/history", b"").await;
    dyed.sinks.answer("admin history", answer);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await, Some(0));
    let said = daemon.said();
    dyed.sinks.said(&daemon);
    dyed.search();
    assert!(said.contains("bank_unreadable"), "no fault was noticed: {said}");
}

fn on_latest() -> Fault {
    Fault { path: Some("/api-keys/latest".to_owned()), ..Fault::default() }
}

/// A whole rotation on AWS Secrets Manager, whose refusals repeat the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_rotation_in_aws_is_left_anywhere() {
    let fake = FakeAws::start().await;
    let endpoint = fake.settings("quickstream/main", None).endpoint_url.unwrap();
    let stores = format!(
        r#"
            [[facilities.main.secret_key.stores]]
            kind = "aws-secrets-manager"
            secret_id = "quickstream/main"
            region = "ap-southeast-2"
            field = "apiKey"
            endpoint_url = "{endpoint}"
            create = true
            tags = {{ team = "payments" }}
        "#
    );
    let mut dyed = Dyed::new("json", &stores).await;
    let mut command = dyed.place.program(&["run"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIDFAKE").env("AWS_SECRET_ACCESS_KEY", AWS_SECRET);
    let mut daemon = Daemon::spawn(command, dyed.place.path("admin.sock"));
    daemon.started().await;
    let second = dyed.place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200, "{}", daemon.said());
    assert_eq!(dyed.place.delivered(), Some(second), "{}", daemon.said());
    dyed.sinks.process(daemon.pid());
    for operation in [Operation::UpdateStage, Operation::Put, Operation::Describe, Operation::Get] {
        for fault in [
            AwsFault::Refuse(400, "AccessDeniedException"),
            AwsFault::Refuse(500, "InternalServiceError"),
            AwsFault::CutAfter,
        ] {
            dyed.place.mint();
            fake.fault(Some(operation), fault, 2);
            let answer = daemon.renew().await;
            dyed.sinks.answer("admin renew with a failing store", answer);
            assert!(fake.calm() < 2, "{} was not asked for: {}", operation.name(), daemon.said());
        }
    }
    dyed.sinks.ops(&daemon).await;
    dyed.sinks.admin(&daemon, UNKNOWN).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await, Some(0));
    dyed.sinks.said(&daemon);
    dyed.sinks
        .add("AWS's log", format!("{:?} {:?}", fake.log(), fake.versions("quickstream/main")));
    let mut of_aws = Dye::default();
    of_aws.mark("the AWS secret", AWS_SECRET.as_bytes(), 0);
    let leaks = dyed.sinks.leaks(&of_aws);
    // AWS's own variable is where AWS's own library looks for it.
    let elsewhere = leaks.iter().filter(|leak| !leak.starts_with("process environ: "));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(!leaks.is_empty(), "the process's environment was not searched");
    let sinks = dyed.search();
    assert!(sinks.mention("stderr", "aws_smithy"), "AWS's own library was not listened to");
}

/// An application that is told over HTTP, and remembers everything it was told.
async fn receiver(told: &Arc<Mutex<Vec<u8>>>, stop: &CancellationToken) -> String {
    let server = Server::bind(&Address::Tcp("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let url = format!("http://{}/changed", server.address());
    let told = Arc::clone(told);
    let hear = handler(move |request: Request| {
        let whole = format!("{:?} {}", request.head, String::from_utf8_lossy(&request.body));
        told.lock().unwrap().extend_from_slice(whole.as_bytes());
        async move { Reply::empty(StatusCode::NO_CONTENT) }
    });
    tokio::spawn(server.serve(hear, Limits::default(), stop.clone()));
    url
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
