//! A connection of two connectors that take no configuration, and a worker's hands.

use crate::place::Place;
use jiff::SignedDuration;
use longshore_control_plane::{
    ActorId, ActorKind, AttemptEnd, AttemptStream, By, Checkpoint, ClaimedJob, Connection, ControlPlane, EndStatus,
    Error, Job, NewConnection, Schedule, StartJob, StreamRunStatus, StreamSelection, Streams, Workspace,
};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, StreamDescriptor};
use serde_json::json;
use std::time::Duration;

/// How long a lease lasts here.
pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// A source and a destination in a workspace.
pub(crate) struct Joined {
    pub(crate) workspace: Workspace,
    pub(crate) source: ActorId,
    pub(crate) destination: ActorId,
}

/// A stream `name mode destination_mode`, in the words of the protocol; `resumable` may stand behind.
pub(crate) fn stream(words: &str) -> StreamSelection {
    let words: Vec<&str> = words.split_whitespace().collect();
    let schema = json!({ "type": "object", "properties": { "id": { "type": "integer" }, "at": { "type": "string" } } });
    let stream = json!({ "name": words[0], "json_schema": schema, "is_resumable": words.contains(&"resumable"),
        "supported_sync_modes": ["full_refresh", "incremental"] });
    let configured = json!({ "stream": stream, "sync_mode": words[1], "destination_sync_mode": words[2],
        "cursor_field": ["at"], "primary_key": [["id"]] });
    let selection = json!({ "configured": configured, "is_selected": true });
    serde_json::from_str(&selection.to_string()).unwrap()
}

pub(crate) fn named(name: &str) -> StreamDescriptor {
    StreamDescriptor::named(name)
}

impl Joined {
    pub(crate) async fn new(place: &Place) -> Self {
        let workspace = place.workspace("a").await;
        let schema = json!({ "type": "object" });
        let source = place.bundled(ActorKind::Source, "source-faker", schema.clone()).await;
        let destination = place.bundled(ActorKind::Destination, "destination-local", schema).await;
        let source = place.actor(&workspace, &source, json!({})).await;
        let destination = place.actor(&workspace, &destination, json!({})).await;
        Self { workspace, source, destination }
    }

    /// A connection with these streams.
    pub(crate) fn connection(&self, streams: &[&str]) -> NewConnection {
        let streams = Streams::Selections(streams.iter().map(|words| stream(words)).collect());
        NewConnection { streams, ..NewConnection::between(self.source, self.destination) }
    }
}

/// A connection with one incremental stream `s`.
pub(crate) async fn simple(place: &Place) -> Connection {
    with_streams(place, &["s incremental append"]).await
}

pub(crate) async fn with_streams(place: &Place, streams: &[&str]) -> Connection {
    let joined = Joined::new(place).await;
    place.plane.create_connection(By::platform(), joined.connection(streams)).await.unwrap()
}

pub(crate) async fn with_schedule(place: &Place, schedule: Schedule) -> Connection {
    let joined = Joined::new(place).await;
    let new = NewConnection { schedule, ..joined.connection(&["s incremental append"]) };
    place.plane.create_connection(By::platform(), new).await.unwrap()
}

pub(crate) async fn sync(place: &Place, connection: &Connection) -> Job {
    place.plane.start_job(By::platform(), StartJob::sync(connection.id)).await.unwrap()
}

pub(crate) async fn claim(plane: &ControlPlane) -> ClaimedJob {
    plane.claim_job("a worker", LEASE).await.unwrap().expect("a job to claim")
}

/// Starts a job and takes it.
pub(crate) async fn running(place: &Place, connection: &Connection) -> ClaimedJob {
    sync(place, connection).await;
    claim(&place.plane).await
}

pub(crate) fn reason(kind: FailureKind) -> FailureReason {
    FailureReason::new(FailureOrigin::Destination, kind, "destination.failed", "it failed")
}

pub(crate) fn end(status: EndStatus) -> AttemptEnd {
    let failures = if status == EndStatus::Succeeded { Vec::new() } else { vec![reason(FailureKind::SystemError)] };
    AttemptEnd { status, failures, dropped: Vec::new(), streams: Vec::new(), has_progress: false }
}

pub(crate) async fn finish(place: &Place, claimed: &ClaimedJob, status: EndStatus) -> Job {
    place.plane.finish_attempt(&claimed.lease, end(status)).await.unwrap()
}

/// A checkpoint of one stream with so many records, ten bytes each.
pub(crate) fn checkpoint(name: &str, state: &str, records: i64) -> Checkpoint {
    let state =
        format!(r#"{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":"{name}"}},"stream_state":{state}}}}}"#);
    Checkpoint { states: vec![state], complete: Vec::new(), streams: vec![counted(name, records)] }
}

pub(crate) fn counted(name: &str, records: i64) -> AttemptStream {
    AttemptStream {
        stream: named(name),
        status: StreamRunStatus::Running,
        records_emitted: records + 1,
        bytes_emitted: 10 * records + 10,
        records_committed: records,
        bytes_committed: 10 * records,
        estimated_records: None,
    }
}

pub(crate) fn code<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "it was done".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Changes the database behind the control plane's back.
pub(crate) async fn execute(place: &Place, sql: &'static str) {
    let url = match &place.database {
        longshore_control_plane::Database::Sqlite(path) => format!("sqlite://{}", path.display()),
        longshore_control_plane::Database::Postgres(url) => url.clone(),
    };
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query(sql).execute(&pool).await.unwrap();
    pool.close().await;
}
