//! A worker takes a job: everything that it needs is brought together, and streams that start over lose their states.

use super::{ClaimedJob, Ending, Lease, PlannedStream};
use crate::generation::{Circumstances, with_generation};
use crate::job::StreamRequest;
use crate::store::attempt::Earlier;
use crate::store::{self, Change, moment};
use crate::{
    AttemptStream, Connection, ConnectionState, ControlPlane, Error, Hydrated, Job, JobStatus, Result,
    StoredStreamState, StreamRunStatus, StreamSelection,
};
use longshore_protocol::object::Extra;
use longshore_protocol::state::GlobalState;
use longshore_protocol::{RawJson, State, StateKind, StreamDescriptor};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

impl ControlPlane {
    /// Takes the job that has waited longest, if there is one.
    ///
    /// # Errors
    /// When the database fails. A job whose connectors cannot be made ready is ended as failed, and the next one is taken.
    pub async fn claim_job(&self, worker: &str, lease: Duration) -> Result<Option<ClaimedJob>> {
        loop {
            let Some((job, lease)) = self.take(worker, lease).await? else { return Ok(None) };
            match self.prepare(job, lease.clone()).await {
                Ok(claimed) => return Ok(Some(claimed)),
                Err(error @ Error::Database { .. }) => return Err(error),
                Err(error) if error.code() == "job.lease_lost" => {}
                Err(error) => self.finish(&lease, Ending::of_failed(error.into_reason())).await.map(|_| ())?,
            }
        }
    }

    async fn take(&self, worker: &str, duration: Duration) -> Result<Option<(Job, Lease)>> {
        let now = moment::milliseconds(self.now());
        let until = now.saturating_add(super::milliseconds(duration));
        let token = Uuid::new_v4();
        let mut change = self.store().change().await?;
        let who = (token.to_string(), worker);
        let job = store::job::claim(&mut change, self.store().dialect, (&who.0, who.1), (now, until)).await?;
        let Some(job) = job else { return Ok(None) };
        let attempt_number = job.attempts - 1;
        if attempt_number > 0 {
            store::job::insert_attempt(&mut change, job.id, attempt_number, now).await?;
        }
        change.commit().await?;
        let lease = Lease {
            job_id: job.id,
            connection_id: job.connection_id,
            attempt_number,
            token,
            duration,
            carried_records: 0,
            carried_bytes: 0,
        };
        Ok(Some((job, lease)))
    }

    async fn prepare(&self, mut job: Job, mut lease: Lease) -> Result<ClaimedJob> {
        let connection = self.connection(job.connection_id).await?;
        let destination = self.hydrate(connection.destination_id).await?;
        let source = if job.kind.clears() { None } else { Some(self.hydrate(connection.source_id).await?) };
        let mut change = self.store().change().await?;
        let held = store::job::lock(&mut change, job.id, Some(&lease.token())).await?;
        held.ok_or_else(|| lease.lost())?;
        let earlier = store::attempt::earlier(&mut change, lease.key()).await?;
        let streams = self.plan(&mut change, (&connection, &job), &mut lease, &destination, &earlier).await?;
        let stored = store::state::get(&mut change, connection.id).await?;
        let states = if job.kind.clears() { None } else { for_source(stored, &streams) };
        let previous = store::job::previous_status(&mut change, connection.id, job.id).await?;
        let committed = (lease.carried_records, lease.carried_bytes);
        store::job::count(&mut change, job.id, &lease.token(), committed).await?;
        change.commit().await?;
        (job.records_committed, job.bytes_committed) = committed;
        let needs_check = lease.attempt_number > 0 || previous.is_some_and(|status| status != JobStatus::Succeeded);
        Ok(ClaimedJob { job, lease, connection, source, destination, streams, states, needs_check })
    }

    /// Gives each stream its generation; those that start over get a new one and lose their state.
    async fn plan(
        &self,
        change: &mut Change<'_>,
        (connection, job): (&Connection, &Job),
        lease: &mut Lease,
        destination: &Hydrated,
        earlier: &Earlier,
    ) -> Result<Vec<PlannedStream>> {
        let supports_refreshes = destination.version.supports_refreshes;
        let mut requests = job.streams.clone();
        if !job.kind.clears() && supports_refreshes {
            let open = store::state::open_clears(change, connection.id).await?;
            let open = open.into_iter().filter(|stream| !requests.iter().any(|request| request.stream == *stream));
            requests.extend(open.map(|stream| StreamRequest { stream, refresh: None }).collect::<Vec<_>>());
        }
        let is_first = !earlier.has_started;
        let circumstances = Circumstances { kind: job.kind, requests: &requests, is_first, supports_refreshes };
        let chosen = chosen(connection, job);
        let over: Vec<StreamDescriptor> = chosen
            .iter()
            .filter(|stream| circumstances.starts_over(&stream.configured))
            .map(|stream| stream.descriptor())
            .collect();
        let generations = start_over(change, (connection, job), &over).await?;
        let done = store::attempt::earlier_streams(change, lease.key()).await?;
        let over: HashSet<StreamDescriptor> = over.into_iter().collect();
        let kept = done.iter().filter(|stream| !over.contains(&stream.stream));
        let carried =
            kept.clone().fold((0, 0), |sum, stream| (sum.0 + stream.records_committed, sum.1 + stream.bytes_committed));
        (lease.carried_records, lease.carried_bytes) = carried;
        let complete: HashSet<&StreamDescriptor> = kept
            .filter(|stream| stream.status == StreamRunStatus::Complete && !earlier.source_failed)
            .map(|stream| &stream.stream)
            .collect();
        let planned: Vec<PlannedStream> = chosen
            .into_iter()
            .map(|stream| {
                let name = stream.descriptor();
                let generation = generations.get(&name).copied().unwrap_or(0);
                PlannedStream {
                    configured: with_generation(&stream.configured, &circumstances, generation, job.id.0),
                    selected_fields: top_level(stream),
                    already_complete: complete.contains(&name) && circumstances.stays_complete(&stream.configured),
                }
            })
            .collect();
        note_plan(change, lease, &planned).await?;
        Ok(planned)
    }
}

/// The streams of the connection that the job is about.
fn chosen<'a>(connection: &'a Connection, job: &Job) -> Vec<&'a StreamSelection> {
    let is_meant = |stream: &StreamDescriptor| job.streams.iter().any(|request| request.stream == *stream);
    let selected = connection.streams.iter().filter(|stream| stream.is_selected);
    selected.filter(|stream| !job.kind.clears() || is_meant(&stream.descriptor())).collect()
}

fn top_level(stream: &StreamSelection) -> Option<Vec<String>> {
    let fields = stream.selected_fields.as_ref()?;
    Some(fields.iter().filter_map(|path| path.first().cloned()).collect())
}

/// New generations, and no states, for these streams. Gives the generations of all.
async fn start_over(
    change: &mut Change<'_>,
    (connection, job): (&Connection, &Job),
    streams: &[StreamDescriptor],
) -> Result<HashMap<StreamDescriptor, i64>> {
    let mut generations = store::state::generations(change, connection.id).await?;
    if streams.is_empty() {
        return Ok(generations);
    }
    let next = |stream: &StreamDescriptor| (stream.clone(), generations.get(stream).copied().unwrap_or(0) + 1);
    let new: Vec<(StreamDescriptor, i64)> = streams.iter().map(next).collect();
    store::state::put_generations(change, connection.id, job.id, &new).await?;
    // What is shared by all streams goes only with the last of them.
    let mut selected = connection.streams.iter().filter(|stream| stream.is_selected);
    if selected.all(|stream| streams.contains(&stream.descriptor())) {
        store::state::delete_all(change, connection.id).await?;
    } else {
        store::state::delete(change, connection.id, streams).await?;
    }
    generations.extend(new);
    Ok(generations)
}

async fn note_plan(change: &mut Change<'_>, lease: &Lease, planned: &[PlannedStream]) -> Result<()> {
    let generations: Vec<_> = planned
        .iter()
        .map(|stream| {
            (stream.configured.descriptor(), stream.configured.generation_id, stream.configured.minimum_generation_id)
        })
        .collect();
    store::attempt::set_plan(change, lease.key(), store::row::json(&generations)).await?;
    let rows: Vec<AttemptStream> = planned
        .iter()
        .map(|stream| AttemptStream {
            stream: stream.configured.descriptor(),
            status: if stream.already_complete { StreamRunStatus::Complete } else { StreamRunStatus::Pending },
            records_emitted: 0,
            bytes_emitted: 0,
            records_committed: 0,
            bytes_committed: 0,
            estimated_records: None,
        })
        .collect();
    store::attempt::put_streams(change, lease.key(), &rows).await
}

/// What the source gets as its state.
fn for_source(stored: ConnectionState, streams: &[PlannedStream]) -> Option<String> {
    let states: Vec<State> = match stored {
        ConnectionState::NotSet => return None,
        ConnectionState::Legacy(blob) => return Some(blob.get().to_owned()),
        ConnectionState::Stream(states) => {
            let planned: HashSet<StreamDescriptor> =
                streams.iter().map(|stream| stream.configured.descriptor()).collect();
            let wanted = states.into_iter().filter(|state| planned.contains(&state.stream));
            wanted.map(|state| State::of_stream(state.stream, Some(state.state))).collect()
        }
        ConnectionState::Global { shared, streams } => vec![global(shared, streams)],
    };
    (!states.is_empty()).then(|| store::row::json(&states))
}

fn global(shared_state: Option<RawJson>, streams: Vec<StoredStreamState>) -> State {
    let stream_states =
        streams.into_iter().filter_map(|state| State::of_stream(state.stream, Some(state.state)).stream);
    State {
        wire_kind: Some(StateKind::Global),
        stream: None,
        global: Some(GlobalState { shared_state, stream_states: stream_states.collect(), extra: Extra::default() }),
        data: None,
        source_stats: None,
        destination_stats: None,
        extra: Extra::default(),
    }
}
