//! Configured catalogs for the runs of a suite.

use longshore_protocol::{Catalog, ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, Stream, SyncMode};
use std::collections::HashSet;

/// Every stream of a catalog, read as a whole. One that is there twice, which another rule judges, is read once.
pub(crate) fn configured(catalog: &Catalog) -> ConfiguredCatalog {
    let mut names = HashSet::new();
    let streams = catalog.streams.iter().filter(|stream| names.insert(stream.descriptor()));
    let streams = streams.map(|stream| one(stream, SyncMode::FullRefresh)).collect();
    ConfiguredCatalog { streams, extra: longshore_protocol::object::Extra::default() }
}

/// The streams of a catalog that can be read in a mode, configured for it.
pub(crate) fn in_mode(catalog: &ConfiguredCatalog, mode: SyncMode) -> ConfiguredCatalog {
    let streams = catalog.streams.iter().filter(|it| it.stream.supported_sync_modes.contains(&mode));
    let streams = streams.map(|it| ConfiguredStream { cursor_field: it.cursor_field.clone(), ..one(&it.stream, mode) });
    ConfiguredCatalog { streams: streams.collect(), extra: longshore_protocol::object::Extra::default() }
}

fn one(stream: &Stream, sync_mode: SyncMode) -> ConfiguredStream {
    let destination_sync_mode = match sync_mode {
        SyncMode::FullRefresh => DestinationSyncMode::Overwrite,
        SyncMode::Incremental => DestinationSyncMode::Append,
    };
    ConfiguredStream {
        stream: stream.clone(),
        sync_mode,
        cursor_field: stream.default_cursor_field.clone(),
        destination_sync_mode,
        primary_key: stream.source_defined_primary_key.clone(),
        generation_id: Some(1),
        minimum_generation_id: Some(0),
        sync_id: Some(1),
        destination_object_name: None,
        include_files: None,
        extra: longshore_protocol::object::Extra::default(),
    }
}
