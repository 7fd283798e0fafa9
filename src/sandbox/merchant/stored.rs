//! How the data file spells what the domain keeps free of serde.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount, as a number of cents.
pub(in crate::sandbox) mod cents {
    use super::{Deserialize, Deserializer, Serialize, Serializer};
    use crate::domain::money::Cents;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(in crate::sandbox) fn serialize<S: Serializer>(
        cents: &Cents,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        cents.get().serialize(serializer)
    }

    pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Cents, D::Error> {
        i64::deserialize(deserializer).map(Cents::new)
    }
}

/// An amount that may be absent.
pub(in crate::sandbox) mod cents_option {
    use super::{Deserialize, Deserializer, Serialize, Serializer};
    use crate::domain::money::Cents;

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(in crate::sandbox) fn serialize<S: Serializer>(
        cents: &Option<Cents>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        cents.map(Cents::get).serialize(serializer)
    }

    pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Cents>, D::Error> {
        Ok(Option::<i64>::deserialize(deserializer)?.map(Cents::new))
    }
}

/// Makes a module for a lifecycle's state, which is stored as its label.
macro_rules! stored_state {
    ($name:ident, $state:path) => {
        /// A state, as its label.
        pub(in crate::sandbox) mod $name {
            use serde::de::Error;
            use $state as State;

            use super::{Deserialize, Deserializer, Serialize, Serializer};

            pub(in crate::sandbox) fn serialize<S: Serializer>(
                state: &State,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                state.label().serialize(serializer)
            }

            pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<State, D::Error> {
                let word = String::deserialize(deserializer)?;
                State::from_label(&word).ok_or_else(|| D::Error::custom("an unknown state"))
            }
        }
    };
}

stored_state!(transaction_state, crate::domain::transaction::State);
stored_state!(agreement_state, crate::domain::payto_agreement::State);
stored_state!(amendment_state, crate::domain::payto_amendment::State);
stored_state!(schedule_state, crate::domain::recurring_payment::State);
stored_state!(file_state, crate::domain::payment_file::State);
stored_state!(pay_id_state, crate::domain::pay_id::State);
stored_state!(hold_state, crate::domain::pre_authorisation::State);
