//! Attempts: tries of a job, with what they moved.

use crate::JobId;
use jiff::Timestamp;
use longshore_protocol::{FailureReason, StreamDescriptor};
use serde::{Deserialize, Serialize};

/// One try of a job.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Of which job.
    pub job_id: JobId,
    /// From 0.
    pub number: i64,
    /// How far it is.
    pub status: AttemptStatus,
    /// Why it failed: the first reason first.
    pub failures: Vec<FailureReason>,
    /// What the source printed and what did not reach the destination.
    pub dropped: Vec<Dropped>,
    /// Records that went to the destination.
    pub records_emitted: i64,
    /// Bytes of their data.
    pub bytes_emitted: i64,
    /// Of the records, those that are stored with a state.
    pub records_committed: i64,
    /// Bytes of their data.
    pub bytes_committed: i64,
    /// States that were stored.
    pub states_emitted: i64,
    /// The same for each stream.
    pub streams: Vec<AttemptStream>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AttemptStatus {
    Running,
    Failed,
    Succeeded,
}

/// What an attempt moved of a stream: totals of the attempt, not differences.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AttemptStream {
    pub stream: StreamDescriptor,
    pub status: StreamRunStatus,
    pub records_emitted: i64,
    pub bytes_emitted: i64,
    pub records_committed: i64,
    pub bytes_committed: i64,
    pub estimated_records: Option<i64>,
}

/// How far a stream is within an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum StreamRunStatus {
    #[default]
    Pending,
    Running,
    RateLimited,
    Complete,
    Incomplete,
}

/// Lines of one kind that did not reach the destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The stream, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: i64,
}
