//! Who pays under a PayTo agreement, and from which account.

use std::fmt;

use crate::quickstream::models::contact::Email;
use crate::quickstream::models::details::{AccountNumber, Bsb};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::texts::Short;
use crate::quickstream::models::{BadField, vocabulary};

vocabulary! {
    /// What the payer is.
    PayerType {
        /// A person.
        Person = "PERS",
        /// An organisation.
        Organisation = "ORGN",
    }
}

vocabulary! {
    /// What sort of text a PayID is.
    PayIdType {
        /// An e-mail address.
        Email = "EMAL",
        /// A telephone number.
        Phone = "TELE",
        /// An Australian business number.
        Abn = "AUBN",
        /// An organisation's id.
        Organisation = "ORGN",
    }
}

/// A PayID: a text that stands for a bank account.
#[derive(Clone, PartialEq, Eq)]
pub struct PayId {
    kind: PayIdType,
    text: String,
}

impl fmt::Debug for PayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[PayID]")
    }
}

/// How many digits an Australian business number has.
const ABN_DIGITS: usize = 11;
/// How many digits a telephone number has at most, its country's code included (ITU-T E.164).
const PHONE_DIGITS_MAX: usize = 15;

impl PayId {
    /// An e-mail address.
    pub fn email(email: &Email) -> Self {
        Self { kind: PayIdType::Email, text: email.as_str().to_owned() }
    }

    /// A telephone number such as `+61-400000000`.
    ///
    /// # Errors
    ///
    /// Refuses every other shape.
    pub fn phone(text: &str) -> Result<Self, BadField> {
        let parts = text.strip_prefix('+').and_then(|digits| digits.split_once('-'));
        let fits = |(country, number): (&str, &str)| {
            let count = country.len() + number.len();
            digits(country) && digits(number) && country.len() <= 3 && count <= PHONE_DIGITS_MAX
        };
        if parts.is_some_and(fits) {
            return Ok(Self { kind: PayIdType::Phone, text: text.to_owned() });
        }
        Err(BadField::new("payId", "be a telephone number such as +61-400000000"))
    }

    /// An Australian business number of eleven digits.
    ///
    /// # Errors
    ///
    /// Refuses anything else.
    pub fn abn(text: &str) -> Result<Self, BadField> {
        if text.len() == ABN_DIGITS && digits(text) {
            return Ok(Self { kind: PayIdType::Abn, text: text.to_owned() });
        }
        Err(BadField::new("payId", "have eleven digits"))
    }

    /// An organisation's id.
    pub fn organisation(id: &Short<255>) -> Self {
        Self { kind: PayIdType::Organisation, text: id.as_str().to_owned() }
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account that a payer pays from: named by a PayID or by its number, never by both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayerAccount {
    /// By a PayID.
    PayId(PayId),
    /// By its number.
    Bsb(Bsb, AccountNumber),
}

impl PayerAccount {
    /// Writes its fields by the documents' names.
    pub fn write(&self, form: &mut Form) {
        match self {
            Self::PayId(PayId { kind, text }) => {
                form.put("payIdType", kind);
                form.word("payId", text);
            }
            Self::Bsb(bsb, number) => {
                form.word("bsb", bsb.digits());
                form.put("accountNumber", number);
            }
        }
    }
}

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// What the payer is.
    pub payer_type: PayerType,
    /// The merchant's id of the payer. The documents set no length.
    pub id: Option<Short<255>>,
    /// The payer's name.
    pub name: Short<140>,
    /// What the payer knows the agreement by.
    pub reference: Option<Short<35>>,
    /// Where the money comes from.
    pub account: PayerAccount,
}

impl Payer {
    pub(in crate::quickstream) fn form(&self) -> Form {
        let mut form = Form::new();
        form.put("payerType", &self.payer_type);
        form.maybe("payerId", self.id.as_ref());
        form.put("payerName", &self.name);
        form.maybe("payerReference", self.reference.as_ref());
        self.account.write(&mut form);
        form
    }
}
