//! The list of agreements, newest first, and the same as a report.

use hyper::StatusCode;

use super::super::{Answer, Content, Visit, csv_record};
use super::model;
use crate::domain::payto_agreement::Status;
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agreements::{Agreement, By};
use crate::sandbox::merchant::ids::{Kind, number_of, spelt};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::refusal::Refusal;

pub(super) const CSV: &str = "text/csv";

/// Names the report's columns, and says what stands in each.
type Column = (&'static str, fn(&Agreement, &Merchant, &Setting<'_>) -> String);

/// The columns whose headings are documented; more may follow.
const COLUMNS: &[Column] = &[
    ("Payee Reference", |it, _, _| it.wanted.payee_reference.clone().unwrap_or_default()),
    ("Agreement Token", |it, _, _| spelt(Kind::Agreement, "", it.number)),
    ("Agreement Status", |it, _, _| it.state.bank_word().to_owned()),
    ("Customer ID", |it, _, _| spelt(Kind::Customer, "", it.customer)),
    ("Customer Number", |it, merchant, _| {
        let customer = merchant.customers.get(it.customer);
        customer.map(|customer| customer.number.clone()).unwrap_or_default()
    }),
    ("Supplier Business Code", |it, _, _| it.wanted.business.clone()),
    ("Respond By Time", |it, _, setting| links::date_time(it.respond_by, setting.guesses)),
    ("Purpose", |it, _, _| it.wanted.purpose.clone()),
];

/// What narrows the list.
#[derive(Default)]
struct Filter {
    status: Option<&'static str>,
    customer: Option<u64>,
    customer_number: Option<String>,
    payee_reference: Option<String>,
    business: Option<String>,
}

impl Filter {
    fn of(visit: &mut Visit<'_>) -> Result<Self, Refusal> {
        let status = visit.asked("agreementStatus").map(|word| {
            let wrong = || Refusal::field("agreementStatus", &word, "There is no such status.");
            let known = Status::from_bank(&word).ok_or_else(wrong)?;
            Ok(known.state(None).bank_word())
        });
        let customer = visit.asked("customerId").map(|id| {
            // No customer has an id of another shape, and nothing is found.
            number_of(Kind::Customer, "", &id).unwrap_or(0)
        });
        Ok(Self {
            status: status.transpose()?,
            customer,
            customer_number: visit.asked("customerNumber"),
            payee_reference: visit.asked("payeeReference"),
            business: visit.asked_business()?,
        })
    }

    fn takes(&self, agreement: &Agreement, merchant: &Merchant, setting: &Setting<'_>) -> bool {
        let wanted = &agreement.wanted;
        let number = || merchant.customers.get(agreement.customer).map(|it| it.number.as_str());
        setting.may_touch(&wanted.business)
            && self.status.is_none_or(|status| status == agreement.state.bank_word())
            && self.customer.is_none_or(|customer| customer == agreement.customer)
            && self.customer_number.as_deref().is_none_or(|it| number() == Some(it))
            && self
                .payee_reference
                .as_deref()
                .is_none_or(|it| wanted.payee_reference.as_deref() == Some(it))
            && self.business.as_ref().is_none_or(|it| *it == wanted.business)
    }

    /// What is looked at, newest first: as little as the narrowest tag allows.
    fn candidates<'m>(
        &self,
        merchant: &'m Merchant,
    ) -> Box<dyn Iterator<Item = &'m Agreement> + 'm> {
        let agreements = &merchant.agreements;
        if let Some(customer) = self.customer {
            Box::new(agreements.found(By::Customer, &customer.to_string()).rev())
        } else if let Some(reference) = &self.payee_reference {
            Box::new(agreements.found(By::PayeeReference, reference).rev())
        } else if let Some(status) = self.status {
            Box::new(agreements.found(By::Status, status).rev())
        } else {
            Box::new(agreements.all().rev())
        }
    }
}

pub(super) fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let filter = Filter::of(visit)?;
    let accepts = visit.request.header("accept").unwrap_or_default();
    if accepts.contains(CSV) || visit.asked("format").as_deref() == Some("csv") {
        return report(visit, &filter);
    }
    let body = visit.page(|merchant, setting, pager| {
        let items = filter.candidates(merchant);
        let items = items.filter(|item| filter.takes(item, merchant, setting));
        pager.page(items, |item| model(item, merchant, setting))
    })?;
    Ok(Answer::ok(body))
}

fn report(visit: &mut Visit<'_>, filter: &Filter) -> Result<Answer, Refusal> {
    let (merchant, setting) = visit.merchant()?;
    let record = |agreement: &Agreement| {
        let fields = COLUMNS.iter().map(|(_, write)| write(agreement, merchant, &setting));
        csv_record(fields)
    };
    let headings = COLUMNS.iter().map(|(heading, _)| (*heading).to_owned());
    let mut lines = vec![csv_record(headings)];
    let items = filter.candidates(merchant);
    lines.extend(items.filter(|item| filter.takes(item, merchant, &setting)).map(record));
    let content = Content::Text(CSV, lines.join("\r\n"));
    Ok(Answer { status: StatusCode::OK, location: None, content })
}
