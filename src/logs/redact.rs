//! The last line of defence: texts that look like secrets are taken out of a line.
//!
//! It knows the shapes of the vendor's secret keys and of HTTP credentials, and no secret itself.

use std::borrow::Cow;

/// What stands between the facility's code and the random tail of a secret key.
const KEY_MARK: &str = "_SEC_";

/// The schemes after which a credential follows, as they stand in an `Authorization` header.
const SCHEMES: [&str; 2] = ["Basic ", "Bearer "];

/// What is written instead.
const TAKEN_OUT: &str = "[redacted]";

/// Takes everything that looks like a secret key or a credential out of a text. The bank's *name* of
/// a key has dots in place of the secret part and stays.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for mark in SCHEMES.into_iter().chain([KEY_MARK]) {
        if let Some(clean) = without_tails(&text, mark) {
            text = Cow::Owned(clean);
        }
    }
    text
}

/// The text with whatever follows each `mark` taken out, or `None` if nothing does.
fn without_tails(text: &str, mark: &str) -> Option<String> {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = find(rest, mark) {
        let (before, tail) = rest.split_at_checked(at + mark.len())?;
        let end = tail.find(|c: char| !is_of_secret(c)).unwrap_or(tail.len());
        let (secret, after) = tail.split_at_checked(end)?;
        clean.push_str(before);
        if !secret.is_empty() {
            clean.push_str(TAKEN_OUT);
        }
        rest = after;
    }
    if clean.is_empty() {
        return None;
    }
    clean.push_str(rest);
    Some(clean)
}

/// Where `mark` stands in `text`, in upper or lower case.
fn find(text: &str, mark: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(mark.len());
    windows.position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

/// Whether a character can be part of a key or of base64.
const fn is_of_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_credentials_go_and_names_stay() {
        for (text, clean) in [
            ("nothing here", "nothing here"),
            ("key DEMO_SEC_5f6g7h8j rejected", "key DEMO_SEC_[redacted] rejected"),
            ("demo_sec_abc,DEMO_SEC_def", "demo_sec_[redacted],DEMO_SEC_[redacted]"),
            ("the key SANDBOX_SEC...r8t9v7y", "the key SANDBOX_SEC...r8t9v7y"),
            ("Authorization: Basic REVNTzo=\r\n", "Authorization: Basic [redacted]\r\n"),
            ("authorization: bearer eyJh.x", "authorization: bearer [redacted].x"),
            ("ends in _SEC_", "ends in _SEC_"),
            ("über_SEC_ä", "über_SEC_ä"),
        ] {
            assert_eq!(redact(text), clean);
        }
    }
}
