//! What a run has to say, on its way to the log of its attempt: without secrets, and bounded.

use crate::secrets::Secrets;
use jiff::Timestamp;
use longshore_control_plane::{ControlPlane, Lease, LogLine, Result};
use longshore_protocol::{FailureOrigin, FailureReason, LogLevel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More lines than this do not wait for the next time that the log is written.
const MOST_WAITING: usize = 5000;

/// Nor more bytes.
const MOST_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// A longer text is cut.
const LONGEST_BYTES: usize = 32 * 1024;

/// The longest message and the longest detail of a failure, as clients expect them.
const LONGEST_MESSAGE_BYTES: usize = 50_000;
const LONGEST_DETAIL_BYTES: usize = 100_000;

/// The log of one run; clones are of the same.
#[derive(Clone, Default)]
pub(crate) struct Journal {
    pages: Arc<Mutex<Pages>>,
    /// Held while lines are written, so that they stay in order.
    writing: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Pages {
    secrets: Secrets,
    waiting: Vec<LogLine>,
    waiting_bytes: usize,
    left_out: u64,
}

impl Journal {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the run's secrets be known before anything is noted.
    pub(crate) fn keep_secret(&self, learn: impl FnOnce(&mut Secrets)) {
        learn(&mut self.pages().secrets);
    }

    /// Notes a line.
    pub(crate) fn note(&self, origin: FailureOrigin, level: LogLevel, text: &str) {
        let mut pages = self.pages();
        if pages.waiting.len() >= MOST_WAITING || pages.waiting_bytes >= MOST_WAITING_BYTES {
            pages.left_out += 1;
            return;
        }
        let text = cut(pages.secrets.hide(text.trim_end()), LONGEST_BYTES);
        pages.waiting_bytes += text.len();
        pages.waiting.push(line(origin, level, text));
    }

    /// Notes a line of Longshore's own.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        self.note(FailureOrigin::Platform, LogLevel::Info, text.as_ref());
    }

    /// Takes what has not been written yet.
    pub(crate) fn take(&self) -> Vec<LogLine> {
        let mut pages = self.pages();
        pages.waiting_bytes = 0;
        let mut entries = std::mem::take(&mut pages.waiting);
        let left_out = std::mem::take(&mut pages.left_out);
        if left_out > 0 {
            let text = format!("{left_out} lines came faster than they could be kept, and are left out");
            entries.push(line(FailureOrigin::Platform, LogLevel::Warn, text));
        }
        entries
    }

    /// Writes it to the attempt's log. What cannot be written now is kept for the next time.
    ///
    /// # Errors
    /// `job.lease_lost`, `database.*`.
    pub(crate) async fn write(&self, plane: &ControlPlane, lease: &Lease) -> Result<()> {
        let _writing = self.writing.lock().await;
        let lines = self.take();
        if lines.is_empty() {
            return Ok(());
        }
        let written = plane.append_log(lease, lines.clone()).await;
        if written.is_err() {
            let mut pages = self.pages();
            pages.waiting_bytes += lines.iter().map(|line| line.text.len()).sum::<usize>();
            pages.waiting.splice(0..0, lines);
        }
        written
    }

    /// The text without the run's secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.pages().secrets.hide(text)
    }

    /// The failure without the run's secrets, and no longer than is kept.
    pub(crate) fn hide_in(&self, reason: FailureReason) -> FailureReason {
        let pages = self.pages();
        let message = cut(pages.secrets.hide(&reason.message), LONGEST_MESSAGE_BYTES);
        let detail = reason.detail.map(|detail| cut(pages.secrets.hide(&detail), LONGEST_DETAIL_BYTES));
        FailureReason { message, detail, ..reason }
    }
}

/// Its number is given by the store.
fn line(origin: FailureOrigin, level: LogLevel, text: String) -> LogLine {
    LogLine { line: 0, at: Timestamp::now(), origin, level, text }
}

fn cut(mut text: String, longest_bytes: usize) -> String {
    if text.len() > longest_bytes {
        text.truncate(text.floor_char_boundary(longest_bytes));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_said_to_be() {
        let journal = Journal::default();
        for _ in 0..MOST_WAITING + 7 {
            journal.note(FailureOrigin::Source, LogLevel::Info, "again");
        }
        let entries = journal.take();
        assert_eq!(entries.len(), MOST_WAITING + 1);
        assert!(entries[MOST_WAITING].text.starts_with("7 lines"), "{}", entries[MOST_WAITING].text);
        assert!(journal.take().is_empty());
    }

    #[test]
    fn secrets_are_blackened_before_a_text_is_cut() {
        let journal = Journal::default();
        journal.keep_secret(|secrets| secrets.add(r#"{"password":"s3cr3t-value"}"#));
        let text = format!("{}s3cr3t-value", "ä".repeat(LONGEST_BYTES / 2 - 3));
        journal.note(FailureOrigin::Source, LogLevel::Info, &text);
        let kept = &journal.take()[0].text;
        assert!(!kept.contains("s3c") && kept.len() <= LONGEST_BYTES + 3, "{}", &kept[kept.len() - 20..]);
    }
}
