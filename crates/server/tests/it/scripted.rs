//! A worker that starts nothing: it answers commands and jobs as a faker and an SQLite destination would.

use longshore_control_plane::{
    ActorKind, AttemptEnd, AttemptStream, BundledDefinition, Checkpoint, ClaimedJob, CommandInput, CommandOutput,
    ControlPlane, DefinitionId, EndStatus, LeaseStatus, LogLine, Result, StreamRunStatus,
};
use longshore_protocol::{FailureOrigin, LogLevel, RawJson};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const SOURCE_DEFINITION: Uuid = uuid::uuid!("dfd88b22-b603-4c3d-aad7-3701784586b1");
pub(crate) const DESTINATION_DEFINITION: Uuid = uuid::uuid!("b76be0a6-27dc-4560-95f6-2623da0bd7b6");

const LEASE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// Puts the two connectors in place.
pub(crate) async fn put_definitions(plane: &ControlPlane) -> Result<()> {
    plane.put_bundled(bundled(SOURCE_DEFINITION, ActorKind::Source, "source-faker", source_spec())).await?;
    let destination = bundled(DESTINATION_DEFINITION, ActorKind::Destination, "destination-sqlite", destination_spec());
    plane.put_bundled(destination).await
}

fn bundled(id: Uuid, kind: ActorKind, reference: &str, spec: Value) -> BundledDefinition {
    BundledDefinition {
        id: DefinitionId(id),
        kind,
        name: reference.to_owned(),
        reference: reference.to_owned(),
        version: "1.0.0".to_owned(),
        spec: raw(&spec),
        documentation_url: None,
    }
}

fn raw(value: &Value) -> RawJson {
    RawJson::from(serde_json::value::to_raw_value(value).expect("JSON"))
}

fn source_spec() -> Value {
    json!({
        "documentationUrl": "https://example.com/faker",
        "connectionSpecification": {
            "type": "object",
            "required": ["count"],
            "properties": {
                "count": {"type": "integer", "minimum": 1},
                "api_key": {"type": "string", "airbyte_secret": true}
            }
        }
    })
}

fn destination_spec() -> Value {
    json!({
        "supported_destination_sync_modes": ["append", "overwrite", "append_dedup"],
        "connectionSpecification": {
            "type": "object",
            "required": ["path"],
            "properties": {"path": {"type": "string"}, "password": {"type": "string", "airbyte_secret": true}}
        }
    })
}

fn catalog() -> Value {
    let schema = |fields: &[&str]| {
        let properties: serde_json::Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": properties})
    };
    json!({"streams": [
        {
            "name": "users", "json_schema": schema(&["id", "name", "updated_at"]),
            "supported_sync_modes": ["full_refresh", "incremental"],
            "source_defined_cursor": true, "default_cursor_field": ["updated_at"],
            "source_defined_primary_key": [["id"]]
        },
        {"name": "products", "namespace": "shop", "json_schema": schema(&["id", "price"]), "supported_sync_modes": ["full_refresh"]}
    ]})
}

/// Works until it is dropped.
pub(crate) async fn work(plane: ControlPlane) {
    loop {
        let did = work_once(&plane).await.unwrap_or_else(|error| panic!("the scripted worker failed: {error}"));
        if !did {
            let _ = tokio::time::timeout(POLL, plane.wake().work.notified()).await;
        }
    }
}

async fn work_once(plane: &ControlPlane) -> Result<bool> {
    if let Some(command) = plane.claim_command("scripted").await? {
        let answer = answer(&command.input);
        plane.finish_command(command.id, command.token, Ok(answer), Vec::new()).await?;
        return Ok(true);
    }
    if let Some(job) = plane.claim_job("scripted", LEASE).await? {
        let plane = plane.clone();
        tokio::spawn(async move { run(&plane, job).await.expect("the scripted job runs") });
        return Ok(true);
    }
    Ok(false)
}

fn answer(input: &CommandInput) -> CommandOutput {
    match input {
        CommandInput::Spec { kind: ActorKind::Source, .. } => {
            CommandOutput::Spec { spec: raw(&source_spec()), digest: Some(format!("sha256:{}", "0".repeat(64))) }
        }
        CommandInput::Spec { kind: ActorKind::Destination, .. } => {
            CommandOutput::Spec { spec: raw(&destination_spec()), digest: Some(format!("sha256:{}", "0".repeat(64))) }
        }
        CommandInput::Check { .. } | CommandInput::CheckUnsaved { .. } => {
            CommandOutput::Check { succeeded: true, message: None }
        }
        CommandInput::Discover { .. } => CommandOutput::Discover { catalog: raw(&catalog()), catalog_id: None },
    }
}

/// Succeeds at once; over a connection that is called slow it goes on until somebody cancels it.
async fn run(plane: &ControlPlane, job: ClaimedJob) -> Result<()> {
    let line = LogLine {
        line: 0,
        at: plane.now(),
        origin: FailureOrigin::Platform,
        level: LogLevel::Info,
        text: "the scripted worker is at it".to_owned(),
    };
    plane.append_log(&job.lease, vec![line]).await?;
    while job.connection.name.contains("slow") {
        if plane.heartbeat(&job.lease, None).await? != LeaseStatus::Held {
            return end(plane, &job, EndStatus::Cancelled, Vec::new()).await;
        }
        let _ = tokio::time::timeout(POLL, plane.wake().work.notified()).await;
    }
    let streams: Vec<AttemptStream> =
        job.streams.iter().map(|planned| moved(planned.configured.descriptor())).collect();
    let complete = streams.iter().map(|stream| stream.stream.clone()).collect();
    let checkpoint = Checkpoint { states: Vec::new(), complete, streams: streams.clone() };
    plane.commit_checkpoint(&job.lease, &checkpoint).await?;
    end(plane, &job, EndStatus::Succeeded, streams).await
}

async fn end(plane: &ControlPlane, job: &ClaimedJob, status: EndStatus, streams: Vec<AttemptStream>) -> Result<()> {
    let has_progress = !streams.is_empty();
    let end = AttemptEnd { status, failures: Vec::new(), dropped: Vec::new(), streams, has_progress };
    plane.finish_attempt(&job.lease, end).await.map(|_| ())
}

fn moved(stream: longshore_protocol::StreamDescriptor) -> AttemptStream {
    AttemptStream {
        stream,
        status: StreamRunStatus::Complete,
        records_emitted: 10,
        bytes_emitted: 1000,
        records_committed: 10,
        bytes_committed: 1000,
        estimated_records: None,
    }
}
