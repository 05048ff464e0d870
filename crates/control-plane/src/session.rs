//! Sessions of browsers, and the key that access tokens are signed with.

use crate::key::{fingerprint, random_text};
use crate::store::session as rows;
use crate::{ControlPlane, Result, UserId};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

impl ControlPlane {
    /// Begins a session; the text is its token, of which only a hash is kept.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn begin_session(&self, user: UserId, lifetime: Duration) -> Result<String> {
        let now = self.now();
        let until = now.saturating_add(SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX));
        let until = until.unwrap_or(Timestamp::MAX);
        let token = random_text(32);
        let mut change = self.store().change().await?;
        rows::insert(&mut change, fingerprint(&token), user, now, until).await?;
        change.commit().await?;
        Ok(token)
    }

    /// Whose session it is, while it lasts.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn session(&self, token: &str) -> Result<Option<UserId>> {
        rows::user_of(self.store().reader(), fingerprint(token), self.now()).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn end_session(&self, token: &str) -> Result<()> {
        let mut change = self.store().change().await?;
        rows::delete(&mut change, fingerprint(token)).await?;
        change.commit().await?;
        Ok(())
    }

    /// What access tokens are signed with, derived from the key of the instance.
    #[must_use]
    pub fn token_key(&self) -> [u8; 32] {
        self.key().derive("access tokens")
    }
}
