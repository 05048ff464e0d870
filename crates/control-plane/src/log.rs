//! The log of an attempt: bounded; the first lines and the last ones are kept.

use crate::store::log::Bounds;
use crate::store::{self, Change};
use crate::{ControlPlane, JobId, Lease, Result};
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

/// Half of what is kept: so much from the beginning, and so much from the end.
const HALF_LINES: i64 = 5_000;
const HALF_BYTES: i64 = 2 * 1024 * 1024;

/// A longer line is cut.
const LINE_BYTES: usize = 32 * 1024;

impl ControlPlane {
    /// Adds lines to the attempt's log; their numbers are given here.
    ///
    /// # Errors
    /// `job.lease_lost`.
    pub async fn append_log(&self, lease: &Lease, lines: Vec<LogLine>) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let key = (lease.job_id, lease.attempt_number);
        let mut change = self.store().change().await?;
        let bounds = store::log::lock(&mut change, key, &lease.token()).await?.ok_or_else(|| lease.lost())?;
        let (mut bounds, lines) = place(bounds, lines);
        store::log::insert(&mut change, key, &lines).await?;
        if is_too_long(&bounds) {
            shorten(&mut change, key, &mut bounds).await?;
        }
        store::log::set(&mut change, key, bounds).await?;
        change.commit().await?;
        Ok(())
    }

    /// Lines of an attempt's log, those with a number above `after`. Where lines were left out, one says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_lines(&self, job: JobId, attempt: i64, after: i64, limit: u32) -> Result<Vec<LogLine>> {
        let key = (job, attempt);
        let Some(bounds) = store::log::get(self.store().reader(), key).await? else { return Ok(Vec::new()) };
        let mut lines = store::log::list(self.store().reader(), key, after, limit).await?;
        let left_out = bounds.tail_from - bounds.head_lines - 1;
        if left_out > 0 && after < bounds.tail_from {
            let at = lines.partition_point(|line| line.line <= bounds.head_lines);
            if let Some(next) = lines.get(at).map(|line| line.at) {
                lines.insert(at, gap(&bounds, left_out, next));
                lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            }
        }
        Ok(lines)
    }
}

/// Numbers the lines, and says whether the first ones still take them in.
fn place(mut bounds: Bounds, mut lines: Vec<LogLine>) -> (Bounds, Vec<LogLine>) {
    for line in &mut lines {
        cut(&mut line.text);
        bounds.lines += 1;
        line.line = bounds.lines;
        let size = i64::try_from(line.text.len()).unwrap_or(i64::MAX);
        let fits = bounds.head_lines < HALF_LINES && bounds.head_bytes + size <= HALF_BYTES;
        if bounds.tail_from == 0 && fits {
            bounds.head_lines += 1;
            bounds.head_bytes += size;
        } else {
            bounds.tail_from = if bounds.tail_from == 0 { line.line } else { bounds.tail_from };
            bounds.tail_bytes += size;
        }
    }
    (bounds, lines)
}

fn cut(text: &mut String) {
    // A NUL is no text for every database.
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
    if text.len() <= LINE_BYTES {
        return;
    }
    let at = text.floor_char_boundary(LINE_BYTES);
    let left_out = text.len() - at;
    text.truncate(at);
    text.push_str(&format!(" … ({left_out} bytes more)"));
}

fn is_too_long(bounds: &Bounds) -> bool {
    bounds.tail_from > 0 && (bounds.lines - bounds.tail_from >= HALF_LINES || bounds.tail_bytes > HALF_BYTES)
}

/// Leaves half of the last lines, so that it is not to be done again soon.
async fn shorten(change: &mut Change<'_>, key: (JobId, i64), bounds: &mut Bounds) -> Result<()> {
    let (mut lines, mut bytes, mut from) = (0, 0, bounds.lines + 1);
    for (line, size) in store::log::sizes(change, key, bounds.tail_from).await? {
        if lines >= HALF_LINES / 2 || bytes + size > HALF_BYTES / 2 {
            break;
        }
        (lines, bytes, from) = (lines + 1, bytes + size, line);
    }
    store::log::delete(change, key, bounds.tail_from, from).await?;
    (bounds.tail_from, bounds.tail_bytes) = (from, bytes);
    Ok(())
}

fn gap(bounds: &Bounds, left_out: i64, at: Timestamp) -> LogLine {
    LogLine {
        line: bounds.tail_from - 1,
        at,
        origin: FailureOrigin::Platform,
        level: LogLevel::Warn,
        text: format!("{left_out} lines were left out here: a log keeps its first lines and its last ones"),
    }
}
