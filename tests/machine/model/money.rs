//! Payments, voids and refunds, and what becomes of them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::calendar::{settles, written};
use super::super::calls::{BankAct, Eci, Which};
use super::super::means::{Means, Scheme};
use super::deeds::{Payer, Payment, amount};
use super::{Ask, BUSINESS, Expect, Model, WATCHED_DOLLARS, choose};

/// Where a transaction stands; the words are the documents'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Approved,
    /// A bank account's payment that may still come back.
    ApprovedStar,
    Declined,
    Voided,
    Suspended,
    /// A payer's bank has still to answer.
    Pending,
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::ApprovedStar => "Approved*",
            Self::Declined => "Declined",
            Self::Voided => "Voided",
            Self::Suspended => "Suspended",
            Self::Pending => "Pending",
        }
    }

    /// Whether the documents' lifecycle leads from here to there: Approved only to Voided,
    /// Approved* to Approved, Declined or Voided, Suspended anywhere but to Approved*.
    pub(crate) fn may_become(from: &str, to: &str) -> bool {
        from == to
            || match from {
                "Approved" => to == "Voided",
                "Approved*" | "Suspended" => matches!(to, "Approved" | "Declined" | "Voided"),
                "Pending" => matches!(to, "Approved" | "Declined"),
                _ => false,
            }
    }

    /// Whether the money was moved.
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Approved | Self::ApprovedStar)
    }
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Payment,
    Refund,
    Preauth,
    Capture,
    Verification,
}

impl Kind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Payment => "PAYMENT",
            Self::Refund => "REFUND",
            Self::Preauth => "PREAUTH",
            Self::Capture => "CAPTURE",
            Self::Verification => "ACCOUNT_VERIFICATION",
        }
    }
}

/// A transaction that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) means: Means,
    pub(crate) principal: i64,
    pub(crate) surcharge: i64,
    pub(crate) at: Timestamp,
    pub(crate) settles: Date,
    pub(crate) account: Option<usize>,
    /// In whose history it stands.
    pub(crate) customer: Option<usize>,
    pub(crate) original: Option<usize>,
    pub(crate) customer_reference: Option<String>,
    /// What it does to a pre-authorisation that stands: its `authorisationType`.
    pub(crate) authorisation: Option<&'static str>,
    /// Its `cancellationType`.
    pub(crate) cancellation: Option<&'static str>,
    /// The recurring payment that it is an instalment of.
    pub(crate) schedule: Option<usize>,
    /// The PayTo agreement under which it is taken, and whether it is to be the last.
    pub(crate) agreement: Option<(usize, bool)>,
}

impl Taken {
    pub(crate) const fn total(&self) -> i64 {
        self.principal + self.surcharge
    }

    /// Whether a bank or a person has still to say something.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.status, Status::ApprovedStar | Status::Suspended)
    }

    /// Whether it gives money back, and not a hold.
    pub(crate) fn is_refund(&self) -> bool {
        self.kind == Kind::Refund && self.cancellation.is_none()
    }
}

impl Model {
    pub(super) fn pay(&mut self, payment: &Payment) -> Expect {
        let of_account = |at: usize| -> Option<(Means, Option<usize>)> {
            self.is_usable(at).then_some((self.accounts[at].means, Some(at)))
        };
        let payer = match payment.by {
            Payer::Details(means) => Some((means, None)),
            Payer::Token(at) => self.token_means(at).map(|means| (means, None)),
            Payer::Account(at) => of_account(at),
            Payer::Customer(at) => self.customers[at].default.and_then(of_account),
        };
        let fits = |(means, _): &(Means, Option<usize>)| match payment.kind {
            Kind::Verification => {
                matches!(means.scheme(), Some(Scheme::Visa | Scheme::Mastercard))
            }
            Kind::Preauth => means.is_card() && payment.cents > 0,
            _ => payment.cents > 0,
        };
        let Some((means, account)) = payer.filter(fits) else {
            return Expect::refused(422);
        };
        if let Payer::Token(at) = payment.by {
            self.use_token(at);
        }
        let watched = payment.kind == Kind::Payment && payment.eci == Eci::Internet;
        let watched = watched && means.is_card();
        let status = match means {
            _ if !means.approves() => Status::Declined,
            _ if watched && payment.cents >= 100 * WATCHED_DOLLARS => Status::Suspended,
            _ if means.is_card() => Status::Approved,
            _ => Status::ApprovedStar,
        };
        let of_account = account.map(|at| self.accounts[at].customer);
        let of_reference = || {
            let reference = payment.customer_reference.as_ref()?;
            self.customers.iter().position(|customer| customer.number == *reference)
        };
        let expect = self.take(Taken {
            kind: payment.kind,
            status,
            means,
            principal: payment.cents,
            surcharge: means.surcharge_on(payment.cents),
            at: self.now,
            settles: settles(self.now, means.cut_off()),
            account,
            customer: of_account.or_else(of_reference),
            original: None,
            customer_reference: payment.customer_reference.clone(),
            authorisation: None,
            cancellation: None,
            schedule: None,
            agreement: None,
        });
        if payment.kind == Kind::Preauth {
            self.place_hold();
        }
        self.shown_anew(expect)
    }

    pub(super) fn take(&mut self, taken: Taken) -> Expect {
        self.transactions.push(taken);
        let at = self.transactions.len() - 1;
        if self.transactions[at].status.counts() {
            self.move_money(at, 1);
        }
        // The outcome of a PayTo payment is not known yet.
        let status = if self.transactions[at].status == Status::Pending { 202 } else { 201 };
        Expect::made(status, self.transaction_face(at), format!("$t{at}"), "receiptNumber")
    }

    /// The same reply, with the last transaction as it stands now.
    fn shown_anew(&self, expect: Expect) -> Expect {
        Expect { face: self.transaction_face(self.transactions.len() - 1), ..expect }
    }

    /// Counts a transaction's money, or takes the count back.
    pub(super) fn move_money(&mut self, at: usize, sign: i64) {
        let taken = &self.transactions[at];
        match taken.kind {
            Kind::Payment | Kind::Capture => self.till += sign * taken.total(),
            Kind::Refund if taken.is_refund() => self.till -= sign * taken.total(),
            Kind::Refund | Kind::Preauth | Kind::Verification => {}
        }
    }

    /// "If `voidable` is true you may void": on the same settlement day, before the cut-off; a
    /// pre-authorisation while it stands, and no change of one (the guess `voidable`).
    pub(crate) fn is_voidable(&self, at: usize) -> bool {
        let taken = &self.transactions[at];
        let undone = match taken.kind {
            Kind::Payment | Kind::Capture => true,
            Kind::Refund => taken.is_refund(),
            Kind::Preauth => self.holds.iter().any(|hold| hold.root == at && hold.stands()),
            Kind::Verification => false,
        };
        if !undone {
            return false;
        }
        let open = taken.status.counts() || taken.status == Status::Suspended;
        taken.agreement.is_none()
            && open
            && settles(self.now, taken.means.cut_off()) == taken.settles
    }

    /// After the cut-off "refund instead": a payment, while something of it is left.
    pub(crate) fn is_refundable(&self, at: usize) -> bool {
        let taken = &self.transactions[at];
        matches!(taken.kind, Kind::Payment | Kind::Capture)
            && taken.status.counts()
            && !self.is_voidable(at)
            && self.left_to_refund(at) > 0
    }

    pub(crate) fn left_to_refund(&self, at: usize) -> i64 {
        let refunds = self.transactions.iter().filter(|taken| {
            let counts = taken.status.counts() || taken.status == Status::Pending;
            taken.is_refund() && taken.original == Some(at) && counts
        });
        self.transactions[at].total() - refunds.map(|refund| refund.principal).sum::<i64>()
    }

    pub(super) fn void(&mut self, at: usize) -> Expect {
        if !self.is_voidable(at) {
            return Expect::refused(422);
        }
        if self.transactions[at].status.counts() {
            self.move_money(at, -1);
        }
        self.transactions[at].status = Status::Voided;
        self.hold_voided(at);
        Expect::shown(200, self.transaction_face(at))
    }

    pub(super) fn refund(&mut self, at: usize, cents: i64) -> Expect {
        if !self.is_refundable(at) || cents <= 0 || cents > self.left_to_refund(at) {
            return Expect::refused(422);
        }
        let of = self.transactions[at].clone();
        // PayTo gives back all or nothing.
        if of.agreement.is_some() && cents != of.total() {
            return Expect::refused(422);
        }
        let status = match of.means {
            Means::PayTo => Status::Pending,
            _ if of.means.is_card() => Status::Approved,
            _ => Status::ApprovedStar,
        };
        self.take(Taken {
            kind: Kind::Refund,
            status,
            principal: cents,
            surcharge: 0,
            at: self.now,
            settles: settles(self.now, of.means.cut_off()),
            original: Some(at),
            customer_reference: None,
            schedule: None,
            ..of
        })
    }

    /// A bank sends a payment back, or a person looks through what Fraud Guard holds.
    pub(super) fn bank_acts(&mut self, which: Which, act: BankAct) -> Ask {
        let open = |at: usize| self.transactions[at].is_open();
        let Some(at) = choose(which, self.transactions.len(), open) else { return Ask::Nothing };
        let from = self.transactions[at].status;
        let to = match (from, act) {
            (Status::ApprovedStar, BankAct::Return)
            | (Status::Suspended | Status::Pending, BankAct::Decline) => Some(Status::Declined),
            (Status::Suspended, BankAct::Release) => Some(Status::Approved),
            _ => None,
        };
        if let Some(to) = to {
            if from.counts() {
                self.move_money(at, -1);
            }
            self.transactions[at].status = to;
            if to == Status::Declined {
                self.instalment_returned(at);
            }
            if to.counts() {
                self.move_money(at, 1);
            }
        }
        Ask::Control {
            path: format!("/transactions/$t{at}"),
            body: json!({ "act": act.word() }),
            done: to.is_some(),
        }
    }

    /// A transaction as every reply must show it now.
    pub(crate) fn transaction_face(&self, at: usize) -> Value {
        let taken = &self.transactions[at];
        let money = |cents: i64| json!({ "currency": "AUD", "amount": amount(cents) });
        json!({
            "receiptNumber": format!("$t{at}"),
            "transactionType": taken.kind.word(),
            "status": taken.status.word(),
            "principalAmount": money(taken.principal),
            "surchargeAmount": money(taken.surcharge),
            "totalAmount": money(taken.total()),
            "settlementDate": taken.settles.to_string(),
            "transactionTime": written(taken.at),
            "voidable": self.is_voidable(at),
            "refundable": self.is_refundable(at),
            "originalReceiptNumber": taken.original.map(|of| format!("$t{of}")),
            "customerReferenceNumber": taken.customer_reference,
            "authorisationType": taken.authorisation,
            "cancellationType": taken.cancellation,
            "supplierBusinessCode": BUSINESS,
        })
    }
}
