//! Every JSON block of the two reference documents, as it stands there (`tests/client/reference`), is
//! read into a type that has a home for each of its fields, or is what a typed request writes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quaymaster::domain::money::Cents;
use quaymaster::domain::time::{parse_date, parse_date_time};
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::link::Link;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::card::AccountType;
use quaymaster::quickstream::models::details::{
    AccountNumber, BankDetails, Bsb, CardDetails, CardNumber, Cvn, Expiry, HolderName,
    NzAccountNumber, NzAccountSuffix, NzBankCode, NzBankDetails, NzBranchCode,
};
use quaymaster::quickstream::models::field::Field;
use quaymaster::quickstream::models::ids::BusinessCode;
use quaymaster::quickstream::models::money::{Money, SurchargedMoney};
use quaymaster::quickstream::resources::single_use_tokens::authentication::{
    Authenticated, TransStatus,
};
use quaymaster::quickstream::resources::single_use_tokens::browser::{
    BrowserLanguage, BrowserProfile, ColorDepth, Java,
};
use quaymaster::quickstream::resources::single_use_tokens::{
    SingleUseToken, TokenAccount, TokenRequest,
};
use quaymaster::quickstream::resources::transactions::lists::Month;
use quaymaster::quickstream::{FieldError, Listed, Word};
use serde_json::{Value, json};

use crate::authentication;
use crate::bank::{Answer, Bank, key};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client/reference")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap()
}

fn value(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

fn fields(name: &str) -> Fields {
    Fields::parse(text(name).as_bytes()).unwrap()
}

/// Reads an example into its type, and checks that writing it gives the example again, to the field.
fn whole<T: Listed + Field>(name: &str) -> T {
    let read = <T as Listed>::read(fields(name)).unwrap();
    assert_eq!(read.write(), value(name), "{name}");
    read
}

/// What each example is shown by: the page's own, in its order.
const SHOWN: &[(&str, fn())] = &[
    ("api-reference-01-link", link),
    ("api-reference-02-dates", dates),
    ("api-reference-03-money-request", money_request),
    ("api-reference-04-money-response", money_response),
    ("api-reference-05-money-with-surcharge", money_with_surcharge),
    ("api-reference-06-error-response", errors),
    ("api-reference-07-field-error", errors),
    ("single-use-tokens-01-card-request", token_requests),
    ("single-use-tokens-02-bank-account-request", token_requests),
    ("single-use-tokens-03-nz-bank-account-request", token_requests),
    ("single-use-tokens-04-three-ds2-request", token_requests),
    ("single-use-tokens-05-card-response", token_of_a_card),
    ("single-use-tokens-06-apple-pay-response", tokens_of_wallets),
    ("single-use-tokens-07-google-pay-response", tokens_of_wallets),
    ("single-use-tokens-08-authentication-request", authentication_request),
    ("single-use-tokens-09-authentication-response", authentication_response),
];

#[test]
fn every_example_is_read_whole() {
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let shown: BTreeSet<String> = SHOWN.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, shown, "an example without a reader, or a reader without one");
    for (_, show) in SHOWN {
        show();
    }
}

fn link() {
    let mut around = Fields::of(json!({ "links": [value("api-reference-01-link")] })).unwrap();
    let links: Vec<Link> = around.links();
    assert_eq!(links.len(), 1);
    assert_eq!((links[0].rel.as_str(), links[0].href.as_str()), ("", ""));
    assert_eq!(Field::write(&links), json!([value("api-reference-01-link")]));
}

fn dates() {
    let mut shown = fields("api-reference-02-dates");
    assert!(parse_date(&shown.text("settlementDate").unwrap()).is_ok());
    assert_eq!(Month::new(2022, 1).unwrap().to_string(), shown.text("month").unwrap());
    let at = shown.text("transactionDateTime").unwrap();
    assert_eq!(parse_date_time(&at).unwrap().to_string(), "2022-01-02T03:48:40Z");
    let expiry = (shown.text("expiryDateMonth").unwrap(), shown.text("expiryDateYear").unwrap());
    assert_eq!(expiry, ("01".to_owned(), "22".to_owned()));
}

/// An amount is sent as the example has it: a number with its two decimals.
fn money_request() {
    let amount = Amount::new(Cents::new(100_525)).unwrap();
    let sent = json!({ "transactionAmount": amount.write() });
    assert_eq!(sent.to_string(), r#"{"transactionAmount":1005.25}"#);
    assert_eq!(sent, value("api-reference-03-money-request"));
}

fn money_response() {
    let shown = value("api-reference-04-money-response");
    let money = <Money as Field>::read(&shown["transactionSuccessAmount"]).unwrap();
    assert!(money.rest.is_empty());
    assert_eq!(money.amount, Cents::new(100_525));
    assert_eq!(money.display_amount.as_deref(), Some("$1,005.25"));
    assert_eq!(json!({ "transactionSuccessAmount": money.write() }), shown);
}

fn money_with_surcharge() {
    let shown = value("api-reference-05-money-with-surcharge");
    let money = <SurchargedMoney as Field>::read(&shown["instalmentAmount"]).unwrap();
    assert!(money.rest.is_empty());
    assert_eq!(money.surcharge_amount.as_ref().unwrap().amount, Cents::new(2_480));
    assert_eq!(money.total_amount.as_ref().unwrap().amount, Cents::new(101_690));
    assert_eq!(json!({ "instalmentAmount": money.write() }), shown);
}

/// The body of an error and of a field's error, with every field filled: each has a home.
fn errors() {
    let fill = |name: &str| {
        let mut shown = value(name);
        for (name, value) in shown.as_object_mut().unwrap() {
            if value.is_string() {
                *value = json!(format!("of {name}"));
            }
        }
        shown
    };
    let (mut body, mut field) =
        (fill("api-reference-06-error-response"), fill("api-reference-07-field-error"));
    field["messages"] = json!(["Too small."]);
    body["errors"] = json!([field]);
    body["links"] =
        json!([{ "rel": "help", "href": "https://help.example/", "requestMethod": "GET" }]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fault = runtime.block_on(async {
        let answer = Answer::reply("422 Unprocessable Entity", &[], body.to_string());
        Bank::saying(answer).await.client().root(&key()).await.unwrap_err()
    });
    let read = fault.body.unwrap();
    let field = FieldError {
        messages: vec!["Too small.".to_owned()],
        field_name: Some("of fieldName".to_owned()),
        field_value: Some("of fieldValue".to_owned()),
    };
    assert_eq!(read.errors, [field]);
    let texts = [
        ("status", read.status),
        ("requestMethod", read.request_method),
        ("requestUrl", read.request_url),
        ("customerMessage", read.customer_message),
        ("developerMessage", read.developer_message),
    ];
    for (name, text) in &texts {
        assert_eq!(text.as_deref(), body[*name].as_str(), "{name}");
    }
    // Beside the texts, the example has its links and its errors and nothing else.
    assert_eq!(read.links.len(), 1);
    assert_eq!(body.as_object().unwrap().len(), texts.len() + 2);
}

fn token_requests() {
    let holder = |name: &str| HolderName::new(name).unwrap();
    let card = |name: &str| CardDetails {
        holder: Some(holder(name)),
        number: CardNumber::new("4242424242424242").unwrap(),
        expiry: Expiry::new(12, 2027).unwrap(),
        cvn: Cvn::new("123").ok(),
    };
    let bank = BankDetails {
        holder: holder("Jane Smith"),
        bsb: Bsb::new("032-000").unwrap(),
        number: AccountNumber::new("123410").unwrap(),
    };
    let nz = NzBankDetails {
        holder: holder("Jane Smith"),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("01").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new("01").unwrap(),
    };
    let language = BrowserLanguage::new("en").unwrap();
    let browser = BrowserProfile::new(Java::Enabled, language, ColorDepth::One, (1000, 2000), 60);
    for (name, account) in [
        ("single-use-tokens-01-card-request", TokenAccount::Card(card("Jane Smith"))),
        ("single-use-tokens-02-bank-account-request", TokenAccount::Bank(bank)),
        ("single-use-tokens-03-nz-bank-account-request", TokenAccount::NzBank(nz)),
        (
            "single-use-tokens-04-three-ds2-request",
            TokenAccount::CardWithThreeDs2(card("Amira Spenar"), browser.unwrap()),
        ),
    ] {
        let request = TokenRequest { business: BusinessCode::new("MYSUPPLIER").unwrap(), account };
        assert_eq!(request.to_value(), value(name), "{name}");
    }
}

/// The example names `cardType` twice, with one value.
fn token_of_a_card() {
    let token: SingleUseToken = whole("single-use-tokens-05-card-response");
    assert!(token.rest.is_empty() && token.credit_card.unwrap().rest.is_empty());
}

fn tokens_of_wallets() {
    for (name, kind) in [
        ("single-use-tokens-06-apple-pay-response", AccountType::ApplePay),
        ("single-use-tokens-07-google-pay-response", AccountType::GooglePay),
    ] {
        let token: SingleUseToken = whole(name);
        assert!(token.rest.is_empty());
        assert_eq!(token.account_type, Some(Word::Known(kind)));
    }
}

/// The example calls itself a single payment ("01") and has the fields of an instalment ("03") all the
/// same, which the types keep apart: that one word is the difference.
fn authentication_request() {
    let mut shown = value("single-use-tokens-08-authentication-request");
    assert_eq!(shown["threeDSRequestorAuthenticationInd"], "01");
    shown["threeDSRequestorAuthenticationInd"] = json!("03");
    assert_eq!(authentication::everything().to_value(), shown);
}

fn authentication_response() {
    let answer: Authenticated = whole("single-use-tokens-09-authentication-response");
    assert_eq!(answer.trans_status, Word::Known(TransStatus::Authenticated));
    assert!(answer.rest.is_empty());
}
