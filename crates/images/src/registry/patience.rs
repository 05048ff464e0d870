//! How long a registry is waited for, and how often it is asked again.

use crate::http::{CONNECT_TIMEOUT, READ_TIMEOUT};
use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;

/// How long a registry is waited for. The default suits all but tests.
#[derive(Debug, Clone)]
pub struct Patience {
    /// The longest that a connection may take to come about.
    pub connect: Duration,
    /// The longest silence within an answer.
    pub silence: Duration,
    /// The pause before the second try; each further one is twice as long, with some chance in it.
    pub first_pause: Duration,
    /// How often something is tried, the first time included.
    pub tries: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, silence: READ_TIMEOUT, first_pause: Duration::from_millis(500), tries: 6 }
    }
}

/// The longest pause that a registry may ask for by `Retry-After`.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Patience {
    /// The pauses between tries.
    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(self.tries.saturating_sub(1))
            .build()
    }
}
