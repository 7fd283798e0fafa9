//! `payToAgreement`: an agreement for one payment, asked for with the payment itself (the guess
//! `payto_once_off`).

use super::create::{
    DESCRIPTION_CHARS_MAX, PAYER_TYPES, PURPOSES, REFERENCE_CHARS_MAX, payer, respond_minutes, word,
};
use crate::domain::money::Cents;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::merchant::agreements::{Creation, Terms, Wanted};
use crate::sandbox::merchant::instrument::PayToAccount;
use crate::sandbox::merchant::setting::Setting;

/// What a payer reads who is told nothing.
const DESCRIPTION: &str = "Once-off payment";

/// An agreement for one payment, without the payment.
#[derive(Clone, Debug)]
pub(in crate::sandbox::resources) struct Once {
    payee_reference: Option<String>,
    respond_minutes: u64,
    purpose: String,
    description: Option<String>,
    payer_type: String,
    payer_id: Option<String>,
    payer_reference: Option<String>,
    pub(in crate::sandbox::resources) payer: PayToAccount,
}

/// Reads one. Of a payer whose account a token stands for, nothing need be said.
pub(in crate::sandbox::resources) fn read(
    form: &mut Form<'_>,
    of_token: Option<&PayToAccount>,
) -> Option<Once> {
    let ours = form.text("payeeReference", Need::Optional, REFERENCE_CHARS_MAX);
    let respond_minutes = respond_minutes(form);
    let details = form.nested("paymentDetails", Need::Required, |form| {
        let purpose = word(form, "purpose", Need::Required, PURPOSES);
        (purpose, form.text("description", Need::Optional, DESCRIPTION_CHARS_MAX))
    });
    let read_payer = |form: &mut Form<'_>| match of_token.cloned() {
        None => payer(form),
        Some(account) => {
            let kind = word(form, "payerType", Need::Optional, PAYER_TYPES);
            let id = form.text("payerId", Need::Optional, 255);
            let reference = form.text("payerReference", Need::Optional, REFERENCE_CHARS_MAX);
            for name in ["payId", "payIdType", "bsb", "accountNumber"] {
                if form.has(name) {
                    form.wrong(name, "The single-use token has the payer's account.");
                }
            }
            Some((kind.unwrap_or_else(person), id, reference, account))
        }
    };
    let need = if of_token.is_some() { Need::Optional } else { Need::Required };
    let payer = match (form.nested("payerDetails", need, read_payer), of_token.cloned()) {
        (Some(payer), _) => payer?,
        (None, account) => (person(), None, None, account?),
    };
    let ((purpose, description), (payer_type, payer_id, payer_reference, payer)) =
        (details?, payer);
    let purpose = purpose?;
    Some(Once {
        payee_reference: ours,
        respond_minutes,
        purpose,
        description,
        payer_type,
        payer_id,
        payer_reference,
        payer,
    })
}

fn person() -> String {
    "PERS".to_owned()
}

impl Once {
    /// The one that goes with a token alone.
    pub(in crate::sandbox::resources) fn of_token(payer: PayToAccount) -> Self {
        Self {
            payee_reference: None,
            respond_minutes: super::create::RESPOND_MINUTES_MAX,
            purpose: "OTHR".to_owned(),
            description: None,
            payer_type: person(),
            payer_id: None,
            payer_reference: None,
            payer,
        }
    }

    /// The agreement for a payment of this amount, now.
    pub(in crate::sandbox::resources) fn wanted(
        self,
        business: &str,
        amount: Cents,
        setting: &Setting<'_>,
    ) -> Wanted {
        Wanted {
            business: business.to_owned(),
            creation: Creation::Authorised,
            payee_reference: self.payee_reference,
            respond_minutes: self.respond_minutes,
            purpose: self.purpose,
            description: self.description.unwrap_or_else(|| DESCRIPTION.to_owned()),
            start: setting.today(),
            end: None,
            renews: false,
            terms: Terms {
                frequency: "ADHO".to_owned(),
                kind: "FIXE".to_owned(),
                amount: Some(amount),
                maximum: None,
            },
            payer_type: self.payer_type,
            payer_id: self.payer_id,
            payer_reference: self.payer_reference,
            payer: self.payer,
        }
    }
}
