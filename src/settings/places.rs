//! Where on disk a process with these settings writes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::settings::model::{AdminListen, Book, Settings, Store, Target};

impl Settings {
    /// Every directory this process writes into, or makes files in: of the book, the sockets, the
    /// encrypted files, the delivered files and the embedded sandbox. With an embedded sandbox they
    /// are made at the start; everywhere else they must be there.
    pub fn directories(&self) -> BTreeSet<PathBuf> {
        let mut directories = BTreeSet::new();
        let mut around = |file: &Path| {
            if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                directories.insert(parent.to_owned());
            }
        };
        if let Book::Sqlite(file) = &self.store {
            around(file);
        }
        for place in &self.listen.admin {
            if let AdminListen::Unix(socket) = place {
                around(socket);
            }
        }
        if let Some(data) = self.sandbox.as_ref().and_then(|sandbox| sandbox.data.as_ref()) {
            around(data);
        }
        let keys = self.facilities.iter().map(|facility| &facility.secret_key);
        for store in keys.clone().flat_map(|key| &key.stores) {
            if let Store::File(store) = store {
                around(&store.path.join("key"));
                if store.create_identity {
                    around(&store.identity);
                }
            }
        }
        for target in keys.flat_map(|key| &key.deliver) {
            if let Target::Files(files) = target {
                around(&files.directory.join("current"));
            }
        }
        directories
    }
}
