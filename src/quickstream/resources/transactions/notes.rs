//! What goes with a payment besides the account and the amount.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::is_id;
use crate::quickstream::models::texts::{Comment, Reference};
use crate::quickstream::models::{BadField, text, vocabulary};

/// What a merchant writes on a transaction for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Its reference of the customer: a customer's number puts the payment into their history.
    pub customer_reference: Option<Reference>,
    /// Its reference of the payment.
    pub payment_reference: Option<Reference>,
    /// A comment.
    pub comment: Option<Comment>,
    /// Texts by name.
    pub metadata: Metadata,
}

impl Notes {
    pub(super) fn write(&self, form: &mut Form) {
        form.maybe("customerReferenceNumber", self.customer_reference.as_ref());
        form.maybe("paymentReferenceNumber", self.payment_reference.as_ref());
        form.maybe("comment", self.comment.as_ref());
        if !self.metadata.0.is_empty() {
            form.put("metadata", &self.metadata.0);
        }
    }
}

/// Texts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Takes pairs of a name and a text.
    ///
    /// # Errors
    ///
    /// Refuses a name or a text that is empty, has more than 255 characters or a control character.
    pub fn new(
        pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Self, BadField> {
        let pairs: BTreeMap<String, String> =
            pairs.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        if pairs.iter().all(|(name, text)| is_id(name) && is_id(text)) {
            return Ok(Self(pairs));
        }
        let rule = "have names and texts of 1 to 255 characters, none of them a control character";
        Err(BadField::new("metadata", rule))
    }
}

/// The address a payer's browser calls from; Fraud Guard looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PayerAddress(IpAddr);

impl PayerAddress {
    /// Takes an address.
    ///
    /// # Errors
    ///
    /// Refuses one that cannot be a payer's: of this machine, of a private network, or of none.
    pub fn new(address: IpAddr) -> Result<Self, BadField> {
        let nobodys = address.is_loopback() || address.is_unspecified() || address.is_multicast();
        let private = match address.to_canonical() {
            IpAddr::V4(address) => {
                address.is_private() || address.is_link_local() || address.is_loopback()
            }
            IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
        };
        if nobodys || private {
            return Err(BadField::new("ipAddress", "be a public address"));
        }
        Ok(Self(address))
    }
}

impl std::fmt::Debug for PayerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[address]")
    }
}

/// How a card's details came to the merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eci {
    /// Over the Internet, from this address.
    Internet(Option<PayerAddress>),
    /// By telephone.
    Phone,
    /// By mail.
    Mail,
    /// Long ago: it is one of a series.
    Recurring,
}

impl Eci {
    /// The word as the bank spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internet(_) => "INTERNET",
            Self::Phone => "PHONE",
            Self::Mail => "MAIL",
            Self::Recurring => "RECURRING",
        }
    }
}

vocabulary! {
    /// What a card is kept for.
    Usage {
        /// It is kept from now on.
        InitialStorage = "INITIAL_STORAGE",
        /// For payments at set times.
        Recurring = "RECURRING",
        /// For payments at no set times.
        Unscheduled = "UNSCHEDULED",
        /// For the parts of one price.
        Instalment = "INSTALMENT",
    }
}

/// Whether the card's details were given just now or had been kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Given now; kept for something, perhaps.
    Manual(Option<Usage>),
    /// Kept, for this.
    Stored(Usage),
}

text! {
    /// A scheme's name of a payment through its whole life.
    NetworkTransactionId, "networkTransactionId", "have 1 to 15 visible ASCII characters",
    |text| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a payment pays off a debt, in the schemes' sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DebtRepayment {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// The merchant behind an aggregator, or behind a wallet that others load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BehindAggregator {
    /// Its name.
    pub name: Reference,
    /// Its street.
    pub street: Reference,
    /// Its suburb or city.
    pub location: Reference,
    /// Its state. Its country is always Australia.
    pub state: Reference,
    /// Its postcode.
    pub postcode: Reference,
    /// Its number with the aggregator.
    pub sub_merchant_id: Reference,
}

impl BehindAggregator {
    fn write(&self, form: &mut Form) {
        form.put("merchantName", &self.name);
        form.put("merchantStreetAddress", &self.street);
        form.put("merchantLocation", &self.location);
        form.put("merchantState", &self.state);
        form.word("merchantCountry", "AU");
        form.put("merchantPostCode", &self.postcode);
        form.put("subMerchantId", &self.sub_merchant_id);
    }
}

/// What goes with a card. All of it is left out for a bank account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardData {
    /// How its details came.
    pub eci: Option<Eci>,
    /// Whether they were kept.
    pub entry: Option<Entry>,
    /// The scheme's name of the first payment of a series.
    pub network_transaction_id: Option<NetworkTransactionId>,
    /// Whether it pays off a debt.
    pub debt_repayment: Option<DebtRepayment>,
    /// For whom an aggregator takes it.
    pub behind_aggregator: Option<BehindAggregator>,
}

impl CardData {
    pub(super) fn write(&self, form: &mut Form) {
        if let Some(eci) = self.eci {
            form.word("eci", eci.as_str());
            if let Eci::Internet(Some(address)) = eci {
                form.word("ipAddress", &address.0.to_string());
            }
        }
        if let Some(entry) = self.entry {
            let mut data = Form::new();
            let (mode, usage) = match entry {
                Entry::Manual(usage) => ("MANUAL", usage),
                Entry::Stored(usage) => ("STORED_CREDENTIAL", Some(usage)),
            };
            data.word("entryMode", mode);
            data.maybe("usage", usage.as_ref());
            form.value("storedCredentialData", data.into_value());
        }
        form.maybe("networkTransactionId", self.network_transaction_id.as_ref());
        let debt = self.debt_repayment.map(|debt| debt == DebtRepayment::Yes);
        form.maybe("debtRepayment", debt.as_ref());
        if let Some(behind) = &self.behind_aggregator {
            behind.write(form);
        }
    }
}
