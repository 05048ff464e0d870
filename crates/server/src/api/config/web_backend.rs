//! `/web_backend/connections/*`: a connection together with what stands around it.

use super::actor::{DestinationRead, SourceRead, configured};
use super::call::{Call, Calls, EDITOR, READER};
use super::catalog::{SyncCatalog, SyncStream};
use super::connection::{
    ConnectionCreate, ConnectionRead, ConnectionScheduleData, ConnectionScheduleType, ConnectionStatusWord,
    ConnectionUpdate, SchemaChangeWord, allowed, changed, created, in_workspace,
};
use super::job::status;
use super::workspace::WorkspaceIdBody;
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{
    ActorKind, By, CatalogId, Connection, ControlPlane, JobStatus, WorkspaceId, default_selection,
};
use longshore_protocol::{Catalog, Stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebBackendConnectionRequestBody {
    connection_id: Uuid,
    /// The source is asked for its streams; those that are new are shown, and not selected.
    with_refreshed_catalog: Option<bool>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebBackendConnectionRead {
    #[serde(flatten)]
    connection: ConnectionRead,
    source: SourceRead,
    destination: DestinationRead,
    operations: Vec<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog_id: Option<Uuid>,
    schema_change: SchemaChangeWord,
    is_syncing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_sync_job_created_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_sync_job_status: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebBackendConnectionListItem {
    connection_id: Uuid,
    name: String,
    source_id: Uuid,
    destination_id: Uuid,
    status: ConnectionStatusWord,
    schedule_type: ConnectionScheduleType,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_data: Option<ConnectionScheduleData>,
    schema_change: SchemaChangeWord,
    is_syncing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_sync_job_created_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_sync_job_status: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
struct WebBackendConnectionReadList {
    connections: Vec<WebBackendConnectionListItem>,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("web_backend")
        .answer("/web_backend/connections/get", READER, "A connection with what stands around it.", get)
        .answer("/web_backend/connections/create", EDITOR, "Creates a connection.", create)
        .answer("/web_backend/connections/update", EDITOR, "Changes what is sent; nothing is reset.", update)
        .answer("/web_backend/connections/list", READER, "The connections of a workspace, in short.", list)
        .router()
}

async fn read<B>(call: &Call<B>, connection: &Connection) -> Result<WebBackendConnectionRead> {
    let source = call.plane().actor(ActorKind::Source, connection.source_id).await?;
    let destination = call.plane().actor(ActorKind::Destination, connection.destination_id).await?;
    let last = call.plane().last_jobs(&[connection.id]).await?;
    let last = last.first();
    Ok(WebBackendConnectionRead {
        source: configured(call, source).await?.into(),
        destination: configured(call, destination).await?.into(),
        operations: Vec::new(),
        catalog_id: connection.catalog_id.map(|id| id.0),
        schema_change: connection.schema_change.into(),
        is_syncing: last.is_some_and(|job| !job.status.is_terminal()),
        latest_sync_job_created_at: last.map(|job| job.created_at.as_second()),
        latest_sync_job_status: last.map(|job| status(job.status)),
        connection: ConnectionRead::from(connection),
    })
}

async fn get(call: Call<WebBackendConnectionRequestBody>) -> Result<WebBackendConnectionRead> {
    let connection = allowed(&call, call.body.connection_id).await?;
    let mut answer = read(&call, &connection).await?;
    if call.body.with_refreshed_catalog == Some(true) {
        let (id, catalog) = refreshed(call.plane(), call.by(), &connection).await?;
        answer.catalog_id = Some(id.0);
        answer.connection.source_catalog_id = Some(id.0);
        answer.connection.sync_catalog = merged(&connection, &catalog);
    }
    Ok(answer)
}

async fn refreshed(plane: &ControlPlane, by: By, connection: &Connection) -> Result<(CatalogId, Catalog)> {
    let discovered = plane.discover(by, connection.source_id, true).await?;
    Ok((discovered.catalog_id, discovered.catalog))
}

/// What the source offers now, with the choices made so far.
fn merged(connection: &Connection, catalog: &Catalog) -> SyncCatalog {
    let merge = |stream: &Stream| {
        let known = connection.streams.iter().find(|known| known.descriptor() == stream.descriptor());
        let mut selection = known.cloned().unwrap_or_else(|| default_selection(stream));
        selection.is_selected &= known.is_some();
        selection.configured.stream = stream.clone();
        SyncStream::from(&selection)
    };
    SyncCatalog { streams: catalog.streams.iter().map(merge).collect() }
}

async fn create(call: Call<ConnectionCreate>) -> Result<WebBackendConnectionRead> {
    let (connection, call) = created(call).await?;
    read(&call, &connection).await
}

async fn update(call: Call<ConnectionUpdate>) -> Result<WebBackendConnectionRead> {
    let (connection, call) = changed(call).await?;
    read(&call, &connection).await
}

async fn list(call: Call<WorkspaceIdBody>) -> Result<WebBackendConnectionReadList> {
    let connections = in_workspace(&call, WorkspaceId(call.body.workspace_id), false).await?;
    let ids: Vec<_> = connections.iter().map(|connection| connection.id).collect();
    let jobs = call.plane().last_jobs(&ids).await?;
    let item = |connection: &Connection| {
        let last = jobs.iter().find(|job| job.connection_id == connection.id);
        list_item(connection, last.map(|job| (job.created_at.as_second(), job.status)))
    };
    Ok(WebBackendConnectionReadList { connections: connections.iter().map(item).collect() })
}

fn list_item(connection: &Connection, last: Option<(i64, JobStatus)>) -> WebBackendConnectionListItem {
    let (schedule_type, schedule_data) = super::connection::schedule_words(&connection.schedule);
    WebBackendConnectionListItem {
        connection_id: connection.id.0,
        name: connection.name.clone(),
        source_id: connection.source_id.0,
        destination_id: connection.destination_id.0,
        status: connection.status.into(),
        schedule_type,
        schedule_data,
        schema_change: connection.schema_change.into(),
        is_syncing: last.is_some_and(|(_, status)| !status.is_terminal()),
        latest_sync_job_created_at: last.map(|(at, _)| at),
        latest_sync_job_status: last.map(|(_, word)| status(word)),
    }
}
