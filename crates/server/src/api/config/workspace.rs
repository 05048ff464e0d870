//! `/workspaces/*`.

mod notification;

use super::call::{ADMIN, Call, Calls, Needs, READER};
use super::organization::{OrganizationInfoRead, organization_info};
use super::page::{Pagination, page};
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{
    Error, NewWorkspace, Notifications, Page, Workspace, WorkspaceChange, WorkspaceFilter, WorkspaceId, ZERO,
};
use notification::NotificationSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// A workspace by id.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkspaceIdBody {
    pub(crate) workspace_id: Uuid,
    /// A deleted one, too.
    include_tombstone: Option<bool>,
}

/// Which workspaces.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkspaceListBody {
    /// Only those whose name holds this.
    name_contains: Option<String>,
    include_tombstone: Option<bool>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkspaceCreate {
    name: String,
    email: Option<String>,
    notification_settings: Option<NotificationSettings>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkspaceUpdate {
    workspace_id: Uuid,
    name: Option<String>,
    email: Option<String>,
    notification_settings: Option<NotificationSettings>,
}

/// A workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkspaceRead {
    workspace_id: Uuid,
    customer_id: Uuid,
    name: String,
    slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    initial_setup_complete: bool,
    display_setup_wizard: bool,
    anonymous_data_collection: bool,
    news: bool,
    security_updates: bool,
    notification_settings: NotificationSettings,
    organization_id: Uuid,
    /// It is deleted.
    tombstone: bool,
}

#[derive(Serialize, ToSchema)]
struct WorkspaceReadList {
    workspaces: Vec<WorkspaceRead>,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("workspace")
        .answer("/workspaces/list", Needs::Login, "The workspaces of the caller.", list_all)
        .answer("/workspaces/list_paginated", Needs::Login, "A page of them.", list_page)
        .answer("/workspaces/list_by_organization_id", Needs::Login, "A page of them.", list_page)
        .answer("/workspaces/list_by_user_id", Needs::Login, "A page of them.", list_page)
        .answer("/workspaces/get", READER, "A workspace.", get)
        .answer("/workspaces/get_organization_info", READER, "The organization of a workspace.", get_organization_info)
        .answer("/workspaces/create", Needs::Login, "Creates a workspace, whose administrator the caller is.", create)
        .answer("/workspaces/update", ADMIN, "Changes what is sent of a workspace.", update)
        .done("/workspaces/delete", ADMIN, "Deletes a workspace and what is in it.", delete)
        .router()
}

impl From<Workspace> for WorkspaceRead {
    fn from(workspace: Workspace) -> Self {
        Self {
            workspace_id: workspace.id.0,
            customer_id: workspace.id.0,
            slug: workspace.id.to_string(),
            name: workspace.name,
            email: workspace.email,
            initial_setup_complete: true,
            display_setup_wizard: false,
            anonymous_data_collection: false,
            news: false,
            security_updates: false,
            notification_settings: NotificationSettings::from(&workspace.notifications),
            organization_id: ZERO,
            tombstone: workspace.deleted_at.is_some(),
        }
    }
}

async fn allowed<B>(call: &Call<B>, id: Uuid, includes_deleted: bool) -> Result<Workspace> {
    call.allowed_in(WorkspaceId(id))?;
    let workspace = call.plane().workspace(WorkspaceId(id)).await?;
    if workspace.deleted_at.is_some() && !includes_deleted {
        return Err(Error::not_found("workspace", id).into());
    }
    Ok(workspace)
}

async fn visible(call: &Call<WorkspaceListBody>, page: Page) -> Result<Vec<Workspace>> {
    let includes_deleted = call.body.include_tombstone.unwrap_or_default();
    let filter = WorkspaceFilter { ids: call.caller.readable(Vec::new())?, includes_deleted };
    Ok(call.plane().workspaces(&filter, page).await?)
}

async fn list_all(call: Call<WorkspaceListBody>) -> Result<WorkspaceReadList> {
    let workspaces = visible(&call, Page::all()).await?;
    Ok(WorkspaceReadList { workspaces: workspaces.into_iter().map(WorkspaceRead::from).collect() })
}

async fn list_page(call: Call<WorkspaceListBody>) -> Result<WorkspaceReadList> {
    let page = page(call.body.pagination, 100);
    let Some(part) = call.body.name_contains.as_deref().map(str::to_lowercase) else {
        let workspaces = visible(&call, page).await?;
        return Ok(WorkspaceReadList { workspaces: workspaces.into_iter().map(WorkspaceRead::from).collect() });
    };
    let named = visible(&call, Page::all()).await?.into_iter().filter(|it| it.name.to_lowercase().contains(&part));
    let (before, size) = (page.offset as usize, page.limit as usize);
    Ok(WorkspaceReadList { workspaces: named.skip(before).take(size).map(WorkspaceRead::from).collect() })
}

async fn get(call: Call<WorkspaceIdBody>) -> Result<WorkspaceRead> {
    let includes_deleted = call.body.include_tombstone.unwrap_or_default();
    allowed(&call, call.body.workspace_id, includes_deleted).await.map(WorkspaceRead::from)
}

async fn get_organization_info(call: Call<WorkspaceIdBody>) -> Result<OrganizationInfoRead> {
    allowed(&call, call.body.workspace_id, false).await?;
    Ok(organization_info())
}

async fn create(call: Call<WorkspaceCreate>) -> Result<WorkspaceRead> {
    let (plane, by, body) = (call.plane().clone(), call.by(), call.body);
    let notifications = body.notification_settings.unwrap_or_default().over(Notifications::default());
    let new = NewWorkspace { id: None, name: body.name, email: body.email, notifications };
    Ok(plane.create_workspace(by, new).await?.into())
}

async fn update(call: Call<WorkspaceUpdate>) -> Result<WorkspaceRead> {
    let workspace = allowed(&call, call.body.workspace_id, false).await?;
    let (plane, by, body) = (call.plane().clone(), call.by(), call.body);
    let notifications = body.notification_settings.map(|change| change.over(workspace.notifications));
    let change = WorkspaceChange { name: body.name, email: body.email, notifications };
    Ok(plane.change_workspace(by, workspace.id, change).await?.into())
}

async fn delete(call: Call<WorkspaceIdBody>) -> Result<()> {
    let workspace = allowed(&call, call.body.workspace_id, false).await?;
    Ok(call.plane().delete_workspace(call.by(), workspace.id).await?)
}
