//! Jobs: requests to do something once over a connection.

mod due;

use crate::event::Happened;
use crate::lease::Ending;
use crate::store::{self, Change, moment};
use crate::{
    Attempt, By, Connection, ConnectionId, ConnectionStatus, ControlPlane, Error, JobId, Page, Result, WorkspaceId,
};
use jiff::Timestamp;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, StreamDescriptor};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

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
        let mut change = self.store().change().await?;
        let connection = self.locked_connection(&mut change, start.connection_id).await?;
        let key = start.idempotency_key.as_deref();
        if let Some(key) = key
            && let Some(job) = store::job::of_key(&mut *change, connection.id, key).await?
        {
            return Ok(job);
        }
        may_run(&connection, start.kind)?;
        let requests = self.requests(&mut change, &connection, &start).await?;
        let job = self.add_job(&mut change, &connection, start.kind, start.trigger, requests, key).await?;
        let Some(job) = job else {
            let message = format!("A sync is already running for: {}", connection.id);
            return Err(Error::conflict("job.already_running", message));
        };
        let next = connection.schedule.next_after_manual_run(connection.next_run_at, job.created_at);
        if next != connection.next_run_at && connection.status == ConnectionStatus::Active {
            store::connection::set_next_run(&mut change, connection.id, next.map(moment::milliseconds)).await?;
        }
        self.note_job(&mut change, by, &job, "started").await?;
        change.commit().await?;
        self.wake().tell_work();
        Ok(job)
    }

    /// Makes a job that can be claimed now; `None` when the connection has one.
    pub(crate) async fn add_job(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
        kind: JobKind,
        trigger: Trigger,
        streams: Vec<StreamRequest>,
        key: Option<&str>,
    ) -> Result<Option<Job>> {
        let now = self.now();
        let mut job = Job {
            id: JobId(0),
            connection_id: connection.id,
            workspace_id: connection.workspace_id,
            kind,
            trigger,
            status: JobStatus::Pending,
            streams,
            attempts: 1,
            records_committed: 0,
            bytes_committed: 0,
            failure: None,
            created_at: now,
            started_at: None,
            updated_at: now,
            ended_at: None,
            next_attempt_at: Some(now),
        };
        let Some(id) = store::job::insert(change, &job, key).await? else { return Ok(None) };
        job.id = id;
        if kind.clears() {
            let streams: Vec<StreamDescriptor> = job.streams.iter().map(|request| request.stream.clone()).collect();
            store::state::put_clears(change, connection.id, &streams, moment::milliseconds(now)).await?;
        }
        Ok(Some(job))
    }

    /// The streams that a job refreshes or clears.
    async fn requests(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
        start: &StartJob,
    ) -> Result<Vec<StreamRequest>> {
        if start.kind == JobKind::Sync {
            return Ok(Vec::new());
        }
        let streams = chosen(connection, start.streams.as_deref())?;
        let refresh = (!start.kind.clears()).then_some(start.refresh);
        if refresh.is_some() && !self.takes_refreshes(change, connection).await? {
            let message =
                "the destination cannot refresh: it does not tell generations of rows apart; clear the streams instead";
            return Err(Error::invalid("refresh.not_supported", message));
        }
        let selected = connection.streams.iter().filter(|stream| stream.is_selected).count();
        let kind = store::state::kind(change, connection.id).await?;
        if kind.as_deref() == Some("legacy") && streams.len() < selected {
            let message = "the source keeps one state for all streams: clear or refresh all of them, not some";
            return Err(Error::conflict("state.legacy", message));
        }
        Ok(streams.into_iter().map(|stream| StreamRequest { stream, refresh }).collect())
    }

    /// A job.
    ///
    /// # Errors
    /// When there is none.
    pub async fn job(&self, id: JobId) -> Result<Job> {
        store::job::get(self.store().reader(), id).await?.ok_or_else(|| Error::not_found("job", id))
    }

    /// Jobs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&self, filter: &JobFilter, order: JobOrder, page: Page) -> Result<Vec<Job>> {
        store::job::list(self.store().reader(), self.store().dialect, filter, order, page).await
    }

    /// The last job of each of these connections.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_jobs(&self, connections: &[ConnectionId]) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for connections in connections.chunks(1000) {
            jobs.extend(store::job::last_of(self.store().reader(), connections).await?);
        }
        Ok(jobs)
    }

    /// Ends a job. One that no worker has is cancelled at once; else its worker is told within its next heartbeat, and the
    /// job is still running in what is returned.
    ///
    /// # Errors
    /// `job.not_running`.
    pub async fn cancel_job(&self, by: By, id: JobId) -> Result<Job> {
        let connection_id = self.job(id).await?.connection_id;
        let mut change = self.store().change().await?;
        let connection = store::connection::lock(&mut change, connection_id).await?;
        let worked = store::job::lock(&mut change, id, None).await?.ok_or_else(|| Error::not_found("job", id))?;
        if worked.job.status.is_terminal() {
            return Err(Error::conflict("job.not_running", "Job is not currently running"));
        }
        self.note_job(&mut change, by, &worked.job, "cancelled").await?;
        let job = self.cancel(&mut change, connection.as_ref(), worked).await?;
        change.commit().await?;
        self.wake().tell_changed();
        Ok(job)
    }

    pub(crate) async fn cancel(
        &self,
        change: &mut Change<'_>,
        connection: Option<&Connection>,
        worked: store::job::Worked,
    ) -> Result<Job> {
        if worked.job.status == JobStatus::Running {
            store::job::request_cancel(change, worked.job.id, moment::milliseconds(self.now())).await?;
            return Ok(worked.job);
        }
        self.end_attempt(change, connection, worked, Ending::of_cancelled(vec![cancelled()])).await
    }

    pub(crate) async fn note_job(&self, change: &mut Change<'_>, by: By, job: &Job, action: &str) -> Result<()> {
        let mut what = Happened::new("connection", job.connection_id, "", "").within(Some(job.workspace_id));
        let action = format!("job_{action}");
        what.action = &action;
        what.summary = serde_json::json!({ "job_id": job.id, "kind": job.kind, "trigger": job.trigger });
        self.note(change, by, what).await
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
        store::attempt::list(self.store().reader(), jobs).await
    }
}

/// A connection that is switched off can still be emptied.
fn may_run(connection: &Connection, kind: JobKind) -> Result<()> {
    let name = &connection.name;
    match connection.status {
        ConnectionStatus::Active => Ok(()),
        ConnectionStatus::Inactive if kind.clears() => Ok(()),
        ConnectionStatus::Locked => {
            Err(Error::conflict("connection.locked", format!("the connection `{name}` is locked")))
        }
        ConnectionStatus::Inactive | ConnectionStatus::Deprecated => {
            let message = format!("the connection `{name}` is inactive; set its status to active to run it");
            Err(Error::conflict("connection.inactive", message))
        }
    }
}

/// The streams that are meant; each must be of the connection, and is there once.
fn chosen(connection: &Connection, streams: Option<&[StreamDescriptor]>) -> Result<Vec<StreamDescriptor>> {
    let selected = connection.streams.iter().filter(|stream| stream.is_selected).map(|stream| stream.descriptor());
    let selected: HashSet<StreamDescriptor> = selected.collect();
    let mut chosen: Vec<StreamDescriptor> = match streams {
        None => selected.iter().cloned().collect(),
        Some(streams) => streams.iter().cloned().collect::<HashSet<_>>().into_iter().collect(),
    };
    if let Some(unknown) = chosen.iter().find(|stream| !selected.contains(stream)) {
        let message = format!("the connection does not sync the stream `{unknown}`");
        return Err(Error::invalid("connection.stream_unknown", message));
    }
    chosen.sort();
    Ok(chosen)
}

fn cancelled() -> FailureReason {
    let message = "the job was cancelled before a worker took it";
    FailureReason::new(FailureOrigin::Platform, FailureKind::Cancelled, "job.cancelled", message)
}
