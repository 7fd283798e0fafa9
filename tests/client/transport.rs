//! The way to the bank: where the key goes, and above all where it does not.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::Arc;

use quaymaster::domain::condition::Condition;
use quaymaster::domain::product::Product;
use quaymaster::quickstream::{CallCode, Client, ClientOptions, FaultKind};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::bank::{Answer, Bank, SHORT, client, clock, key, observed};

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let stranger = Bank::saying(Answer::json(r#"{"communityCode":"EVIL"}"#)).await;
    let location = format!("Location: {}/", stranger.base_url());
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let bank = Bank::saying(Answer::reply(status, &[&location], "")).await;
        let fault = bank.client().root(&key()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Redirect, "{status}");
        assert_eq!(fault.condition(), Some(Condition::WrongAddress));
        assert!(!format!("{fault:?}").contains("127.0.0.1"), "{fault:?}");
        assert_eq!(bank.requests().len(), 1);
    }
    assert_eq!(stranger.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_bank_that_is_not_there_was_sent_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = ClientOptions::new(format!("http://{free}/rest/v1"), Product::QuickStream);
    let (options, calls) = observed(options);
    let fault = client(options).root(&key()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(!fault.may_have_arrived());
    assert_eq!(calls.lock().unwrap()[0].code, CallCode::Fault(FaultKind::Unreachable));
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    for (base_url, proxy) in [
        ("http://api.example/rest/v1", None),
        ("https://user:hunter2@api.example/rest/v1", None),
        ("https://api.example/rest/v1", Some("socks5://127.0.0.1:1080")),
        ("https://api.example/rest/v1", Some("http://user:hunter2@127.0.0.1:3128")),
        ("https://api.example/rest/v1", Some("hunter2")),
    ] {
        let mut options = ClientOptions::new(base_url, Product::QuickStream);
        options.proxy = proxy.map(str::to_owned);
        let fault = Client::new(options, clock()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Settings);
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault:?}");
    }
}

/// The program's own environment cannot be changed here, so a child runs another of these tests with
/// every proxy variable set to a proxy that is not there.
#[test]
fn proxies_of_the_environment_are_not_used() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "replies::a_key_is_offered_in_both_spellings_of_its_expiry"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    {
        child.env(name, "http://127.0.0.1:9");
    }
    let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("1 passed"), "{told}");
}

#[tokio::test]
async fn a_proxy_of_the_settings_is_used_and_can_refuse() {
    let proxy = Bank::saying(Answer::json(r#"{"communityCode":"SANDBOX"}"#)).await;
    let mut options = ClientOptions::new("http://127.0.0.1:9/rest/v1", Product::QuickStream);
    options.proxy = Some(format!("http://{}", proxy.address));
    client(options).root(&key()).await.unwrap();
    assert!(proxy.requests()[0].starts_with("GET http://127.0.0.1:9/rest/v1/ HTTP/1.1"));

    // Behind a proxy the secure connection goes through a tunnel, and a 407 comes before the key.
    let proxy = Bank::saying(Answer::reply("407 Proxy Authentication Required", &[], "")).await;
    let mut options = ClientOptions::new("https://api.example/rest/v1", Product::QuickStream);
    options.proxy = Some(format!("http://{}", proxy.address));
    let fault = client(options).root(&key()).await.unwrap_err();
    assert_eq!((fault.kind, fault.may_have_arrived()), (FaultKind::ProxyAuth, false));
    assert_eq!(fault.condition(), Some(Condition::ProxyRefused));
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT api.example:443 HTTP/1.1"), "{requests:?}");
    assert!(!requests[0].to_ascii_lowercase().contains("\r\nauthorization"), "{requests:?}");
}

#[tokio::test]
async fn what_is_no_tls_gets_no_key() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).await.unwrap();
        drop(tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n{}").await);
        drop(stream.read_to_end(&mut heard).await);
        (length, heard)
    });
    let options = ClientOptions::new(format!("https://{address}/rest/v1"), Product::QuickStream);
    let fault = client(options).root(&key()).await.unwrap_err();
    assert_eq!((fault.kind, fault.may_have_arrived()), (FaultKind::Tls, false));
    assert_eq!(fault.condition(), Some(Condition::TlsRefused));
    let (length, heard) = heard.await.unwrap();
    // A TLS handshake's first record, and no header of ours.
    assert!(length > 0 && heard[0] == 0x16, "{heard:?}");
    assert!(!heard.windows(5).any(|word| word == b"Basic"));
}

/// What a server whose certificate nobody vouches for hears of the request.
fn hear_behind_own_certificate(listener: &std::net::TcpListener) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let secret = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![made.cert.der().clone()], secret.unwrap())
    .unwrap();
    let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let mut stream = rustls::StreamOwned::new(connection, stream);
    let mut heard = Vec::new();
    // The client breaks off; what it said before that is what counts.
    drop(stream.read_to_end(&mut heard));
    drop(stream.write_all(b"too late"));
    heard
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_key() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || hear_behind_own_certificate(&listener));
    let base_url = format!("https://localhost:{}/rest/v1", address.port());
    let options = ClientOptions::new(base_url, Product::QuickStream);
    let fault = client(options).root(&key()).await.unwrap_err();
    assert_eq!((fault.kind, fault.may_have_arrived()), (FaultKind::Tls, false));
    assert!(fault.detail.contains("invalid peer certificate"), "{fault}");
    assert_eq!(heard.join().unwrap(), b"");
}

#[tokio::test]
async fn no_more_than_the_limit_are_on_the_wire() {
    let bank = Bank::saying(Answer::Hold(Vec::new())).await;
    let mut options = bank.options();
    options.simultaneous = 3;
    options.timeout = SHORT;
    let client = client(options);
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.root(&key()).await })
        })
        .collect();
    while bank.requests().len() < 3 {
        assert!(client.in_flight() <= 3);
        tokio::task::yield_now().await;
    }
    assert_eq!(client.in_flight(), 3);
    for task in waiting {
        assert_eq!(task.await.unwrap().unwrap_err().kind, FaultKind::Timeout);
        assert!(client.in_flight() <= 3);
    }
    assert_eq!((client.in_flight(), bank.requests().len()), (0, 4));
}
