//! The servers that are measured beside one another, each a process of its own: the sandbox as it is
//! shipped, Prism, moto, and a bare axum server, which is this program once more.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path as FilePath;
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::peers;
use crate::process::{PROGRAM, Process};

/// The argument that makes this bench a bare axum server.
const AXUM: &str = "--be-an-axum-server";

/// Longer than any of them takes to listen.
const PATIENCE: Duration = Duration::from_secs(120);

/// What moto keeps.
const SECRET: &str = "SANDBOX_SEC_0sandbox0key0for0play0only";

/// Serves as the bare axum server until killed, if this process was started as that.
pub(crate) fn be_axum_if_asked() -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != AXUM);
    let (Some(port), Some(file)) = (arguments.nth(1), arguments.next()) else { return false };
    let body = Bytes::from(std::fs::read(file).unwrap());
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    let answer = move |Path(_): Path<String>| async move {
        ([(CONTENT_TYPE, "application/json")], body.clone())
    };
    let app = Router::new().route("/rest/v1/transactions/{receiptNumber}", get(answer));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, app).await.unwrap();
    });
    true
}

/// The sandbox, on a clock that stands still.
pub(crate) fn sandbox() -> (Process, SocketAddr) {
    let mut command = Command::new(PROGRAM);
    command.args(["sandbox", "--listen", "127.0.0.1:0", "--rate", "0"]);
    command.args(["--start-at", "2026-03-02T00:00:00Z"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().parse().unwrap();
    (Process(child), address)
}

/// How Prism makes answers up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invention {
    /// From the examples of the description, as it does unless told otherwise.
    Static,
    /// At random, each answer anew and whole.
    Dynamic,
}

/// Prism, which makes answers up from a description; `None` if it is not installed.
pub(crate) fn prism(
    directory: &FilePath,
    description: &[u8],
    invention: Invention,
) -> Option<(Process, SocketAddr)> {
    let program = peers::program("prism", "the figures beside Prism")?;
    let file = directory.join("description.json");
    std::fs::write(&file, description).unwrap();
    Some(started(|port| {
        let mut command = Command::new(program);
        // It is spared what it logs of every request.
        command.args(["mock", "--verboseLevel", "silent", "-h", "127.0.0.1", "-p", port]);
        if invention == Invention::Dynamic {
            command.arg("--dynamic");
        }
        command.arg(file);
        command
    }))
}

/// moto; `None` if it is not installed.
pub(crate) fn moto() -> Option<(Process, SocketAddr)> {
    let program = peers::program("moto_server", "the figures beside moto")?;
    Some(started(|port| {
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", port]);
        command
    }))
}

/// The bare axum server with this answer.
pub(crate) fn axum(directory: &FilePath, body: &str) -> (Process, SocketAddr) {
    let file = directory.join("answer.json");
    std::fs::write(&file, body).unwrap();
    started(|port| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([AXUM, port]).arg(file);
        command
    })
}

/// Has moto keep a secret.
pub(crate) async fn keep_secret(moto: SocketAddr) {
    let body = format!(
        r#"{{"Name":"bench","SecretString":"{SECRET}","ClientRequestToken":"6f9619ff-8b86-4011-842d-00cf4fc964ff"}}"#
    );
    let request = aws("CreateSecret", &body);
    let mut connection = Connection::open(moto).await;
    let answer = connection.send(request.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The request for that secret, and what must stand in the answer.
pub(crate) fn get_secret() -> (String, String) {
    (aws("GetSecretValue", r#"{"SecretId":"bench"}"#), SECRET.to_owned())
}

fn aws(call: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: secretsmanager.{call}\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=key/20260302/ap-southeast-2/secretsmanager/aws4_request, \
         SignedHeaders=host, Signature=0\r\n\r\n{body}"
    )
}

/// A process that listens on a port of ours, once it does.
fn started(command: impl FnOnce(&str) -> Command) -> (Process, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = command(&address.port().to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = Process(command.spawn().unwrap());
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < PATIENCE, "it does not listen: {command:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    (process, address)
}
