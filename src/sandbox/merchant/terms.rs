//! The cards a business accepts, and the surcharge it adds to each.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::instrument::{CardNumber, CardType, Instrument, Scheme};
use super::setting::Setting;
use crate::domain::money::Cents;

/// What a business says of one sort of card.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct CardTerms {
    pub(in crate::sandbox) scheme: Scheme,
    /// Credit or debit; `None` for both.
    #[serde(default, rename = "type")]
    pub(in crate::sandbox) card_type: Option<CardType>,
    pub(in crate::sandbox) surcharge: Percentage,
}

/// A share of an amount, in hundred-thousandths: 400 is `0.400` per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Percentage(u32);

/// The highest surcharge, in hundred-thousandths: the whole amount again.
const PERCENTAGE_MAX: u32 = 100_000;

impl Percentage {
    /// Reads `0.400`; `None` if it has more decimals or is above 100.
    pub(in crate::sandbox) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let thousandths: u32 = format!("{fraction:0<3}").parse().ok()?;
        let whole: u32 = whole.parse().ok()?;
        let share = whole.checked_mul(1000)?.checked_add(thousandths)?;
        Some(Self(share)).filter(|share| share.0 <= PERCENTAGE_MAX)
    }

    /// Its share of an amount, to the nearest cent, half a cent up.
    pub(in crate::sandbox) fn of(self, amount: Cents) -> Cents {
        let share = (i128::from(amount.get()) * i128::from(self.0) + 50_000).div_euclid(100_000);
        Cents::new(i64::try_from(share).unwrap_or(0))
    }
}

impl std::fmt::Display for Percentage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("expected a percentage such as \"0.400\"");
        Self::parse(&text).ok_or_else(wrong)
    }
}

/// The terms of a business that set none of its own (the guess `surcharges`).
pub(in crate::sandbox) fn usual() -> Vec<CardTerms> {
    let terms =
        |scheme, card_type, share| CardTerms { scheme, card_type, surcharge: Percentage(share) };
    vec![
        terms(Scheme::Visa, Some(CardType::Credit), 400),
        terms(Scheme::Visa, Some(CardType::Debit), 200),
        terms(Scheme::Mastercard, Some(CardType::Credit), 500),
        terms(Scheme::Mastercard, Some(CardType::Debit), 250),
        terms(Scheme::Amex, None, 1500),
        terms(Scheme::Jcb, None, 1000),
        terms(Scheme::Unionpay, None, 1000),
    ]
}

/// What is said of a card; `None` if it is not accepted.
pub(in crate::sandbox) fn of_card<'a>(
    terms: &'a [CardTerms],
    number: &CardNumber,
) -> Option<&'a CardTerms> {
    let scheme = number.scheme();
    let card_type = number.card_type();
    terms.iter().find(|terms| {
        terms.scheme == scheme && terms.card_type.is_none_or(|wanted| wanted == card_type)
    })
}

/// What a business adds to an amount paid with this means.
pub(in crate::sandbox) fn surcharge_on(
    setting: &Setting<'_>,
    business: &str,
    instrument: &Instrument,
    amount: Cents,
) -> Cents {
    let business = setting.businesses.iter().find(|known| known.code == business);
    let terms = instrument
        .card()
        .zip(business)
        .and_then(|(card, business)| of_card(&business.cards, &card.number));
    terms.map_or_else(Cents::default, |terms| terms.surcharge.of(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_reads_back_and_rounds_to_the_nearest_cent() {
        for text in ["0.400", "0.000", "1.500", "100.000"] {
            assert_eq!(Percentage::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Percentage::parse("2"), Percentage::parse("2.000"));
        for wrong in ["", ".5", "0.4000", "-1", "100.001", "1,5", "99999999999"] {
            assert_eq!(Percentage::parse(wrong), None, "{wrong}");
        }
        let share = |cents| Percentage(400).of(Cents::new(cents)).get();
        assert_eq!((share(2550), share(100), share(125), share(124)), (10, 0, 1, 0));
    }

    #[test]
    fn a_card_not_among_the_terms_is_not_accepted() {
        let of = |number| {
            let number = CardNumber::of(number).unwrap();
            of_card(&usual(), &number).map(|terms| terms.surcharge.to_string())
        };
        assert_eq!(of("4242424242424242").as_deref(), Some("0.400"));
        assert_eq!(of("4041370000456459").as_deref(), Some("0.200"));
        assert_eq!(of("36000000000008"), None);
    }
}
