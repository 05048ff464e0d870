//! The key of the instance, outside the database: secrets are encrypted with it, and other keys are derived from it.

use crate::Result;
use std::path::Path;

/// 32 random bytes. No `Debug`, no `Display`.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Of its text, as `openssl rand -base64 32` prints it.
    ///
    /// # Errors
    /// `key.invalid`.
    pub fn from_base64(text: &str) -> Result<Self> {
        let _ = text;
        unimplemented!()
    }

    /// Of a file with that text; made, readable by its owner alone, when it is missing.
    ///
    /// # Errors
    /// `key.invalid`, `key.unreadable`.
    pub fn file(path: &Path) -> Result<Self> {
        let _ = path;
        unimplemented!()
    }
}
