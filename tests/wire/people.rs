//! Customers and their accounts by property: each held against a plain list of what was done.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::details::{CardNumber, Expiry, HolderName};
use quaymaster::quickstream::models::ids::{AccountToken, CustomerId, ReceiptNumber};
use quaymaster::quickstream::models::texts::{Personal, Reference, Short};
use quaymaster::quickstream::resources::accounts::{
    Account, AccountChange, AccountKind, AccountSource, CardChange, NewAccount,
};
use quaymaster::quickstream::resources::customers::{
    Customer, CustomerDetails, CustomerSearch, CustomerStatus,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::{Source, Stored};
use quaymaster::quickstream::{FaultKind, Word};

use crate::bench::{
    ELSEWHERE, HIRE, MASTERCARD, VISA, Wire, bank_account, card, cents, code, kind, refused,
};
use crate::wire::{all, case, cases};

/// What is done with customers; a number names one of those made so far.
#[derive(Clone, Debug)]
enum Act {
    Create(Wanted),
    Update(usize, Wanted),
    Status(usize, CustomerStatus),
    /// Pays by a card that says whose customer it is for.
    Pay(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    number: &'static str,
    name: &'static str,
    email: Option<&'static str>,
}

const NUMBERS: &[&str] = &["C-1", "C-2", "C-3", "C-4", "C-5", "C-6"];

fn wanted() -> impl Strategy<Value = Wanted> {
    let names = select(vec!["Sam Test", "Samantha Test", "Jo Sample", "Ünal Örs"]);
    let emails = select(vec!["sam@example.com", "jo@example.net", "Jo+2@example.com"]);
    (select(NUMBERS), names, prop::option::of(emails)).prop_map(|(number, name, email)| Wanted {
        number,
        name,
        email,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let status = select(vec![CustomerStatus::Enabled, CustomerStatus::Disabled]);
    let act = prop_oneof![
        3 => wanted().prop_map(Act::Create),
        2 => (0_usize..6, wanted()).prop_map(|(at, wanted)| Act::Update(at, wanted)),
        1 => (0_usize..6, status).prop_map(|(at, status)| Act::Status(at, status)),
        2 => select(NUMBERS).prop_map(Act::Pay),
    ];
    prop::collection::vec(act, 1..20)
}

impl Wanted {
    fn details(&self) -> CustomerDetails {
        let name = Short::new("customerName", self.name).unwrap();
        let details = CustomerDetails::new(Reference::new(self.number).unwrap(), name);
        let email = self.email.map(|email| Email::new("emailAddress", email).unwrap());
        CustomerDetails { business: Some(code(HIRE)), email, ..details }
    }
}

/// A customer as the list has it.
struct Known {
    id: CustomerId,
    is: Wanted,
    status: CustomerStatus,
    paid: Vec<ReceiptNumber>,
}

impl Known {
    fn is_shown(&self, shown: &Customer) {
        assert_eq!(shown.customer_id, self.id);
        assert_eq!(shown.customer_number.as_deref(), Some(self.is.number));
        assert_eq!(shown.customer_name.as_ref().map(Personal::as_str), Some(self.is.name));
        assert_eq!(shown.email_address.as_ref().map(Personal::as_str), self.is.email);
        assert_eq!(shown.status, Some(Word::Known(self.status)));
    }
}

async fn act(wire: &Wire, known: &mut Vec<Known>, act: Act) {
    let (client, key) = (&wire.client, &wire.key);
    let taken = |known: &[Known], number: &str, but: Option<usize>| {
        known.iter().enumerate().any(|(at, one)| one.is.number == number && Some(at) != but)
    };
    let of_number = || (FaultKind::Unprocessable, vec!["customerNumber".to_owned()]);
    match act {
        Act::Create(is) => {
            let done = client.create_customer(key, &wire.name(), &is.details()).await;
            if taken(known, is.number, None) {
                assert_eq!(refused(done), of_number());
                return;
            }
            let id = done.unwrap().value.customer_id;
            known.push(Known { id, is, status: CustomerStatus::Enabled, paid: Vec::new() });
        }
        Act::Update(at, is) if !known.is_empty() => {
            let at = at % known.len();
            let done = client.update_customer(key, &known[at].id, &is.details()).await;
            if taken(known, is.number, Some(at)) {
                assert_eq!(refused(done), of_number());
                return;
            }
            done.unwrap();
            known[at].is = is;
        }
        Act::Status(at, status) if !known.is_empty() => {
            let at = at % known.len();
            client.set_customer_status(key, &known[at].id, status).await.unwrap();
            known[at].status = status;
        }
        Act::Pay(number) => {
            let mut payment = Payment::new(Source::Card(card(VISA)), cents(1_000));
            payment.business = Some(code(HIRE));
            payment.notes.customer_reference = Reference::new(number).ok();
            let paid = client.take_payment(key, &wire.name(), &payment).await.unwrap().value;
            if let Some(one) = known.iter_mut().find(|one| one.is.number == number) {
                one.paid.push(paid.receipt_number);
            }
        }
        Act::Update(..) | Act::Status(..) => {}
    }
}

async fn found(wire: &Wire, search: &CustomerSearch) -> Vec<CustomerId> {
    let found = all(wire.client.customers(&wire.key, search)).await.unwrap();
    found.into_iter().map(|customer| customer.customer_id).collect()
}

/// Whose ids these are, in the order in which the documents list them.
fn those(known: &[Known], of: impl Fn(&Wanted) -> bool) -> Vec<CustomerId> {
    let mut ids: Vec<_> =
        known.iter().filter(|one| of(&one.is)).map(|one| one.id.clone()).collect();
    ids.sort();
    ids
}

proptest! {
    #![proptest_config(cases(32))]

    /// A number belongs to one customer, a replacement replaces all, and each search finds what a
    /// plain filter does; a customer's history is what was paid in their number.
    #[test]
    fn customers_are_what_was_made_of_them(acts in acts()) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let mut known = Vec::new();
            for one in acts {
                act(&wire, &mut known, one).await;
            }
            for one in &known {
                one.is_shown(&client.customer(key, &one.id).await.unwrap());
                let history = all(client.customer_transactions(key, &one.id)).await.unwrap();
                let history = history.into_iter().rev().map(|paid| paid.receipt_number);
                assert_eq!(history.collect::<Vec<_>>(), one.paid, "newest first");
            }
            let any = CustomerSearch::default;
            assert_eq!(found(&wire, &any()).await, those(&known, |_| true));
            for number in NUMBERS {
                let search = CustomerSearch { number: Reference::new(*number).ok(), ..any() };
                assert_eq!(found(&wire, &search).await, those(&known, |is| is.number == *number));
            }
            for part in ["Sam", "Sam Test", "Test", "Örs", "nobody"] {
                let search = CustomerSearch { name: Some(Personal::new(part)), ..any() };
                assert_eq!(found(&wire, &search).await, those(&known, |is| is.name.contains(part)));
            }
            for part in ["example.com", "jo@", "Jo+2@example.com"] {
                let search = CustomerSearch { email: Some(Personal::new(part)), ..any() };
                let has = |email: &str| email.to_lowercase().contains(&part.to_lowercase());
                assert_eq!(found(&wire, &search).await, those(&known, |is| is.email.is_some_and(has)));
            }
        });
    }
}

/// What is done with a customer's accounts; a number names one of those made so far.
#[derive(Clone, Debug)]
enum OfAccount {
    Register { by_card: bool, default: Option<bool> },
    Rename(usize, &'static str),
    Renew(usize, u16),
    Disable(usize),
}

fn of_account() -> impl Strategy<Value = OfAccount> {
    let register = (any::<bool>(), prop::option::of(any::<bool>()));
    prop_oneof![
        3 => register.prop_map(|(by_card, default)| OfAccount::Register { by_card, default }),
        2 => (0_usize..8, select(vec!["Jo Sample", "Ann O'Neil"]))
            .prop_map(|(at, name)| OfAccount::Rename(at, name)),
        1 => (0_usize..8, 2027_u16..2050).prop_map(|(at, year)| OfAccount::Renew(at, year)),
        2 => (0_usize..8).prop_map(OfAccount::Disable),
    ]
}

/// An account as the list has it.
#[derive(Debug)]
struct Registered {
    token: AccountToken,
    by_card: bool,
    holder: &'static str,
    year: u16,
    enabled: bool,
}

impl Registered {
    fn is_shown(&self, shown: &Account) {
        assert_eq!(shown.token, self.token);
        let holder = match &shown.kind {
            AccountKind::Card(card) => {
                assert_eq!(card.expiry_date_year, Some(format!("{:02}", self.year % 100)));
                card.cardholder_name.as_ref()
            }
            AccountKind::Bank(bank) => bank.account_name.as_ref(),
            AccountKind::NzBank(_) | AccountKind::Other(_) => None,
        };
        assert_eq!(holder.map(Personal::as_str), Some(self.holder));
        assert_eq!(matches!(shown.kind, AccountKind::Card(_)), self.by_card);
    }
}

async fn change(wire: &Wire, known: &mut Vec<Registered>, customer: &CustomerId, act: &OfAccount) {
    let (client, key) = (&wire.client, &wire.key);
    let at = |at: usize, known: &[Registered]| at % known.len().max(1);
    match act {
        OfAccount::Register { by_card, default } => {
            let account = if *by_card {
                TokenAccount::Card(card(MASTERCARD))
            } else {
                TokenAccount::Bank(bank_account("032-999", "999994"))
            };
            let token = AccountSource::Token(wire.token(account).await);
            let wanted = NewAccount { default: *default, ..NewAccount::new(token) };
            let done = client.register_customer_account(key, customer, &wire.name(), &wanted).await;
            let token = done.unwrap().value.token;
            let (by_card, holder, year) = (*by_card, "Sam Test", 2029);
            known.push(Registered { token, by_card, holder, year, enabled: true });
        }
        _ if known.is_empty() => {}
        OfAccount::Rename(number, name) => {
            let one = at(*number, known);
            let holder = HolderName::new(*name).unwrap();
            let change = if known[one].by_card {
                AccountChange::Card(CardChange::new(Some(holder), None).unwrap())
            } else {
                AccountChange::Bank(holder)
            };
            let done = client.update_account(key, &known[one].token, &change).await;
            assert_eq!(kind(done), (!known[one].enabled).then_some(FaultKind::NotFound));
            if known[one].enabled {
                known[one].holder = name;
            }
        }
        OfAccount::Renew(number, year) => {
            let one = at(*number, known);
            let change = CardChange::new(None, Expiry::new(12, *year).ok()).unwrap();
            let done =
                client.update_account(key, &known[one].token, &AccountChange::Card(change)).await;
            // A bank account has no expiry.
            let wanted = match (known[one].enabled, known[one].by_card) {
                (false, _) => Some(FaultKind::NotFound),
                (true, false) => Some(FaultKind::Unprocessable),
                (true, true) => None,
            };
            assert_eq!(kind(done), wanted);
            if wanted.is_none() {
                known[one].year = *year;
            }
        }
        OfAccount::Disable(number) => {
            let one = at(*number, known);
            let done = client.disable_account(key, &known[one].token).await;
            assert_eq!(kind(done), (!known[one].enabled).then_some(FaultKind::NotFound));
            known[one].enabled = false;
        }
    }
}

proptest! {
    #![proptest_config(cases(32))]

    /// Only enabled accounts are listed, the newest first, as they were last changed; one of them at
    /// most is the one to use; a disabled one is not there and pays nothing.
    #[test]
    fn accounts_are_what_was_made_of_them(acts in prop::collection::vec(of_account(), 1..30)) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let customer = wire.customer("CUST-77").await;
            let (mut known, mut default): (Vec<Registered>, Option<AccountToken>) = (Vec::new(), None);
            for act in acts {
                let before = known.len();
                change(&wire, &mut known, &customer, &act).await;
                let OfAccount::Register { default: asked, .. } = act else { continue };
                if before == 0 || asked == Some(true) {
                    default = Some(known[before].token.clone());
                }
                wire.pass(Duration::from_secs(1));
            }
            let listed = all(client.customer_accounts(key, &customer)).await.unwrap();
            let enabled: Vec<_> = known.iter().rev().filter(|one| one.enabled).collect();
            assert_eq!(listed.len(), enabled.len());
            for (shown, one) in listed.iter().zip(&enabled) {
                one.is_shown(shown);
                assert_eq!(&client.account(key, &one.token).await.unwrap(), shown);
                assert_eq!(shown.customer(), Some(&customer));
            }
            let defaults: Vec<_> = listed.iter().filter(|shown| shown.is_default()).collect();
            assert!(defaults.len() <= 1);
            if let Some(wanted) = default.filter(|wanted| enabled.iter().any(|one| one.token == *wanted)) {
                assert_eq!(defaults.iter().map(|shown| &shown.token).collect::<Vec<_>>(), [&wanted]);
            }
            for one in &known {
                let mut payment = Payment::new(Stored::Account(one.token.clone()), cents(1_000));
                payment.business = Some(code(HIRE));
                let paid = client.take_payment(key, &wire.name(), &payment).await;
                assert_eq!(kind(paid), (!one.enabled).then_some(FaultKind::Unprocessable));
                let shown = client.account(key, &one.token).await;
                assert_eq!(kind(shown), (!one.enabled).then_some(FaultKind::NotFound));
            }
        });
    }

    /// An account without a customer makes one of the account's holder, whose account to use it is.
    #[test]
    fn an_account_alone_brings_its_customer(
        number in select(vec![VISA, MASTERCARD, "370000000201048"]),
        holder in "[A-Z][a-z]{1,20} [A-Z][a-z]{1,20}",
        business in select(vec![HIRE, ELSEWHERE]),
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let mut details = card(number);
            details.number = CardNumber::new(number).unwrap();
            details.holder = HolderName::new(holder.as_str()).ok();
            let token = AccountSource::Token(wire.token(TokenAccount::Card(details)).await);
            let wanted = NewAccount { business: Some(code(business)), ..NewAccount::new(token) };
            let made = client.register_account(key, &wire.name(), &wanted).await.unwrap().value;
            let customer = &made.customer().unwrap().clone();
            assert!(made.is_default());
            let shown = client.customer(key, customer).await.unwrap();
            assert_eq!(shown.customer_name.as_ref().map(Personal::as_str), Some(holder.as_str()));
            assert_eq!(shown.supplier_business_code, Some(code(business)));
            assert_eq!(all(client.customer_accounts(key, customer)).await.unwrap(), [made]);
            let mut payment = Payment::new(Stored::Customer(customer.clone()), cents(1_000));
            payment.business = Some(code(business));
            client.take_payment(key, &wire.name(), &payment).await.unwrap();
        });
    }
}
