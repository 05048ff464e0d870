//! The calls that begin a job: sync, reset, clear, refresh.

use super::{JobInfoRead, with_logs};
use crate::api::config::call::{Call, Calls, EDITOR, RUNNER};
use crate::api::config::connection::{ConnectionIdBody, allowed};
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{JobKind, RefreshKind, StartJob, Trigger};
use longshore_protocol::StreamDescriptor;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Some streams of a connection.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectionStreamBody {
    connection_id: Uuid,
    /// Absent or empty: all.
    #[serde(default, deserialize_with = "crate::api::config::catalog::null_is_default")]
    streams: Vec<ConnectionStream>,
    /// Of a refresh: `Merge` keeps the old rows, `Truncate` removes them.
    refresh_mode: Option<RefreshMode>,
}

/// A stream of a connection.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectionStream {
    stream_name: String,
    stream_namespace: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
enum RefreshMode {
    Merge,
    Truncate,
}

pub(super) fn router() -> OpenApiRouter<Server> {
    Calls::of("connection")
        .answer("/connections/sync", RUNNER, "Begins a sync; 409 while one runs.", sync)
        .answer("/connections/reset", RUNNER, "Removes what was synced, and its states.", reset)
        .answer("/connections/reset/stream", RUNNER, "The same for some streams.", reset_streams)
        .answer("/connections/clear", EDITOR, "Removes what was synced, and its states.", clear)
        .answer("/connections/clear/stream", EDITOR, "The same for some streams.", clear_streams)
        .answer("/connections/refresh", EDITOR, "Reads streams again from their beginning.", refresh)
        .router()
}

async fn start<B>(
    call: &Call<B>,
    connection: Uuid,
    kind: JobKind,
    streams: Vec<StreamDescriptor>,
    refresh: RefreshKind,
) -> Result<JobInfoRead> {
    let connection = allowed(call, connection).await?;
    let asked = StartJob {
        connection_id: connection.id,
        kind,
        streams: (!streams.is_empty()).then_some(streams),
        refresh,
        trigger: Trigger::Api,
        idempotency_key: None,
    };
    let job = call.plane().start_job(call.by(), asked).await?;
    with_logs(call, &job).await
}

async fn sync(call: Call<ConnectionIdBody>) -> Result<JobInfoRead> {
    start(&call, call.body.connection_id, JobKind::Sync, Vec::new(), RefreshKind::Merge).await
}

async fn reset(call: Call<ConnectionIdBody>) -> Result<JobInfoRead> {
    start(&call, call.body.connection_id, JobKind::Reset, Vec::new(), RefreshKind::Merge).await
}

async fn clear(call: Call<ConnectionIdBody>) -> Result<JobInfoRead> {
    start(&call, call.body.connection_id, JobKind::Clear, Vec::new(), RefreshKind::Merge).await
}

async fn reset_streams(call: Call<ConnectionStreamBody>) -> Result<JobInfoRead> {
    start(&call, call.body.connection_id, JobKind::Reset, streams(&call.body), RefreshKind::Merge).await
}

async fn clear_streams(call: Call<ConnectionStreamBody>) -> Result<JobInfoRead> {
    start(&call, call.body.connection_id, JobKind::Clear, streams(&call.body), RefreshKind::Merge).await
}

async fn refresh(call: Call<ConnectionStreamBody>) -> Result<JobInfoRead> {
    let refresh = match call.body.refresh_mode {
        Some(RefreshMode::Truncate) => RefreshKind::Truncate,
        Some(RefreshMode::Merge) | None => RefreshKind::Merge,
    };
    start(&call, call.body.connection_id, JobKind::Refresh, streams(&call.body), refresh).await
}

fn streams(body: &ConnectionStreamBody) -> Vec<StreamDescriptor> {
    let named = |stream: &ConnectionStream| StreamDescriptor {
        name: stream.stream_name.clone(),
        namespace: stream.stream_namespace.clone(),
    };
    body.streams.iter().map(named).collect()
}
