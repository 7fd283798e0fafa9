//! What people and other tools do to a secret behind our back.

use super::FakeAws;
use super::secret::{Secret, Unlabelled, Version};

impl FakeAws {
    /// Creates a secret as a person's tool would, with a version of its own making if a text is given.
    pub(crate) fn person_creates(&self, secret_id: &str, text: Option<&str>) {
        let mut secret = Secret::new(secret_id);
        if let Some(text) = text {
            secret.edit(text, Unlabelled::Vanish).unwrap();
        }
        self.state().secrets.insert(secret_id.to_owned(), secret);
    }

    /// Stores a new text as the console does: it is current at once.
    pub(crate) fn person_edits(&self, secret_id: &str, edit: impl FnOnce(String) -> String) {
        let text = self.text(secret_id, "AWSCURRENT").unwrap();
        let mut state = self.state();
        let unlabelled = state.unlabelled;
        state.before = state.secrets.clone();
        state.secrets.get_mut(secret_id).unwrap().edit(&edit(text), unlabelled).unwrap();
    }

    /// Puts a version without a usable text where a rotation of AWS's would leave one.
    pub(crate) fn person_adds(&self, secret_id: &str, text: &str, label: &str) {
        let mut state = self.state();
        let secret = state.secrets.get_mut(secret_id).unwrap();
        let version = Version::new(text, &[label]);
        secret.versions.insert(uuid::Uuid::new_v4().to_string(), version);
    }

    /// Changes a secret in any way the person likes.
    pub(crate) fn person_changes(&self, secret_id: &str, change: impl FnOnce(&mut Secret)) {
        change(self.state().secrets.get_mut(secret_id).unwrap());
    }
}
