//! Businesses: a facility's trading names. A key with Business restrictions sees its own only.

use serde_json::{Value, json};

use super::{Answer, Keys, PAGE_SAYS_401, Route, Visit};
use crate::sandbox::book::{Business, KeyKind};
use crate::sandbox::links;
use crate::sandbox::refusal::Refusal;

const SECRET: Keys = Keys::Only(KeyKind::Secret, PAGE_SAYS_401);
const PUBLISHABLE: Keys = Keys::Only(KeyKind::Publishable, None);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/businesses", SECRET, list),
    Route::new("GET", "/businesses/{supplierBusinessCode}", SECRET, get),
    Route::new(
        "POST",
        "/businesses/{supplierBusinessCode}/query-card-surcharge",
        PUBLISHABLE,
        query_card_surcharge,
    ),
];

/// Digits of a card number, at least and at most.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    visit.page(|_, setting, pager| {
        Answer::ok(pager.page(setting.visible(), |business| model(business, setting.base_url)))
    })
}

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let base_url = visit.base_url;
    let code = visit.parameter(0).to_owned();
    let business = visible(visit)?.into_iter().find(|business| business.code == code);
    let business = business.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(model(&business, base_url)))
}

fn query_card_surcharge(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let code = visit.parameter(0).to_owned();
    if !visible(visit)?.iter().any(|business| business.code == code) {
        return Err(Refusal::not_found());
    }
    let number = visit.body.get("cardNumber").and_then(Value::as_str).unwrap_or_default();
    let is_number =
        CARD_DIGITS.contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    // The error echoes no card number: a card's digits have no place in a log.
    let scheme = is_number.then(|| scheme(number)).flatten();
    let (scheme, percentage) =
        scheme.ok_or_else(|| Refusal::field("cardNumber", "", "The card number is not valid."))?;
    Ok(Answer::ok(json!({
        "links": [links::help("businesses/")],
        "cardScheme": scheme,
        "cardType": "CREDIT",
        "surchargePercentage": percentage,
    })))
}

/// A card's scheme by its first digits, and the surcharge on it (the guess `surcharges`).
fn scheme(number: &str) -> Option<(&'static str, &'static str)> {
    match number.as_bytes() {
        [b'4', ..] => Some(("VISA", "0.400")),
        [b'5', b'1'..=b'5', ..] | [b'2', b'2'..=b'7', ..] => Some(("MASTERCARD", "0.500")),
        [b'3', b'4' | b'7', ..] => Some(("AMEX", "1.500")),
        _ => None,
    }
}

/// The businesses the key may see.
fn visible(visit: &mut Visit<'_>) -> Result<Vec<Business>, Refusal> {
    let only = visit.key()?.businesses.clone();
    let mut businesses = visit.facility()?.businesses.clone();
    businesses.retain(|business| only.is_empty() || only.contains(&business.code));
    Ok(businesses)
}

/// The model as a public client knows it; what the seed does not hold is play data.
fn model(business: &Business, base_url: &str) -> Value {
    let url = format!("{base_url}/businesses/{}", business.code);
    json!({
        "links": [links::help("businesses/"), links::link("self", &url, "GET")],
        "supplierBusinessName": business.name,
        "supplierBusinessCode": business.code,
        "registeredName": format!("{} Pty Ltd", business.name),
        "abn": "51824753556",
        "contactName": "Sandbox Contact",
        "contactEmail": "contact@example.com",
        "contactPhone": "+61255500000",
        "customerNotificationEmail": "noreply@example.com",
        "businessAddress": {
            "street1": "1 Sandbox Street",
            "street2": null,
            "street3": null,
            "city": "Sydney",
            "state": "NSW",
            "postcode": "2000",
            "country": "AU",
        },
    })
}
