//! The streams of a run: what was configured, joined with what the tap knows.

use crate::discover::Found;
use crate::entry::Entry;
use crate::{Failure, Wrapper, schema};
use longshore_protocol::{ConfiguredCatalog, DestinationSyncMode, StreamDescriptor, SyncMode};
use serde_json::{Value, json};

/// One configured stream.
pub(super) struct Chosen {
    pub(super) descriptor: StreamDescriptor,
    /// The tap's name for it in catalogs and states.
    pub(super) id: String,
    /// The names that it may have in messages.
    pub(super) names: Vec<String>,
    pub(super) full_refresh: bool,
    pub(super) generation: Option<i64>,
    pub(super) cursor: Option<String>,
    /// The primary key by which a destination will tell records apart.
    pub(super) key: Vec<String>,
    pub(super) dedup: bool,
    /// As it was configured.
    pub(super) schema: Value,
    /// As the tap described it when it was asked before this run.
    pub(super) discovered: Value,
}

pub(super) fn choose(wrapper: &Wrapper, catalog: ConfiguredCatalog, found: &Found) -> Result<Vec<Chosen>, Failure> {
    let mut chosen: Vec<Chosen> = Vec::with_capacity(catalog.streams.len());
    for configured in catalog.streams {
        let descriptor = configured.descriptor();
        let schema: Value = serde_json::from_str(configured.stream.json_schema.get()).unwrap_or_default();
        let known = found.entries.iter().find(|entry| entry.name == descriptor.name);
        let entry = match known {
            Some(entry) => entry.clone(),
            // A tap that cannot discover may name a stream later than in its short run.
            None if found.catalog.is_none() => nameless(&descriptor, &schema),
            None => return Err(gone(wrapper, &descriptor)),
        };
        let settings = wrapper.settings.stream(&descriptor.name);
        let paths = configured.primary_key.clone().or_else(|| configured.stream.source_defined_primary_key.clone());
        let key = paths.unwrap_or_default().into_iter().filter_map(|path| path.into_iter().next()).collect();
        chosen.push(Chosen {
            id: entry.id().to_owned(),
            names: settings.message_name.into_iter().chain(entry.message_names()).collect(),
            full_refresh: configured.sync_mode == SyncMode::FullRefresh,
            generation: configured.generation_id,
            cursor: configured.cursor().and_then(|path| path.first().cloned()),
            key,
            dedup: configured.destination_sync_mode == DestinationSyncMode::AppendDedup,
            discovered: schema::of_record(&entry.json["schema"]),
            schema,
            descriptor,
        });
    }
    Ok(chosen)
}

fn nameless(descriptor: &StreamDescriptor, schema: &Value) -> Entry {
    let name = descriptor.name.clone();
    Entry { json: json!({"stream": name, "tap_stream_id": name, "schema": schema}), name }
}

fn gone(wrapper: &Wrapper, stream: &StreamDescriptor) -> Failure {
    Failure::config(format!(
        "{} has no stream {stream} any more; discover its streams again and configure those that it has",
        wrapper.name()
    ))
}
