//! Connections: a source joined to a destination, with streams and a schedule.

use crate::event::Happened;
use crate::schema::{SchemaChange, SchemaPolicy};
use crate::store::{self, Change, moment};
use crate::streams::{StreamSelection, Streams, resolve};
use crate::tag::Tag;
use crate::{
    Actor, ActorId, ActorKind, By, CatalogId, ConnectionId, ControlPlane, Error, Page, Result, Schedule, TagId,
    WorkspaceId,
};
use jiff::Timestamp;
use longshore_protocol::{Catalog, DestinationSyncMode, Spec};
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
        new.schedule.validate()?;
        check_namespace(&new.namespace)?;
        if !matches!(new.status, ConnectionStatus::Active | ConnectionStatus::Inactive) {
            return Err(Error::invalid("connection.status", "a new connection is active or inactive"));
        }
        let source = self.actor(ActorKind::Source, new.source_id).await?;
        let destination = self.actor(ActorKind::Destination, new.destination_id).await?;
        if source.workspace_id != destination.workspace_id {
            let message = "a source and a destination are joined only within one workspace";
            return Err(Error::invalid("connection.other_workspace", message));
        }
        let ends = (source.id, destination.id);
        let (streams, catalog_id) = self.resolve_streams(by, ends, new.streams.clone(), new.catalog_id).await?;
        let mut change = self.store().change().await?;
        let tags = tags(&mut change, source.workspace_id, &new.tags).await?;
        let connection = self.built(new, (&source, &destination), streams, catalog_id, tags);
        if !store::connection::insert(&mut change, &connection).await? {
            let message = format!("there is a connection {} already", connection.id);
            return Err(Error::conflict("connection.already_exists", message));
        }
        store::tag::set(&mut change, connection.id, &connection.tags).await?;
        self.note_connection(&mut change, by, &connection, "created").await?;
        change.commit().await?;
        self.wake().tell_work();
        Ok(connection)
    }

    fn built(
        &self,
        new: NewConnection,
        (source, destination): (&Actor, &Actor),
        streams: Vec<StreamSelection>,
        catalog_id: Option<CatalogId>,
        tags: Vec<Tag>,
    ) -> Connection {
        let now = self.now();
        let name = new.name.filter(|name| !name.trim().is_empty());
        let is_active = new.status == ConnectionStatus::Active;
        Connection {
            id: new.id.unwrap_or_else(ConnectionId::random),
            workspace_id: source.workspace_id,
            source_id: source.id,
            destination_id: destination.id,
            name: name.unwrap_or_else(|| format!("{} → {}", source.name, destination.name)),
            status: new.status,
            status_reason: None,
            streams,
            catalog_id,
            namespace: new.namespace,
            prefix: new.prefix,
            next_run_at: new.schedule.next_after(None, now).filter(|_| is_active),
            schedule: new.schedule,
            schema_policy: new.schema_policy,
            backfills: new.backfills,
            notifies_schema_changes: new.notifies_schema_changes,
            schema_change: SchemaChange::None,
            tags,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        }
    }

    /// What is stored for a wish; asks the source for its catalog where that is needed.
    async fn resolve_streams(
        &self,
        by: By,
        (source, destination): (ActorId, ActorId),
        streams: Streams,
        catalog_id: Option<CatalogId>,
    ) -> Result<(Vec<StreamSelection>, Option<CatalogId>)> {
        if let Streams::Selections(_) = streams {
            let nothing = Catalog { streams: Vec::new(), extra: longshore_protocol::Extra::default() };
            let last = self.last_catalog(source).await?.map(|last| last.id);
            return Ok((resolve(&nothing, &[], streams)?, catalog_id.or(last)));
        }
        let discovered = self.discover(by, source, false).await?;
        let modes = self.destination_modes(destination).await?;
        Ok((resolve(&discovered.catalog, &modes, streams)?, Some(discovered.catalog_id)))
    }

    /// What the destination can do with records. One that does not say can append and overwrite.
    pub(crate) async fn destination_modes(&self, destination: ActorId) -> Result<Vec<DestinationSyncMode>> {
        let spec = store::connection::spec_of(self.store().reader(), destination).await?;
        let spec: Option<Spec> = spec.and_then(|spec| serde_json::from_str(&spec).ok());
        let modes = spec.and_then(|spec| spec.supported_destination_sync_modes).filter(|modes| !modes.is_empty());
        Ok(modes.unwrap_or_else(|| vec![DestinationSyncMode::Append, DestinationSyncMode::Overwrite]))
    }

    /// Whether the destination takes generations.
    pub(crate) async fn takes_refreshes(&self, change: &mut Change<'_>, connection: &Connection) -> Result<bool> {
        store::connection::takes_refreshes(change, connection.destination_id).await
    }

    /// A connection; not a deleted one.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connection(&self, id: ConnectionId) -> Result<Connection> {
        let found = store::connection::get(&mut *self.store().reader().acquire().await?, id).await?;
        found.filter(|connection| connection.deleted_at.is_none()).ok_or_else(|| Error::not_found("connection", id))
    }

    /// The same, and nobody else changes it until this change is done.
    pub(crate) async fn locked_connection(&self, change: &mut Change<'_>, id: ConnectionId) -> Result<Connection> {
        let found = store::connection::lock(change, id).await?;
        found.filter(|connection| connection.deleted_at.is_none()).ok_or_else(|| Error::not_found("connection", id))
    }

    /// Connections in the order in which they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connections(&self, filter: &ConnectionFilter, page: Page) -> Result<Vec<Connection>> {
        store::connection::list(self.store().reader(), filter, page).await
    }

    /// Changes a connection. A job that runs goes on as it was.
    ///
    /// # Errors
    /// As when it is made; `connection.locked`.
    pub async fn change_connection(&self, by: By, id: ConnectionId, change: ConnectionChange) -> Result<Connection> {
        let before = self.connection(id).await?;
        if change.status == Some(ConnectionStatus::Deprecated) {
            self.delete_connection(by, id).await?;
            return Ok(Connection { status: ConnectionStatus::Deprecated, ..before });
        }
        if let Some(schedule) = &change.schedule {
            schedule.validate()?;
        }
        if let Some(namespace) = &change.namespace {
            check_namespace(namespace)?;
        }
        let streams = match change.streams.clone() {
            Some(streams) => {
                let ends = (before.source_id, before.destination_id);
                Some(self.resolve_streams(by, ends, streams, change.catalog_id).await?)
            }
            None => None,
        };
        let mut written = self.store().change().await?;
        let mut connection = self.locked_connection(&mut written, id).await?;
        if connection.status == ConnectionStatus::Locked {
            return Err(Error::conflict(
                "connection.locked",
                format!("the connection `{}` is locked", connection.name),
            ));
        }
        if let Some(wanted) = &change.tags {
            connection.tags = tags(&mut written, connection.workspace_id, wanted).await?;
            store::tag::set(&mut written, id, &connection.tags).await?;
        }
        let last_created = store::job::last_created(&mut *written, id).await?.map(moment::timestamp);
        self.apply(&mut connection, change, streams, last_created);
        store::connection::update(&mut written, &connection).await?;
        self.note_connection(&mut written, by, &connection, "changed").await?;
        written.commit().await?;
        self.wake().tell_work();
        Ok(connection)
    }

    fn apply(
        &self,
        connection: &mut Connection,
        change: ConnectionChange,
        streams: Option<(Vec<StreamSelection>, Option<CatalogId>)>,
        last_created: Option<Timestamp>,
    ) {
        let now = self.now();
        let was_active = connection.status == ConnectionStatus::Active;
        let new_schedule = change.schedule.filter(|schedule| *schedule != connection.schedule);
        let is_rescheduled = new_schedule.is_some();
        set(&mut connection.name, change.name.filter(|name| !name.trim().is_empty()));
        set(&mut connection.schedule, new_schedule);
        set(&mut connection.namespace, change.namespace);
        set(&mut connection.prefix, change.prefix);
        set(&mut connection.schema_policy, change.schema_policy);
        set(&mut connection.backfills, change.backfills);
        set(&mut connection.notifies_schema_changes, change.notifies_schema_changes);
        set(&mut connection.status, change.status);
        let is_active = connection.status == ConnectionStatus::Active;
        if let Some((streams, catalog_id)) = streams {
            connection.streams = streams;
            connection.catalog_id = catalog_id.or(connection.catalog_id);
            connection.schema_change = SchemaChange::None;
        }
        if change.accepts_schema || (is_active && !was_active) {
            connection.schema_change = SchemaChange::None;
        }
        if is_active && !was_active {
            connection.status_reason = None;
        }
        if !is_active {
            connection.next_run_at = None;
        } else if is_rescheduled || !was_active {
            connection.next_run_at = connection.schedule.next_after(last_created, now);
        }
        connection.updated_at = now;
    }

    /// Deletes a connection: it does not run any more; its jobs can still be looked at. A job that runs is cancelled.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delete_connection(&self, by: By, id: ConnectionId) -> Result<()> {
        let mut change = self.store().change().await?;
        let connection = self.locked_connection(&mut change, id).await?;
        self.remove_connection(&mut change, by, connection).await?;
        change.commit().await?;
        self.wake().tell_changed();
        Ok(())
    }

    /// Deletes the connections of a source or destination.
    pub(crate) async fn remove_connections_of(&self, change: &mut Change<'_>, by: By, actor: ActorId) -> Result<()> {
        for id in store::connection::of_actor(change, actor).await? {
            if let Some(connection) = store::connection::lock(change, id).await? {
                self.remove_connection(change, by, connection).await?;
            }
        }
        Ok(())
    }

    async fn remove_connection(&self, change: &mut Change<'_>, by: By, mut connection: Connection) -> Result<()> {
        let now = self.now();
        connection.status = ConnectionStatus::Deprecated;
        connection.deleted_at = Some(now);
        connection.updated_at = now;
        connection.next_run_at = None;
        store::connection::update(change, &connection).await?;
        if let Some(active) = store::job::active_of(&mut **change, connection.id).await?
            && let Some(worked) = store::job::lock(change, active, None).await?
        {
            self.cancel(change, Some(&connection), worked).await?;
        }
        self.note_connection(change, by, &connection, "deleted").await
    }

    pub(crate) async fn note_connection(
        &self,
        change: &mut Change<'_>,
        by: By,
        connection: &Connection,
        action: &str,
    ) -> Result<()> {
        let what = Happened::new("connection", connection.id, action, &connection.name);
        self.note(change, by, what.within(Some(connection.workspace_id))).await
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn check_namespace(namespace: &NamespaceDefinition) -> Result<()> {
    match namespace {
        NamespaceDefinition::Custom(format) if format.trim().is_empty() => Err(Error::invalid(
            "connection.namespace",
            "a custom namespace needs a format, such as ${SOURCE_NAMESPACE}",
        )),
        _ => Ok(()),
    }
}

async fn tags(change: &mut Change<'_>, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>> {
    let mut tags: Vec<Tag> = Vec::new();
    for id in ids {
        let tag = store::tag::get(&mut **change, *id).await?.filter(|tag| tag.workspace_id == workspace);
        let tag = tag.ok_or_else(|| Error::not_found("tag", id))?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}
