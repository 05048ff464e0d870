//! Workspaces: what belongs together, and who is told of it.

use crate::event::Happened;
use crate::store::{Change, actor as actors, workspace as rows};
use crate::{By, ControlPlane, Error, NewPermission, Page, PermissionKind, Problem, Result, WorkspaceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A place for sources, destinations and connections.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Whom to write to.
    pub email: Option<String>,
    /// What is told, and where.
    pub notifications: Notifications,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// What is told, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// A job failed.
    pub failure: Notification,
    /// A job succeeded.
    pub success: Notification,
    /// A schema changed.
    pub connection_update: Notification,
    /// A schema changed so that somebody has to act.
    pub connection_update_action_required: Notification,
    /// A connection was switched off after failures.
    pub sync_disabled: Notification,
    /// A connection is about to be switched off.
    pub sync_disabled_warning: Notification,
}

/// Where one thing is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notification {
    /// By e-mail. Kept for clients; Longshore sends none.
    pub email: bool,
    /// The URL of a webhook.
    pub webhook: Option<String>,
    /// Whether the webhook is called.
    pub webhook_enabled: bool,
}

/// A workspace to be made.
#[derive(Debug, Clone, Default)]
pub struct NewWorkspace {
    /// Its id, when the caller chooses it.
    pub id: Option<WorkspaceId>,
    /// Its name.
    pub name: String,
    /// Whom to write to.
    pub email: Option<String>,
    /// What is told, and where.
    pub notifications: Notifications,
}

/// What changes of a workspace.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceChange {
    /// The name.
    pub name: Option<String>,
    /// Whom to write to.
    pub email: Option<String>,
    /// What is told, and where.
    pub notifications: Option<Notifications>,
}

/// Which workspaces.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceFilter {
    /// Only these; any when absent.
    pub ids: Option<Vec<WorkspaceId>>,
    /// Deleted ones, too.
    pub includes_deleted: bool,
}

impl Workspace {
    fn validate(&self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::invalid("workspace.name_missing", "a workspace has a name"));
        }
        let all = &self.notifications;
        let each = [
            ("failure", &all.failure),
            ("success", &all.success),
            ("connectionUpdate", &all.connection_update),
            ("connectionUpdateActionRequired", &all.connection_update_action_required),
            ("syncDisabled", &all.sync_disabled),
            ("syncDisabledWarning", &all.sync_disabled_warning),
        ];
        let wrong = each.iter().filter(|(_, one)| one.webhook.as_deref().is_some_and(|url| !is_url(url)));
        let problems: Vec<_> = wrong.map(|(name, _)| problem_of_url(name)).collect();
        if problems.is_empty() {
            return Ok(());
        }
        let message = "the URL of a webhook begins with http:// or https://".to_owned();
        Err(Error::Invalid { code: "notification.url_invalid", message, problems })
    }
}

/// An empty one counts as none.
fn is_url(url: &str) -> bool {
    url.is_empty() || url.starts_with("https://") || url.starts_with("http://")
}

fn problem_of_url(name: &str) -> Problem {
    Problem { path: format!("/notifications/{name}/webhook/url"), message: "is no http or https URL".to_owned() }
}

impl ControlPlane {
    /// Makes a workspace; whoever makes it is its admin.
    ///
    /// # Errors
    /// `workspace.name_missing`, `workspace.exists`, `notification.url_invalid`; `database.*`.
    pub async fn create_workspace(&self, by: By, new: NewWorkspace) -> Result<Workspace> {
        let id = new.id.unwrap_or_else(WorkspaceId::random);
        let NewWorkspace { name, email, notifications, .. } = new;
        let now = self.now();
        let workspace =
            Workspace { id, name, email, notifications, created_at: now, updated_at: now, deleted_at: None };
        workspace.validate()?;
        let mut change = self.store().change().await?;
        self.add_workspace(&mut change, by, &workspace).await?;
        change.commit().await?;
        Ok(workspace)
    }

    /// A workspace, also one that is deleted.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Workspace> {
        let found = rows::get(self.store().reader(), id).await?;
        found.ok_or_else(|| Error::not_found("workspace", id))
    }

    /// Workspaces, the oldest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn workspaces(&self, filter: &WorkspaceFilter, page: Page) -> Result<Vec<Workspace>> {
        rows::list(self.store().reader(), filter, page).await
    }

    /// Changes a workspace.
    ///
    /// # Errors
    /// Not found; `workspace.name_missing`, `notification.url_invalid`; `database.*`.
    pub async fn change_workspace(&self, by: By, id: WorkspaceId, change: WorkspaceChange) -> Result<Workspace> {
        let mut tx = self.store().change().await?;
        let mut workspace = self.locked_workspace(&mut tx, id).await?;
        let WorkspaceChange { name, email, notifications } = change;
        workspace.name = name.unwrap_or(workspace.name);
        workspace.email = email.or(workspace.email);
        workspace.notifications = notifications.unwrap_or(workspace.notifications);
        workspace.validate()?;
        rows::update(&mut tx, &workspace).await?;
        let happened = Happened::new("workspace", id, "changed", &workspace.name).within(Some(id));
        self.note(&mut tx, by, happened).await?;
        tx.commit().await?;
        Ok(workspace)
    }

    /// Deletes a workspace with its connections, sources and destinations.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_workspace(&self, by: By, id: WorkspaceId) -> Result<()> {
        let mut tx = self.store().change().await?;
        let mut workspace = self.locked_workspace(&mut tx, id).await?;
        workspace.deleted_at = Some(workspace.updated_at);
        rows::update(&mut tx, &workspace).await?;
        self.delete_actors(&mut tx, by, &actors::Of::Workspace(id)).await?;
        let happened = Happened::new("workspace", id, "deleted", &workspace.name).within(Some(id));
        self.note(&mut tx, by, happened).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl ControlPlane {
    /// A workspace that is not deleted, which nobody else changes until this change ends.
    pub(crate) async fn locked_workspace(&self, change: &mut Change<'_>, id: WorkspaceId) -> Result<Workspace> {
        let is_there = rows::touch(change, id, self.now()).await?;
        let found = if is_there { rows::get(&mut **change, id).await? } else { None };
        found.ok_or_else(|| Error::not_found("workspace", id))
    }

    /// That a workspace is there.
    pub(crate) async fn need_workspace(&self, id: WorkspaceId) -> Result<()> {
        let found = rows::get(self.store().reader(), id).await?;
        let is_there = found.is_some_and(|workspace| workspace.deleted_at.is_none());
        if is_there { Ok(()) } else { Err(Error::not_found("workspace", id)) }
    }

    pub(crate) async fn add_workspace(&self, change: &mut Change<'_>, by: By, new: &Workspace) -> Result<()> {
        if !rows::insert(change, new).await? {
            return Err(Error::conflict("workspace.exists", format!("there is a workspace {} already", new.id)));
        }
        if let Some(user_id) = by.user {
            let kind = PermissionKind::WorkspaceAdmin;
            let permission = NewPermission { user_id, workspace_id: Some(new.id), kind };
            self.add_permission(change, by, permission).await?;
        }
        self.note(change, by, Happened::new("workspace", new.id, "created", &new.name).within(Some(new.id))).await
    }
}
