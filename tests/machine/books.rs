//! What must hold of the sandbox's whole book after every call, and more of it at the end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bank::Bank;
use super::model::{AgreementState, Model, Status};

/// The most items of a page.
const PAGE: usize = 20;

/// After every call: the list of transactions has each of them once and as the model has it, no
/// status moved where the documents have no way, and the money is all there.
pub(crate) fn after_a_call(bank: &mut Bank, model: &Model) {
    name_instalments(bank, model);
    let items = walk(bank, "/transactions");
    same(bank, model, &items, (0..model.transactions.len()).collect(), "/transactions");
    for item in &items {
        let (receipt, status) = (text(item, "receiptNumber"), text(item, "status"));
        let before = bank.seen.insert(receipt.clone(), status.clone());
        if let Some(before) = before {
            bank.require(Status::may_become(&before, &status), || {
                format!("{receipt} went from {before} to {status}")
            });
        }
    }
    conserve(bank, model, &items);
    agreements(bank, model, "", (0..model.agreements.len()).rev().collect());
}

/// The list of agreements has these, in this order, and none moved where the documents have no way.
fn agreements(bank: &mut Bank, model: &Model, query: &str, due: Vec<usize>) {
    let items = walk(bank, &format!("/payto-agreements{query}"));
    bank.require(items.len() == due.len(), || format!("{query} of {due:?} has {items:?}"));
    for (at, item) in due.into_iter().zip(&items) {
        bank.compare(&model.agreement_face(at), item);
        let (token, status) = (text(item, "agreementToken"), text(item, "agreementStatus"));
        let before = bank.seen.insert(token.clone(), status.clone());
        if let Some(before) = before {
            bank.require(AgreementState::may_become(&before, &status), || {
                format!("{token} went from {before} to {status}")
            });
        }
    }
}

/// At the end: every other list, every read, and every way to the same thing.
pub(crate) fn at_the_end(bank: &mut Bank, model: &Model) {
    let recent = walk(bank, "/transactions");
    for item in &recent {
        let receipt = text(item, "receiptNumber");
        let read = bank.read(&format!("/transactions/{receipt}"));
        bank.require(read.status == 200 && read.body == *item, || {
            format!("GET says {} and the list {item}", read.text)
        });
    }
    customers(bank, model);
    schedules(bank, model);
    agreements_found(bank, model);
    histories(bank, model);
}

/// Gives the instalments that were taken meanwhile their receipts, by each schedule's own list.
fn name_instalments(bank: &mut Bank, model: &Model) {
    for schedule in 0..model.schedules.len() {
        let all = model.transactions.iter().enumerate();
        let mine = all.filter(|(_, taken)| taken.schedule == Some(schedule)).map(|(at, _)| at);
        let mine: Vec<usize> = mine.collect();
        if mine.iter().all(|at| bank.knows(&format!("$t{at}"))) {
            continue;
        }
        let path = bank.resolved_text(&format!("/recurring-payments/$s{schedule}/transactions"));
        let items = walk(bank, &path);
        let (due, listed) = (mine.len(), items.len());
        bank.require(due == listed, || format!("{path} has {listed} instalments, due are {due}"));
        for (at, item) in mine.into_iter().zip(items.iter().rev()) {
            let name = format!("$t{at}");
            if !bank.knows(&name) {
                bank.name(&name, &text(item, "receiptNumber"));
            }
        }
    }
}

fn agreements_found(bank: &mut Bank, model: &Model) {
    let newest_first = || (0..model.agreements.len()).rev();
    for customer in 0..model.customers.len() {
        let query = format!("?customerId={}", bank.id(&format!("$c{customer}")));
        let theirs = newest_first().filter(|at| model.agreements[*at].customer == customer);
        agreements(bank, model, &query, theirs.collect());
    }
    for word in ["PENDING", "ACTIVE", "SUSPENDED", "CANCELLED", "DECLINED", "EXPIRED", "RECALLED"] {
        let of = newest_first().filter(|at| model.agreements[*at].state.word() == word);
        agreements(bank, model, &format!("?agreementStatus={word}"), of.collect());
    }
    for item in walk(bank, "/payto-agreements") {
        let read = bank.read(&format!("/payto-agreements/{}", text(&item, "agreementToken")));
        bank.require(read.body == item, || format!("GET says {} and the list {item}", read.text));
    }
}

fn schedules(bank: &mut Bank, model: &Model) {
    for customer in 0..model.customers.len() {
        let path = bank.resolved_text(&format!("/customers/$c{customer}/recurring-payments"));
        let items = walk(bank, &path);
        let mine = model.schedules_of(customer);
        bank.require(mine.len() == items.len(), || format!("{path} has {items:?}"));
        for (at, item) in mine.into_iter().zip(&items) {
            bank.compare(&model.schedule_face(at), item);
            let path = bank.resolved_text(&format!("/recurring-payments/$s{at}"));
            let read = bank.read(&path);
            bank.require(read.body == *item, || format!("GET {path} says {}", read.text));
        }
    }
}

fn customers(bank: &mut Bank, model: &Model) {
    let listed = walk(bank, "/customers");
    let count = model.customers.len();
    bank.require(listed.len() == count, || format!("{count} customers, and listed {listed:?}"));
    for (at, item) in listed.iter().enumerate() {
        bank.compare(&model.customer_face(at), item);
        let path = bank.resolved_text(&format!("/customers/$c{at}"));
        let read = bank.read(&path);
        bank.require(read.body == *item, || format!("GET {path} says {}", read.text));
        let mine = (0..model.accounts.len()).rev().filter(|account| {
            let account = &model.accounts[*account];
            account.customer == at && account.enabled
        });
        let mine: Vec<usize> = mine.collect();
        let accounts = walk(bank, &format!("{path}/accounts"));
        bank.require(accounts.len() == mine.len(), || format!("{path} has {accounts:?}"));
        for (account, item) in mine.into_iter().zip(&accounts) {
            bank.compare(&model.account_face(account), item);
        }
    }
    for (at, account) in model.accounts.iter().enumerate() {
        let path = bank.resolved_text(&format!("/accounts/$a{at}"));
        let read = bank.read(&path);
        let due = if account.enabled { 200 } else { 404 };
        bank.require(read.status == due, || format!("GET {path} is {}", read.status));
    }
}

/// Every list of transactions has those it should, and no other.
fn histories(bank: &mut Bank, model: &Model) {
    let all = || model.transactions.iter().enumerate();
    let mut lists: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for at in 0..model.customers.len() {
        lists.entry(format!("/customers/$c{at}/transactions")).or_default();
    }
    for (at, account) in model.accounts.iter().enumerate() {
        if account.enabled {
            lists.entry(format!("/transactions/for-account-token/$a{at}")).or_default();
        }
    }
    for (at, taken) in all() {
        lists.entry(format!("/transactions/$t{at}/refunds")).or_default();
        let day = format!("/transactions/for-settlement-date?settlementDate={}", taken.settles);
        lists.entry(day).or_default().insert(at);
        if let Some(customer) = taken.customer {
            lists.entry(format!("/customers/$c{customer}/transactions")).or_default().insert(at);
        }
        if let Some(reference) = &taken.customer_reference {
            let path = format!("/transactions/for-reference-number?referenceNumber={reference}");
            lists.entry(path).or_default().insert(at);
        }
        if let Some(account) = taken.account.filter(|at| model.accounts[*at].enabled) {
            let path = format!("/transactions/for-account-token/$a{account}");
            lists.entry(path).or_default().insert(at);
        }
        if let Some(schedule) = taken.schedule {
            let path = format!("/recurring-payments/$s{schedule}/transactions");
            lists.entry(path).or_default().insert(at);
            lists.entry(format!("/transactions/$t{at}/retries")).or_default();
            if let Some(original) = taken.original {
                lists.entry(format!("/transactions/$t{original}/retries")).or_default().insert(at);
            }
        }
        if let Some(original) = taken.original.filter(|_| taken.is_refund()) {
            lists.entry(format!("/transactions/$t{original}/refunds")).or_default().insert(at);
        }
    }
    let suspended = all().filter(|(_, taken)| taken.status == Status::Suspended);
    lists.insert("/transactions/suspended".to_owned(), suspended.map(|(at, _)| at).collect());
    for (path, expected) in lists {
        let path = bank.resolved_text(&path);
        let items = walk(bank, &path);
        same(bank, model, &items, expected, &path);
    }
}

/// A list has these transactions, each once, as the model has them, the newest first.
fn same(bank: &Bank, model: &Model, items: &[Value], mut due: BTreeSet<usize>, path: &str) {
    let by_receipt: BTreeMap<&str, usize> =
        (0..model.transactions.len()).map(|at| (bank.id(&format!("$t{at}")), at)).collect();
    let mut last: Option<String> = None;
    for item in items {
        let receipt = text(item, "receiptNumber");
        let at = by_receipt.get(receipt.as_str()).copied();
        bank.require(at.is_some_and(|at| due.remove(&at)), || {
            format!("{path} has {receipt}, which is not its or is there twice")
        });
        bank.compare(&model.transaction_face(at.unwrap_or_default()), item);
        let time = text(item, "transactionTime");
        bank.require(last.as_ref().is_none_or(|last| time <= *last), || {
            format!("{path} is not in the order of time at {receipt}")
        });
        last = Some(time);
    }
    bank.require(due.is_empty(), || format!("{path} lacks {due:?}"));
}

/// What was taken less what was given back, as the list tells it, is what the model counted, and
/// nothing gave back more than it took.
fn conserve(bank: &Bank, model: &Model, items: &[Value]) {
    let mut till = 0;
    let mut left: BTreeMap<String, i64> = BTreeMap::new();
    for item in items {
        if !matches!(text(item, "status").as_str(), "Approved" | "Approved*") {
            continue;
        }
        let cents = cents(&item["totalAmount"]["amount"]);
        match text(item, "transactionType").as_str() {
            "PAYMENT" | "CAPTURE" => till += cents,
            "REFUND" if item.get("cancellationType").is_none() => {
                till -= cents;
                *left.entry(text(item, "originalReceiptNumber")).or_default() -= cents;
            }
            _ => {}
        }
    }
    bank.require(till == model.till, || {
        format!("the list comes to {till} cents, and {} were moved", model.till)
    });
    for item in items {
        if let Some(left) = left.get_mut(&text(item, "receiptNumber")) {
            *left += cents(&item["totalAmount"]["amount"]);
        }
    }
    for (receipt, left) in left {
        bank.require(left >= 0, || format!("{receipt} gave back {} cents too much", -left));
    }
}

/// Every item of a list, by its links.
fn walk(bank: &mut Bank, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut path = path.to_owned();
    let mut before: Option<String> = None;
    loop {
        let page = bank.read(&path);
        bank.require(page.status == 200, || format!("{path} is {}: {}", page.status, page.text));
        let linked = |rel: &str| {
            let links = page.body["links"].as_array()?;
            let link = links.iter().find(|link| link["rel"] == rel)?;
            let (_, below) = link["href"].as_str()?.split_once("/rest/v1")?;
            Some(below.to_owned())
        };
        let data = page.body["data"].as_array().cloned().unwrap_or_default();
        let (count, next, prev) = (data.len(), linked("next"), linked("prev"));
        bank.require(count == PAGE || (next.is_none() && count < PAGE), || {
            format!("{path} has {count} items and goes on at {next:?}")
        });
        bank.require(prev.is_some() == before.is_some(), || {
            format!("before {path} is {prev:?}, and {before:?} was")
        });
        items.extend(data);
        let Some(next) = next else { return items };
        before = Some(std::mem::replace(&mut path, next));
    }
}

fn text(item: &Value, name: &str) -> String {
    item[name].as_str().unwrap_or_default().to_owned()
}

/// An amount of a reply, which has two decimals.
fn cents(amount: &Value) -> i64 {
    let text = amount.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(text.len() - text.find('.').unwrap_or_default(), 3, "{text} has two decimals");
    digits.parse().unwrap()
}
