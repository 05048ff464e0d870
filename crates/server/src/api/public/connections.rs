//! Connections: a source joined to a destination, with streams and a schedule.

mod read;
mod write;

use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::page::{PageQuery, Paged, Paging};
use crate::problem::Result;
use crate::query::{self, Query};
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use longshore_control_plane::{
    ActorId, ActorKind, Connection, ConnectionFilter, ConnectionId, Role, TagId, WorkspaceId,
};
use read::ConnectionResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use write::{ConnectionCreateRequest, ConnectionPatchRequest};

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_connections, create_connection)).routes(routes!(
        get_connection,
        patch_connection,
        delete_connection
    ))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Those of these workspaces; without it, of all that the caller may read.
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    workspace_ids: Vec<WorkspaceId>,
    /// Those with at least one of these tags.
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    tag_ids: Vec<TagId>,
    #[serde(deserialize_with = "query::flag")]
    include_deleted: bool,
}

/// Lists connections
#[utoipa::path(
    get, path = "/connections", tag = "Connections", operation_id = "listConnections",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Paged<ConnectionResponse>)),
    extensions(("x-role" = json!("reader"))),
)]
async fn list_connections(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    paging: Paging,
) -> Result<axum::Json<Paged<ConnectionResponse>>> {
    let filter = ConnectionFilter {
        workspaces: caller.readable(asked.workspace_ids)?,
        tags: Some(asked.tag_ids).filter(|tags| !tags.is_empty()),
        includes_deleted: asked.include_deleted,
        ..ConnectionFilter::default()
    };
    let connections = server.plane.connections(&filter, paging.page).await?;
    Ok(axum::Json(paging.paged(connections.into_iter().map(ConnectionResponse::new).collect())))
}

/// Creates a connection; the source is asked for its streams
#[utoipa::path(
    post, path = "/connections", tag = "Connections", operation_id = "createConnection",
    request_body = ConnectionCreateRequest,
    responses((status = 200, body = ConnectionResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn create_connection(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<ConnectionCreateRequest>,
) -> Result<axum::Json<ConnectionResponse>> {
    let new = asked.new_connection()?;
    for (kind, id) in [(ActorKind::Source, new.source_id), (ActorKind::Destination, new.destination_id)] {
        caller.needs(Role::Editor, workspace_of(&server, kind, id).await?)?;
    }
    let connection = server.plane.create_connection(caller.by(), new).await?;
    Ok(axum::Json(ConnectionResponse::new(connection)))
}

async fn workspace_of(server: &Server, kind: ActorKind, id: ActorId) -> Result<WorkspaceId> {
    Ok(server.plane.actor(kind, id).await?.workspace_id)
}

/// Gets a connection
#[utoipa::path(
    get, path = "/connections/{connectionId}", tag = "Connections", operation_id = "getConnection",
    params(("connectionId" = Uuid, Path)),
    responses((status = 200, body = ConnectionResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_connection(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
) -> Result<axum::Json<ConnectionResponse>> {
    Ok(axum::Json(ConnectionResponse::new(found(&server, &caller, Role::Reader, id).await?)))
}

async fn found(server: &Server, caller: &Caller, role: Role, id: ConnectionId) -> Result<Connection> {
    let connection = server.plane.connection(id).await?;
    caller.needs(role, connection.workspace_id)?;
    Ok(connection)
}

/// Changes what is given of a connection
#[utoipa::path(
    patch, path = "/connections/{connectionId}", tag = "Connections", operation_id = "patchConnection",
    params(("connectionId" = Uuid, Path)),
    request_body = ConnectionPatchRequest,
    responses((status = 200, body = ConnectionResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn patch_connection(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
    Json(asked): Json<ConnectionPatchRequest>,
) -> Result<axum::Json<ConnectionResponse>> {
    let connection = found(&server, &caller, Role::Editor, id).await?;
    let change = asked.change(&connection)?;
    let connection = server.plane.change_connection(caller.by(), id, change).await?;
    Ok(axum::Json(ConnectionResponse::new(connection)))
}

/// Deletes a connection
#[utoipa::path(
    delete, path = "/connections/{connectionId}", tag = "Connections", operation_id = "deleteConnection",
    params(("connectionId" = Uuid, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("editor"))),
)]
async fn delete_connection(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
) -> Result<StatusCode> {
    found(&server, &caller, Role::Editor, id).await?;
    server.plane.delete_connection(caller.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
