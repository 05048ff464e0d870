//! Workspaces: what groups sources, destinations and connections, and who may use them.

use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::page::{PageQuery, Paged, Paging};
use crate::problem::{Problem, Result};
use crate::query::{self, Query};
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use longshore_control_plane::{
    NewWorkspace, Notification, Notifications, Role, Workspace, WorkspaceChange, WorkspaceFilter, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_workspaces, create_workspace)).routes(routes!(
        get_workspace,
        update_workspace,
        delete_workspace
    ))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Those to list; without it, all of the caller.
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    workspace_ids: Vec<WorkspaceId>,
    #[serde(deserialize_with = "query::flag")]
    include_deleted: bool,
}

#[derive(Deserialize, ToSchema)]
struct WorkspaceCreateRequest {
    name: String,
    notifications: Option<NotificationsConfig>,
}

#[derive(Deserialize, ToSchema)]
struct WorkspaceUpdateRequest {
    name: Option<String>,
    notifications: Option<NotificationsConfig>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkspaceResponse {
    workspace_id: Uuid,
    name: String,
    data_residency: &'static str,
    notifications: NotificationsConfig,
}

/// What is told to whom; what is absent in a change stays.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NotificationsConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<NotificationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<NotificationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_update: Option<NotificationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_update_action_required: Option<NotificationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_disabled: Option<NotificationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_disabled_warning: Option<NotificationConfig>,
}

#[derive(Default, Serialize, Deserialize, ToSchema)]
struct NotificationConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailNotificationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookNotificationConfig>,
}

#[derive(Default, Serialize, Deserialize, ToSchema)]
struct EmailNotificationConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

#[derive(Default, Serialize, Deserialize, ToSchema)]
struct WebhookNotificationConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl WorkspaceResponse {
    fn new(of: Workspace) -> Self {
        let notifications = NotificationsConfig::new(of.notifications);
        Self { workspace_id: of.id.0, name: of.name, data_residency: "auto", notifications }
    }
}

impl NotificationsConfig {
    fn new(of: Notifications) -> Self {
        Self {
            failure: Some(NotificationConfig::new(of.failure)),
            success: Some(NotificationConfig::new(of.success)),
            connection_update: Some(NotificationConfig::new(of.connection_update)),
            connection_update_action_required: Some(NotificationConfig::new(of.connection_update_action_required)),
            sync_disabled: Some(NotificationConfig::new(of.sync_disabled)),
            sync_disabled_warning: Some(NotificationConfig::new(of.sync_disabled_warning)),
        }
    }

    fn over(self, mut of: Notifications) -> Notifications {
        for (change, notification) in [
            (self.failure, &mut of.failure),
            (self.success, &mut of.success),
            (self.connection_update, &mut of.connection_update),
            (self.connection_update_action_required, &mut of.connection_update_action_required),
            (self.sync_disabled, &mut of.sync_disabled),
            (self.sync_disabled_warning, &mut of.sync_disabled_warning),
        ] {
            change.unwrap_or_default().change(notification);
        }
        of
    }
}

impl NotificationConfig {
    fn new(of: Notification) -> Self {
        Self {
            email: Some(EmailNotificationConfig { enabled: Some(of.email) }),
            webhook: Some(WebhookNotificationConfig { enabled: Some(of.webhook_enabled), url: of.webhook }),
        }
    }

    fn change(self, of: &mut Notification) {
        of.email = self.email.and_then(|email| email.enabled).unwrap_or(of.email);
        let webhook = self.webhook.unwrap_or_default();
        of.webhook_enabled = webhook.enabled.unwrap_or(of.webhook_enabled);
        if let Some(url) = webhook.url {
            of.webhook = Some(url).filter(|url| !url.is_empty());
        }
    }
}

/// A workspace that is not deleted: deleted ones are only listed.
///
/// # Errors
/// 404.
pub(super) async fn living(server: &Server, id: WorkspaceId) -> Result<Workspace> {
    let workspace = server.plane.workspace(id).await?;
    if workspace.deleted_at.is_some() {
        return Err(Problem::not_found("workspace", id));
    }
    Ok(workspace)
}

/// Lists workspaces
#[utoipa::path(
    get, path = "/workspaces", tag = "Workspaces", operation_id = "listWorkspaces",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Paged<WorkspaceResponse>)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_workspaces(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    paging: Paging,
) -> Result<axum::Json<Paged<WorkspaceResponse>>> {
    let ids = caller.readable(asked.workspace_ids)?;
    let filter = WorkspaceFilter { ids, includes_deleted: asked.include_deleted };
    let workspaces = server.plane.workspaces(&filter, paging.page).await?;
    Ok(axum::Json(paging.paged(workspaces.into_iter().map(WorkspaceResponse::new).collect())))
}

/// Creates a workspace, whose administrator the caller becomes
#[utoipa::path(
    post, path = "/workspaces", tag = "Workspaces", operation_id = "createWorkspace",
    request_body = WorkspaceCreateRequest,
    responses((status = 200, body = WorkspaceResponse)),
    extensions(("x-role" = json!("user"))),
)]
async fn create_workspace(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<WorkspaceCreateRequest>,
) -> Result<axum::Json<WorkspaceResponse>> {
    let notifications = asked.notifications.unwrap_or_default().over(Notifications::default());
    let new = NewWorkspace { id: None, name: asked.name, email: None, notifications };
    Ok(axum::Json(WorkspaceResponse::new(server.plane.create_workspace(caller.by(), new).await?)))
}

/// Gets a workspace
#[utoipa::path(
    get, path = "/workspaces/{workspaceId}", tag = "Workspaces", operation_id = "getWorkspace",
    params(("workspaceId" = Uuid, Path)),
    responses((status = 200, body = WorkspaceResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_workspace(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<WorkspaceId>,
) -> Result<axum::Json<WorkspaceResponse>> {
    let workspace = living(&server, id).await?;
    caller.needs(Role::Reader, id)?;
    Ok(axum::Json(WorkspaceResponse::new(workspace)))
}

/// Changes what is given of a workspace
#[utoipa::path(
    patch, path = "/workspaces/{workspaceId}", tag = "Workspaces", operation_id = "updateWorkspace",
    params(("workspaceId" = Uuid, Path)),
    request_body = WorkspaceUpdateRequest,
    responses((status = 200, body = WorkspaceResponse)),
    extensions(("x-role" = json!("admin"))),
)]
async fn update_workspace(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<WorkspaceId>,
    Json(asked): Json<WorkspaceUpdateRequest>,
) -> Result<axum::Json<WorkspaceResponse>> {
    let workspace = living(&server, id).await?;
    caller.needs(Role::Admin, id)?;
    let notifications = asked.notifications.map(|change| change.over(workspace.notifications));
    let change = WorkspaceChange { name: asked.name, email: None, notifications };
    Ok(axum::Json(WorkspaceResponse::new(server.plane.change_workspace(caller.by(), id, change).await?)))
}

/// Deletes a workspace and what is in it
#[utoipa::path(
    delete, path = "/workspaces/{workspaceId}", tag = "Workspaces", operation_id = "deleteWorkspace",
    params(("workspaceId" = Uuid, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("admin"))),
)]
async fn delete_workspace(State(server): State<Server>, caller: Caller, Id(id): Id<WorkspaceId>) -> Result<StatusCode> {
    living(&server, id).await?;
    caller.needs(Role::Admin, id)?;
    server.plane.delete_workspace(caller.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
