//! `POST /single-use-tokens/{singleUseTokenId}/three-ds2-authentication`: 3-D Secure, which uses no
//! token up. Every field of the documents' tables is checked; most of them only that.

use hyper::StatusCode;
use serde_json::json;

use super::{Answer, Keys, PAGE_SAYS_401, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::guesses::{self, Guesses};
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::setting::Capability;
use crate::sandbox::merchant::tokens::TransStatus;
use crate::sandbox::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "POST",
    "/single-use-tokens/{singleUseTokenId}/three-ds2-authentication",
    Keys::Only(KeyKind::Secret, PAGE_SAYS_401),
    authenticate,
)];

/// What a field holds. Every one is a text.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) enum Holds {
    /// Any text, of at most so many characters.
    Text(usize),
    /// A code of two digits, from 01 to this.
    Code(u8),
    /// A date, `YYYYMMDD`.
    Date,
    /// A whole number up to this.
    Number(u32),
    /// So many digits, at least and at most.
    Digits(usize, usize),
    /// A telephone number in international form.
    Phone,
    /// An amount.
    Amount,
    /// `AUD`.
    Currency,
    /// `Y` or `N`.
    YesNo,
    /// An ISO 3166-1 country.
    Country,
}

use Holds::{Amount, Code, Country, Currency, Date, Digits, Number, Phone, Text, YesNo};

/// Every field of the documents' tables.
pub(in crate::sandbox) const FIELDS: &[(&str, Holds)] = &[
    ("messageCategory", Code(2)),
    ("threeDSRequestorAuthenticationInd", Code(6)),
    ("principalAmount", Amount),
    ("currency", Currency),
    ("recurringExpiry", Date),
    ("recurringFrequency", Number(9999)),
    ("purchaseInstalData", Number(999)),
    ("deliveryEmailAddress", Text(254)),
    ("deliveryTimeframe", Code(4)),
    ("giftCardAmount", Digits(1, 15)),
    ("giftCardCount", Digits(2, 2)),
    ("giftCardCurr", Digits(3, 3)),
    ("preOrderDate", Date),
    ("preOrderPurchaseInd", Code(2)),
    ("reorderItemsInd", Code(2)),
    ("shipIndicator", Code(7)),
    ("email", Text(254)),
    ("homePhone", Phone),
    ("mobilePhone", Phone),
    ("workPhone", Phone),
    ("billAddrLine1", Text(50)),
    ("billAddrLine2", Text(50)),
    ("billAddrLine3", Text(50)),
    ("billAddrCity", Text(50)),
    ("billAddrPostCode", Text(16)),
    ("billAddrState", Text(3)),
    ("billAddrCountry", Country),
    ("addrMatch", YesNo),
    ("shipAddrLine1", Text(50)),
    ("shipAddrLine2", Text(50)),
    ("shipAddrLine3", Text(50)),
    ("shipAddrCity", Text(50)),
    ("shipAddrPostCode", Text(16)),
    ("shipAddrState", Text(3)),
    ("shipAddrCountry", Country),
    ("acctID", Text(64)),
    ("chAccAgeInd", Code(5)),
    ("chAccChange", Date),
    ("chAccChangeInd", Code(4)),
    ("chAccDate", Date),
    ("chAccPwChange", Date),
    ("chAccPwChangeInd", Code(5)),
    ("nbPurchaseAccount", Number(9999)),
    ("paymentAccAge", Date),
    ("paymentAccInd", Code(5)),
    ("provisionAttemptsDay", Number(999)),
    ("shipAddressUsage", Date),
    ("shipAddressUsageInd", Code(4)),
    ("shipNameIndicator", Code(2)),
    ("suspiciousAccActivity", Code(2)),
    ("txnActivityDay", Number(999)),
    ("txnActivityYear", Number(999)),
];

/// The parts of a billing address that a payment needs, where the guess says so.
const BILLING_ADDRESS: &[&str] =
    &["billAddrLine1", "billAddrCity", "billAddrPostCode", "billAddrCountry"];

fn authenticate(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let (id, body) = (visit.parameter(0), visit.body);
    let (merchant, setting) = visit.merchant()?;
    if !setting.can(Capability::ThreeDs2) {
        let reason = "3DS2 not allowed for community";
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, reason));
    }
    let token = merchant.token(id).filter(|token| setting.may_touch(&token.business));
    let token = token.ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    check(&mut form, setting.guesses);
    form.finish()?;
    let (Some(three_ds2), Instrument::Card(card)) = (token.three_ds2, &token.instrument) else {
        let message = "The token was made without threeDS2.";
        return Err(Refusal::field("singleUseTokenId", id, message));
    };
    let status = three_ds2.status.unwrap_or_else(|| TransStatus::of(card));
    let number = token.number;
    merchant.authenticated(number, status);
    Ok(Answer::ok(json!({ "transStatus": status.letter() })))
}

fn check(form: &mut Form<'_>, guesses: &Guesses) {
    let category = form.exact("messageCategory", Need::Optional, 2);
    let purpose = form.exact("threeDSRequestorAuthenticationInd", Need::Optional, 2);
    let (is_payment, purpose) = (category.as_deref() == Some("01"), purpose.unwrap_or_default());
    let needs_address = is_payment && guesses.is(guesses::BILLING_ADDRESS, "required");
    for (name, holds) in FIELDS {
        let needed = match *name {
            "messageCategory" | "threeDSRequestorAuthenticationInd" => true,
            "principalAmount" | "currency" => matches!(purpose.as_str(), "01" | "02" | "03"),
            "recurringExpiry" | "recurringFrequency" => matches!(purpose.as_str(), "02" | "03"),
            "purchaseInstalData" => purpose == "03",
            name => needs_address && BILLING_ADDRESS.contains(&name),
        };
        if !form.is_wrong(name) {
            let need = if needed { Need::Required } else { Need::Optional };
            check_field(form, name, need, *holds, guesses);
        }
    }
}

fn check_field(form: &mut Form<'_>, name: &str, need: Need, holds: Holds, guesses: &Guesses) {
    // What is not read by length is read whole, and judged by what it holds.
    let chars_max = if let Text(most) = holds { most } else { 255 };
    let text = if matches!(holds, Text(_)) {
        form.text(name, need, chars_max)
    } else {
        form.exact(name, need, chars_max)
    };
    let Some(text) = text else { return };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let (is_right, message) = match holds {
        Text(_) => (true, String::new()),
        Code(last) => {
            let code = text.parse::<u8>().ok().filter(|_| digits && text.len() == 2);
            let right = code.is_some_and(|code| (1..=last).contains(&code));
            (right, format!("This field is one of 01 to {last:02}."))
        }
        Date => {
            let is_date =
                digits && text.len() == 8 && jiff::civil::Date::strptime("%Y%m%d", &text).is_ok();
            (is_date, "This field is a date of the form YYYYMMDD.".to_owned())
        }
        Number(most) => {
            let right = digits && text.parse::<u32>().is_ok_and(|number| number <= most);
            (right, format!("This field is a whole number up to {most}."))
        }
        Digits(least, most) => {
            let right = digits && (least..=most).contains(&text.len());
            (right, format!("This field has {least} to {most} digits."))
        }
        Phone => {
            let number = text.strip_prefix('+').unwrap_or_default();
            let right = !number.is_empty()
                && text.len() <= 15
                && number.bytes().all(|byte| byte.is_ascii_digit());
            (right, "This field is a telephone number such as +61499999999.".to_owned())
        }
        Amount => {
            let cents = crate::domain::money::Cents::parse(&text);
            let right = cents.is_ok_and(|cents| cents.get() >= 0);
            (right, "This field is an amount such as 10.00.".to_owned())
        }
        Currency => (text == "AUD", "This field is AUD.".to_owned()),
        YesNo => (matches!(text.as_str(), "Y" | "N"), "This field is Y or N.".to_owned()),
        Country => {
            let letters = text.bytes().all(|byte| byte.is_ascii_uppercase());
            let letters = letters && guesses.is(guesses::COUNTRY_CODES, "numeric_or_letters");
            let right = text.len() == 3 && (digits || letters);
            (right, "This field is a country's code of three digits, such as 036.".to_owned())
        }
    };
    if !is_right {
        form.wrong(name, &message);
    }
}
