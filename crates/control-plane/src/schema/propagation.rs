//! Streams of a connection follow the source's catalog. Pure.

use super::{CatalogDiff, SchemaPolicy, StreamTransform, TransformKind};
use crate::streams::{StreamSelection, default_selection, modes_in_common, modes_of_name, name_of_modes};
use longshore_protocol::{Catalog, DestinationSyncMode, Stream, StreamDescriptor, SyncMode};

/// The streams as the policy makes them.
pub(crate) fn propagate(
    streams: &[StreamSelection],
    new: &Catalog,
    diff: &CatalogDiff,
    policy: SchemaPolicy,
    destination: &[DestinationSyncMode],
) -> Vec<StreamSelection> {
    let is_fully = policy == SchemaPolicy::PropagateFully;
    let of = |name: &StreamDescriptor| diff.transforms.iter().find(|transform| transform.stream == *name);
    let discovered = |name: &StreamDescriptor| new.streams.iter().find(|stream| stream.descriptor() == *name);
    let mut followed: Vec<StreamSelection> = Vec::new();
    for selection in streams {
        let name = selection.descriptor();
        match of(&name).map(|transform| (transform, transform.kind)) {
            Some((_, TransformKind::Removed)) if is_fully => {}
            Some((transform, TransformKind::Changed)) => match discovered(&name) {
                Some(stream) => followed.push(with_columns(selection, stream, transform)),
                None => followed.push(selection.clone()),
            },
            _ => followed.push(selection.clone()),
        }
    }
    if is_fully {
        let added = diff.transforms.iter().filter(|transform| transform.kind == TransformKind::Added);
        let is_there = |name: &StreamDescriptor| streams.iter().any(|selection| selection.descriptor() == *name);
        let added = added.filter(|transform| !is_there(&transform.stream));
        followed
            .extend(added.filter_map(|transform| Some(added_selection(discovered(&transform.stream)?, destination))));
    }
    followed
}

/// The stream with its new schema; modes, cursor and key stay as they were chosen.
fn with_columns(selection: &StreamSelection, stream: &Stream, transform: &StreamTransform) -> StreamSelection {
    let mut selection = selection.clone();
    selection.configured.stream = stream.clone();
    if let Some(selected) = &mut selection.selected_fields {
        for field in transform.fields.iter().filter(|field| field.path.len() == 1) {
            match field.kind {
                TransformKind::Added if !selected.contains(&field.path) => selected.push(field.path.clone()),
                TransformKind::Removed => selected.retain(|path| *path != field.path),
                _ => {}
            }
        }
    }
    selection
}

/// The usual way, or the first one that the destination can do.
fn added_selection(stream: &Stream, destination: &[DestinationSyncMode]) -> StreamSelection {
    let mut selection = default_selection(stream);
    let configured = &mut selection.configured;
    let possible = modes_in_common(stream, destination);
    let usual = name_of_modes(configured.sync_mode, configured.destination_sync_mode);
    if !usual.is_some_and(|name| possible.contains(&name)) {
        let order = ["full_refresh_overwrite", "full_refresh_append", "incremental_append"];
        let other = order.into_iter().find(|name| possible.contains(name)).and_then(modes_of_name);
        if let Some((source, destination)) = other {
            (configured.sync_mode, configured.destination_sync_mode) = (source, destination);
        }
    }
    selection
}

/// Incremental streams with columns that came up or changed their type: all of their rows are read again.
pub(crate) fn to_backfill(streams: &[StreamSelection], diff: &CatalogDiff) -> Vec<StreamDescriptor> {
    let gains = |transform: &&StreamTransform| {
        transform.kind == TransformKind::Changed
            && transform.fields.iter().any(|field| field.kind != TransformKind::Removed)
    };
    let changed = diff.transforms.iter().filter(gains).map(|transform| transform.stream.clone());
    let is_incremental = |name: &StreamDescriptor| {
        let selection = streams.iter().find(|selection| selection.descriptor() == *name);
        selection.is_some_and(|s| s.is_selected && s.configured.sync_mode == SyncMode::Incremental)
    };
    changed.filter(is_incremental).collect()
}
