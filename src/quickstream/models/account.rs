//! A payer's account in answers: of a single-use token, of a transaction, or registered. The three
//! show different parts of it, so every part may be absent. Numbers come masked.

use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::models::card::{
    AccountType, CardScheme, CardType, PanType, WalletProvider,
};
use crate::quickstream::models::ids::{AccountToken, CustomerId};
use crate::quickstream::models::model;
use crate::quickstream::models::texts::Personal;
use crate::quickstream::word::Word;

model! {
    /// A card.
    CreditCard may {
        /// What sort of account it is.
        account_type: Word<AccountType> = "accountType",
        /// Its token, if it is registered.
        account_token: AccountToken = "accountToken",
        /// Whose it is, if it is registered.
        customer_id: CustomerId = "customerId",
        /// Whether it is used when only the customer is named.
        default_account: bool = "defaultAccount",
        /// The first six and last three digits.
        card_number: String = "cardNumber",
        /// Two digits.
        expiry_date_month: String = "expiryDateMonth",
        /// Two digits.
        expiry_date_year: String = "expiryDateYear",
        /// Its scheme.
        card_scheme: Word<CardScheme> = "cardScheme",
        /// Whose money it spends.
        card_type: Word<CardType> = "cardType",
        /// The name printed on it.
        cardholder_name: Personal = "cardholderName",
        /// The percentage added to payments with it, such as `0.400`.
        surcharge_percentage: String = "surchargePercentage",
        /// The first six and last four digits.
        masked_card_number_4_digits: String = "maskedCardNumber4Digits",
        /// What its number is.
        pan_type: Word<PanType> = "panType",
        /// Whose wallet it was in.
        wallet_provider: Word<WalletProvider> = "walletProvider",
        /// Whether the payer has to be authenticated before the token is used.
        three_ds2_auth_required: bool = "threeDS2AuthRequired",
        /// What the bank says of the payer's browser.
        three_ds2: Fields = "threeDS2",
        /// How far the authentication has come.
        three_ds2_status: String = "threeDS2Status",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

model! {
    /// An Australian bank account.
    BankAccount may {
        /// What sort of account it is.
        account_type: Word<AccountType> = "accountType",
        /// Its token, if it is registered.
        account_token: AccountToken = "accountToken",
        /// Whose it is, if it is registered.
        customer_id: CustomerId = "customerId",
        /// Whether it is used when only the customer is named.
        default_account: bool = "defaultAccount",
        /// Who holds it.
        account_name: Personal = "accountName",
        /// How the bank shows it.
        display_name: Personal = "displayName",
        /// Its currency.
        currency: String = "currency",
        /// Masked.
        bsb: Personal = "bsb",
        /// Masked.
        account_number: Personal = "accountNumber",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

model! {
    /// A New Zealand bank account.
    NzBankAccount may {
        /// What sort of account it is.
        account_type: Word<AccountType> = "accountType",
        /// Its token, if it is registered.
        account_token: AccountToken = "accountToken",
        /// Whose it is, if it is registered.
        customer_id: CustomerId = "customerId",
        /// Whether it is used when only the customer is named.
        default_account: bool = "defaultAccount",
        /// Who holds it.
        nz_account_name: Personal = "nzAccountName",
        /// How the bank shows it.
        display_name: Personal = "displayName",
        /// Its currency.
        currency: String = "currency",
        /// The bank.
        nz_bank_code: Personal = "nzBankCode",
        /// The branch.
        nz_branch_code: Personal = "nzBranchCode",
        /// Its number there.
        nz_account_number: Personal = "nzAccountNumber",
        /// Its suffix.
        nz_account_suffix: Personal = "nzAccountSuffix",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}
