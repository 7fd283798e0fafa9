//! The report of one settlement day's transactions, as a table. How it is asked for is not in the
//! documents that could be read; the names of its parameters stand here alone.

use jiff::civil::Date;

use crate::key::KeyText;
use crate::quickstream::client::Client;
use crate::quickstream::download::Report;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::BadField;
use crate::quickstream::models::ids::BusinessCode;
use crate::quickstream::models::texts::Reference;
use crate::quickstream::resources::transactions::TRANSACTIONS;
use crate::quickstream::typed::with_query;

mod names {
    pub(super) const SETTLEMENT_DATE: &str = "settlementDate";
    pub(super) const BUSINESS: &str = "supplierBusinessCode";
    pub(super) const COLUMNS: &str = "columns";
}

/// The most columns that may be asked for.
const COLUMNS_MAX: usize = 200;

/// Which report is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionsReport {
    settlement_date: Date,
    business: Option<BusinessCode>,
    columns: Vec<Reference>,
}

impl TransactionsReport {
    /// All transactions that settle on this banking day.
    pub fn of(settlement_date: Date) -> Self {
        Self { settlement_date, business: None, columns: Vec::new() }
    }

    /// Of one business only.
    #[must_use]
    pub fn of_business(self, business: BusinessCode) -> Self {
        Self { business: Some(business), ..self }
    }

    /// With these columns only.
    ///
    /// # Errors
    ///
    /// Refuses no columns, too many, and names with a comma.
    pub fn with_columns(self, columns: Vec<Reference>) -> Result<Self, BadField> {
        let count = (1..=COLUMNS_MAX).contains(&columns.len());
        if count && columns.iter().all(|name| !name.as_str().contains(',')) {
            return Ok(Self { columns, ..self });
        }
        Err(BadField::new(names::COLUMNS, "be 1 to 200 names without a comma"))
    }

    fn path(&self) -> String {
        let date = self.settlement_date.to_string();
        let columns: Vec<&str> = self.columns.iter().map(Reference::as_str).collect();
        let columns = columns.join(",");
        let mut query = vec![(names::SETTLEMENT_DATE, date.as_str())];
        query.extend(self.business.as_ref().map(|code| (names::BUSINESS, code.as_str())));
        if !columns.is_empty() {
            query.push((names::COLUMNS, &columns));
        }
        with_query(TRANSACTIONS, &query)
    }
}

impl Client {
    /// `GET /transactions` as CSV: the transactions of one settlement day, row by row.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; `wrong_shape` for a body that is no table.
    pub async fn transactions_report(
        &self,
        key: &KeyText,
        wanted: &TransactionsReport,
    ) -> Result<Report, Fault> {
        self.report(key, TRANSACTIONS, wanted.path()).await
    }
}
