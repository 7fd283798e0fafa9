//! What is paid with: a card, a bank account, a PayTo agreement.
//!
//! Of a card number only its first six and last four digits are kept, which is all that is ever shown
//! or searched for; a card's security code is never kept.

use serde::{Deserialize, Serialize};

use crate::domain::banking_day::CutOff;

/// What a payment is taken from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::sandbox) enum Instrument {
    Card(Card),
    Bank(BankAccount),
    NzBank(NzBankAccount),
    /// A wallet's token, of which nothing is shown.
    Wallet(Wallet),
    PayTo(PayToAccount),
    /// A payer's account, from which they paid to a PayID of their own accord.
    PayId(PayIdPayer),
}

/// A payment card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Card {
    pub(in crate::sandbox) number: CardNumber,
    /// 1 to 12.
    pub(in crate::sandbox) expiry_month: u8,
    /// Of four digits.
    pub(in crate::sandbox) expiry_year: u16,
    pub(in crate::sandbox) holder: Option<String>,
}

/// What is kept of a card number. As numbers, since a book holds very many of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct CardNumber {
    first_six: u32,
    last_four: u16,
    digits: u8,
}

/// An Australian bank account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct BankAccount {
    pub(in crate::sandbox) name: String,
    /// Six digits, without a dash.
    pub(in crate::sandbox) bsb: String,
    pub(in crate::sandbox) number: String,
}

/// A New Zealand bank account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct NzBankAccount {
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) bank: String,
    pub(in crate::sandbox) branch: String,
    pub(in crate::sandbox) number: String,
    pub(in crate::sandbox) suffix: String,
}

/// Whose wallet a token is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Wallet {
    ApplePay,
    GooglePay,
}

/// A payer's account behind a PayTo agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct PayToAccount {
    /// The agreement's number; `None` for an account that has none yet.
    pub(in crate::sandbox) agreement: Option<u64>,
    pub(in crate::sandbox) payer_name: String,
    /// Six digits, for an account given by number.
    pub(in crate::sandbox) bsb: Option<String>,
    pub(in crate::sandbox) number: Option<String>,
    /// The PayID and its type, for an account given by PayID.
    pub(in crate::sandbox) pay_id: Option<(String, String)>,
    /// Whether what is taken from it is the last payment under the agreement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::sandbox) last: bool,
}

/// Who paid to a PayID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct PayIdPayer {
    /// The PayID.
    pub(in crate::sandbox) pay_id: String,
    pub(in crate::sandbox) account: BankAccount,
}

/// A card scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum Scheme {
    Visa,
    Mastercard,
    Amex,
    Diners,
    Jcb,
    Unionpay,
}

/// Whether a card spends credit or the holder's own money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum CardType {
    Credit,
    Debit,
}

impl CardType {
    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
        }
    }
}

impl Scheme {
    pub(in crate::sandbox) const ALL: [Self; 6] =
        [Self::Visa, Self::Mastercard, Self::Amex, Self::Diners, Self::Jcb, Self::Unionpay];

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Visa => "VISA",
            Self::Mastercard => "MASTERCARD",
            Self::Amex => "AMEX",
            Self::Diners => "DINERS",
            Self::Jcb => "JCB",
            Self::Unionpay => "UNIONPAY",
        }
    }

    const fn has_length(self, digits: u8) -> bool {
        match self {
            Self::Visa => matches!(digits, 13 | 16 | 19),
            Self::Mastercard => digits == 16,
            Self::Amex => digits == 15,
            Self::Diners => matches!(digits, 14..=19),
            Self::Jcb | Self::Unionpay => matches!(digits, 16..=19),
        }
    }

    /// Whether it tells credit from debit.
    pub(in crate::sandbox) const fn tells_types(self) -> bool {
        matches!(self, Self::Visa | Self::Mastercard)
    }

    /// The scheme by a number's first digits, six at least; `None` if no scheme issues such cards.
    pub(in crate::sandbox) fn of(digits: &str) -> Option<Self> {
        let six: u32 = digits.get(..6)?.parse().ok()?;
        match six {
            400_000..=499_999 => Some(Self::Visa),
            510_000..=559_999 | 222_100..=272_099 => Some(Self::Mastercard),
            340_000..=349_999 | 370_000..=379_999 => Some(Self::Amex),
            300_000..=305_999 | 360_000..=369_999 | 380_000..=399_999 => Some(Self::Diners),
            352_800..=358_999 => Some(Self::Jcb),
            620_000..=629_999 | 810_000..=817_199 => Some(Self::Unionpay),
            _ => None,
        }
    }
}

/// Beginnings of debit cards among the documents' test cards.
const DEBIT_BINS: &[u32] = &[404_137, 401_795, 456_400];

impl CardNumber {
    /// What is kept of a whole number; `None` if it is no card number: as many digits as its scheme
    /// has, the last of which checks the others (Luhn).
    pub(in crate::sandbox) fn of(number: &str) -> Option<Self> {
        let number: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = u8::try_from(number.len()).ok()?;
        Scheme::of(&number).filter(|scheme| scheme.has_length(digits) && luhn(&number))?;
        let first_six = number.get(..6)?.parse().ok()?;
        let last_four = number.get(number.len() - 4..)?.parse().ok()?;
        Some(Self { first_six, last_four, digits })
    }

    pub(in crate::sandbox) fn scheme(&self) -> Scheme {
        Scheme::of(&format!("{:06}", self.first_six)).unwrap_or(Scheme::Visa)
    }

    /// Credit or debit, which only Visa and Mastercard tell apart.
    pub(in crate::sandbox) fn card_type(&self) -> CardType {
        if DEBIT_BINS.contains(&self.first_six) { CardType::Debit } else { CardType::Credit }
    }

    /// As replies show it: `424242...242`.
    pub(in crate::sandbox) fn masked(&self) -> String {
        format!("{:06}...{:03}", self.first_six, self.last_four % 1000)
    }

    /// As replies show it elsewhere: `424242...4242`.
    pub(in crate::sandbox) fn masked_four(&self) -> String {
        format!("{:06}...{:04}", self.first_six, self.last_four)
    }

    /// The last two digits, by which a test card's outcome goes.
    pub(in crate::sandbox) fn ending(&self) -> u8 {
        u8::try_from(self.last_four % 100).unwrap_or(0)
    }

    /// What a card is searched by.
    pub(in crate::sandbox) fn key(&self) -> String {
        format!("{:06}{:04}", self.first_six, self.last_four)
    }
}

impl Card {
    /// Whether it has expired at the end of `month` of `year`: a card is good through its month.
    pub(in crate::sandbox) fn is_expired(&self, year: i16, month: i8) -> bool {
        let today = (i32::from(year), i32::from(month));
        (i32::from(self.expiry_year), i32::from(self.expiry_month)) < today
    }
}

impl BankAccount {
    /// What it is searched by.
    pub(in crate::sandbox) fn key(&self) -> String {
        format!("{}/{}", self.bsb, self.number)
    }

    /// `032-000`.
    pub(in crate::sandbox) fn dashed_bsb(&self) -> String {
        let (bank, branch) = self.bsb.split_at_checked(3).unwrap_or((&self.bsb, ""));
        format!("{bank}-{branch}")
    }
}

impl NzBankAccount {
    /// What it is searched by: all but its suffix, which a search may leave out.
    pub(in crate::sandbox) fn key(&self) -> String {
        format!("{}/{}/{}", self.bank, self.branch, self.number)
    }
}

/// Money of one country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::sandbox) enum Currency {
    Aud,
    Nzd,
}

impl Currency {
    /// The ISO 4217 code.
    pub(in crate::sandbox) const fn code(self) -> &'static str {
        match self {
            Self::Aud => "AUD",
            Self::Nzd => "NZD",
        }
    }
}

impl Instrument {
    /// The word in `accountType`.
    pub(in crate::sandbox) const fn account_type(&self) -> &'static str {
        match self {
            Self::Card(_) => "CREDIT_CARD",
            Self::Bank(_) => "DIRECT_DEBIT",
            Self::NzBank(_) => "DIRECT_DEBIT_NZ",
            Self::Wallet(Wallet::ApplePay) => "APPLE_PAY",
            Self::Wallet(Wallet::GooglePay) => "GOOGLE_PAY",
            Self::PayTo(_) => "PAYTO",
            Self::PayId(_) => "PAYID",
        }
    }

    /// The money it pays in.
    pub(in crate::sandbox) const fn currency(&self) -> Currency {
        match self {
            Self::NzBank(_) => Currency::Nzd,
            Self::Card(_) | Self::Bank(_) | Self::Wallet(_) | Self::PayTo(_) | Self::PayId(_) => {
                Currency::Aud
            }
        }
    }

    /// By when a payment must be taken to settle on the same day.
    pub(in crate::sandbox) const fn cut_off(&self) -> CutOff {
        match self {
            Self::Card(_) | Self::Wallet(_) => CutOff::Card,
            Self::Bank(_) | Self::NzBank(_) => CutOff::BankAccount,
            Self::PayTo(_) | Self::PayId(_) => CutOff::None,
        }
    }

    /// The name of the account's holder.
    pub(in crate::sandbox) fn holder(&self) -> Option<&str> {
        match self {
            Self::Card(card) => card.holder.as_deref(),
            Self::Bank(account) => Some(&account.name),
            Self::NzBank(account) => Some(&account.name),
            Self::PayTo(account) => Some(&account.payer_name),
            Self::PayId(payer) => Some(&payer.account.name),
            Self::Wallet(_) => None,
        }
    }

    pub(in crate::sandbox) const fn card(&self) -> Option<&Card> {
        match self {
            Self::Card(card) => Some(card),
            Self::Bank(_) | Self::NzBank(_) | Self::Wallet(_) | Self::PayTo(_) | Self::PayId(_) => {
                None
            }
        }
    }
}

/// Whether a number's last digit checks the others.
fn luhn(number: &str) -> bool {
    let digit = |(at, byte): (usize, u8)| -> Option<u32> {
        let digit = char::from(byte).to_digit(10)?;
        let doubled = if at % 2 == 1 { digit * 2 } else { digit };
        Some(if doubled > 9 { doubled - 9 } else { doubled })
    };
    let sum: Option<u32> = number.bytes().rev().enumerate().map(digit).sum();
    sum.is_some_and(|sum| sum % 10 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_kept_in_parts_only() {
        let card = CardNumber::of("4242 4242 4242 4242").unwrap();
        assert_eq!(card.masked(), "424242...242");
        assert_eq!(card.masked_four(), "424242...4242");
        assert_eq!((card.scheme(), card.card_type()), (Scheme::Visa, CardType::Credit));
        assert_eq!(card.ending(), 42);
        assert!(!serde_json::to_string(&card).unwrap().contains("4242424242"));
        let zeros = CardNumber::of("5163200000000008").unwrap();
        assert_eq!((zeros.masked(), zeros.key()), ("516320...008".into(), "5163200008".into()));
        for wrong in ["4242424242424241", "42424242424242", "9999999999999995", "4242x", ""] {
            assert_eq!(CardNumber::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_card_is_good_through_the_month_of_its_expiry() {
        let number = CardNumber::of("4242424242424242").unwrap();
        let card = Card { number, expiry_month: 3, expiry_year: 2026, holder: None };
        assert!(!card.is_expired(2026, 3));
        assert!(card.is_expired(2026, 4));
    }

    #[test]
    fn every_scheme_is_known_by_its_first_digits() {
        let of = |digits| Scheme::of(digits).map(Scheme::word);
        for (digits, scheme) in [
            ("424242", Some("VISA")),
            ("510000", Some("MASTERCARD")),
            ("222400", Some("MASTERCARD")),
            ("340000", Some("AMEX")),
            ("360000", Some("DINERS")),
            ("353000", Some("JCB")),
            ("625094", Some("UNIONPAY")),
            ("000000", None),
            ("42424", None),
        ] {
            assert_eq!(of(digits), scheme, "{digits}");
        }
    }
}
