//! The one retry policy. Pure.

use longshore_protocol::FailureKind;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const SUCCESSIVE_WITHOUT_PROGRESS: i64 = 5;
const TOTAL_WITHOUT_PROGRESS: i64 = 10;
const SUCCESSIVE_WITH_PROGRESS: i64 = 1000;
const TOTAL_WITH_PROGRESS: i64 = 20;

const FIRST_PAUSE: Duration = Duration::from_secs(10);
const FACTOR: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 60);

/// How often the attempts of a job have failed so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// In a row, without a record committed.
    pub successive_without_progress: i64,
    /// In all, without a record committed.
    pub total_without_progress: i64,
    /// In a row, with progress.
    pub successive_with_progress: i64,
    /// In all, with progress.
    pub total_with_progress: i64,
}

/// What follows on a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt, after a pause.
    Attempt {
        /// How long to wait.
        pause: Duration,
    },
    /// The job has failed.
    GiveUp,
}

impl Failures {
    /// Counts a failed attempt and says what follows. `kind` is that of the first reason.
    #[must_use]
    pub fn after(mut self, has_progress: bool, kind: Option<FailureKind>) -> (Self, Next) {
        if has_progress {
            self.successive_with_progress += 1;
            self.total_with_progress += 1;
            self.successive_without_progress = 0;
        } else {
            self.successive_without_progress += 1;
            self.total_without_progress += 1;
            self.successive_with_progress = 0;
        }
        let next = match kind {
            Some(FailureKind::ConfigError | FailureKind::Cancelled) => Next::GiveUp,
            _ if self.is_at_a_limit() => Next::GiveUp,
            _ => Next::Attempt { pause: self.pause() },
        };
        (self, next)
    }

    fn is_at_a_limit(self) -> bool {
        self.successive_without_progress >= SUCCESSIVE_WITHOUT_PROGRESS
            || self.total_without_progress >= TOTAL_WITHOUT_PROGRESS
            || self.successive_with_progress >= SUCCESSIVE_WITH_PROGRESS
            || self.total_with_progress >= TOTAL_WITH_PROGRESS
    }

    fn pause(self) -> Duration {
        let Ok(times @ 1..) = u32::try_from(self.successive_without_progress) else { return Duration::ZERO };
        FIRST_PAUSE.saturating_mul(FACTOR.saturating_pow(times - 1)).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: Option<FailureKind> = Some(FailureKind::SystemError);

    /// The pauses until it gives up.
    fn pauses(failures: impl IntoIterator<Item = bool>) -> Vec<u64> {
        let mut counts = Failures::default();
        let mut pauses = Vec::new();
        for has_progress in failures {
            let next;
            (counts, next) = counts.after(has_progress, SYSTEM);
            match next {
                Next::Attempt { pause } => pauses.push(pause.as_secs()),
                Next::GiveUp => return pauses,
            }
        }
        panic!("it never gave up: {pauses:?}");
    }

    #[test]
    fn five_failures_in_a_row_that_commit_nothing_are_the_end() {
        assert_eq!(pauses(std::iter::repeat(false)), [10, 30, 90, 270]);
    }

    #[test]
    fn twenty_failures_with_progress_are_the_end_and_nobody_waits_between_them() {
        assert_eq!(pauses(std::iter::repeat(true)), [0; 19]);
    }

    #[test]
    fn progress_takes_the_pause_back_and_the_totals_stay() {
        let mut every_other = false;
        let alternating = std::iter::from_fn(|| {
            every_other = !every_other;
            Some(!every_other)
        });
        let pauses = pauses(alternating);
        assert_eq!(pauses.len(), 18); // the tenth without progress is the end
        assert!(pauses.iter().step_by(2).all(|pause| *pause == 10), "{pauses:?}");
        assert!(pauses.iter().skip(1).step_by(2).all(|pause| *pause == 0), "{pauses:?}");
    }

    #[test]
    fn a_pause_is_half_an_hour_at_most() {
        let many = Failures { successive_without_progress: 60, ..Failures::default() };
        assert_eq!(many.pause(), LONGEST_PAUSE);
    }

    #[test]
    fn a_configuration_that_is_wrong_is_not_tried_again() {
        let (counts, next) = Failures::default().after(true, Some(FailureKind::ConfigError));
        assert_eq!(next, Next::GiveUp);
        assert_eq!(counts.total_with_progress, 1);
        assert_eq!(Failures::default().after(false, Some(FailureKind::Cancelled)).1, Next::GiveUp);
    }

    #[test]
    fn a_failure_without_reason_is_tried_again() {
        assert_eq!(Failures::default().after(false, None).1, Next::Attempt { pause: FIRST_PAUSE });
    }
}
