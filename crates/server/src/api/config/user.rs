//! `/users/*` and `/permissions/*`: who somebody is and what they may do.

use super::call::{Call, Calls, Needs};
use crate::problem::{Problem, Result};
use crate::settings::Server;
use longshore_control_plane::{
    Page, Permission, PermissionFilter, User, UserChange, UserId, WorkspaceFilter, WorkspaceId, ZERO,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserIdBody {
    user_id: Uuid,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserAuthIdBody {
    /// The `sub` of an access token.
    auth_user_id: Uuid,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserUpdate {
    user_id: Uuid,
    name: Option<String>,
    email: Option<String>,
    /// Must be the one that it is: the oldest that the user may look at.
    default_workspace_id: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserRead {
    user_id: Uuid,
    name: String,
    email: String,
    auth_user_id: String,
    auth_provider: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_workspace_id: Option<Uuid>,
    news: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionRead {
    permission_id: Uuid,
    /// Such as `workspace_admin`.
    permission_type: &'static str,
    user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
struct PermissionReadList {
    permissions: Vec<PermissionRead>,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("user")
        .answer("/users/get", Needs::Login, "A user: oneself, or any for an administrator.", get)
        .answer("/users/get_by_auth_id", Needs::Login, "The user of an access token.", get_by_auth_id)
        .answer("/users/update", Needs::Login, "Changes what is sent of a user.", update)
        .answer("/permissions/list_by_user", Needs::Login, "What a user may do.", permissions)
        .router()
}

/// Oneself, or anybody for an administrator of the instance.
fn allowed<B>(call: &Call<B>, id: Uuid) -> Result<UserId> {
    if call.caller.user != UserId(id) {
        call.caller.needs_instance_admin()?;
    }
    Ok(UserId(id))
}

async fn read<B>(call: &Call<B>, user: User) -> Result<UserRead> {
    let default = default_workspace(call, user.id).await?;
    Ok(UserRead {
        user_id: user.id.0,
        name: user.name,
        email: user.email,
        auth_user_id: user.id.to_string(),
        auth_provider: "airbyte",
        status: "registered",
        default_workspace_id: default.map(|id| id.0),
        news: false,
    })
}

/// The oldest that the user may look at.
async fn default_workspace<B>(call: &Call<B>, user: UserId) -> Result<Option<WorkspaceId>> {
    let filter = WorkspaceFilter { ids: call.plane().rights(user).await?.visible(), includes_deleted: false };
    let first = call.plane().workspaces(&filter, Page { limit: 1, offset: 0 }).await?;
    Ok(first.first().map(|workspace| workspace.id))
}

async fn get(call: Call<UserIdBody>) -> Result<UserRead> {
    let id = allowed(&call, call.body.user_id)?;
    read(&call, call.plane().user(id).await?).await
}

async fn get_by_auth_id(call: Call<UserAuthIdBody>) -> Result<UserRead> {
    let id = allowed(&call, call.body.auth_user_id)?;
    read(&call, call.plane().user(id).await?).await
}

async fn update(call: Call<UserUpdate>) -> Result<UserRead> {
    let id = allowed(&call, call.body.user_id)?;
    let asked = call.body.default_workspace_id.map(WorkspaceId);
    if asked.is_some() && asked != default_workspace(&call, id).await? {
        return Err(Problem::bad_place("/defaultWorkspaceId", "expected the oldest workspace of the user"));
    }
    let change = UserChange { name: call.body.name.clone(), email: call.body.email.clone() };
    let user = call.plane().change_user(call.by(), id, change).await?;
    call.server.gate.forget();
    read(&call, user).await
}

async fn permissions(call: Call<UserIdBody>) -> Result<PermissionReadList> {
    let user = allowed(&call, call.body.user_id)?;
    call.plane().user(user).await?;
    let filter = PermissionFilter { user: Some(user), workspace: None };
    let permissions = call.plane().permissions(&filter, Page::all()).await?;
    Ok(PermissionReadList { permissions: permissions.iter().map(PermissionRead::from).collect() })
}

impl From<&Permission> for PermissionRead {
    fn from(permission: &Permission) -> Self {
        let word = permission.kind.word();
        Self {
            permission_id: permission.id.0,
            permission_type: word,
            user_id: permission.user_id.0,
            workspace_id: permission.workspace_id.map(|id| id.0),
            organization_id: word.starts_with("organization_").then_some(ZERO),
        }
    }
}
