//! Single-use tokens and 3-D Secure.

use std::time::Duration;

use proptest::prelude::*;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::card::{AccountType, CardScheme};
use quaymaster::quickstream::models::details::{
    CardDetails, Expiry, HolderName, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBankDetails,
    NzBranchCode,
};
use quaymaster::quickstream::models::ids::SingleUseTokenId;
use quaymaster::quickstream::models::texts::Personal;
use quaymaster::quickstream::resources::single_use_tokens::authentication::place::Address;
use quaymaster::quickstream::resources::single_use_tokens::authentication::purchase::Reason;
use quaymaster::quickstream::resources::single_use_tokens::authentication::{
    Authentication, Flow, Use,
};
use quaymaster::quickstream::resources::single_use_tokens::browser::{
    BrowserLanguage, BrowserProfile, ColorDepth, Java,
};
use quaymaster::quickstream::resources::single_use_tokens::{
    SingleUseToken, TokenAccount, TokenRequest,
};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Fault, FaultKind, Word};
use quaymaster::sandbox::{Capability, SANDBOX_CODE};

use crate::bench::{
    HIRE, VISA, Wire, bank_account, card, card_of, cents, code, kind, refused, stranger,
    stranger_in_public,
};

async fn token(wire: &Wire, account: TokenAccount) -> Result<SingleUseToken, Fault> {
    let request = TokenRequest { business: code(HIRE), account };
    let name = wire.name();
    wire.client.generate_single_use_token(&wire.publishable, &name, &request).await
}

fn browser() -> BrowserProfile {
    let language = BrowserLanguage::new("en-AU").unwrap();
    BrowserProfile::new(Java::Disabled, language, ColorDepth::TwentyFour, (1080, 1920), -660)
        .unwrap()
}

/// A token for a card whose holder of this name is to be authenticated.
pub(crate) async fn with_three_ds2(wire: &Wire, holder: &str) -> SingleUseToken {
    let account = TokenAccount::CardWithThreeDs2(card_of(holder, VISA), browser());
    token(wire, account).await.unwrap()
}

async fn pay(wire: &Wire, stored: Stored) -> Result<State, Fault> {
    let mut payment = Payment::new(stored, cents(1_000));
    payment.business = Some(code(HIRE));
    let name = wire.name();
    let done = wire.client.take_payment(&wire.key, &name, &payment).await?;
    Ok(done.value.state().unwrap())
}

#[tokio::test]
async fn a_token_for_each_sort_of_account() {
    let wire = Wire::start().await;
    let of_card = token(&wire, TokenAccount::Card(card(VISA))).await.unwrap();
    assert_eq!(of_card.account_type, Some(Word::Known(AccountType::CreditCard)));
    assert!(of_card.rest.is_empty() && !of_card.needs_authentication());
    let shown = of_card.credit_card.unwrap();
    assert!(shown.rest.is_empty(), "{:?}", shown.rest);
    assert_eq!(shown.card_number.as_deref(), Some("424242...242"));
    assert_eq!(shown.masked_card_number_4_digits.as_deref(), Some("424242...4242"));
    assert_eq!(shown.card_scheme, Some(Word::Known(CardScheme::Visa)));
    assert_eq!(shown.expiry_date_year.as_deref(), Some("29"));
    assert_eq!(shown.surcharge_percentage.as_deref(), Some("0.400"));
    assert_eq!(shown.cardholder_name.unwrap().as_str(), "Sam Test");

    let of_bank = TokenAccount::Bank(bank_account("032-999", "999994"));
    let of_bank = token(&wire, of_bank).await.unwrap();
    assert_eq!(of_bank.account_type, Some(Word::Known(AccountType::DirectDebit)));
    let shown = of_bank.bank_account.unwrap();
    assert!(shown.rest.is_empty(), "{:?}", shown.rest);
    assert_eq!(shown.account_name.unwrap().as_str(), "Sam Test");
    assert_ne!(shown.account_number.unwrap().as_str(), "999994");

    let nz = NzBankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new("01").unwrap(),
    };
    let of_nz = token(&wire, TokenAccount::NzBank(nz)).await.unwrap();
    assert_eq!(of_nz.account_type, Some(Word::Known(AccountType::DirectDebitNz)));
    assert!(of_nz.nz_bank_account.unwrap().rest.is_empty());
}

#[tokio::test]
async fn what_no_token_is_made_for() {
    let wire = Wire::start().await;
    let expired = CardDetails { expiry: Expiry::new(2, 2026).unwrap(), ..card(VISA) };
    let late = (FaultKind::Unprocessable, vec!["expiryDateYear".to_owned()]);
    assert_eq!(refused(token(&wire, TokenAccount::Card(expired)).await), late);

    let account = || TokenAccount::Card(card(VISA));
    let request = TokenRequest { business: code("NONE"), account: account() };
    let (name, public) = (wire.name(), &wire.publishable);
    let made = wire.client.generate_single_use_token(public, &name, &request).await;
    assert_eq!(refused(made), (FaultKind::Unprocessable, vec!["supplierBusinessCode".to_owned()]));

    let (request, name) = (TokenRequest { business: code(HIRE), account: account() }, wire.name());
    let stranger = stranger_in_public();
    let made = wire.client.generate_single_use_token(&stranger, &name, &request).await;
    assert_eq!(kind(made), Some(FaultKind::Unauthorised));
}

#[tokio::test]
async fn a_token_is_spent_once_and_within_ten_minutes() {
    let wire = Wire::start().await;
    let spend = |token: &SingleUseToken| Stored::SingleUseToken(token.single_use_token_id.clone());
    let first = token(&wire, TokenAccount::Card(card(VISA))).await.unwrap();
    assert_eq!(pay(&wire, spend(&first)).await, Ok(State::Approved));
    let again = refused(pay(&wire, spend(&first)).await);
    assert_eq!(again, (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));

    let second = token(&wire, TokenAccount::Card(card(VISA))).await.unwrap();
    wire.pass(Duration::from_secs(10 * 60 + 1));
    let late = refused(pay(&wire, spend(&second)).await);
    assert_eq!(late, (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));
}

#[tokio::test]
async fn a_thousand_tokens_that_nobody_spends_are_enough() {
    let wire = Wire::start().await;
    for _ in 0..1_000 {
        token(&wire, TokenAccount::Card(card(VISA))).await.unwrap();
    }
    let one_more = token(&wire, TokenAccount::Card(card(VISA))).await;
    assert_eq!(kind(one_more), Some(FaultKind::Busy));
    wire.pass(Duration::from_secs(10 * 60 + 1));
    token(&wire, TokenAccount::Card(card(VISA))).await.unwrap();
}

async fn authenticate(wire: &Wire, token: &SingleUseTokenId) -> Result<Flow, Fault> {
    let billing = Address::default();
    let reason = Reason::Payment(cents(1_000));
    let request = Authentication::new(Use::Payment { billing }, reason);
    let (client, name) = (&wire.client, wire.name());
    let answer = client.authenticate_single_use_token(&wire.key, token, &name, &request);
    Ok(answer.await?.flow())
}

#[tokio::test]
async fn every_flow_of_3_d_secure() {
    let wire = Wire::start().await;
    for (holder, flow) in [
        ("Sam Test", Flow::Frictionless),
        ("Sam ATTEMPT", Flow::Frictionless),
        ("Sam CHALLENGE", Flow::Challenge),
        ("Sam FAIL", Flow::Failed),
        ("Sam REJECT", Flow::Failed),
        ("Sam UNAVAILABLE", Flow::Failed),
    ] {
        let token = with_three_ds2(&wire, holder).await;
        assert!(token.needs_authentication(), "{holder}");
        let card = token.credit_card.as_ref().unwrap();
        assert!(card.three_ds2.is_some() && card.rest.is_empty(), "{card:?}");
        let id = token.single_use_token_id;
        assert_eq!(authenticate(&wire, &id).await, Ok(flow), "{holder}");
        let paid = pay(&wire, Stored::AuthenticatedToken(id.clone())).await;
        match flow {
            Flow::Frictionless => assert_eq!(paid, Ok(State::Approved), "{holder}"),
            Flow::Challenge => {
                assert_eq!(kind(paid), Some(FaultKind::Unprocessable), "{holder}");
                wire.bank.control().complete_challenge(id.as_str(), "Y").unwrap();
                let paid = pay(&wire, Stored::AuthenticatedToken(id)).await;
                assert_eq!(paid, Ok(State::Approved), "{holder}");
            }
            Flow::Failed => {
                assert_eq!(kind(paid), Some(FaultKind::Unprocessable), "{holder}");
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_authenticated() {
    let wire = Wire::start().await;
    let nobody = SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa").unwrap();
    let outcome = authenticate(&wire, &nobody).await;
    assert_eq!(kind(outcome), Some(FaultKind::NotFound));

    let token = with_three_ds2(&wire, "Sam Test").await.single_use_token_id;
    let reason = Reason::Payment(cents(1_000));
    let request = Authentication::new(Use::Storing { billing: None }, reason);
    let (client, name) = (&wire.client, wire.name());
    let asked = client.authenticate_single_use_token(&stranger(), &token, &name, &request).await;
    assert_eq!(kind(asked), Some(FaultKind::Unauthorised));
    let (public, name) = (wire.publishable.key(), wire.name());
    let asked = client.authenticate_single_use_token(public, &token, &name, &request).await;
    let asked = kind(asked);
    assert!(matches!(asked, Some(FaultKind::Forbidden | FaultKind::Unauthorised)), "{asked:?}");

    wire.pass(Duration::from_secs(10 * 60 + 1));
    assert_eq!(kind(authenticate(&wire, &token).await), Some(FaultKind::NotFound));

    let token = with_three_ds2(&wire, "Sam Test").await.single_use_token_id;
    wire.bank.control().without(SANDBOX_CODE, vec![Capability::ThreeDs2]).unwrap();
    // The page names this status, though no waiting changes anything.
    assert_eq!(kind(authenticate(&wire, &token).await), Some(FaultKind::Unavailable));
}

/// The digit that makes these digits a card number.
fn check_digit(digits: &str) -> u32 {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let values = digits.chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate();
    let sum: u32 =
        values.map(|(place, digit)| if place % 2 == 0 { doubled(digit) } else { digit }).sum();
    (10 - sum % 10) % 10
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever card a token stands for, it shows as much of it as the documents say and no more.
    #[test]
    fn a_token_shows_six_digits_and_three_or_four(
        digits in "4[0-9]{14}", holder in "[A-Za-z][A-Za-z' -]{0,30}[a-z]", month in 1_u8..=12, year in 2027_u16..2045,
    ) {
        let number = format!("{digits}{}", check_digit(&digits));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let details = CardDetails { expiry: Expiry::new(month, year).unwrap(), ..card_of(&holder, &number) };
            let shown = token(&wire, TokenAccount::Card(details)).await.unwrap().credit_card.unwrap();
            let (first, last) = number.split_at(6);
            let (three, four) = (last.split_at(7).1, last.split_at(6).1);
            assert_eq!(shown.card_number, Some(format!("{first}...{three}")));
            assert_eq!(shown.masked_card_number_4_digits, Some(format!("{first}...{four}")));
            assert_eq!(shown.cardholder_name.as_ref().map(Personal::as_str), Some(holder.as_str()));
            assert_eq!(shown.expiry_date_month, Some(format!("{month:02}")));
            assert_eq!(shown.expiry_date_year, Some(format!("{:02}", year % 100)));
            assert!(shown.rest.is_empty());
        });
    }
}
