//! Whatever was paid, each list and the report of a day hold what they are to hold: every transaction
//! once, the newest first, and none of what was not asked for.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::details::{
    AccountNumber, Bsb, CardNumber, HolderName, NzAccountNumber, NzAccountSuffix, NzBankCode,
    NzBankDetails, NzBranchCode,
};
use quaymaster::quickstream::models::ids::{AccountToken, ReceiptNumber};
use quaymaster::quickstream::models::texts::Reference;
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::lists::{Month, Narrow, NzAccountWanted};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::notes::Eci;
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::resources::transactions::source::{Source, Stored};
use quaymaster::quickstream::{Fault, Pager};
use serde_json::json;

use crate::bench::{ELSEWHERE, HIRE, MASTERCARD, VISA, bank_account, card, cents, code};
use crate::wire::{Wire, case, cases};

/// What is paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Visa,
    Mastercard,
    Bank,
    Nz { suffix: &'static str },
    Account,
}

/// One payment that is to be made, so many minutes after the one before.
#[derive(Clone, Debug)]
struct Wanted {
    minutes: u64,
    business: &'static str,
    by: By,
    references: [Option<&'static str>; 2],
    dollars: i64,
    over_internet: bool,
}

/// One that was made.
struct Made {
    of: Wanted,
    shown: Transaction,
}

/// Above so many dollars Fraud Guard holds what comes over the internet by card.
const HELD_FROM: i64 = 500;

fn wanted() -> impl Strategy<Value = Wanted> {
    let by = select(vec![
        By::Visa,
        By::Mastercard,
        By::Bank,
        By::Nz { suffix: "00" },
        By::Nz { suffix: "01" },
        By::Account,
    ]);
    let reference = || prop::option::of(select(vec!["INV-1", "INV 2/é", "CUST-1", "17"]));
    // Mostly the same day; some pass a cut-off, a night, a weekend.
    let minutes = prop_oneof![3 => Just(0), 3 => 1_u64..120, 1 => 120_u64..3_000];
    (
        minutes,
        select(vec![HIRE, ELSEWHERE]),
        by,
        [reference(), reference()],
        1_i64..1_000,
        any::<bool>(),
    )
        .prop_map(|(minutes, business, by, references, dollars, over_internet)| Wanted {
            minutes,
            business,
            by,
            references,
            dollars,
            over_internet,
        })
}

pub(crate) fn nz(suffix: &str) -> NzBankDetails {
    NzBankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new(suffix).unwrap(),
    }
}

async fn make(wire: &Wire, of: Wanted, account: &AccountToken) -> Made {
    wire.pass(Duration::from_mins(of.minutes));
    let source = match of.by {
        By::Visa => Source::Card(card(VISA)),
        By::Mastercard => Source::Card(card(MASTERCARD)),
        By::Bank => Source::Bank(bank_account("032-999", "999994")),
        By::Nz { suffix } => Source::NzBank(nz(suffix)),
        By::Account => Source::Stored(Stored::Account(account.clone())),
    };
    let mut payment = Payment::new(source, cents(of.dollars * 100));
    payment.business = Some(code(of.business));
    if of.by.is_card() {
        payment.card.eci = Some(if of.over_internet { Eci::Internet(None) } else { Eci::Phone });
    }
    let reference = |text: Option<&str>| text.map(|text| Reference::new(text).unwrap());
    payment.notes.customer_reference = reference(of.references[0]);
    payment.notes.payment_reference = reference(of.references[1]);
    let name = wire.name();
    let shown = wire.client.take_payment(&wire.key, &name, &payment).await.unwrap().value;
    Made { of, shown }
}

impl By {
    const fn is_card(self) -> bool {
        matches!(self, Self::Visa | Self::Mastercard | Self::Account)
    }
}

impl Made {
    fn is_held(&self) -> bool {
        self.of.by.is_card() && self.of.over_internet && self.of.dollars >= HELD_FROM
    }

    /// The day by the clocks of Sydney, which are eleven hours ahead until April.
    fn local(&self) -> (Date, Time) {
        let at = self.shown.transaction_time.unwrap() + SignedDuration::from_hours(11);
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        (at.date(), at.time())
    }

    /// When it settles: cards until six, bank accounts until four, on the same banking day; later
    /// ones on the next.
    fn settles(&self) -> Date {
        let (mut day, at) = self.local();
        let cut_off = if self.of.by.is_card() { time(18, 0, 0, 0) } else { time(16, 0, 0, 0) };
        let weekend = |day: Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if at >= cut_off && !weekend(day) {
            day += 1.day();
        }
        while weekend(day) {
            day += 1.day();
        }
        day
    }
}

/// What is on a list, page by page: twenty on each but the last, with links both ways.
async fn listed(pager: Result<Pager<Transaction>, Fault>) -> Vec<ReceiptNumber> {
    let (mut pager, mut found, mut seen) = (pager.unwrap(), Vec::new(), Vec::new());
    while let Some(page) = pager.next().await.unwrap() {
        for link in &page.links {
            assert!(link.href.starts_with("http"), "{link:?} is to be absolute");
        }
        let has = |rel: &str| page.links.iter().any(|link| link.rel == rel);
        seen.push((page.data.len(), has("prev"), has("next")));
        found.extend(page.data.into_iter().map(|shown| shown.receipt_number));
    }
    let last = seen.len() - 1;
    for (at, (count, prev, next)) in seen.iter().enumerate() {
        assert_eq!((*prev, *next), (at > 0, at < last), "page {at} of {last}");
        assert!(*count == 20 || at == last, "page {at} holds {count}");
    }
    found
}

/// The receipts of those that this is true of, newest first.
fn those(made: &[Made], of: impl Fn(&Made) -> bool) -> Vec<ReceiptNumber> {
    made.iter()
        .rev()
        .filter(|made| of(made))
        .map(|made| made.shown.receipt_number.clone())
        .collect()
}

/// What a way to narrow a list leaves.
type Left = fn(&Made) -> bool;

/// Every way to narrow a list, with what it leaves.
fn narrows() -> Vec<(Narrow, Left)> {
    let month = |month| Some(Month::new(2026, month).unwrap());
    vec![
        (Narrow::default(), |_| true),
        (Narrow { business: Some(code(HIRE)), month: None }, |made| made.of.business == HIRE),
        (Narrow { business: None, month: month(3) }, |made| made.local().0.month() == 3),
        (Narrow { business: Some(code(ELSEWHERE)), month: month(2) }, |_| false),
    ]
}

async fn every_search(wire: &Wire, made: &[Made], account: &AccountToken) {
    let (client, key) = (&wire.client, &wire.key);
    for (narrow, left) in narrows() {
        for text in ["INV-1", "INV 2/é", "CUST-1", "17", "nobody's"] {
            let reference = Reference::new(text).unwrap();
            let found = listed(client.transactions_for_reference(key, &reference, &narrow)).await;
            let has = |made: &Made| made.of.references.contains(&Some(text)) && left(made);
            assert_eq!(found, those(made, has), "{text} {narrow:?}");
        }
        for (number, by) in [(VISA, By::Visa), (MASTERCARD, By::Mastercard)] {
            let card = CardNumber::new(number).unwrap();
            let found = listed(client.transactions_for_card(key, &card, &narrow)).await;
            // The registered account is the same Visa card.
            let has = |made: &Made| {
                (made.of.by == by || (by == By::Visa && made.of.by == By::Account)) && left(made)
            };
            assert_eq!(found, those(made, has), "{by:?} {narrow:?}");
        }
        let (bsb, number) = (Bsb::new("032-999").unwrap(), AccountNumber::new("999994").unwrap());
        let found = client.transactions_for_bank_account(key, &bsb, &number, &narrow);
        let has = |made: &Made| made.of.by == By::Bank && left(made);
        assert_eq!(listed(found).await, those(made, has), "{narrow:?}");
        for suffix in [None, Some("00"), Some("01"), Some("02")] {
            let NzBankDetails { bank, branch, number, .. } = nz("00");
            let suffix_wanted = suffix.map(|suffix| NzAccountSuffix::new(suffix).unwrap());
            let wanted = NzAccountWanted { bank, branch, number, suffix: suffix_wanted };
            let found =
                listed(client.transactions_for_nz_bank_account(key, &wanted, &narrow)).await;
            let has = |made: &Made| match made.of.by {
                By::Nz { suffix: of } => suffix.is_none_or(|suffix| suffix == of) && left(made),
                By::Visa | By::Mastercard | By::Bank | By::Account => false,
            };
            assert_eq!(found, those(made, has), "{suffix:?} {narrow:?}");
        }
        let found = listed(client.transactions_for_account(key, account, &narrow)).await;
        let has = |made: &Made| made.of.by == By::Account && left(made);
        assert_eq!(found, those(made, has), "{narrow:?}");
    }
}

/// The rows of a report, as its receipts; each is as the list has it.
async fn reported(wire: &Wire, wanted: &TransactionsReport) -> Vec<(String, String)> {
    let mut report = wire.client.transactions_report(&wire.key, wanted).await.unwrap();
    let mut rows = Vec::new();
    while let Some(row) = report.next().await.unwrap() {
        assert_eq!(row.cells().len(), report.columns().len());
        let cell = |name: &str| row.cell(name).unwrap_or_default().to_owned();
        rows.push((cell("Receipt Number"), cell("Payment Reference Number")));
    }
    rows.sort();
    rows
}

async fn every_day(wire: &Wire, made: &[Made]) {
    let (client, key) = (&wire.client, &wire.key);
    let mut days: Vec<Date> = made.iter().map(Made::settles).collect();
    days.push(Date::constant(2026, 2, 2));
    days.dedup();
    for day in days {
        for (business, left) in [None, Some(HIRE), Some(ELSEWHERE)]
            .map(|of| (of.map(code), move |made: &Made| of.is_none_or(|of| made.of.business == of)))
        {
            let has = |made: &Made| made.settles() == day && left(made);
            let found = client.transactions_for_settlement_date(key, day, business.as_ref());
            assert_eq!(listed(found).await, those(made, has), "{day} {business:?}");
            let mut wanted = TransactionsReport::of(day);
            if let Some(business) = business {
                wanted = wanted.of_business(business);
            }
            let mut rows: Vec<(String, String)> = made
                .iter()
                .filter(|made| has(made))
                .map(|made| {
                    let reference = made.of.references[1].unwrap_or_default();
                    (made.shown.receipt_number.as_str().to_owned(), reference.to_owned())
                })
                .collect();
            rows.sort();
            assert_eq!(reported(wire, &wanted).await, rows, "{day}");
        }
    }
}

proptest! {
    #![proptest_config(cases(10))]

    /// Each search is held against a plain filter of what was paid.
    #[test]
    fn each_list_holds_what_was_paid_once_and_the_newest_first(
        wanted in prop::collection::vec(wanted(), 1..50),
    ) {
        case(async {
            let wire = Wire::start().await;
            wire.guess(&json!({ "fraud_guard_from_dollars": HELD_FROM }));
            let customer = wire.customer("CUST-77").await;
            let account = wire.account(&customer, TokenAccount::Card(card(VISA))).await.token;
            let mut made = Vec::new();
            for of in wanted {
                made.push(make(&wire, of, &account).await);
            }
            for made in &made {
                assert_eq!(made.shown.settlement_date, Some(made.settles()), "{:?}", made.of);
                let held = made.shown.state() == Some(State::Suspended);
                assert_eq!(held, made.is_held(), "{:?}", made.of);
            }
            let (client, key) = (&wire.client, &wire.key);
            for of in [None, Some(HIRE), Some(ELSEWHERE)] {
                let left = |made: &Made| of.is_none_or(|of| made.of.business == of);
                let business = of.map(code);
                let found = listed(client.recent_transactions(key, business.as_ref())).await;
                assert_eq!(found, those(&made, left));
                let found = listed(client.suspended_transactions(key, business.as_ref())).await;
                assert_eq!(found, those(&made, |made| made.is_held() && left(made)));
            }
            let restricted = wire.restricted_key();
            let found = listed(client.recent_transactions(&restricted, None)).await;
            assert_eq!(found, those(&made, |made| made.of.business == ELSEWHERE));
            every_search(&wire, &made, &account).await;
            every_day(&wire, &made).await;
        });
    }

    /// A report of some columns has these and no other, in the order asked for.
    #[test]
    fn a_report_has_the_columns_that_are_asked_for(
        columns in subsequence(COLUMNS.to_vec(), 1..=COLUMNS.len()).prop_shuffle(),
        made in 0_i64..5,
    ) {
        case(async {
            let wire = Wire::start().await;
            for amount in 0..made {
                let mut payment = Payment::new(Source::Card(card(VISA)), cents(100 + amount));
                payment.business = Some(code(HIRE));
                let name = wire.name();
                wire.client.take_payment(&wire.key, &name, &payment).await.unwrap();
            }
            let asked = columns.iter().map(|(name, _)| Reference::new(*name).unwrap()).collect();
            let wanted = TransactionsReport::of(Date::constant(2026, 3, 2));
            let wanted = wanted.with_columns(asked).unwrap();
            let mut report = wire.client.transactions_report(&wire.key, &wanted).await.unwrap();
            let headings: Vec<_> = columns.iter().map(|(_, heading)| (*heading).to_owned()).collect();
            assert_eq!(report.columns(), headings);
            let mut rows = 0;
            while let Some(row) = report.next().await.unwrap() {
                rows += 1;
                if let Some(amount) = row.cell("Principal Amount") {
                    assert_eq!(amount, format!("1.{:02}", rows - 1));
                }
            }
            assert_eq!(rows, made);
        });
    }
}

/// Columns of the report by the names that the replies have for them.
const COLUMNS: &[(&str, &str)] = &[
    ("supplierBusinessCode", "Supplier Business Code"),
    ("receiptNumber", "Receipt Number"),
    ("status", "Status"),
    ("summaryCode", "Summary Code"),
    ("settlementDate", "Settlement Date"),
    ("principalAmount", "Principal Amount"),
    ("comment", "Comment"),
];

/// The clock that the settlement days are counted by begins on a Monday at eleven in Sydney.
#[test]
fn the_tests_begin_on_a_monday_morning() {
    let start: Timestamp = crate::wire::START.parse().unwrap();
    let there = start.to_zoned(jiff::tz::TimeZone::get("Australia/Sydney").unwrap());
    assert_eq!((there.weekday(), there.hour()), (Weekday::Monday, 11));
}
