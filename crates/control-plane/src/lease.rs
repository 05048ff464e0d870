//! What a worker does with a job: it takes it for a while, says that it is still at it, stores what it has reached, and gives
//! it back. Every write is conditional on the token of its lease: a worker that was taken for dead changes nothing any more.

mod claim;
mod ending;

pub(crate) use ending::Ending;

use crate::attempt::{AttemptStream, Dropped};
use crate::store::{self, Change, moment};
use crate::{Connection, ConnectionId, ControlPlane, Error, Hydrated, Job, JobId, Result};
use longshore_protocol::{ConfiguredStream, FailureReason, State, StateKind, StreamDescriptor};
use std::time::Duration;
use uuid::Uuid;

/// The right to work on a job, for a while.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The connection.
    pub connection_id: ConnectionId,
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

impl Lease {
    pub(crate) fn key(&self) -> (JobId, i64) {
        (self.job_id, self.attempt_number)
    }

    pub(crate) fn token(&self) -> String {
        self.token.to_string()
    }

    pub(crate) fn lost(&self) -> Error {
        let message = format!("another worker has job {}: this one was not heard of for too long", self.job_id);
        Error::conflict("job.lease_lost", message)
    }
}

impl ControlPlane {
    /// Says that the worker is still at it, and how far it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heartbeat(&self, lease: &Lease, progress: Option<&[AttemptStream]>) -> Result<LeaseStatus> {
        let until = moment::milliseconds(self.now()).saturating_add(milliseconds(lease.duration));
        let mut change = self.store().change().await?;
        let Some(is_cancelled) = store::job::renew(&mut *change, lease.job_id, &lease.token(), until).await? else {
            return Ok(LeaseStatus::Lost);
        };
        if let Some(streams) = progress {
            self.count(&mut change, lease, streams, 0).await?;
        }
        change.commit().await?;
        Ok(if is_cancelled { LeaseStatus::CancelRequested } else { LeaseStatus::Held })
    }

    /// Stores states and counts, both or neither.
    ///
    /// # Errors
    /// `job.lease_lost`; `state.invalid`, `state.kind_changed`.
    pub async fn commit_checkpoint(&self, lease: &Lease, checkpoint: &Checkpoint) -> Result<()> {
        let states: Vec<State> = checkpoint.states.iter().map(|text| parsed(text)).collect::<Result<_>>()?;
        let now = moment::milliseconds(self.now());
        let mut change = self.store().change().await?;
        let until = now.saturating_add(milliseconds(lease.duration));
        store::job::renew(&mut *change, lease.job_id, &lease.token(), until).await?.ok_or_else(|| lease.lost())?;
        store_states(&mut change, lease, &states, now).await?;
        let stored = i64::try_from(states.len()).unwrap_or_default();
        self.count(&mut change, lease, &checkpoint.streams, stored).await?;
        store::attempt::complete(&mut change, lease.key(), &checkpoint.complete).await?;
        change.commit().await.map_err(Error::from)
    }

    /// Writes counts; only while the lease is held.
    async fn count(
        &self,
        change: &mut Change<'_>,
        lease: &Lease,
        streams: &[AttemptStream],
        states: i64,
    ) -> Result<()> {
        if streams.is_empty() && states == 0 {
            return Ok(());
        }
        let now = moment::milliseconds(self.now());
        store::attempt::put_streams(change, lease.key(), streams).await?;
        let (records, bytes) = store::attempt::add_up(change, lease.key(), now, states).await?;
        let committed = (lease.carried_records + records, lease.carried_bytes + bytes);
        let held = store::job::count(change, lease.job_id, &lease.token(), committed).await?;
        held.map(|_| ()).ok_or_else(|| lease.lost())
    }
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn parsed(text: &str) -> Result<State> {
    let state: State = serde_json::from_str(text).map_err(|_| invalid("a state is not a STATE message"))?;
    if state.is_valid() { Ok(state) } else { Err(invalid("a state lacks what its type names")) }
}

fn invalid(message: &str) -> Error {
    Error::invalid("state.invalid", message)
}

async fn store_states(change: &mut Change<'_>, lease: &Lease, states: &[State], now: i64) -> Result<()> {
    let Some(last) = states.last() else { return Ok(()) };
    let (of, mark) = (lease.connection_id, (Some(lease.job_id), now));
    let stored = store::state::kind(change, of).await?;
    let kind = word(last.kind());
    match (stored.as_deref(), kind) {
        (Some("legacy"), "stream") => store::state::delete_all(change, of).await?,
        (Some("legacy") | None, _) => {}
        (Some(stored), kind) if stored == kind => {}
        (Some(stored), kind) => {
            let message = format!(
                "the source sends states of the kind {kind}, and those that are stored are of the kind {stored}; clear \
                 the connection to begin anew"
            );
            return Err(Error::conflict("state.kind_changed", message));
        }
    }
    match last.kind() {
        StateKind::Stream => store_stream_states(change, of, states, mark).await,
        StateKind::Global | StateKind::Legacy => {
            store::state::delete_all(change, of).await?;
            store::state::put(change, of, kind, &rows(last), mark).await
        }
    }
}

async fn store_stream_states(
    change: &mut Change<'_>,
    of: ConnectionId,
    states: &[State],
    mark: (Option<JobId>, i64),
) -> Result<()> {
    let mut last: Vec<&longshore_protocol::state::StreamState> = Vec::new();
    for stream in states.iter().filter_map(|state| state.stream.as_ref()) {
        last.retain(|earlier| earlier.stream_descriptor != stream.stream_descriptor);
        last.push(stream);
    }
    let gone: Vec<StreamDescriptor> = last
        .iter()
        .filter(|stream| stream.stream_state.is_none())
        .map(|stream| stream.stream_descriptor.clone())
        .collect();
    store::state::delete(change, of, &gone).await?;
    store::state::put(change, of, "stream", &stream_rows(last), mark).await
}

fn rows(state: &State) -> Vec<store::state::StateRow<'_>> {
    let shared = |state| store::state::StateRow { stream: None, state };
    match &state.global {
        Some(global) => {
            let streams = stream_rows(&global.stream_states);
            global.shared_state.iter().map(|blob| shared(blob.get())).chain(streams).collect()
        }
        None => state.data.iter().map(|blob| shared(blob.get())).collect(),
    }
}

fn stream_rows<'a>(
    streams: impl IntoIterator<Item = &'a longshore_protocol::state::StreamState>,
) -> Vec<store::state::StateRow<'a>> {
    let row = |stream: &'a longshore_protocol::state::StreamState| {
        let state = stream.stream_state.as_ref()?.get();
        Some(store::state::StateRow { stream: Some(&stream.stream_descriptor), state })
    };
    streams.into_iter().filter_map(row).collect()
}

fn word(kind: StateKind) -> &'static str {
    match kind {
        StateKind::Stream => "stream",
        StateKind::Global => "global",
        StateKind::Legacy => "legacy",
    }
}
