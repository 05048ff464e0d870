//! Sources and destinations: connectors with a configuration.

use crate::{ActorId, ActorKind, By, ControlPlane, DefinitionId, Page, Result, VersionId, WorkspaceId};
use jiff::Timestamp;
use serde_json::Value;

/// A source or a destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// Its id.
    pub id: ActorId,
    /// Which of the two.
    pub kind: ActorKind,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// What it is.
    pub definition_id: DefinitionId,
    /// The version that it is pinned to; that of its definition when absent.
    pub version_id: Option<VersionId>,
    /// Its name.
    pub name: String,
    /// Its configuration, with `{"_secret": …}` in place of secrets.
    pub configuration: Value,
    /// What its runs may take of the machine.
    pub resource_allocation: Option<Value>,
    /// Its configuration is not complete yet.
    pub is_draft: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// A source or destination to be made. It may hold secrets: no `Debug`.
#[derive(Clone)]
pub struct NewActor {
    /// Which of the two.
    pub kind: ActorKind,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// What it is.
    pub definition_id: DefinitionId,
    /// Its name.
    pub name: String,
    /// Its configuration, with secrets.
    pub configuration: Value,
    /// What its runs may take of the machine.
    pub resource_allocation: Option<Value>,
    /// Its configuration is not complete yet, and not validated.
    pub is_draft: bool,
}

/// How a configuration changes; a masked secret stays as it is.
#[derive(Clone)]
pub enum ConfigurationChange {
    /// It becomes this.
    Replace(Value),
    /// This is merged into it: objects key by key, `null` takes a key away.
    Merge(Value),
}

/// What changes of a source or destination. It may hold secrets: no `Debug`.
#[derive(Clone, Default)]
pub struct ActorChange {
    /// The name.
    pub name: Option<String>,
    /// The configuration.
    pub configuration: Option<ConfigurationChange>,
    /// What its runs may take of the machine.
    pub resource_allocation: Option<Value>,
    /// The version that it is pinned to; `Some(None)` for that of its definition.
    pub version: Option<Option<VersionId>>,
}

/// Which sources or destinations.
#[derive(Debug, Clone, Default)]
pub struct ActorFilter {
    /// Only in these workspaces; any when absent.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// Only of this definition.
    pub definition: Option<DefinitionId>,
    /// Only with exactly this name.
    pub name: Option<String>,
    /// Deleted ones, too.
    pub includes_deleted: bool,
}

impl ControlPlane {
    /// Makes a source or destination.
    ///
    /// # Errors
    /// Workspace or definition not found; `actor.name_missing`, `configuration.invalid`; `database.*`.
    pub async fn create_actor(&self, by: By, new: NewActor) -> Result<Actor> {
        let _ = (by, new);
        unimplemented!()
    }

    /// A source or destination that is not deleted.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn actor(&self, kind: ActorKind, id: ActorId) -> Result<Actor> {
        let _ = (kind, id);
        unimplemented!()
    }

    /// Sources or destinations, the oldest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn actors(&self, kind: ActorKind, filter: &ActorFilter, page: Page) -> Result<Vec<Actor>> {
        let _ = (kind, filter, page);
        unimplemented!()
    }

    /// Changes a source or destination.
    ///
    /// # Errors
    /// Not found; `actor.name_missing`, `configuration.invalid`, `configuration.secret_missing`; `database.*`.
    pub async fn change_actor(&self, by: By, kind: ActorKind, id: ActorId, change: ActorChange) -> Result<Actor> {
        let _ = (by, kind, id, change);
        unimplemented!()
    }

    /// Deletes a source or destination with its connections and secrets.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_actor(&self, by: By, kind: ActorKind, id: ActorId) -> Result<()> {
        let _ = (by, kind, id);
        unimplemented!()
    }
}

/// A configuration as it may be shown: secrets are masked, or, with `coordinates`, shown by their ids.
#[must_use]
pub fn shown_configuration(actor: &Actor, coordinates: bool) -> Value {
    let _ = (actor, coordinates);
    unimplemented!()
}
