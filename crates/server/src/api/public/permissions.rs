//! Permissions: who may do what.

use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::problem::{Problem, Result};
use crate::query::Query;
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use longshore_control_plane::{
    NewPermission, Page, Permission, PermissionFilter, PermissionId, PermissionKind, Role, UserId, WorkspaceId, ZERO,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_permissions, create_permission)).routes(routes!(
        get_permission,
        update_permission,
        delete_permission
    ))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Of whom; without it, of the caller.
    user_id: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionCreateRequest {
    /// Such as `workspace_admin`.
    permission_type: String,
    user_id: Uuid,
    workspace_id: Option<Uuid>,
    organization_id: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionUpdateRequest {
    /// Such as `workspace_admin`.
    permission_type: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionResponse {
    permission_id: Uuid,
    permission_type: &'static str,
    user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<Uuid>,
}

/// As it stands in lists.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionResponseRead {
    permission_id: Uuid,
    permission_type: &'static str,
    user_id: Uuid,
    /// The workspace or the organization; zero for the instance.
    scope_id: Uuid,
    /// `workspace`, `organization` or `none`.
    scope: &'static str,
}

#[derive(Serialize, ToSchema)]
struct PermissionsResponse {
    data: Vec<PermissionResponseRead>,
}

fn is_of_organization(permission: &Permission) -> bool {
    permission.workspace_id.is_none() && permission.kind != PermissionKind::InstanceAdmin
}

impl From<Permission> for PermissionResponse {
    fn from(permission: Permission) -> Self {
        Self {
            permission_id: permission.id.0,
            permission_type: permission.kind.word(),
            user_id: permission.user_id.0,
            workspace_id: permission.workspace_id.map(|id| id.0),
            organization_id: is_of_organization(&permission).then_some(ZERO),
        }
    }
}

impl From<Permission> for PermissionResponseRead {
    fn from(permission: Permission) -> Self {
        let scope = match permission.workspace_id {
            Some(_) => "workspace",
            None if is_of_organization(&permission) => "organization",
            None => "none",
        };
        Self {
            permission_id: permission.id.0,
            permission_type: permission.kind.word(),
            user_id: permission.user_id.0,
            scope_id: permission.workspace_id.map_or(ZERO, |id| id.0),
            scope,
        }
    }
}

fn kind(word: &str) -> Result<PermissionKind> {
    PermissionKind::of_word(word)
        .ok_or_else(|| Problem::bad_place("/permissionType", "expected a role such as workspace_admin"))
}

/// The permission, for those who may give and take it.
async fn allowed(server: &Server, caller: &Caller, id: PermissionId) -> Result<Permission> {
    let permission = server.plane.permission(id).await?;
    caller.needs_where(Role::Admin, permission.workspace_id)?;
    Ok(permission)
}

/// Lists the permissions of the caller, or, for an administrator of the instance, of another user
#[utoipa::path(
    get, path = "/permissions", tag = "Permissions", operation_id = "listPermissions",
    params(ListQuery),
    responses((status = 200, body = PermissionsResponse)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_permissions(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
) -> Result<axum::Json<PermissionsResponse>> {
    let user = asked.user_id.map_or(caller.user, UserId);
    if user != caller.user {
        caller.needs_instance_admin()?;
    }
    let filter = PermissionFilter { user: Some(user), workspace: None };
    let permissions = server.plane.permissions(&filter, Page::all()).await?;
    Ok(axum::Json(PermissionsResponse { data: permissions.into_iter().map(Into::into).collect() }))
}

/// Gives a permission
#[utoipa::path(
    post, path = "/permissions", tag = "Permissions", operation_id = "createPermission",
    request_body = PermissionCreateRequest,
    responses((status = 200, body = PermissionResponse)),
    extensions(("x-role" = json!("admin"))),
)]
async fn create_permission(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<PermissionCreateRequest>,
) -> Result<axum::Json<PermissionResponse>> {
    let kind = kind(&asked.permission_type)?;
    let workspace_id = asked.workspace_id.map(WorkspaceId).filter(|_| kind.is_of_workspace());
    if kind.is_of_workspace() && workspace_id.is_none() {
        return Err(Problem::bad_place("/workspaceId", "expected a workspace"));
    }
    if asked.organization_id.is_some_and(|id| id != ZERO) {
        return Err(Problem::not_found("organization", asked.organization_id.unwrap_or_default()));
    }
    caller.needs_where(Role::Admin, workspace_id)?;
    let new = NewPermission { user_id: UserId(asked.user_id), workspace_id, kind };
    Ok(axum::Json(server.plane.create_permission(caller.by(), new).await?.into()))
}

/// Gets a permission
#[utoipa::path(
    get, path = "/permissions/{permissionId}", tag = "Permissions", operation_id = "getPermission",
    params(("permissionId" = Uuid, Path)),
    responses((status = 200, body = PermissionResponse)),
    extensions(("x-role" = json!("admin"))),
)]
async fn get_permission(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<PermissionId>,
) -> Result<axum::Json<PermissionResponse>> {
    Ok(axum::Json(allowed(&server, &caller, id).await?.into()))
}

/// Makes a permission another one
#[utoipa::path(
    patch, path = "/permissions/{permissionId}", tag = "Permissions", operation_id = "updatePermission",
    params(("permissionId" = Uuid, Path)),
    request_body = PermissionUpdateRequest,
    responses((status = 200, body = PermissionResponse)),
    extensions(("x-role" = json!("admin"))),
)]
async fn update_permission(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<PermissionId>,
    Json(asked): Json<PermissionUpdateRequest>,
) -> Result<axum::Json<PermissionResponse>> {
    let permission = allowed(&server, &caller, id).await?;
    let kind = kind(&asked.permission_type)?;
    // What holds in a workspace must not become something that holds everywhere by the hand of its administrator.
    caller.needs_where(Role::Admin, permission.workspace_id.filter(|_| kind.is_of_workspace()))?;
    Ok(axum::Json(server.plane.change_permission(caller.by(), id, kind).await?.into()))
}

/// Takes a permission away
#[utoipa::path(
    delete, path = "/permissions/{permissionId}", tag = "Permissions", operation_id = "deletePermission",
    params(("permissionId" = Uuid, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("admin"))),
)]
async fn delete_permission(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<PermissionId>,
) -> Result<StatusCode> {
    allowed(&server, &caller, id).await?;
    server.plane.delete_permission(caller.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
