//! Where a relative path in the settings leads.

use std::path::{Component, Path, PathBuf};

/// The directory relative paths start at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base(PathBuf);

impl Base {
    /// The directory of a settings file; the working directory if there is no file.
    pub(crate) fn of(file: Option<&Path>) -> Self {
        Self(file.and_then(Path::parent).map(Path::to_owned).unwrap_or_default())
    }

    /// The path itself if it is absolute; otherwise the path from here, with `..` taken back where
    /// that leads to the same place, so that messages show `var/keys` and not `config/../var/keys`.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        if path.is_absolute() {
            // Without a slash at the end, so that the same directory is the same text.
            return path.components().collect();
        }
        let mut at = self.0.clone();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir if at.file_name().is_some() && !at.is_symlink() => {
                    at.pop();
                }
                Component::Prefix(_)
                | Component::RootDir
                | Component::ParentDir
                | Component::Normal(_) => at.push(part),
            }
        }
        if at.as_os_str().is_empty() { PathBuf::from(".") } else { at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_settings_file() {
        let base = Base::of(Some(Path::new("config/sandbox.toml")));
        assert_eq!(base.resolve(Path::new("../var/keys")), Path::new("var/keys"));
        assert_eq!(base.resolve(Path::new("./seed.json")), Path::new("config/seed.json"));
        assert_eq!(base.resolve(Path::new("/run/key")), Path::new("/run/key"));
        assert_eq!(base.resolve(Path::new("../..")), Path::new(".."));
        assert_eq!(base.resolve(Path::new("..")), Path::new("."));
        assert_eq!(Base::of(None).resolve(Path::new("a/b")), Path::new("a/b"));
    }
}
