//! Staging labels: which version of a secret plays which part, and the names of our own labels.

use std::collections::BTreeMap;

use aws_lc_rs::digest;

use super::document::Document;

/// AWS's own labels. `AWSPENDING` is left to AWS's rotation, which it would block.
pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// What our own labels begin with. Each pending version has one of its own: with a single label for
/// all, a process that slept could steal it from a newer key, which AWS may then delete.
const OURS: &str = "QS-";

/// Characters of a version's id in its label.
const LABEL_ID_CHARS: usize = 8;

/// Every version that has a label, and its labels.
#[derive(Clone, Debug, Default)]
pub(super) struct Stages(BTreeMap<String, Vec<String>>);

impl Stages {
    pub(super) fn new(versions: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(versions.into_iter().filter(|(_, labels)| !labels.is_empty()).collect())
    }

    pub(super) fn current(&self) -> Option<&str> {
        self.holder(CURRENT)
    }

    pub(super) fn previous(&self) -> Option<&str> {
        self.holder(PREVIOUS)
    }

    /// Versions with a label of ours that are neither current nor previous.
    pub(super) fn pending(&self) -> impl Iterator<Item = &str> {
        let versions = self.0.iter().filter(|(_, labels)| {
            labels.iter().any(|label| is_ours(label))
                && !labels.iter().any(|label| label == CURRENT || label == PREVIOUS)
        });
        versions.map(|(version, _)| version.as_str())
    }

    /// The version with this label.
    pub(super) fn holder(&self, label: &str) -> Option<&str> {
        let mut versions = self.0.iter();
        versions
            .find(|(_, labels)| labels.iter().any(|one| one == label))
            .map(|(id, _)| id.as_str())
    }

    pub(super) fn labels(&self, version: &str) -> &[String] {
        self.0.get(version).map_or(&[], Vec::as_slice)
    }

    pub(super) fn has(&self, version: &str) -> bool {
        self.0.contains_key(version)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

pub(super) fn is_ours(label: &str) -> bool {
    label.starts_with(OURS)
}

/// The label under which a version is pending.
pub(super) fn label_of(version: &str) -> String {
    format!("{OURS}{}", version.chars().take(LABEL_ID_CHARS).collect::<String>())
}

/// The version id of a document: a function of the secret and of everything in the document, so that
/// the same write repeated is the same version, and a key beside other fields that have changed
/// meanwhile is another one. AWS refuses other data under a used id.
pub(super) fn token_of(arn: &str, document: &Document) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in ["qsrot1", arn, document.text()] {
        context.update(part.as_bytes());
    }
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_function_of_secret_and_document() {
        let document = |text: &str| Document::new(text.to_owned());
        let token = token_of("arn:1", &document("KEY_1"));
        assert_eq!(token, token_of("arn:1", &document("KEY_1")));
        assert_ne!(token, token_of("arn:2", &document("KEY_1")));
        assert_ne!(token, token_of("arn:1", &document("KEY_2")));
        assert_eq!(token.len(), 36, "AWS takes ids of 32 to 64 characters");
        assert_eq!(label_of(&token), format!("QS-{}", &token[..8]));
    }

    #[test]
    fn a_version_is_pending_by_our_label_alone() {
        let labels = |labels: &[&str]| labels.iter().map(|one| (*one).to_owned()).collect();
        let stages = Stages::new([
            ("a".to_owned(), labels(&[CURRENT, "QS-a"])),
            ("b".to_owned(), labels(&["QS-b", PREVIOUS])),
            ("c".to_owned(), labels(&["QS-c"])),
            ("d".to_owned(), labels(&["theirs", "mine"])),
            ("e".to_owned(), labels(&[])),
        ]);
        assert_eq!(stages.pending().collect::<Vec<_>>(), ["c"]);
        assert_eq!((stages.current(), stages.previous()), (Some("a"), Some("b")));
        assert!(stages.has("d") && !stages.has("e"));
    }
}
