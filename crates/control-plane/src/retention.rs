//! What is thrown away after a while.

use crate::store::{self, moment};
use crate::{ControlPlane, Result};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Logs of jobs that have ended.
    pub logs: Duration,
    /// Jobs that have ended.
    pub jobs: Duration,
    /// However old, so many jobs of each connection are kept.
    pub jobs_per_connection: u32,
    /// Commands that have ended.
    pub commands: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { logs: DAY * 30, jobs: DAY * 180, jobs_per_connection: 10, commands: Duration::from_secs(2 * 3600) }
    }
}

/// What was thrown away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Swept {
    pub logs: u64,
    pub jobs: u64,
    pub commands: u64,
    pub sessions: u64,
    pub notifications: u64,
}

impl ControlPlane {
    /// Throws away what is old enough, a little at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self, retention: Retention) -> Result<Swept> {
        let now = moment::milliseconds(self.now());
        let before = |age: Duration| now.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let store = self.store();
        Ok(Swept {
            logs: store::retention::logs(store, before(retention.logs)).await?,
            jobs: store::retention::jobs(store, before(retention.jobs), retention).await?,
            commands: store::retention::commands(store, before(retention.commands)).await?,
            sessions: store::retention::sessions(store, now).await?,
            notifications: store::retention::notifications(store, before(retention.logs)).await?,
        })
    }
}
