//! Amounts of money, in whole cents.
//!
//! The bank writes an amount as a JSON number in one place and as a text in another. Both have the
//! grammar of a JSON number, which is read here digit by digit: money never becomes a binary
//! fraction, and an amount that is no whole number of cents is refused rather than rounded.

use std::fmt;

use thiserror::Error;

/// An amount in cents; negative for money that goes the other way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(i64);

/// Why a text is no amount. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// It is no decimal number such as `100.05`.
    #[error("it is no decimal number")]
    Shape,
    /// It has parts of a cent.
    #[error("it has parts of a cent")]
    PartOfCent,
    /// It is larger than any amount can be.
    #[error("it is too large")]
    TooLarge,
}

/// The longest text read, in bytes: more digits than any amount of money has.
const TEXT_BYTES_MAX: usize = 64;

impl Cents {
    /// So many cents.
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// The amount in cents.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Reads `100.05`, `10`, `10.000` or `1e1`: the grammar of a JSON number.
    ///
    /// # Errors
    ///
    /// Refuses everything else, parts of a cent, and what does not fit.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(MoneyError::Shape);
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent_of(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) => (whole, digits(fraction)?),
            None => (number, ""),
        };
        let whole = digits(whole)?;
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(MoneyError::Shape);
        }
        let fraction_digits = i64::try_from(fraction.len()).map_err(|_| MoneyError::Shape)?;
        // How many places the digits stand to the left of a cent.
        let places = exponent.saturating_sub(fraction_digits).saturating_add(2);
        let amount = scaled(whole.bytes().chain(fraction.bytes()), places)?;
        Ok(Self(if negative { -amount } else { amount }))
    }

    /// The sum, or `None` if it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(cents) => Some(Self(cents)),
            None => None,
        }
    }

    /// The difference, or `None` if it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(cents) => Some(Self(cents)),
            None => None,
        }
    }
}

/// One digit or more, as they stand.
fn digits(text: &str) -> Result<&str, MoneyError> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { Ok(text) } else { Err(MoneyError::Shape) }
}

fn exponent_of(text: &str) -> Result<i64, MoneyError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // As many digits as that are out of every range, so the largest will do for them.
    let size = digits(unsigned)?.parse::<i64>().unwrap_or(i64::MAX);
    Ok(if text.starts_with('-') { -size } else { size })
}

/// The number of these digits, moved by so many places, exactly.
fn scaled(digits: impl Iterator<Item = u8>, places: i64) -> Result<i64, MoneyError> {
    let mut significant: Vec<u8> = digits.map(|digit| digit - b'0').collect();
    let mut places = places;
    while places < 0 {
        match significant.pop() {
            Some(0) => places += 1,
            Some(_) => return Err(MoneyError::PartOfCent),
            None => return Ok(0),
        }
    }
    let mut amount = 0_i64;
    for digit in significant {
        amount = moved(amount)?.checked_add(i64::from(digit)).ok_or(MoneyError::TooLarge)?;
    }
    while places > 0 && amount != 0 {
        amount = moved(amount)?;
        places -= 1;
    }
    Ok(amount)
}

fn moved(amount: i64) -> Result<i64, MoneyError> {
    amount.checked_mul(10).ok_or(MoneyError::TooLarge)
}

impl fmt::Display for Cents {
    /// `100.05`, with always two decimals, as the bank wants it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_banks_spellings_are_read_exactly() {
        for (text, cents) in [
            ("100.05", 10_005),
            ("1005.25", 100_525),
            ("992.10", 99_210),
            ("10", 1_000),
            ("10.0", 1_000),
            ("10.000", 1_000),
            ("0.1", 10),
            ("-0.05", -5),
            ("-0.00", 0),
            ("1e1", 1_000),
            ("1.005e1", 1_005),
            ("1000000E-6", 100),
            ("0e999999999999999999999", 0),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(Cents::parse(text), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "", "-", "+1", "1.", ".5", "1,5", "$1", " 1", "1 ", "01", "1e", "1e+", "0x1", "NaN",
            "१", "--1", "1.-5",
        ] {
            assert_eq!(Cents::parse(text), Err(MoneyError::Shape), "{text}");
        }
        for text in ["10.005", "0.001", "1e-3", "5e-99999999999999999999"] {
            assert_eq!(Cents::parse(text), Err(MoneyError::PartOfCent), "{text}");
        }
        for text in
            ["1e400", "92233720368547758.08", "99999999999999999999", "1e9999999999999999999"]
        {
            assert_eq!(Cents::parse(text), Err(MoneyError::TooLarge), "{text}");
        }
        assert_eq!(Cents::parse(&"1".repeat(100)), Err(MoneyError::Shape));
    }

    #[test]
    fn sums_are_checked() {
        assert_eq!(Cents(1).checked_add(Cents(2)), Some(Cents(3)));
        assert_eq!(Cents(i64::MAX).checked_add(Cents(1)), None);
        assert_eq!(Cents(1).checked_sub(Cents(2)), Some(Cents(-1)));
        assert_eq!(Cents(i64::MIN).checked_sub(Cents(1)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(cents in -i64::MAX..=i64::MAX) {
            prop_assert_eq!(Cents::parse(&Cents(cents).to_string()), Ok(Cents(cents)));
        }

        /// Against plain arithmetic on wide integers.
        #[test]
        fn an_exponent_changes_nothing_but_the_place(number in 0_i128..10_000_000, exponent in -6_i32..7) {
            let read = Cents::parse(&format!("{number}e{exponent}"));
            let millionths = number * 10_i128.pow(u32::try_from(exponent + 6).unwrap());
            if millionths % 10_000 == 0 {
                prop_assert_eq!(read.map(|cents| i128::from(cents.get())), Ok(millionths / 10_000));
            } else {
                prop_assert_eq!(read, Err(MoneyError::PartOfCent));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-0-9.eE+]{0,70}|.{0,70}") {
            if let Ok(cents) = Cents::parse(&text) {
                prop_assert!(cents.get() == 0 || text.contains(|c: char| ('1'..='9').contains(&c)));
            }
        }
    }
}
