//! Registered accounts: a card or a bank account that the bank keeps under a token, so that the
//! merchant need not. A token is good until the account is disabled.

use serde_json::Value;

use crate::key::KeyText;
use crate::quickstream::ask::{Ask, IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::models::account::{BankAccount, CreditCard, NzBankAccount};
use crate::quickstream::models::card::AccountType;
use crate::quickstream::models::details::{
    BankDetails, CardDetails, Expiry, HolderName, NzBankDetails, YearDigits,
};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{AccountToken, BusinessCode, CustomerId, SingleUseTokenId};
use crate::quickstream::models::{BadField, model};
use crate::quickstream::pages::{Listed, Pager};
use crate::quickstream::resources::customers;
use crate::quickstream::typed::Done;
use crate::quickstream::word::Word;

const ALL: &str = "/accounts";
const ONE: &str = "/accounts/{accountToken}";
const OF_CUSTOMER: &str = "/customers/{customerId}/accounts";

/// A registered account, as the bank has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its token.
    pub token: AccountToken,
    /// What it is. The token stands there again.
    pub kind: AccountKind,
}

/// What a registered account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A card, perhaps in a wallet.
    Card(CreditCard),
    /// An Australian bank account.
    Bank(BankAccount),
    /// A New Zealand bank account.
    NzBank(NzBankAccount),
    /// Of a sort that the documents do not show.
    Other(OtherAccount),
}

model! {
    /// An account of a sort that we do not know.
    OtherAccount may {
        /// What sort of account it is.
        account_type: Word<AccountType> = "accountType",
        /// Its token.
        account_token: AccountToken = "accountToken",
        /// Whose it is.
        customer_id: CustomerId = "customerId",
        /// Whether it is used when only the customer is named.
        default_account: bool = "defaultAccount",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl Listed for Account {
    fn read(fields: Fields) -> Option<Self> {
        let mut seen = fields.clone();
        let token = seen.take("accountToken")?;
        let kind = match seen.take::<Word<AccountType>>("accountType") {
            Some(Word::Known(
                AccountType::CreditCard | AccountType::ApplePay | AccountType::GooglePay,
            )) => AccountKind::Card(CreditCard::of(fields)?),
            Some(Word::Known(AccountType::DirectDebit)) => {
                AccountKind::Bank(BankAccount::of(fields)?)
            }
            Some(Word::Known(AccountType::DirectDebitNz)) => {
                AccountKind::NzBank(NzBankAccount::of(fields)?)
            }
            Some(Word::Known(AccountType::PayTo) | Word::Unknown(_)) | None => {
                AccountKind::Other(OtherAccount::of(fields)?)
            }
        };
        Some(Self { token, kind })
    }
}

impl Account {
    /// It as JSON again, with all that was kept.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            AccountKind::Card(card) => card.to_value(),
            AccountKind::Bank(bank) => bank.to_value(),
            AccountKind::NzBank(bank) => bank.to_value(),
            AccountKind::Other(other) => other.to_value(),
        }
    }

    /// Whose it is.
    pub fn customer(&self) -> Option<&CustomerId> {
        match &self.kind {
            AccountKind::Card(card) => card.customer_id.as_ref(),
            AccountKind::Bank(bank) => bank.customer_id.as_ref(),
            AccountKind::NzBank(bank) => bank.customer_id.as_ref(),
            AccountKind::Other(other) => other.customer_id.as_ref(),
        }
    }

    /// Whether it is used when only the customer is named.
    pub fn is_default(&self) -> bool {
        let default = match &self.kind {
            AccountKind::Card(card) => card.default_account,
            AccountKind::Bank(bank) => bank.default_account,
            AccountKind::NzBank(bank) => bank.default_account,
            AccountKind::Other(other) => other.default_account,
        };
        default == Some(true)
    }
}

/// An account to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// What it is.
    pub source: AccountSource,
    /// The business whose rules it must meet.
    pub business: Option<BusinessCode>,
    /// Whether it is to be the one that is used when only the customer is named; absent, the bank
    /// decides.
    pub default: Option<bool>,
}

/// What an account is registered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSource {
    /// A token from the payer's browser, which is spent by it.
    Token(SingleUseTokenId),
    /// A token whose holder 3-D Secure has authenticated.
    AuthenticatedToken(SingleUseTokenId),
    /// A card's details; who sends these has the duties of PCI DSS.
    Card(CardDetails),
    /// An Australian bank account's details.
    Bank(BankDetails),
    /// A New Zealand bank account's details.
    NzBank(NzBankDetails),
}

impl NewAccount {
    /// An account and nothing said about it.
    pub const fn new(source: AccountSource) -> Self {
        Self { source, business: None, default: None }
    }

    /// The request's body. Of its names the documents give those of the token and of 3-D Secure; the
    /// others are taken from the answers.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    fn form(&self) -> Form {
        let mut form = Form::new();
        form.maybe("supplierBusinessCode", self.business.as_ref());
        let mut details = Form::new();
        match &self.source {
            AccountSource::Token(token) => form.put("singleUseTokenId", token),
            AccountSource::AuthenticatedToken(token) => {
                form.put("singleUseTokenId", token);
                form.put("threeDS2", &true);
            }
            AccountSource::Card(card) => {
                card.write(&mut details, YearDigits::Two);
                form.value("creditCard", details.into_value());
            }
            AccountSource::Bank(bank) => {
                bank.write(&mut details);
                form.value("bankAccount", details.into_value());
            }
            AccountSource::NzBank(bank) => {
                bank.write(&mut details);
                form.value("nzBankAccount", details.into_value());
            }
        }
        form.maybe("defaultAccount", self.default.as_ref());
        form
    }
}

/// What can be changed of an account: its holder's name, and a card's expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// A card's.
    Card(CardChange),
    /// An Australian bank account's holder.
    Bank(HolderName),
    /// A New Zealand bank account's holder.
    NzBank(HolderName),
}

/// What changes of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardChange {
    holder: Option<HolderName>,
    expiry: Option<Expiry>,
}

impl CardChange {
    /// Takes a new name, a new expiry, or both.
    ///
    /// # Errors
    ///
    /// Refuses neither.
    pub fn new(holder: Option<HolderName>, expiry: Option<Expiry>) -> Result<Self, BadField> {
        if holder.is_none() && expiry.is_none() {
            return Err(BadField::new("the account", "be changed in something"));
        }
        Ok(Self { holder, expiry })
    }
}

impl AccountChange {
    /// The request's body. Its names are not in the documents; they are taken from the answers.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    fn form(&self) -> Form {
        let mut form = Form::new();
        match self {
            Self::Card(CardChange { holder, expiry }) => {
                form.maybe("cardholderName", holder.as_ref());
                if let Some(expiry) = expiry {
                    expiry.write(&mut form, YearDigits::Two);
                }
            }
            Self::Bank(holder) => form.put("accountName", holder),
            Self::NzBank(holder) => form.put("nzAccountName", holder),
        }
        form
    }
}

impl Client {
    /// `GET /accounts/{accountToken}`: one account.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn account(&self, key: &KeyText, account: &AccountToken) -> Result<Account, Fault> {
        self.get_one(key, ONE, place(account)).await
    }

    /// `PATCH /accounts/{accountToken}`: changes the holder's name or the expiry. `None` if the bank
    /// does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn update_account(
        &self,
        key: &KeyText,
        account: &AccountToken,
        change: &AccountChange,
    ) -> Result<Option<Account>, Fault> {
        self.change(key, ONE, place(account), Verb::Patch(change.form().into_body())).await
    }

    /// `DELETE /accounts/{accountToken}`: disables it, for good.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn disable_account(
        &self,
        key: &KeyText,
        account: &AccountToken,
    ) -> Result<(), Fault> {
        let ask = Ask::new(ONE, Verb::Delete, place(account), self.priority())?;
        self.ask(key, ask).await.map(drop)
    }

    /// `POST /accounts`: registers an account, and makes a customer of its holder.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn register_account(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        account: &NewAccount,
    ) -> Result<Done<Account>, Fault> {
        self.create(key, ALL, ALL.to_owned(), idempotency_key, account.form().into_body()).await
    }

    /// `POST /customers/{customerId}/accounts`: registers an account of a customer.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn register_customer_account(
        &self,
        key: &KeyText,
        customer: &CustomerId,
        idempotency_key: &IdempotencyKey,
        account: &NewAccount,
    ) -> Result<Done<Account>, Fault> {
        let body = account.form().into_body();
        let path = of_customer(customer);
        let done: Done<Account> =
            self.create(key, OF_CUSTOMER, path, idempotency_key, body).await?;
        done.if_shows("customerId", Some(customer.as_str()), |shown| {
            shown.customer().map(CustomerId::as_str)
        })
    }

    /// `GET /customers/{customerId}/accounts`: those that are enabled, the newest first.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn customer_accounts(
        &self,
        key: &KeyText,
        customer: &CustomerId,
    ) -> Result<Pager<Account>, Fault> {
        self.list(key, OF_CUSTOMER, &of_customer(customer))
    }
}

fn place(account: &AccountToken) -> String {
    format!("{ALL}/{}", account.segment())
}

fn of_customer(customer: &CustomerId) -> String {
    format!("{}/accounts", customers::place(customer))
}
