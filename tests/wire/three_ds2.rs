//! 3-D Secure: every field of the documents' tables, right and wrong, and the flow that follows.

use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::select;
use quaymaster::domain::transaction::State as PaymentState;
use quaymaster::quickstream::ask::{Ask, Body, Verb};
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
    Authentication, Contact, Flow, Use,
};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{FaultKind, Priority};
use serde_json::{Value, json};

use crate::bench::{HIRE, Wire, cents, code, kind, refused};
use crate::page;
use crate::single_use_tokens::with_three_ds2;
use crate::wire::{case, cases};

fn date() -> impl Strategy<Value = Date> {
    (2020_i16..2040, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| jiff::civil::date(y, m, d))
}

fn short<const CHARS: usize>() -> impl Strategy<Value = Short<CHARS>> {
    let text = prop::collection::vec(select(vec!['a', 'Z', '7', ' ', '/', 'é', '&']), 1..=CHARS);
    text.prop_map(|text| Short::new("a text", text.into_iter().collect::<String>()).unwrap())
}

fn email() -> impl Strategy<Value = Email> {
    "[a-z]{1,64}@[a-z]{1,60}\\.com\\.au".prop_map(|text| Email::new("email", text).unwrap())
}

fn phone() -> impl Strategy<Value = Phone> {
    "\\+[0-9]{1,14}".prop_map(|text| Phone::new("phone", text).unwrap())
}

fn maybe<S: Strategy>(of: S) -> impl Strategy<Value = Option<S::Value>> {
    prop::option::of(of)
}

fn address() -> impl Strategy<Value = Address> {
    let lines = (maybe(short()), maybe(short()), maybe(short()), maybe(short()), maybe(short()));
    let state = maybe("[A-Z]{1,3}".prop_map(|text| State::new(text).unwrap()));
    let country = maybe("[0-9]{3}|[A-Z]{3}".prop_map(|text| Country::new(text).unwrap()));
    (lines, state, country).prop_map(|((line1, line2, line3, city, postcode), state, country)| {
        Address { line1, line2, line3, city, postcode, state, country }
    })
}

fn reason() -> impl Strategy<Value = Reason> {
    let series = (date(), 0_u16..=9999).prop_map(|(expiry, days)| Series {
        expiry,
        days_between: UpTo9999::new("recurringFrequency", days).unwrap(),
    });
    (0..6, 1_i64..10_000_000, series, 1_u16..=999).prop_map(|(which, amount, series, parts)| {
        match which {
            0 => Reason::Payment(cents(amount)),
            1 => Reason::Recurring(cents(amount), series),
            2 => Reason::Instalment(cents(amount), series, Instalments::new(parts).unwrap()),
            3 => Reason::AddCard,
            4 => Reason::MaintainCard,
            _ => Reason::VerifyForToken,
        }
    })
}

fn risk() -> impl Strategy<Value = MerchantRisk> {
    let gift_cards =
        (any::<u32>(), 0_u16..=99, "[0-9]{3}").prop_map(|(amount, count, currency)| {
            let count = UpTo99::new("giftCardCount", count).unwrap();
            GiftCards { amount, count, currency: CurrencyDigits::new(currency).unwrap() }
        });
    let words = (
        maybe(select(DeliveryTimeframe::ALL)),
        maybe(select(PreOrder::ALL)),
        maybe(select(Reorder::ALL)),
        maybe(select(ShipIndicator::ALL)),
    );
    (maybe(email()), maybe(gift_cards), maybe(date()), words).prop_map(
        |(delivery_email, gift_cards, pre_order_date, words)| {
            let (delivery_timeframe, pre_order, reorder, ship) = words;
            MerchantRisk {
                delivery_email,
                delivery_timeframe,
                gift_cards,
                pre_order_date,
                pre_order,
                reorder,
                ship,
            }
        },
    )
}

fn account() -> impl Strategy<Value = CardholderAccount> {
    let up_to_999 = || maybe((0_u16..=999).prop_map(|count| UpTo999::new("", count).unwrap()));
    let many = maybe((0_u16..=9999).prop_map(|count| UpTo9999::new("", count).unwrap()));
    let counts = (many, up_to_999(), up_to_999(), up_to_999());
    let dates = prop::array::uniform5(maybe(date()));
    let ages = (maybe(select(HeldFor::ALL)), maybe(select(HeldFor::ALL)));
    let since = (maybe(select(LongAgo::ALL)), maybe(select(LongAgo::ALL)));
    let words = (
        maybe(select(PasswordChanged::ALL)),
        maybe(select(ShipName::ALL)),
        maybe(select(Suspicion::ALL)),
    );
    (maybe(short()), counts, dates, ages, since, words).prop_map(
        |(id, counts, dates, ages, since, words)| CardholderAccount {
            id,
            held_for: ages.0,
            changed_on: dates[0],
            changed: since.0,
            opened_on: dates[1],
            password_changed_on: dates[2],
            password_changed: words.0,
            purchases_in_six_months: counts.0,
            card_added_on: dates[3],
            card_held_for: ages.1,
            shipping_first_used_on: dates[4],
            shipping_first_used: since.1,
            cards_added_in_a_day: counts.1,
            ship_name: words.1,
            suspicion: words.2,
            transactions_in_a_day: counts.2,
            transactions_in_a_year: counts.3,
        },
    )
}

fn authentication() -> impl Strategy<Value = Authentication> {
    let contact = (maybe(email()), maybe(phone()), maybe(phone()), maybe(phone()))
        .prop_map(|(email, home, mobile, work)| Contact { email, home, mobile, work });
    let matches = maybe(select(vec![AddressMatch::Same, AddressMatch::Different]));
    let shipping = (matches, address())
        .prop_map(|(matches_billing, address)| Shipping { matches_billing, address });
    let token_use = prop_oneof![
        address().prop_map(|billing| Use::Payment { billing }),
        maybe(address()).prop_map(|billing| Use::Storing { billing }),
    ];
    (token_use, reason(), risk(), contact, maybe(shipping), account()).prop_map(
        |(token_use, reason, risk, contact, shipping, account)| Authentication {
            token_use,
            reason,
            risk,
            contact,
            shipping,
            account,
        },
    )
}

/// The words of a holder's name that the sandbox's cards answer by, with the documents' status.
const HOLDERS: &[(&str, &str, Flow)] = &[
    ("Sam Test", "Y", Flow::Frictionless),
    ("Sam ATTEMPT", "A", Flow::Frictionless),
    ("Sam CHALLENGE", "C", Flow::Challenge),
    ("Sam FAIL", "N", Flow::Failed),
    ("Sam REJECT", "R", Flow::Failed),
    ("Sam UNAVAILABLE", "U", Flow::Failed),
];

proptest! {
    #![proptest_config(cases(48))]

    /// Whatever is said of the payer within the documents' limits, the bank takes it, the token is not
    /// spent by it, and only the frictionless flow and a challenge that was passed let a payment
    /// through.
    #[test]
    fn only_who_was_authenticated_pays(
        asked in authentication(),
        (holder, status, flow) in select(HOLDERS),
        challenge in select(vec!["Y", "A", "N", "U", "R"]),
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let token = with_three_ds2(&wire, holder).await.single_use_token_id;
            let name = wire.name();
            let told = client.authenticate_single_use_token(key, &token, &name, &asked).await.unwrap();
            assert_eq!(told.trans_status.to_string(), status);
            assert_eq!(told.flow(), flow);
            let mut may_pay = flow == Flow::Frictionless;
            if flow == Flow::Challenge {
                wire.bank.control().complete_challenge(token.as_str(), challenge).unwrap();
                may_pay = matches!(challenge, "Y" | "A");
            }
            let mut payment = Payment::new(Stored::AuthenticatedToken(token), cents(1_000));
            payment.business = Some(code(HIRE));
            let name = wire.name();
            match client.take_payment(key, &name, &payment).await {
                Ok(paid) => assert!(may_pay && paid.value.state() == Some(PaymentState::Approved)),
                Err(fault) => assert!(!may_pay && fault.kind == FaultKind::Unprocessable),
            }
        });
    }
}

/// The fields of the documents' tables: values each may have, and values it may not.
const FIELDS: &[(&str, &[&str], &[&str])] = &[
    ("messageCategory", &["01", "02"], &["", "1", "00", "03", "PA"]),
    ("threeDSRequestorAuthenticationInd", &["01", "02", "06"], &["", "0", "00", "07"]),
    ("principalAmount", &["10.00", "0.01"], &["ten", "-1.00", "1.005"]),
    ("currency", &["AUD"], &["USD", "aud", "036"]),
    ("recurringExpiry", &["20260926"], &["2026-09-26", "20261301", "260926"]),
    ("recurringFrequency", &["1", "28", "9999"], &["10000", "-1", "28 days"]),
    ("purchaseInstalData", &["1", "999"], &["1000", "x"]),
    ("deliveryEmailAddress", &["customer@example.com.au"], &[LONG]),
    ("deliveryTimeframe", &["01", "04"], &["00", "05", "1"]),
    ("giftCardAmount", &["0", "123", "999999999999999"], &["1234567890123456", "1.50"]),
    ("giftCardCount", &["02", "99"], &["2", "100"]),
    ("giftCardCurr", &["036"], &["AUD", "36"]),
    ("preOrderDate", &["20260926"], &["26092026", "2026"]),
    ("preOrderPurchaseInd", &["01", "02"], &["03", "00"]),
    ("reorderItemsInd", &["01", "02"], &["03", "00"]),
    ("shipIndicator", &["01", "07"], &["08", "00"]),
    ("email", &["customer@example.com.au"], &[LONG]),
    ("homePhone", &["+61499999999"], &["0499999999", "+6149999999999999"]),
    ("mobilePhone", &["+61499999999"], &["0499999999", "+6149999999999999"]),
    ("workPhone", &["+61499999999"], &["0499999999", "+6149999999999999"]),
    ("billAddrLine1", &["Shop 11", FIFTY], &[FIFTY_ONE]),
    ("billAddrLine2", &["Level 2", FIFTY], &[FIFTY_ONE]),
    ("billAddrLine3", &["New Village", FIFTY], &[FIFTY_ONE]),
    ("billAddrCity", &["Newcastle", FIFTY], &[FIFTY_ONE]),
    ("billAddrPostCode", &["2000", "1234567890123456"], &["12345678901234567"]),
    ("billAddrState", &["NSW"], &["NSWA"]),
    ("billAddrCountry", &["036", "AUS"], &["36", "Australia"]),
    ("addrMatch", &["Y", "N"], &["X", "y", "true"]),
    ("shipAddrLine1", &["Shop 11", FIFTY], &[FIFTY_ONE]),
    ("shipAddrLine2", &["Level 2", FIFTY], &[FIFTY_ONE]),
    ("shipAddrLine3", &["New Village", FIFTY], &[FIFTY_ONE]),
    ("shipAddrCity", &["Newcastle", FIFTY], &[FIFTY_ONE]),
    ("shipAddrPostCode", &["2000", "1234567890123456"], &["12345678901234567"]),
    ("shipAddrState", &["NSW"], &["NSWA"]),
    ("shipAddrCountry", &["036", "AUS"], &["36", "Australia"]),
    ("chAccAgeInd", &["01", "05"], &["06", "00"]),
    ("paymentAccInd", &["01", "05"], &["06", "00"]),
    ("acctID", &["CUST12345678"], &[LONG]),
    ("chAccChange", &["20220926"], &["20221326", "today"]),
    ("chAccChangeInd", &["01", "04"], &["05", "00"]),
    ("chAccDate", &["20220926"], &["20221326", "today"]),
    ("chAccPwChange", &["20220926"], &["20221326", "today"]),
    ("chAccPwChangeInd", &["01", "05"], &["06", "00"]),
    ("nbPurchaseAccount", &["0", "9999"], &["10000", "many"]),
    ("paymentAccAge", &["20220926"], &["20221326", "today"]),
    ("provisionAttemptsDay", &["0", "999"], &["1000", "many"]),
    ("shipAddressUsage", &["20220926"], &["20221326", "today"]),
    ("shipAddressUsageInd", &["01", "04"], &["05", "00"]),
    ("shipNameIndicator", &["01", "02"], &["03", "00"]),
    ("suspiciousAccActivity", &["01", "02"], &["03", "00"]),
    ("txnActivityDay", &["0", "999"], &["1000", "many"]),
    ("txnActivityYear", &["0", "999"], &["1000", "many"]),
];

const FIFTY: &str = "12345678901234567890123456789012345678901234567890";
const FIFTY_ONE: &str = "123456789012345678901234567890123456789012345678901";
/// More than 254 characters, and an e-mail address.
const LONG: &str = "a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com.au";

fn by_hand(wire: &Wire, token: &str, body: Value) -> Ask {
    let path = format!("/single-use-tokens/{token}/three-ds2-authentication");
    Ask::new("/by-hand", Verb::Post(wire.name(), Body(body)), path, Priority::Command).unwrap()
}

/// What the types keep a caller from is sent by hand: the bank names the field, and no other.
#[tokio::test]
async fn every_field_of_the_documents_is_checked() {
    let wire = Wire::start().await;
    let token = with_three_ds2(&wire, "Sam Test").await.single_use_token_id;
    let send = async |body: Value| {
        wire.client.ask_by_hand(&wire.key, by_hand(&wire, token.as_str(), body)).await
    };
    let example: Value = serde_json::from_str(&page::read(EXAMPLE)).unwrap();
    let shown = send(example.clone()).await.unwrap();
    assert_eq!((shown.status, shown.body), (200, Some(json!({ "transStatus": "Y" }))));
    assert_eq!(FIELDS.len(), example.as_object().unwrap().len(), "the example has every field");
    for (field, right, wrong) in FIELDS {
        assert!(example.get(field).is_some(), "{field}");
        let with = |value: Value| {
            let mut body = example.clone();
            body[*field] = value;
            body
        };
        for value in *right {
            let outcome = send(with(json!(value))).await;
            assert_eq!(kind(outcome), None, "{field} {value}");
        }
        let texts = wrong.iter().map(|value| json!(value));
        for value in texts.chain([json!({}), json!([]), json!(1.5), json!(true)]) {
            let shown = value.to_string();
            let (kind, fields) = refused(send(with(value)).await);
            assert_eq!(
                (kind, fields),
                (FaultKind::Unprocessable, vec![(*field).to_owned()]),
                "{shown}"
            );
        }
    }
    let needed =
        ["messageCategory", "threeDSRequestorAuthenticationInd", "principalAmount", "currency"];
    for field in needed {
        let mut body = example.clone();
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(refused(send(body).await).1, [field]);
    }
    // An instalment says until when, how often, and how many.
    let series = ["recurringExpiry", "recurringFrequency", "purchaseInstalData"];
    for (purpose, needed) in [("02", &series[..2]), ("03", &series[..])] {
        let mut body = example.clone();
        body["threeDSRequestorAuthenticationInd"] = json!(purpose);
        for field in series {
            body.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(refused(send(body).await).1, needed);
    }
}

const EXAMPLE: &str = "tests/client/reference/single-use-tokens-08-authentication-request.json";
