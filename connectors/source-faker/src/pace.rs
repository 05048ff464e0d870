//! Keeps a stream from being faster than it was asked to be.

use crate::config::Rate;
use longshore_connector_kit::{Failure, StreamOutput};
use std::time::{Duration, Instant};

/// Being early by less than this is no reason to sleep: the records come in small bursts.
const BURST: Duration = Duration::from_millis(5);
/// A signal is noticed after this time at the latest.
const LONGEST_SLEEP: Duration = Duration::from_millis(100);

/// Counts records against the clock.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<Rate>,
    started: Instant,
    records: u64,
}

impl Pace {
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        Self { rate, started: Instant::now(), records: 0 }
    }

    /// Returns when the next record may go. What was emitted before is written out first, if there is time.
    ///
    /// # Errors
    /// After a signal.
    #[inline]
    pub(crate) fn wait(&mut self, output: &mut StreamOutput<'_>) -> Result<(), Failure> {
        match self.rate {
            None => Ok(()),
            Some(rate) => self.sleep_until_due(rate, output),
        }
    }

    fn sleep_until_due(&mut self, rate: Rate, output: &mut StreamOutput<'_>) -> Result<(), Failure> {
        let due = Duration::try_from_secs_f64(self.records as f64 / rate.per_second()).unwrap_or(Duration::MAX);
        self.records += 1;
        loop {
            let early = due.saturating_sub(self.started.elapsed());
            if early < BURST {
                return Ok(());
            }
            output.flush()?;
            std::thread::sleep(early.min(LONGEST_SLEEP));
        }
    }
}
