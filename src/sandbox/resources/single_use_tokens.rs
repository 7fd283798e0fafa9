//! `POST /single-use-tokens`: account details for ten minutes and one use.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::{Answer, Keys, PAGE_SAYS_401, Route, Visit, address};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::{Form, Need, Years};
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::merchant::instrument::{Instrument, Wallet};
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::merchant::tokens::{NewToken, SingleUseToken, ThreeDs2};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shape;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "POST",
    "/single-use-tokens",
    Keys::Only(KeyKind::Publishable, PAGE_SAYS_401),
    generate,
)];

/// The longest code of a business.
const CODE_CHARS_MAX: usize = 255;

/// Every `accountType`. The last three are newer than the reference; what they are asked for with is
/// a guess.
const ACCOUNT_TYPES: &[(&str, AccountType)] = &[
    ("CREDIT_CARD", AccountType::Card),
    ("DIRECT_DEBIT", AccountType::Bank),
    ("DIRECT_DEBIT_NZ", AccountType::NzBank),
    ("APPLE_PAY", AccountType::Wallet(Wallet::ApplePay)),
    ("GOOGLE_PAY", AccountType::Wallet(Wallet::GooglePay)),
    ("PAYTO", AccountType::PayTo),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AccountType {
    Card,
    Bank,
    NzBank,
    Wallet(Wallet),
    PayTo,
}

impl AccountType {
    /// What the facility must be set up for.
    const fn needs(self) -> Capability {
        match self {
            Self::Card | Self::Wallet(_) => Capability::CreditCard,
            Self::Bank => Capability::DirectDebit,
            Self::NzBank => Capability::DirectDebitNz,
            Self::PayTo => Capability::PayTo,
        }
    }
}

fn generate(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let (body, peer) = (visit.body, address(&visit.request.peer));
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let new = read(&mut form, &setting);
    form.finish()?;
    let new = NewToken { peer, ..new.ok_or_else(Refusal::not_found)? };
    if merchant.tokens_are_used_up(peer) {
        let reason = "The quota of 1000 unused single-use-tokens is used up.";
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, reason));
    }
    let number = merchant.make_token(&setting, new);
    let asked = body.get("threeDS2").and_then(Value::as_bool) == Some(true);
    let profile = body.get("browserProfile").filter(|_| asked);
    let token = merchant.tokens.get(number).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(model(token, profile, &setting)))
}

fn read(form: &mut Form<'_>, setting: &Setting<'_>) -> Option<NewToken> {
    let code = form.text("supplierBusinessCode", Need::Required, CODE_CHARS_MAX);
    let business = code.as_deref().and_then(|code| setting.business(code));
    if code.is_some() && business.is_none() {
        form.wrong("supplierBusinessCode", "There is no such business.");
    }
    let account_type = form.choice("accountType", Need::Required, ACCOUNT_TYPES);
    let three_ds2 = form.flag("threeDS2", Need::Optional).unwrap_or(false);
    if three_ds2 {
        form.nested("browserProfile", Need::Required, read_browser_profile);
    }
    let account_type = account_type?;
    if !setting.can(account_type.needs()) {
        form.wrong("accountType", "Accounts of this type are not accepted.");
        return None;
    }
    let instrument = match account_type {
        AccountType::Card => Instrument::Card(form.card(setting, business, Years::Four)?),
        AccountType::Bank => Instrument::Bank(form.bank_account()?),
        AccountType::NzBank => Instrument::NzBank(form.nz_bank_account()?),
        AccountType::PayTo => Instrument::PayTo(form.payto_account()?),
        AccountType::Wallet(wallet) => {
            let name = match wallet {
                Wallet::ApplePay => "applePayToken",
                Wallet::GooglePay => "googlePayToken",
            };
            if !form.has(name) {
                form.wrong(name, "This field is required.");
            }
            Instrument::Wallet(wallet)
        }
    };
    let asked = three_ds2 && account_type == AccountType::Card;
    let three_ds2 = (asked && setting.can(Capability::ThreeDs2)).then(ThreeDs2::default);
    Some(NewToken { business: business?.code.clone(), instrument, peer: None, three_ds2 })
}

/// The cardholder's browser; every field is needed.
fn read_browser_profile(form: &mut Form<'_>) {
    const DEPTHS: [(&str, ()); 8] = [
        ("1", ()),
        ("4", ()),
        ("8", ()),
        ("15", ()),
        ("16", ()),
        ("24", ()),
        ("32", ()),
        ("48", ()),
    ];
    form.flag("browserJavaEnabled", Need::Required);
    form.text("browserLanguage", Need::Required, 8);
    form.digits("browserScreenHeight", Need::Required, 1..=6);
    form.digits("browserScreenWidth", Need::Required, 1..=6);
    form.choice("browserColorDepth", Need::Required, &DEPTHS);
    if let Some(minutes) = form.exact("browserTZ", Need::Required, 5)
        && minutes.parse::<i32>().is_err()
    {
        form.wrong("browserTZ", "This field is a number of minutes.");
    }
}

fn model(token: &SingleUseToken, profile: Option<&Value>, setting: &Setting<'_>) -> Value {
    let mut links = vec![links::help("single-use-tokens/")];
    if token.three_ds2.is_some() {
        let base_url = setting.base_url;
        let url = format!("{base_url}/single-use-tokens/{}/three-ds2-authentication", token.id);
        links.push(links::link("three-ds2-authentication", &url, "POST"));
    }
    let mut model = json!({
        "links": links,
        "singleUseTokenId": token.id,
        "accountType": token.instrument.account_type(),
    });
    let mut account = shape::instrument(&token.instrument, setting);
    let name = match &token.instrument {
        Instrument::Card(card) => {
            let surcharge = shape::surcharge(card, &token.business, setting);
            account.insert("surchargePercentage".into(), json!(surcharge));
            add_three_ds2(&mut account, token, profile, setting);
            "creditCard"
        }
        Instrument::Bank(_) => "bankAccount",
        Instrument::NzBank(_) => "nzBankAccount",
        Instrument::PayTo(_) => "payToAccount",
        Instrument::Wallet(_) | Instrument::PayId(_) => return model,
    };
    if let Value::Object(members) = &mut model {
        members.insert(name.into(), Value::Object(account));
    }
    model
}

/// The 3-D Secure fields, which only a token that was asked for them has.
fn add_three_ds2(
    account: &mut Map<String, Value>,
    token: &SingleUseToken,
    profile: Option<&Value>,
    setting: &Setting<'_>,
) {
    let Some(profile) = profile else { return };
    let required = token.three_ds2.is_some();
    account.insert("threeDS2AuthRequired".into(), json!(required));
    if required {
        account.insert("threeDS2".into(), profile.clone());
        let status = setting.guesses.word(guesses::THREE_DS2_STATUS);
        account.insert("threeDS2Status".into(), json!(status));
    }
}
