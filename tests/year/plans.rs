//! Who pays what and when, counted from the documents: an instalment on the first date and on every
//! one after it, to the end; a declined one tried again where the sandbox was told so.
//!
//! It knows nothing of how the sandbox counts.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use crate::bank::Taken;
use crate::day_in_sydney;

/// Tries of a declined instalment, itself among them, a day apart.
const TRIES: usize = 3;

/// The hour at which instalments are taken (the sandbox's guess `instalment_hour`).
const HOUR: i8 = 6;

/// One instalment.
const AMOUNT: i64 = 10_000;

/// What pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payer {
    Card,
    /// A card without funds.
    Poor,
    BankAccount,
}

/// What ends a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Never,
    On(Date),
    /// So many instalments, the last one of another amount.
    After(usize, i64),
    /// So much in all.
    Total(i64),
}

/// A customer with one schedule.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    number: u64,
    payer: Payer,
    frequency: &'static str,
    step: Span,
    start: Date,
    end: End,
}

impl Plan {
    /// Of a hundred customers, most pay monthly by card.
    pub(crate) fn of(number: u64) -> Self {
        let months = |months: i64| Span::new().months(months);
        let weeks = |weeks: i64| Span::new().weeks(weeks);
        let (payer, frequency, step, end) = match number % 100 {
            0..=69 => (Payer::Card, "MONTHLY", months(1), End::Never),
            70..=77 => (Payer::BankAccount, "MONTHLY", months(1), End::Never),
            78..=82 => (Payer::Poor, "MONTHLY", months(1), End::Never),
            83..=85 => (Payer::Card, "FORTNIGHTLY", weeks(2), End::On(date(2027, 6, 30))),
            86..=90 => (Payer::Card, "WEEKLY", weeks(1), End::After(10, 3_330)),
            91..=95 => (Payer::BankAccount, "MONTHLY", months(1), End::Total(45_000)),
            96 | 97 => (Payer::Poor, "QUARTERLY", months(3), End::After(2, 10_000)),
            _ => (Payer::Card, "WEEKLY", weeks(1), End::Never),
        };
        // From the 4th to the 31st, so that some fall on the last day of shorter months.
        let day = i8::try_from(4 + number % 28).unwrap();
        Self { number, payer, frequency, step, start: date(2027, 1, day), end }
    }

    pub(crate) fn customer_number(&self) -> String {
        format!("C-{}", self.number)
    }

    /// The account's body.
    pub(crate) fn account(&self) -> Value {
        let card = |number: &str| {
            json!({ "creditCard": { "cardNumber": number, "expiryDateMonth": "12",
                    "expiryDateYear": "31", "cardholderName": "Sam Test" } })
        };
        match self.payer {
            Payer::Card => card("4242424242424242"),
            Payer::Poor => card("4111111111444496"),
            Payer::BankAccount => json!({ "bankAccount": { "accountName": "Sam Test",
                "bsb": "032999", "accountNumber": "999994" } }),
        }
    }

    /// The schedule's body.
    pub(crate) fn schedule(&self) -> Value {
        let mut body = json!({ "frequency": self.frequency, "startDate": self.start.to_string(),
                               "regularPaymentAmount": dollars(AMOUNT) });
        let (kind, more) = match self.end {
            End::Never => ("CONTINUE_UNTIL_FURTHER_NOTICE", None),
            End::On(day) => ("CONTINUE_UNTIL_DATE", Some(("endDate", json!(day.to_string())))),
            End::After(count, last) => {
                body["finalPaymentAmount"] = dollars(last);
                ("CONTINUE_FOR_NUMBER_OF_PAYMENTS", Some(("numberOfPayments", json!(count))))
            }
            End::Total(total) => {
                ("CONTINUE_UNTIL_TOTAL_AMOUNT", Some(("totalAmount", dollars(total))))
            }
        };
        body["scheduleType"] = json!(kind);
        if let Some((name, value)) = more {
            body[name] = value;
        }
        body
    }

    /// The dates and amounts of all instalments, to the end of the schedule or of the calendar.
    fn instalments(&self) -> impl Iterator<Item = (Date, i64)> {
        let dates = (0_i64..).map_while(|turn| {
            // Each is counted from the first: the 31st comes again after a shorter month.
            self.start.checked_add(self.step.checked_mul(turn).ok()?).ok()
        });
        let end = self.end;
        let mut left = match end {
            End::Total(total) => total,
            End::Never | End::On(_) | End::After(..) => i64::MAX,
        };
        dates.enumerate().map_while(move |(turn, date)| {
            let amount = match end {
                End::On(last) if date > last => return None,
                End::After(count, _) if turn >= count => return None,
                End::After(count, last) if turn + 1 == count => last,
                End::Never | End::On(_) | End::After(..) => AMOUNT,
                End::Total(_) => AMOUNT.min(left),
            };
            left -= amount;
            (amount > 0).then_some((date, amount))
        })
    }

    /// The days and amounts of every try that was due by `now`, an instalment's tries together.
    fn due(&self, now: Timestamp) -> Vec<Vec<(Date, i64)>> {
        let tries = if self.payer == Payer::Poor { TRIES } else { 1 };
        let due = self.instalments().map_while(|(date, amount)| {
            let days = date.series(Span::new().days(1)).take(tries);
            let due: Vec<_> =
                days.filter(|day| taken_at(*day) <= now).map(|day| (day, amount)).collect();
            (!due.is_empty()).then_some(due)
        });
        due.collect()
    }

    /// How many transactions it has by `now`.
    pub(crate) fn tries(&self, now: Timestamp) -> u64 {
        self.due(now).iter().map(|tries| u64::try_from(tries.len()).unwrap()).sum()
    }

    /// Whether exactly what was due by `now` was taken, each at its time, and what came of it.
    pub(crate) fn check(&self, taken: &[Taken], now: Timestamp) {
        let due = self.due(now);
        let mut left: Vec<&Taken> = taken.iter().collect();
        for tries in &due {
            let mut first: Option<&Taken> = None;
            for (day, amount) in tries {
                let is_it = |it: &&Taken| {
                    it.at == taken_at(*day)
                        && it.original == first.map(|first| first.receipt.clone())
                };
                let found = left.iter().position(is_it);
                let found =
                    found.unwrap_or_else(|| panic!("nothing on {day}: {self:?} {taken:#?}"));
                let it = left.remove(found);
                assert_eq!(it.principal, *amount, "{self:?} {it:?}");
                let declined = self.payer == Payer::Poor;
                let outcome = if declined { "Declined" } else { "Approved" };
                assert_eq!(it.status.trim_end_matches('*'), outcome, "{self:?} {it:?}");
                first = first.or(Some(it));
            }
        }
        assert!(left.is_empty(), "too much was taken: {self:?} {left:#?}");
        let paid: i64 =
            taken.iter().filter(|it| it.status != "Declined").map(|it| it.principal).sum();
        let owed: i64 = due.iter().map(|tries| tries[0].1).sum();
        assert_eq!(paid, if self.payer == Payer::Poor { 0 } else { owed }, "{self:?}");
    }

    /// Whether it has ended if it should have, and otherwise goes on when it should.
    pub(crate) fn check_standing(&self, read: &Value, now: Timestamp) {
        let coming = self.instalments().find(|(date, _)| taken_at(*date) > now);
        let last = (self.end != End::Never).then(|| self.instalments().last()).flatten();
        let tried = last.is_none_or(|(date, _)| {
            let last = if self.payer == Payer::Poor { TRIES - 1 } else { 0 };
            let last = Span::new().days(i64::try_from(last).unwrap());
            taken_at(date.checked_add(last).unwrap()) <= now
        });
        let next = coming.map_or(Value::Null, |(date, _)| json!(date.to_string()));
        let ended = coming.is_none() && tried;
        let status = if ended { "COMPLETED" } else { "ACTIVE" };
        assert_eq!(
            (&read["status"], &read["nextPaymentDate"]),
            (&json!(status), &next),
            "{self:?}"
        );
    }
}

/// When the instalments of a day are taken.
fn taken_at(day: Date) -> Timestamp {
    let sydney = TimeZone::get("Australia/Sydney").unwrap();
    let at = day.at(HOUR, 0, 0, 0).to_zoned(sydney).unwrap().timestamp();
    debug_assert_eq!(day_in_sydney(at), day);
    at
}

/// Cents as a JSON number of dollars.
fn dollars(cents: i64) -> Value {
    Value::Number(format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap())
}
