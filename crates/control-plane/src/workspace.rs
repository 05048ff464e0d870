//! Workspaces: what belongs together, and who is told of it.

use crate::{By, ControlPlane, Page, Result, WorkspaceId};
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

impl ControlPlane {
    /// Makes a workspace; whoever makes it is its admin.
    ///
    /// # Errors
    /// `workspace.name_missing`, `workspace.exists`, `notification.url_invalid`; `database.*`.
    pub async fn create_workspace(&self, by: By, new: NewWorkspace) -> Result<Workspace> {
        let _ = (by, new);
        unimplemented!()
    }

    /// A workspace, also one that is deleted.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Workspace> {
        let _ = id;
        unimplemented!()
    }

    /// Workspaces, the oldest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn workspaces(&self, filter: &WorkspaceFilter, page: Page) -> Result<Vec<Workspace>> {
        let _ = (filter, page);
        unimplemented!()
    }

    /// Changes a workspace.
    ///
    /// # Errors
    /// Not found; `workspace.name_missing`, `notification.url_invalid`; `database.*`.
    pub async fn change_workspace(&self, by: By, id: WorkspaceId, change: WorkspaceChange) -> Result<Workspace> {
        let _ = (by, id, change);
        unimplemented!()
    }

    /// Deletes a workspace with its connections, sources and destinations.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_workspace(&self, by: By, id: WorkspaceId) -> Result<()> {
        let _ = (by, id);
        unimplemented!()
    }
}
