//! Catalogs as the Config API writes them: what a source offers and what a connection takes of it, side by side.

use longshore_control_plane::{StreamSelection, default_selection};
use longshore_protocol::{
    Catalog, ConfiguredStream, DestinationSyncMode, RawJson, RawValue, Stream, StreamDescriptor, SyncMode,
    object::Extra,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A catalog with the choices made of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct SyncCatalog {
    /// The streams.
    #[serde(default)]
    pub(crate) streams: Vec<SyncStream>,
}

/// A stream, and how it is taken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct SyncStream {
    /// What the source offers.
    pub(crate) stream: OfferedStream,
    /// What is taken of it; absent: not selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) config: Option<StreamChoice>,
}

/// A stream that a source offers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferedStream {
    /// Its name.
    pub(crate) name: String,
    /// JSON Schema of one record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) json_schema: Option<RawJson>,
    /// How it can be read.
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = Vec<String>)]
    pub(crate) supported_sync_modes: Vec<SyncMode>,
    /// The source chooses the cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_defined_cursor: Option<bool>,
    /// The path of the cursor field, unless another is chosen.
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) default_cursor_field: Vec<String>,
    /// The paths of the primary key, as the source knows them.
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) source_defined_primary_key: Vec<Vec<String>>,
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    /// An interrupted full refresh can go on from its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) is_resumable: Option<bool>,
    /// The stream can move raw files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) is_file_based: Option<bool>,
}

/// How a stream is taken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamChoice {
    /// How the source reads it: `full_refresh` or `incremental`.
    #[schema(value_type = String)]
    pub(crate) sync_mode: SyncMode,
    /// What the destination does with its records: `append`, `overwrite`, `append_dedup`, `overwrite_dedup`, …
    #[schema(value_type = String)]
    pub(crate) destination_sync_mode: DestinationSyncMode,
    /// The path of the cursor field.
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) cursor_field: Vec<String>,
    /// The paths of the primary key.
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) primary_key: Vec<Vec<String>>,
    /// Another name at the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alias_name: Option<String>,
    /// Whether it is synced; absent: yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) selected: Option<bool>,
    /// Whether the source recommends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) suggested: Option<bool>,
    /// Whether `selectedFields` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field_selection_enabled: Option<bool>,
    /// The fields to take.
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) selected_fields: Vec<FieldPath>,
    /// Changes of records on their way.
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) mappers: Vec<Value>,
    /// Whether the files of the stream are moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) include_files: Option<bool>,
    /// The object that data activation writes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) destination_object_name: Option<String>,
}

/// A field, by its path.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldPath {
    /// The names from the outside in.
    pub(crate) field_path: Vec<String>,
}

/// A stream by name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StreamName {
    /// Its name.
    pub(crate) name: String,
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
}

/// Clients write null where they mean nothing.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn list<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

impl From<&StreamDescriptor> for StreamName {
    fn from(stream: &StreamDescriptor) -> Self {
        Self { name: stream.name.clone(), namespace: stream.namespace.clone() }
    }
}

impl From<StreamName> for StreamDescriptor {
    fn from(stream: StreamName) -> Self {
        Self { name: stream.name, namespace: stream.namespace }
    }
}

impl From<&Stream> for OfferedStream {
    fn from(stream: &Stream) -> Self {
        Self {
            name: stream.name.clone(),
            json_schema: Some(stream.json_schema.clone()),
            supported_sync_modes: stream.supported_sync_modes.clone(),
            source_defined_cursor: stream.source_defined_cursor,
            default_cursor_field: stream.default_cursor_field.clone().unwrap_or_default(),
            source_defined_primary_key: stream.source_defined_primary_key.clone().unwrap_or_default(),
            namespace: stream.namespace.clone(),
            is_resumable: stream.is_resumable,
            is_file_based: stream.is_file_based,
        }
    }
}

impl From<OfferedStream> for Stream {
    fn from(stream: OfferedStream) -> Self {
        Self {
            name: stream.name,
            json_schema: stream.json_schema.unwrap_or_else(empty_object),
            supported_sync_modes: stream.supported_sync_modes,
            source_defined_cursor: stream.source_defined_cursor,
            default_cursor_field: list(stream.default_cursor_field),
            source_defined_primary_key: list(stream.source_defined_primary_key),
            namespace: stream.namespace,
            is_resumable: stream.is_resumable,
            is_file_based: stream.is_file_based,
            extra: Extra::default(),
        }
    }
}

fn empty_object() -> RawJson {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl From<&StreamSelection> for SyncStream {
    fn from(selection: &StreamSelection) -> Self {
        let configured = &selection.configured;
        let fields = selection.selected_fields.clone().unwrap_or_default();
        let config = StreamChoice {
            sync_mode: configured.sync_mode,
            destination_sync_mode: configured.destination_sync_mode,
            cursor_field: configured.cursor_field.clone().unwrap_or_default(),
            primary_key: configured.primary_key.clone().unwrap_or_default(),
            alias_name: Some(selection.alias.clone().unwrap_or_else(|| configured.stream.name.clone())),
            selected: Some(selection.is_selected),
            suggested: Some(selection.is_suggested),
            field_selection_enabled: Some(selection.selected_fields.is_some()),
            selected_fields: fields.into_iter().map(|field_path| FieldPath { field_path }).collect(),
            mappers: selection.mappers.clone(),
            include_files: Some(configured.include_files.unwrap_or_default()),
            destination_object_name: configured.destination_object_name.clone(),
        };
        Self { stream: OfferedStream::from(&configured.stream), config: Some(config) }
    }
}

impl From<&Stream> for SyncStream {
    /// What is proposed for a stream that nobody has chosen anything for.
    fn from(stream: &Stream) -> Self {
        Self::from(&default_selection(stream))
    }
}

impl From<SyncStream> for StreamSelection {
    fn from(stream: SyncStream) -> Self {
        let is_selected = stream.config.as_ref().is_some_and(|config| config.selected != Some(false));
        let config = stream.config.unwrap_or_else(|| unselected(&stream.stream));
        let selects_fields = config.field_selection_enabled == Some(true);
        let name = stream.stream.name.clone();
        Self {
            is_selected,
            selected_fields: selects_fields.then(|| config.selected_fields.into_iter().map(|f| f.field_path).collect()),
            mappers: config.mappers,
            alias: config.alias_name.filter(|alias| *alias != name),
            is_suggested: config.suggested.unwrap_or_default(),
            configured: ConfiguredStream {
                stream: stream.stream.into(),
                sync_mode: config.sync_mode,
                cursor_field: list(config.cursor_field),
                destination_sync_mode: config.destination_sync_mode,
                primary_key: list(config.primary_key),
                // Only a job gives these; what a client sends back is of an old one.
                generation_id: None,
                minimum_generation_id: None,
                sync_id: None,
                destination_object_name: config.destination_object_name,
                include_files: config.include_files.filter(|include| *include),
                extra: Extra::default(),
            },
        }
    }
}

fn unselected(stream: &OfferedStream) -> StreamChoice {
    StreamChoice {
        sync_mode: stream.supported_sync_modes.first().copied().unwrap_or_default(),
        destination_sync_mode: DestinationSyncMode::Append,
        cursor_field: Vec::new(),
        primary_key: Vec::new(),
        alias_name: None,
        selected: Some(false),
        suggested: None,
        field_selection_enabled: None,
        selected_fields: Vec::new(),
        mappers: Vec::new(),
        include_files: None,
        destination_object_name: None,
    }
}

impl SyncCatalog {
    /// What a connection takes.
    pub(crate) fn of_selections(selections: &[StreamSelection]) -> Self {
        Self { streams: selections.iter().map(SyncStream::from).collect() }
    }

    /// What a source offers.
    pub(crate) fn of_catalog(catalog: &Catalog) -> Self {
        Self { streams: catalog.streams.iter().map(SyncStream::from).collect() }
    }

    /// The choices of a client.
    pub(crate) fn into_selections(self) -> Vec<StreamSelection> {
        self.streams.into_iter().map(StreamSelection::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::SyncCatalog;
    use serde_json::json;

    #[test]
    fn a_catalog_comes_back_as_it_was_given() {
        let given = r#"{"streams":[{"stream":{"name":"users","jsonSchema":{"type":"object","n":1.10},
            "supportedSyncModes":["full_refresh","incremental"],"namespace":"shop"},
            "config":{"syncMode":"incremental","destinationSyncMode":"append_dedup","cursorField":["at"],
            "primaryKey":[["id"]],"selected":true,"fieldSelectionEnabled":true,
            "selectedFields":[{"fieldPath":["id"]},{"fieldPath":["at"]}],"generationId":7}}]}"#;
        let catalog: SyncCatalog = serde_json::from_str(given).unwrap();
        let selections = catalog.into_selections();
        assert_eq!(selections[0].configured.generation_id, None);
        assert_eq!(selections[0].alias, None);
        let text = serde_json::to_string(&SyncCatalog::of_selections(&selections)).unwrap();
        assert!(text.contains(r#""jsonSchema":{"type":"object","n":1.10}"#), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let config = &value["streams"][0]["config"];
        assert_eq!(config["primaryKey"], json!([["id"]]));
        assert_eq!(config["aliasName"], "users");
        assert_eq!(config["selectedFields"], json!([{"fieldPath": ["id"]}, {"fieldPath": ["at"]}]));
    }

    #[test]
    fn a_stream_without_choices_is_not_selected() {
        let catalog: SyncCatalog =
            serde_json::from_value(json!({"streams": [{"stream": {"name": "users", "namespace": null}}]})).unwrap();
        assert!(!catalog.into_selections()[0].is_selected);
    }
}
