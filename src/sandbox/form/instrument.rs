//! Reads what is paid with: a card's or a bank account's fields, which are spelt alike wherever the
//! API takes them.

use super::{Form, Need};
use crate::sandbox::book::Business;
use crate::sandbox::guesses;
use crate::sandbox::merchant::instrument::{
    BankAccount, Card, CardNumber, NzBankAccount, PayToAccount,
};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::terms;

/// The longest text read as a card number: its digits, with a space between every two.
const CARD_CHARS_MAX: usize = 37;

/// The longest name of an account's holder (the guess `field_lengths`).
const NAME_CHARS_MAX: usize = 100;

/// The longest name of a PayTo payer, by the scheme's rules.
const PAYER_CHARS_MAX: usize = 140;

/// The longest PayID.
const PAY_ID_CHARS_MAX: usize = 256;

/// In how many digits a year of expiry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Years {
    /// Four, as the page of single-use tokens has it; two as well, where the guess says so.
    Four,
    /// Two or four: the general rule has two, and that page four.
    TwoOrFour,
}

impl Form<'_> {
    /// A card: `cardNumber`, `expiryDateMonth`, `expiryDateYear`, `cardholderName`, `cvn`. The `cvn`
    /// is checked and forgotten. A card the business does not accept is reported.
    pub(in crate::sandbox) fn card(
        &mut self,
        setting: &Setting<'_>,
        business: Option<&Business>,
        years: Years,
    ) -> Option<Card> {
        let number = self.card_number("cardNumber", business);
        let expiry = self.expiry(setting, years, Need::Required);
        let holder = self.text("cardholderName", Need::Optional, NAME_CHARS_MAX);
        self.digits("cvn", Need::Optional, 3..=4);
        let (number, (expiry_month, expiry_year)) = (number?, expiry?);
        Some(Card { number, expiry_month, expiry_year, holder })
    }

    fn card_number(&mut self, name: &str, business: Option<&Business>) -> Option<CardNumber> {
        let text = self.text(name, Need::Required, CARD_CHARS_MAX)?;
        let Some(number) = CardNumber::of(&text) else {
            self.wrong(name, "The card number is not valid.");
            return None;
        };
        if business.is_some_and(|business| terms::of_card(&business.cards, &number).is_none()) {
            self.wrong(name, "Cards of this kind are not accepted.");
            return None;
        }
        Some(number)
    }

    /// `expiryDateMonth` and `expiryDateYear` as a month and a year of four digits. One needs the
    /// other, and a month that has passed is reported.
    pub(in crate::sandbox) fn expiry(
        &mut self,
        setting: &Setting<'_>,
        years: Years,
        need: Need,
    ) -> Option<(u8, u16)> {
        let either = self.has("expiryDateMonth") || self.has("expiryDateYear");
        let need = if either { Need::Required } else { need };
        let month = self.digits("expiryDateMonth", need, 2..=2);
        let two_too =
            years == Years::TwoOrFour || self.guesses.is(guesses::EXPIRY_YEAR, "two_or_four");
        let year = self.digits("expiryDateYear", need, if two_too { 2..=4 } else { 4..=4 });
        let month: u8 = month?.parse().ok()?;
        if !(1..=12).contains(&month) {
            self.wrong("expiryDateMonth", "This field is a month, 01 to 12.");
            return None;
        }
        let year = year?;
        let year: u16 = match year.len() {
            2 => 2000 + year.parse::<u16>().ok()?,
            4 => year.parse().ok()?,
            _ => {
                self.wrong("expiryDateYear", "This field has two or four digits.");
                return None;
            }
        };
        let today = setting.today();
        let now = (i32::from(today.year()), i32::from(today.month()));
        if (i32::from(year), i32::from(month)) < now {
            self.wrong("expiryDateYear", "The card has expired.");
            return None;
        }
        Some((month, year))
    }

    /// An Australian bank account: `accountName`, `bsb` with or without its dash, `accountNumber`.
    pub(in crate::sandbox) fn bank_account(&mut self) -> Option<BankAccount> {
        let name = self.text("accountName", Need::Required, NAME_CHARS_MAX);
        let bsb = self.bsb(Need::Required);
        let number = self.digits("accountNumber", Need::Required, 1..=9);
        Some(BankAccount { name: name?, bsb: bsb?, number: number? })
    }

    /// The six digits of `bsb`, which may have a dash in their middle.
    pub(in crate::sandbox) fn bsb(&mut self, need: Need) -> Option<String> {
        let text = self.exact("bsb", need, 7)?;
        let digits: String = match text.split_once('-') {
            Some((bank, branch)) if bank.len() == 3 => format!("{bank}{branch}"),
            Some(_) => String::new(),
            None => text,
        };
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(digits);
        }
        self.wrong("bsb", "This field has six digits, such as 032-000.");
        None
    }

    /// A New Zealand bank account. The documents' sample has branches and suffixes of two digits,
    /// and the country's banks have branches of four and suffixes of two to four.
    pub(in crate::sandbox) fn nz_bank_account(&mut self) -> Option<NzBankAccount> {
        let name = self.text("nzAccountName", Need::Required, NAME_CHARS_MAX);
        let bank = self.digits("nzBankCode", Need::Required, 2..=2);
        let branch = self.digits("nzBranchCode", Need::Required, 2..=4);
        let number = self.digits("nzAccountNumber", Need::Required, 6..=8);
        let suffix = self.digits("nzAccountSuffix", Need::Required, 2..=4);
        let (name, bank, branch) = (name?, bank?, branch?);
        Some(NzBankAccount { name, bank, branch, number: number?, suffix: suffix? })
    }

    /// A payer's account for PayTo: a BSB and an account number, or a PayID and its type.
    pub(in crate::sandbox) fn payto_account(&mut self) -> Option<PayToAccount> {
        let payer_name = self.text("payerName", Need::Required, PAYER_CHARS_MAX);
        let by_pay_id = self.has("payId") || self.has("payIdType");
        let by_number = self.has("bsb") || self.has("accountNumber");
        if by_pay_id && by_number {
            self.wrong("payId", "Send either a PayID or a bank account.");
            return None;
        }
        let (bsb, number, pay_id) = if by_pay_id {
            let words = ["EMAL", "TELE", "AUBN", "ORGN"].map(|word| (word, word));
            let kind = self.choice("payIdType", Need::Required, &words);
            let id = self.text("payId", Need::Required, PAY_ID_CHARS_MAX);
            (None, None, Some((kind?.to_owned(), id?)))
        } else {
            let bsb = self.bsb(Need::Required);
            let number = self.digits("accountNumber", Need::Required, 1..=9);
            (Some(bsb?), Some(number?), None)
        };
        let (agreement, last) = (None, false);
        Some(PayToAccount { agreement, payer_name: payer_name?, bsb, number, pay_id, last })
    }
}
