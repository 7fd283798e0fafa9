//! An application that is told of what happens, and keeps what it was told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use hyper::StatusCode;
use hyper::header::LOCATION;
use quaymaster::http::{Address, Limits, Reply, Request, Server, handler};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Much longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What was told: path, signature, Authorization, Content-Type and the body as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) path: String,
    pub(crate) signature: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let digits = |at: usize| u8::from_str_radix(&self.signature[at..at + 2], 16).unwrap();
        let tag: Vec<u8> = (0..self.signature.len()).step_by(2).map(digits).collect();
        hmac::verify(&key, self.body.as_bytes(), &tag).is_ok()
    }
}

/// An application. Its answers are told in its path: `/200`, `/302`, `/never`, or `/500/200` for one
/// failure and then success.
pub(crate) struct Receiver {
    pub(crate) address: String,
    told: Arc<Mutex<Vec<Told>>>,
    stop: CancellationToken,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let anywhere = Address::Tcp("127.0.0.1:0".parse().unwrap());
        let server = Server::bind(&anywhere).await.unwrap();
        let address = format!("http://{}", server.address());
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let stop = CancellationToken::new();
        let answer = {
            let told = Arc::clone(&told);
            handler(move |request: Request| {
                let told = Arc::clone(&told);
                async move { hear(&told, &request).await }
            })
        };
        tokio::spawn(server.serve(answer, Limits::default(), stop.clone()));
        Self { address, told, stop }
    }

    /// Waits until it has been told so many times.
    pub(crate) async fn told(&self, count: usize) -> Vec<Told> {
        let wait = async {
            while self.told.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("it is told");
        self.told.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn hear(told: &Mutex<Vec<Told>>, request: &Request) -> Reply {
    let header = |name| request.header(name).map(ToOwned::to_owned);
    let path = request.path().to_owned();
    let before = {
        let mut told = told.lock().unwrap();
        let before = told.iter().filter(|it| it.path == path).count();
        told.push(Told {
            path: path.clone(),
            signature: header("x-webhook-signature").unwrap(),
            authorization: header("authorization"),
            content_type: header("content-type").unwrap(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        });
        before
    };
    let answers: Vec<&str> = path.trim_matches('/').split('/').collect();
    let answer = answers[before.min(answers.len() - 1)];
    if answer == "never" {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(answer.parse().unwrap()).unwrap();
    Reply::empty(status).with_header(LOCATION, "/elsewhere")
}
