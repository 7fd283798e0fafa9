//! The programs in `examples/`, each against the sandbox that it starts itself.

#[path = "../examples/register_an_account.rs"]
mod register_an_account;
#[path = "../examples/run_a_payto_agreement.rs"]
mod run_a_payto_agreement;
#[path = "../examples/take_a_payment.rs"]
mod take_a_payment;

#[test]
fn a_payment_is_taken() {
    take_a_payment::main().unwrap();
}

#[test]
fn an_account_is_registered() {
    register_an_account::main().unwrap();
}

#[test]
fn a_payto_agreement_is_run() {
    run_a_payto_agreement::main().unwrap();
}
