//! The secret that opens an encrypted key file: where it comes from, and sealing under it.
//!
//! The identity is a file of 32 bytes, written as hexadecimal or base64 text. Two keys are derived
//! from it, one that seals and one that names, so that a version's name tells nothing of its key.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::hooks::{create_private, sync_of_directory};
use super::trouble::Trouble;

/// What a sealed file starts with; part of what is authenticated, so that a later format cannot be
/// passed off as this one.
const FORMAT: &[u8] = b"quaymaster-sealed-1\n";

/// The bytes in an identity.
const IDENTITY_BYTES: usize = 32;

/// The longest identity file read, in bytes: 64 digits and room for white space.
const IDENTITY_TEXT_BYTES_MAX: u64 = 256;

/// Bytes that AES-256-GCM adds.
const TAG_BYTES: usize = 16;

/// Seals, opens and names under one identity.
pub(super) struct Identity {
    sealing: RandomizedNonceKey,
    naming: hmac::Key,
}

impl Identity {
    /// Reads the identity file; `None` if it does not exist.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, Trouble> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Trouble::io("open the identity file", path, &error)),
        };
        let metadata = file
            .metadata()
            .map_err(|error| Trouble::io("look at the identity file", path, &error))?;
        check_access(path, &metadata)?;
        let mut text = Zeroizing::new(Vec::with_capacity(512));
        file.take(IDENTITY_TEXT_BYTES_MAX + 1)
            .read_to_end(&mut text)
            .map_err(|error| Trouble::io("read the identity file", path, &error))?;
        let bytes = parse(&text).ok_or_else(|| {
            Trouble::Denied(format!(
                "the identity file {} is not 32 bytes as hexadecimal or base64 text",
                path.display()
            ))
        })?;
        Self::new(&bytes).map(Some)
    }

    /// Makes an identity file, for us alone; one that a peer has just made is taken instead.
    pub(super) fn create(path: &Path) -> Result<Self, Trouble> {
        let failed = |error: &io::Error| Trouble::io("create the identity file", path, error);
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or_else(|| Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| failed(&error))?;
        let mut bytes = Zeroizing::new([0_u8; IDENTITY_BYTES]);
        rand::fill(bytes.as_mut()).map_err(|_| random_failed())?;
        let text =
            Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());

        let mut suffix = [0_u8; 8];
        rand::fill(&mut suffix).map_err(|_| random_failed())?;
        let suffix = u64::from_be_bytes(suffix);
        let temporary = path.with_added_extension(format!("{suffix:016x}.tmp"));
        let write = || -> io::Result<()> {
            let mut file = create_private(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            // A link, unlike a rename, never replaces an identity that a peer has made meanwhile.
            match fs::hard_link(&temporary, path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                Ok(()) | Err(_) => sync_of_directory(directory),
            }
        };
        let written = write();
        let cleaned = fs::remove_file(&temporary);
        written.and(cleaned).map_err(|error| failed(&error))?;
        Self::load(path)?.ok_or_else(|| failed(&io::ErrorKind::NotFound.into()))
    }

    fn new(bytes: &[u8; IDENTITY_BYTES]) -> Result<Self, Trouble> {
        let master = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let sealing = hmac::sign(&master, b"quaymaster key file: sealing");
        let naming = hmac::sign(&master, b"quaymaster key file: naming");
        Ok(Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM, sealing.as_ref())
                .map_err(|_| Trouble::Denied("the cipher cannot be set up".to_owned()))?,
            naming: hmac::Key::new(hmac::HMAC_SHA256, naming.as_ref()),
        })
    }

    /// A short name for a key's text, the same whenever the same key is named; tells nothing of it
    /// to anyone without the identity.
    pub(super) fn name_of(&self, text: &str) -> u64 {
        let tag = hmac::sign(&self.naming, text.as_bytes());
        tag.as_ref().iter().take(8).fold(0, |name, byte| (name << 8) | u64::from(*byte))
    }

    /// Seals `plain` so that it opens only as the file `name` of the store `store`.
    pub(super) fn seal(
        &self,
        store: &str,
        name: &str,
        plain: &Zeroizing<Vec<u8>>,
    ) -> Result<Vec<u8>, Trouble> {
        // Room for the tag from the start: growing would leave a copy of the plain bytes behind.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_BYTES));
        buffer.extend_from_slice(plain);
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(place(store, name)), &mut *buffer)
            .map_err(|_| random_failed())?;
        Ok([FORMAT, nonce.as_ref(), &buffer].concat())
    }

    /// Opens what [`Identity::seal`] made; `None` if a bit of it was changed, if it belongs to
    /// another place, or if it was made under another identity.
    pub(super) fn open(
        &self,
        store: &str,
        name: &str,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.strip_prefix(FORMAT)?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let aad = Aad::from(place(store, name));
        let plain = self.sealing.open_in_place(nonce, aad, &mut body).ok()?.len();
        body.truncate(plain);
        Some(body)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// What is authenticated beside the sealed bytes: format, store and file.
fn place(store: &str, name: &str) -> Vec<u8> {
    [FORMAT, store.as_bytes(), b"\0", name.as_bytes()].concat()
}

/// Refuses an identity that others may read or write. A group may read only a file of root's: that
/// is how an orchestrator mounts a secret for a process that is not root.
fn check_access(path: &Path, metadata: &fs::Metadata) -> Result<(), Trouble> {
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    let open_to_others = if ours { 0o077 } else { 0o037 };
    let wrong = if !metadata.is_file() {
        "is not a file"
    } else if !ours && metadata.uid() != 0 {
        "belongs to another user"
    } else if metadata.mode() & open_to_others != 0 {
        "can be read or written by others"
    } else {
        return Ok(());
    };
    Err(Trouble::Denied(format!(
        "the identity file {} {wrong}; it must be ours alone (mode 0600)",
        path.display()
    )))
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; IDENTITY_BYTES]>> {
    let text = text.trim_ascii();
    let mut bytes = Zeroizing::new([0_u8; IDENTITY_BYTES]);
    if text.len() == IDENTITY_BYTES * 2 {
        for (byte, [high, low]) in bytes.iter_mut().zip(text.as_chunks().0) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        return Some(bytes);
    }
    // The decoder wants room for a last group of three, which 44 characters of base64 do not fill.
    let mut decoded = Zeroizing::new([0_u8; IDENTITY_BYTES + 2]);
    let length = STANDARD.decode_slice(text, decoded.as_mut()).ok()?;
    *bytes = *decoded.get(..length)?.as_array()?;
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn random_failed() -> Trouble {
    Trouble::Unavailable("the machine gives no random bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealed(identity: &Identity) -> Vec<u8> {
        identity.seal("main", "CURRENT", &Zeroizing::new(b"plain bytes".to_vec())).unwrap()
    }

    #[test]
    fn sealing_twice_never_gives_the_same_bytes() {
        let identity = Identity::new(&[7; 32]).unwrap();
        let (one, two) = (sealed(&identity), sealed(&identity));
        assert_ne!(one, two);
        assert_eq!(*identity.open("main", "CURRENT", &one).unwrap(), b"plain bytes");
        assert_eq!(*identity.open("main", "CURRENT", &two).unwrap(), b"plain bytes");
        assert!(identity.open("other", "CURRENT", &one).is_none());
        assert!(identity.open("main", "key.1", &one).is_none());
        assert!(Identity::new(&[8; 32]).unwrap().open("main", "CURRENT", &one).is_none());
    }

    #[test]
    fn a_key_is_named_the_same_only_under_the_same_identity() {
        let (one, two) = (Identity::new(&[7; 32]).unwrap(), Identity::new(&[8; 32]).unwrap());
        assert_eq!(one.name_of("KEY_1"), one.name_of("KEY_1"));
        assert_ne!(one.name_of("KEY_1"), one.name_of("KEY_2"));
        assert_ne!(one.name_of("KEY_1"), two.name_of("KEY_1"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        // A hundred changes of one to eight bits in each of a thousand cases.
        #[test]
        fn a_hundred_thousand_changes_are_all_detected(
            changes in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..9), 100)
        ) {
            let identity = Identity::new(&[7; 32]).unwrap();
            let whole = sealed(&identity);
            for bits in changes {
                let mut changed = whole.clone();
                for bit in bits {
                    let bit = bit.index(whole.len() * 8);
                    changed[bit / 8] ^= 1 << (bit % 8);
                }
                // Two flips of one bit are no change.
                if changed != whole {
                    prop_assert!(identity.open("main", "CURRENT", &changed).is_none());
                }
            }
        }
    }
}
