//! HTTP Basic as the bank wants it: the key is the user name, the password is empty.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use crate::key::KeyText;
use crate::quickstream::fault::{Fault, FaultKind};

/// The Authorization header for `key`, marked as sensitive so that no log prints it.
///
/// The texts in between are wiped. The header itself is the HTTP library's, which frees it unwiped
/// once the request is over.
pub(super) fn basic(key: &KeyText) -> Result<HeaderValue, Fault> {
    const SCHEME: &str = "Basic ";
    let text = key.expose();
    // Sized for the whole, so that no growing leaves a copy behind.
    let mut pair = Zeroizing::new(String::with_capacity(text.len() + 1));
    pair.push_str(text);
    pair.push(':');
    let mut header =
        Zeroizing::new(String::with_capacity(SCHEME.len() + pair.len().div_ceil(3) * 4));
    header.push_str(SCHEME);
    STANDARD.encode_string(pair.as_bytes(), &mut header);
    let mut value = HeaderValue::from_str(&header)
        .map_err(|_| Fault::new(FaultKind::Settings, "the key cannot be put into a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_sample_is_met_and_does_not_print() {
        let header = basic(&KeyText::parse("qvtestapikey").unwrap()).unwrap();
        assert_eq!(header.as_bytes(), b"Basic cXZ0ZXN0YXBpa2V5Og==");
        assert_eq!(format!("{header:?}"), "Sensitive");
    }
}
