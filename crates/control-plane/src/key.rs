//! The key of the instance, outside the database: secrets are encrypted with it, and other keys are derived from it.

use crate::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use sha2::{Digest as _, Sha256};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const NONCE_BYTES: usize = 24;

/// Says how a ciphertext is made, for a day when there is another way.
const FORM: &str = "v1:";

/// 32 random bytes. No `Debug`, no `Display`.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Of its text, as `openssl rand -base64 32` prints it.
    ///
    /// # Errors
    /// `key.invalid`.
    pub fn from_base64(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        let message = "the key of the instance is not 32 bytes in base64; `openssl rand -base64 32` makes one";
        bytes.map(Self).ok_or_else(|| Error::invalid("key.invalid", message))
    }

    /// Of a file with that text; made, readable by its owner alone, when it is missing.
    ///
    /// # Errors
    /// `key.invalid`, `key.unreadable`.
    pub fn file(path: &Path) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::from_base64(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// Complete or not there: another process that starts at the same time reads the same key.
    fn make(path: &Path) -> Result<Self> {
        let text = STANDARD.encode(random::<32>());
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}", random_text(6)));
        let made = write_private(Path::new(&name), &text).and_then(|()| fs::hard_link(&name, path));
        // It is a name too many from here on, whatever came of it.
        let _ = fs::remove_file(&name);
        match made {
            Ok(()) => Self::from_base64(&text),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::file(path),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// Its text, for a backup that holds it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// A key for another use, from which this one cannot be found.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        Sha256::new().chain_update(purpose).chain_update([0]).chain_update(self.0).finalize().into()
    }

    /// Encrypts a text so that only its id opens it again.
    pub(crate) fn seal(&self, id: &str, text: &str) -> Result<String> {
        let nonce = random::<NONCE_BYTES>();
        let payload = Payload { msg: text.as_bytes(), aad: id.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| unusable(id))?;
        Ok(format!("{FORM}{}", STANDARD.encode([&nonce[..], &sealed].concat())))
    }

    /// Opens what was sealed under this id.
    pub(crate) fn open(&self, id: &str, sealed: &str) -> Result<String> {
        let bytes = sealed.strip_prefix(FORM).and_then(|text| STANDARD.decode(text).ok());
        let bytes = bytes.filter(|bytes| bytes.len() > NONCE_BYTES).ok_or_else(|| unusable(id))?;
        let (nonce, sealed) = bytes.split_at(NONCE_BYTES);
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| unusable(id))?;
        let payload = Payload { msg: sealed, aad: id.as_bytes() };
        let text = self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| unusable(id))?;
        String::from_utf8(text).map_err(|_| unusable(id))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

/// Random bytes for keys and tokens.
///
/// # Panics
/// When the kernel has no random bytes: then nothing that is secret can be made.
#[allow(clippy::expect_used)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

/// A random text for passwords and tokens, of so many bytes of chance (at most 32).
pub(crate) fn random_text(bytes: usize) -> String {
    URL_SAFE_NO_PAD.encode(&random::<32>()[..bytes.min(32)])
}

/// A hash of a random text: what is kept of a token. No password: those are short, and this is fast.
pub(crate) fn fingerprint(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let message = format!("the key of the instance, {}, cannot be read or made: {error}", path.display());
    Error::invalid("key.unreadable", message)
}

fn unusable(id: &str) -> Error {
    let message =
        format!("the secret {id} cannot be opened: the key of the instance is not the one it was stored with");
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "secret.unreadable", message).into()
}

#[cfg(test)]
mod tests {
    use super::MasterKey;
    use std::os::unix::fs::PermissionsExt as _;

    fn key() -> MasterKey {
        MasterKey([7; 32])
    }

    #[test]
    fn a_sealed_text_opens_under_its_id_only() {
        let sealed = key().seal("one", "hush").unwrap();
        assert!(!sealed.contains("hush"));
        assert_eq!(key().open("one", &sealed).unwrap(), "hush");
        assert_eq!(key().open("two", &sealed).unwrap_err().code(), "secret.unreadable");
        assert_eq!(MasterKey([8; 32]).open("one", &sealed).unwrap_err().code(), "secret.unreadable");
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        assert_ne!(key().seal("one", "hush").unwrap(), key().seal("one", "hush").unwrap());
    }

    #[test]
    fn a_ciphertext_that_was_cut_or_turned_does_not_open() {
        let sealed = key().seal("one", "hush").unwrap();
        for broken in [&sealed[..sealed.len() - 4], &sealed[1..], "v1:", "v1:AAAA", ""] {
            assert_eq!(key().open("one", broken).unwrap_err().code(), "secret.unreadable", "{broken}");
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = MasterKey::file(&path).unwrap();
        assert!(MasterKey::file(&path).unwrap().0 == made.0);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_of_another_length_is_refused_without_being_told() {
        let error = MasterKey::from_base64("c2hvcnQ=").err().unwrap();
        assert_eq!(error.code(), "key.invalid");
        assert!(!error.to_string().contains("c2hvcnQ="));
    }

    #[test]
    fn derived_keys_differ_by_their_purpose() {
        assert_ne!(key().derive("tokens"), key().derive("other"));
        assert_ne!(key().derive("tokens"), [7; 32]);
    }
}
