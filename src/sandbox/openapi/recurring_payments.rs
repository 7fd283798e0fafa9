//! Recurring payments.

use serde_json::{Value, json};

use super::customers::business;
use super::operation::Operation;
use super::schema::{
    Member, Spec, absent, always, date, fields, like, list, model, needed, object, one_form_of,
    optional, optional_amount, page, text, whole, word, word_of,
};
use crate::domain::recurring_payment::BANK_WORDS;
use crate::sandbox::guesses;
use crate::sandbox::merchant::schedules::End;
use crate::sandbox::merchant::schedules::dates::Frequency;

const ONE: &str = "/recurring-payments/{paymentScheduleId}";
const OF_CUSTOMER: &str = "/customers/{customerId}/recurring-payments";

/// How a schedule may end.
const ENDS: [&str; 4] = [End::FURTHER_NOTICE, End::DATE, End::PAYMENTS, End::TOTAL];

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let schedule = || schedule(spec);
    let create = Operation::post(OF_CUSTOMER, "createRecurringPayment", "Begins a schedule")
        .body(request(spec))
        .created("The schedule", schedule());
    let to = [
        "getRecurringPayment",
        "updateRecurringPayment",
        "stopRecurringPayment",
        "listRecurringPaymentTransactions",
    ];
    let create = to
        .into_iter()
        .fold(create, |create, to| create.leads_to(to, "paymentScheduleId", "paymentScheduleId"));
    vec![
        Operation::get(ONE, "getRecurringPayment", "One schedule").ok("The schedule", schedule()),
        Operation::new("PUT", ONE, "updateRecurringPayment", "All that a schedule is to be")
            .body(request(spec))
            .ok("The schedule", schedule()),
        Operation::new("PATCH", ONE, "stopRecurringPayment", "Stops a schedule for good")
            .body(stop())
            .patched(spec, "The schedule", schedule()),
        Operation::get(
            "/recurring-payments/{paymentScheduleId}/transactions",
            "listRecurringPaymentTransactions",
            "What a schedule took, newest first",
        )
        .paged(spec)
        .ok("A page of transactions", page(model("Transaction"))),
        Operation::get(OF_CUSTOMER, "listCustomerRecurringPayments", "A customer's schedules")
            .paged(spec)
            .ok("A page of schedules, active ones first", page(schedule())),
        create,
    ]
}

fn stop() -> Value {
    let by = |member: Member| member.guess(guesses::RECURRING_STOP);
    let by_flag = fields(vec![by(always("enabled", json!({ "const": false })))]);
    let by_word =
        fields(vec![absent("enabled"), by(always("status", json!({ "const": "STOPPED" })))]);
    one_form_of(vec![by_flag, by_word])
}

/// Each way to end has a form.
fn request(spec: Spec<'_>) -> Value {
    let form = |end: &str, own: Vec<Member>| {
        let mut members = vec![
            business(spec),
            optional("accountToken", spec.line(255)),
            optional("paymentScheduleCode", spec.line(100)),
            optional("description", spec.line(100)),
            needed("frequency", word_of(Frequency::WORDS)),
            needed("scheduleType", json!({ "const": end })),
            needed("startDate", date()),
            needed("regularPaymentAmount", spec.amount()),
            optional("currency", word(&["AUD", "NZD"])),
        ];
        members.extend(own);
        for name in ["endDate", "numberOfPayments", "finalPaymentAmount", "totalAmount"] {
            if !members.iter().any(|member| member.is(name)) {
                members.push(absent(name));
            }
        }
        fields(members.into_iter().map(guessed).collect())
    };
    one_form_of(vec![
        form(End::FURTHER_NOTICE, Vec::new()),
        form(End::DATE, vec![needed("endDate", date())]),
        form(
            End::PAYMENTS,
            vec![
                needed("numberOfPayments", whole(&(1..=9_999))),
                optional_amount("finalPaymentAmount", spec.amount()),
            ],
        ),
        form(End::TOTAL, vec![needed("totalAmount", spec.amount())]),
    ])
}

/// The documents give no name of the request's but these.
fn guessed(member: Member) -> Member {
    let known = ["supplierBusinessCode", "accountToken", "paymentScheduleCode"];
    if known.iter().any(|name| member.is(name)) {
        member
    } else {
        member.guess(guesses::RECURRING_FIELDS)
    }
}

fn schedule(spec: Spec<'_>) -> Value {
    let guess = |member: Member| member.guess(guesses::RECURRING_FIELDS);
    object(vec![
        always("links", list(model("Link"))),
        always("paymentScheduleId", like("^[0-9]{9,}$")),
        spec.maybe("paymentScheduleCode", text()),
        always("status", word_of(BANK_WORDS)),
        guess(always("customerId", like("^[0-9]{9,}$"))),
        guess(spec.maybe("accountToken", text())),
        guess(always("supplierBusinessCode", text())),
        guess(spec.maybe("description", text())),
        always("frequency", word_of(Frequency::WORDS)).guess(guesses::RECURRING_FREQUENCIES),
        always("scheduleType", word(&ENDS)).guess(guesses::RECURRING_ENDS),
        guess(always("startDate", date())),
        guess(spec.maybe("endDate", date())),
        guess(spec.maybe("numberOfPayments", json!({ "type": "integer", "minimum": 1 }))),
        guess(spec.maybe("totalAmount", model("Money"))),
        guess(spec.maybe("finalPaymentAmount", model("Money"))),
        guess(spec.maybe("nextPaymentDate", date())),
        always("instalmentAmount", model("MoneyWithSurcharge")),
    ])
}
