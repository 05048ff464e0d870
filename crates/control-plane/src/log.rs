//! The log of an attempt: bounded; the first lines and the last ones are kept.

use crate::{ControlPlane, JobId, Result};
use jiff::Timestamp;
use longshore_protocol::{FailureOrigin, LogLevel};

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number within the attempt, from 1; given by the store.
    pub line: i64,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub origin: FailureOrigin,
    /// How important it is.
    pub level: LogLevel,
    /// What it says; never holds a secret.
    pub text: String,
}

impl ControlPlane {
    /// Lines of an attempt's log, those with a number above `after`. Where lines were left out, one says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_lines(&self, job: JobId, attempt: i64, after: i64, limit: u32) -> Result<Vec<LogLine>> {
        let _ = (job, attempt, after, limit);
        unimplemented!()
    }
}
