//! The raw details of a payer's account, as requests send them. They do not print, and are wiped
//! when dropped.
//!
//! Who sends a card's details from a server takes on the duties of PCI DSS for it; a single-use
//! token spares them.

use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::quickstream::models::BadField;
use crate::quickstream::models::field::Field;
use crate::quickstream::models::form::Form;

macro_rules! digits {
    ($(#[$meta:meta])* $name:ident, $field:literal, $counts:expr, $rule:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Checks and takes digits.
            ///
            /// # Errors
            ///
            /// Refuses anything but digits, and too many or too few of them.
            pub fn new(text: impl Into<String>) -> Result<Self, BadField> {
                let text = Zeroizing::new(text.into());
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                if digits && $counts.contains(&text.len()) {
                    Ok(Self(text))
                } else {
                    Err(BadField::new($field, $rule))
                }
            }

            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("[", $field, "]"))
            }
        }

        impl Field for $name {
            fn read(value: &Value) -> Option<Self> {
                Self::new(value.as_str()?).ok()
            }

            fn write(&self) -> Value {
                self.as_str().into()
            }
        }
    };
}

digits! {
    /// The digits printed on a card; ISO/IEC 7812 has 12 to 19.
    CardNumber, "cardNumber", (12..=19), "have 12 to 19 digits and nothing else"
}
digits! {
    /// The security code printed on a card.
    Cvn, "cvn", (3..=4), "have three or four digits"
}
digits! {
    /// An Australian account number; the direct entry system has at most nine digits.
    AccountNumber, "accountNumber", (1..=9), "have 1 to 9 digits and nothing else"
}
digits! {
    /// A New Zealand bank's code.
    NzBankCode, "nzBankCode", (1..=2), "have 1 or 2 digits"
}
digits! {
    /// A New Zealand branch's code; the documents' sample has two of its four digits.
    NzBranchCode, "nzBranchCode", (1..=4), "have 1 to 4 digits"
}
digits! {
    /// A New Zealand account number.
    NzAccountNumber, "nzAccountNumber", (1..=8), "have 1 to 8 digits"
}
digits! {
    /// A New Zealand account's suffix.
    NzAccountSuffix, "nzAccountSuffix", (1..=4), "have 1 to 4 digits"
}
digits! {
    /// The six digits of a bank, its state and its branch, without the dash.
    BsbDigits, "bsb", (6..=6), "have six digits, with or without a dash after the third"
}

/// An Australian bank, state and branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bsb(BsbDigits);

impl Bsb {
    /// Takes `032-000` or `032000`.
    ///
    /// # Errors
    ///
    /// Refuses anything else.
    pub fn new(text: &str) -> Result<Self, BadField> {
        let digits = match text.split_once('-') {
            Some((bank, branch)) if bank.len() == 3 => format!("{bank}{branch}"),
            // A dash anywhere else is no digit.
            Some(_) | None => text.to_owned(),
        };
        BsbDigits::new(digits).map(Self)
    }

    /// The six digits, as `PayTo` has them.
    pub fn digits(&self) -> &str {
        self.0.as_str()
    }
}

impl Field for Bsb {
    fn read(value: &Value) -> Option<Self> {
        Self::new(value.as_str()?).ok()
    }

    /// With the dash, as the documents' sample has it.
    fn write(&self) -> Value {
        let (bank, branch) = self.digits().split_at_checked(3).unwrap_or((self.digits(), ""));
        format!("{bank}-{branch}").into()
    }
}

/// The month a card is good to the end of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    month: u8,
    year: u16,
}

/// How the year of an expiry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearDigits {
    /// As printed on cards: the documents' general rule.
    Two,
    /// What the page of single-use tokens asks for.
    Four,
}

impl Expiry {
    /// Takes a month, 1 to 12, and a year, 2000 to 2099.
    ///
    /// # Errors
    ///
    /// Refuses what is no such month or year. Whether it has passed is for the bank to say.
    pub const fn new(month: u8, year: u16) -> Result<Self, BadField> {
        if month < 1 || month > 12 {
            return Err(BadField::new("expiryDateMonth", "be 1 to 12"));
        }
        if year < 2000 || year > 2099 {
            return Err(BadField::new("expiryDateYear", "be 2000 to 2099"));
        }
        Ok(Self { month, year })
    }

    /// Writes its fields by the documents' names.
    pub fn write(self, form: &mut Form, digits: YearDigits) {
        let year = match digits {
            YearDigits::Two => format!("{:02}", self.year % 100),
            YearDigits::Four => self.year.to_string(),
        };
        form.word("expiryDateMonth", &format!("{:02}", self.month));
        form.word("expiryDateYear", &year);
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[expiry]")
    }
}

/// The longest name of an account's holder, in characters. The documents set no length.
const HOLDER_CHARS_MAX: usize = 255;

/// Who holds an account.
#[derive(Clone, PartialEq, Eq)]
pub struct HolderName(Zeroizing<String>);

impl HolderName {
    /// Takes a name.
    ///
    /// # Errors
    ///
    /// Refuses an empty one, one of more than 255 characters, and control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, BadField> {
        let text = Zeroizing::new(text.into());
        let fits = (1..=HOLDER_CHARS_MAX).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            return Ok(Self(text));
        }
        let rule = "have 1 to 255 characters, none of them a control character";
        Err(BadField::new("the holder's name", rule))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[name]")
    }
}

impl Field for HolderName {
    fn read(value: &Value) -> Option<Self> {
        Self::new(value.as_str()?).ok()
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardDetails {
    /// The name printed on it.
    pub holder: Option<HolderName>,
    /// The digits printed on it.
    pub number: CardNumber,
    /// When it expires.
    pub expiry: Expiry,
    /// Its security code.
    pub cvn: Option<Cvn>,
}

impl CardDetails {
    /// Writes its fields by the documents' names.
    pub fn write(&self, form: &mut Form, digits: YearDigits) {
        form.maybe("cardholderName", self.holder.as_ref());
        form.put("cardNumber", &self.number);
        self.expiry.write(form, digits);
        form.maybe("cvn", self.cvn.as_ref());
    }
}

/// An Australian bank account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankDetails {
    /// Who holds it.
    pub holder: HolderName,
    /// Where.
    pub bsb: Bsb,
    /// Its number there.
    pub number: AccountNumber,
}

impl BankDetails {
    /// Writes its fields by the documents' names.
    pub fn write(&self, form: &mut Form) {
        form.put("accountName", &self.holder);
        form.put("bsb", &self.bsb);
        form.put("accountNumber", &self.number);
    }
}

/// A New Zealand bank account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NzBankDetails {
    /// Who holds it.
    pub holder: HolderName,
    /// The bank.
    pub bank: NzBankCode,
    /// The branch.
    pub branch: NzBranchCode,
    /// Its number there.
    pub number: NzAccountNumber,
    /// Its suffix.
    pub suffix: NzAccountSuffix,
}

impl NzBankDetails {
    /// Writes its fields by the documents' names.
    pub fn write(&self, form: &mut Form) {
        form.put("nzAccountName", &self.holder);
        form.put("nzBankCode", &self.bank);
        form.put("nzBranchCode", &self.branch);
        form.put("nzAccountNumber", &self.number);
        form.put("nzAccountSuffix", &self.suffix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_account_is_refused_with_a_sentence() {
        for (number, fine) in [
            ("4242424242424242", true),
            ("424242424242", true),
            ("42424242424", false),
            ("4242 4242 4242 4242", false),
            ("42424242424242424242", false),
            ("४२४२४२४२४२४२", false),
        ] {
            assert_eq!(CardNumber::new(number).is_ok(), fine, "{number}");
        }
        let wrong = CardNumber::new("4242x").unwrap_err().to_string();
        assert_eq!(wrong, "cardNumber must have 12 to 19 digits and nothing else");
        for text in ["032-000", "032000"] {
            assert_eq!(Bsb::new(text).unwrap().write(), "032-000");
        }
        for text in ["", "03-2000", "0320-00", "032--00", "032-00", "032-0000", "03a000"] {
            let wrong = Bsb::new(text).unwrap_err().to_string();
            assert!(wrong.starts_with("bsb must have six digits"), "{wrong}");
        }
        assert!(Cvn::new("12").is_err() && Cvn::new("12345").is_err());
        assert!(AccountNumber::new("").is_err() && AccountNumber::new("1234567890").is_err());
        assert!(HolderName::new("").is_err() && HolderName::new("a\nb").is_err());
        for (month, year, sentence) in [
            (0, 2027, "expiryDateMonth must be 1 to 12"),
            (13, 2027, "expiryDateMonth must be 1 to 12"),
            (12, 27, "expiryDateYear must be 2000 to 2099"),
        ] {
            assert_eq!(Expiry::new(month, year).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn nothing_of_an_account_prints() {
        let card = CardDetails {
            holder: HolderName::new("Jane Smith").ok(),
            number: CardNumber::new("4242424242424242").unwrap(),
            expiry: Expiry::new(12, 2027).unwrap(),
            cvn: Cvn::new("123").ok(),
        };
        let bank = BankDetails {
            holder: HolderName::new("Jane Smith").unwrap(),
            bsb: Bsb::new("032-999").unwrap(),
            number: AccountNumber::new("999994").unwrap(),
        };
        let shown = format!("{card:?} {bank:?}");
        for part in ["Jane", "4242", "12", "27", "032", "999"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
