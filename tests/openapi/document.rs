//! The document itself.

use std::collections::BTreeSet;

use quaymaster::sandbox::{Sandbox, SandboxOptions, routes};
use serde_json::Value;

/// The document as a sandbox serves it to one without a key.
pub(crate) async fn served(address: std::net::SocketAddr) -> Value {
    read(format!("http://{address}/openapi.json")).await
}

/// What is at a URL, as JSON.
pub(crate) async fn read(url: String) -> Value {
    let reply = reqwest::get(url).await.unwrap();
    assert_eq!(reply.status(), 200);
    serde_json::from_str(&reply.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn it_is_served_without_a_key_and_names_every_route() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let document = served(sandbox.address()).await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            described.insert((verb.to_ascii_uppercase(), path.clone()));
            assert!(ids.insert(operation["operationId"].to_string()), "{operation}");
        }
    }
    let known: BTreeSet<_> =
        routes().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
    assert_eq!(described, known);
    let written = reqwest::Client::new().post(format!("http://{}/openapi.json", sandbox.address()));
    assert_eq!(written.send().await.unwrap().status(), 405);
}
