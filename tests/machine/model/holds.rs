//! Pre-authorisations: seven actions on money that a card holds, of which the bank shows the
//! transactions and never the sum.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::calendar::settles;
use super::super::calls::{HoldChange, Which};
use super::super::means::Scheme;
use super::deeds::amount;
use super::{Deed, Event, Expect, Kind, Model, Status, Taken, choose};

/// How long Visa holds, and how much an extension adds (the guess `visa_hold_days`).
const VISA_DAYS: i64 = 7;
/// How long Mastercard holds (the guess `mastercard_hold_days`).
const MASTERCARD_DAYS: i64 = 30;
/// How long others hold (the guess `other_hold_days`).
const OTHER_DAYS: i64 = 7;

/// A pre-authorisation.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// The transaction that placed it.
    pub(crate) root: usize,
    scheme: Scheme,
    state: State,
    held: i64,
    ends: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Authorised,
    Declined,
    Captured,
    Cancelled,
    Expired,
}

impl Hold {
    pub(crate) fn stands(&self) -> bool {
        self.state == State::Authorised
    }

    pub(crate) fn end(&mut self) {
        self.state = State::Expired;
    }
}

/// A change, and its amount if it has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    what: HoldChange,
    cents: Option<i64>,
}

impl Change {
    /// Its `transactionType`, `authorisationType` and `cancellationType`.
    const fn words(self) -> (Kind, Option<&'static str>, Option<&'static str>) {
        match self.what {
            HoldChange::Capture(_) => (Kind::Capture, None, None),
            HoldChange::TopUp(_) => (Kind::Preauth, Some("INCREMENTAL"), None),
            HoldChange::Extend => (Kind::Preauth, Some("EXTENSION"), None),
            HoldChange::Reauthorise => (Kind::Preauth, Some("REAUTHORISATION"), None),
            HoldChange::CancelPart(_) => (Kind::Refund, None, Some("PARTIAL")),
            HoldChange::Cancel => (Kind::Refund, None, Some("FULL")),
        }
    }

    pub(crate) fn body(self, receipt: usize) -> Value {
        let (kind, authorisation, cancellation) = self.words();
        let mut body = json!({ "transactionType": kind.word(), "currency": "AUD",
                               "originalReceiptNumber": format!("$t{receipt}") });
        if let Some(cents) = self.cents {
            body["principalAmount"] = amount(cents);
        }
        for (name, word) in
            [("authorisationType", authorisation), ("cancellationType", cancellation)]
        {
            if let Some(word) = word {
                body[name] = json!(word);
            }
        }
        body
    }
}

impl HoldChange {
    /// The schemes that the documents' table of actions gives it.
    fn is_known_to(self, scheme: Scheme) -> bool {
        match self {
            Self::Capture(_) => true,
            Self::TopUp(_) | Self::CancelPart(_) | Self::Cancel => scheme != Scheme::Other,
            Self::Extend => scheme == Scheme::Visa,
            Self::Reauthorise => scheme == Scheme::Mastercard,
        }
    }
}

fn lasts(scheme: Scheme, from: Timestamp) -> Timestamp {
    let days = match scheme {
        Scheme::Visa => VISA_DAYS,
        Scheme::Mastercard => MASTERCARD_DAYS,
        Scheme::Other => OTHER_DAYS,
    };
    from + SignedDuration::from_hours(24 * days)
}

impl Model {
    /// What a change is about: one of the receipts of pre-authorisations, or any if there is none.
    pub(super) fn resolve_change(&self, which: Which, change: HoldChange) -> Option<Deed> {
        let fit = |at| {
            let hold = self.hold_of(at).map(|at| &self.holds[at]);
            hold.is_some_and(|hold| hold.stands() && change.is_known_to(hold.scheme))
        };
        let receipt = choose(which, self.transactions.len(), fit)?;
        let held = self.hold_of(receipt).map_or(100, |at| self.holds[at].held);
        let cents = match change {
            HoldChange::Capture(share) | HoldChange::CancelPart(share) => Some(share.of(held)),
            HoldChange::TopUp(cents) => Some(cents),
            HoldChange::Extend | HoldChange::Reauthorise | HoldChange::Cancel => None,
        };
        let change = Change { what: change, cents };
        Some(Deed::ChangeHold { receipt, change })
    }

    /// The pre-authorisation that a receipt names: its own, or the one it changed.
    fn hold_of(&self, receipt: usize) -> Option<usize> {
        let taken = &self.transactions[receipt];
        let of = |root: usize| self.holds.iter().position(|hold| hold.root == root);
        of(receipt).or_else(|| of(taken.original?))
    }

    pub(super) fn hold_events(&self) -> impl Iterator<Item = (Timestamp, Event)> {
        let standing = self.holds.iter().enumerate().filter(|(_, hold)| hold.stands());
        standing.map(|(at, hold)| (hold.ends, Event::HoldEnds(at)))
    }

    /// The last transaction placed a hold, if it was approved.
    pub(super) fn place_hold(&mut self) {
        let root = self.transactions.len() - 1;
        let taken = &self.transactions[root];
        let scheme = taken.means.scheme().expect("a card");
        let approved = taken.status == Status::Approved;
        self.holds.push(Hold {
            root,
            scheme,
            state: if approved { State::Authorised } else { State::Declined },
            held: taken.principal,
            ends: lasts(scheme, self.now),
        });
    }

    pub(super) fn change_hold(&mut self, receipt: usize, change: Change) -> Expect {
        let Some(at) = self.hold_of(receipt) else { return Expect::refused(422) };
        let hold = self.holds[at].clone();
        if change.cents.is_some_and(|cents| cents <= 0) {
            return Expect::refused(422);
        }
        let is_capture = matches!(change.what, HoldChange::Capture(_));
        // The guess `capture_after_expiry`: the card's bank declines it.
        let late = hold.state == State::Expired && is_capture;
        let gives = is_capture || matches!(change.what, HoldChange::CancelPart(_));
        let cents = match change.what {
            HoldChange::Cancel => hold.held,
            _ => change.cents.unwrap_or(0),
        };
        let lawful =
            hold.stands() && change.what.is_known_to(hold.scheme) && !(gives && cents > hold.held);
        if !lawful && !late {
            return Expect::refused(422);
        }
        if lawful {
            self.carry_out(at, change.what, cents);
        }
        let status = if late { Status::Declined } else { Status::Approved };
        self.take_change(hold.root, change, cents, status)
    }

    /// What a change makes of the hold.
    fn carry_out(&mut self, at: usize, what: HoldChange, cents: i64) {
        let now = self.now;
        let hold = &mut self.holds[at];
        match what {
            HoldChange::Capture(_) => hold.state = State::Captured,
            HoldChange::TopUp(_) => {
                hold.held += cents;
                if hold.scheme == Scheme::Mastercard {
                    hold.ends = lasts(hold.scheme, now);
                }
            }
            HoldChange::Extend => hold.ends = lasts(hold.scheme, hold.ends),
            HoldChange::Reauthorise => hold.ends = lasts(hold.scheme, now),
            HoldChange::CancelPart(_) => {
                hold.held -= cents;
                if hold.held == 0 {
                    hold.state = State::Cancelled;
                }
            }
            HoldChange::Cancel => hold.state = State::Cancelled,
        }
    }

    fn take_change(&mut self, root: usize, change: Change, cents: i64, status: Status) -> Expect {
        let of = self.transactions[root].clone();
        let (kind, authorisation, cancellation) = change.words();
        let surcharge = if kind == Kind::Refund { 0 } else { of.means.surcharge_on(cents) };
        self.take(Taken {
            kind,
            status,
            principal: cents,
            surcharge,
            at: self.now,
            settles: settles(self.now, of.means.cut_off()),
            original: Some(root),
            customer_reference: None,
            authorisation,
            cancellation,
            ..of
        })
    }

    /// A transaction was voided: the hold it placed is gone, and the one it captured stands again, if
    /// its time has not run out meanwhile.
    pub(super) fn hold_voided(&mut self, at: usize) {
        let taken = &self.transactions[at];
        let (kind, original, now) = (taken.kind, taken.original, self.now);
        for hold in &mut self.holds {
            if kind == Kind::Preauth && hold.root == at {
                hold.state = State::Cancelled;
            }
            if kind == Kind::Capture && Some(hold.root) == original {
                hold.state = if hold.ends > now { State::Authorised } else { State::Expired };
            }
        }
    }
}
