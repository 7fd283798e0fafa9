//! Reads a `multipart/form-data` body (RFC 7578): named parts between boundaries.

use crate::sandbox::refusal::Refusal;

/// The longest boundary that RFC 2046 allows.
const BOUNDARY_MAX: usize = 70;

/// The most parts read; the upload of a file needs two.
const PARTS_MAX: usize = 16;

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) content: &'a [u8],
}

/// The parts of a body.
///
/// # Errors
///
/// 400 if the header names no boundary, or the body is no such form.
pub(super) fn parts<'a>(
    content_type: Option<&str>,
    body: &'a [u8],
) -> Result<Vec<Part<'a>>, Refusal> {
    let boundary = content_type.and_then(|value| parameter(value, "boundary"));
    let boundary = boundary.filter(|text| (1..=BOUNDARY_MAX).contains(&text.len()));
    let boundary = boundary.ok_or_else(|| Refusal::malformed("Content-Type names no boundary."))?;
    let broken = || Refusal::malformed("The body is not a multipart form.");
    split(body, &boundary).ok_or_else(broken)
}

fn split<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("--{boundary}");
    let between = format!("\r\n{delimiter}");
    // What stands before the first boundary is nothing.
    let mut rest = match body.strip_prefix(delimiter.as_bytes()) {
        Some(rest) => rest,
        None => cut(body, between.as_bytes())?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let (padding, after) = cut(rest, b"\r\n")?;
        let is_padding = padding.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if !is_padding || parts.len() >= PARTS_MAX {
            return None;
        }
        let (head, after) = cut(after, b"\r\n\r\n")?;
        let (content, after) = cut(after, between.as_bytes())?;
        let head = std::str::from_utf8(head).ok()?;
        let disposition = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then_some(value.trim())
        })?;
        let name = parameter(disposition, "name")?;
        parts.push(Part { name, file_name: parameter(disposition, "filename"), content });
        rest = after;
    }
    Some(parts)
}

/// What stands before and after the first `needle`.
fn cut<'a>(hay: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = hay.windows(needle.len()).position(|window| window == needle)?;
    Some((hay.get(..at)?, hay.get(at.checked_add(needle.len())?..)?))
}

/// A parameter of a header's value, out of its quotes.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, after) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let (text, after) = after.split_once(';').unwrap_or((after, ""));
            (text.trim().to_owned(), after)
        };
        if name.trim().trim_start_matches(';').trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = after;
    }
}

/// A quoted text up to its closing quote, and what stands after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => return Some((out, characters.as_str())),
            '\\' => out.push(characters.next()?),
            _ => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KIND: Option<&str> = Some("multipart/form-data; boundary=\"a b\"");

    #[test]
    fn parts_are_read_with_their_names() {
        let body =
            b"--a b\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\nCSV2\r\n--a b  \r\n\
            content-disposition: form-data; name=file; filename=\"a \\\"b\\\";.csv\"\r\n\
            Content-Type: text/csv\r\n\r\nH\r\n--a\r\n\r\n--a b--\r\n";
        let parts = parts(KIND, body).unwrap();
        let format = Part { name: "format".into(), file_name: None, content: b"CSV2" };
        let file_name = Some("a \"b\";.csv".to_owned());
        let file = Part { name: "file".into(), file_name, content: b"H\r\n--a\r\n" };
        assert_eq!(parts, [format, file]);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (kind, body) in [
            (Some("multipart/form-data"), "--x--"),
            (KIND, ""),
            (KIND, "--a b"),
            (KIND, "--a b\r\n\r\n"),
            (KIND, "--a b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nopen"),
            (KIND, "--a b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a b--"),
        ] {
            assert!(parts(kind, body.as_bytes()).is_err(), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_comes_back(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assume!(cut(&content, b"--zzz").is_none());
            let mut body = b"--zzz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".to_vec();
            body.extend(&content);
            body.extend(b"\r\n--zzz--\r\n");
            let parts = parts(Some("multipart/form-data; boundary=zzz"), &body).unwrap();
            prop_assert_eq!(parts[0].content, content.as_slice());
        }

        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200), kind in ".*") {
            parts(Some(&kind), &body).ok();
            parts(KIND, &[b"--a b\r\n".as_slice(), &body].concat()).ok();
        }
    }
}
