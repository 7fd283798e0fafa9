//! The vendor's products that share the key endpoint. What differs between them is data, kept here.
//!
//! Knows names and addresses; knows nothing of HTTP.

use std::fmt;

use crate::domain::names::Environment;

/// How well a fact about the bank is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Read in the vendor's own text.
    Documented,
    /// What public clients really send or parse.
    Observed,
    /// Concluded from documented or observed facts.
    Inferred,
    /// Not known; a safe default was chosen.
    Unknown,
}

impl Grade {
    /// The letter used in tables.
    pub const fn letter(self) -> char {
        match self {
            Self::Documented => 'D',
            Self::Observed => 'O',
            Self::Inferred => 'I',
            Self::Unknown => 'U',
        }
    }

    /// Whether no document or client shows it: it may serve a sandbox, and must not meet live money
    /// before it was tried.
    pub const fn is_guess(self) -> bool {
        match self {
            Self::Documented | Self::Observed => false,
            Self::Inferred | Self::Unknown => true,
        }
    }

    /// The grade written beside a row, in the place of the usual one; for tables.
    #[must_use]
    pub const fn but(self, written: Self) -> Self {
        match self {
            Self::Documented | Self::Observed | Self::Inferred | Self::Unknown => written,
        }
    }

    /// The word used in sentences.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Unknown => "unknown",
        }
    }
}

/// One of the vendor's products; the renewal of keys is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// QuickStream.
    QuickStream,
    /// PayWay.
    PayWay,
    /// PaymentsPlus.
    PaymentsPlus,
}

/// One address at which a product is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// What lives there.
    pub environment: Environment,
    /// The API's base URL, without a slash at the end.
    pub url: &'static str,
    /// How well the address is known.
    pub grade: Grade,
}

/// What differs between the products.
#[derive(Clone, Copy, Debug)]
pub struct ProductData {
    /// The word in settings and replies; fixed once released.
    pub label: &'static str,
    /// Where it is served; of one environment's addresses the first is the default.
    pub bases: &'static [Base],
    /// The path of the newest key, below the base URL.
    pub latest_key_path: &'static str,
    /// How the answer to `GET /` names the facility.
    pub facility: FacilityFields,
}

/// The fields in which a product's `GET /` names the facility that a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FacilityFields {
    /// The field with its code.
    pub code: &'static str,
    /// The field with its name, for people.
    pub name: &'static str,
    /// How well they are known.
    pub grade: Grade,
}

const fn base(environment: Environment, url: &'static str, grade: Grade) -> Base {
    Base { environment, url, grade }
}

const QUICKSTREAM: ProductData = ProductData {
    label: "quickstream",
    bases: &[
        base(
            Environment::Support,
            "https://api.quickstream.support.qvalent.com/rest/v1",
            Grade::Documented,
        ),
        base(
            Environment::Production,
            "https://api.quickstream.westpac.com.au/rest/v1",
            Grade::Documented,
        ),
        // New Zealand's; a facility there sets `base_url`.
        base(
            Environment::Support,
            "https://quickapi-test.paymentsonline.co.nz/rest/v1",
            Grade::Observed,
        ),
        base(
            Environment::Production,
            "https://quickapi.paymentsonline.co.nz/rest/v1",
            Grade::Observed,
        ),
    ],
    latest_key_path: "/api-keys/latest",
    facility: FacilityFields {
        code: "communityCode",
        name: "communityName",
        grade: Grade::Documented,
    },
};

const PAYWAY: ProductData = ProductData {
    label: "payway",
    // One address serves test and live facilities: the key decides which one answers.
    bases: &[
        base(Environment::Support, "https://api.payway.com.au/rest/v1", Grade::Documented),
        base(Environment::Production, "https://api.payway.com.au/rest/v1", Grade::Documented),
    ],
    latest_key_path: "/api-keys/latest",
    // No text about its `GET /` was found; should the fields differ, no key is ever proven by
    // mistake: the answer counts as one that names no facility.
    facility: FacilityFields {
        code: "communityCode",
        name: "communityName",
        grade: Grade::Unknown,
    },
};

const PAYMENTS_PLUS: ProductData = ProductData {
    label: "paymentsplus",
    bases: &[
        base(
            Environment::Support,
            "https://api.paymentsplus.support.qvalent.com/rest/v1",
            Grade::Documented,
        ),
        base(
            Environment::Production,
            "https://api.paymentsplus.westpac.com.au/rest/v1",
            Grade::Documented,
        ),
    ],
    latest_key_path: "/api-keys/latest",
    facility: FacilityFields { code: "buyerCode", name: "buyerName", grade: Grade::Documented },
};

impl Product {
    /// Every product.
    pub const ALL: &[Product] = &[Self::QuickStream, Self::PayWay, Self::PaymentsPlus];

    /// What differs.
    pub const fn data(self) -> &'static ProductData {
        match self {
            Self::QuickStream => &QUICKSTREAM,
            Self::PayWay => &PAYWAY,
            Self::PaymentsPlus => &PAYMENTS_PLUS,
        }
    }

    /// The word in settings and replies.
    pub const fn label(self) -> &'static str {
        self.data().label
    }

    /// The product of this word, or `None`.
    pub fn from_label(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|product| product.label() == word)
    }

    /// Where the product is served for this environment, unless the settings say otherwise; the
    /// sandbox has no address of its own.
    pub fn default_base_url(self, environment: Environment) -> Option<&'static str> {
        let bases = self.data().bases.iter();
        bases.copied().find(|base| base.environment == environment).map(|base| base.url)
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_has_its_word_and_lives_behind_tls() {
        for product in Product::ALL {
            assert_eq!(Product::from_label(product.label()), Some(*product));
            assert_eq!(product.default_base_url(Environment::Sandbox), None);
            for environment in [Environment::Support, Environment::Production] {
                assert!(product.default_base_url(environment).is_some(), "{product}");
            }
            for base in product.data().bases {
                assert!(base.url.starts_with("https://") && !base.url.ends_with('/'));
            }
            assert!(product.data().latest_key_path.starts_with('/'));
        }
    }
}
