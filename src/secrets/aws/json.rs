//! Where the members of a JSON object stand in its text. Knows nothing of keys.

use std::ops::Range;

use serde::de::IgnoredAny;

/// One member of a JSON object, as places in its text.
pub(super) struct Member {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// The members of a JSON object, in order; `None` if the text is anything else. The text is read once by a real parser before it is
/// walked, so that the walk may take its grammar for granted.
pub(super) fn members(text: &str) -> Option<Vec<Member>> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut walk = Walk { text: text.as_bytes(), at: 0 };
    if !walk.takes(b'{') {
        return None;
    }
    let mut members = Vec::new();
    while walk.skip_to_token() == Some(b'"') {
        let name = walk.value();
        walk.takes(b':');
        walk.skip_to_token();
        let value = walk.value();
        members.push(Member { name, value });
        walk.takes(b',');
    }
    Some(members)
}

/// A walk over text that is known to be JSON.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn here(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_to_token(&mut self) -> Option<u8> {
        while self.here().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.here()
    }

    fn takes(&mut self, wanted: u8) -> bool {
        let found = self.skip_to_token() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Walks past one value and returns its place.
    fn value(&mut self) -> Range<usize> {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.here() {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' | b',' if depth == 0 => break,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                _ if depth == 0 && (byte.is_ascii_whitespace() || byte == b':') => break,
                _ => self.at += 1,
            }
            // A string or a nested value ends with its last character.
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                break;
            }
        }
        start..self.at
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.here() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return;
            }
        }
    }
}

/// A part of the text; every place comes from a walk over it, at the border of an ASCII character.
pub(super) fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}
