//! Single-use tokens: account details that are sent to the bank once, and then spoken of by a token
//! that lives ten minutes and can be spent once. Authentication does not spend it.

pub mod authentication;
pub mod browser;

use crate::quickstream::ask::IdempotencyKey;
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::models::account::{BankAccount, CreditCard, NzBankAccount};
use crate::quickstream::models::card::AccountType;
use crate::quickstream::models::details::{BankDetails, CardDetails, NzBankDetails, YearDigits};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{BusinessCode, SingleUseTokenId};
use crate::quickstream::models::model;
use crate::quickstream::models::publishable::PublishableKey;
use crate::quickstream::models::texts::Short;
use crate::quickstream::resources::payto_agreements::payer::PayerAccount;
use crate::quickstream::typed::Done;
use crate::quickstream::word::Word;
use browser::BrowserProfile;

/// What a token is to stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The business by whose rules the details are checked; not by which the token is spent.
    pub business: BusinessCode,
    /// The details.
    pub account: TokenAccount,
}

/// The account that a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenAccount {
    /// A card.
    Card(CardDetails),
    /// A card whose holder is to be authenticated by 3-D Secure, in this browser.
    CardWithThreeDs2(CardDetails, BrowserProfile),
    /// An Australian bank account.
    Bank(BankDetails),
    /// A New Zealand bank account.
    NzBank(NzBankDetails),
    /// The account of this name that a payer is to be asked for by PayTo. The names of its fields
    /// are a guess.
    PayTo(Short<140>, PayerAccount),
}

impl TokenRequest {
    fn form(&self) -> Form {
        let mut form = Form::new();
        form.put("supplierBusinessCode", &self.business);
        match &self.account {
            TokenAccount::Card(card) => {
                form.word("accountType", AccountType::CreditCard.as_str());
                card.write(&mut form, YearDigits::Four);
            }
            TokenAccount::CardWithThreeDs2(card, browser) => {
                form.word("accountType", AccountType::CreditCard.as_str());
                card.write(&mut form, YearDigits::Four);
                form.put("threeDS2", &true);
                form.value("browserProfile", browser.to_value());
            }
            TokenAccount::Bank(bank) => {
                form.word("accountType", AccountType::DirectDebit.as_str());
                bank.write(&mut form);
            }
            TokenAccount::NzBank(bank) => {
                form.word("accountType", AccountType::DirectDebitNz.as_str());
                bank.write(&mut form);
            }
            TokenAccount::PayTo(name, account) => {
                form.word("accountType", AccountType::PayTo.as_str());
                form.put("payerName", name);
                account.write(&mut form);
            }
        }
        form
    }

    /// The request's body.
    pub fn to_value(&self) -> serde_json::Value {
        self.form().into_value()
    }
}

model! {
    /// A single-use token, with what may be shown of the account.
    SingleUseToken needs {
        /// The token.
        single_use_token_id: SingleUseTokenId = "singleUseTokenId",
    } may {
        /// What sort of account it stands for.
        account_type: Word<AccountType> = "accountType",
        /// The card.
        credit_card: CreditCard = "creditCard",
        /// The Australian bank account.
        bank_account: BankAccount = "bankAccount",
        /// The New Zealand bank account.
        nz_bank_account: NzBankAccount = "nzBankAccount",
        /// The account that a payer is to be asked for by `PayTo`.
        pay_to_account: Fields = "payToAccount",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl SingleUseToken {
    /// Whether the payer has to be authenticated before the token is spent.
    pub fn needs_authentication(&self) -> bool {
        let card = self.credit_card.as_ref();
        card.and_then(|card| card.three_ds2_auth_required).unwrap_or(false)
    }
}

impl Client {
    /// `POST /single-use-tokens`: a token for an account.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; `busy` also if 1,000 tokens were made and not used.
    pub async fn generate_single_use_token(
        &self,
        key: &PublishableKey,
        idempotency_key: &IdempotencyKey,
        request: &TokenRequest,
    ) -> Result<SingleUseToken, Fault> {
        let (path, body) = ("/single-use-tokens", request.form().into_body());
        let done: Done<SingleUseToken> =
            self.create(key.key(), path, path.to_owned(), idempotency_key, body).await?;
        Ok(done.value)
    }
}
