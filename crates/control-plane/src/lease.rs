//! What a worker does with a job: it takes it for a while, says that it is still at it, stores what it has reached, and gives
//! it back. Every write is conditional on the token of its lease: a worker that was taken for dead changes nothing any more.

use crate::attempt::{AttemptStream, Dropped};
use crate::{Connection, ControlPlane, Hydrated, Job, JobId, LogLine, Result};
use longshore_protocol::{ConfiguredStream, FailureReason, StreamDescriptor};
use std::time::Duration;
use uuid::Uuid;

/// The right to work on a job, for a while.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The attempt that is being made.
    pub attempt_number: i64,
    pub(crate) token: Uuid,
    pub(crate) duration: Duration,
    /// What earlier attempts have committed for good.
    pub(crate) carried_records: i64,
    pub(crate) carried_bytes: i64,
}

/// What is left of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseStatus {
    /// It goes on.
    Held,
    /// Somebody wants the end: stop, and say so.
    CancelRequested,
    /// Somebody else has the job: stop at once, and write nothing.
    Lost,
}

/// A job that a worker has taken, with all that it needs.
pub struct ClaimedJob {
    /// The job.
    pub job: Job,
    /// The right to work on it.
    pub lease: Lease,
    /// The connection.
    pub connection: Connection,
    /// Whom to read from; absent for a job that clears.
    pub source: Option<Hydrated>,
    /// Whom to write to.
    pub destination: Hydrated,
    /// The streams to sync, or to clear, with their generations and the number of the job.
    pub streams: Vec<PlannedStream>,
    /// What `--state` gets: a JSON array, or the bare blob of a LEGACY state. `None` when there is no state.
    pub states: Option<String>,
    /// Whether the job before did not succeed, or this is not the first attempt: then both sides are checked first.
    pub needs_check: bool,
}

/// A stream of an attempt.
#[derive(Debug, Clone)]
pub struct PlannedStream {
    /// As configured, with `generation_id`, `minimum_generation_id` and `sync_id`.
    pub configured: ConfiguredStream,
    /// The top-level fields to keep; all when absent.
    pub selected_fields: Option<Vec<String>>,
    /// An earlier attempt of this job moved all of it.
    pub already_complete: bool,
}

/// What is proven to have arrived.
#[derive(Debug, Clone, Default)]
pub struct Checkpoint {
    /// States as JSON texts of STATE payloads (`State::stored`), at most one for each stream, or one for all.
    pub states: Vec<String>,
    /// Streams that are read to the end, and of which everything is acknowledged.
    pub complete: Vec<StreamDescriptor>,
    /// Counts of the streams that have changed: totals of the attempt.
    pub streams: Vec<AttemptStream>,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct AttemptEnd {
    /// As what.
    pub status: EndStatus,
    /// Why, unless it succeeded: the first reason first.
    pub failures: Vec<FailureReason>,
    /// What did not reach the destination.
    pub dropped: Vec<Dropped>,
    /// The counts of each stream.
    pub streams: Vec<AttemptStream>,
    /// Whether at least one record was committed, or refused by the destination.
    pub has_progress: bool,
}

/// As what an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndStatus {
    /// All is proven.
    Succeeded,
    /// Both connectors ended well, and something is not proven.
    Incomplete,
    /// Something failed.
    Failed,
    /// Somebody asked for the end.
    Cancelled,
}

impl ControlPlane {
    /// Makes the jobs of the connections that are due, each once however many processes ask. A connection that has a job is
    /// due right after that. Says how many were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_schedules(&self, limit: u32) -> Result<usize> {
        let _ = limit;
        unimplemented!()
    }

    /// Takes the job that has waited longest, if there is one.
    ///
    /// # Errors
    /// When the database fails. A job whose connectors cannot be made ready is ended as failed, and the next one is taken.
    pub async fn claim_job(&self, worker: &str, lease: Duration) -> Result<Option<ClaimedJob>> {
        let _ = (worker, lease);
        unimplemented!()
    }

    /// Says that the worker is still at it, and how far it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heartbeat(&self, lease: &Lease, progress: Option<&[AttemptStream]>) -> Result<LeaseStatus> {
        let _ = (lease, progress);
        unimplemented!()
    }

    /// Stores states and counts, both or neither.
    ///
    /// # Errors
    /// `job.lease_lost`; `state.invalid`.
    pub async fn commit_checkpoint(&self, lease: &Lease, checkpoint: &Checkpoint) -> Result<()> {
        let _ = (lease, checkpoint);
        unimplemented!()
    }

    /// Adds lines to the attempt's log.
    ///
    /// # Errors
    /// `job.lease_lost`.
    pub async fn append_log(&self, lease: &Lease, lines: Vec<LogLine>) -> Result<()> {
        let _ = (lease, lines);
        unimplemented!()
    }

    /// Ends the attempt, and decides what becomes of the job.
    ///
    /// # Errors
    /// `job.lease_lost`.
    pub async fn finish_attempt(&self, lease: &Lease, end: AttemptEnd) -> Result<Job> {
        let _ = (lease, end);
        unimplemented!()
    }

    /// Gives the job back, since the worker is stopping: another takes it at once, and it is not counted as a failure.
    ///
    /// # Errors
    /// `job.lease_lost`.
    pub async fn release(&self, lease: &Lease) -> Result<()> {
        let _ = lease;
        unimplemented!()
    }

    /// Takes jobs from workers that have not been heard of. Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_over_expired(&self) -> Result<usize> {
        unimplemented!()
    }
}
