//! An application that is told over HTTP.

use std::sync::{Arc, Mutex};

use hyper::StatusCode;
use hyper::header::LOCATION;
use quaymaster::http::{Address, Limits, Reply, Request, Server, handler};
use tokio_util::sync::CancellationToken;

/// What it was told: the path, the signature, the id, and the body.
pub(crate) type Told = (String, Option<String>, Option<String>, String);

#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) address: String,
    told: Arc<Mutex<Vec<Told>>>,
    stop: CancellationToken,
}

impl Receiver {
    /// Listens on loopback; a path of digits is answered with that status, `/never` not at all.
    pub(crate) async fn start() -> Self {
        let anywhere = Address::Tcp("127.0.0.1:0".parse().unwrap());
        let server = Server::bind(&anywhere).await.unwrap();
        let address = format!("http://{}", server.address());
        let told = Arc::new(Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        let answer = {
            let told = Arc::clone(&told);
            handler(move |request: Request| {
                let told = Arc::clone(&told);
                async move {
                    let header = |name| request.header(name).map(ToOwned::to_owned);
                    let body = String::from_utf8(request.body.to_vec()).unwrap();
                    told.lock().unwrap().push((
                        request.path().to_owned(),
                        header("x-quaymaster-signature"),
                        header("x-quaymaster-id"),
                        body,
                    ));
                    if request.path() == "/never" {
                        std::future::pending::<()>().await;
                    }
                    let status = request.path().trim_matches('/').parse().unwrap_or(200);
                    let reply = Reply::empty(StatusCode::from_u16(status).unwrap());
                    reply.with_header(LOCATION, "/204")
                }
            })
        };
        tokio::spawn(server.serve(answer, Limits::default(), stop.clone()));
        Self { address, told, stop }
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
