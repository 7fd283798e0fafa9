//! The page on which a developer watches what is asked of the sandbox, and moves its clock.
//!
//! One document that loads nothing: style and script stand in it, and the policy it is sent with allows
//! those two, by their digests, and requests to where it came from.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::StatusCode;
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

use crate::http::{Reply, Request};

const PAGE: &str = include_str!("page/log.html");
const STYLE: &str = include_str!("page/log.css");
const SCRIPT: &str = include_str!("page/log.js");

/// Whether a browser asks, which names the type of pages; others want the list as JSON.
pub(super) fn is_asked_by_a_browser(request: &Request) -> bool {
    request.header(ACCEPT.as_str()).is_some_and(|types| types.contains("text/html"))
}

/// The page.
pub(super) fn page() -> Reply {
    let text = PAGE.replace("{style}", STYLE).replace("{script}", SCRIPT);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    Reply::bytes(StatusCode::OK, "text/html; charset=utf-8", text)
        .with_header(CONTENT_SECURITY_POLICY, &policy)
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with_header(X_FRAME_OPTIONS, "DENY")
        .with_header(REFERRER_POLICY, "no-referrer")
        .with_header(CACHE_CONTROL, "no-store")
}

fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes()))
}
