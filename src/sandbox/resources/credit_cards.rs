//! `GET /credit-cards/card-schemes/{cardBIN}`: whose card begins so.

use serde_json::json;

use super::{Answer, Keys, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::merchant::instrument::Scheme;
use crate::sandbox::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "GET",
    "/credit-cards/card-schemes/{cardBIN}",
    Keys::Only(KeyKind::Publishable, None),
    card_scheme,
)];

/// Digits in the beginning of a card number that names its issuer.
const BIN_DIGITS: usize = 6;

fn card_scheme(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let bin = visit.parameter(0);
    // Six digits are no card number and may be repeated; anything longer is not.
    let echo = if bin.len() <= BIN_DIGITS { bin } else { "" };
    let wrong = |message: &str| Refusal::field("cardBIN", echo, message);
    if !bin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("The card BIN must be a number."));
    }
    if bin.len() != BIN_DIGITS {
        return Err(wrong("The card BIN must have six digits."));
    }
    if let Some(scheme) = Scheme::of(bin) {
        let body = json!({ "links": [links::help("credit-cards/")], "cardScheme": scheme.word() });
        return Ok(Answer::ok(body));
    }
    let unknown = visit.state.guesses.word(guesses::UNKNOWN_BIN);
    // Banks and shops issue what begins with 2 to 6, and one scheme what begins with 8.
    let of_cards = matches!(bin.as_bytes().first(), Some(b'2'..=b'6' | b'8'));
    if unknown == "404" || (unknown == "by_first_digit" && of_cards) {
        Err(Refusal::not_found())
    } else {
        Err(wrong("This is not the BIN of a card."))
    }
}
