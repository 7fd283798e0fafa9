//! What is done to agreements and under them: by the payee, the payer, the payer's bank and time.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{
    Agreement, Amending, Amendment, Change, DECLINED_MAX, For, GRACE, SETTLES, State, StatusChange,
    Terms, To, Wanted, after, after_minutes, description, ends, minutes_fit,
};
use crate::calendar::{today, written};
use crate::calls::{Agreed, Amended, Call, PayerAct, Who};
use crate::means::Means;
use crate::model::deeds::customer_number;
use crate::model::{Ask, Customer, Deed, Event, Expect, Kind, Model, Status, Taken, choose};

impl Model {
    pub(in crate::model) fn resolve_agreement(&self, call: &Call) -> Option<Deed> {
        let which = |which, fits: &dyn Fn(&Agreement) -> bool| {
            choose(which, self.agreements.len(), |at| fits(&self.agreements[at]))
        };
        let lives = |agreement: &Agreement| agreement.state.lives();
        Some(match call {
            Call::CreateAgreement { customer, agreed } => {
                let who = match customer {
                    Ok(of) => For::Customer(choose(*of, self.customers.len(), |at| {
                        self.customers[at].enabled
                    })?),
                    Err(number) => For::New(*number),
                };
                Deed::CreateAgreement(self.agreed(who, agreed))
            }
            Call::ChangeStatus { agreement, change } => {
                let fits = |it: &Agreement| it.state.after(*change, Who::Payee).is_some();
                Deed::ChangeStatus { agreement: which(*agreement, &fits)?, change: *change }
            }
            Call::Revise { agreement, text } => {
                Deed::Revise { agreement: which(*agreement, &lives)?, text: *text }
            }
            Call::Amend { agreement, to, minutes } => {
                let fits = |it: &Agreement| it.state.lives() && !it.is_amending();
                let agreement = which(*agreement, &fits)?;
                let what = self.amended(agreement, *to);
                Deed::Amend { agreement, change: Change { what, minutes: *minutes } }
            }
            Call::RecallAmendment { agreement } => {
                Deed::RecallAmendment { agreement: which(*agreement, &Agreement::is_amending)? }
            }
            Call::PayUnder { agreement, share, last } => {
                let active = |it: &Agreement| it.state == State::Active;
                let agreement = which(*agreement, &active)?;
                let terms = self.agreements[agreement].wanted.terms;
                let cents = share.of(terms.maximum.unwrap_or(terms.cents));
                Deed::PayUnder { agreement, cents, last: *last }
            }
            _ => return None,
        })
    }

    fn agreed(&self, who: For, agreed: &Agreed) -> Wanted {
        let start = today(self.now) + i32::from(agreed.starts_in_days).days();
        Wanted {
            who,
            start,
            end: agreed.days.map(|days| start + i32::from(days).days()),
            terms: Terms {
                cents: agreed.cents,
                maximum: agreed.more.map(|more| agreed.cents + more),
            },
            minutes: agreed.minutes,
            migrated: agreed.migrated,
        }
    }

    fn amended(&self, at: usize, to: Amended) -> To {
        let wanted = &self.agreements[at].wanted;
        match to {
            Amended::Terms { cents, more } => {
                To::Terms(Terms { cents, maximum: more.map(|more| cents + more) })
            }
            Amended::SameTerms => To::Terms(wanted.terms),
            Amended::End(days) => {
                To::End(today(self.now).max(wanted.start) + i32::from(days).days())
            }
            Amended::Renewal => To::Renewal,
        }
    }

    pub(in crate::model) fn create_agreement(&mut self, wanted: &Wanted) -> Expect {
        let taken = |number: &String| self.customers.iter().any(|it| it.number == *number);
        let who = match wanted.who {
            For::Customer(at) => self.customers[at].enabled,
            For::New(number) => !taken(&customer_number(number)),
        };
        let dates =
            wanted.start >= today(self.now) && wanted.end.is_none_or(|end| end > wanted.start);
        if !(who && dates && wanted.terms.is_lawful() && minutes_fit(wanted.minutes)) {
            return Expect::refused(422);
        }
        let mut also = None;
        let customer = match wanted.who {
            For::Customer(at) => at,
            For::New(number) => {
                let number = customer_number(number);
                self.customers.push(Customer { number, enabled: true, default: None });
                also = Some((format!("$c{}", self.customers.len() - 1), "customerId"));
                self.customers.len() - 1
            }
        };
        self.agreements.push(Agreement {
            customer,
            state: if wanted.migrated { State::Active } else { State::Pending },
            wanted: wanted.clone(),
            description: "Hire".to_owned(),
            respond_by: after_minutes(self.now, wanted.minutes),
            blocked_until: if wanted.migrated { self.now + GRACE } else { self.now },
            declined: 0,
            amendment: None,
        });
        let at = self.agreements.len() - 1;
        let face = self.agreement_face(at);
        let mut expect = Expect::made(201, face, format!("$g{at}"), "agreementToken");
        expect.names.extend(also);
        expect
    }

    pub(in crate::model) fn change_status(&mut self, at: usize, change: StatusChange) -> Expect {
        let Some(next) = self.agreements[at].state.after(change, Who::Payee) else {
            return Expect::refused(422);
        };
        self.agreements[at].become_(next);
        Expect::shown(200, self.agreement_face(at))
    }

    pub(in crate::model) fn revise(&mut self, at: usize, text: u8) -> Expect {
        if !self.agreements[at].state.lives() {
            return Expect::refused(422);
        }
        self.agreements[at].description = description(text);
        Expect::shown(200, self.agreement_face(at))
    }

    pub(in crate::model) fn amend(&mut self, at: usize, change: Change) -> Expect {
        let agreement = &self.agreements[at];
        let lawful = match change.what {
            To::Terms(terms) => terms.is_lawful() && terms != agreement.wanted.terms,
            // After the start date, as when it was made, and not in the past (`payto_rules`).
            To::End(end) => {
                let Wanted { start, end: old, .. } = agreement.wanted;
                Some(end) != old && end > start && end >= today(self.now)
            }
            To::Renewal => agreement.wanted.end.is_some(),
        };
        let free = agreement.state.lives() && !agreement.is_amending();
        if !(lawful && free && minutes_fit(change.minutes)) {
            return Expect::refused(422);
        }
        self.agreements[at].amendment = Some(Amendment {
            state: Amending::Pending,
            respond_by: after_minutes(self.now, change.minutes),
            to: change.what,
        });
        Expect::shown(200, self.agreement_face(at))
    }

    pub(in crate::model) fn recall_amendment(&mut self, at: usize) -> Expect {
        if !self.agreements[at].end_amendment(Amending::Recalled) {
            return Expect::refused(422);
        }
        Expect::shown(200, self.agreement_face(at))
    }

    /// The payer, or a bank for them, does something in a banking app.
    pub(in crate::model) fn payer_acts(&mut self, at: usize, act: PayerAct) -> Ask {
        let agreement = &mut self.agreements[at];
        let state = agreement.state;
        let next = after(state, act);
        let amended = match act {
            PayerAct::ApproveAmendment => Some(Amending::Completed),
            PayerAct::DeclineAmendment => Some(Amending::Declined),
            PayerAct::ExpireAmendment => Some(Amending::Expired),
            _ => None,
        };
        let done = match (next, amended) {
            (Some(next), _) => {
                agreement.become_(next);
                true
            }
            (None, Some(amended)) => agreement.end_amendment(amended),
            (None, None) => false,
        };
        Ask::Control {
            path: format!("/payto-agreements/$g{at}"),
            body: json!({ "act": act.word() }),
            done,
        }
    }

    pub(in crate::model) fn pay_under(&mut self, at: usize, cents: i64, last: bool) -> Expect {
        if cents <= 0 {
            return Expect::refused(422);
        }
        self.take(Taken {
            kind: Kind::Payment,
            status: Status::Pending,
            means: Means::PayTo,
            principal: cents,
            surcharge: 0,
            at: self.now,
            settles: today(self.now),
            account: None,
            customer: Some(self.agreements[at].customer),
            original: None,
            customer_reference: None,
            authorisation: None,
            cancellation: None,
            schedule: None,
            agreement: Some((at, last)),
        })
    }

    /// The payer's bank answers a payment or a refund.
    pub(in crate::model) fn payto_settles(&mut self, taken: usize) {
        let of = &self.transactions[taken];
        let (at, last) = of.agreement.expect("an agreement");
        let gives_back = of.kind == Kind::Refund;
        let pays = gives_back || self.agreements[at].pays(of.principal, self.now);
        self.transactions[taken].status = if pays { Status::Approved } else { Status::Declined };
        if pays {
            self.move_money(taken, 1);
        }
        if gives_back {
            return;
        }
        let agreement = &mut self.agreements[at];
        if pays {
            agreement.declined = 0;
            if last {
                agreement.become_(State::Cancelled);
            }
        } else {
            agreement.declined += 1;
            if agreement.declined >= DECLINED_MAX && agreement.state == State::Active {
                agreement.become_(State::Suspended(Who::Payer));
            }
        }
    }

    /// Time acts on an agreement.
    pub(in crate::model) fn agreement_moves(&mut self, at: usize) {
        let now = self.now;
        let agreement = &mut self.agreements[at];
        let over = agreement.wanted.end.is_some_and(|end| now >= ends(end));
        if agreement.state == State::Pending && now >= agreement.respond_by {
            agreement.become_(State::Recalled);
        } else if agreement.state.lives() && over {
            agreement.become_(State::Cancelled);
        } else {
            agreement.end_amendment(Amending::Expired);
        }
    }

    pub(in crate::model) fn agreement_events(&self) -> impl Iterator<Item = (Timestamp, Event)> {
        let moves = self.agreements.iter().enumerate().filter_map(|(at, agreement)| {
            let answer = (agreement.state == State::Pending).then_some(agreement.respond_by);
            let waits = agreement.amendment.as_ref().filter(|_| agreement.is_amending());
            let end = agreement.wanted.end.filter(|_| agreement.state.lives()).map(ends);
            let all = [answer, waits.map(|waits| waits.respond_by), end];
            let first = all.into_iter().flatten().min()?;
            Some((first, Event::AgreementMoves(at)))
        });
        let pending = |(_, taken): &(usize, &Taken)| taken.status == Status::Pending;
        let settle = self.transactions.iter().enumerate().filter(pending);
        moves.chain(settle.map(|(at, taken)| (taken.at + SETTLES, Event::PayToSettles(at))))
    }

    pub(crate) fn agreement_face(&self, at: usize) -> Value {
        let agreement = &self.agreements[at];
        let wanted = &agreement.wanted;
        let mut face = json!({
            "agreementToken": format!("$g{at}"),
            "agreementStatus": agreement.state.word(),
            "customerId": format!("$c{}", agreement.customer),
            "customerNumber": self.customers[agreement.customer].number,
            "respondByTime": written(agreement.respond_by),
            "paymentDetails": { "description": agreement.description,
                                "startDate": wanted.start.to_string(),
                                "endDate": wanted.end.map(|end| end.to_string()),
                                "automaticRenewal": wanted.end.is_none() },
            "paymentTerms": wanted.terms.body(),
            "pendingAmendment": null,
        });
        if let State::Suspended(who) = agreement.state {
            face["statusChangedBy"] = json!(who.word());
        }
        if let Some(amendment) = &agreement.amendment {
            // The words but PENDING are guesses of `payto_words`.
            let word = match amendment.state {
                Amending::Pending => "PENDING",
                Amending::Completed => "COMPLETED",
                Amending::Declined => "DECLINED",
                Amending::Expired => "EXPIRED",
                Amending::Recalled => "RECALLED",
                Amending::Lapsed => "CANCELLED",
            };
            face["pendingAmendment"] = json!({ "amendmentStatus": word });
        }
        face
    }
}
