//! The table of what is shown of each row of docs/resources.md over the wire: a happy path, each error
//! that the documents name, and a property. A test checks that the rows are the page's, that the tests
//! are there, that each comes to call the row's method, and that the test of an error looks for that
//! status and none beside it, and for that field.

use crate::page;
use crate::rows::{Of, ROWS};
use crate::sources::Sources;

/// What is shown of one row.
struct Proof {
    row: &'static str,
    /// The client's method.
    method: &'static str,
    happy: &'static str,
    property: &'static str,
    /// The errors of its own: status, the field that is named, and the test.
    errors: &'static [(u16, &'static str, &'static str)],
}

/// A test that goes through a table of fields.
const EACH: &str = "each";

/// What the documents say of every row alike. The tests ask each row of [`ROWS`]; that of the bad day
/// lets the bank answer so by a fault, and shows the client's words for it, not when a bank has them.
const ALIKE: &[(u16, &str)] = &[
    (400, "refusals::a_bad_day_of_the_bank_is_told_by_its_word"),
    (401, "refusals::a_key_that_is_not_known_or_no_longer_opens_nothing"),
    (401, "refusals::an_address_that_is_not_listed_opens_nothing"),
    (403, "refusals::a_key_of_the_wrong_kind_opens_nothing"),
    (403, "refusals::a_facility_that_is_not_set_up_is_told_so"),
    (404, "refusals::what_is_not_there_is_not_found_and_what_is_asked_rightly_is_answered"),
    (404, "restricted::nothing_of_anothers_can_be_read_or_changed"),
    (409, "refusals::a_bad_day_of_the_bank_is_told_by_its_word"),
    (422, "refusals::what_is_not_there_is_not_found_and_what_is_asked_rightly_is_answered"),
    (422, "restricted::nothing_of_anothers_can_be_read_or_changed"),
    (429, "refusals::the_eleventh_at_once_is_too_much"),
    (429, "refusals::a_name_that_is_still_at_work_is_too_early"),
    (500, "refusals::a_bad_day_of_the_bank_is_told_by_its_word"),
    (502, "refusals::a_bad_day_of_the_bank_is_told_by_its_word"),
    (503, "refusals::a_bad_day_of_the_bank_is_told_by_its_word"),
    (504, "refusals::a_bad_day_of_the_bank_is_told_by_its_word"),
];

macro_rules! proofs {
    ($( $row:literal $method:ident $happy:literal $property:literal
        $( $status:literal $field:literal $error:literal )*; )+) => {
        &[ $( Proof {
            row: $row,
            method: stringify!($method),
            happy: $happy,
            property: $property,
            errors: &[ $( ($status, $field, $error), )* ],
        }, )+ ]
    };
}

#[rustfmt::skip]
const PROOFS: &[Proof] = proofs! {
    "Root: Get" root
        "facility::a_key_tells_its_facility_and_the_key_to_use_from_now_on" "facility::the_newest_free_key_is_offered"
        401 "" "facility::the_newest_free_key_is_offered";
    "API keys: Get latest" latest_key
        "facility::a_key_tells_its_facility_and_the_key_to_use_from_now_on" "facility::the_newest_free_key_is_offered"
        401 "" "facility::the_newest_free_key_is_offered";
    "Businesses: Get" business
        "businesses::get_and_list" "facility::what_a_business_says_of_a_card_is_what_a_payment_costs"
        404 "" "businesses::get_and_list" 401 "" "businesses::get_and_list";
    "Businesses: List" businesses
        "businesses::get_and_list" "facility::what_a_business_says_of_a_card_is_what_a_payment_costs"
        401 "" "businesses::get_and_list";
    "Businesses: List accepted cards" accepted_cards
        "businesses::the_cards_it_accepts_and_what_it_adds" "facility::what_a_business_says_of_a_card_is_what_a_payment_costs"
        404 "" "businesses::the_cards_it_accepts_and_what_it_adds";
    "Businesses: List card surcharges" card_surcharges
        "businesses::the_cards_it_accepts_and_what_it_adds" "facility::what_a_business_says_of_a_card_is_what_a_payment_costs"
        404 "" "businesses::the_cards_it_accepts_and_what_it_adds";
    "Businesses: Query card surcharge" query_card_surcharge
        "businesses::the_cards_it_accepts_and_what_it_adds" "facility::what_a_business_says_of_a_card_is_what_a_payment_costs"
        404 "" "businesses::the_cards_it_accepts_and_what_it_adds" 422 "cardNumber" "businesses::the_cards_it_accepts_and_what_it_adds";
    "Single-use tokens: Generate token" generate_single_use_token
        "single_use_tokens::a_token_for_each_sort_of_account" "single_use_tokens::a_token_shows_six_digits_and_three_or_four"
        401 "" "single_use_tokens::what_no_token_is_made_for" 422 "supplierBusinessCode" "single_use_tokens::what_no_token_is_made_for" 422 "expiryDateYear" "single_use_tokens::what_no_token_is_made_for" 429 "" "single_use_tokens::a_thousand_tokens_that_nobody_spends_are_enough";
    "Single-use tokens: 3-D Secure authentication" authenticate_single_use_token
        "single_use_tokens::every_flow_of_3_d_secure" "three_ds2::only_who_was_authenticated_pays"
        401 "" "single_use_tokens::what_cannot_be_authenticated" 404 "" "single_use_tokens::what_cannot_be_authenticated" 422 "each" "three_ds2::every_field_of_the_documents_is_checked" 503 "" "single_use_tokens::what_cannot_be_authenticated";
    "Transactions: Get details" transaction
        "payments::a_payment_shows_all_that_was_sent_with_it" "payments::what_was_paid_is_what_is_read"
        404 "" "payments::a_transaction_that_is_not_there";
    "Transactions: List" recent_transactions
        "lists::the_recent_ones_come_newest_first_and_by_the_twenty" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List by reference" transactions_for_reference
        "lists::each_search_finds_its_own" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List by settlement date" transactions_for_settlement_date
        "lists::each_search_finds_its_own" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List by account token" transactions_for_account
        "payto_payments::the_payments_of_a_registered_account_are_listed" "searches::each_list_holds_what_was_paid_once_and_the_newest_first"
        404 "" "lists::each_search_finds_its_own";
    "Transactions: List by credit card" transactions_for_card
        "lists::each_search_finds_its_own" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List by bank account" transactions_for_bank_account
        "lists::each_search_finds_its_own" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List by New Zealand bank account" transactions_for_nz_bank_account
        "lists::each_search_finds_its_own" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List suspended" suspended_transactions
        "lists::what_fraud_guard_holds_is_listed" "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    "Transactions: List refunds of a transaction" refunds
        "payments::refunds_full_and_partial" "money::no_more_goes_back_than_was_paid"
        404 "" "lists::each_search_finds_its_own";
    "Transactions: List retries of a transaction" retries
        "schedules::a_second_try_is_listed_under_the_first" "schedules::a_declined_instalment_is_tried_again_until_it_is_paid"
        404 "" "lists::each_search_finds_its_own";
    "Transactions: Take payment" take_payment
        "payments::a_payment_from_each_source" "payments::what_was_paid_is_what_is_read"
        422 "singleUseTokenId" "payments::what_no_payment_is_taken_from" 422 "customerId" "payments::what_no_payment_is_taken_from" 422 "accountToken" "payments::what_no_payment_is_taken_from" 422 "supplierBusinessCode" "payments::what_no_payment_is_taken_from" 422 "creditCard.expiryDateYear" "payments::a_payment_from_raw_details";
    "Transactions: Void transaction" void_transaction
        "payments::a_void_takes_a_payment_back_until_the_cut_off" "money::a_void_comes_in_time_or_not_at_all"
        404 "" "payments::a_void_takes_a_payment_back_until_the_cut_off" 422 "" "payments::a_void_takes_a_payment_back_until_the_cut_off";
    "Transactions: Refund payment" refund_payment
        "payments::refunds_full_and_partial" "money::no_more_goes_back_than_was_paid"
        422 "originalReceiptNumber" "payments::refunds_full_and_partial" 422 "principalAmount" "payments::refunds_full_and_partial" 422 "" "payto_payments::a_payto_payment_is_refunded_whole_or_not_at_all";
    "Transactions: Pre-authorisation" pre_authorise
        "pre_authorisations::a_hold_is_placed_and_captured_once" "pre_authorisations::no_more_is_taken_than_is_held"
        422 "" "pre_authorisations::what_is_declined_or_not_offered_holds_nothing";
    "Transactions: Capture pre-authorisation" capture_pre_authorisation
        "pre_authorisations::a_hold_is_placed_and_captured_once" "pre_authorisations::no_more_is_taken_than_is_held"
        422 "originalReceiptNumber" "pre_authorisations::what_is_declined_or_not_offered_holds_nothing" 422 "principalAmount" "pre_authorisations::a_hold_is_increased_and_no_more_is_captured";
    "Transactions: Account verification" verify_account
        "pre_authorisations::a_card_is_verified_without_money" "money::a_card_is_looked_at_for_nothing"
        422 "" "pre_authorisations::a_card_is_verified_without_money";
    "Transactions: Cancel pre-authorisation" cancel_pre_authorisation
        "pre_authorisations::a_hold_is_given_up_in_part_and_whole" "pre_authorisations::no_more_is_taken_than_is_held"
        422 "" "pre_authorisations::what_a_scheme_takes_no_part_in_is_refused";
    "Transactions: Incremental pre-authorisation" increase_pre_authorisation
        "pre_authorisations::a_hold_is_increased_and_no_more_is_captured" "pre_authorisations::no_more_is_taken_than_is_held"
        422 "" "pre_authorisations::what_a_scheme_takes_no_part_in_is_refused";
    "Transactions: Extension pre-authorisation" extend_pre_authorisation
        "pre_authorisations::a_visa_hold_is_extended_and_a_mastercards_authorised_anew" "money::a_visa_hold_lasts_as_long_as_it_was_extended"
        422 "" "pre_authorisations::what_a_scheme_takes_no_part_in_is_refused";
    "Transactions: Re-authorise pre-authorisation" reauthorise_pre_authorisation
        "pre_authorisations::a_visa_hold_is_extended_and_a_mastercards_authorised_anew" "money::a_mastercards_hold_lasts_from_its_last_authorisation"
        422 "" "pre_authorisations::what_a_scheme_takes_no_part_in_is_refused";
    "Transactions: Download CSV report" transactions_report
        "lists::the_report_of_a_day_has_every_transaction_of_it" "searches::a_report_has_the_columns_that_are_asked_for"
        401 "" "lists::the_report_of_a_day_has_every_transaction_of_it";
    "Customers: Get" customer
        "customers::a_customer_is_made_found_replaced_and_disabled" "people::customers_are_what_was_made_of_them";
    "Customers: Search" customers
        "customers::many_customers_come_in_pages_by_the_banks_numbers" "people::customers_are_what_was_made_of_them";
    "Customers: Create" create_customer
        "customers::a_customer_is_made_found_replaced_and_disabled" "customers::what_is_made_is_what_is_read"
        422 "customerNumber" "customers::a_number_is_taken_once_and_a_name_acts_once" 409 "" "switches::the_client_goes_the_same_way_however_the_bank_is_switched";
    "Customers: Update" update_customer
        "customers::a_customer_is_made_found_replaced_and_disabled" "people::customers_are_what_was_made_of_them"
        422 "customerNumber" "people::customers_are_what_was_made_of_them";
    "Customers: Update customer status" set_customer_status
        "customers::a_customer_is_made_found_replaced_and_disabled" "people::customers_are_what_was_made_of_them";
    "Customers: List accounts" customer_accounts
        "accounts::accounts_are_registered_listed_and_charged" "people::accounts_are_what_was_made_of_them";
    "Customers: Register account" register_customer_account
        "accounts::accounts_are_registered_listed_and_charged" "accounts::an_account_shows_what_it_may"
        404 "" "accounts::a_token_registers_one_account_and_a_name_acts_once" 422 "singleUseTokenId" "accounts::a_token_registers_one_account_and_a_name_acts_once";
    "Customers: List recurring payments" customer_recurring_payments
        "recurring::a_customers_are_listed_the_active_ones_first" "schedules::the_active_ones_come_first_and_each_part_by_its_code";
    "Customers: Create recurring payment" create_recurring_payment
        "recurring::instalments_are_taken_until_the_last" "schedules::what_is_taken_is_what_was_planned"
        422 "" "recurring::what_cannot_be_charged_is_refused_or_declined";
    "Customers: List payment history" customer_transactions
        "recurring::instalments_are_taken_until_the_last" "people::customers_are_what_was_made_of_them";
    "Accounts: Get" account
        "accounts::holder_and_expiry_can_be_changed_and_an_account_disabled" "accounts::an_account_shows_what_it_may"
        404 "" "people::accounts_are_what_was_made_of_them";
    "Accounts: Update" update_account
        "accounts::holder_and_expiry_can_be_changed_and_an_account_disabled" "people::accounts_are_what_was_made_of_them"
        404 "" "people::accounts_are_what_was_made_of_them" 422 "" "people::accounts_are_what_was_made_of_them";
    "Accounts: Disable" disable_account
        "accounts::holder_and_expiry_can_be_changed_and_an_account_disabled" "people::accounts_are_what_was_made_of_them"
        404 "" "people::accounts_are_what_was_made_of_them";
    "Accounts: Register account" register_account
        "accounts::an_account_without_a_customer_makes_one" "people::an_account_alone_brings_its_customer"
        422 "singleUseTokenId" "accounts::an_account_without_a_customer_makes_one";
    "Recurring payments: Get" recurring_payment
        "recurring::one_is_replaced_and_stopped_for_good" "schedules::what_is_taken_is_what_was_planned";
    "Recurring payments: Update" update_recurring_payment
        "recurring::one_is_replaced_and_stopped_for_good" "schedules::a_replacement_and_a_stop_hold_from_then_on"
        422 "" "schedules::a_replacement_and_a_stop_hold_from_then_on";
    "Recurring payments: Stop" stop_recurring_payment
        "recurring::one_is_replaced_and_stopped_for_good" "schedules::a_replacement_and_a_stop_hold_from_then_on"
        422 "" "schedules::a_replacement_and_a_stop_hold_from_then_on";
    "Recurring payments: List payment history" recurring_payment_transactions
        "recurring::instalments_are_taken_until_the_last" "recurring::as_many_are_taken_as_days_have_come";
    "Credit cards: Get card scheme" card_scheme
        "businesses::the_scheme_of_a_card" "facility::six_digits_name_a_scheme_or_none"
        404 "" "businesses::the_scheme_of_a_card" 422 "cardBIN" "businesses::the_scheme_of_a_card";
    "Payment files: Upload payment file" upload_payment_file
        "runs::a_file_in_every_format" "runs::what_is_handed_in_is_what_is_worked_off"
        422 "file" "runs::what_is_handed_in_is_what_is_worked_off";
    "Payment files: Get payment file" payment_file
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off"
        404 "" "payment_files::a_file_that_is_wrong_says_in_which_line";
    "Payment files: List payment files" payment_files
        "runs::files_are_listed_for_a_year_the_newest_first" "runs::what_is_handed_in_is_what_is_worked_off";
    "Payment files: List payment file errors" payment_file_errors
        "payment_files::a_file_that_is_wrong_says_in_which_line" "runs::one_wrong_line_is_named_and_nothing_is_taken";
    "Payment files: Get payment batch" payment_batch
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off";
    "Payment files: List payment batches" payment_batches
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off";
    "Payment files: List payment batch transactions" payment_batch_transactions
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off";
    "Payment files: Download CSV version 2 report" payment_file_report
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off"
        404 "" "runs::one_wrong_line_is_named_and_nothing_is_taken";
    "Payment files: Download CSV version 1 report" payment_file_report
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off"
        404 "" "runs::one_wrong_line_is_named_and_nothing_is_taken";
    "Payment files: Download Flat file report" payment_file_report
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off"
        404 "" "runs::one_wrong_line_is_named_and_nothing_is_taken";
    "Payment files: Download Westpac MTS Rejects report" payment_file_report
        "payment_files::a_file_is_worked_off_and_its_payments_can_be_read" "runs::what_is_handed_in_is_what_is_worked_off"
        404 "" "runs::one_wrong_line_is_named_and_nothing_is_taken";
    "PayTo agreements: Create" create_payto_agreement
        "agreements::payers_do_as_their_bsb_says" "agreements::what_is_asked_for_is_what_is_shown"
        422 "" "mandates::what_no_agreement_is_made_of";
    "PayTo agreements: Create for Customer" create_customer_payto_agreement
        "agreements::an_agreement_shows_what_was_asked_for" "mandates::agreements_are_found_by_what_they_are"
        404 "" "agreements::an_agreement_shows_what_was_asked_for" 422 "" "mandates::what_no_agreement_is_made_of";
    "PayTo agreements: Get" payto_agreement
        "agreements::an_agreement_shows_what_was_asked_for" "agreements::what_is_asked_for_is_what_is_shown";
    "PayTo agreements: List" payto_agreements
        "agreements::agreements_are_found_and_come_as_a_table" "mandates::agreements_are_found_by_what_they_are";
    "PayTo agreements: Recall" recall_payto_agreement
        "agreements::only_what_waits_can_be_recalled" "mandates::an_agreement_goes_only_where_the_rules_lead"
        422 "" "mandates::an_agreement_goes_only_where_the_rules_lead" 409 "" "mandates::an_agreement_goes_only_where_the_rules_lead";
    "PayTo agreements: Status Amendment" amend_payto_status
        "agreements::it_is_suspended_resumed_and_ended_for_good" "mandates::an_agreement_goes_only_where_the_rules_lead"
        422 "" "mandates::an_agreement_goes_only_where_the_rules_lead" 409 "" "mandates::an_agreement_goes_only_where_the_rules_lead";
    "PayTo agreements: Unilateral Amendment" amend_payto_unilaterally
        "agreements::some_changes_hold_at_once_and_others_wait_for_the_payer" "mandates::an_agreement_goes_only_where_the_rules_lead"
        422 "" "mandates::an_agreement_goes_only_where_the_rules_lead" 409 "" "mandates::an_agreement_goes_only_where_the_rules_lead";
    "PayTo agreements: Bilateral Amendment" amend_payto_bilaterally
        "agreements::some_changes_hold_at_once_and_others_wait_for_the_payer" "mandates::an_agreement_goes_only_where_the_rules_lead"
        422 "" "mandates::an_agreement_goes_only_where_the_rules_lead" 409 "" "mandates::an_agreement_goes_only_where_the_rules_lead";
    "PayTo agreements: Recall Amendment" recall_payto_amendment
        "agreements::some_changes_hold_at_once_and_others_wait_for_the_payer" "mandates::an_agreement_goes_only_where_the_rules_lead"
        422 "" "mandates::an_agreement_goes_only_where_the_rules_lead" 409 "" "mandates::an_agreement_goes_only_where_the_rules_lead";
    "PayTo agreements: Download CSV report" payto_agreements_report
        "agreements::agreements_are_found_and_come_as_a_table" "mandates::agreements_are_found_by_what_they_are";
    "Transactions: Take payment by PayTo" take_payto_payment
        "payto_payments::a_payto_payment_is_refunded_whole_or_not_at_all" "mandates::only_what_was_agreed_is_paid"
        422 "payToData.agreementToken" "payments::what_no_payment_is_taken_from";
    "Transactions: Take once-off payment by PayTo" take_once_off_payment
        "once_off::the_payment_waits_for_the_payer_and_ends_the_agreement" "once_off::all_of_it_is_paid_or_nothing"
        422 "payToAgreement" "once_off::what_is_no_payer_is_refused"
        422 "singleUseTokenId" "once_off::a_payers_token_pays_alone_and_once";
    "PayIDs: Register" register_pay_id
        "payids::one_is_registered_paid_to_and_given_up" "payids::what_was_paid_in_is_what_is_there"
        422 "each" "payids::what_cannot_be_registered_is_refused_by_its_field";
    "PayIDs: Get" pay_id
        "payids::one_is_registered_paid_to_and_given_up" "payids::what_was_paid_in_is_what_is_there";
    "PayIDs: List for customer" customer_pay_ids
        "payids::a_customers_come_in_pages" "payids::what_was_paid_in_is_what_is_there";
    "PayIDs: Deregister" deregister_pay_id
        "payids::one_is_registered_paid_to_and_given_up" "payids::what_was_paid_in_is_what_is_there"
        422 "payId" "payids::one_is_registered_paid_to_and_given_up";
};

/// What is missing of the table: a row, a test, or a test's call of the row's method.
fn missing() -> Vec<String> {
    let (sources, mut missing) = (Sources::read(), Vec::new());
    for row in page::rows().into_iter().filter(|row| row.answered) {
        let Some(proof) = PROOFS.iter().find(|proof| proof.row == row.name) else {
            missing.push(format!("{}: nothing is shown of it", row.name));
            continue;
        };
        if proof.method != row.method {
            missing.push(format!("{}: its method is {}", row.name, row.method));
        }
        let kind = |test: &str| sources.test(test).map(|test| test.is_property);
        if kind(proof.happy) != Some(false) {
            missing.push(format!("{}: no happy path {}", row.name, proof.happy));
        }
        if kind(proof.property) != Some(true) {
            missing.push(format!("{}: no property {}", row.name, proof.property));
        }
        for (status, field, test) in proof.errors {
            if sources.test(test).is_none() {
                missing.push(format!("{}: no test of {status} {field} {test}", row.name));
            }
        }
        for test in [proof.happy, proof.property] {
            if !sources.calls(test, proof.method) {
                missing.push(format!("{}: {test} never calls {}", row.name, proof.method));
            }
        }
        for (status, field, test) in proof.errors {
            // What the types do not let through is sent by hand, to the row's own path.
            let path = row.path.rsplit('/').next().unwrap_or_default();
            let by_hand = sources.calls(test, "ask_by_hand") && sources.says(test, path);
            if !sources.calls(test, proof.method) && !by_hand {
                missing.push(format!("{}: {test} never calls {}", row.name, proof.method));
            }
            if !sources.insists(test, word(*status)) {
                missing.push(format!("{}: {test} takes something else for {status}", row.name));
            }
            if !field.is_empty() && *field != EACH && !sources.says(test, &format!("\"{field}\"")) {
                missing.push(format!("{}: {test} never looks for {field}", row.name));
            }
        }
    }
    for (status, test) in ALIKE {
        if sources.test(test).is_none() {
            missing.push(format!("every row: no test of {status} {test}"));
        }
        if !sources.says(test, "in ROWS") {
            missing.push(format!("every row: {test} asks one row or another"));
        }
        if !sources.insists(test, word(*status)) {
            missing.push(format!("every row: {test} takes something else for {status}"));
        }
    }
    missing
}

/// The client's word for a status.
fn word(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "Unauthorised",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        422 => "Unprocessable",
        429 => "Busy",
        500 => "ServerError",
        502 => "BadGateway",
        503 => "Unavailable",
        504 => "GatewayTimeout",
        _ => "none that the documents know",
    }
}

#[test]
fn of_every_row_a_happy_path_its_errors_and_a_property_are_shown() {
    let missing = missing();
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
    for proof in PROOFS {
        let known = ROWS.iter().find(|row| row.name == proof.row);
        assert!(known.is_some(), "{} is no row", proof.row);
    }
}

/// Rows whose path has something that is looked up, and not found by being no more than a value.
const LOOKED_UP: &[&str] = &[
    // The digits of a card: a test of its own has both answers that the bank may give.
    "Credit cards: Get card scheme",
];

/// A row that speaks of something in its path is asked for what is not there, and one that sends fields
/// has a wrong one in the table.
#[test]
fn what_is_spoken_of_may_not_be_there_and_what_is_sent_may_be_wrong() {
    let mut missing = Vec::new();
    for shown in page::rows().into_iter().filter(|row| row.answered) {
        let Some(row) = ROWS.iter().find(|row| row.name == shown.name) else { continue };
        let Some(proof) = PROOFS.iter().find(|proof| proof.row == row.name) else { continue };
        let has = |status: u16| proof.errors.iter().any(|(of, ..)| *of == status);
        let looked_up = shown.path.contains('{') && !LOOKED_UP.contains(&row.name);
        if looked_up && !matches!(row.of, Of::Missing) {
            missing.push(format!("{}: 404, for it speaks of {}", row.name, shown.path));
        }
        // The documents: a wrong field is 422. A status is one of two words, and the types leave
        // nothing of it to be wrong.
        let sends = matches!(shown.verb.as_str(), "POST" | "PUT" | "PATCH");
        if sends && row.name != "Customers: Update customer status" && !has(422) {
            missing.push(format!("{}: 422", row.name));
        }
    }
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}
