//! The client, and a server that answers it with anything at all.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use quaymaster::clock::Clock;
use quaymaster::domain::product::Product;
use quaymaster::key::KeyText;
use quaymaster::quickstream::ask::{Ask, Verb};
use quaymaster::quickstream::resources::customers::Customer;
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::{Client, ClientOptions, Fault, Priority};
use tokio::runtime::{Builder, Runtime};

/// The key that is sent; no more of it than this may ever be seen again.
const KEY: &str = "SANDBOX_SEC_5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j";
/// The part of it that is secret.
const SECRET: &str = "5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j";
/// The longest wait that a server can ask for.
const WAIT_MAX: Duration = Duration::from_secs(3600);
/// The most pages gone through.
const PAGES_MAX: usize = 3;
/// The longest text that an error has room for.
const DETAIL_CHARS_MAX: usize = 4000;

/// What the server answers with, and what it was asked.
#[derive(Default)]
struct Script {
    reply: Vec<u8>,
    asked: Vec<String>,
}

struct Line {
    runtime: Runtime,
    client: Client,
    key: KeyText,
    host: String,
    script: Arc<Mutex<Script>>,
}

thread_local! {
    static LINE: Line = Line::new();
}

impl Line {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let script = Arc::new(Mutex::new(Script::default()));
        let of_server = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away early is what is tried here.
                serve(stream, &of_server).unwrap_or_default();
            }
        });
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let clock = Clock::starting_at("2026-03-02T00:00:00Z".parse().unwrap(), 0.0);
        let options = ClientOptions {
            timeout: Duration::from_secs(2),
            ..ClientOptions::new(format!("http://{host}/rest/v1"), Product::QuickStream)
        };
        let client = Client::new(options, clock).unwrap();
        Self { runtime, client, key: KeyText::parse(KEY).unwrap(), host, script }
    }
}

fn serve(mut stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => head.extend_from_slice(&buffer[..read]),
        }
    }
    let reply = {
        let mut script = script.lock().unwrap();
        script.asked.push(String::from_utf8_lossy(&head).into_owned());
        script.reply.clone()
    };
    stream.write_all(&reply)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // Until the client has gone: closing with something unread would take the reply back.
    while stream.read(&mut buffer)? > 0 {}
    Ok(())
}

/// The first byte says what is asked for; the rest is the reply, as bytes of HTTP or as the body of a
/// good one. Whatever comes, the client asks below its base URL and nowhere else, as often as it may,
/// and no error has the key in it.
pub(super) fn exchanges(data: &[u8]) {
    let Some((kind, reply)) = data.split_first() else { return };
    LINE.with(|line| {
        let mut script = line.script.lock().unwrap();
        script.asked.clear();
        script.reply = if kind & 8 == 0 { framed(reply) } else { reply.to_vec() };
        drop(script);
        let outcome = line.runtime.block_on(line.ask(kind % 6));
        if let Err(fault) = outcome {
            judge(&fault);
        }
        let asked = std::mem::take(&mut line.script.lock().unwrap().asked);
        assert!((1..=PAGES_MAX).contains(&asked.len()), "asked {} times", asked.len());
        for request in asked {
            assert!(
                request.starts_with("GET /rest/v1/")
                    || request.starts_with("GET /rest/v1?")
                    || request.starts_with("GET /rest/v1 "),
                "{request}"
            );
            assert!(request.contains(&format!("host: {}\r\n", line.host)), "{request}");
        }
        assert_eq!(line.client.in_flight(), 0);
    });
}

/// The bytes as the body of a reply that is otherwise in order.
fn framed(body: &[u8]) -> Vec<u8> {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 02 Mar 2026 00:00:01 GMT";
    let mut reply = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend_from_slice(body);
    reply
}

impl Line {
    async fn ask(&self, kind: u8) -> Result<(), Fault> {
        let (client, key) = (&self.client, &self.key);
        match kind {
            0 => {
                let root = client.root(key).await?;
                hidden(&format!("{root:?}"));
            }
            1 => {
                let offer = client.latest_key(key).await?;
                let text = offer.key.expose();
                assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'));
                let shown = format!("{:?}", offer.name);
                assert!(text.len() < 6 || !shown.contains(text), "{shown}");
                hidden(&shown);
            }
            2 => {
                let ask = Ask::new("/x", Verb::Get, "/x?a=b", Priority::Command)?;
                let shown = client.ask_by_hand(key, ask).await?;
                let text = shown.body.as_ref().map(ToString::to_string).unwrap_or_default();
                assert!(!text.contains(SECRET), "{text}");
                assert!(!format!("{:?}", shown.location).contains(SECRET));
                if let Some(next) = shown.next {
                    assert!(
                        Ask::new("/x", Verb::Get, next.clone(), Priority::Command).is_ok(),
                        "{next}"
                    );
                }
            }
            3 => {
                let mut pager = client.pages::<Customer>(
                    key,
                    "/x",
                    "/customers",
                    Priority::Sweep,
                    PAGES_MAX,
                )?;
                while pager.next().await?.is_some() {}
            }
            4 => {
                let date = "2026-03-02".parse().unwrap();
                let mut report =
                    client.transactions_report(key, &TransactionsReport::of(date)).await?;
                let columns = report.columns().len();
                while let Some(row) = report.next().await? {
                    assert_eq!(row.cells().len(), columns);
                }
            }
            _ => {
                let ask = Ask::new("/x", Verb::Get, "/x", Priority::Command)?;
                client.ask(key, ask).await?;
            }
        }
        Ok(())
    }
}

fn judge(fault: &Fault) {
    hidden(&format!("{fault} {fault:?}"));
    assert!(fault.detail.chars().count() <= DETAIL_CHARS_MAX, "{}", fault.detail);
    assert!(fault.retry_after.is_none_or(|wait| wait <= WAIT_MAX), "{:?}", fault.retry_after);
    let _ = (fault.class(), fault.label(), fault.condition());
}

/// That neither the key nor its secret part stands in a text.
fn hidden(text: &str) {
    let lower = text.to_ascii_lowercase();
    assert!(!lower.contains(SECRET), "{text}");
}
