//! Who changed what: a row for each change, written together with it.

use crate::store::{self, Change};
use crate::{By, ControlPlane, Page, Result, UserId, WorkspaceId};
use jiff::Timestamp;
use serde_json::{Value, json};

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
        store::event::list(self.store().reader(), filter, page).await
    }

    /// Writes down who did what, in the change that does it.
    pub(crate) async fn note(&self, change: &mut Change<'_>, by: By, what: Happened<'_>) -> Result<()> {
        let Happened { workspace, kind, id, action, summary } = what;
        let (at, summary) = (self.now(), summary.to_string());
        let row = store::event::EventRow {
            at,
            user_id: by.user,
            workspace_id: workspace,
            resource_kind: kind,
            resource_id: id,
            action,
            summary,
        };
        store::event::insert(change, row).await
    }
}

/// What is written down.
pub(crate) struct Happened<'a> {
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) kind: &'a str,
    pub(crate) id: String,
    pub(crate) action: &'a str,
    /// Never a secret.
    pub(crate) summary: Value,
}

impl<'a> Happened<'a> {
    /// Something that needs no more words than the name of the thing.
    pub(crate) fn new(kind: &'a str, id: impl ToString, action: &'a str, name: &str) -> Self {
        let summary = if name.is_empty() { Value::Object(Default::default()) } else { json!({ "name": name }) };
        Self { workspace: None, kind, id: id.to_string(), action, summary }
    }

    /// In a workspace.
    pub(crate) fn within(mut self, workspace: Option<WorkspaceId>) -> Self {
        self.workspace = workspace;
        self
    }
}
