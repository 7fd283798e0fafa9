//! The page of resources: every row of the API reference's resource summary, with the client's
//! method and the sandbox's handler of it. The methods are named to the compiler and the handlers are
//! looked up in the router, so that the page cannot name what is not there.

use std::fmt::Write as _;

use quaymaster::quickstream::Client;
use quaymaster::sandbox::{KnownRoute, routes};

use super::documents::{code, keep_current, table};

/// What one resource can do.
type Rows = Vec<(&'static str, &'static str, &'static str, &'static str)>;

/// A row: what it does, its verb, its path, and the client's method, which must exist.
macro_rules! rows {
    ($( $what:literal $verb:ident $path:literal $method:ident; )+) => {
        vec![ $( { let _ = Client::$method; ($what, stringify!($verb), $path, stringify!($method)) } ),+ ]
    };
}

fn keys_and_businesses() -> Vec<(&'static str, Rows)> {
    vec![
        ("Root", rows! { "Get" GET "/" root; }),
        ("API keys", rows! { "Get latest" GET "/api-keys/latest" latest_key; }),
        (
            "Businesses",
            rows! {
                "Get" GET "/businesses/{supplierBusinessCode}" business;
                "List" GET "/businesses" businesses;
                "List accepted cards" GET "/businesses/{supplierBusinessCode}/accepted-cards" accepted_cards;
                "List card surcharges" GET "/businesses/{supplierBusinessCode}/card-surcharges" card_surcharges;
                "Query card surcharge" POST "/businesses/{supplierBusinessCode}/query-card-surcharge" query_card_surcharge;
            },
        ),
        (
            "Single-use tokens",
            rows! {
                "Generate token" POST "/single-use-tokens" generate_single_use_token;
                "3-D Secure authentication" POST "/single-use-tokens/{singleUseTokenId}/three-ds2-authentication" authenticate_single_use_token;
            },
        ),
        (
            "Credit cards",
            rows! {
                "Get card scheme" GET "/credit-cards/card-schemes/{cardBIN}" card_scheme;
            },
        ),
    ]
}

fn transactions() -> Vec<(&'static str, Rows)> {
    vec![(
        "Transactions",
        rows! {
            "Get details" GET "/transactions/{receiptNumber}" transaction;
            "List" GET "/transactions" recent_transactions;
            "List by reference" GET "/transactions/for-reference-number" transactions_for_reference;
            "List by settlement date" GET "/transactions/for-settlement-date" transactions_for_settlement_date;
            "List by account token" GET "/transactions/for-account-token/{accountToken}" transactions_for_account;
            "List by credit card" GET "/transactions/for-credit-card" transactions_for_card;
            "List by bank account" GET "/transactions/for-bank-account" transactions_for_bank_account;
            "List by New Zealand bank account" GET "/transactions/for-nz-bank-account" transactions_for_nz_bank_account;
            "List suspended" GET "/transactions/suspended" suspended_transactions;
            "List refunds of a transaction" GET "/transactions/{receiptNumber}/refunds" refunds;
            "List retries of a transaction" GET "/transactions/{receiptNumber}/retries" retries;
            "Take payment" POST "/transactions" take_payment;
            "Take payment by PayTo" POST "/transactions" take_payto_payment;
            "Void transaction" POST "/transactions/{receiptNumber}/void" void_transaction;
            "Refund payment" POST "/transactions" refund_payment;
            "Pre-authorisation" POST "/transactions" pre_authorise;
            "Capture pre-authorisation" POST "/transactions" capture_pre_authorisation;
            "Account verification" POST "/transactions" verify_account;
            "Cancel pre-authorisation" POST "/transactions" cancel_pre_authorisation;
            "Incremental pre-authorisation" POST "/transactions" increase_pre_authorisation;
            "Extension pre-authorisation" POST "/transactions" extend_pre_authorisation;
            "Re-authorise pre-authorisation" POST "/transactions" reauthorise_pre_authorisation;
            "Download CSV report" GET "/transactions" transactions_report;
        },
    )]
}

fn customers() -> Vec<(&'static str, Rows)> {
    vec![
        (
            "Customers",
            rows! {
                "Get" GET "/customers/{customerId}" customer;
                "Search" GET "/customers" customers;
                "Create" POST "/customers" create_customer;
                "Update" PUT "/customers/{customerId}" update_customer;
                "Update customer status" PATCH "/customers/{customerId}" set_customer_status;
                "List accounts" GET "/customers/{customerId}/accounts" customer_accounts;
                "Register account" POST "/customers/{customerId}/accounts" register_customer_account;
                "List recurring payments" GET "/customers/{customerId}/recurring-payments" customer_recurring_payments;
                "Create recurring payment" POST "/customers/{customerId}/recurring-payments" create_recurring_payment;
                "List payment history" GET "/customers/{customerId}/transactions" customer_transactions;
            },
        ),
        (
            "Accounts",
            rows! {
                "Get" GET "/accounts/{accountToken}" account;
                "Update" PATCH "/accounts/{accountToken}" update_account;
                "Disable" DELETE "/accounts/{accountToken}" disable_account;
                "Register account" POST "/accounts" register_account;
            },
        ),
        (
            "Recurring payments",
            rows! {
                "Get" GET "/recurring-payments/{paymentScheduleId}" recurring_payment;
                "Update" PUT "/recurring-payments/{paymentScheduleId}" update_recurring_payment;
                "Stop" PATCH "/recurring-payments/{paymentScheduleId}" stop_recurring_payment;
                "List payment history" GET "/recurring-payments/{paymentScheduleId}/transactions" recurring_payment_transactions;
            },
        ),
    ]
}

fn files_and_agreements() -> Vec<(&'static str, Rows)> {
    vec![
        (
            "Payment files",
            rows! {
                "Upload payment file" POST "/payment-files" upload_payment_file;
                "Get payment file" GET "/payment-files/{paymentFileId}" payment_file;
                "List payment files" GET "/payment-files" payment_files;
                "List payment file errors" GET "/payment-files/{paymentFileId}/errors" payment_file_errors;
                "Get payment batch" GET "/payment-batches/{paymentBatchId}" payment_batch;
                "List payment batches" GET "/payment-files/{paymentFileId}/payment-batches" payment_batches;
                "List payment batch transactions" GET "/payment-batches/{paymentBatchId}/transactions" payment_batch_transactions;
                "Download CSV version 2 report" GET "/payment-files/{paymentFileId}/csv2" payment_file_report;
                "Download CSV version 1 report" GET "/payment-files/{paymentFileId}/csv" payment_file_report;
                "Download Flat file report" GET "/payment-files/{paymentFileId}/flat-file" payment_file_report;
                "Download Westpac MTS Rejects report" GET "/payment-files/{paymentFileId}/mts-rejects" payment_file_report;
            },
        ),
        (
            "PayTo Agreements",
            rows! {
                "Create" POST "/payto-agreements" create_payto_agreement;
                "Create for Customer" POST "/customers/{customerId}/payto-agreements" create_customer_payto_agreement;
                "Get" GET "/payto-agreements/{agreementToken}" payto_agreement;
                "List" GET "/payto-agreements" payto_agreements;
                "Download CSV report" GET "/payto-agreements" payto_agreements_report;
                "Recall" PATCH "/payto-agreements/{agreementToken}" recall_payto_agreement;
                "Status Amendment" PATCH "/payto-agreements/{agreementToken}" amend_payto_status;
                "Unilateral Amendment" PATCH "/payto-agreements/{agreementToken}" amend_payto_unilaterally;
                "Bilateral Amendment" PATCH "/payto-agreements/{agreementToken}" amend_payto_bilaterally;
                "Recall Amendment" PATCH "/payto-agreements/{agreementToken}" recall_payto_amendment;
            },
        ),
        (
            "PayIDs",
            rows! {
                "Register" POST "/customers/{customerId}/payids" register_pay_id;
                "Get" GET "/payids/{payId}" pay_id;
                "List for customer" GET "/customers/{customerId}/payids" customer_pay_ids;
                "Deregister" DELETE "/payids/{payId}" deregister_pay_id;
            },
        ),
    ]
}

#[test]
fn the_page_of_resources_is_current_and_every_route_is_on_it() {
    let known: Vec<KnownRoute> = routes().collect();
    let resources: Vec<(&str, Rows)> =
        [keys_and_businesses(), transactions(), customers(), files_and_agreements()].concat();
    let (mut sections, mut missing) = (String::new(), 0);
    for (resource, rows) in &resources {
        let rows = rows.iter().map(|(what, verb, path, method)| {
            let found = known.iter().find(|route| route.method == *verb && route.path == *path);
            missing += usize::from(found.is_none());
            let handler = found.map_or("missing".to_owned(), |route| code(route.file));
            vec![(*what).to_owned(), code(&format!("{verb} {path}")), code(method), handler]
        });
        let heads = ["action", "request", "client method", "sandbox handler"];
        write!(sections, "\n## {resource}\n\n{}", table(&heads, rows)).unwrap();
    }
    let count: usize = resources.iter().map(|(_, rows)| rows.len()).sum();
    for route in &known {
        let mut rows = resources.iter().flat_map(|(_, rows)| rows);
        let named = rows.any(|(_, verb, path, _)| route.method == *verb && route.path == *path);
        assert!(named, "{} {} is in no row", route.method, route.path);
    }
    let missing = match missing {
        0 => "None is missing".to_owned(),
        missing => format!("{missing} have no sandbox handler yet"),
    };
    let page = format!(
        "# Resources\n\nEvery row of the API reference's resource summary, and the newer ones that \
         its change log names, with the method of `quickstream::Client` and the source file of the \
         sandbox that answers it. Made from the code; a test keeps it current. {count} rows. \
         {missing}.\n{sections}"
    );
    keep_current("docs/resources.md", &page);
}
