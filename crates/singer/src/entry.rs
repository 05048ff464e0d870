//! A tap's own catalog: its streams, and what its metadata says about them. Metadata of a stream is what stands at the
//! breadcrumb `[]`, and nothing else.

use crate::Failure;
use crate::settings::StreamSettings;
use longshore_protocol::SyncMode;
use serde_json::{Map, Value, json};

/// One entry of `streams`, as the tap wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) json: Value,
    /// Its name here.
    pub(crate) name: String,
}

/// The entries of a Singer catalog, with names that are unique.
pub(crate) fn entries(catalog: &Value) -> Result<Vec<Entry>, Failure> {
    let streams = match catalog {
        // Some old taps print the list alone.
        Value::Array(streams) => streams.as_slice(),
        catalog => catalog["streams"].as_array().ok_or_else(|| {
            Failure::system("the tap's catalog has no list `streams`; see what it prints with --discover")
        })?,
    };
    let named = |json: &Value| {
        let id = text(&json["tap_stream_id"]);
        let stream = text(&json["stream"]).or(id)?;
        let is_unique = streams.iter().filter(|other| text(&other["stream"]) == Some(stream)).count() < 2;
        Some(if is_unique { stream } else { id.unwrap_or(stream) }.to_owned())
    };
    let entries = streams.iter().filter_map(|json| Some(Entry { json: json.clone(), name: named(json)? }));
    Ok(entries.collect())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// The first JSON object in a text: some programs print a banner before it, or a farewell after it.
pub(crate) fn first_object(answer: &str) -> Option<Value> {
    let starts = std::iter::once(0).chain(answer.match_indices('\n').map(|(at, _)| at + 1));
    starts.filter(|at| answer[*at..].trim_start().starts_with(['{', '['])).find_map(|at| {
        let mut values = serde_json::Deserializer::from_str(&answer[at..]).into_iter::<Value>();
        values.next()?.ok().filter(|value| value.is_object() || value.is_array())
    })
}

impl Entry {
    /// By this name the tap knows the stream in catalogs and in its state.
    pub(crate) fn id(&self) -> &str {
        text(&self.json["tap_stream_id"]).or(text(&self.json["stream"])).unwrap_or(&self.name)
    }

    /// The names that the stream may have in the tap's messages.
    pub(crate) fn message_names(&self) -> Vec<String> {
        let table = text(&self.json["table_name"]).or(text(&self.json["stream"]));
        let in_schema = self.said("schema-name").and_then(text).zip(table).map(|(s, table)| format!("{s}-{table}"));
        let plain = [text(&self.json["stream"]), Some(self.id())].into_iter().flatten().map(str::to_owned);
        plain.chain(in_schema).collect()
    }

    /// A word of the stream's own metadata, else of the entry, whose words are written with underscores.
    pub(crate) fn said(&self, word: &str) -> Option<&Value> {
        let metadata = self.metadata().and_then(|metadata| metadata.get(word));
        metadata.or_else(|| self.json.get(word.replace('-', "_"))).filter(|value| !value.is_null())
    }

    fn metadata(&self) -> Option<&Map<String, Value>> {
        let entries = self.json["metadata"].as_array()?;
        let own = entries.iter().find(|entry| entry["breadcrumb"].as_array().is_some_and(Vec::is_empty));
        own.and_then(|entry| entry["metadata"].as_object())
    }

    /// The metadata of a property of the record.
    pub(crate) fn of_property(&self, name: &str) -> Option<&Map<String, Value>> {
        let entries = self.json["metadata"].as_array()?;
        entries.iter().find(|entry| entry["breadcrumb"] == json!(["properties", name]))?["metadata"].as_object()
    }

    /// Writes into the metadata at a breadcrumb, which is made if it is missing.
    pub(crate) fn set(&mut self, breadcrumb: Value, word: &str, value: Value) {
        if !self.json["metadata"].is_array() {
            self.json["metadata"] = json!([]);
        }
        let Some(entries) = self.json["metadata"].as_array_mut() else { return };
        match entries.iter_mut().find(|entry| entry["breadcrumb"] == breadcrumb) {
            Some(entry) if entry["metadata"].is_object() => entry["metadata"][word] = value,
            Some(entry) => entry["metadata"] = json!({word: value}),
            None => entries.push(json!({"breadcrumb": breadcrumb, "metadata": {word: value}})),
        }
    }

    /// The fields of the primary key.
    pub(crate) fn key(&self, settings: &StreamSettings) -> Vec<String> {
        let said = ["table-key-properties", "view-key-properties", "key-properties"];
        let listed = || said.iter().find_map(|word| self.said(word).map(names).filter(|names| !names.is_empty()));
        settings.primary_key.clone().or_else(listed).unwrap_or_default()
    }

    /// The method that the tap forces on the stream. Some wrote it as an object.
    pub(crate) fn forced_method(&self) -> Option<String> {
        let forced = self.said("forced-replication-method")?;
        text(forced).or_else(|| text(&forced["replication-method"])).map(str::to_uppercase)
    }

    fn method(&self) -> Option<String> {
        self.forced_method().or_else(|| self.said("replication-method").and_then(text).map(str::to_uppercase))
    }

    /// The fields that the tap can use as a cursor.
    fn cursors(&self) -> Vec<String> {
        let key = self.said("replication-key").and_then(text).map(str::to_owned);
        let valid = self.said("valid-replication-keys").map(names).unwrap_or_default();
        let others = valid.into_iter().filter(|name| Some(name) != key.as_ref());
        key.iter().cloned().chain(others).collect()
    }

    /// How the stream can be read.
    pub(crate) fn reading(&self, settings: &StreamSettings) -> Reading {
        use SyncMode::{FullRefresh, Incremental};
        let cursors = settings.cursor_field.clone().map_or_else(|| self.cursors(), |field| vec![field]);
        let (forced, method) = (self.forced_method(), settings.replication_method.clone().or_else(|| self.method()));
        let modes = match (forced.as_deref(), method.as_deref()) {
            (Some("FULL_TABLE"), _) => vec![FullRefresh],
            (Some(_), _) => vec![Incremental],
            // The tap has said how it reads the stream, and names no field that could be a cursor.
            (None, Some("FULL_TABLE")) if cursors.is_empty() => vec![FullRefresh],
            _ => vec![FullRefresh, Incremental],
        };
        // A tap that knows how to go on by itself: it forces it, reads a log, there is one field to choose from, or none.
        let own = match method.as_deref() {
            Some("LOG_BASED") => true,
            Some("INCREMENTAL") if cursors.is_empty() => true,
            _ => forced.is_some() || cursors.len() == 1,
        };
        let modes = settings.sync_modes.clone().unwrap_or(modes);
        let source_defined = own && modes.contains(&Incremental);
        Reading { cursor: cursors.into_iter().next().filter(|_| modes.contains(&Incremental)), source_defined, modes }
    }
}

/// How a stream can be read.
#[derive(Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) modes: Vec<SyncMode>,
    pub(crate) cursor: Option<String>,
    /// The user cannot choose another cursor.
    pub(crate) source_defined: bool,
}

/// A list of names, or one name.
pub(crate) fn names(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        value => value.as_array().into_iter().flatten().filter_map(text).map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SyncMode::{FullRefresh, Incremental};

    fn entry(metadata: Value) -> Entry {
        let metadata = json!([
            {"breadcrumb": ["properties", "x"], "metadata": {"valid-replication-keys": ["no"], "table-key-properties": ["no"]}},
            {"breadcrumb": [], "metadata": metadata},
        ]);
        Entry { json: json!({"stream": "s", "tap_stream_id": "db-s", "metadata": metadata}), name: "s".to_owned() }
    }

    #[test]
    fn both_modes_unless_one_is_forced() {
        let reading = |metadata| entry(metadata).reading(&StreamSettings::default());
        let of = |modes: &[SyncMode], cursor: Option<&str>, source_defined| Reading {
            modes: modes.to_vec(),
            cursor: cursor.map(str::to_owned),
            source_defined,
        };
        let both = [FullRefresh, Incremental];
        assert_eq!(reading(json!({})), of(&both, None, false));
        assert_eq!(reading(json!({"valid-replication-keys": ["at"]})), of(&both, Some("at"), true));
        assert_eq!(reading(json!({"valid-replication-keys": ["b", "a"]})), of(&both, Some("b"), false));
        assert_eq!(
            reading(json!({"replication-key": "a", "valid-replication-keys": ["b", "a"]})),
            of(&both, Some("a"), false)
        );
        assert_eq!(reading(json!({"forced-replication-method": "INCREMENTAL"})), of(&[Incremental], None, true));
        assert_eq!(
            reading(json!({"forced-replication-method": {"replication-method": "FULL_TABLE"}})),
            of(&[FullRefresh], None, false)
        );
        assert_eq!(reading(json!({"replication-method": "FULL_TABLE"})), of(&[FullRefresh], None, false));
        assert_eq!(reading(json!({"replication-method": "INCREMENTAL"})), of(&both, None, true));
        let told = StreamSettings { replication_method: Some("INCREMENTAL".to_owned()), ..StreamSettings::default() };
        assert_eq!(entry(json!({})).reading(&told), of(&both, None, true));
    }

    #[test]
    fn metadata_of_a_property_is_not_that_of_the_stream() {
        assert!(entry(json!({})).key(&StreamSettings::default()).is_empty());
        assert_eq!(entry(json!({"table-key-properties": ["id"]})).key(&StreamSettings::default()), ["id"]);
    }

    #[test]
    fn streams_that_share_a_name_go_by_their_ids() {
        let catalog = json!({"streams": [
            {"stream": "t", "tap_stream_id": "a-t"}, {"stream": "t", "tap_stream_id": "b-t"}, {"tap_stream_id": "u"},
        ]});
        let names: Vec<String> = entries(&catalog).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["a-t", "b-t", "u"]);
    }

    #[test]
    fn a_banner_does_not_hide_the_catalog() {
        let answer = "Welcome to {tap}\n  {\n \"streams\": []}\nbye\n";
        assert_eq!(first_object(answer), Some(json!({"streams": []})));
        assert_eq!(first_object("nothing"), None);
    }
}
