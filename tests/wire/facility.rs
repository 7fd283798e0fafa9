//! What a facility is: its keys, its businesses, and the cards that each accepts.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::key::KeyText;
use quaymaster::quickstream::models::card::{CardScheme, CardType};
use quaymaster::quickstream::models::details::CardNumber;
use quaymaster::quickstream::models::money::Money;
use quaymaster::quickstream::resources::credit_cards::CardBin;
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Source;
use quaymaster::quickstream::word::Vocabulary;
use quaymaster::quickstream::{FaultKind, Word};
use quaymaster::sandbox::{KeyChange, KeyKind, NewSandboxKey, SANDBOX_CODE, SANDBOX_KEY};
use serde_json::{Value, json};

use crate::bench::{card, cents, code, kind};
use crate::wire::{Wire, all, case, cases};

/// A name as the documents show it: `FACILITY_SEC...`, and the key's last seven characters.
fn name_of(key: &str) -> String {
    let kind = key.split('_').nth(1).unwrap();
    format!("{SANDBOX_CODE}_{kind}...{}", &key[key.len() - 7..])
}

#[tokio::test]
async fn a_key_tells_its_facility_and_the_key_to_use_from_now_on() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    for asked in [key, wire.publishable.key()] {
        let root = client.root(asked).await.unwrap();
        assert_eq!(root.community_code.as_str(), SANDBOX_CODE);
        assert!(root.community_name.is_some());
        let text = if asked == key { SANDBOX_KEY.to_owned() } else { publishable(&wire) };
        assert_eq!(root.key_name.unwrap().as_str(), name_of(&text));
    }
    let offer = client.latest_key(key).await.unwrap();
    assert_eq!(&offer.key, key);
    assert_eq!(offer.name.unwrap().as_str(), name_of(SANDBOX_KEY));
    let known = wire.bank.control().key("SANDBOX-1").unwrap();
    assert_eq!(Some(offer.expires_at), known.expires);

    // The documents' own trial: a second key made in the portal is the one to use.
    let second = wire.bank.control().make_key(NewSandboxKey::secret(SANDBOX_CODE)).unwrap();
    let offer = client.latest_key(key).await.unwrap();
    assert_eq!(offer.key, KeyText::parse(second.text.as_str()).unwrap());
    assert_eq!(offer.name.unwrap().as_str(), name_of(&second.text));
}

fn publishable(wire: &Wire) -> String {
    wire.bank.control().key("SANDBOX-2").unwrap().text
}

/// What happens in the portal.
#[derive(Clone, Copy, Debug)]
enum Portal {
    Make { restricted: bool, publishable: bool },
    Delete(usize),
    Wait(u64),
}

fn portal() -> impl Strategy<Value = Portal> {
    prop_oneof![
        4 => (any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(restricted, publishable)| Portal::Make { restricted, publishable }),
        2 => (0_usize..8).prop_map(Portal::Delete),
        1 => (1_u64..100).prop_map(Portal::Wait),
    ]
}

proptest! {
    #![proptest_config(cases(24))]

    /// Whatever is made and deleted in the portal, every free key is told of the newest free one, a
    /// restricted key is told of itself, and a deleted one of nothing.
    #[test]
    fn the_newest_free_key_is_offered(acts in prop::collection::vec(portal(), 1..12)) {
        case(async {
            let wire = Wire::start().await;
            let control = wire.bank.control();
            let first = control.key("SANDBOX-1").unwrap();
            let mut made = vec![(first, false)];
            for act in acts {
                match act {
                    Portal::Make { publishable: true, .. } => {
                        let new = NewSandboxKey::secret(SANDBOX_CODE);
                        let new = NewSandboxKey { kind: KeyKind::Publishable, ..new };
                        control.make_key(new).unwrap();
                    }
                    Portal::Make { restricted, .. } => {
                        let businesses = restricted.then(|| "ELSEWHERE".to_owned());
                        let businesses = businesses.into_iter().collect();
                        let new = NewSandboxKey::secret(SANDBOX_CODE);
                        let view = control.make_key(NewSandboxKey { businesses, ..new }).unwrap();
                        made.push((view, false));
                    }
                    Portal::Delete(at) => {
                        let at = at % made.len();
                        control.change_key(&made[at].0.id, KeyChange::Revoke).unwrap();
                        made[at].1 = true;
                    }
                    Portal::Wait(hours) => wire.pass(Duration::from_hours(hours)),
                }
            }
            let free = made.iter().rev();
            let newest = free.into_iter().find(|(key, gone)| !gone && key.businesses.is_empty());
            for (key, gone) in &made {
                let text = KeyText::parse(key.text.as_str()).unwrap();
                let told = wire.client.latest_key(&text).await;
                let root = wire.client.root(&text).await;
                if *gone {
                    assert_eq!(kind(told), Some(FaultKind::Unauthorised));
                    assert_eq!(kind(root), Some(FaultKind::Unauthorised));
                    continue;
                }
                let told = told.unwrap();
                let wanted = if key.businesses.is_empty() { &newest.unwrap().0 } else { key };
                assert_eq!(told.key, KeyText::parse(wanted.text.as_str()).unwrap());
                assert_eq!(Some(told.expires_at), wanted.expires);
                assert_eq!(root.unwrap().key_name.unwrap().as_str(), name_of(&key.text));
            }
        });
    }
}

/// The documents' test cards, with their scheme and type.
const CARDS: &[(&str, &str, Option<&str>)] = &[
    ("4242424242424242", "VISA", Some("CREDIT")),
    ("4111111111111111", "VISA", Some("CREDIT")),
    ("4041370000456459", "VISA", Some("DEBIT")),
    ("5163200000000008", "MASTERCARD", Some("CREDIT")),
    ("2224000000031118", "MASTERCARD", Some("CREDIT")),
    ("340000000636513", "AMEX", None),
    ("370000000201048", "AMEX", None),
    ("3530000000000003", "JCB", None),
    ("6250947000000014", "UNIONPAY", None),
];

/// What one business says of one sort of card: scheme, type, and hundred-thousandths.
type Terms = (&'static str, Option<&'static str>, u32);

fn terms() -> impl Strategy<Value = Vec<Terms>> {
    let sorts = vec![
        ("VISA", Some("CREDIT")),
        ("VISA", Some("DEBIT")),
        ("MASTERCARD", Some("CREDIT")),
        ("MASTERCARD", Some("DEBIT")),
        ("AMEX", None),
        ("DINERS", None),
        ("JCB", None),
        ("UNIONPAY", None),
    ];
    let some = prop::sample::subsequence(sorts, 0..=8);
    some.prop_flat_map(|some| {
        let shares = prop::collection::vec(0_u32..5_000, some.len());
        (Just(some), shares).prop_map(|(some, shares)| {
            let terms = some.into_iter().zip(shares);
            terms.map(|((scheme, card_type), share)| (scheme, card_type, share)).collect()
        })
    })
}

fn percentage(share: u32) -> String {
    format!("{}.{:03}", share / 1000, share % 1000)
}

fn seed(businesses: usize, terms: &[Terms]) -> Value {
    let card = |(scheme, card_type, share): &Terms| {
        let mut card = json!({ "scheme": scheme, "surcharge": percentage(*share) });
        if let Some(card_type) = card_type {
            card["type"] = json!(card_type);
        }
        card
    };
    let cards: Vec<Value> = terms.iter().map(card).collect();
    let business = |number: usize| json!({ "code": format!("SHOP{number:02}"), "name": format!("Shop {number}"), "cards": cards });
    json!({"facilities": [{
        "code": SANDBOX_CODE,
        "businesses": (0..businesses).map(business).collect::<Vec<_>>(),
        "keys": [{"key": SANDBOX_KEY, "expires": 4000}, {"kind": "publishable"}],
    }]})
}

fn word<T: Vocabulary + Copy + PartialEq>(word: &Word<T>) -> Option<&'static str> {
    let known = word.known()?;
    T::WORDS.iter().find(|(_, value)| *value == known).map(|(text, _)| *text)
}

/// A business's surcharge on an amount: to the nearest cent.
fn share_of(amount: i64, share: u32) -> i64 {
    (amount * i64::from(share) + 50_000).div_euclid(100_000)
}

proptest! {
    #![proptest_config(cases(24))]

    /// Whatever cards a business takes at whatever surcharge, all that tell of it agree, and a payment
    /// costs what they say.
    #[test]
    fn what_a_business_says_of_a_card_is_what_a_payment_costs(
        businesses in 1_usize..45, which in 0_usize..45, terms in terms(), amount in 1_i64..1_000_000,
    ) {
        case(async {
            let wire = Wire::of(&seed(businesses, &terms)).await;
            let (client, key, public) = (&wire.client, &wire.key, &wire.publishable);
            let listed = all(client.businesses(key)).await.unwrap();
            let codes: Vec<_> =
                listed.iter().map(|shown| shown.supplier_business_code.as_str()).collect();
            let wanted: Vec<_> = (0..businesses).map(|number| format!("SHOP{number:02}")).collect();
            assert_eq!(codes, wanted, "each once");
            let at = which % businesses;
            let shop = code(&wanted[at]);
            assert_eq!(client.business(key, &shop).await.unwrap(), listed[at]);
            assert_eq!(listed[at].supplier_business_name, Some(format!("Shop {at}")));

            let accepted = all(client.accepted_cards(public, &shop)).await.unwrap();
            let schemes: Vec<_> = accepted.iter().filter_map(|card| word(&card.card_scheme)).collect();
            let once: BTreeSet<_> = schemes.iter().copied().collect();
            assert_eq!(once.len(), schemes.len(), "each scheme once");
            assert_eq!(once, terms.iter().map(|(scheme, _, _)| *scheme).collect());
            let told = all(client.card_surcharges(public, &shop)).await.unwrap();
            let told: BTreeSet<_> = told.iter().map(|told| {
                let card_type = told.card_type.as_ref().and_then(word::<CardType>);
                let scheme = word::<CardScheme>(&told.card_scheme).unwrap();
                (scheme, card_type, told.surcharge_percentage.clone().unwrap())
            }).collect();
            let wanted: BTreeSet<_> = terms.iter()
                .map(|(scheme, card_type, share)| (*scheme, *card_type, percentage(*share)))
                .collect();
            assert_eq!(told, wanted);

            for (number, scheme, card_type) in CARDS {
                let bin = CardBin::from(&CardNumber::new(*number).unwrap());
                let found = client.card_scheme(public, &bin).await.unwrap();
                assert_eq!(word(&found.card_scheme), Some(*scheme), "{number}");
                let share = terms.iter().find(|(of, kind, _)| of == scheme && kind == card_type);
                let name = wire.name();
                let wanted = CardNumber::new(*number).unwrap();
                let asked = client.query_card_surcharge(public, &shop, &name, &wanted).await;
                let mut payment = Payment::new(Source::Card(card(number)), cents(amount));
                payment.business = Some(shop.clone());
                let name = wire.name();
                let paid = client.take_payment(key, &name, &payment).await;
                let Some((_, _, share)) = share else {
                    assert_eq!(kind(asked), Some(FaultKind::Unprocessable), "{number}");
                    assert_eq!(kind(paid), Some(FaultKind::Unprocessable), "{number}");
                    continue;
                };
                let asked = asked.unwrap();
                assert_eq!(asked.surcharge_percentage, Some(percentage(*share)));
                assert_eq!(word(&asked.card_scheme), Some(*scheme));
                assert_eq!(asked.card_type.as_ref().and_then(word), *card_type);
                let of = |money: Option<Money>| money.unwrap().amount;
                let paid = paid.unwrap().value;
                let surcharge = share_of(amount, *share);
                assert_eq!(of(paid.surcharge_amount), Cents::new(surcharge), "{number}");
                assert_eq!(of(paid.total_amount), Cents::new(amount + surcharge), "{number}");
            }
        });
    }

    /// Six digits belong to the scheme that the schemes' own ranges say, or to none.
    #[test]
    fn six_digits_name_a_scheme_or_none(digits in "[0-9]{6}") {
        case(async {
            let wire = Wire::start().await;
            let asked = CardBin::new(digits.as_str()).unwrap();
            let found = wire.client.card_scheme(&wire.publishable, &asked).await;
            let number: u32 = digits.parse().unwrap();
            let (two, four) = (number / 10_000, number / 100);
            let wanted = match two {
                40..=49 => Some("VISA"),
                51..=55 => Some("MASTERCARD"),
                34 | 37 => Some("AMEX"),
                36 | 38 | 39 => Some("DINERS"),
                62 => Some("UNIONPAY"),
                _ if (3528..=3589).contains(&four) => Some("JCB"),
                _ if (222_100..=272_099).contains(&number) => Some("MASTERCARD"),
                _ => None,
            };
            match (found, wanted) {
                (Ok(found), Some(wanted)) => assert_eq!(word(&found.card_scheme), Some(wanted)),
                (Err(fault), None) => {
                    let kinds = [FaultKind::NotFound, FaultKind::Unprocessable];
                    assert!(kinds.contains(&fault.kind), "{fault:?}");
                }
                // Ranges that some lists give to a scheme and others to none.
                (Ok(found), None) => {
                    let found = word(&found.card_scheme);
                    let rest = (300_000..=305_999).contains(&number)
                        || (810_000..=817_199).contains(&number);
                    assert!(rest, "{digits} {found:?}");
                }
                (Err(fault), Some(_)) => panic!("{digits}: {fault:?}"),
            }
        });
    }
}

/// A token says what a payment with it would cost.
#[tokio::test]
async fn a_token_says_what_is_added() {
    for (number, scheme, card_type) in CARDS {
        let wire = Wire::of(&seed(1, &[(scheme, *card_type, 1_234)])).await;
        let wanted = quaymaster::quickstream::resources::single_use_tokens::TokenRequest {
            business: code("SHOP00"),
            account: TokenAccount::Card(card(number)),
        };
        let (client, name) = (&wire.client, wire.name());
        let made = client.generate_single_use_token(&wire.publishable, &name, &wanted).await;
        let shown = made.unwrap().credit_card.unwrap();
        assert_eq!(shown.surcharge_percentage.as_deref(), Some("1.234"), "{number}");
    }
}
