//! The programs in `examples/`, each against the sandbox that it starts itself.

#[path = "../examples/take_a_payment.rs"]
mod take_a_payment;

#[test]
fn a_payment_is_taken() {
    take_a_payment::main().unwrap();
}
