//! Sessions of browsers, and the key that access tokens are signed with.

use crate::{ControlPlane, Result, UserId};
use std::time::Duration;

impl ControlPlane {
    /// Begins a session; the text is its token, of which only a hash is kept.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn begin_session(&self, user: UserId, lifetime: Duration) -> Result<String> {
        let _ = (user, lifetime);
        unimplemented!()
    }

    /// Whose session it is, while it lasts.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn session(&self, token: &str) -> Result<Option<UserId>> {
        let _ = token;
        unimplemented!()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn end_session(&self, token: &str) -> Result<()> {
        let _ = token;
        unimplemented!()
    }

    /// What access tokens are signed with, derived from the key of the instance.
    #[must_use]
    pub fn token_key(&self) -> [u8; 32] {
        unimplemented!()
    }
}
