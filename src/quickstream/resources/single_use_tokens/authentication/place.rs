//! Where a payer's statements go, and where their goods go.

use super::values::{Country, State};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::texts::Short;

/// An address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The street's first line.
    pub line1: Option<Short<50>>,
    /// The street's second line.
    pub line2: Option<Short<50>>,
    /// The street's third line.
    pub line3: Option<Short<50>>,
    /// The city.
    pub city: Option<Short<50>>,
    /// The postcode.
    pub postcode: Option<Short<16>>,
    /// The state.
    pub state: Option<State>,
    /// The country.
    pub country: Option<Country>,
}

/// The names of an address's fields.
pub(super) struct Names {
    lines: [&'static str; 3],
    city: &'static str,
    postcode: &'static str,
    state: &'static str,
    country: &'static str,
}

pub(super) const BILLING: Names = Names {
    lines: ["billAddrLine1", "billAddrLine2", "billAddrLine3"],
    city: "billAddrCity",
    postcode: "billAddrPostCode",
    state: "billAddrState",
    country: "billAddrCountry",
};

const SHIPPING: Names = Names {
    lines: ["shipAddrLine1", "shipAddrLine2", "shipAddrLine3"],
    city: "shipAddrCity",
    postcode: "shipAddrPostCode",
    state: "shipAddrState",
    country: "shipAddrCountry",
};

impl Address {
    pub(super) fn write(&self, form: &mut Form, names: &Names) {
        let [first, second, third] = names.lines;
        form.maybe(first, self.line1.as_ref());
        form.maybe(second, self.line2.as_ref());
        form.maybe(third, self.line3.as_ref());
        form.maybe(names.city, self.city.as_ref());
        form.maybe(names.postcode, self.postcode.as_ref());
        form.maybe(names.state, self.state.as_ref());
        form.maybe(names.country, self.country.as_ref());
    }
}

/// Where goods are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipping {
    /// Whether that is the billing address, too.
    pub matches_billing: Option<AddressMatch>,
    /// Where.
    pub address: Address,
}

/// Whether two addresses are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressMatch {
    /// They are.
    Same,
    /// They are not.
    Different,
}

impl Shipping {
    pub(super) fn write(&self, form: &mut Form) {
        match self.matches_billing {
            Some(AddressMatch::Same) => form.word("addrMatch", "Y"),
            Some(AddressMatch::Different) => form.word("addrMatch", "N"),
            None => {}
        }
        self.address.write(form, &SHIPPING);
    }
}
