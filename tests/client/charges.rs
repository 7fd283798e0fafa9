//! What a payment says of a card, and what of a bank account.

use quaymaster::domain::money::Cents;
use quaymaster::quickstream::models::amount::{Amount, Currency};
use quaymaster::quickstream::models::details::{AccountNumber, BankDetails, Bsb, HolderName};
use quaymaster::quickstream::models::ids::SingleUseTokenId;
use quaymaster::quickstream::resources::transactions::notes::{Eci, Entry};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::{Source, Stored};

#[test]
fn what_goes_with_a_card_does_not_go_with_a_bank_account() {
    let account = BankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bsb: Bsb::new("032-999").unwrap(),
        number: AccountNumber::new("999994").unwrap(),
    };
    let mut payment = Payment::new(Source::Bank(account), Amount::new(Cents::new(2_550)).unwrap());
    payment.card.eci = Some(Eci::Phone);
    payment.card.entry = Some(Entry::Manual(None));
    payment.currency = Currency::Nzd;
    let body = payment.to_value();
    let mut names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["bankAccount", "currency", "principalAmount", "transactionType"]);
    assert_eq!(body["currency"], "AUD", "such an account has no other money");
    // Which account a token stands for is not to be seen here.
    let token = Stored::SingleUseToken(SingleUseTokenId::new("6a8f86e6").unwrap());
    let by_token = Payment { source: Source::Stored(token), ..payment };
    assert_eq!(by_token.to_value()["eci"], "PHONE");
    assert_eq!(by_token.to_value()["currency"], "NZD");
}
