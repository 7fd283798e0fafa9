//! Whose account a transaction's money goes to: play data under the documents' names, since what a
//! merchant's own accounts are is a matter of its set-up (the guess `receiving_accounts`).

use serde_json::{Value, json};

use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::setting::Setting;

/// The receiving account under the name that goes with what is paid with, if there is such a name.
pub(super) fn receiving(
    instrument: &Instrument,
    business: &str,
    setting: &Setting<'_>,
) -> Option<(&'static str, Value)> {
    let found = setting.businesses.iter().find(|known| known.code == business);
    let name = found.map_or(business, |known| known.name.as_str());
    match instrument {
        Instrument::Card(_) | Instrument::Wallet(_) => {
            let account = json!({
                "merchantId": "24000001",
                "merchantName": name,
                "settlementBsb": "032-000",
                "settlementAccountNumber": "000001",
                "settlementSurchargeBsb": null,
                "settlementSurchargeAccountNumber": null,
                "displayName": format!("{name} (24000001)"),
                "acquiringInstitution": "WBC",
                "currency": "AUD",
            });
            Some(("merchantAccount", account))
        }
        Instrument::Bank(_) => {
            let account = json!({
                "displayName": format!("{name} (032-000 000001)"),
                "currency": "AUD",
                "directEntryUserId": "000001",
                "directEntryUserName": name,
                "accountName": name,
                "settlementBsb": "032-000",
                "settlementAccountNumber": "000001",
                "remitterName": name,
            });
            Some(("directEntryAccount", account))
        }
        Instrument::NzBank(_) => {
            let account = json!({
                "displayName": format!("{name} (03-0000-0000001-00)"),
                "currency": "NZD",
                "debitUserId": "000001",
                "nzAccountName": name,
                "nzBankCode": "03",
                "nzBranchCode": "0000",
                "nzAccountNumber": "0000001",
                "nzAccountSuffix": "00",
            });
            Some(("nzDirectEntryAccount", account))
        }
        Instrument::PayTo(_) => {
            let account = json!({
                "accountName": name,
                "bsb": "032-000",
                "accountNumber": "000001",
            });
            Some(("payToPayeeAccount", account))
        }
        // The documents have no name for it.
        Instrument::PayId(_) => None,
    }
}
