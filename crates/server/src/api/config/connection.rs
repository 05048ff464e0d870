//! `/connections/*`: what is synced where.

mod read;
mod words;
mod write;

use super::call::{Call, Calls, EDITOR, READER};
use super::workspace::WorkspaceIdBody;
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{ActorKind, Connection, ConnectionFilter, ConnectionId, Page, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub(crate) use read::{ConnectionRead, ConnectionReadList};
pub(crate) use words::{
    ConnectionScheduleData, ConnectionScheduleType, ConnectionStatusWord, SchemaChangeWord, schedule_words,
};
pub(crate) use write::{ConnectionCreate, ConnectionUpdate};

/// A connection by id.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionIdBody {
    pub(crate) connection_id: Uuid,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("connection")
        .answer("/connections/create", EDITOR, "Creates a connection.", create)
        .answer("/connections/update", EDITOR, "Changes what is sent of a connection.", update)
        .answer("/connections/get", READER, "A connection.", get)
        .answer("/connections/list", READER, "The connections of a workspace.", list)
        .answer("/connections/list_all", READER, "The connections of a workspace, the deleted ones too.", list_all)
        .done("/connections/delete", EDITOR, "Deletes a connection.", delete)
        .router()
}

/// The connection, when the caller may do with it what is asked.
pub(crate) async fn allowed<B>(call: &Call<B>, id: Uuid) -> Result<Connection> {
    let connection = call.plane().connection(ConnectionId(id)).await?;
    call.allowed_in(connection.workspace_id)?;
    Ok(connection)
}

/// Creates one; whoever asks may do so where its source and its destination are.
pub(crate) async fn created(call: Call<ConnectionCreate>) -> Result<(Connection, Call<()>)> {
    for (kind, id) in [(ActorKind::Source, call.body.source_id), (ActorKind::Destination, call.body.destination_id)] {
        super::actor::allowed(kind, &call, id).await?;
    }
    let (call, body) = call.split();
    let connection = call.plane().create_connection(call.by(), body.into_new()?).await?;
    Ok((connection, call))
}

/// Changes one.
pub(crate) async fn changed(call: Call<ConnectionUpdate>) -> Result<(Connection, Call<()>)> {
    allowed(&call, call.body.connection_id).await?;
    let (call, body) = call.split();
    let (id, change) = body.into_change()?;
    let connection = call.plane().change_connection(call.by(), id, change).await?;
    Ok((connection, call))
}

async fn create(call: Call<ConnectionCreate>) -> Result<ConnectionRead> {
    created(call).await.map(|(connection, _)| ConnectionRead::from(&connection))
}

async fn update(call: Call<ConnectionUpdate>) -> Result<ConnectionRead> {
    changed(call).await.map(|(connection, _)| ConnectionRead::from(&connection))
}

async fn get(call: Call<ConnectionIdBody>) -> Result<ConnectionRead> {
    allowed(&call, call.body.connection_id).await.map(|connection| ConnectionRead::from(&connection))
}

async fn list(call: Call<WorkspaceIdBody>) -> Result<ConnectionReadList> {
    listed(&call, false).await
}

async fn list_all(call: Call<WorkspaceIdBody>) -> Result<ConnectionReadList> {
    listed(&call, true).await
}

async fn listed(call: &Call<WorkspaceIdBody>, includes_deleted: bool) -> Result<ConnectionReadList> {
    let connections = in_workspace(call, WorkspaceId(call.body.workspace_id), includes_deleted).await?;
    Ok(ConnectionReadList { connections: connections.iter().map(ConnectionRead::from).collect() })
}

/// The connections of a workspace.
pub(crate) async fn in_workspace<B>(
    call: &Call<B>,
    workspace: WorkspaceId,
    includes_deleted: bool,
) -> Result<Vec<Connection>> {
    call.allowed_in(workspace)?;
    let filter =
        ConnectionFilter { workspaces: Some(vec![workspace]), includes_deleted, ..ConnectionFilter::default() };
    Ok(call.plane().connections(&filter, Page::all()).await?)
}

async fn delete(call: Call<ConnectionIdBody>) -> Result<()> {
    let connection = allowed(&call, call.body.connection_id).await?;
    Ok(call.plane().delete_connection(call.by(), connection.id).await?)
}
