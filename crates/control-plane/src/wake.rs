//! Hints within one process that something happened; across processes everybody also looks, every [`POLL`].

use std::time::Duration;
use tokio::sync::Notify;

/// How often whoever waits looks by itself, since another process may have done it.
pub const POLL: Duration = Duration::from_millis(250);

/// Make the [`Notified`](tokio::sync::futures::Notified) first, look second, wait third: then nothing is missed.
#[derive(Debug, Default)]
pub struct Wake {
    /// Something can be claimed.
    pub work: Notify,
    /// A command or a job has ended.
    pub changed: Notify,
}

impl Wake {
    /// Something can be claimed now.
    pub fn tell_work(&self) {
        self.work.notify_waiters();
    }

    /// A command or a job has ended.
    pub fn tell_changed(&self) {
        self.changed.notify_waiters();
    }
}
