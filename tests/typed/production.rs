//! What stands between the program and the sandbox when that plays the bank in production: a proxy,
//! and behind it a server with a certificate for the bank's name.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A name that no one's server has.
const NAME: &str = "bank.invalid";

/// How to reach the bank.
pub(crate) struct StandIn {
    pub(crate) base_url: String,
    pub(crate) proxy: String,
    /// What vouches for it, as PEM.
    pub(crate) certificate: String,
}

/// Starts both; they end with the test's runtime.
pub(crate) async fn stand_in(bank: SocketAddr) -> StandIn {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let secret = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![made.cert.der().clone()], secret.unwrap())
    .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(carry(stream, acceptor.clone(), bank));
        }
    });
    let base_url = format!("https://{NAME}/rest/v1");
    StandIn { base_url, proxy, certificate: pem(made.cert.der()) }
}

fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
    let lines: Vec<_> = lines.collect();
    let lines = lines.join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

/// Lets one connection through to the bank.
async fn carry(mut stream: TcpStream, acceptor: TlsAcceptor, bank: SocketAddr) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if !head.starts_with(format!("CONNECT {NAME}:443 ").as_bytes()) {
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut inside = acceptor.accept(stream).await?;
    copy_bidirectional(&mut inside, &mut TcpStream::connect(bank).await?).await.map(drop)
}
