//! Searching bytes for secrets, however they are written.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// So many bytes of a secret in a row are taken for the secret.
const WINDOW: usize = 16;

/// Characters of base64 that stand for whole bytes within one window, whatever is around it.
const BASE64_WINDOW: usize = 20;

/// Every way in which parts of some secrets can be written.
#[derive(Default)]
pub(super) struct Dye {
    /// By the first bytes of each form.
    forms: HashMap<[u8; 4], Vec<(Vec<u8>, String)>>,
}

/// The ways to write bytes of which each stands for itself, by name.
type Spelling = (&'static str, fn(u8) -> String);

const SPELLINGS: [Spelling; 7] = [
    ("lower hexadecimal", |byte| format!("{byte:02x}")),
    ("upper hexadecimal", |byte| format!("{byte:02X}")),
    ("percent-encoding", |byte| format!("%{byte:02X}")),
    ("JSON escapes", |byte| format!("\\u{byte:04x}")),
    ("upper JSON escapes", |byte| format!("\\u{byte:04X}")),
    ("a list", |byte| format!("{byte}, ")),
    ("a dense list", |byte| format!("{byte},")),
];

impl Dye {
    /// Marks a secret; `public` of its first bytes are no secret.
    pub(super) fn mark(&mut self, name: &str, secret: &[u8], public: usize) {
        let tail = &secret[public..];
        for (way, written) in written(secret, tail) {
            self.add(&written, format!("{name} as {way}"));
        }
    }

    fn add(&mut self, form: &[u8], name: String) {
        let first = form[..4].try_into().unwrap();
        let same = self.forms.entry(first).or_default();
        if !same.iter().any(|(known, _)| known == form) {
            same.push((form.to_vec(), name));
        }
    }

    /// What of the marked secrets stands in some bytes, by name, each once.
    pub(super) fn found(&self, text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, first) in text.windows(4).enumerate() {
            let first: &[u8; 4] = first.try_into().unwrap();
            let Some(forms) = self.forms.get(first) else { continue };
            let here = forms.iter().filter(|(form, _)| text[at..].starts_with(form));
            for (_, name) in here {
                if !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found
    }
}

/// Every form of a secret, each long enough to be no accident.
fn written(secret: &[u8], tail: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for part in tail.windows(WINDOW.min(tail.len())) {
        forms.push(("itself", part.to_vec()));
        forms.push(("itself backwards", part.iter().rev().copied().collect()));
        forms.push(("UTF-16", part.iter().flat_map(|byte| [*byte, 0]).collect()));
        forms.push(("UTF-16, high byte first", part.iter().flat_map(|b| [0, *b]).collect()));
        for (way, spelling) in SPELLINGS {
            let text: String = part.iter().map(|byte| spelling(*byte)).collect();
            forms.push((way, text.trim_end_matches([',', ' ']).as_bytes().to_vec()));
        }
    }
    // As user name and password, and at each of the three places a byte can have in base64.
    let credentials = [secret, b":"].concat();
    for skipped in 0..3 {
        let from = credentials.len() - tail.len() - 1 + skipped;
        let part = &credentials[from..];
        let standard = STANDARD.encode(part);
        // The last characters may depend on what follows.
        let whole = part.len() / 3 * 4;
        for (way, text) in [("base64", standard), ("base64 for URLs", URL_SAFE_NO_PAD.encode(part))]
        {
            let whole = &text.as_bytes()[..whole];
            let windows = whole.windows(BASE64_WINDOW.min(whole.len()));
            forms.extend(windows.step_by(4).map(|window| (way, window.to_vec())));
        }
    }
    forms
}

/// A secret that nothing else looks like.
const SECRET: &str = "PLANTED_SEC_sandboxQ7xWm2Zt9KvB4nRd8LpY";

#[test]
fn a_planted_leak_is_found_in_every_sink_and_every_way() {
    let mut dye = Dye::default();
    dye.mark("the key", SECRET.as_bytes(), 12);
    let bytes = SECRET.as_bytes();
    let spelled = |spelling: fn(u8) -> String| -> Vec<u8> {
        bytes.iter().map(|byte| spelling(*byte)).collect::<String>().into_bytes()
    };
    let mut plants: Vec<(String, Vec<u8>)> = vec![
        ("whole".to_owned(), bytes.to_vec()),
        ("a window".to_owned(), bytes[15..31].to_vec()),
        ("backwards".to_owned(), bytes.iter().rev().copied().collect()),
        ("UTF-16".to_owned(), SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16 BE".to_owned(), SECRET.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("Debug of bytes".to_owned(), format!("{bytes:?}").into_bytes()),
        ("Basic".to_owned(), STANDARD.encode(format!("{SECRET}:")).into_bytes()),
        ("a URL".to_owned(), URL_SAFE_NO_PAD.encode(SECRET).into_bytes()),
    ];
    plants.extend(SPELLINGS.map(|(way, spelling)| (way.to_owned(), spelled(spelling))));
    for before in 0..3 {
        let shifted = [&b"abc"[..before], bytes, b"xyz"].concat();
        plants.push((format!("base64 {before}"), STANDARD.encode(shifted).into_bytes()));
    }
    for (way, planted) in &plants {
        for (sink, around) in super::sinks::examples() {
            let text = [around.as_bytes(), planted, around.as_bytes()].concat();
            assert!(!dye.found(&text).is_empty(), "{way} in {sink} was not found");
            assert_eq!(dye.found(around.as_bytes()), Vec::<String>::new(), "{sink}");
        }
    }
    assert_eq!(dye.found(b"PLANTED_SEC_...RdLpY, PLANTED_SEC_sandbox"), Vec::<String>::new());
}
