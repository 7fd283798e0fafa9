//! Sandboxes that are wrong in one thing each, to show that the machine would notice: some by a guess
//! switched to what the model does not say, some by what happens to their requests and replies on the
//! way.

use std::cell::Cell;

use serde_json::{Value, json};

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mutant {
    /// A guess has this value, which is not the model's.
    Word(&'static str, &'static str),
    /// The same with a number.
    Number(&'static str, u32),
    /// Nobody minds the Idempotency-Key: a replay acts again.
    ReplaysAct,
    /// A refund that is lawful is made twice, as far as there is money for it.
    RefundsTwice,
    /// A payment is taken twice.
    PaysTwice,
    /// The second page of a list lacks its first item.
    PageTwoLacksOne,
    /// The second page of a list has the first item's status wrong.
    PageTwoIsStale,
    /// What is due at a moment has not happened by it: agreements may be approved too late.
    SecondLate,
    /// A void is answered, and not done.
    VoidsNothing,
}

/// Every mutant.
pub(crate) const ALL: &[Mutant] = &[
    Mutant::ReplaysAct,
    Mutant::RefundsTwice,
    Mutant::PaysTwice,
    Mutant::PageTwoLacksOne,
    Mutant::PageTwoIsStale,
    Mutant::SecondLate,
    Mutant::VoidsNothing,
    Mutant::Word("capture_after_expiry", "422"),
    Mutant::Word("cut_off_zone", "aest"),
    Mutant::Word("declined_instalment", "does_not_count"),
    Mutant::Word("disabled_account", "200"),
    Mutant::Word("duplicate_customer_number", "409"),
    Mutant::Word("idempotency_keeps", "2xx"),
    Mutant::Word("incremental_amount", "new_total"),
    Mutant::Word("payto_payers", "by_bsb"),
    Mutant::Word("payto_wrong_state", "409"),
    Mutant::Number("fraud_guard_from_dollars", 0),
    Mutant::Number("instalment_hour", 7),
    Mutant::Number("instalment_retries", 2),
    Mutant::Number("instalment_retry_days", 2),
    Mutant::Number("mastercard_hold_days", 60),
    Mutant::Number("payto_payment_seconds", 31),
    Mutant::Number("visa_hold_days", 6),
];

thread_local! {
    /// The mutant that this thread's sandboxes are.
    static NOW: Cell<Option<Mutant>> = const { Cell::new(None) };
}

impl Mutant {
    pub(crate) fn set(mutant: Option<Self>) {
        NOW.set(mutant);
    }

    pub(crate) fn now() -> Option<Self> {
        NOW.get()
    }

    /// The guess to switch.
    pub(crate) fn guess(self) -> Option<Value> {
        match self {
            Self::Word(name, value) => Some(json!({ name: value })),
            Self::Number(name, value) => Some(json!({ name: value })),
            _ => None,
        }
    }

    /// Whether a request is made twice.
    pub(crate) fn doubles(self, body: &Value) -> bool {
        let of = |kind: &str| body["transactionType"] == kind && body["cancellationType"].is_null();
        match self {
            Self::RefundsTwice => of("REFUND"),
            Self::PaysTwice => of("PAYMENT"),
            _ => false,
        }
    }

    /// What becomes of a page of a list.
    pub(crate) fn spoil(self, path: &str, body: &mut Value) {
        let Some(items) = body["data"].as_array_mut().filter(|_| path.contains("page=2")) else {
            return;
        };
        match self {
            Self::PageTwoLacksOne if !items.is_empty() => {
                items.remove(0);
            }
            Self::PageTwoIsStale => {
                if let Some(status) = items.first_mut().and_then(|item| item.get_mut("status")) {
                    *status = json!(if *status == "Approved" { "Approved*" } else { "Approved" });
                }
            }
            _ => {}
        }
    }
}
