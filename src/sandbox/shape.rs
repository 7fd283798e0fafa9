//! How the bank's replies spell money, accounts and transactions.

use serde_json::{Map, Number, Value, json};

use super::guesses;
use super::links;
use super::merchant::Merchant;
use super::merchant::accounts::Account;
use super::merchant::ids::{Kind, spelt};
use super::merchant::instrument::{
    BankAccount, Card, Currency, Instrument, NzBankAccount, PayIdPayer, PayToAccount,
};
use super::merchant::setting::Setting;
use super::merchant::terms;
use crate::domain::money::Cents;

mod receiving;
mod transaction;

pub(super) use self::transaction::transaction;

/// An object of values that are made already, each of which `json!` would copy with all that is in
/// it.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// `{currency, amount, displayAmount}`.
pub(super) fn money(cents: Cents, currency: Currency) -> Value {
    object([
        ("currency", Value::from(currency.code())),
        ("amount", amount(cents)),
        ("displayAmount", Value::from(display(cents))),
    ])
}

/// `{principalAmount, surchargeAmount, totalAmount}`, each of them money.
pub(super) fn money_with_surcharge(
    principal: Cents,
    surcharge: Cents,
    currency: Currency,
) -> Value {
    let total = principal.checked_add(surcharge).unwrap_or(principal);
    json!({
        "principalAmount": money(principal, currency),
        "surchargeAmount": money(surcharge, currency),
        "totalAmount": money(total, currency),
    })
}

/// An amount as a JSON number with two decimals.
pub(super) fn amount(cents: Cents) -> Value {
    // A number keeps the digits it was read from, so that 25.50 stays 25.50.
    cents.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

/// An amount for people: `$1,005.25`.
fn display(cents: Cents) -> String {
    let text = cents.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{fraction}")
}

/// A registered account's model.
pub(super) fn account(account: &Account, merchant: &Merchant, setting: &Setting<'_>) -> Value {
    let token = spelt(Kind::Account, setting.facility, account.token);
    let url = format!("{}/accounts/{token}", setting.base_url);
    let mut model = json!({
        "links": [links::help("accounts/"), links::link("self", &url, "GET")],
        "accountType": account.instrument.account_type(),
        "accountToken": token,
        "customerId": spelt(Kind::Customer, setting.facility, account.customer),
        "defaultAccount": merchant.is_default(account),
    });
    if let Value::Object(members) = &mut model {
        members.append(&mut instrument(&account.instrument, setting));
        members.append(&mut shown_as(&account.instrument));
        if let Instrument::Card(card) = &account.instrument {
            members.insert("panType".into(), json!("FPAN"));
            let business = merchant.customers.get(account.customer).map(|c| c.business.as_str());
            let percentage = business.and_then(|code| surcharge(card, code, setting));
            members.insert("surchargePercentage".into(), json!(percentage));
        }
    }
    model
}

/// How a bank account is shown and in what it pays, which accounts and transactions say and tokens do
/// not.
fn shown_as(instrument: &Instrument) -> Map<String, Value> {
    let is_bank = matches!(instrument, Instrument::Bank(_) | Instrument::NzBank(_));
    let fields = [
        ("displayName", json!(instrument.holder())),
        ("currency", json!(instrument.currency().code())),
    ];
    let fields = fields.into_iter().filter(|_| is_bank);
    fields.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The surcharge a business adds to a card; `None` if it does not accept it.
pub(super) fn surcharge(card: &Card, business: &str, setting: &Setting<'_>) -> Option<String> {
    let business = setting.businesses.iter().find(|known| known.code == business)?;
    let terms = terms::of_card(&business.cards, &card.number)?;
    Some(terms.surcharge.to_string())
}

/// The fields of a card or a bank account that stand in every model that has one.
pub(super) fn instrument(instrument: &Instrument, setting: &Setting<'_>) -> Map<String, Value> {
    let fields = match instrument {
        Instrument::Card(card) => card_fields(card),
        Instrument::Bank(account) => bank_fields(account, setting),
        Instrument::NzBank(account) => nz_bank_fields(account),
        Instrument::PayTo(account) => payto_fields(account),
        Instrument::PayId(payer) => pay_id_fields(payer, setting),
        Instrument::Wallet(_) => Value::Null,
    };
    if let Value::Object(members) = fields { members } else { Map::new() }
}

/// A card, masked; the type only of schemes that tell credit from debit.
fn card_fields(card: &Card) -> Value {
    let scheme = card.number.scheme();
    let card_type = scheme.tells_types().then(|| card.number.card_type().word());
    json!({
        "cardNumber": card.number.masked(),
        "expiryDateMonth": format!("{:02}", card.expiry_month),
        "expiryDateYear": format!("{:02}", card.expiry_year % 100),
        "cardScheme": scheme.word(),
        "cardType": card_type,
        "cardholderName": card.holder,
        "maskedCardNumber4Digits": card.number.masked_four(),
    })
}

/// An Australian account, masked as the guess `bank_account_mask` says.
fn bank_fields(account: &BankAccount, setting: &Setting<'_>) -> Value {
    let mask = setting.guesses.word(guesses::BANK_MASK);
    json!({
        "accountName": account.name,
        "bsb": masked(&account.dashed_bsb(), &mask),
        "accountNumber": masked(&account.number, &mask),
    })
}

fn nz_bank_fields(account: &NzBankAccount) -> Value {
    json!({
        "nzAccountName": account.name,
        "nzBankCode": account.bank,
        "nzBranchCode": account.branch,
        "nzAccountNumber": account.number,
        "nzAccountSuffix": account.suffix,
    })
}

fn payto_fields(account: &PayToAccount) -> Value {
    json!({
        "payerName": account.payer_name,
        "bsb": account.bsb,
        "accountNumber": account.number,
        "payIdType": account.pay_id.as_ref().map(|(kind, _)| kind),
        "payId": account.pay_id.as_ref().map(|(_, id)| id),
    })
}

/// The PayID that was paid to, and the payer's account.
fn pay_id_fields(payer: &PayIdPayer, setting: &Setting<'_>) -> Value {
    let mut fields = bank_fields(&payer.account, setting);
    if let Value::Object(members) = &mut fields {
        members.insert("payId".into(), json!(payer.pay_id));
    }
    fields
}

/// A number with all but its last three characters hidden.
fn masked(text: &str, mask: &str) -> String {
    let hidden = text.chars().count().saturating_sub(3);
    match mask {
        "whole" => text.to_owned(),
        "crosses" => {
            let cross = |(at, c): (usize, char)| if at < hidden && c != '-' { 'x' } else { c };
            text.chars().enumerate().map(cross).collect()
        }
        _ => format!("...{}", text.chars().skip(hidden).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_the_documents_show_it() {
        let text = |cents| money(Cents::new(cents), Currency::Aud).to_string();
        assert_eq!(
            text(100_525),
            r#"{"currency":"AUD","amount":1005.25,"displayAmount":"$1,005.25"}"#
        );
        assert_eq!(text(99_210), r#"{"currency":"AUD","amount":992.10,"displayAmount":"$992.10"}"#);
        assert!(text(123_456_700).contains(r#"1234567.00,"displayAmount":"$1,234,567.00""#));
        assert!(text(-5).contains(r#"-0.05,"displayAmount":"-$0.05""#));
        let with_surcharge =
            money_with_surcharge(Cents::new(99_210), Cents::new(2_480), Currency::Aud);
        assert_eq!(with_surcharge["totalAmount"], money(Cents::new(101_690), Currency::Aud));
    }

    #[test]
    fn numbers_are_masked_but_for_their_end() {
        assert_eq!(masked("032-000", "last_three"), "...000");
        assert_eq!(masked("032-000", "crosses"), "xxx-000");
        assert_eq!(masked("123410", "crosses"), "xxx410");
        assert_eq!(masked("12", "last_three"), "...12");
        assert_eq!(masked("123410", "whole"), "123410");
    }
}
