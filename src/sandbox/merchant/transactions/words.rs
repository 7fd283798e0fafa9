//! The words of a transaction: what it is for, what it does to a pre-authorisation, where it came from.

use serde::{Deserialize, Serialize};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum TransactionType {
    Payment,
    Refund,
    Preauth,
    Capture,
    AccountVerification,
}

impl TransactionType {
    /// The word in `transactionType`.
    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Payment => "PAYMENT",
            Self::Refund => "REFUND",
            Self::Preauth => "PREAUTH",
            Self::Capture => "CAPTURE",
            Self::AccountVerification => "ACCOUNT_VERIFICATION",
        }
    }
}

/// What a transaction does to a pre-authorisation that stands already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum AuthorisationType {
    Incremental,
    Extension,
    Reauthorisation,
}

impl AuthorisationType {
    /// Every type with its word in `authorisationType`.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("INCREMENTAL", Self::Incremental),
        ("EXTENSION", Self::Extension),
        ("REAUTHORISATION", Self::Reauthorisation),
    ];

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Incremental => "INCREMENTAL",
            Self::Extension => "EXTENSION",
            Self::Reauthorisation => "REAUTHORISATION",
        }
    }
}

/// How much of a pre-authorisation a transaction gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum CancellationType {
    Full,
    Partial,
}

impl CancellationType {
    /// Every type with its word in `cancellationType`.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] =
        &[("FULL", Self::Full), ("PARTIAL", Self::Partial)];

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Partial => "PARTIAL",
        }
    }
}

/// Where a transaction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Origin {
    /// A request to this API.
    Api,
    /// A recurring payment's instalment.
    Recurring,
    /// A payment file.
    File,
    /// A payer who paid to a PayID.
    PayId,
}

impl Origin {
    /// The word in `source` (the guess `sources`).
    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Api => "RESTAPI",
            Self::Recurring => "RECURRING",
            Self::File => "QUICKBATCH",
            Self::PayId => "PAYID",
        }
    }
}
