//! What the documents do not allow cannot be written down: each limit is refused with a sentence
//! when the value is made, so nothing was sent. Both sides of each limit are tried.

use proptest::prelude::*;
use quaymaster::domain::class::Class;
use quaymaster::domain::money::Cents;
use quaymaster::quickstream::ask::IdempotencyKey;
use quaymaster::quickstream::fault::Reach;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{CardNumber, Cvn};
use quaymaster::quickstream::models::ids::ReceiptNumber;
use quaymaster::quickstream::models::texts::{Comment, Reference, Short};
use quaymaster::quickstream::resources::credit_cards::CardBin;
use quaymaster::quickstream::resources::single_use_tokens::browser::{
    BrowserLanguage, BrowserProfile, ColorDepth, Java,
};
use quaymaster::quickstream::resources::transactions::lists::Month;
use quaymaster::quickstream::resources::transactions::notes::{
    Metadata, NetworkTransactionId, PayerAddress,
};
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::{BadField, Fault, FaultKind};

fn said<T>(made: Result<T, BadField>) -> String {
    made.err().map_or_else(|| "nothing".to_owned(), |wrong| wrong.to_string())
}

#[test]
fn a_broken_limit_is_our_mistake_and_nothing_was_sent() {
    let wrong = CardNumber::new("4242 x").unwrap_err();
    let fault = Fault::from(wrong);
    assert_eq!(fault.kind, FaultKind::BadField);
    assert_eq!(fault.class(), Class::OurMistake);
    assert_eq!(fault.kind.reach(), Reach::NotSent);
    let sentence = "What was to be sent breaks a limit that the bank's documents set; nothing was sent: \
                    cardNumber must have 12 to 19 digits and nothing else";
    assert_eq!(fault.to_string(), sentence);
    assert!(!format!("{fault:?}").contains("4242"));
}

#[test]
fn texts_and_codes() {
    let refused = [
        said(CardBin::new("42424")),
        said(CardBin::new("42424x")),
        said(NetworkTransactionId::new("x".repeat(16))),
        said(NetworkTransactionId::new("")),
        said(Reference::new("")),
        said(Comment::new("x".repeat(1001))),
        said(Short::<35>::new("endToEndId", "x".repeat(36))),
        said(Short::<140>::new("remittanceInformation1", "a\nb")),
        said(Cvn::new("12")),
        said(Metadata::new([("", "x")])),
        said(Metadata::new([("x", "a\nb")])),
        said(Month::new(2022, 13)),
        said(Month::new(0, 1)),
        said(Amount::new(Cents::new(0))),
    ];
    let any = "have 1 to 255 characters, none of them a control character";
    let metadata = "metadata must have names and texts of 1 to 255 characters, none of them a control character";
    assert_eq!(
        refused,
        [
            "cardBIN must have six digits",
            "cardBIN must have six digits",
            "networkTransactionId must have 1 to 15 visible ASCII characters",
            "networkTransactionId must have 1 to 15 visible ASCII characters",
            &format!("reference must {any}"),
            "comment must have at most 1000 characters",
            "endToEndId must have 1 to 35 characters, none of them a control character",
            "remittanceInformation1 must have 1 to 140 characters, none of them a control character",
            "cvn must have three or four digits",
            metadata,
            metadata,
            "month must be a month of the years 1 to 9999",
            "month must be a month of the years 1 to 9999",
            "principalAmount must be more than 0.00 and at most 9999999999999.99",
        ]
    );
    assert!(CardBin::new("424242").is_ok());
    assert!(NetworkTransactionId::new("x".repeat(15)).is_ok());
    assert!(Reference::new("x".repeat(255)).is_ok() && Reference::new("x".repeat(256)).is_err());
    assert!(ReceiptNumber::new("x".repeat(255)).is_ok());
    assert!(Comment::new("x".repeat(1000)).is_ok() && Comment::new("").is_ok());
    assert!(Short::<35>::new("endToEndId", "x".repeat(35)).is_ok());
    assert!(IdempotencyKey::new(&"x".repeat(60)).is_some());
    assert_eq!(IdempotencyKey::new(&"x".repeat(61)), None);
    let report = TransactionsReport::of(jiff::civil::date(2022, 1, 2));
    let columns = said(report.clone().with_columns(Vec::new()));
    assert_eq!(columns, "columns must be 1 to 200 names without a comma");
    let comma = Reference::new("a,b").unwrap();
    assert_eq!(said(report.with_columns(vec![comma])), columns);
}

#[test]
fn a_browser() {
    let language = |text: &str| BrowserLanguage::new(text);
    for (text, fine) in [
        ("en", true),
        ("en-AU", true),
        ("zh-Hant1", true),
        ("zh-Hant-A", false),
        ("", false),
        ("e n", false),
    ] {
        assert_eq!(language(text).is_ok(), fine, "{text}");
    }
    assert_eq!(said(language("")), "browserLanguage must have 1 to 8 letters, digits and dashes");
    for bits in 0..64 {
        let named = [1, 4, 8, 15, 16, 24, 32, 48].contains(&bits);
        assert_eq!(ColorDepth::new(bits).is_ok(), named, "{bits}");
    }
    assert_eq!(
        said(ColorDepth::new(7)),
        "browserColorDepth must be one of 1, 4, 8, 15, 16, 24, 32 and 48"
    );
    let browser = |screen, minutes| {
        BrowserProfile::new(
            Java::Disabled,
            language("en").unwrap(),
            ColorDepth::One,
            screen,
            minutes,
        )
    };
    assert!(browser((999_999, 1), -1440).is_ok() && browser((1, 999_999), 1440).is_ok());
    assert_eq!(said(browser((1_000_000, 1), 0)), "browserScreenHeight must be 1 to 999999");
    assert_eq!(said(browser((1, 0), 0)), "browserScreenWidth must be 1 to 999999");
    for minutes in [-1441, 1441] {
        assert_eq!(said(browser((1, 1), minutes)), "browserTZ must be -1440 to 1440");
    }
}

#[test]
fn a_payers_address_is_a_public_one() {
    for address in ["203.0.113.7", "2001:db8::1", "1.1.1.1"] {
        assert!(PayerAddress::new(address.parse().unwrap()).is_ok(), "{address}");
    }
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fc00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
    ] {
        let wrong = said(PayerAddress::new(address.parse().unwrap()));
        assert_eq!(wrong, "ipAddress must be a public address", "{address}");
    }
}

proptest! {
    /// No text makes a constructor panic, and what it takes it gives back unchanged.
    #[test]
    fn what_is_taken_is_given_back(text in ".{0,300}|[0-9]{0,30}") {
        if let Ok(reference) = Reference::new(text.as_str()) {
            prop_assert_eq!(reference.as_str(), text.as_str());
        }
        if let Ok(number) = CardNumber::new(text.as_str()) {
            prop_assert_eq!(number.as_str(), text.as_str());
            prop_assert!((12..=19).contains(&text.len()));
            let bin = CardBin::from(&number);
            prop_assert!(CardBin::new(bin.as_str()).is_ok() && text.starts_with(bin.as_str()));
        }
        if let Ok(short) = Short::<50>::new("x", text.as_str()) {
            prop_assert!(short.as_str() == text && text.chars().count() <= 50);
        }
    }
}
