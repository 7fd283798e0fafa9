//! What can go wrong in the key file's directory, before it is told as the store's error.

use std::io;
use std::path::Path;

use super::hooks::WriteError;
use crate::domain::names::StoreName;
use crate::secrets::StoreError;

/// What went wrong, in words for people.
#[derive(Debug)]
pub(super) enum Trouble {
    Unavailable(String),
    Denied(String),
    Shape(String),
    Refused(String),
}

impl Trouble {
    /// An operating system's error, with what we tried and where. Nothing has changed on the disk,
    /// or nobody can tell.
    pub(super) fn io(tried: &str, path: &Path, error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        let text = format!("cannot {tried} {}: {error}", path.display());
        let kind = error.kind();
        if kind == Kind::PermissionDenied {
            Self::Denied(text)
        } else if [Kind::StorageFull, Kind::QuotaExceeded, Kind::ReadOnlyFilesystem].contains(&kind)
        {
            Self::Refused(text)
        } else {
            Self::Unavailable(text)
        }
    }

    /// An error of the write path. Once a file has its new name, nobody can tell what a power cut
    /// would leave, whatever the error says.
    pub(super) fn write(tried: &str, path: &Path, error: WriteError) -> Self {
        match error {
            WriteError::Before(error) => Self::io(tried, path, &error),
            WriteError::After(error) => {
                Self::Unavailable(format!("cannot {tried} {} for good: {error}", path.display()))
            }
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Unavailable(text)
            | Self::Denied(text)
            | Self::Shape(text)
            | Self::Refused(text) => text,
        }
    }

    pub(super) fn at(self, store: &StoreName) -> StoreError {
        let store = store.clone();
        match self {
            Self::Unavailable(detail) => StoreError::Unavailable { store, detail },
            Self::Denied(detail) => StoreError::Denied { store, detail },
            Self::Shape(detail) => StoreError::Shape { store, detail },
            Self::Refused(detail) => StoreError::Refused { store, detail },
        }
    }
}
