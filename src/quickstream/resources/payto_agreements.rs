//! PayTo agreements: a payer's standing permission, given in their own bank's app.
//!
//! The payer can pause or end it there at any time, so where it stands is asked for and never
//! remembered.

pub mod model;
pub mod payer;
pub mod request;
pub mod terms;

use crate::domain::payto_agreement::Status;
use crate::key::KeyText;
use crate::quickstream::ask::{IdempotencyKey, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::download::Report;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{AgreementToken, BusinessCode, CustomerId};
use crate::quickstream::models::texts::{Reference, Short};
use crate::quickstream::pages::Pager;
use crate::quickstream::resources::customers;
use crate::quickstream::typed::{Done, with_query};
use crate::quickstream::word::Word;
use model::PayToAgreement;
use request::{BilateralAmendment, NewAgreement, StatusAmendment, UnilateralAmendment};

const ALL: &str = "/payto-agreements";
const ONE: &str = "/payto-agreements/{agreementToken}";

/// The names of the query's parameters. The documents show none; these follow the report's headings.
mod names {
    pub(super) const STATUS: &str = "agreementStatus";
    pub(super) const CUSTOMER: &str = "customerId";
    pub(super) const CUSTOMER_NUMBER: &str = "customerNumber";
    pub(super) const REFERENCE: &str = "payeeReference";
    pub(super) const BUSINESS: &str = "supplierBusinessCode";
}

/// Which agreements are wanted: those that meet all that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgreementSearch {
    /// Where they stand.
    pub status: Option<Status>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The merchant's own number of the customer.
    pub customer_number: Option<Reference>,
    /// The merchant's reference.
    pub payee_reference: Option<Reference>,
    /// The business that is paid.
    pub business: Option<BusinessCode>,
}

impl AgreementSearch {
    fn path(&self) -> String {
        let status = self.status.map(|status| Word::Known(status).to_string());
        let query = [
            (names::STATUS, status.as_deref()),
            (names::CUSTOMER, self.customer.as_ref().map(CustomerId::as_str)),
            (names::CUSTOMER_NUMBER, self.customer_number.as_ref().map(Reference::as_str)),
            (names::REFERENCE, self.payee_reference.as_ref().map(Reference::as_str)),
            (names::BUSINESS, self.business.as_ref().map(BusinessCode::as_str)),
        ];
        let given = query.into_iter().filter_map(|(name, value)| Some((name, value?)));
        with_query(ALL, &given.collect::<Vec<_>>())
    }
}

impl Client {
    /// `POST /payto-agreements`: asks a payer for an agreement, and makes a customer of them.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn create_payto_agreement(
        &self,
        key: &KeyText,
        idempotency_key: &IdempotencyKey,
        agreement: &NewAgreement,
    ) -> Result<Done<PayToAgreement>, Fault> {
        self.ask_payer(key, ALL, ALL.to_owned(), idempotency_key, agreement).await
    }

    /// `POST /customers/{customerId}/payto-agreements`: asks a customer for an agreement.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn create_customer_payto_agreement(
        &self,
        key: &KeyText,
        customer: &CustomerId,
        idempotency_key: &IdempotencyKey,
        agreement: &NewAgreement,
    ) -> Result<Done<PayToAgreement>, Fault> {
        const ENDPOINT: &str = "/customers/{customerId}/payto-agreements";
        let path = format!("{}/payto-agreements", customers::place(customer));
        let done = self.ask_payer(key, ENDPOINT, path, idempotency_key, agreement).await?;
        done.if_shows("customerId", Some(customer.as_str()), |shown| {
            shown.customer_id.as_ref().map(CustomerId::as_str)
        })
    }

    /// `GET /payto-agreements/{agreementToken}`: one agreement, as it stands now. (The documents'
    /// table leaves the token out.)
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn payto_agreement(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
    ) -> Result<PayToAgreement, Fault> {
        self.get_one(key, ONE, place(agreement)).await
    }

    /// `GET /payto-agreements`: those that meet the search.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn payto_agreements(
        &self,
        key: &KeyText,
        search: &AgreementSearch,
    ) -> Result<Pager<PayToAgreement>, Fault> {
        self.list(key, ALL, &search.path())
    }

    /// `GET /payto-agreements` as CSV: the same, row by row.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; `wrong_shape` for a body that is no table.
    pub async fn payto_agreements_report(
        &self,
        key: &KeyText,
        search: &AgreementSearch,
    ) -> Result<Report, Fault> {
        self.report(key, ALL, search.path()).await
    }

    /// `PATCH /payto-agreements/{agreementToken}`: takes back an agreement that the payer has not
    /// answered. `None` if the bank does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn recall_payto_agreement(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
    ) -> Result<Option<PayToAgreement>, Fault> {
        self.patch_agreement(key, agreement, request::recall()).await
    }

    /// `PATCH /payto-agreements/{agreementToken}`: suspends, resumes or cancels an agreement. `None`
    /// if the bank does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again. Only who suspended may resume.
    pub async fn amend_payto_status(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
        amendment: &StatusAmendment,
    ) -> Result<Option<PayToAgreement>, Fault> {
        self.patch_agreement(key, agreement, amendment.form()).await
    }

    /// `PATCH /payto-agreements/{agreementToken}`: changes what the payer need not approve. `None` if
    /// the bank does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn amend_payto_unilaterally(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
        amendment: &UnilateralAmendment,
    ) -> Result<Option<PayToAgreement>, Fault> {
        self.patch_agreement(key, agreement, amendment.form()).await
    }

    /// `PATCH /payto-agreements/{agreementToken}`: asks the payer for other terms. `None` if the bank
    /// does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again. While one change waits, no other is taken.
    pub async fn amend_payto_bilaterally(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
        amendment: &BilateralAmendment,
    ) -> Result<Option<PayToAgreement>, Fault> {
        self.patch_agreement(key, agreement, amendment.form()).await
    }

    /// `PATCH /payto-agreements/{agreementToken}`: takes back a change that the payer has not
    /// answered. `None` if the bank does not show what became of it.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn recall_payto_amendment(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
    ) -> Result<Option<PayToAgreement>, Fault> {
        self.patch_agreement(key, agreement, request::recall_amendment()).await
    }

    async fn ask_payer(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
        idempotency_key: &IdempotencyKey,
        agreement: &NewAgreement,
    ) -> Result<Done<PayToAgreement>, Fault> {
        let body = agreement.form().into_body();
        let done: Done<PayToAgreement> =
            self.create(key, endpoint, path, idempotency_key, body).await?;
        let reference = agreement.payee_reference().map(Short::as_str);
        done.if_shows("payeeReference", reference, |shown| shown.payee_reference.as_deref())
    }

    async fn patch_agreement(
        &self,
        key: &KeyText,
        agreement: &AgreementToken,
        form: Form,
    ) -> Result<Option<PayToAgreement>, Fault> {
        self.change(key, ONE, place(agreement), Verb::Patch(form.into_body())).await
    }
}

fn place(agreement: &AgreementToken) -> String {
    format!("{ALL}/{}", agreement.segment())
}
