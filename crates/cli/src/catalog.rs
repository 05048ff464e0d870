//! From what a source offers to what a sync takes: the chosen streams and their modes.

use crate::failure::{Result, usage};
use longshore_protocol::{Catalog, ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, Extra, Stream, SyncMode};

/// What the user asked for.
pub(crate) struct Wishes<'a> {
    pub(crate) streams: &'a [String],
    pub(crate) sync_mode: Option<SyncMode>,
    pub(crate) destination_sync_mode: Option<DestinationSyncMode>,
    /// What the destination can do; everything when nobody knows.
    pub(crate) supported: &'a [DestinationSyncMode],
}

/// Configures the chosen streams of a catalog.
///
/// # Errors
/// When a chosen stream does not exist, or a stream cannot be read or written in the chosen mode.
pub(crate) fn configure(catalog: Catalog, wishes: &Wishes<'_>) -> Result<ConfiguredCatalog> {
    let offered: Vec<String> = catalog.streams.iter().map(|stream| stream.descriptor().to_string()).collect();
    if let Some(missing) = wishes.streams.iter().find(|name| !catalog.streams.iter().any(|s| is_named(s, name))) {
        let message = format!("the source has no stream `{missing}`; it has: {}", offered.join(", "));
        return Err(usage("catalog.no_such_stream", message));
    }
    let chosen =
        |stream: &Stream| wishes.streams.is_empty() || wishes.streams.iter().any(|name| is_named(stream, name));
    let streams =
        catalog.streams.into_iter().filter(chosen).map(|stream| one(stream, wishes)).collect::<Result<Vec<_>>>()?;
    if streams.is_empty() {
        return Err(usage("catalog.empty", "the source offers no streams, so there is nothing to move"));
    }
    Ok(ConfiguredCatalog { streams, extra: Extra::default() })
}

fn is_named(stream: &Stream, name: &str) -> bool {
    stream.name == name || stream.descriptor().to_string() == name
}

fn one(stream: Stream, wishes: &Wishes<'_>) -> Result<ConfiguredStream> {
    let name = stream.descriptor();
    let (sync_mode, destination_sync_mode) = modes(&stream, wishes).ok_or_else(|| {
        let reads = stream.supported_sync_modes.iter().map(word).collect::<Vec<_>>().join(", ");
        let writes = wishes.supported.iter().map(word).collect::<Vec<_>>().join(", ");
        let why = match wishes.supported.contains(&DestinationSyncMode::AppendDedup) {
            true => "append_dedup needs incremental reading and a primary key",
            false => "append_dedup is nothing that this destination offers",
        };
        let message = format!(
            "stream {name} cannot be synced this way: the source reads it as {reads}; the destination takes {writes}; {why}"
        );
        usage("catalog.mode_not_supported", message)
    })?;
    Ok(ConfiguredStream {
        cursor_field: (sync_mode == SyncMode::Incremental).then(|| stream.default_cursor_field.clone()).flatten(),
        primary_key: stream.source_defined_primary_key.clone(),
        stream,
        sync_mode,
        destination_sync_mode,
        generation_id: None,
        minimum_generation_id: None,
        sync_id: None,
        destination_object_name: None,
        include_files: None,
        extra: Extra::default(),
    })
}

/// The first pair of modes, in the order of preference, that both sides and the user allow: what changes if the stream
/// has a cursor and a key, else everything anew.
fn modes(stream: &Stream, wishes: &Wishes<'_>) -> Option<(SyncMode, DestinationSyncMode)> {
    use DestinationSyncMode::{Append, AppendDedup, Overwrite, OverwriteDedup};
    use SyncMode::{FullRefresh, Incremental};
    const PREFERENCE: [(SyncMode, DestinationSyncMode); 5] = [
        (Incremental, AppendDedup),
        (FullRefresh, Overwrite),
        (Incremental, Append),
        (FullRefresh, Append),
        (FullRefresh, OverwriteDedup),
    ];
    let has_key = stream.source_defined_primary_key.as_ref().is_some_and(|key| !key.is_empty());
    let has_cursor = stream.source_defined_cursor == Some(true)
        || stream.default_cursor_field.as_ref().is_some_and(|cursor| !cursor.is_empty());
    // Whoever names a mode may also choose a cursor that the source did not define as its own.
    let cursor_fits = stream.source_defined_cursor == Some(true)
        || wishes.sync_mode.is_some()
        || wishes.destination_sync_mode.is_some();
    let reads = |mode| {
        stream.supported_sync_modes.contains(&mode) || (mode == FullRefresh && stream.supported_sync_modes.is_empty())
    };
    let writes = |mode| match mode {
        OverwriteDedup => wishes.supported.contains(&AppendDedup) && wishes.supported.contains(&Overwrite),
        mode => wishes.supported.contains(&mode),
    };
    PREFERENCE.into_iter().find(|(read, write)| {
        wishes.sync_mode.is_none_or(|wish| wish == *read)
            && wishes.destination_sync_mode.is_none_or(|wish| wish == *write)
            && reads(*read)
            && writes(*write)
            && (*read == FullRefresh || (has_cursor && cursor_fits) || wishes.sync_mode == Some(Incremental))
            && (!matches!(write, AppendDedup | OverwriteDedup) || has_key)
    })
}

/// The word of the wire for a mode.
pub(crate) fn word<T: serde::Serialize>(mode: &T) -> String {
    serde_json::to_value(mode).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use DestinationSyncMode::{Append, AppendDedup, Overwrite};

    fn stream(json: serde_json::Value) -> Stream {
        let mut whole = serde_json::json!({"name": "s", "json_schema": {}});
        whole.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
        serde_json::from_str(&whole.to_string()).unwrap()
    }

    fn chosen(
        stream: &Stream,
        supported: &[DestinationSyncMode],
        sync_mode: Option<SyncMode>,
    ) -> Option<(SyncMode, DestinationSyncMode)> {
        modes(stream, &Wishes { streams: &[], sync_mode, destination_sync_mode: None, supported })
    }

    #[test]
    fn modes_follow_what_both_sides_can_do() {
        use SyncMode::{FullRefresh, Incremental};
        let both = serde_json::json!(["full_refresh", "incremental"]);
        let keyed = stream(
            serde_json::json!({"supported_sync_modes": both, "source_defined_cursor": true, "source_defined_primary_key": [["id"]]}),
        );
        let unkeyed = stream(serde_json::json!({"supported_sync_modes": both, "source_defined_cursor": true}));
        let plain = stream(serde_json::json!({"supported_sync_modes": ["full_refresh"]}));
        let all = [Append, Overwrite, AppendDedup];
        assert_eq!(chosen(&keyed, &all, None), Some((Incremental, AppendDedup)));
        assert_eq!(chosen(&unkeyed, &all, None), Some((FullRefresh, Overwrite)));
        assert_eq!(chosen(&keyed, &[Append], None), Some((Incremental, Append)));
        assert_eq!(chosen(&plain, &[Append], None), Some((FullRefresh, Append)));
        assert_eq!(chosen(&plain, &all, Some(Incremental)), None);
        assert_eq!(chosen(&keyed, &all, Some(FullRefresh)), Some((FullRefresh, Overwrite)));
    }
}
