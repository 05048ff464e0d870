//! What the outside is told: a message to a webhook, made in the transaction of what it tells, and sent once.

use crate::{ControlPlane, Result};
use uuid::Uuid;

/// A message that a worker sends.
#[derive(Clone)]
pub struct ClaimedNotification {
    /// Its number.
    pub id: i64,
    /// Where it goes. May hold a token: no `Debug`.
    pub url: String,
    /// JSON.
    pub body: String,
    /// How often it was tried before.
    pub tries: i64,
    pub(crate) token: Uuid,
}

impl ControlPlane {
    /// Takes the message that has waited longest, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_notification(&self) -> Result<Option<ClaimedNotification>> {
        unimplemented!()
    }

    /// Says whether it was sent, or why not: then it is tried again later, five times in all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_notification(
        &self,
        notification: &ClaimedNotification,
        sent: std::result::Result<(), String>,
    ) -> Result<()> {
        let _ = (notification, sent);
        unimplemented!()
    }
}
