//! Customers, single-use tokens and registered accounts.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::means::Means;
use super::deeds::customer_number;
use super::{BUSINESS, Expect, Model, Schedule};

/// How long a single-use token lives.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);

#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) number: String,
    pub(crate) enabled: bool,
    /// The account that pays when only the customer is named.
    pub(crate) default: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) customer: usize,
    pub(crate) means: Means,
    pub(crate) enabled: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    means: Means,
    made: Timestamp,
    used: bool,
}

impl Token {
    pub(crate) fn dies(&self) -> Timestamp {
        self.made + TOKEN_LIFE
    }
}

impl Model {
    pub(super) fn create_customer(&mut self, number: u8) -> Expect {
        let number = customer_number(number);
        if self.customers.iter().any(|customer| customer.number == number) {
            return Expect::refused(422);
        }
        self.customers.push(Customer { number, enabled: true, default: None });
        let at = self.customers.len() - 1;
        Expect::made(201, self.customer_face(at), format!("$c{at}"), "customerId")
    }

    pub(super) fn set_customer(&mut self, at: usize, enabled: bool) -> Expect {
        self.customers[at].enabled = enabled;
        if !enabled {
            let theirs = self.schedules.iter_mut().filter(|schedule| schedule.customer == at);
            theirs.for_each(Schedule::stop);
        }
        Expect::shown(200, self.customer_face(at))
    }

    pub(super) fn make_token(&mut self, means: Means) -> Expect {
        self.tokens.push(Token { means, made: self.now, used: false });
        let at = self.tokens.len() - 1;
        let face = json!({ "accountType": means.account_type() });
        Expect::made(200, face, format!("$k{at}"), "singleUseTokenId")
    }

    /// What a token stands for, if it can still be used.
    pub(super) fn token_means(&self, at: usize) -> Option<Means> {
        let token = &self.tokens[at];
        (!token.used && self.now < token.dies()).then_some(token.means)
    }

    /// Whether an account and its customer are enabled.
    pub(super) fn is_usable(&self, at: usize) -> bool {
        let account = &self.accounts[at];
        account.enabled && self.customers[account.customer].enabled
    }

    pub(super) fn use_token(&mut self, at: usize) {
        self.tokens[at].used = true;
    }

    pub(super) fn register_account(
        &mut self,
        customer: usize,
        token: usize,
        default: bool,
    ) -> Expect {
        let Some(means) = self.token_means(token) else { return Expect::refused(422) };
        self.use_token(token);
        self.accounts.push(Account { customer, means, enabled: true });
        let at = self.accounts.len() - 1;
        let owner = &mut self.customers[customer];
        if default || owner.default.is_none() {
            owner.default = Some(at);
        }
        Expect::made(201, self.account_face(at), format!("$a{at}"), "accountToken")
    }

    pub(super) fn make_default(&mut self, at: usize) -> Expect {
        if !self.accounts[at].enabled {
            return Expect::refused(404);
        }
        self.customers[self.accounts[at].customer].default = Some(at);
        Expect::shown(200, self.account_face(at))
    }

    /// Disables an account; if it was the default, its customer has none.
    pub(super) fn disable_account(&mut self, at: usize) -> Expect {
        if !self.accounts[at].enabled {
            return Expect::refused(404);
        }
        self.accounts[at].enabled = false;
        let owner = &mut self.customers[self.accounts[at].customer];
        owner.default = owner.default.filter(|default| *default != at);
        Expect::shown(204, Value::Null)
    }

    pub(crate) fn customer_face(&self, at: usize) -> Value {
        let customer = &self.customers[at];
        let status = if customer.enabled { "ENABLED" } else { "DISABLED" };
        json!({ "customerId": format!("$c{at}"), "customerNumber": customer.number,
                "supplierBusinessCode": BUSINESS, "status": status })
    }

    pub(crate) fn account_face(&self, at: usize) -> Value {
        let account = &self.accounts[at];
        let default = self.customers[account.customer].default == Some(at);
        json!({ "accountToken": format!("$a{at}"), "defaultAccount": default,
                "customerId": format!("$c{}", account.customer),
                "accountType": account.means.account_type() })
    }
}
