//! Takes out of the bank's texts what must not be seen: keys above all, and card numbers.
//!
//! A server's message can repeat what it was sent, so no text from the bank reaches a log, an error
//! or a person before it went through here.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::key::KeyText;

/// The longest text kept, in characters; the rest says nothing more to anyone.
pub const TEXT_CHARS_MAX: usize = 300;

/// The shortest run of letters and digits that is taken for a key. A key's random part has 55; a
/// UUID's longest has 12; an English word rarely more than 15.
const RUN_CHARS_MIN: usize = 20;
/// The longest name of a field in the documents has 33 characters, in five words.
const FIELD_CHARS_MAX: usize = 34;
/// How many capitals a field's name has at most.
const FIELD_WORDS_MAX: usize = 5;
/// Card numbers have 12 to 19 digits.
const CARD_DIGITS_MIN: usize = 12;
/// As long a piece of a key is never left standing, whatever surrounds it.
const PIECE_BYTES_MAX: usize = 12;
/// A shorter key cannot be told from ordinary words, so a text that holds it goes whole.
const KEY_BYTES_MIN: usize = 6;

const KEY_MARK: &str = "[key]";
const CARD_MARK: &str = "[digits]";
const REMOVED: &str = "[removed]";

/// Takes the given keys, in every spelling they may come back in, and what looks like a key or a
/// card number, out of texts.
pub struct Redactor {
    spellings: Vec<Zeroizing<String>>,
    secret_parts: Vec<Zeroizing<String>>,
    short: Vec<Zeroizing<String>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// A redactor that knows these keys.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k KeyText>) -> Self {
        let mut redactor =
            Self { spellings: Vec::new(), secret_parts: Vec::new(), short: Vec::new() };
        for key in keys {
            redactor.learn(key.expose());
        }
        redactor
    }

    fn learn(&mut self, key: &str) {
        let keep = |text: &str| Zeroizing::new(text.to_ascii_lowercase());
        if key.len() < KEY_BYTES_MIN {
            self.short.push(keep(key));
            return;
        }
        let mut pair = Zeroizing::new(String::with_capacity(key.len() + 1));
        pair.push_str(key);
        pair.push(':');
        // The longest first, since the shorter are pieces of them: the header as we send it, then
        // the key at any place within a longer text.
        let pair = Zeroizing::new(STANDARD_NO_PAD.encode(pair.as_bytes()));
        let encoded = [pair].into_iter().chain(base64_anywhere(key));
        let encoded = encoded.chain([percent_encoded(key), hexadecimal(key)].map(Zeroizing::new));
        self.spellings.extend(encoded.map(|text| keep(&text)));
        self.spellings.push(keep(key));
        self.secret_parts.push(keep(secret_part(key)));
    }

    /// The text without secrets, without control characters, and no longer than
    /// [`TEXT_CHARS_MAX`].
    pub fn clean(&self, text: &str) -> String {
        let text = without_long_runs(&self.without_whole_keys(text));
        let text = without_card_numbers(&text);
        let text = shortened(&text);
        // A text may be encoded more than it needs to be.
        let decoded = Zeroizing::new(percent_decoded(&text));
        if self.leaves(&text) || self.leaves(&decoded) { REMOVED.to_owned() } else { text }
    }

    /// The text without keys, and otherwise as it came: for an answer's own values, whose numbers and
    /// tokens are what was asked for.
    pub(super) fn without_keys(&self, text: &str) -> String {
        let text = self.without_whole_keys(text);
        if self.meets_key(&text) || self.shows_secret(&text) { REMOVED.to_owned() } else { text }
    }

    fn without_whole_keys(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for spelling in &self.spellings {
            text = without(&text, spelling);
        }
        without_marked_keys(&text)
    }

    /// Whether the text says more than it may: used for names, which are kept whole or not at all.
    pub fn would_change(&self, text: &str) -> bool {
        self.clean(text) != text
    }

    /// Whether a whole key, in any spelling, stands in the text.
    pub(super) fn meets_key(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let mut keys = self.spellings.iter().chain(&self.short);
        keys.any(|key| text.contains(key.as_str()))
    }

    /// Whether what is secret of a key stands in the text without the rest of it. A short one can be
    /// an ordinary word.
    fn shows_secret(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let mut secrets = self.secret_parts.iter().filter(|part| part.len() >= RUN_CHARS_MIN);
        secrets.any(|part| text.contains(part.as_str()))
    }

    /// Whether a piece of a key still stands in an otherwise clean text.
    fn leaves(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let piece_stands = |secret: &str| {
            let bytes = secret.as_bytes();
            let size = PIECE_BYTES_MAX.min(bytes.len());
            bytes.windows(size).any(|piece| holds(text.as_bytes(), piece))
        };
        self.short.iter().any(|key| text.contains(key.as_str()))
            || self.secret_parts.iter().any(|secret| piece_stands(secret))
    }
}

/// What of a key is secret: all of it, or what follows the word that tells its kind.
fn secret_part(key: &str) -> &str {
    let tail = key.split_once("_SEC_").or_else(|| key.split_once("_PUB_")).map(|(_, tail)| tail);
    tail.filter(|tail| tail.len() >= KEY_BYTES_MIN).unwrap_or(key)
}

fn holds(text: &[u8], piece: &[u8]) -> bool {
    text.windows(piece.len()).any(|window| window == piece)
}

/// `text` with every `spelling` (in lower case) replaced, whatever its case.
fn without(text: &str, spelling: &str) -> String {
    // Lower-casing ASCII alone keeps every byte's place.
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for (start, found) in lower.match_indices(spelling) {
        clean.push_str(text.get(end..start).unwrap_or_default());
        clean.push_str(KEY_MARK);
        end = start + found.len();
    }
    clean.push_str(text.get(end..).unwrap_or_default());
    clean
}

/// What stands in base64 of any text that holds the key, for each of the three ways in which the
/// key's bytes can fall into groups; but for a few characters at either end.
fn base64_anywhere(key: &str) -> impl Iterator<Item = Zeroizing<String>> {
    (0..3).filter_map(|skip| {
        let bytes = key.as_bytes().get(skip..)?;
        let whole =
            bytes.get(..bytes.len() / 3 * 3).filter(|whole| whole.len() >= KEY_BYTES_MIN)?;
        Some(Zeroizing::new(STANDARD_NO_PAD.encode(whole)))
    })
}

fn percent_encoded(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    key.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// What stands behind `%41`; whatever is no such thing stays.
fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.split_at_checked(2).filter(|_| *first == b'%');
        let byte = pair.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok().map(|byte| (byte, after))
        });
        let (byte, after) = byte.unwrap_or((*first, after));
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hexadecimal(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Replaces every word that holds `_SEC_` or `_PUB_`, as the vendor's keys do.
fn without_marked_keys(text: &str) -> String {
    replace_words(
        text,
        |c| c.is_ascii_alphanumeric() || c == '_',
        |word| {
            let upper = word.to_ascii_uppercase();
            let marked = upper.contains("_SEC_") || upper.contains("_PUB_");
            marked.then(|| KEY_MARK.to_owned())
        },
    )
}

fn without_long_runs(text: &str) -> String {
    replace_words(
        text,
        |c| c.is_ascii_alphanumeric(),
        |word| {
            let digits_only = word.bytes().all(|byte| byte.is_ascii_digit());
            let mark = if digits_only { CARD_MARK } else { KEY_MARK };
            let long = word.len() >= RUN_CHARS_MIN && !is_field_name(word);
            long.then(|| mark.to_owned())
        },
    )
}

/// Whether a run is shaped as the documents' names of fields are: words of small letters, each after
/// the first with one capital before it, and perhaps one digit at the end. `supplierBusinessCode` is
/// as long as a key and says which field was wrong; a key's random part is of small letters with
/// digits among them, and in base64 of as many capitals as small letters.
fn is_field_name(run: &str) -> bool {
    if run == "threeDSRequestorAuthenticationInd" {
        return true;
    }
    let letters = run.strip_suffix(|last: char| last.is_ascii_digit()).unwrap_or(run);
    let capitals = letters.bytes().filter(u8::is_ascii_uppercase).count();
    let lone = letters.as_bytes().windows(2).all(|pair| {
        !matches!(pair, [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase())
    });
    let ends = |end: Option<char>| end.is_some_and(|letter| letter.is_ascii_lowercase());
    (1..=FIELD_WORDS_MAX).contains(&capitals)
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (ends(letters.chars().next()) && ends(letters.chars().last()))
        && run.len() <= FIELD_CHARS_MAX
        && lone
}

/// Replaces runs of 12 digits and more, also when spaces or dashes stand between them.
fn without_card_numbers(text: &str) -> String {
    replace_words(
        text,
        |c| c.is_ascii_digit() || c == ' ' || c == '-',
        |word| {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let number = word.trim_matches([' ', '-']);
            (digits >= CARD_DIGITS_MIN).then(|| word.replacen(number, CARD_MARK, 1))
        },
    )
}

/// `text` with each run of characters of one sort replaced if `replacement` says by what.
fn replace_words(
    text: &str,
    of_word: impl Fn(char) -> bool,
    replacement: impl Fn(&str) -> Option<String>,
) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !of_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match replacement(word) {
            Some(mark) => clean.push_str(&mark),
            None => clean.push_str(word),
        }
        let end = after.find(&of_word).unwrap_or(after.len());
        let (between, after) = after.split_at(end);
        clean.push_str(between);
        rest = after;
    }
    clean
}

/// Cuts a text to [`TEXT_CHARS_MAX`] and takes out what could forge a line of a log.
fn shortened(text: &str) -> String {
    let mut clean: String =
        text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "SANDBOX_SEC_5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j7m8p9q5r8t9v7y";

    fn clean(text: &str) -> String {
        Redactor::new([&KeyText::parse(KEY).unwrap()]).clean(text)
    }

    #[test]
    fn the_key_goes_in_every_spelling() {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{KEY}:"));
        for (text, expected) in [
            (format!("The key {KEY} has expired."), "The key [key] has expired.".to_owned()),
            (format!("Basic {pair}"), "Basic [key]=".to_owned()),
            (format!("({})", KEY.to_uppercase()), "([key])".to_owned()),
            (format!("x={}", hexadecimal(KEY)), "x=[key]".to_owned()),
        ] {
            assert_eq!(clean(&text), expected);
        }
        let odd = KeyText::parse("a/b+c=d%e&f").unwrap();
        assert_eq!(Redactor::new([&odd]).clean("?k=a%2Fb%2bc%3Dd%25e%26f!"), "?k=[key]!");
    }

    #[test]
    fn what_looks_like_a_key_or_a_card_goes_too() {
        assert_eq!(clean("OTHER_SEC_abc was used"), "[key] was used");
        assert_eq!(clean("use other_pub_1, not this"), "use [key], not this");
        assert_eq!(clean("token a1b2c3d4e5f6g7h8i9j0"), "token [key]");
        assert_eq!(clean("card 4242 4242-4242 4242."), "card [digits].");
        assert_eq!(clean("card 424242424242424242424242."), "card [digits].");
    }

    #[test]
    fn ordinary_words_stay() {
        for text in [
            "Principal amount must be greater than zero.",
            "SANDBOX_SEC...q7w8d9h",
            "https://api.quickstream.support.qvalent.com/rest/v1/transactions/1234567890",
            "6a8f86e6-dfc0-4306-b07d-c7df137234aa",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn the_names_of_fields_stay_however_long_they_are() {
        for name in [
            "supplierBusinessCode",
            "customerReferenceNumber",
            "originalReceiptNumber",
            "storedCredentialData.entryMode",
            "networkTransactionId",
            "remittanceInformation1",
            "customerNotificationEmail",
            "threeDSRequestorAuthenticationInd",
            "preferredNotificationMedium",
            "maximumPaymentAmount",
        ] {
            assert_eq!(clean(&format!("{name}: it is wrong")), format!("{name}: it is wrong"));
        }
        for run in [
            "abcdefghijklmnopqrstuvwxyz",
            "abcdefGhijklmnop7qrstuvwx",
            "U3FuZGJveFNlY3JldEtleQxyz",
            "aBcDeFgHiJkLmNoPqRsTuV",
            "supplierBusinessCodeOfTheWholeFacility",
        ] {
            assert_eq!(clean(&format!("it was {run}.")), "it was [key].");
        }
    }

    #[test]
    fn pieces_of_a_key_take_the_text_with_them() {
        assert_eq!(clean("it begins with 5f6g7h8j9m5p"), REMOVED);
        assert_eq!(clean("5f6g7h8j9m 5p6q7r8t9u"), "5f6g7h8j9m 5p6q7r8t9u");
        let short = KeyText::parse("abc").unwrap();
        assert_eq!(Redactor::new([&short]).clean("the ABC of it"), REMOVED);
    }

    #[test]
    fn texts_are_cut_and_hold_no_line_breaks() {
        assert_eq!(clean("one\r\ntwo\u{1b}[31m"), "one  two [31m");
        let long = clean(&"no ".repeat(1000));
        assert_eq!(long.chars().count(), TEXT_CHARS_MAX + 1);
    }
}
