//! Businesses and the schemes of cards.

use quaymaster::quickstream::models::card::{CardScheme, CardType};
use quaymaster::quickstream::models::details::CardNumber;
use quaymaster::quickstream::resources::credit_cards::CardBin;
use quaymaster::quickstream::{FaultKind, Word};

use crate::bench::{HIRE, VISA, Wire, code, kind, refused, stranger, stranger_in_public};
use crate::wire::all;

#[tokio::test]
async fn get_and_list() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let hire = client.business(key, &code(HIRE)).await.unwrap();
    assert_eq!(hire.supplier_business_code, code(HIRE));
    assert_eq!(hire.supplier_business_name.as_deref(), Some(HIRE));
    assert!(hire.rest.is_empty(), "{:?}", hire.rest);
    let listed = all(client.businesses(key)).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.first(), Some(&hire));

    assert_eq!(kind(client.business(key, &code("NONE")).await), Some(FaultKind::NotFound));
    let restricted = wire.restricted_key();
    assert_eq!(kind(client.business(&restricted, &code(HIRE)).await), Some(FaultKind::NotFound));
    assert_eq!(all(client.businesses(&restricted)).await.unwrap().len(), 1);
    let unknown = kind(client.business(&stranger(), &code(HIRE)).await);
    assert_eq!(unknown, Some(FaultKind::Unauthorised));
    assert_eq!(kind(all(client.businesses(&stranger())).await), Some(FaultKind::Unauthorised));
    let public = wire.publishable.key();
    assert_eq!(kind(client.business(public, &code(HIRE)).await), Some(FaultKind::Forbidden));
    assert_eq!(kind(all(client.businesses(public)).await), Some(FaultKind::Forbidden));
}

#[tokio::test]
async fn the_cards_it_accepts_and_what_it_adds() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.publishable);
    let accepted = all(client.accepted_cards(key, &code(HIRE))).await.unwrap();
    let mut schemes: Vec<_> = accepted.iter().filter_map(|card| card.card_scheme.known()).collect();
    schemes.sort();
    schemes.dedup();
    assert_eq!(
        schemes,
        [
            CardScheme::Visa,
            CardScheme::Mastercard,
            CardScheme::Amex,
            CardScheme::Jcb,
            CardScheme::UnionPay,
        ]
    );
    let surcharges = all(client.card_surcharges(key, &code(HIRE))).await.unwrap();
    let visa = surcharges.iter().find(|surcharge| {
        surcharge.card_scheme == Word::Known(CardScheme::Visa)
            && surcharge.card_type == Some(Word::Known(CardType::Credit))
    });
    assert_eq!(visa.unwrap().surcharge_percentage.as_deref(), Some("0.400"));

    let (hire, name) = (code(HIRE), wire.name());
    let card = CardNumber::new(VISA).unwrap();
    let asked = client.query_card_surcharge(key, &hire, &name, &card).await.unwrap();
    assert_eq!(asked.card_scheme.known(), Some(CardScheme::Visa));
    assert_eq!(asked.surcharge_percentage.as_deref(), Some("0.400"));
    assert!(asked.rest.is_empty(), "{:?}", asked.rest);

    let stranger = stranger_in_public();
    let none = code("NONE");
    assert_eq!(kind(all(client.accepted_cards(key, &none)).await), Some(FaultKind::NotFound));
    assert_eq!(kind(all(client.card_surcharges(key, &none)).await), Some(FaultKind::NotFound));
    let name = wire.name();
    let asked = client.query_card_surcharge(key, &none, &name, &card).await;
    assert_eq!(kind(asked), Some(FaultKind::NotFound));
    let name = wire.name();
    let no_card = CardNumber::new("000000000000").unwrap();
    let asked = client.query_card_surcharge(key, &hire, &name, &no_card).await;
    assert_eq!(refused(asked), (FaultKind::Unprocessable, vec!["cardNumber".to_owned()]));
    let asked = all(client.accepted_cards(&stranger, &hire)).await;
    assert_eq!(kind(asked), Some(FaultKind::Unauthorised));
    let asked = all(client.card_surcharges(&stranger, &hire)).await;
    assert_eq!(kind(asked), Some(FaultKind::Unauthorised));
}

#[tokio::test]
async fn the_scheme_of_a_card() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.publishable);
    let bin = |digits: &str| CardBin::new(digits).unwrap();
    for (digits, scheme) in [
        ("424242", CardScheme::Visa),
        ("516320", CardScheme::Mastercard),
        ("340000", CardScheme::Amex),
        ("353000", CardScheme::Jcb),
        ("625094", CardScheme::UnionPay),
    ] {
        let found = client.card_scheme(key, &bin(digits)).await.unwrap();
        assert_eq!(found.card_scheme.known(), Some(scheme), "{digits}");
    }
    // The page has two answers for digits that begin no card, and a caller must bear both.
    for (status, fault) in [("404", FaultKind::NotFound), ("422", FaultKind::Unprocessable)] {
        wire.guess(&serde_json::json!({ "unknown_bin": status }));
        let (kind, fields) = refused(client.card_scheme(key, &bin("000000")).await);
        assert_eq!(kind, fault);
        assert!(fault == FaultKind::NotFound || fields == ["cardBIN"], "{fields:?}");
    }
    let unknown = kind(client.card_scheme(&stranger_in_public(), &bin("424242")).await);
    assert_eq!(unknown, Some(FaultKind::Unauthorised));
}
