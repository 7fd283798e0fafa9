//! The fields of every model, as the documents have them: name, type, format, and how the name is
//! known. Written from the documents alone, and held against what the sandbox answers: a field that no
//! document has is a fault, unless the guesses' table has it.

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Is {
    Text,
    /// A whole number.
    Count,
    Flag,
    /// `2022-01-02`.
    Date,
    /// `2022-01-02T03:48:40+00:00`, with or without the colon.
    Moment,
    /// Two digits.
    TwoDigits,
    /// An absolute URL.
    Url,
    /// A text with so many decimals: `100.05` has two.
    Decimal(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Texts by names of the merchant's.
    Texts,
    One(&'static Model),
    Many(&'static Model),
    /// A list of texts.
    Sentences,
    /// What the documents call an object and show no more of.
    Anything,
}

/// How a field's name is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// The documents have it.
    D,
    /// Someone else restates the documents.
    D2,
    /// A public client reads or sends it.
    O,
    /// By none of these: the guess of this name has it.
    Guess(&'static str),
}

use Is::{
    Anything, Count, Date, Decimal, Flag, Many, Moment, One, Sentences, Text, Texts, TwoDigits, Url,
    Word,
};
use Known::{D, D2, Guess, O};

/// A model: its name, and its fields.
pub(crate) struct Model(
    pub(crate) &'static str,
    pub(crate) &'static [(&'static str, Is, Known)],
);

const SCHEMES: &[&str] = &["VISA", "MASTERCARD", "AMEX", "DINERS", "JCB", "UNIONPAY"];
const TYPES: &[&str] = &["CREDIT_CARD", "DIRECT_DEBIT", "DIRECT_DEBIT_NZ", "APPLE_PAY", "GOOGLE_PAY"];
const CURRENCIES: &[&str] = &["AUD", "NZD"];

pub(crate) static LINK: Model = Model("Link", &[
    ("rel", Text, D),
    ("href", Url, D),
    ("requestMethod", Word(&["GET", "POST", "PUT", "PATCH", "DELETE"]), D),
]);
pub(crate) static ERROR: Model = Model("Error", &[
    ("links", Many(&LINK), D),
    ("status", Word(&["401", "403", "404", "405", "406", "422"]), D),
    ("requestMethod", Word(&["GET", "POST", "PUT", "PATCH", "DELETE"]), D),
    ("requestUrl", Url, D),
    ("customerMessage", Text, D),
    ("developerMessage", Text, D),
    ("errors", Many(&FIELD_ERROR), D),
]);
static FIELD_ERROR: Model =
    Model("Field error", &[("messages", Sentences, D), ("fieldName", Text, D), ("fieldValue", Text, D)]);
static MONEY: Model = Model("Money", &[
    ("currency", Word(CURRENCIES), D),
    ("amount", Anything, D),
    ("displayAmount", Text, D),
]);
static SURCHARGED: Model = Model("Money with surcharge", &[
    ("principalAmount", One(&MONEY), D),
    ("surchargeAmount", One(&MONEY), D),
    ("totalAmount", One(&MONEY), D),
]);
pub(crate) static ROOT: Model = Model("Root", &[
    ("links", Many(&LINK), D),
    ("communityCode", Text, D),
    ("communityName", Text, D),
    ("keyName", Text, D),
]);
pub(crate) static KEY: Model = Model("API key", &[
    ("links", Many(&LINK), O),
    ("keyName", Text, D),
    ("key", Text, D),
    ("expiryDate", Moment, D),
]);
pub(crate) static BUSINESS: Model = Model("Business", &[
    ("links", Many(&LINK), O),
    ("supplierBusinessName", Text, O),
    ("supplierBusinessCode", Text, O),
    ("registeredName", Text, O),
    ("abn", Text, O),
    ("contactName", Text, O),
    ("contactEmail", Text, O),
    ("contactPhone", Text, O),
    ("customerNotificationEmail", Text, O),
    ("businessAddress", One(&ADDRESS), O),
]);
static ADDRESS: Model = Model("Address", &[
    ("street1", Text, O), ("street2", Text, O), ("street3", Text, O), ("city", Text, O),
    ("state", Text, O), ("postcode", Text, O), ("country", Text, O),
]);
pub(crate) static SCHEME: Model =
    Model("Card scheme", &[("links", Many(&LINK), D), ("cardScheme", Word(SCHEMES), D)]);
pub(crate) static SURCHARGE: Model = Model("Card surcharge", &[
    ("links", Many(&LINK), O),
    ("cardScheme", Word(SCHEMES), O),
    ("cardType", Word(&["CREDIT", "DEBIT"]), O),
    ("surchargePercentage", Decimal(3), O),
]);
pub(crate) static TOKEN: Model = Model("Single-use token", &[
    ("links", Many(&LINK), D),
    ("singleUseTokenId", Text, D),
    ("accountType", Word(TYPES), D),
    ("creditCard", One(&TOKEN_CARD), D),
    ("bankAccount", One(&TOKEN_BANK), D),
    ("nzBankAccount", One(&TOKEN_NZ_BANK), D),
]);
static TOKEN_CARD: Model = Model("Card of a token", &[
    ("cardNumber", Text, D),
    ("expiryDateMonth", TwoDigits, D),
    ("expiryDateYear", TwoDigits, D),
    ("cardScheme", Word(SCHEMES), D),
    ("cardType", Word(&["CREDIT", "DEBIT"]), D),
    ("cardholderName", Text, D),
    ("surchargePercentage", Decimal(3), D),
    ("maskedCardNumber4Digits", Text, D),
    ("threeDS2AuthRequired", Flag, D),
    ("threeDS2", Anything, D),
    ("threeDS2Status", Text, D),
]);
static TOKEN_BANK: Model =
    Model("Bank account of a token", &[("accountName", Text, D), ("bsb", Text, D), ("accountNumber", Text, D)]);
static TOKEN_NZ_BANK: Model = Model("New Zealand bank account of a token", &[
    ("nzAccountName", Text, D),
    ("nzBankCode", Text, D),
    ("nzBranchCode", Text, D),
    ("nzAccountNumber", Text, D),
    ("nzAccountSuffix", Text, D),
]);
pub(crate) static AUTHENTICATED: Model =
    Model("3-D Secure", &[("transStatus", Word(&["A", "C", "N", "R", "U", "Y"]), D)]);
pub(crate) static CUSTOMER: Model = Model("Customer", &[
    ("links", Many(&LINK), O),
    ("customerId", Text, O),
    ("customerNumber", Text, O),
    ("customerName", Text, O),
    ("supplierBusinessCode", Text, O),
    ("status", Word(&["ENABLED", "DISABLED"]), O),
    ("phoneNumber", Text, O),
    ("emailAddress", Text, O),
    ("preferredNotificationMedium", Word(&["EMAIL", "SMS", "EMAILANDSMS", "NONE"]), O),
    ("address", One(&ADDRESS), O),
]);
/// A registered account, and the account of a transaction.
pub(crate) static ACCOUNT: Model = Model("Account", &[
    ("links", Many(&LINK), D2),
    ("accountType", Word(TYPES), D2),
    ("accountToken", Text, D2),
    ("customerId", Text, D2),
    ("defaultAccount", Flag, D2),
    ("cardNumber", Text, D2),
    ("expiryDateMonth", TwoDigits, D2), ("expiryDateYear", TwoDigits, D2),
    ("cardScheme", Word(SCHEMES), D2),
    ("cardType", Word(&["CREDIT", "DEBIT"]), D2),
    ("cardholderName", Text, D2),
    ("surchargePercentage", Decimal(3), O),
    ("maskedCardNumber4Digits", Text, D2),
    ("panType", Word(&["FPAN", "DPAN"]), D2),
    ("walletProvider", Word(&["APPLE_PAY", "GOOGLE_PAY"]), D2),
    ("accountName", Text, D2),
    ("displayName", Text, D2), ("currency", Word(CURRENCIES), D2),
    ("bsb", Text, O),
    ("accountNumber", Text, O),
    ("nzAccountName", Text, D2),    ("nzBankCode", Text, D2),    ("nzBranchCode", Text, D2),    ("nzAccountNumber", Text, D2),    ("nzAccountSuffix", Text, D2),
]);
pub(crate) static TRANSACTION: Model = Model("Transaction", &[
    ("links", Many(&LINK), D2),
    ("receiptNumber", Text, D2),
    ("transactionType", Word(&["PAYMENT", "REFUND", "PREAUTH", "CAPTURE", "ACCOUNT_VERIFICATION"]), D2),
    ("authorisationType", Word(&["INCREMENTAL", "EXTENSION", "REAUTHORISATION"]), D2),
    ("cancellationType", Word(&["FULL", "PARTIAL"]), D2),
    ("status", Word(&["Approved", "Approved*", "Pending", "Declined", "Voided", "Suspended"]), D2),
    ("responseCode", Text, D2),
    ("responseDescription", Text, D2),
    ("summaryCode", Word(&["0", "1", "2", "3"]), D2),
    ("fraudGuardResult", Text, D2),
    ("originalReceiptNumber", Text, D2),
    ("customerReferenceNumber", Text, D2),
    ("paymentReferenceNumber", Text, D2),
    ("comment", Text, D2),
    ("metadata", Texts, D2),
    ("source", Text, D2),
    ("ipAddress", Text, D2),
    ("user", Anything, O),
    ("supplierBusinessCode", Text, O),
    ("settlementDate", Date, D2),
    ("transactionTime", Moment, D2),
    ("voidable", Flag, D2), ("refundable", Flag, D2),
    ("principalAmount", One(&MONEY), D2),
    ("surchargeAmount", One(&MONEY), D2),
    ("totalAmount", One(&MONEY), D2),
    ("merchantAccount", One(&MERCHANT_ACCOUNT), D2),
    ("directEntryAccount", One(&DIRECT_ENTRY), D2),
    ("nzDirectEntryAccount", One(&NZ_DIRECT_ENTRY), D2),
    ("creditCard", One(&ACCOUNT), D2),
    ("bankAccount", One(&ACCOUNT), D2),
    ("nzBankAccount", One(&ACCOUNT), D2),
    ("payToData", One(&PAYTO_DATA), O),
    ("payToPayeeAccount", One(&PAYTO_PAYEE), O),
    ("payToPayerAccount", One(&PAYTO_PAYER), O),
    ("authorisationCode", Text, D2),
    ("authorisationTraceId", Text, D2),
    ("networkTransactionId", Text, D2),
    ("merchantName", Text, D2), ("merchantStreetAddress", Text, D2), ("merchantLocation", Text, D2),
    ("merchantState", Text, D2), ("merchantCountry", Text, D2), ("merchantPostCode", Text, D2),
    ("subMerchantId", Text, D2),
    ("debtRepayment", Flag, D2),
    ("merchantAdviceCode", Text, D2),
]);
static MERCHANT_ACCOUNT: Model = Model("Merchant account", &[
    ("merchantId", Text, D2),
    ("merchantName", Text, D2),
    ("settlementBsb", Text, D2),
    ("settlementAccountNumber", Text, D2),
    ("settlementSurchargeBsb", Text, D2),
    ("settlementSurchargeAccountNumber", Text, D2),
    ("displayName", Text, D2),
    ("acquiringInstitution", Text, D2),
    ("currency", Word(CURRENCIES), D2),
]);
static DIRECT_ENTRY: Model = Model("Direct entry account", &[
    ("displayName", Text, D2), ("currency", Word(CURRENCIES), D2),
    ("directEntryUserId", Text, D2),
    ("directEntryUserName", Text, D2),
    ("accountName", Text, D2),
    ("settlementBsb", Text, D2),
    ("settlementAccountNumber", Text, D2),
    ("remitterName", Text, D2),
]);
static NZ_DIRECT_ENTRY: Model = Model("New Zealand direct entry account", &[
    ("displayName", Text, D2), ("currency", Word(CURRENCIES), D2),
    ("debitUserId", Text, D2),
    ("nzAccountName", Text, D2),    ("nzBankCode", Text, D2),    ("nzBranchCode", Text, D2),    ("nzAccountNumber", Text, D2),    ("nzAccountSuffix", Text, D2),
]);
static PAYTO_DATA: Model = Model("PayTo data", &[
    ("agreementToken", Text, O),
    ("endToEndId", Text, O),
    ("remittanceInformation1", Text, O),
    ("finalPayment", Flag, O),
]);
const PAYTO_PAYER_ACCOUNT: Known = Guess("payto_payer_account");
const RECEIVING_ACCOUNTS: Known = Guess("receiving_accounts");
static PAYTO_PAYEE: Model = Model("PayTo payee account", &[
    ("accountName", Text, RECEIVING_ACCOUNTS),
    ("bsb", Text, RECEIVING_ACCOUNTS),
    ("accountNumber", Text, RECEIVING_ACCOUNTS),
]);
static PAYTO_PAYER: Model = Model("PayTo payer account", &[
    ("accountType", Word(&["PAYTO"]), PAYTO_PAYER_ACCOUNT),
    ("accountToken", Text, PAYTO_PAYER_ACCOUNT),
    ("customerId", Text, PAYTO_PAYER_ACCOUNT),
    ("defaultAccount", Flag, PAYTO_PAYER_ACCOUNT),
    ("payerName", Text, PAYTO_PAYER_ACCOUNT),
    ("bsb", Text, PAYTO_PAYER_ACCOUNT),
    ("accountNumber", Text, PAYTO_PAYER_ACCOUNT),
    ("payIdType", Text, PAYTO_PAYER_ACCOUNT),
    ("payId", Text, PAYTO_PAYER_ACCOUNT),
]);
const RECURRING_FIELDS: Known = Guess("recurring_fields");
pub(crate) static RECURRING: Model = Model("Recurring payment", &[
    ("links", Many(&LINK), D),
    ("paymentScheduleId", Text, D),
    ("paymentScheduleCode", Text, D),
    ("status", Word(&["ACTIVE", "STOPPED", "COMPLETED"]), D),
    ("instalmentAmount", One(&SURCHARGED), D),
    ("customerId", Text, RECURRING_FIELDS),
    ("accountToken", Text, RECURRING_FIELDS),
    ("supplierBusinessCode", Text, RECURRING_FIELDS),
    ("description", Text, RECURRING_FIELDS),
    ("frequency", Text, RECURRING_FIELDS),
    ("scheduleType", Text, RECURRING_FIELDS),
    ("startDate", Date, RECURRING_FIELDS),
    ("endDate", Date, RECURRING_FIELDS),
    ("numberOfPayments", Count, RECURRING_FIELDS),
    ("totalAmount", One(&MONEY), RECURRING_FIELDS),
    ("finalPaymentAmount", One(&MONEY), RECURRING_FIELDS),
    ("nextPaymentDate", Date, RECURRING_FIELDS),
]);
const FILE_FIELDS: Known = Guess("payment_file_fields");
const FILE_STATES: Is =
    Word(&["QUEUED", "ERROR", "PROCESSING", "AWAITING_CLEARANCE", "COMPLETE"]);
const FORMATS: &[&str] =
    &["CSV2", "CSV", "CSV_TOKENS", "FLAT_FILE", "FLAT_FILE_TOKENS", "MTS", "MTS_TOKENS"];
pub(crate) static FILE: Model = Model("Payment file", &[
    ("links", Many(&LINK), D),
    ("paymentFileId", Text, D),
    ("fileName", Text, FILE_FIELDS),
    ("format", Word(FORMATS), FILE_FIELDS),
    ("status", FILE_STATES, FILE_FIELDS),
    ("uploadedTime", Moment, FILE_FIELDS),
]);
pub(crate) static FILE_ERROR: Model =
    Model("Payment file error", &[("lineNumber", Count, FILE_FIELDS), ("message", Text, FILE_FIELDS)]);
pub(crate) static BATCH: Model = Model("Payment batch", &[
    ("links", Many(&LINK), D),
    ("paymentBatchId", Text, D),
    ("paymentFileId", Text, FILE_FIELDS),
    ("status", FILE_STATES, FILE_FIELDS),
    ("supplierBusinessCode", Text, FILE_FIELDS),
    ("currency", Word(CURRENCIES), FILE_FIELDS),
    ("transactionCount", Count, FILE_FIELDS),
    ("totalAmount", One(&MONEY), FILE_FIELDS),
]);
const PAYTO_FIELDS: Known = Guess("payto_reply_fields");
pub(crate) static AGREEMENT: Model = Model("PayTo agreement", &[
    ("links", Many(&LINK), D),
    ("agreementToken", Text, D),
    ("payeeReference", Text, D),
    ("customerId", Text, D),
    ("customerNumber", Text, D),
    ("supplierBusinessCode", Text, D),
    ("respondByTime", Moment, PAYTO_FIELDS),
    ("agreementCreationType", Word(&["AUTHORISED", "MIGRATED_DDR"]), D2),
    ("paymentDetails", One(&PAYTO_DETAILS), PAYTO_FIELDS),
    ("paymentTerms", One(&PAYTO_TERMS), PAYTO_FIELDS),
    ("payerDetails", One(&PAYER), PAYTO_FIELDS),
    ("agreementStatus", Text, PAYTO_FIELDS),
    ("statusReasonCode", Text, PAYTO_FIELDS),
    ("statusReasonDescription", Text, PAYTO_FIELDS),
    ("statusChangedBy", Word(&["PAYER", "PAYEE"]), PAYTO_FIELDS),
    ("pendingAmendment", One(&AMENDMENT), PAYTO_FIELDS),
]);
static PAYTO_DETAILS: Model = Model("Details of an agreement", &[
    ("purpose", Text, PAYTO_FIELDS),
    ("description", Text, PAYTO_FIELDS),
    ("startDate", Date, PAYTO_FIELDS),
    ("endDate", Date, PAYTO_FIELDS),
    ("automaticRenewal", Flag, PAYTO_FIELDS),
]);
static PAYTO_TERMS: Model = Model("Terms of an agreement", &[
    ("frequency", Text, PAYTO_FIELDS),
    ("agreementType", Text, PAYTO_FIELDS),
    ("paymentAmount", Decimal(2), PAYTO_FIELDS),
    ("maximumPaymentAmount", Decimal(2), PAYTO_FIELDS),
    ("currency", Word(&["AUD"]), PAYTO_FIELDS),
]);
static PAYER: Model = Model("Payer of an agreement", &[
    ("payerType", Word(&["PERS", "ORGN"]), PAYTO_FIELDS),
    ("payerId", Text, PAYTO_FIELDS),
    ("payerName", Text, PAYTO_FIELDS),
    ("payerReference", Text, PAYTO_FIELDS),
    ("payIdType", Text, PAYTO_FIELDS),
    ("payId", Text, PAYTO_FIELDS),
    ("bsb", Text, PAYTO_FIELDS),
    ("accountNumber", Text, PAYTO_FIELDS),
]);
static AMENDMENT: Model = Model("Amendment of an agreement", &[
    ("amendmentStatus", Text, PAYTO_FIELDS),
    ("respondByTime", Moment, PAYTO_FIELDS),
    ("paymentTerms", One(&PAYTO_TERMS), PAYTO_FIELDS),
    ("paymentDetails", One(&PAYTO_DETAILS), PAYTO_FIELDS),
]);

/// The models whose every field is to be answered at least once.
pub(crate) static MODELS: &[&Model] = &[
    &LINK, &ERROR, &FIELD_ERROR, &MONEY, &SURCHARGED, &ROOT, &KEY, &BUSINESS, &ADDRESS, &SCHEME,
    &SURCHARGE, &TOKEN, &TOKEN_CARD, &TOKEN_BANK, &TOKEN_NZ_BANK, &AUTHENTICATED, &CUSTOMER,
    &ACCOUNT, &TRANSACTION, &MERCHANT_ACCOUNT, &DIRECT_ENTRY, &NZ_DIRECT_ENTRY, &PAYTO_DATA,
    &PAYTO_PAYEE, &PAYTO_PAYER, &RECURRING, &FILE, &FILE_ERROR, &BATCH, &AGREEMENT, &PAYTO_DETAILS,
    &PAYTO_TERMS, &PAYER, &AMENDMENT,
];

/// Documented fields that the sandbox never fills, and why.
pub(crate) const EMPTY: &[(&str, &str)] = &[
    ("Transaction.user", "whose request it was is a matter of the portal"),
    ("Transaction.authorisationTraceId", "deprecated in favour of networkTransactionId"),
    ("Transaction.merchantAdviceCode", "schemes advise nothing here"),
    ("Account.walletProvider", "wallets are not read"),
    ("PayTo payer account.accountToken", "an agreement is no registered account"),
    ("PayTo payer account.customerId", "an agreement is no registered account"),
    ("Merchant account.settlementSurchargeBsb", "surcharges settle with the payments"),
    ("Merchant account.settlementSurchargeAccountNumber", "surcharges settle with the payments"),
];
