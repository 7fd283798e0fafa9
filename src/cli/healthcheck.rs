//! `healthcheck`: one question to the ops listener, for probes that run a command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::args::{Healthcheck, Probe};
use super::ask::Desk;
use super::console;
use super::exit::{Exit, Outcome};
use super::failure::Failure;
use super::server::{Address, Server};
use crate::settings;

impl Probe {
    const fn path(self) -> &'static str {
        match self {
            Self::Livez => "/livez",
            Self::Readyz => "/readyz",
            Self::Startupz => "/startupz",
        }
    }
}

/// Asks, prints the answer, and exits with 0 if it is a good one.
pub(super) async fn healthcheck(desk: &Desk, asked: &Healthcheck) -> Outcome {
    let address = match &asked.url {
        Some(url) => of_url(url)?,
        None => of_settings(desk)?,
    };
    let server = Server::new(Address::Http(address), None, asked.timeout)?;
    let path = asked.probe.path();
    let (status, body) = server.probe(path).await?;
    if status == 200 {
        console::data(&body)?;
        return Ok(Exit::Done);
    }
    Err(Failure::new(Exit::Failed, format!("http://{address}{path} answered {status}: {body}"))
        .try_this("to see what is the matter: quaymaster status"))
}

fn of_url(url: &str) -> Result<SocketAddr, Failure> {
    let address = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let address = address.map(|rest| rest.replace("localhost:", "127.0.0.1:"));
    address.and_then(|rest| rest.parse().ok()).ok_or_else(|| {
        Failure::usage(format!("--url {url}: right would be: http://127.0.0.1:9464"))
    })
}

fn of_settings(desk: &Desk) -> Result<SocketAddr, Failure> {
    let elsewhere = "to name the ops listener: --url http://127.0.0.1:PORT";
    let loaded = settings::load(&desk.sources())
        .map_err(|error| Failure::usage(error.to_string()).try_this(elsewhere))?;
    let ops = loaded.settings.listen.ops.ok_or_else(|| {
        Failure::usage("the settings turn the ops listener off").try_this(elsewhere)
    })?;
    // A listener on every address is asked on the loopback one.
    let loopback: IpAddr =
        if ops.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    Ok(if ops.ip().is_unspecified() { SocketAddr::new(loopback, ops.port()) } else { ops })
}
