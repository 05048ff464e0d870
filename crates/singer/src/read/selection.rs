//! The catalog that the tap is given: its own, with the chosen streams and fields selected.

use super::chosen::Chosen;
use crate::discover::Found;
use crate::entry::Entry;
use crate::settings::Settings;
use serde_json::{Value, json};

/// Selects the chosen streams, their fields, and how they are read; all others are deselected.
pub(super) fn select(entries: &mut [Entry], chosen: &[Chosen], settings: &Settings) {
    for entry in entries {
        // Taps from before there was metadata look for these words in the schema.
        let old = !entry.json["metadata"].is_array();
        match chosen.iter().find(|stream| stream.descriptor.name == entry.name) {
            Some(stream) => {
                select_stream(entry, true, old);
                select_fields(entry, stream, old);
                set_method(entry, stream, settings);
            }
            None => select_stream(entry, false, old),
        }
    }
}

fn select_stream(entry: &mut Entry, selected: bool, old: bool) {
    entry.set(json!([]), "selected", json!(selected));
    entry.json["selected"] = json!(selected);
    if old && entry.json["schema"].is_object() {
        entry.json["schema"]["selected"] = json!(selected);
    }
}

/// Fields that the configured schema leaves out are deselected, unless the tap sends them in any case.
fn select_fields(entry: &mut Entry, stream: &Chosen, old: bool) {
    let Some(wanted) = stream.schema["properties"].as_object().filter(|wanted| !wanted.is_empty()) else { return };
    let known: Vec<String> =
        entry.json["schema"]["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for name in known {
        let inclusion =
            entry.of_property(&name).and_then(|metadata| metadata.get("inclusion")?.as_str()).map(str::to_owned);
        let selected = match inclusion.as_deref() {
            Some("automatic") => true,
            Some("unsupported") => false,
            _ => wanted.contains_key(&name),
        };
        entry.set(json!(["properties", name]), "selected", json!(selected));
        if old && entry.json["schema"]["properties"][&name].is_object() {
            entry.json["schema"]["properties"][&name]["selected"] = json!(selected);
        }
    }
}

/// A method that the tap forces stays; else the configured mode says it, and the configured cursor is the key.
fn set_method(entry: &mut Entry, stream: &Chosen, settings: &Settings) {
    let told = settings.stream(&stream.descriptor.name).replication_method;
    if told.is_none() && entry.forced_method().is_some() {
        return;
    }
    let says = entry.said("replication-method").and_then(Value::as_str).unwrap_or_default();
    let method = match told {
        Some(method) if !stream.full_refresh => method,
        _ if stream.full_refresh => "FULL_TABLE".to_owned(),
        _ if says.eq_ignore_ascii_case("LOG_BASED") => "LOG_BASED".to_owned(),
        _ => "INCREMENTAL".to_owned(),
    };
    entry.set(json!([]), "replication-method", json!(method));
    entry.json["replication_method"] = json!(method);
    if method == "INCREMENTAL"
        && let Some(cursor) = &stream.cursor
    {
        entry.set(json!([]), "replication-key", json!(cursor));
        entry.json["replication_key"] = json!(cursor);
    }
}

/// The whole catalog again, with whatever else stood in it.
pub(super) fn catalog_text(found: &Found) -> String {
    let streams: Vec<&Value> = found.entries.iter().map(|entry| &entry.json).collect();
    let mut catalog = found.catalog.clone().filter(Value::is_object).unwrap_or_else(|| json!({}));
    catalog["streams"] = json!(streams);
    catalog.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_protocol::StreamDescriptor;

    fn chosen(full_refresh: bool, fields: Value) -> Chosen {
        Chosen {
            descriptor: StreamDescriptor::named("s"),
            id: "s".to_owned(),
            names: Vec::new(),
            full_refresh,
            generation: None,
            cursor: Some("at".to_owned()),
            key: Vec::new(),
            dedup: false,
            schema: json!({"properties": fields}),
            discovered: json!({}),
        }
    }

    fn selected(entry: Value, stream: Chosen) -> Vec<Entry> {
        let mut entries = vec![
            Entry { json: entry, name: "s".to_owned() },
            Entry { json: json!({"stream": "other", "metadata": []}), name: "other".to_owned() },
        ];
        select(&mut entries, &[stream], &Settings::default());
        entries
    }

    #[test]
    fn streams_and_fields_are_selected_in_metadata() {
        let properties = json!({"id": {}, "a": {}, "b": {}, "no": {}});
        let metadata = json!([
            {"breadcrumb": [], "metadata": {"selected": false}},
            {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}},
            {"breadcrumb": ["properties", "no"], "metadata": {"inclusion": "unsupported"}},
        ]);
        let entry = json!({"stream": "s", "schema": {"properties": properties}, "metadata": metadata});
        let entries = selected(entry, chosen(false, json!({"a": {}, "no": {}})));
        let of = |name: &str| entries[0].of_property(name).unwrap()["selected"].as_bool().unwrap();
        assert_eq!(["id", "a", "b", "no"].map(of), [true, true, false, false]);
        assert_eq!(entries[0].said("selected"), Some(&json!(true)));
        assert_eq!(entries[0].said("replication-method"), Some(&json!("INCREMENTAL")));
        assert_eq!(entries[0].said("replication-key"), Some(&json!("at")));
        assert!(entries[0].json["schema"].get("selected").is_none());
        assert_eq!(entries[1].said("selected"), Some(&json!(false)));
    }

    #[test]
    fn old_catalogs_are_selected_in_the_schema_and_forced_methods_stay() {
        let old = json!({"stream": "s", "schema": {"properties": {"a": {}, "b": {}}}});
        let entries = selected(old, chosen(true, json!({"a": {}})));
        assert_eq!(entries[0].json["schema"]["selected"], true);
        assert_eq!(entries[0].json["schema"]["properties"]["b"]["selected"], false);
        assert_eq!(entries[0].said("replication-method"), Some(&json!("FULL_TABLE")));
        let forced = json!({"stream": "s", "schema": {}, "metadata": [
            {"breadcrumb": [], "metadata": {"forced-replication-method": "INCREMENTAL"}}]});
        let entries = selected(forced, chosen(true, json!({})));
        assert_eq!(entries[0].said("replication-method"), None);
    }
}
