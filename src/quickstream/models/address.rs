//! Postal addresses in answers.

use crate::quickstream::models::model;
use crate::quickstream::models::texts::Personal;

model! {
    /// A postal address.
    Address may {
        /// The first line.
        street1: Personal = "street1",
        /// The second line.
        street2: Personal = "street2",
        /// The third line.
        street3: Personal = "street3",
        /// The city.
        city: Personal = "city",
        /// The state.
        state: Personal = "state",
        /// The postcode.
        postcode: Personal = "postcode",
        /// The country.
        country: Personal = "country",
    }
}
