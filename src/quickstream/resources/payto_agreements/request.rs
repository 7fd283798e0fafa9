//! What is asked for about an agreement. Five changes share one path and are told apart by their
//! bodies alone; the documents do not say how, so all of it stands here and nowhere else.

use serde_json::Value;

use crate::quickstream::models::BadField;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::BusinessCode;
use crate::quickstream::models::texts::Short;
use crate::quickstream::resources::payto_agreements::payer::Payer;
use crate::quickstream::resources::payto_agreements::terms::{
    AgreementEnd, CreationType, PaymentDetails, PaymentTerms, RespondBy,
};

/// An agreement to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgreement {
    /// The business that is paid.
    pub business: BusinessCode,
    /// How it comes about.
    pub creation: Creation,
    /// How long the payer has to answer; absent, five days.
    pub respond_by: Option<RespondBy>,
    /// What it is for, and from when to when.
    pub details: PaymentDetails,
    /// How much is paid, and how often.
    pub terms: PaymentTerms,
    /// Who pays.
    pub payer: Payer,
}

/// How an agreement comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The payer is asked.
    Authorised {
        /// The merchant's reference.
        payee_reference: Option<Short<35>>,
    },
    /// It takes the place of a direct debit.
    MigratedDirectDebit {
        /// The lodgement reference of that direct debit.
        lodgement_reference: Short<35>,
    },
}

impl NewAgreement {
    /// The merchant's reference of it.
    pub fn payee_reference(&self) -> Option<&Short<35>> {
        match &self.creation {
            Creation::Authorised { payee_reference } => payee_reference.as_ref(),
            Creation::MigratedDirectDebit { lodgement_reference } => Some(lodgement_reference),
        }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    pub(super) fn form(&self) -> Form {
        let kind = match &self.creation {
            Creation::Authorised { .. } => CreationType::Authorised,
            Creation::MigratedDirectDebit { .. } => CreationType::MigratedDirectDebit,
        };
        let mut form = Form::new();
        RespondBy::write(self.respond_by, &mut form);
        form.put("supplierBusinessCode", &self.business);
        form.maybe("payeeReference", self.payee_reference());
        form.put("agreementCreationType", &kind);
        form.value("paymentDetails", self.details.form().into_value());
        form.value("paymentTerms", self.terms.form().into_value());
        form.value("payerDetails", self.payer.form().into_value());
        form
    }
}

/// Four capital letters and digits that say why a status changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReasonCode([char; 4]);

impl ReasonCode {
    /// The payer asked for it.
    pub const PAYER_ASKED: Self = Self(['M', 'D', '1', '6']);
    /// The merchant asked for it.
    pub const MERCHANT_ASKED: Self = Self(['M', 'D', '1', '7']);

    /// Takes a code.
    ///
    /// # Errors
    ///
    /// Refuses anything but four capital letters and digits.
    pub fn new(text: &str) -> Result<Self, BadField> {
        let chars: Vec<char> = text.chars().collect();
        let known = chars.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let code = if known { chars.try_into().ok().map(Self) } else { None };
        code.ok_or(BadField::new("reasonCode", "be four capital letters and digits"))
    }
}

/// Why a status changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// The same for people.
    pub description: Option<Short<255>>,
}

impl Reason {
    /// The merchant asked for it.
    pub const fn merchant() -> Self {
        Self { code: ReasonCode::MERCHANT_ASKED, description: None }
    }

    fn write(&self, form: &mut Form) {
        form.word("reasonCode", &self.code.0.iter().collect::<String>());
        form.maybe("reasonDescription", self.description.as_ref());
    }
}

/// A change of status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusAmendment {
    /// No payments for now.
    Suspend(Reason),
    /// Payments again. Only who suspended it may do so.
    Resume,
    /// No payments ever again.
    Cancel(Reason),
}

impl StatusAmendment {
    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        match self {
            Self::Suspend(reason) => {
                form.word("agreementStatus", "SUSPENDED");
                reason.write(&mut form);
            }
            Self::Resume => form.word("agreementStatus", "ACTIVE"),
            Self::Cancel(reason) => {
                form.word("agreementStatus", "CANCELLED");
                reason.write(&mut form);
            }
        }
        form
    }
}

/// A change that the payer need not approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnilateralAmendment {
    payee_reference: Option<Short<35>>,
    description: Option<Short<140>>,
}

impl UnilateralAmendment {
    /// Takes a new reference of the merchant's, a new description for the payer, or both.
    ///
    /// # Errors
    ///
    /// Refuses neither.
    pub fn new(
        payee_reference: Option<Short<35>>,
        description: Option<Short<140>>,
    ) -> Result<Self, BadField> {
        if payee_reference.is_none() && description.is_none() {
            return Err(BadField::new("the amendment", "change something"));
        }
        Ok(Self { payee_reference, description })
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        form.maybe("payeeReference", self.payee_reference.as_ref());
        if let Some(description) = &self.description {
            let mut details = Form::new();
            details.put("description", description);
            form.value("paymentDetails", details.into_value());
        }
        form
    }
}

/// What is to hold once the payer approves; the old terms hold until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewTerms {
    /// How much, and how often.
    pub terms: Option<PaymentTerms>,
    /// When it ends.
    pub end: Option<AgreementEnd>,
}

/// A change that the payer must approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BilateralAmendment {
    respond_by: Option<RespondBy>,
    terms: NewTerms,
}

impl BilateralAmendment {
    /// Takes new terms, and how long the payer has to answer; absent, five days.
    ///
    /// # Errors
    ///
    /// Refuses terms without anything new.
    pub fn new(terms: NewTerms, respond_by: Option<RespondBy>) -> Result<Self, BadField> {
        if terms == NewTerms::default() {
            return Err(BadField::new("the amendment", "change something"));
        }
        Ok(Self { respond_by, terms })
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.form().into_value()
    }

    pub(super) fn form(&self) -> Form {
        let mut form = Form::new();
        RespondBy::write(self.respond_by, &mut form);
        if let Some(terms) = &self.terms.terms {
            form.value("paymentTerms", terms.form().into_value());
        }
        if let Some(end) = self.terms.end {
            let mut details = Form::new();
            end.write(&mut details);
            form.value("paymentDetails", details.into_value());
        }
        form
    }
}

/// Takes back an agreement that the payer has not answered.
pub(super) fn recall() -> Form {
    let mut form = Form::new();
    form.word("agreementStatus", "RECALLED");
    form
}

/// Takes back an amendment that the payer has not answered.
pub(super) fn recall_amendment() -> Form {
    let mut form = Form::new();
    form.word("amendmentStatus", "RECALLED");
    form
}
