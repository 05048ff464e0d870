//! Connections: a source joined to a destination, with streams and a schedule.

use crate::schema::{SchemaChange, SchemaPolicy};
use crate::streams::{StreamSelection, Streams};
use crate::tag::Tag;
use crate::{ActorId, By, CatalogId, ConnectionId, ControlPlane, Page, Result, Schedule, TagId, WorkspaceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A source joined to a destination.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Where it is.
    pub workspace_id: WorkspaceId,
    /// Whom it reads from.
    pub source_id: ActorId,
    /// Whom it writes to.
    pub destination_id: ActorId,
    /// What people call it.
    pub name: String,
    /// Whether it runs.
    pub status: ConnectionStatus,
    /// Why it does not.
    pub status_reason: Option<String>,
    /// What it takes.
    pub streams: Vec<StreamSelection>,
    /// The catalog that its streams are from.
    pub catalog_id: Option<CatalogId>,
    /// Where the destination's namespace comes from.
    pub namespace: NamespaceDefinition,
    /// Put before each stream's name.
    pub prefix: String,
    /// When it runs by itself.
    pub schedule: Schedule,
    /// When that is next.
    pub next_run_at: Option<Timestamp>,
    /// What happens when the source's schema changes.
    pub schema_policy: SchemaPolicy,
    /// Whether a column that comes up is filled for old rows, too.
    pub backfills: bool,
    /// Whether somebody is told of changes.
    pub notifies_schema_changes: bool,
    /// A change that nobody has accepted yet.
    pub schema_change: SchemaChange,
    /// Its labels.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// Whether a connection runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// By its schedule and by hand.
    #[default]
    Active,
    /// Not at all, until somebody switches it on.
    Inactive,
    /// It is deleted.
    Deprecated,
    /// Not at all, and nobody may change it.
    Locked,
}

/// Where the destination's namespace comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", content = "format", rename_all = "snake_case")]
pub enum NamespaceDefinition {
    /// As at the source.
    Source,
    /// The destination's own default.
    #[default]
    Destination,
    /// A text with `${SOURCE_NAMESPACE}` in it.
    Custom(String),
}

/// A connection that is to be made.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its id; random when absent.
    pub id: Option<ConnectionId>,
    /// Whom it reads from.
    pub source_id: ActorId,
    /// Whom it writes to.
    pub destination_id: ActorId,
    /// `source → destination` when absent.
    pub name: Option<String>,
    /// What it takes.
    pub streams: Streams,
    /// The catalog that selections are from.
    pub catalog_id: Option<CatalogId>,
    /// When it runs by itself.
    pub schedule: Schedule,
    /// Where the destination's namespace comes from.
    pub namespace: NamespaceDefinition,
    /// Put before each stream's name.
    pub prefix: String,
    /// What happens when the source's schema changes.
    pub schema_policy: SchemaPolicy,
    /// Active or inactive.
    pub status: ConnectionStatus,
    /// Its labels, of the same workspace.
    pub tags: Vec<TagId>,
    /// Whether a column that comes up is filled for old rows, too.
    pub backfills: bool,
    /// Whether somebody is told of changes.
    pub notifies_schema_changes: bool,
}

impl NewConnection {
    /// One that takes everything, by hand.
    #[must_use]
    pub fn between(source_id: ActorId, destination_id: ActorId) -> Self {
        Self {
            id: None,
            source_id,
            destination_id,
            name: None,
            streams: Streams::All,
            catalog_id: None,
            schedule: Schedule::Manual,
            namespace: NamespaceDefinition::Destination,
            prefix: String::new(),
            schema_policy: SchemaPolicy::Ignore,
            status: ConnectionStatus::Active,
            tags: Vec::new(),
            backfills: false,
            notifies_schema_changes: false,
        }
    }
}

/// What is to be changed of a connection; what is absent stays.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ConnectionChange {
    pub name: Option<String>,
    pub streams: Option<Streams>,
    pub catalog_id: Option<CatalogId>,
    pub schedule: Option<Schedule>,
    pub namespace: Option<NamespaceDefinition>,
    pub prefix: Option<String>,
    pub schema_policy: Option<SchemaPolicy>,
    pub status: Option<ConnectionStatus>,
    pub tags: Option<Vec<TagId>>,
    pub backfills: Option<bool>,
    pub notifies_schema_changes: Option<bool>,
    /// Somebody has looked at the change of the schema and accepts it.
    pub accepts_schema: bool,
}

/// Which connections are asked for; what is absent does not matter.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ConnectionFilter {
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// Those with at least one of these.
    pub tags: Option<Vec<TagId>>,
    pub source: Option<ActorId>,
    pub destination: Option<ActorId>,
    pub includes_deleted: bool,
}

impl ControlPlane {
    /// Makes a connection. The source is asked for its catalog unless that is known.
    ///
    /// # Errors
    /// `connection.*` for each thing that may be wrong with it; what discover says.
    pub async fn create_connection(&self, by: By, new: NewConnection) -> Result<Connection> {
        let _ = (by, new);
        unimplemented!()
    }

    /// A connection; not a deleted one.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connection(&self, id: ConnectionId) -> Result<Connection> {
        let _ = id;
        unimplemented!()
    }

    /// Connections in the order in which they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connections(&self, filter: &ConnectionFilter, page: Page) -> Result<Vec<Connection>> {
        let _ = (filter, page);
        unimplemented!()
    }

    /// Changes a connection. A job that runs goes on as it was.
    ///
    /// # Errors
    /// As when it is made; `connection.locked`.
    pub async fn change_connection(&self, by: By, id: ConnectionId, change: ConnectionChange) -> Result<Connection> {
        let _ = (by, id, change);
        unimplemented!()
    }

    /// Deletes a connection: it does not run any more; its jobs can still be looked at. A job that runs is cancelled.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delete_connection(&self, by: By, id: ConnectionId) -> Result<()> {
        let _ = (by, id);
        unimplemented!()
    }
}
