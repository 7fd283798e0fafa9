//! Who may use the control API: programs of this machine, and no page that a browser has open.
//!
//! A page can have the browser of whoever reads it send a `text/plain` POST here, and a name of its
//! own that leads to this machine lets it read the answers.

use std::net::IpAddr;

use hyper::header::{CONTENT_TYPE, HOST};
use hyper::http::uri::Authority;
use hyper::{Method, StatusCode};

use crate::http::{Problem, Request};

/// Turns away what did not come by a loopback name, and writes that a page could send unasked.
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    if !request.header(HOST.as_str()).is_some_and(is_loopback) {
        let detail = "the control API is asked as localhost, 127.0.0.1 or [::1] only";
        return Err(Problem::new(StatusCode::FORBIDDEN, "wrong_host", detail));
    }
    // A DELETE has no body, and a browser asks before it sends one for a page.
    let reads = [Method::GET, Method::HEAD, Method::DELETE].contains(request.method());
    if !reads && !is_json(request.header(CONTENT_TYPE.as_str()).unwrap_or_default()) {
        let detail = "a write to the control API has Content-Type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", detail));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let number = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let own = number.is_ok_and(|number| number.to_canonical().is_loopback());
    own || name.eq_ignore_ascii_case("localhost")
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_names_and_numbers_with_any_port() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:9"] {
            assert!(is_loopback(host), "{host}");
        }
        let others = [
            "",
            "::1:80",
            "localhost.page.example",
            "127.0.0.1.page.example",
            "10.0.0.1",
            "0.0.0.0:80",
            "[::2]",
            "page.example:80",
            "localhost/x",
        ];
        for host in others {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
