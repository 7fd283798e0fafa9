//! Where the documents contradict themselves or are silent, the sandbox has a switch; the client goes
//! the same way whichever way it stands.

use jiff::civil::Date;
use quaymaster::domain::payto_agreement::State;
use quaymaster::domain::recurring_payment;
use quaymaster::quickstream::models::details::HolderName;
use quaymaster::quickstream::resources::accounts::{AccountChange, CardChange};
use quaymaster::quickstream::resources::customers::{CustomerSearch, CustomerStatus};
use quaymaster::quickstream::resources::payto_agreements::request::{Reason, StatusAmendment};
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::{FaultKind, Word};
use serde_json::{Value, json};

use crate::agreements::wanted;
use crate::customers::details;
use crate::recurring;
use crate::wire::{Wire, all, card, refused};

/// What the bank says of what it does not take, where a switch decides.
#[derive(Clone, Copy)]
struct Clash {
    /// Of a customer number that another customer has.
    number: FaultKind,
    /// Of an agreement that is in the wrong state.
    state: FaultKind,
    /// Of a key of the wrong kind, where a page of its own says so.
    key: FaultKind,
}

impl Clash {
    /// With no switch set.
    const USUAL: Self = Self {
        number: FaultKind::Unprocessable,
        state: FaultKind::Unprocessable,
        key: FaultKind::Forbidden,
    };

    fn switch(&mut self, name: &str) {
        match name {
            "duplicate_customer_number" => self.number = FaultKind::Conflict,
            "payto_wrong_state" => self.state = FaultKind::Conflict,
            "wrong_kind_status" => self.key = FaultKind::Unauthorised,
            _ => {}
        }
    }
}

/// Everything that is changed, one after the other, and read again.
async fn go_the_whole_way(wire: &Wire, clash: &Clash) {
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-0").await;
    for number in 1..22 {
        wire.customer(&format!("CUST-{number}")).await;
    }
    assert_eq!(all(client.customers(key, &CustomerSearch::default())).await.unwrap().len(), 22);
    let twice = client.create_customer(key, &wire.name(), &details("CUST-0")).await;
    assert_eq!(refused(twice).0, clash.number);

    let account = wire.account(&customer, TokenAccount::Card(card())).await;
    let change = CardChange::new(HolderName::new("Samantha Test").ok(), None).unwrap();
    client.update_account(key, &account.token, &AccountChange::Card(change)).await.unwrap();
    assert_ne!(client.account(key, &account.token).await.unwrap(), account);

    let (start, end) = (Date::constant(2026, 4, 1), ScheduleEnd::UntilFurtherNotice);
    let schedule = recurring::wanted(ScheduleFrequency::Monthly, start, end);
    let made = client.create_recurring_payment(key, &customer, &wire.name(), &schedule).await;
    let schedule = made.unwrap().value.payment_schedule_id;
    client.stop_recurring_payment(key, &schedule).await.unwrap();
    let now = client.recurring_payment(key, &schedule).await.unwrap();
    assert_eq!(now.status, Some(Word::Known(recurring_payment::State::Stopped)));

    let agreement = wire.active().await;
    for (amendment, state) in [
        (StatusAmendment::Suspend(Reason::merchant()), State::SuspendedByUs),
        (StatusAmendment::Resume, State::Active),
        (StatusAmendment::Cancel(Reason::merchant()), State::Cancelled),
    ] {
        client.amend_payto_status(key, &agreement, &amendment).await.unwrap();
        let now = client.payto_agreement(key, &agreement).await.unwrap();
        assert_eq!(now.state(), Some(state));
    }
    assert_eq!(refused(client.recall_payto_agreement(key, &agreement).await).0, clash.state);
    let waiting = client.create_payto_agreement(key, &wire.name(), &wanted("032002")).await;
    let waiting = waiting.unwrap().value;
    assert!(waiting.respond_by_time.is_some() && waiting.rest.is_empty(), "{waiting:?}");

    client.disable_account(key, &account.token).await.unwrap();
    client.set_customer_status(key, &customer, CustomerStatus::Disabled).await.unwrap();
    let now = client.customer(key, &customer).await.unwrap();
    assert_eq!(now.status, Some(Word::Known(CustomerStatus::Disabled)));
    let publishable = client.customer(wire.publishable.key(), &customer).await;
    assert_eq!(refused(publishable).0, FaultKind::Forbidden);
    // The page of this row says what the reference does not.
    let latest = client.latest_key(wire.publishable.key()).await;
    assert_eq!(refused(latest).0, clash.key);
}

#[tokio::test]
async fn the_client_goes_the_same_way_however_the_bank_is_switched() {
    let switches = [
        ("wrong_kind_status", "401"),
        ("page_parameter", "pageNumber"),
        ("date_time_offset", "+0000"),
        ("date_time_offset", "sydney"),
        ("trace_code", "present"),
        ("idempotency_keeps", "all_below_500"),
        ("money_as_text", "422"),
        ("duplicate_customer_number", "409"),
        ("patch_reply", "204"),
        ("disable_account_reply", "200"),
        ("payto_patch_reply", "204"),
        ("payto_wrong_state", "409"),
    ];
    let (mut together, mut of_all) = (json!({}), Clash::USUAL);
    for (name, value) in switches {
        let wire = Wire::start().await;
        let one = json!({ name: value });
        wire.bank.control().guess(&one).unwrap();
        together.as_object_mut().unwrap().insert(name.to_owned(), Value::from(value));
        let mut clash = Clash::USUAL;
        clash.switch(name);
        go_the_whole_way(&wire, &clash).await;
        of_all.switch(name);
    }
    let wire = Wire::start().await;
    wire.bank.control().guess(&together).unwrap();
    go_the_whole_way(&wire, &of_all).await;
}
