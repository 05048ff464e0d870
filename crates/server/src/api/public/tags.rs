//! Tags: labels of connections.

use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::problem::Result;
use crate::query::{self, Query};
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use longshore_control_plane::{Role, Tag, TagId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_tags, create_tag)).routes(routes!(get_tag, update_tag, delete_tag))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Those of these workspaces; without it, of all that the caller may read.
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    workspace_ids: Vec<WorkspaceId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TagCreateRequest {
    #[schema(max_length = 30)]
    name: String,
    /// Six hexadecimal digits.
    color: String,
    workspace_id: Uuid,
}

#[derive(Deserialize, ToSchema)]
struct TagPatchRequest {
    #[schema(max_length = 30)]
    name: Option<String>,
    /// Six hexadecimal digits.
    color: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TagResponse {
    tag_id: Uuid,
    name: String,
    color: String,
    workspace_id: Uuid,
}

#[derive(Serialize, ToSchema)]
struct TagsResponse {
    data: Vec<TagResponse>,
}

impl From<Tag> for TagResponse {
    fn from(tag: Tag) -> Self {
        Self { tag_id: tag.id.0, name: tag.name, color: tag.color, workspace_id: tag.workspace_id.0 }
    }
}

async fn allowed(server: &Server, caller: &Caller, role: Role, id: TagId) -> Result<Tag> {
    let tag = server.plane.tag(id).await?;
    caller.needs(role, tag.workspace_id)?;
    Ok(tag)
}

/// Lists tags
#[utoipa::path(
    get, path = "/tags", tag = "Tags", operation_id = "listTags",
    params(ListQuery),
    responses((status = 200, body = TagsResponse)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_tags(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
) -> Result<axum::Json<TagsResponse>> {
    let workspaces = caller.readable(asked.workspace_ids)?;
    let tags = server.plane.tags(workspaces.as_deref()).await?;
    Ok(axum::Json(TagsResponse { data: tags.into_iter().map(TagResponse::from).collect() }))
}

/// Creates a tag
#[utoipa::path(
    post, path = "/tags", tag = "Tags", operation_id = "createTag",
    request_body = TagCreateRequest,
    responses((status = 200, body = TagResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn create_tag(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<TagCreateRequest>,
) -> Result<axum::Json<TagResponse>> {
    let workspace = WorkspaceId(asked.workspace_id);
    caller.needs(Role::Editor, workspace)?;
    let tag = server.plane.create_tag(caller.by(), workspace, &asked.name, &asked.color).await?;
    Ok(axum::Json(tag.into()))
}

/// Gets a tag
#[utoipa::path(
    get, path = "/tags/{tagId}", tag = "Tags", operation_id = "getTag",
    params(("tagId" = Uuid, Path)),
    responses((status = 200, body = TagResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_tag(State(server): State<Server>, caller: Caller, Id(id): Id<TagId>) -> Result<axum::Json<TagResponse>> {
    Ok(axum::Json(allowed(&server, &caller, Role::Reader, id).await?.into()))
}

/// Changes what is given of a tag
#[utoipa::path(
    patch, path = "/tags/{tagId}", tag = "Tags", operation_id = "updateTag",
    params(("tagId" = Uuid, Path)),
    request_body = TagPatchRequest,
    responses((status = 200, body = TagResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn update_tag(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<TagId>,
    Json(asked): Json<TagPatchRequest>,
) -> Result<axum::Json<TagResponse>> {
    allowed(&server, &caller, Role::Editor, id).await?;
    let (name, color) = (asked.name.as_deref(), asked.color.as_deref());
    Ok(axum::Json(server.plane.change_tag(caller.by(), id, name, color).await?.into()))
}

/// Deletes a tag, and takes it off its connections
#[utoipa::path(
    delete, path = "/tags/{tagId}", tag = "Tags", operation_id = "deleteTag",
    params(("tagId" = Uuid, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("editor"))),
)]
async fn delete_tag(State(server): State<Server>, caller: Caller, Id(id): Id<TagId>) -> Result<StatusCode> {
    allowed(&server, &caller, Role::Editor, id).await?;
    server.plane.delete_tag(caller.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
