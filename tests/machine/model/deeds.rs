//! A call once it is known what it is about, and the request that makes it.

use serde_json::{Value, json};

use super::super::calls::{Call, Eci, Source};
use super::super::means::Means;
use super::agreements::{self, StatusChange};
use super::holds::Change;
use super::schedules::Wanted;
use super::{Ask, BUSINESS, Expect, Kind, Model, choose};

/// A call about certain things; sent again, it is about the same ones.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    CreateCustomer { number: u8 },
    SetCustomer { customer: usize, enabled: bool },
    MakeToken { means: Means },
    RegisterAccount { customer: usize, token: usize, default: bool },
    MakeDefault { account: usize },
    DisableAccount { account: usize },
    Pay(Payment),
    ChangeHold { receipt: usize, change: Change },
    CreateSchedule { customer: usize, wanted: Wanted },
    ReplaceSchedule { schedule: usize, wanted: Wanted },
    StopSchedule { schedule: usize },
    CreateAgreement(agreements::Wanted),
    ChangeStatus { agreement: usize, change: StatusChange },
    Revise { agreement: usize, text: u8 },
    Amend { agreement: usize, change: agreements::Change },
    RecallAmendment { agreement: usize },
    PayUnder { agreement: usize, cents: i64, last: bool },
    Void { transaction: usize },
    Refund { transaction: usize, cents: i64 },
}

/// A payment, a pre-authorisation or an account verification that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) kind: Kind,
    pub(crate) by: Payer,
    pub(crate) cents: i64,
    pub(crate) customer_reference: Option<String>,
    pub(crate) eci: Eci,
}

/// What pays.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payer {
    Details(Means),
    Token(usize),
    Account(usize),
    Customer(usize),
}

/// A request; the texts that begin with `$` are names of the model's.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    /// Below `/rest/v1`.
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) api_key: ApiKey,
    /// The number of the Idempotency-Key.
    pub(crate) idempotency: Option<usize>,
}

/// Which of the facility's two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiKey {
    Secret,
    Publishable,
}

/// An amount as requests have it: a number with two decimals.
pub(crate) fn amount(cents: i64) -> Value {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    Value::Number(text.parse().unwrap())
}

impl Deed {
    pub(crate) fn is_post(&self) -> bool {
        self.request().0 == "POST"
    }

    /// The verb, the path and the body.
    pub(crate) fn request(&self) -> (&'static str, String, Value) {
        let transactions = || "/transactions".to_owned();
        match self {
            Self::CreateCustomer { number } => {
                let body = json!({ "customerNumber": customer_number(*number),
                                   "customerName": "Sam Test", "supplierBusinessCode": BUSINESS });
                ("POST", "/customers".to_owned(), body)
            }
            Self::SetCustomer { customer, enabled } => {
                ("PATCH", format!("/customers/$c{customer}"), json!({ "enabled": enabled }))
            }
            Self::MakeToken { means } => {
                let mut body = means.details();
                body["supplierBusinessCode"] = json!(BUSINESS);
                body["accountType"] = json!(means.account_type());
                ("POST", "/single-use-tokens".to_owned(), body)
            }
            Self::RegisterAccount { customer, token, default } => {
                let body = json!({ "singleUseTokenId": format!("$k{token}"),
                                   "defaultAccount": default });
                ("POST", format!("/customers/$c{customer}/accounts"), body)
            }
            Self::MakeDefault { account } => {
                ("PATCH", format!("/accounts/$a{account}"), json!({ "defaultAccount": true }))
            }
            Self::DisableAccount { account } => {
                ("DELETE", format!("/accounts/$a{account}"), Value::Null)
            }
            Self::Pay(payment) => ("POST", transactions(), payment.body()),
            Self::ChangeHold { receipt, change } => ("POST", transactions(), change.body(*receipt)),
            Self::CreateSchedule { customer, wanted } => {
                ("POST", format!("/customers/$c{customer}/recurring-payments"), wanted.body())
            }
            Self::ReplaceSchedule { schedule, wanted } => {
                ("PUT", format!("/recurring-payments/$s{schedule}"), wanted.body())
            }
            Self::StopSchedule { schedule } => {
                let body = json!({ "status": "STOPPED" });
                ("PATCH", format!("/recurring-payments/$s{schedule}"), body)
            }
            Self::CreateAgreement(_)
            | Self::ChangeStatus { .. }
            | Self::Revise { .. }
            | Self::Amend { .. }
            | Self::RecallAmendment { .. }
            | Self::PayUnder { .. } => self.payto_request(),
            Self::Void { transaction } => {
                ("POST", format!("/transactions/$t{transaction}/void"), Value::Null)
            }
            Self::Refund { transaction, cents } => {
                let body = json!({ "transactionType": "REFUND", "currency": "AUD",
                                   "originalReceiptNumber": format!("$t{transaction}"),
                                   "principalAmount": amount(*cents) });
                ("POST", transactions(), body)
            }
        }
    }
}

impl Deed {
    /// The same for PayTo.
    fn payto_request(&self) -> (&'static str, String, Value) {
        let patch =
            |agreement: usize, body| ("PATCH", format!("/payto-agreements/$g{agreement}"), body);
        match self {
            Self::CreateAgreement(wanted) => ("POST", wanted.path(), wanted.body()),
            Self::ChangeStatus { agreement, change } => patch(*agreement, change.body()),
            Self::Revise { agreement, text } => {
                let description = agreements::description(*text);
                patch(*agreement, json!({ "paymentDetails": { "description": description } }))
            }
            Self::Amend { agreement, change } => patch(*agreement, change.body()),
            Self::RecallAmendment { agreement } => {
                patch(*agreement, json!({ "amendmentStatus": "RECALLED" }))
            }
            Self::PayUnder { agreement, cents, last } => {
                let body = json!({ "transactionType": "PAYMENT", "currency": "AUD",
                                   "supplierBusinessCode": BUSINESS,
                                   "principalAmount": amount(*cents),
                                   "payToData": { "agreementToken": format!("$g{agreement}"),
                                                  "finalPayment": last } });
                ("POST", "/transactions".to_owned(), body)
            }
            _ => unreachable!("a deed of PayTo"),
        }
    }
}

impl Payment {
    fn body(&self) -> Value {
        let eci = if self.eci == Eci::Internet { "INTERNET" } else { "PHONE" };
        let mut body = json!({ "transactionType": self.kind.word(), "currency": "AUD",
                               "supplierBusinessCode": BUSINESS, "eci": eci });
        if self.kind != Kind::Verification {
            body["principalAmount"] = amount(self.cents);
        }
        let (name, value) = match self.by {
            Payer::Details(means) => (means.field(), means.details()),
            Payer::Token(token) => ("singleUseTokenId", json!(format!("$k{token}"))),
            Payer::Account(account) => ("accountToken", json!(format!("$a{account}"))),
            Payer::Customer(customer) => ("customerId", json!(format!("$c{customer}"))),
        };
        body[name] = value;
        if let Some(reference) = &self.customer_reference {
            body["customerReferenceNumber"] = json!(reference);
        }
        body
    }
}

pub(crate) fn customer_number(number: u8) -> String {
    format!("CUST-{number}")
}

impl Model {
    /// What a call is about; `None` if there is no such thing yet.
    pub(super) fn resolve(&self, call: &Call) -> Option<Deed> {
        let customer = |which| choose(which, self.customers.len(), |at| self.customers[at].enabled);
        let account = |which| choose(which, self.accounts.len(), |at| self.is_usable(at));
        let token = |which| choose(which, self.tokens.len(), |at| self.token_means(at).is_some());
        Some(match call {
            Call::CreateCustomer { number } => Deed::CreateCustomer { number: *number },
            Call::SetCustomer { customer: nth, enabled } => {
                Deed::SetCustomer { customer: customer(*nth)?, enabled: *enabled }
            }
            Call::MakeToken { means } => Deed::MakeToken { means: *means },
            Call::RegisterAccount { customer: nth, token: of, default } => Deed::RegisterAccount {
                customer: customer(*nth)?,
                token: token(*of)?,
                default: *default,
            },
            Call::MakeDefault { account: nth } => Deed::MakeDefault { account: account(*nth)? },
            Call::DisableAccount { account: nth } => {
                Deed::DisableAccount { account: account(*nth)? }
            }
            Call::PreAuthorise { .. } | Call::Verify { .. } | Call::Pay { .. } => {
                return self.resolve_payment(call);
            }
            Call::ChangeHold { receipt, change } => self.resolve_change(*receipt, *change)?,
            Call::Void { transaction: which } => {
                let count = self.transactions.len();
                Deed::Void { transaction: choose(*which, count, |at| self.is_voidable(at))? }
            }
            Call::Refund { transaction: which, share } => {
                let count = self.transactions.len();
                let transaction = choose(*which, count, |at| self.is_refundable(at))?;
                let cents = share.of(self.left_to_refund(transaction));
                Deed::Refund { transaction, cents }
            }
            Call::CreateSchedule { .. }
            | Call::ReplaceSchedule { .. }
            | Call::StopSchedule { .. } => return self.resolve_schedule(call),
            Call::CreateAgreement { .. }
            | Call::ChangeStatus { .. }
            | Call::Revise { .. }
            | Call::Amend { .. }
            | Call::RecallAmendment { .. }
            | Call::PayUnder { .. } => return self.resolve_agreement(call),
            Call::PayerActs { .. }
            | Call::BankActs { .. }
            | Call::Wait(_)
            | Call::Replay { .. } => return None,
        })
    }

    /// Who pays what.
    fn resolve_payment(&self, call: &Call) -> Option<Deed> {
        let customer = |which| choose(which, self.customers.len(), |at| self.customers[at].enabled);
        let account = |which| choose(which, self.accounts.len(), |at| self.is_usable(at));
        let token = |which| choose(which, self.tokens.len(), |at| self.token_means(at).is_some());
        let payer = |source: &Source| {
            Some(match *source {
                Source::Details(means) => Payer::Details(means),
                Source::Token(nth) => Payer::Token(token(nth)?),
                Source::Account(nth) => Payer::Account(account(nth)?),
                Source::Customer(nth) => Payer::Customer(customer(nth)?),
            })
        };
        Some(match call {
            Call::PreAuthorise { source, cents } => Deed::Pay(Payment {
                kind: Kind::Preauth,
                by: payer(source)?,
                cents: *cents,
                customer_reference: None,
                eci: Eci::Phone,
            }),
            Call::Verify { source } => Deed::Pay(Payment {
                kind: Kind::Verification,
                by: payer(source)?,
                cents: 0,
                customer_reference: None,
                eci: Eci::Phone,
            }),
            Call::Pay { source, cents, customer_reference, eci } => Deed::Pay(Payment {
                kind: Kind::Payment,
                by: payer(source)?,
                cents: *cents,
                customer_reference: customer_reference
                    .and_then(customer)
                    .map(|at| self.customers[at].number.clone()),
                eci: *eci,
            }),
            _ => return None,
        })
    }

    /// Sends a request, if it is a POST under a new key.
    pub(super) fn send(&mut self, deed: &Deed) -> Ask {
        let expect = self.act(deed);
        let idempotency = deed.is_post().then(|| self.remember(deed, expect.status));
        Ask::Send { sent: sent(deed, idempotency), expect }
    }

    /// Does what is asked, and says what must be answered.
    pub(super) fn act(&mut self, deed: &Deed) -> Expect {
        match deed {
            Deed::CreateCustomer { number } => self.create_customer(*number),
            Deed::SetCustomer { customer, enabled } => self.set_customer(*customer, *enabled),
            Deed::MakeToken { means } => self.make_token(*means),
            Deed::RegisterAccount { customer, token, default } => {
                self.register_account(*customer, *token, *default)
            }
            Deed::MakeDefault { account } => self.make_default(*account),
            Deed::DisableAccount { account } => self.disable_account(*account),
            Deed::Pay(payment) => self.pay(payment),
            Deed::ChangeHold { receipt, change } => self.change_hold(*receipt, *change),
            Deed::CreateSchedule { customer, wanted } => self.create_schedule(*customer, wanted),
            Deed::ReplaceSchedule { schedule, wanted } => self.replace_schedule(*schedule, wanted),
            Deed::StopSchedule { schedule } => self.stop_schedule(*schedule),
            Deed::CreateAgreement(wanted) => self.create_agreement(wanted),
            Deed::ChangeStatus { agreement, change } => self.change_status(*agreement, *change),
            Deed::Revise { agreement, text } => self.revise(*agreement, *text),
            Deed::Amend { agreement, change } => self.amend(*agreement, *change),
            Deed::RecallAmendment { agreement } => self.recall_amendment(*agreement),
            Deed::PayUnder { agreement, cents, last } => self.pay_under(*agreement, *cents, *last),
            Deed::Void { transaction } => self.void(*transaction),
            Deed::Refund { transaction, cents } => self.refund(*transaction, *cents),
        }
    }
}

pub(super) fn sent(deed: &Deed, idempotency: Option<usize>) -> Sent {
    let (method, path, body) = deed.request();
    let api_key = match deed {
        Deed::MakeToken { .. } => ApiKey::Publishable,
        _ => ApiKey::Secret,
    };
    Sent { method, path, body, api_key, idempotency }
}
