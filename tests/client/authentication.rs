//! The request for 3-D Secure, held against the documents' example field by field, and each of its
//! limits.

use quaymaster::domain::money::Cents;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::contact::{Email, Phone};
use quaymaster::quickstream::models::texts::Short;
use quaymaster::quickstream::resources::single_use_tokens::authentication::holder::{
    CardholderAccount, HeldFor, LongAgo, PasswordChanged, ShipName, Suspicion,
};
use quaymaster::quickstream::resources::single_use_tokens::authentication::place::{
    Address, AddressMatch, Shipping,
};
use quaymaster::quickstream::resources::single_use_tokens::authentication::purchase::{
    Instalments, Reason, Series,
};
use quaymaster::quickstream::resources::single_use_tokens::authentication::risk::{
    DeliveryTimeframe, GiftCards, MerchantRisk, PreOrder, Reorder, ShipIndicator,
};
use quaymaster::quickstream::resources::single_use_tokens::authentication::values::{
    Country, CurrencyDigits, State, UpTo99, UpTo999, UpTo9999,
};
use quaymaster::quickstream::resources::single_use_tokens::authentication::{
    Authentication, Contact, Use,
};
use serde_json::{Value, json};

/// The documents' example, with one change: it calls itself a single payment ("01") and has the
/// fields of an instalment ("03") all the same.
const EXAMPLE: &str = r#"{
    "messageCategory": "01",
    "threeDSRequestorAuthenticationInd": "03",
    "principalAmount": "10.00",
    "currency": "AUD",
    "recurringExpiry": "20240926",
    "recurringFrequency": "31",
    "purchaseInstalData": "6",
    "deliveryEmailAddress": "customer@example.com.au",
    "deliveryTimeframe": "02",
    "giftCardAmount": "124",
    "giftCardCount": "02",
    "giftCardCurr": "036",
    "preOrderDate": "20210926",
    "preOrderPurchaseInd": "02",
    "reorderItemsInd": "02",
    "shipIndicator": "02",
    "email": "customer@example.com.au",
    "homePhone": "+61499999999",
    "mobilePhone": "+61499999999",
    "workPhone": "+61499999999",
    "billAddrLine1": "Shop 11",
    "billAddrLine2": "Level 2",
    "billAddrLine3": "New Village",
    "billAddrCity": "Newcastle",
    "billAddrPostCode": "2000",
    "billAddrState": "NSW",
    "billAddrCountry": "AUS",
    "addrMatch": "Y",
    "shipAddrLine1": "Shop 11",
    "shipAddrLine2": "Level 2",
    "shipAddrLine3": "New Vilage",
    "shipAddrCity": "Newcastle",
    "shipAddrPostCode": "2000",
    "shipAddrState": "NSW",
    "shipAddrCountry": "AUS",
    "acctID": "CUST12345678",
    "chAccAgeInd": "01",
    "chAccChange": "20220926",
    "chAccChangeInd": "01",
    "chAccDate": "20220926",
    "chAccPwChange": "20220926",
    "chAccPwChangeInd": "01",
    "nbPurchaseAccount": "2",
    "paymentAccAge": "20220926",
    "paymentAccInd": "01",
    "shipAddressUsage": "20220926",
    "shipAddressUsageInd": "03",
    "provisionAttemptsDay": "2",
    "shipNameIndicator": "02",
    "suspiciousAccActivity": "02",
    "txnActivityDay": "2",
    "txnActivityYear": "61"
}"#;

fn amount() -> Amount {
    Amount::new(Cents::new(1_000)).unwrap()
}

fn series() -> Series {
    Series {
        expiry: jiff::civil::date(2024, 9, 26),
        days_between: UpTo9999::new("recurringFrequency", 31).unwrap(),
    }
}

fn address(third: &str) -> Address {
    Address {
        line1: Short::new("line1", "Shop 11").ok(),
        line2: Short::new("line2", "Level 2").ok(),
        line3: Short::new("line3", third).ok(),
        city: Short::new("city", "Newcastle").ok(),
        postcode: Short::new("postcode", "2000").ok(),
        state: State::new("NSW").ok(),
        country: Country::new("AUS").ok(),
    }
}

fn account() -> CardholderAccount {
    let day = Some(jiff::civil::date(2022, 9, 26));
    CardholderAccount {
        id: Short::new("acctID", "CUST12345678").ok(),
        held_for: Some(HeldFor::Guest),
        changed_on: day,
        changed: Some(LongAgo::ThisTransaction),
        opened_on: day,
        password_changed_on: day,
        password_changed: Some(PasswordChanged::Never),
        purchases_in_six_months: UpTo9999::new("nbPurchaseAccount", 2).ok(),
        card_added_on: day,
        card_held_for: Some(HeldFor::Guest),
        shipping_first_used_on: day,
        shipping_first_used: Some(LongAgo::Days30To60),
        cards_added_in_a_day: UpTo999::new("provisionAttemptsDay", 2).ok(),
        ship_name: Some(ShipName::Different),
        suspicion: Some(Suspicion::Observed),
        transactions_in_a_day: UpTo999::new("txnActivityDay", 2).ok(),
        transactions_in_a_year: UpTo999::new("txnActivityYear", 61).ok(),
    }
}

pub(crate) fn everything() -> Authentication {
    let email = || Email::new("email", "customer@example.com.au").ok();
    let phone = || Phone::new("phone", "+61499999999").ok();
    let reason = Reason::Instalment(amount(), series(), Instalments::new(6).unwrap());
    Authentication {
        token_use: Use::Payment { billing: address("New Village") },
        reason,
        risk: MerchantRisk {
            delivery_email: email(),
            delivery_timeframe: Some(DeliveryTimeframe::SameDay),
            gift_cards: Some(GiftCards {
                amount: 124,
                count: UpTo99::new("giftCardCount", 2).unwrap(),
                currency: CurrencyDigits::new("036").unwrap(),
            }),
            pre_order_date: Some(jiff::civil::date(2021, 9, 26)),
            pre_order: Some(PreOrder::FutureAvailability),
            reorder: Some(Reorder::Reordered),
            ship: Some(ShipIndicator::VerifiedAddress),
        },
        contact: Contact { email: email(), home: phone(), mobile: phone(), work: phone() },
        shipping: Some(Shipping {
            matches_billing: Some(AddressMatch::Same),
            address: address("New Vilage"),
        }),
        account: account(),
    }
}

#[test]
fn the_documents_example() {
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    assert_eq!(everything().to_value(), example);
}

#[test]
fn each_reason_has_the_fields_that_it_needs() {
    for (reason, code, names) in [
        (Reason::Payment(amount()), "01", &["principalAmount", "currency"][..]),
        (
            Reason::Recurring(amount(), series()),
            "02",
            &["principalAmount", "currency", "recurringExpiry", "recurringFrequency"],
        ),
        (
            Reason::Instalment(amount(), series(), Instalments::new(999).unwrap()),
            "03",
            &[
                "principalAmount",
                "currency",
                "recurringExpiry",
                "recurringFrequency",
                "purchaseInstalData",
            ],
        ),
        (Reason::AddCard, "04", &[]),
        (Reason::MaintainCard, "05", &[]),
        (Reason::VerifyForToken, "06", &[]),
    ] {
        let request = Authentication::new(Use::Storing { billing: None }, reason).to_value();
        assert_eq!(request["messageCategory"], "02");
        assert_eq!(request["threeDSRequestorAuthenticationInd"], code);
        let sent: Vec<&str> = request.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(sent.get(2..).unwrap(), names);
    }
    let billing = Address::default();
    let request = Authentication::new(Use::Payment { billing }, Reason::AddCard).to_value();
    let least = json!({"messageCategory": "01", "threeDSRequestorAuthenticationInd": "04"});
    assert_eq!(request, least);
}

#[test]
fn each_limit_is_refused_with_a_sentence() {
    let long = |length: usize| "x".repeat(length);
    let sentences = [
        Short::<50>::new("billAddrLine1", long(51)).unwrap_err(),
        Short::<50>::new("shipAddrCity", "").unwrap_err(),
        Short::<16>::new("billAddrPostCode", long(17)).unwrap_err(),
        Short::<64>::new("acctID", long(65)).unwrap_err(),
        State::new("NSWX").unwrap_err().at("billAddrState"),
        Country::new("AU").unwrap_err().at("shipAddrCountry"),
        Country::new("Aus").unwrap_err().at("billAddrCountry"),
        CurrencyDigits::new("AUD").unwrap_err(),
        UpTo99::new("giftCardCount", 100).unwrap_err(),
        UpTo999::new("txnActivityYear", 1_000).unwrap_err(),
        UpTo999::new("provisionAttemptsDay", 1_000).unwrap_err(),
        UpTo9999::new("nbPurchaseAccount", 10_000).unwrap_err(),
        UpTo9999::new("recurringFrequency", 10_000).unwrap_err(),
        Instalments::new(1_000).unwrap_err(),
        Instalments::new(0).unwrap_err(),
        Phone::new("homePhone", "0499999999").unwrap_err(),
    ];
    let told: Vec<String> = sentences.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "billAddrLine1 must have 1 to 50 characters, none of them a control character",
            "shipAddrCity must have 1 to 50 characters, none of them a control character",
            "billAddrPostCode must have 1 to 16 characters, none of them a control character",
            "acctID must have 1 to 64 characters, none of them a control character",
            "billAddrState must have 1 to 3 capital letters and digits",
            "shipAddrCountry must be three digits or three capital letters",
            "billAddrCountry must be three digits or three capital letters",
            "giftCardCurr must be three digits",
            "giftCardCount must be at most 99",
            "txnActivityYear must be at most 999",
            "provisionAttemptsDay must be at most 999",
            "nbPurchaseAccount must be at most 9999",
            "recurringFrequency must be at most 9999",
            "purchaseInstalData must be at most 999",
            "purchaseInstalData must be 1 to 999",
            "homePhone must have at most 15 characters: '+' and digits",
        ]
    );
    let email = |length: usize| Email::new("email", format!("{}@x", "a".repeat(length - 2)));
    assert!(email(254).is_ok());
    assert!(email(255).unwrap_err().to_string().starts_with("email must have at most 254"));
}

#[test]
fn counts_and_dates_are_written_as_the_documents_have_them() {
    let mut request = everything();
    request.risk.gift_cards = Some(GiftCards {
        amount: 123,
        count: UpTo99::new("giftCardCount", 10).unwrap(),
        currency: CurrencyDigits::new("036").unwrap(),
    });
    request.account.opened_on = Some(jiff::civil::date(2022, 1, 2));
    request.account.purchases_in_six_months = UpTo9999::new("nbPurchaseAccount", 9_999).ok();
    let written = request.to_value();
    assert_eq!(written["giftCardCount"], "10");
    assert_eq!(written["chAccDate"], "20220102");
    assert_eq!(written["nbPurchaseAccount"], "9999");
}

#[test]
fn a_payer_does_not_print() {
    let shown = format!("{:?}", everything());
    for secret in ["customer@", "+614", "Shop", "Newcastle", "CUST123"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
