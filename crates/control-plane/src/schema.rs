//! What a source's schema has become, what that means for a connection, and what its policy makes of it.

mod diff;
mod propagation;

pub use diff::diff;

use crate::event::Happened;
use crate::store::{self, Change};
use crate::{By, Connection, ConnectionId, ConnectionStatus, ControlPlane, Discovered, Result};
use longshore_protocol::{Catalog, DestinationSyncMode, Extra, StreamDescriptor};
use propagation::{propagate, to_backfill};
use serde::{Deserialize, Serialize};

/// What happens when the schema changes without breaking anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaPolicy {
    /// It is noted.
    #[default]
    Ignore,
    /// The connection waits until somebody has looked at it.
    Disable,
    /// Columns of selected streams follow it.
    PropagateColumns,
    /// Streams follow it, too.
    PropagateFully,
}

/// A change that nobody has accepted yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaChange {
    /// There is none.
    #[default]
    None,
    /// The connection still works.
    NonBreaking,
    /// The connection does not work until it is changed.
    Breaking,
}

/// How two catalogs differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CatalogDiff {
    /// What became of each stream that is not as it was.
    pub transforms: Vec<StreamTransform>,
    /// Whether the connection does not work with the new catalog.
    pub is_breaking: bool,
}

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamTransform {
    /// The stream.
    pub stream: StreamDescriptor,
    /// Whether it came, went or changed.
    pub kind: TransformKind,
    /// What changed within it.
    pub fields: Vec<FieldTransform>,
    /// The source names another primary key.
    pub primary_key_changed: bool,
    /// Whether the connection does not work with it.
    pub is_breaking: bool,
}

/// Whether a thing came, went or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TransformKind {
    Added,
    Removed,
    Changed,
}

/// What became of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldTransform {
    /// Where it is.
    pub path: Vec<String>,
    /// Whether it came, went or changed its type.
    pub kind: TransformKind,
    /// Whether the connection does not work with it.
    pub is_breaking: bool,
}

impl ControlPlane {
    /// Asks the source for its catalog, anew unless `uses_cache`, and does what the connection's policy says about changes.
    ///
    /// # Errors
    /// What discover says.
    pub async fn refresh_schema(&self, by: By, id: ConnectionId, uses_cache: bool) -> Result<CatalogDiff> {
        let before = self.connection(id).await?;
        let discovered = self.discover(by, before.source_id, !uses_cache).await?;
        self.apply_schema(by, id, &discovered).await
    }

    /// Does what the connection's policy says about how a catalog differs from its own.
    ///
    /// # Errors
    /// When there is no such connection.
    pub async fn apply_schema(&self, by: By, id: ConnectionId, discovered: &Discovered) -> Result<CatalogDiff> {
        let known = self.connection(id).await?;
        let modes = self.destination_modes(known.destination_id).await?;
        let old = self.known_catalog(&known).await?;
        let mut change = self.store().change().await?;
        let mut connection = self.locked_connection(&mut change, id).await?;
        let diff = diff(&old, &discovered.catalog, &connection.streams);
        let had = connection.schema_change;
        let was = (connection.status, connection.schema_change, connection.catalog_id);
        self.follow(&mut change, &mut connection, discovered, &diff, &modes).await?;
        if !diff.transforms.is_empty() || was != (connection.status, connection.schema_change, connection.catalog_id) {
            connection.updated_at = self.now();
            store::connection::update(&mut change, &connection).await?;
        }
        let is_news = !diff.transforms.is_empty()
            && (connection.schema_change == SchemaChange::None || had != connection.schema_change);
        if is_news {
            self.tell_of_change(&mut change, by, &connection, &diff).await?;
        }
        change.commit().await?;
        Ok(diff)
    }

    /// The catalog that the connection's streams are from.
    async fn known_catalog(&self, connection: &Connection) -> Result<Catalog> {
        let configured = || connection.streams.iter().map(|stream| stream.configured.stream.clone());
        match connection.catalog_id {
            Some(id) => {
                let mut catalog = self.catalog(id).await?.catalog;
                // What the connection holds of a stream counts: it may have followed since.
                for stream in configured() {
                    catalog.streams.retain(|known| known.descriptor() != stream.descriptor());
                    catalog.streams.push(stream);
                }
                Ok(catalog)
            }
            None => Ok(Catalog { streams: configured().collect(), extra: Extra::default() }),
        }
    }

    async fn follow(
        &self,
        change: &mut Change<'_>,
        connection: &mut Connection,
        discovered: &Discovered,
        diff: &CatalogDiff,
        modes: &[DestinationSyncMode],
    ) -> Result<()> {
        if diff.transforms.is_empty() {
            connection.catalog_id = Some(discovered.catalog_id);
            connection.schema_change = SchemaChange::None;
            return Ok(());
        }
        if diff.is_breaking {
            connection.schema_change = SchemaChange::Breaking;
            pause(connection, "the schema of the source has changed in a way that breaks the connection");
            return Ok(());
        }
        match connection.schema_policy {
            SchemaPolicy::Ignore => connection.schema_change = SchemaChange::NonBreaking,
            SchemaPolicy::Disable => {
                connection.schema_change = SchemaChange::NonBreaking;
                pause(connection, "the schema of the source has changed");
            }
            policy @ (SchemaPolicy::PropagateColumns | SchemaPolicy::PropagateFully) => {
                if connection.backfills {
                    let streams = to_backfill(&connection.streams, diff);
                    store::state::delete_of_kind(change, connection.id, "stream", &streams).await?;
                }
                connection.streams = propagate(&connection.streams, &discovered.catalog, diff, policy, modes);
                connection.catalog_id = Some(discovered.catalog_id);
                connection.schema_change = SchemaChange::None;
            }
        }
        Ok(())
    }

    async fn tell_of_change(
        &self,
        change: &mut Change<'_>,
        by: By,
        connection: &Connection,
        diff: &CatalogDiff,
    ) -> Result<()> {
        let mut what = Happened::new("connection", connection.id, "schema_changed", &connection.name);
        what.summary = serde_json::json!({ "name": connection.name, "diff": diff });
        self.note(change, by, what.within(Some(connection.workspace_id))).await?;
        let needs_action = connection.status != ConnectionStatus::Active;
        if needs_action || connection.notifies_schema_changes {
            self.tell_of_schema(change, connection, diff, needs_action).await?;
        }
        Ok(())
    }
}

fn pause(connection: &mut Connection, why: &str) {
    if connection.status == ConnectionStatus::Active {
        connection.status = ConnectionStatus::Inactive;
        connection.status_reason = Some(why.to_owned());
        connection.next_run_at = None;
    }
}
