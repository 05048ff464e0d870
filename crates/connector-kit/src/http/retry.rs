//! How often, and for how long, a request is tried again.

use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;

/// How a request that failed for the moment is tried again: after one second, then after twice as long each time, with a
/// random part so that several connectors do not come at once; as long as a server says when it says so. Only what may
/// pass is tried again: refused and broken connections, timeouts, 408, 425, 429 and 5xx.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    first: Duration,
    longest: Duration,
    total: Duration,
}

impl Default for Retry {
    /// 1 second, up to 60 seconds, 10 minutes in all.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(60), total: Duration::from_secs(600) }
    }
}

impl Retry {
    /// Waits this long before the first try after a failure.
    #[must_use]
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first = wait;
        self
    }

    /// Never waits longer than this by itself; a server may ask for more.
    #[must_use]
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest = wait;
        self
    }

    /// Gives up when one request would take longer than this, waits included. A wait that a server asks for counts.
    #[must_use]
    pub fn give_up_after(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    pub(crate) fn total(&self, patience: Option<Duration>) -> Duration {
        patience.map_or(self.total, |patience| patience.min(self.total))
    }

    /// The waits, one after the other.
    pub(crate) fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        let growing = ExponentialBuilder::default().with_min_delay(self.first).with_max_delay(self.longest);
        growing.with_jitter().without_max_times().build()
    }
}
