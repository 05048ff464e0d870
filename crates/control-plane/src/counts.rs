//! Numbers for whoever watches the instance.

use crate::store::{self, moment};
use crate::{ControlPlane, Result};
use std::time::Duration;

/// What there is, now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Jobs that no worker has taken yet.
    pub pending: i64,
    /// Jobs that a worker is at.
    pub running: i64,
    /// Jobs that wait for another attempt.
    pub incomplete: i64,
    /// How long the job that could be taken has waited.
    pub oldest_wait: Duration,
    /// Commands that have not ended.
    pub commands: i64,
    /// Messages that are not sent yet.
    pub notifications: i64,
    /// Leases whose time is over and that nobody has taken over.
    pub expired_leases: i64,
}

impl ControlPlane {
    /// Counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&self) -> Result<Counts> {
        store::counts::get(self.store().reader(), moment::milliseconds(self.now())).await
    }
}
