//! Catalogs: what a source offers, and what a sync takes of it.

use crate::{RawJson, wire_object};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a stream: unique within a catalog. An absent namespace and an empty one are different.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct StreamDescriptor {
    /// The namespace (a schema, a database); absent when there is none, never `""` of our own making.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl StreamDescriptor {
    /// A stream without namespace.
    pub fn named(name: impl Into<String>) -> Self {
        Self { namespace: None, name: name.into() }
    }
}

impl fmt::Display for StreamDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// How a source reads a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// Everything, each time.
    #[default]
    FullRefresh,
    /// What is new since the last state.
    Incremental,
}

/// What a destination does with the records of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationSyncMode {
    /// Adds them.
    #[default]
    Append,
    /// Replaces the old ones once the stream is complete.
    Overwrite,
    /// Adds them and keeps the newest of each primary key.
    AppendDedup,
    /// Overwrite, unique per primary key. A word of the platform: no connector gets to see it.
    OverwriteDedup,
    /// Data activation: updates existing objects.
    Update,
    /// Data activation: marks as deleted.
    SoftDelete,
}

wire_object! {
    /// What `discover` returns.
    pub struct Catalog {
        /// The streams on offer.
        req "streams" streams: Vec<Stream>,
    }
}

wire_object! {
    /// One stream on offer.
    pub struct Stream {
        /// Its name.
        req "name" name: String,
        /// JSON Schema of one record.
        req "json_schema" json_schema: RawJson,
        /// How it can be read; never empty in a valid catalog.
        def "supported_sync_modes" supported_sync_modes: Vec<SyncMode>,
        /// The source chooses the cursor, the user cannot.
        opt "source_defined_cursor" source_defined_cursor: bool,
        /// The path of the cursor field, unless the user chooses another.
        opt "default_cursor_field" default_cursor_field: Vec<String>,
        /// The paths of the primary key, as the source knows them.
        opt "source_defined_primary_key" source_defined_primary_key: Vec<Vec<String>>,
        /// Its namespace.
        opt "namespace" namespace: String,
        /// An interrupted full refresh can go on from its state.
        opt "is_resumable" is_resumable: bool,
        /// The stream can move raw files.
        opt "is_file_based" is_file_based: bool,
    }
}

impl Stream {
    /// The name by which it is unique.
    #[must_use]
    pub fn descriptor(&self) -> StreamDescriptor {
        StreamDescriptor { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

wire_object! {
    /// What a sync takes of a catalog; given to `read` and `write`.
    pub struct ConfiguredCatalog {
        /// The chosen streams.
        req "streams" streams: Vec<ConfiguredStream>,
    }
}

wire_object! {
    /// One chosen stream.
    pub struct ConfiguredStream {
        /// The stream, as discovered (perhaps with fewer fields).
        req "stream" stream: Stream,
        /// How the source reads it.
        def "sync_mode" sync_mode: SyncMode,
        /// The path of the cursor field.
        opt "cursor_field" cursor_field: Vec<String>,
        /// What the destination does with its records.
        def "destination_sync_mode" destination_sync_mode: DestinationSyncMode,
        /// The paths of the primary key.
        opt "primary_key" primary_key: Vec<Vec<String>>,
        /// Rows written by this sync carry it.
        opt "generation_id" generation_id: i64,
        /// Rows of older generations are gone once the stream is complete. 0, or equal to `generation_id`.
        opt "minimum_generation_id" minimum_generation_id: i64,
        /// The sync, for `_airbyte_meta`.
        opt "sync_id" sync_id: i64,
        /// Data activation: the target object.
        opt "destination_object_name" destination_object_name: String,
        /// Move the files of this stream.
        opt "include_files" include_files: bool,
    }
}

impl ConfiguredStream {
    /// The name by which the stream is unique.
    #[must_use]
    pub fn descriptor(&self) -> StreamDescriptor {
        self.stream.descriptor()
    }

    /// The cursor in force: the configured one, else the stream's default.
    #[must_use]
    pub fn cursor(&self) -> Option<&[String]> {
        [&self.cursor_field, &self.stream.default_cursor_field]
            .into_iter()
            .flatten()
            .find(|path| !path.is_empty())
            .map(Vec::as_slice)
    }

    /// Whether older generations must be gone once the stream is complete.
    #[must_use]
    pub fn truncates(&self) -> bool {
        match (self.generation_id, self.minimum_generation_id) {
            (Some(generation), Some(minimum)) => minimum > 0 && minimum == generation,
            _ => self.destination_sync_mode == DestinationSyncMode::Overwrite,
        }
    }
}
