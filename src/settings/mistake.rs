//! What is wrong with the settings, and where each value came from.
//!
//! Nothing in here ever holds a value: a secret pasted into the wrong place must not reach a screen or
//! a log by way of the message that says so.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the settings file; without a position, the file as a whole.
    File {
        /// The file, as it was named.
        path: Arc<Path>,
        /// Line and column, both counted from 1.
        at: Option<(usize, usize)>,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// In a flag; the setting it sets.
    Flag(String),
    /// Nowhere: the default holds.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, at: Some((line, column)) } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::File { path, at: None } => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag for {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing that is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The setting, such as `facilities.main.secret_key.stores[0].region`.
    pub place: String,
    /// Where it was written; the surrounding table where it was not.
    pub origin: Origin,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}; right: {}", self.place, self.origin, self.what, self.right)
    }
}

/// Something that works and should not stay as it is; told at start and by `config check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The setting.
    pub place: String,
    /// Where it was written.
    pub origin: Origin,
    /// What is the matter.
    pub what: String,
    /// What would be better.
    pub right: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}; better: {}", self.place, self.origin, self.what, self.right)
    }
}

/// Every mistake of one look at the settings, sorted by place; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct SettingsError {
    /// The mistakes.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.mistakes.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        write!(f, "{count} {noun} in the settings")?;
        for mistake in &self.mistakes {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

/// What was noticed so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    mistakes: RefCell<Vec<Mistake>>,
    warnings: RefCell<Vec<Warning>>,
}

impl Notes {
    /// Adds a mistake.
    pub(crate) fn mistake(
        &self,
        place: impl Into<String>,
        origin: &Origin,
        what: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.mistakes.borrow_mut().push(Mistake {
            place: place.into(),
            origin: origin.clone(),
            what: what.into(),
            right: right.into(),
        });
    }

    /// Adds a warning.
    pub(crate) fn warning(
        &self,
        place: impl Into<String>,
        origin: &Origin,
        what: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.warnings.borrow_mut().push(Warning {
            place: place.into(),
            origin: origin.clone(),
            what: what.into(),
            right: right.into(),
        });
    }

    /// What was made, with the warnings, or every mistake there is.
    pub(crate) fn finish<T>(self, made: Option<T>) -> Result<(T, Vec<Warning>), SettingsError> {
        let mut mistakes = self.mistakes.into_inner();
        match made {
            Some(made) if mistakes.is_empty() => Ok((made, self.warnings.into_inner())),
            Some(_) | None => {
                mistakes.sort_by(|one, other| one.place.cmp(&other.place));
                Err(SettingsError { mistakes })
            }
        }
    }
}
