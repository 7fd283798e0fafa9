//! Accounts: registered from tokens, used, changed, disabled.

use proptest::prelude::*;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::FaultKind;
use quaymaster::quickstream::models::details::{
    CardNumber, Expiry, HolderName, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBankDetails,
    NzBranchCode,
};
use quaymaster::quickstream::models::ids::{AccountToken, CustomerId, SingleUseTokenId};
use quaymaster::quickstream::models::texts::Personal;
use quaymaster::quickstream::resources::accounts::{
    Account, AccountChange, AccountKind, AccountSource, CardChange, NewAccount,
};
use quaymaster::quickstream::resources::customers::CustomerStatus;
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Stored;

use crate::wire::{Wire, all, amount, bank_account, business, card, refused};

impl Wire {
    /// Registers an account of a customer from a token.
    pub(crate) async fn account(&self, customer: &CustomerId, account: TokenAccount) -> Account {
        let token = AccountSource::Token(self.token(account).await);
        let wanted = NewAccount { business: Some(business()), ..NewAccount::new(token) };
        let (key, name) = (&self.key, self.name());
        let made = self.client.register_customer_account(key, customer, &name, &wanted).await;
        made.unwrap().value
    }
}

fn nz_account() -> NzBankDetails {
    NzBankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("1234567").unwrap(),
        suffix: NzAccountSuffix::new("01").unwrap(),
    }
}

#[tokio::test]
async fn accounts_are_registered_listed_and_charged() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let first = wire.account(&customer, TokenAccount::Card(card())).await;
    let AccountKind::Card(shown) = &first.kind else { panic!("{first:?}") };
    assert_eq!(shown.card_number.as_deref(), Some("424242...242"));
    assert_eq!(shown.masked_card_number_4_digits.as_deref(), Some("424242...4242"));
    assert_eq!(shown.expiry_date_year.as_deref(), Some("35"));
    assert!(first.is_default() && shown.rest.is_empty(), "{first:?}");
    assert_eq!(first.customer(), Some(&customer));
    assert_eq!(client.account(key, &first.token).await.unwrap(), first);

    wire.pass(std::time::Duration::from_secs(1));
    let second = wire.account(&customer, TokenAccount::Bank(bank_account())).await;
    assert!(matches!(&second.kind, AccountKind::Bank(bank) if bank.rest.is_empty()), "{second:?}");
    assert!(!second.is_default());
    let listed = all(client.customer_accounts(key, &customer)).await.unwrap();
    let tokens: Vec<&AccountToken> = listed.iter().map(|account| &account.token).collect();
    assert_eq!(tokens, [&second.token, &first.token], "the newest is first");

    // By its token, and as the customer's default.
    for source in [Stored::Account(second.token.clone()), Stored::Customer(customer.clone())] {
        let mut payment = Payment::new(source.clone(), amount("10.00"));
        payment.business = Some(business());
        let paid = client.take_payment(key, &wire.name(), &payment).await.unwrap().value;
        let state = if source == Stored::Customer(customer.clone()) {
            State::Approved
        } else {
            State::Provisional
        };
        assert_eq!(paid.state(), Some(state));
    }
}

#[tokio::test]
async fn an_account_without_a_customer_makes_one() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let token = AccountSource::Token(wire.token(TokenAccount::NzBank(nz_account())).await);
    let wanted = NewAccount { business: Some(business()), ..NewAccount::new(token) };
    let made = client.register_account(key, &wire.name(), &wanted).await.unwrap();
    assert!(made.location.unwrap().ends_with(&format!("/accounts/{}", made.value.token)));
    assert!(matches!(&made.value.kind, AccountKind::NzBank(bank) if bank.rest.is_empty()));
    let customer = made.value.customer().unwrap().clone();
    client.customer(key, &customer).await.unwrap();
    let listed = all(client.customer_accounts(key, &customer)).await.unwrap();
    assert_eq!(listed, [made.value]);
    let again = refused(client.register_account(key, &wire.name(), &wanted).await);
    assert_eq!(again, (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));
}

#[tokio::test]
async fn holder_and_expiry_can_be_changed_and_an_account_disabled() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let account = wire.account(&customer, TokenAccount::Card(card())).await;
    let holder = HolderName::new("Samantha Test").unwrap();
    let change = CardChange::new(Some(holder), Expiry::new(2, 2041).ok()).unwrap();
    client.update_account(key, &account.token, &AccountChange::Card(change)).await.unwrap();
    let now = client.account(key, &account.token).await.unwrap();
    let AccountKind::Card(shown) = &now.kind else { panic!("{now:?}") };
    assert_eq!(shown.cardholder_name.as_ref().map(Personal::as_str), Some("Samantha Test"));
    assert_eq!(shown.expiry_date_month.as_deref(), Some("02"));
    assert_eq!(shown.expiry_date_year.as_deref(), Some("41"));

    client.disable_account(key, &account.token).await.unwrap();
    assert_eq!(all(client.customer_accounts(key, &customer)).await.unwrap(), []);
    let mut payment = Payment::new(Stored::Account(account.token), amount("10.00"));
    payment.business = Some(business());
    let (kind, fields) = refused(client.take_payment(key, &wire.name(), &payment).await);
    assert_eq!((kind, fields), (FaultKind::Unprocessable, vec!["accountToken".to_owned()]));
}

#[tokio::test]
async fn a_token_registers_one_account_and_a_name_acts_once() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let token = wire.token(TokenAccount::Card(card())).await;
    let wanted = NewAccount::new(AccountSource::Token(token));
    let name = wire.name();
    let made = client.register_customer_account(key, &customer, &name, &wanted).await.unwrap();
    let again = client.register_customer_account(key, &customer, &name, &wanted).await.unwrap();
    assert_eq!(again, made);
    let unknown = SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa").unwrap();
    let unknown = NewAccount::new(AccountSource::Token(unknown));
    for wanted in [&wanted, &unknown] {
        let (kind, fields) =
            refused(client.register_customer_account(key, &customer, &wire.name(), wanted).await);
        assert_eq!((kind, fields), (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));
    }
    let stranger = CustomerId::new("999999999").unwrap();
    let token = AccountSource::Token(wire.token(TokenAccount::Card(card())).await);
    let wanted = NewAccount::new(token);
    let made = client.register_customer_account(key, &stranger, &wire.name(), &wanted).await;
    assert_eq!(refused(made).0, FaultKind::NotFound);
    assert_eq!(all(client.customer_accounts(key, &customer)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_disabled_customer_is_not_charged() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let account = wire.account(&customer, TokenAccount::Card(card())).await;
    client.set_customer_status(key, &customer, CustomerStatus::Disabled).await.unwrap();
    for source in [Stored::Customer(customer.clone()), Stored::Account(account.token.clone())] {
        let mut payment = Payment::new(source, amount("10.00"));
        payment.business = Some(business());
        let (kind, _) = refused(client.take_payment(key, &wire.name(), &payment).await);
        assert_eq!(kind, FaultKind::Unprocessable);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever is registered, the bank shows it masked, and what may be shown whole.
    #[test]
    fn an_account_shows_what_it_may(
        who in "[A-Za-z][A-Za-z' -]{0,30}[A-Za-z]",
        month in 1_u8..=12,
        year in 2027_u16..=2059,
        number in prop_oneof![
            Just("4242424242424242"), Just("5163200000000008"), Just("370000000201048"),
            Just("3530000000000003"), Just("6250947000000014"),
        ],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let customer = wire.customer("CUST-77").await;
            let mut card = card();
            card.holder = HolderName::new(who.as_str()).ok();
            card.number = CardNumber::new(number).unwrap();
            card.expiry = Expiry::new(month, year).unwrap();
            let account = wire.account(&customer, TokenAccount::Card(card)).await;
            let AccountKind::Card(shown) = &account.kind else { panic!("{account:?}") };
            let end = |digits: usize| &number[number.len() - digits..];
            let three = format!("{}...{}", &number[..6], end(3));
            let four = format!("{}...{}", &number[..6], end(4));
            assert_eq!(shown.card_number.as_ref(), Some(&three));
            assert_eq!(shown.masked_card_number_4_digits.as_ref(), Some(&four));
            assert_eq!(shown.cardholder_name.as_ref().map(Personal::as_str), Some(who.as_str()));
            assert_eq!(shown.expiry_date_month, Some(format!("{month:02}")));
            assert_eq!(shown.expiry_date_year, Some(format!("{:02}", year % 100)));
            let read = wire.client.account(&wire.key, &account.token).await.unwrap();
            assert_eq!(read, account);
        });
    }
}
