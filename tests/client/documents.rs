//! The shapes that the vendor's documents show, and what a bad day makes of them.

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::time::parse_date;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::link::LinkMethod;
use quaymaster::quickstream::{FaultKind, Word};

fn fields(json: &str) -> Fields {
    Fields::parse(json.as_bytes()).unwrap()
}

#[test]
fn links() {
    let mut fields = fields(
        r#"{"links":[{"rel":"","href":"","requestMethod":""},
            {"rel":"next","href":"https://api.example/rest/v1/x?page=2","requestMethod":"get"},
            {"rel":"no href"}, 7]}"#,
    );
    let links = fields.links();
    assert_eq!(links.len(), 2);
    assert_eq!(links[0].request_method.as_ref().and_then(Word::known), None);
    let method = links[1].request_method.as_ref().and_then(Word::known);
    assert_eq!(method, Some(LinkMethod::Get));
}

#[test]
fn dates() {
    let mut fields = fields(
        r#"{"settlementDate":"2022-01-02","month":"2022-01",
            "transactionDateTime":"2022-01-02T03:48:40+00:00","signatureDateTime":"2017-01-01T10:26:36+1000",
            "expiryDateMonth":"01","expiryDateYear":"22"}"#,
    );
    assert!(parse_date(&fields.text("settlementDate").unwrap()).is_ok());
    assert!(parse_date(&fields.text("month").unwrap()).is_err());
    let at = fields.date_time("transactionDateTime").unwrap().unwrap();
    assert_eq!(at.to_string(), "2022-01-02T03:48:40Z");
    let at = fields.date_time("signatureDateTime").unwrap().unwrap();
    assert_eq!(at.to_string(), "2017-01-01T00:26:36Z");
    // Two digits are a text, not a number that could lose its nought.
    assert_eq!(fields.text("expiryDateMonth").unwrap(), "01");
    assert_eq!(fields.date_time("none"), Ok(None));
}

#[test]
fn money() {
    let mut sent = fields(r#"{"transactionAmount":1005.25,"principalAmount":"10.00"}"#);
    assert_eq!(sent.cents("transactionAmount"), Ok(Some(Cents::new(100_525))));
    assert_eq!(sent.cents("principalAmount"), Ok(Some(Cents::new(1_000))));

    let mut answered = fields(
        r#"{"transactionSuccessAmount":{"currency" : "AUD","amount":1005.25,"displayAmount":"$1,005.25"},
            "instalmentAmount":{
              "principalAmount":{"currency":"AUD","amount":992.10,"displayAmount":"$992.10"},
              "surchargeAmount":{"currency":"AUD","amount":24.80,"displayAmount":"$24.80"},
              "totalAmount":{"currency" : "AUD","amount":1016.90,"displayAmount":"$1,016.90"}}}"#,
    );
    assert_eq!(answered.cents("transactionSuccessAmount"), Ok(Some(Cents::new(100_525))));
    let mut instalment = answered.object("instalmentAmount").unwrap();
    let mut cents = |name: &str| instalment.cents(name).unwrap().unwrap();
    let sum = cents("principalAmount").checked_add(cents("surchargeAmount"));
    assert_eq!(sum, Some(cents("totalAmount")));
}

/// The documents' own sample names a field twice.
#[test]
fn a_single_use_token() {
    let mut token = fields(
        r#"{"links":[],"singleUseTokenId":"6a8f86e6-dfc0-4306-b07d-c7df137234aa","accountType":"CREDIT_CARD",
            "creditCard":{"cardNumber":"424242...242","cardType":"CREDIT","cardholderName":"Jane Smith",
            "cardType":"DEBIT","surchargePercentage":"0.400"}}"#,
    );
    assert_eq!(token.text("accountType").unwrap(), "CREDIT_CARD");
    let mut card = token.object("creditCard").unwrap();
    assert_eq!(card.text("cardType").unwrap(), "DEBIT");
    assert!(!format!("{token:?} {card:?}").contains("Jane"));
}

const ERROR: &str = r#"{"links":[{"rel":"help","href":"https://help.example/","requestMethod":"GET"}],"status":"422","errors":[{"messages":["Too small: 1e400"],"fieldName":"principalAmount","fieldValue":-0.5}]}"#;

proptest! {
    #[test]
    fn random_bytes_are_told_apart_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(kind) = Fields::parse(&bytes) {
            let known = [FaultKind::NotJson, FaultKind::JsonCut, FaultKind::NotUtf8,
                FaultKind::Html, FaultKind::WrongShape, FaultKind::ByteOrderMark];
            prop_assert!(known.contains(&kind), "{:?}", kind);
        }
    }

    #[test]
    fn mutated_json_never_panics(
        changes in proptest::collection::vec((0_usize..ERROR.len(), any::<u8>()), 1..6),
        cut in 0_usize..=ERROR.len(),
    ) {
        let mut bytes = ERROR.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        if let Ok(mut fields) = Fields::parse(&bytes) {
            prop_assert!(fields.links().len() <= 1);
            prop_assert!(fields.list("errors").len() <= 3);
            for name in ["status", "errors", "links"] {
                prop_assert!(fields.cents(name).is_ok() || name == "status");
                prop_assert!(fields.date_time(name).is_ok() || name == "status");
            }
        }
    }

    #[test]
    fn depth_is_limited(depth in 1_usize..5_000) {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let parsed = Fields::parse(format!(r#"{{"a":{nested}}}"#).as_bytes());
        prop_assert_eq!(parsed.is_ok(), depth < 127);
    }
}
