//! The server's promises, over real sockets.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use hyper::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;

/// A test that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

struct Fixture {
    address: Address,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    entered: Arc<Notify>,
}

impl Fixture {
    async fn start(limits: Limits) -> Self {
        Self::listen(&Address::Tcp("127.0.0.1:0".parse().unwrap()), limits).await
    }

    async fn listen(address: &Address, limits: Limits) -> Self {
        let server = Server::bind(address).await.unwrap();
        let address = server.address().clone();
        let stop = CancellationToken::new();
        let entered = Arc::new(Notify::new());
        let answer = handler({
            let entered = Arc::clone(&entered);
            move |request| answer(request, Arc::clone(&entered))
        });
        let serving = tokio::spawn(server.serve(answer, limits, stop.clone()));
        Self { address, stop, serving, entered }
    }

    async fn connect(&self) -> TcpStream {
        let Address::Tcp(address) = &self.address else { panic!("listens on TCP") };
        TcpStream::connect(address).await.unwrap()
    }

    async fn ask(&self, request: &str) -> String {
        exchange(self.connect().await, request).await
    }
}

async fn answer(request: Request, entered: Arc<Notify>) -> Reply {
    match request.path() {
        "/panic" => panic!("on purpose"),
        "/slow" => {
            entered.notify_one();
            tokio::time::sleep(Duration::from_millis(300)).await;
            Reply::text(StatusCode::OK, "late")
        }
        "/stuck" => {
            entered.notify_one();
            std::future::pending().await
        }
        "/cut" => Reply::text(StatusCode::OK, "never seen").with_cut(Cut::Unanswered),
        "/half" => Reply::text(StatusCode::OK, "0123456789").with_cut(Cut::AfterBytes(4)),
        "/length" => Reply::text(StatusCode::OK, request.body.len().to_string()),
        _ => Reply::text(StatusCode::OK, format!("{:?}", request.peer)),
    }
}

/// Sends and reads until the server closes; a reset ends the reading too.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.ok();
    rest(stream).await
}

async fn rest(mut stream: impl AsyncRead + Unpin) -> String {
    let mut reply = Vec::new();
    let mut part = [0; 4096];
    let read = async {
        while let Ok(length @ 1..) = stream.read(&mut part).await {
            reply.extend_from_slice(&part[..length]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the server closes the connection");
    String::from_utf8(reply).unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_half_sent_head_is_cut_while_others_notice_nothing() {
    let limits = Limits { header_timeout: Duration::from_millis(500), ..Limits::default() };
    let server = Fixture::start(limits).await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    let slow = tokio::spawn(rest(slow));
    while !slow.is_finished() {
        assert!(server.ask(&get("/")).await.starts_with("HTTP/1.1 200"));
    }
    assert!(!slow.await.unwrap().contains(" 200 "));
}

#[tokio::test]
async fn a_head_that_drips_is_cut_too() {
    let limits = Limits { header_timeout: Duration::from_millis(300), ..Limits::default() };
    let server = Fixture::start(limits).await;
    let (reading, mut writing) = server.connect().await.into_split();
    let closed = tokio::spawn(rest(reading));
    writing.write_all(b"GET / HTTP/1.1\r\nX-Filler: ").await.unwrap();
    while !closed.is_finished() {
        writing.write_all(b"x").await.ok();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!closed.await.unwrap().contains(" 200 "));
}

#[tokio::test]
async fn a_half_sent_body_is_answered_408() {
    let limits = Limits { body_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Fixture::start(limits).await;
    let reply = server.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf").await;
    assert!(reply.starts_with("HTTP/1.1 408"), "{reply}");
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit() {
    let server = Fixture::start(Limits { body_bytes_max: 1000, ..Limits::default() }).await;
    let post = |length: usize| {
        let head = "POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length:";
        format!("{head} {length}\r\n\r\n{}", "x".repeat(length))
    };
    assert!(server.ask(&post(1000)).await.ends_with("1000"));
    let reply = server.ask(&post(1001)).await;
    assert!(reply.starts_with("HTTP/1.1 413") && reply.contains("problem+json"), "{reply}");
    assert!(server.ask(&post(10 << 20)).await.starts_with("HTTP/1.1 413"));
    // A client that waits to be asked for its body is told before it sends it.
    let waiting =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n";
    assert!(server.ask(waiting).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_large_head_is_answered_431() {
    let server = Fixture::start(Limits::default()).await;
    let many = "X-Filler: x\r\n".repeat(10_000);
    let long = format!("X-Filler: {}\r\n", "x".repeat(1 << 20));
    for lines in [many, long] {
        let reply = server.ask(&format!("GET / HTTP/1.1\r\nHost: x\r\n{lines}\r\n")).await;
        // A head that is refused before it was read whole may end in a reset instead.
        assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 431"), "{reply}");
    }
    let some = "X-Filler: x\r\n".repeat(65);
    let reply = server.ask(&format!("GET / HTTP/1.1\r\nHost: x\r\n{some}\r\n")).await;
    assert!(reply.starts_with("HTTP/1.1 431"), "{reply}");
}

#[tokio::test]
async fn idle_connections_make_room_for_working_ones() {
    let server = Fixture::start(Limits { connections_max: 4, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        idle.push(stream);
        assert!(server.ask(&get("/")).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(rest(idle.swap_remove(0)).await, "");
}

#[tokio::test]
async fn a_connection_being_answered_is_not_evicted() {
    let server = Fixture::start(Limits { connections_max: 1, ..Limits::default() }).await;
    let slow = tokio::spawn(exchange(server.connect().await, &*get("/slow").leak()));
    server.entered.notified().await;
    let mut refused = 0;
    while !slow.is_finished() {
        refused += usize::from(server.ask(&get("/")).await.is_empty());
    }
    assert!(slow.await.unwrap().ends_with("late"));
    assert!(refused > 0);
}

#[tokio::test]
async fn a_panic_is_one_requests_trouble() {
    let server = Fixture::start(Limits::default()).await;
    let reply = server.ask(&get("/panic")).await;
    assert!(reply.starts_with("HTTP/1.1 500") && !reply.contains("on purpose"), "{reply}");
    assert!(server.ask(&get("/")).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_reply_can_be_cut_before_or_within() {
    let server = Fixture::start(Limits::default()).await;
    assert_eq!(server.ask(&get("/cut")).await, "");
    let half = server.ask(&get("/half")).await;
    assert!(half.contains("content-length: 10") && half.ends_with("\r\n\r\n0123"), "{half}");
}

#[tokio::test]
async fn stopping_lets_an_answer_finish_and_frees_the_address() {
    let server = Fixture::start(Limits::default()).await;
    let idle = server.connect().await;
    let slow = tokio::spawn(exchange(server.connect().await, &*get("/slow").leak()));
    server.entered.notified().await;
    server.stop.cancel();
    assert!(slow.await.unwrap().ends_with("late"));
    tokio::time::timeout(PATIENCE, server.serving).await.unwrap().unwrap();
    assert_eq!(rest(idle).await, "");
    Server::bind(&server.address).await.unwrap();
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let limits = Limits { stop_within: Duration::from_millis(100), ..Limits::default() };
    let server = Fixture::start(limits).await;
    let stuck = tokio::spawn(exchange(server.connect().await, &*get("/stuck").leak()));
    server.entered.notified().await;
    server.stop.cancel();
    tokio::time::timeout(PATIENCE, server.serving).await.unwrap().unwrap();
    assert_eq!(stuck.await.unwrap(), "");
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let server = Fixture::start(Limits::default()).await;
    let error = Server::bind(&server.address).await.unwrap_err();
    assert!(matches!(error, BindError::InUse(_)));
    assert!(error.to_string().contains(&server.address.to_string()), "{error}");
}

#[tokio::test]
async fn a_unix_socket_is_its_owners_and_knows_its_peer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    let server = Fixture::listen(&Address::Unix(path.clone()), Limits::default()).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let uid = rustix::process::getuid().as_raw();
    let reply = ask_unix(&path).await;
    assert!(reply.contains(&format!("Unix {{ uid: {uid},")), "{reply}");

    let error = Server::bind(&server.address).await.unwrap_err();
    assert!(matches!(error, BindError::InUse(_)), "{error}");
    server.stop.cancel();
    server.serving.await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_any_other_file_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let server = Fixture::listen(&Address::Unix(path.clone()), Limits::default()).await;
    assert!(ask_unix(&path).await.starts_with("HTTP/1.1 200"));
    // A socket put there by someone else meanwhile is theirs.
    std::fs::remove_file(&path).unwrap();
    let _theirs = std::os::unix::net::UnixListener::bind(&path).unwrap();
    server.stop.cancel();
    server.serving.await.unwrap();
    assert!(path.exists());

    let file = directory.path().join("precious");
    std::fs::write(&file, "kept").unwrap();
    let error = Server::bind(&Address::Unix(file.clone())).await.unwrap_err();
    assert!(matches!(error, BindError::NotASocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");

    let nowhere = directory.path().join("missing/admin.sock");
    let error = Server::bind(&Address::Unix(nowhere)).await.unwrap_err();
    assert!(error.to_string().contains("missing/admin.sock"), "{error}");
}

async fn ask_unix(path: &Path) -> String {
    exchange(UnixStream::connect(path).await.unwrap(), &get("/")).await
}
