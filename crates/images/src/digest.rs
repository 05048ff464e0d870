//! Digests: the name of a content is the hash of its bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

/// `sha256:` and 64 hexadecimal digits in lower case. No other algorithm is in use.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

const ALGORITHM: &str = "sha256";
const DIGITS: usize = 64;

/// A text that is no digest.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no digest: it is `sha256:` and 64 hexadecimal digits in lower case")]
pub struct DigestError(String);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hexadecimal digits alone, as a file in a store is named.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.0[ALGORITHM.len() + 1..]
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let hex = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(':'));
        let is_hex = |hex: &str| hex.len() == DIGITS && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex.is_some_and(is_hex) { Ok(Self(text.to_owned())) } else { Err(DigestError(text.to_owned())) }
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes the digest of bytes that come in pieces.
#[derive(Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Digest {
        let hex: String = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Digest(format!("{ALGORITHM}:{hex}"))
    }
}

/// Hashes what goes through it, one way or the other.
pub(crate) struct Hashing<T> {
    inner: T,
    hasher: Hasher,
}

impl<T> Hashing<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, hasher: Hasher::default() }
    }

    /// What it went to or came from, and the digest of it.
    pub(crate) fn finish(self) -> (T, Digest) {
        (self.inner, self.hasher.finish())
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        let known = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), known);
        assert_eq!(known.parse::<Digest>().unwrap().hex().len(), 64);
        assert!(known.to_uppercase().parse::<Digest>().is_err());
        assert!("sha256:../../x".parse::<Digest>().is_err());
    }
}
