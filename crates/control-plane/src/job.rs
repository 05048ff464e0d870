//! Jobs: requests to do something once over a connection.

use crate::{Attempt, By, ConnectionId, ControlPlane, JobId, Page, Result, WorkspaceId};
use jiff::Timestamp;
use longshore_protocol::{FailureReason, StreamDescriptor};
use serde::{Deserialize, Serialize};

/// A request to do something once.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Over which connection.
    pub connection_id: ConnectionId,
    /// Where that is.
    pub workspace_id: WorkspaceId,
    /// What is to be done.
    pub kind: JobKind,
    /// Who asked for it.
    pub trigger: Trigger,
    /// How far it is.
    pub status: JobStatus,
    /// The streams that are refreshed or cleared; empty for a plain sync.
    pub streams: Vec<StreamRequest>,
    /// How many attempts it has had, with the one that runs.
    pub attempts: i64,
    /// Records that are stored with a state, over all attempts.
    pub records_committed: i64,
    /// Bytes of their data.
    pub bytes_committed: i64,
    /// Why it failed, or why its last attempt did.
    pub failure: Option<FailureReason>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When a worker took it first.
    pub started_at: Option<Timestamp>,
    /// When its status changed last.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it is tried again, if it waits for that.
    pub next_attempt_at: Option<Timestamp>,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Moves data.
    Sync,
    /// Moves data, that of some streams from the beginning.
    Refresh,
    /// Empties streams at the destination, and forgets their states.
    Clear,
    /// The same under its old name.
    Reset,
}

impl JobKind {
    /// Whether it empties streams and reads nothing.
    #[must_use]
    pub fn clears(self) -> bool {
        matches!(self, Self::Clear | Self::Reset)
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// No worker has taken it yet.
    Pending,
    /// A worker is at it.
    Running,
    /// An attempt has failed, another will follow.
    Incomplete,
    /// It has failed.
    Failed,
    /// Everything that was to be done is proven to be done.
    Succeeded,
    /// Somebody asked for its end.
    Cancelled,
}

impl JobStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Failed | Self::Succeeded | Self::Cancelled)
    }
}

/// Who asked for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person.
    Manual,
    /// The schedule of the connection.
    Schedule,
    /// A program.
    Api,
}

/// A stream that a job refreshes or clears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRequest {
    /// The stream.
    pub stream: StreamDescriptor,
    /// How it is refreshed; absent where it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshKind>,
}

/// What becomes of the old rows of a stream that is read from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshKind {
    /// They stay.
    #[default]
    Merge,
    /// They go once the stream is complete.
    Truncate,
}

/// A job that is to be started.
#[derive(Debug, Clone)]
pub struct StartJob {
    /// Over which connection.
    pub connection_id: ConnectionId,
    /// What is to be done.
    pub kind: JobKind,
    /// To which streams; to all that are selected when absent. A plain sync takes all in any case.
    pub streams: Option<Vec<StreamDescriptor>>,
    /// How a refresh treats old rows.
    pub refresh: RefreshKind,
    /// Who asks for it.
    pub trigger: Trigger,
    /// The same key gives the same job, however often it is sent.
    pub idempotency_key: Option<String>,
}

impl StartJob {
    /// A plain sync that a program asks for.
    #[must_use]
    pub fn sync(connection_id: ConnectionId) -> Self {
        Self {
            connection_id,
            kind: JobKind::Sync,
            streams: None,
            refresh: RefreshKind::Merge,
            trigger: Trigger::Api,
            idempotency_key: None,
        }
    }
}

/// Which jobs are asked for; what is absent does not matter.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct JobFilter {
    pub connections: Option<Vec<ConnectionId>>,
    pub workspaces: Option<Vec<WorkspaceId>>,
    pub kinds: Option<Vec<JobKind>>,
    pub statuses: Option<Vec<JobStatus>>,
    pub created_start: Option<Timestamp>,
    pub created_end: Option<Timestamp>,
    pub updated_start: Option<Timestamp>,
    pub updated_end: Option<Timestamp>,
}

/// In which order jobs are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobOrder {
    /// By which time.
    pub by: JobTime,
    /// The newest first.
    pub descending: bool,
}

/// A time of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum JobTime {
    #[default]
    CreatedAt,
    UpdatedAt,
}

impl ControlPlane {
    /// Starts a job; a worker takes it as soon as one is free. Its first attempt is there at once.
    ///
    /// # Errors
    /// `job.already_running`, `connection.inactive`, `connection.locked`, `connection.stream_unknown`,
    /// `refresh.not_supported`, `state.legacy`.
    pub async fn start_job(&self, by: By, start: StartJob) -> Result<Job> {
        let _ = (by, start);
        unimplemented!()
    }

    /// A job.
    ///
    /// # Errors
    /// When there is none.
    pub async fn job(&self, id: JobId) -> Result<Job> {
        let _ = id;
        unimplemented!()
    }

    /// Jobs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&self, filter: &JobFilter, order: JobOrder, page: Page) -> Result<Vec<Job>> {
        let _ = (filter, order, page);
        unimplemented!()
    }

    /// The last job of each of these connections.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_jobs(&self, connections: &[ConnectionId]) -> Result<Vec<Job>> {
        let _ = connections;
        unimplemented!()
    }

    /// Ends a job. One that no worker has is cancelled at once; else its worker is told within its next heartbeat, and the
    /// job is still running in what is returned.
    ///
    /// # Errors
    /// `job.not_running`.
    pub async fn cancel_job(&self, by: By, id: JobId) -> Result<Job> {
        let _ = (by, id);
        unimplemented!()
    }

    /// The attempts of a job, the first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts(&self, job: JobId) -> Result<Vec<Attempt>> {
        self.attempts_of(&[job]).await
    }

    /// The attempts of several jobs, by job and number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts_of(&self, jobs: &[JobId]) -> Result<Vec<Attempt>> {
        let _ = jobs;
        unimplemented!()
    }
}
