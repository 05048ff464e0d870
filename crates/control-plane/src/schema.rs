//! What a source's schema has become, what that means for a connection, and what its policy makes of it.

use crate::{By, ConnectionId, ControlPlane, Result};
use longshore_protocol::StreamDescriptor;
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
        let _ = (by, id, uses_cache);
        unimplemented!()
    }
}
