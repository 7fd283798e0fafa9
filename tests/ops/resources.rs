//! The page of resources: every row of the API reference's resource summary, with the client's
//! method and the sandbox's handler of it. The methods are named to the compiler and the handlers are
//! looked up in the router, so that the page cannot name what is not there; and what the client and
//! the sandbox each hold of a resource is compared.

use std::fs;
use std::path::Path;

use quaymaster::quickstream::Client;
use quaymaster::quickstream::routes::{self, Form, Route};
use quaymaster::sandbox::{self, KnownRoute};

use super::documents::{code, keep_current, table, top};

/// What one resource can do.
#[derive(Clone, Copy)]
struct Row {
    resource: &'static str,
    /// The action, in the summary's words.
    what: &'static str,
    verb: &'static str,
    path: &'static str,
    /// The client's method.
    method: &'static str,
}

/// Rows by resource: action, verb, path, and the client's method, which must exist.
macro_rules! rows {
    ($( $resource:literal: { $( $what:literal $verb:ident $path:literal $method:ident; )+ } )+) => {
        vec![ $( $( {
            let _ = Client::$method;
            Row {
                resource: $resource,
                what: $what,
                verb: stringify!($verb),
                path: $path,
                method: stringify!($method),
            }
        } ),+ ),+ ]
    };
}

fn keys_to_tokens() -> Vec<Row> {
    rows! {
        "Root": {
            "Get" GET "/" root;
        }
        "API keys": {
            "Get latest" GET "/api-keys/latest" latest_key;
        }
        "Businesses": {
            "Get" GET "/businesses/{supplierBusinessCode}" business;
            "List" GET "/businesses" businesses;
            "List accepted cards" GET "/businesses/{supplierBusinessCode}/accepted-cards" accepted_cards;
            "List card surcharges" GET "/businesses/{supplierBusinessCode}/card-surcharges" card_surcharges;
            "Query card surcharge" POST "/businesses/{supplierBusinessCode}/query-card-surcharge" query_card_surcharge;
        }
        "Single-use tokens": {
            "Generate token" POST "/single-use-tokens" generate_single_use_token;
        }
    }
}

fn transactions() -> Vec<Row> {
    rows! {
        "Transactions": {
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
        }
    }
}

fn customers_to_cards() -> Vec<Row> {
    rows! {
        "Customers": {
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
        }
        "Accounts": {
            "Get" GET "/accounts/{accountToken}" account;
            "Update" PATCH "/accounts/{accountToken}" update_account;
            "Disable" DELETE "/accounts/{accountToken}" disable_account;
            "Register account" POST "/accounts" register_account;
        }
        "Recurring payments": {
            "Get" GET "/recurring-payments/{paymentScheduleId}" recurring_payment;
            "Update" PUT "/recurring-payments/{paymentScheduleId}" update_recurring_payment;
            "Stop" PATCH "/recurring-payments/{paymentScheduleId}" stop_recurring_payment;
            "List payment history" GET "/recurring-payments/{paymentScheduleId}/transactions" recurring_payment_transactions;
        }
        "Credit cards": {
            "Get card scheme" GET "/credit-cards/card-schemes/{cardBIN}" card_scheme;
        }
    }
}

fn files_and_agreements() -> Vec<Row> {
    rows! {
        "Payment files": {
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
        }
        "PayTo agreements": {
            "Create" POST "/payto-agreements" create_payto_agreement;
            "Create for Customer" POST "/customers/{customerId}/payto-agreements" create_customer_payto_agreement;
            "Get" GET "/payto-agreements/{agreementToken}" payto_agreement;
            "List" GET "/payto-agreements" payto_agreements;
            "Recall" PATCH "/payto-agreements/{agreementToken}" recall_payto_agreement;
            "Status Amendment" PATCH "/payto-agreements/{agreementToken}" amend_payto_status;
            "Unilateral Amendment" PATCH "/payto-agreements/{agreementToken}" amend_payto_unilaterally;
            "Bilateral Amendment" PATCH "/payto-agreements/{agreementToken}" amend_payto_bilaterally;
            "Recall Amendment" PATCH "/payto-agreements/{agreementToken}" recall_payto_amendment;
        }
    }
}

/// The rows of the summary, in its order.
fn summary() -> Vec<Row> {
    [keys_to_tokens(), transactions(), customers_to_cards(), files_and_agreements()].concat()
}

/// What has a page or a line of news, and no row in the summary.
fn beside() -> Vec<Row> {
    rows! {
        "Single-use tokens": {
            "3-D Secure authentication" POST "/single-use-tokens/{singleUseTokenId}/three-ds2-authentication" authenticate_single_use_token;
        }
        "Transactions": {
            "Take payment by PayTo" POST "/transactions" take_payto_payment;
            "Take once-off payment by PayTo" POST "/transactions" take_once_off_payment;
        }
        "PayTo agreements": {
            "Download CSV report" GET "/payto-agreements" payto_agreements_report;
        }
        "PayIDs": {
            "Register" POST "/customers/{customerId}/payids" register_pay_id;
            "Get" GET "/payids/{payId}" pay_id;
            "List for customer" GET "/customers/{customerId}/payids" customer_pay_ids;
            "Deregister" DELETE "/payids/{payId}" deregister_pay_id;
        }
    }
}

impl Row {
    fn is(&self, verb: &str, path: &str) -> bool {
        self.verb == verb && self.path == path
    }

    /// The client's own row, by which `api` knows the key.
    fn ours(&self) -> Option<&'static Route> {
        routes::ROUTES.iter().find(|route| self.is(route.method.label(), route.path))
    }

    /// The sandbox's row, if it answers what the method asks for: a report, or JSON.
    fn served(&self) -> Option<KnownRoute> {
        let kind = if self.method.ends_with("_report") { "text/" } else { "application/json" };
        let gives = |route: &KnownRoute| route.gives.iter().any(|media| media.starts_with(kind));
        sandbox::routes().find(|route| self.is(route.method, route.path) && gives(route))
    }

    fn cells(&self) -> Vec<String> {
        let words = [self.resource, self.what].map(str::to_owned);
        let of_sandbox = self.served().map(|route| route.key.map_or("either", |key| key.label()));
        let of_client = self.ours().map(|route| route.key.label());
        let key = of_sandbox.or(of_client).unwrap_or("not documented");
        let file = self.served().map(|route| route.file.replace("src/sandbox/resources/", ""));
        let mut cells = words.to_vec();
        cells.extend([
            code(&format!("{} {}", self.verb, self.path)),
            key.to_owned(),
            code(&format!("Client::{}", self.method)),
            file.map_or("missing".to_owned(), |file| code(&file)),
        ]);
        cells
    }
}

/// A table, and above it how much of it there is. A method that is missing does not compile.
fn counted(rows: &[Row]) -> String {
    let heads = ["resource", "action", "request", "key", "client", "sandbox"];
    let missing = rows.iter().filter(|row| row.served().is_none()).count();
    let cells = rows.iter().map(Row::cells);
    format!(
        "{} rows; missing in the client: 0, missing in the sandbox: {missing}.\n\n{}",
        rows.len(),
        table(&heads, cells)
    )
}

#[test]
fn the_page_of_resources_is_current() {
    let page = format!(
        "# Resources\n\nEvery row of the API reference's resource summary, in its order, with the key \
         it takes, the method of `quickstream::Client` that asks for it, and the file of \
         `src/sandbox/resources` that answers. Made from the code: the compiler knows the methods, \
         and the sandbox's router the files; a test keeps it current \
         (`UPDATE_DOCS=1 cargo test --test ops resources`).\n\nRows with the same request are told \
         apart by what is sent, and one handler answers them. The summary gives an agreement's `Get` \
         without its token; here it has it, as on the agreements' own page.\n\n{}\n## Beside the \
         summary\n\nWhat has a page of its own or came in later. Of PayIDs only the registration's \
         path is documented: the other three are a guess on both sides.\n\n{}",
        counted(&summary()),
        counted(&beside())
    );
    keep_current("docs/resources.md", &page);
}

#[test]
fn every_route_of_either_side_is_on_the_page() {
    let rows = [summary(), beside()].concat();
    let named = |verb: &str, path: &str| rows.iter().any(|row| row.is(verb, path));
    for route in sandbox::routes() {
        assert!(named(route.method, route.path), "{} {}", route.method, route.path);
    }
    for route in routes::ROUTES {
        let verb = route.method.label();
        assert!(named(verb, route.path), "{verb} {}", route.path);
    }
    for row in summary() {
        assert!(row.ours().is_some(), "`api` does not know {} {}", row.verb, row.path);
    }
}

/// The path without the names of what stands in it.
fn shape(path: &str) -> Vec<&str> {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect()
}

/// What two rows on the same thing disagree about.
fn disagreement(ours: &Route, theirs: &KnownRoute) -> Option<&'static str> {
    let gives = |kind: &str| theirs.gives.iter().any(|media| media.starts_with(kind));
    let form = match ours.form {
        Form::Report => gives("text/") && !gives("application/json"),
        Form::Table => gives("text/csv") && gives("application/json"),
        Form::Json | Form::Upload | Form::Key => gives("application/json") && !gives("text/"),
    };
    if ours.path != theirs.path {
        Some("the names in the path")
    } else if theirs.key.is_some_and(|key| key.label() != ours.key.label()) {
        Some("the key")
    } else if !form {
        Some("what comes back")
    } else {
        None
    }
}

#[test]
fn client_and_sandbox_agree_on_what_both_know() {
    let mut both = 0;
    for theirs in sandbox::routes() {
        let same = |route: &&Route| {
            route.method.label() == theirs.method && shape(route.path) == shape(theirs.path)
        };
        if let Some(ours) = routes::ROUTES.iter().find(same) {
            both += 1;
            assert_eq!(disagreement(ours, &theirs), None, "{ours:?} {theirs:?}");
        }
    }
    assert!(both > 0, "they know nothing in common");
}

#[test]
fn a_disagreement_is_seen() {
    let card = sandbox::routes().find(|route| route.path.starts_with("/credit-cards/")).unwrap();
    let ours = routes::ROUTES.iter().find(|route| route.path == card.path).unwrap();
    assert_eq!(disagreement(ours, &card), None);
    let secret = Some(sandbox::KeyKind::Secret);
    assert_eq!(disagreement(ours, &KnownRoute { key: secret, ..card }), Some("the key"));
    let other = KnownRoute { path: "/credit-cards/card-schemes/{bin}", ..card };
    assert_eq!((shape(other.path), shape(ours.path)), (shape(card.path), shape(card.path)));
    assert_eq!(disagreement(ours, &other), Some("the names in the path"));
    let text = KnownRoute { gives: &["text/csv"], ..card };
    assert_eq!(disagreement(ours, &text), Some("what comes back"));
}

/// The methods in a source text that take a key: those that ask the bank for something.
fn asking(text: &str) -> Vec<&str> {
    let after = text.split("pub async fn ").skip(1).chain(text.split("pub fn ").skip(1));
    let method = |rest| {
        let (name, taken): (&str, &str) = str::split_once(rest, '(')?;
        let taken = taken.trim_start().strip_prefix("&self,")?.trim_start();
        (taken.starts_with("key: &KeyText") && !name.starts_with('$')).then_some(name)
    };
    after.filter_map(method).collect()
}

fn walk(folder: &Path, seen: &mut dyn FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, seen);
        } else {
            seen(&fs::read_to_string(path).unwrap());
        }
    }
}

/// The page leaves out no method. (Those made by a macro, which have no text of their own, are on the
/// page as rows of the summary.)
#[test]
fn every_method_of_the_client_is_on_the_page() {
    let rows = [summary(), beside()].concat();
    let mut found = 0;
    walk(&top("src/quickstream/resources"), &mut |text| {
        for method in asking(text) {
            found += 1;
            assert!(rows.iter().any(|row| row.method == method), "Client::{method} is on no row");
        }
    });
    assert!(found > rows.len() / 2, "only {found} methods were found");
    assert_eq!(asking("pub async fn a(\n    &self,\n    key: &KeyText,\n) {}"), ["a"]);
    assert_eq!(asking("pub fn b(&self, key: &KeyText) {} pub fn c(&self) {}"), ["b"]);
}
