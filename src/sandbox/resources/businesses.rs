//! Businesses: a facility's trading names. A key with Business restrictions sees its own only.

use serde_json::{Value, json};

use super::{Answer, Keys, PAGE_SAYS_401, Route, Visit};
use crate::sandbox::book::{Business, KeyKind};
use crate::sandbox::form::{Form, Need};
use crate::sandbox::links;
use crate::sandbox::merchant::instrument::{CardNumber, CardType, Scheme};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::terms::{self, CardTerms};
use crate::sandbox::refusal::Refusal;

const SECRET: Keys = Keys::Only(KeyKind::Secret, PAGE_SAYS_401);
const PUBLISHABLE: Keys = Keys::Only(KeyKind::Publishable, None);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/businesses", SECRET, list),
    Route::new("GET", "/businesses/{supplierBusinessCode}", SECRET, get),
    Route::new(
        "GET",
        "/businesses/{supplierBusinessCode}/accepted-cards",
        PUBLISHABLE,
        list_accepted_cards,
    ),
    Route::new(
        "GET",
        "/businesses/{supplierBusinessCode}/card-surcharges",
        PUBLISHABLE,
        list_card_surcharges,
    ),
    Route::new(
        "POST",
        "/businesses/{supplierBusinessCode}/query-card-surcharge",
        PUBLISHABLE,
        query_card_surcharge,
    ),
];

/// The longest text read as a card number: its digits, with a space between every two.
const CARD_CHARS_MAX: usize = 37;

fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    visit.page(|_, setting, pager| {
        Answer::ok(pager.page(setting.visible(), |business| model(business, setting.base_url)))
    })
}

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let code = visit.parameter(0);
    let (_, setting) = visit.merchant()?;
    Ok(Answer::ok(model(named(&setting, code)?, setting.base_url)))
}

fn list_accepted_cards(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let code = visit.parameter(0);
    visit.page(|_, setting, pager| {
        let business = named(setting, code)?;
        let accepts = |scheme: &Scheme| business.cards.iter().any(|card| card.scheme == *scheme);
        let schemes = Scheme::ALL.into_iter().filter(accepts);
        let page =
            pager.page(schemes, |scheme| json!({ "links": [], "cardScheme": scheme.word() }));
        Ok(Answer::ok(page))
    })?
}

fn list_card_surcharges(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let code = visit.parameter(0);
    visit.page(|_, setting, pager| {
        let business = named(setting, code)?;
        Ok(Answer::ok(pager.page(business.cards.iter(), |terms| surcharge(*terms, &[]))))
    })?
}

fn query_card_surcharge(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let (code, body) = (visit.parameter(0), visit.body);
    let (_, setting) = visit.merchant()?;
    let business = named(&setting, code)?;
    let mut form = Form::of(body, setting.guesses)?;
    let number = form.text("cardNumber", Need::Required, CARD_CHARS_MAX);
    let card = number.as_deref().map(CardNumber::of);
    let terms = card.as_ref().map(|card| {
        card.as_ref().and_then(|card| terms::of_card(&business.cards, card).zip(Some(card)))
    });
    match (&card, &terms) {
        (Some(None), _) => form.wrong("cardNumber", "The card number is not valid."),
        (_, Some(None)) => form.wrong("cardNumber", "Cards of this kind are not accepted."),
        _ => {}
    }
    form.finish()?;
    let (terms, card) = terms.flatten().ok_or_else(Refusal::not_found)?;
    // Of terms for both types, the answer says which one this card is.
    let terms = CardTerms { card_type: Some(card.card_type()), ..*terms };
    Ok(Answer::ok(surcharge(terms, &[links::help("businesses/")])))
}

/// The type only of schemes that tell credit from debit.
fn surcharge(terms: CardTerms, links: &[Value]) -> Value {
    let card_type = terms.card_type.filter(|_| terms.scheme.tells_types());
    json!({
        "links": links,
        "cardScheme": terms.scheme.word(),
        "cardType": card_type.map(CardType::word),
        "surchargePercentage": terms.surcharge.to_string(),
    })
}

/// The business with this code.
///
/// # Errors
///
/// 404 if there is none, or the key may not see it.
fn named<'a>(setting: &Setting<'a>, code: &str) -> Result<&'a Business, Refusal> {
    setting.business(code).ok_or_else(Refusal::not_found)
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
