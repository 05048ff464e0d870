//! Who changed what: a row for each change, written together with it.

use crate::{ControlPlane, Page, Result, UserId, WorkspaceId};
use jiff::Timestamp;
use serde_json::Value;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// A running number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it; nobody when the platform did it on its own.
    pub user_id: Option<UserId>,
    /// Where.
    pub workspace_id: Option<WorkspaceId>,
    /// To what kind of thing, such as `connection`.
    pub resource_kind: String,
    /// To which one.
    pub resource_id: String,
    /// What was done, such as `created`, `changed`, `deleted`.
    pub action: String,
    /// More; never a secret.
    pub summary: Value,
}

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only in these workspaces.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// Only of this kind of thing and this one.
    pub resource: Option<(String, String)>,
}

impl ControlPlane {
    /// Events, the newest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn events(&self, filter: &EventFilter, page: Page) -> Result<Vec<Event>> {
        let _ = (filter, page);
        unimplemented!()
    }
}
