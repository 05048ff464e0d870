//! How two catalogs differ. Pure.

use super::{CatalogDiff, FieldTransform, StreamTransform, TransformKind};
use crate::streams::{StreamSelection, needs_primary_key};
use longshore_protocol::{Catalog, Stream, StreamDescriptor, SyncMode};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// How the source's catalog differs from the one that the connection's streams are from.
#[must_use]
pub fn diff(old: &Catalog, new: &Catalog, selections: &[StreamSelection]) -> CatalogDiff {
    let by_name = |catalog: &Catalog| -> HashMap<StreamDescriptor, Stream> {
        catalog.streams.iter().map(|stream| (stream.descriptor(), stream.clone())).collect()
    };
    let (before, after) = (by_name(old), by_name(new));
    let removed = old.streams.iter().map(Stream::descriptor).filter(|name| !after.contains_key(name));
    let mut transforms: Vec<StreamTransform> = removed.map(|name| whole(name, TransformKind::Removed)).collect();
    for stream in &new.streams {
        let name = stream.descriptor();
        match before.get(&name) {
            None => transforms.push(whole(name, TransformKind::Added)),
            Some(old) => {
                let selection = selections.iter().find(|selection| selection.descriptor() == name);
                transforms.extend(changed(old, stream, selection.filter(|selection| selection.is_selected)));
            }
        }
    }
    let is_breaking = transforms.iter().any(|transform| transform.is_breaking);
    CatalogDiff { transforms, is_breaking }
}

fn whole(stream: StreamDescriptor, kind: TransformKind) -> StreamTransform {
    StreamTransform { stream, kind, fields: Vec::new(), primary_key_changed: false, is_breaking: false }
}

fn changed(old: &Stream, new: &Stream, selection: Option<&StreamSelection>) -> Option<StreamTransform> {
    let (before, after) = (fields(old), fields(new));
    let mut transforms = Vec::new();
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let is_breaking = selection.is_some_and(|selection| is_needed(selection, path));
        transforms.push(FieldTransform { path: path.clone(), kind: TransformKind::Removed, is_breaking });
    }
    for (path, schema) in &after {
        let kind = match before.get(path) {
            None => TransformKind::Added,
            Some(old) if old != schema => TransformKind::Changed,
            Some(_) => continue,
        };
        transforms.push(FieldTransform { path: path.clone(), kind, is_breaking: false });
    }
    let primary_key_changed = key(old) != key(new);
    if transforms.is_empty() && !primary_key_changed {
        return None;
    }
    let breaks_key = primary_key_changed && selection.is_some_and(|selection| breaks_key(selection, &key(new)));
    let is_breaking = breaks_key || transforms.iter().any(|field| field.is_breaking);
    let (stream, kind) = (new.descriptor(), TransformKind::Changed);
    Some(StreamTransform { stream, kind, fields: transforms, primary_key_changed, is_breaking })
}

/// Whether the connection does not work without the field.
fn is_needed(selection: &StreamSelection, path: &[String]) -> bool {
    let configured = &selection.configured;
    let is_cursor = configured.sync_mode == SyncMode::Incremental && configured.cursor() == Some(path);
    let is_of_key = needs_primary_key(configured.destination_sync_mode)
        && configured.primary_key.iter().flatten().any(|key| key == path);
    is_cursor || is_of_key
}

fn breaks_key(selection: &StreamSelection, new: &[Vec<String>]) -> bool {
    let mut configured = selection.configured.primary_key.clone().unwrap_or_default();
    configured.sort();
    needs_primary_key(selection.configured.destination_sync_mode) && !new.is_empty() && configured != new
}

fn key(stream: &Stream) -> Vec<Vec<String>> {
    let mut key = stream.source_defined_primary_key.clone().unwrap_or_default();
    key.sort();
    key
}

/// Each field with what says its type; those of objects and of arrays of objects, too.
fn fields(stream: &Stream) -> BTreeMap<Vec<String>, Value> {
    let schema: Value = serde_json::from_str(stream.json_schema.get()).unwrap_or_default();
    let mut fields = BTreeMap::new();
    collect(&schema, &mut Vec::new(), &mut fields);
    fields
}

fn collect(schema: &Value, path: &mut Vec<String>, fields: &mut BTreeMap<Vec<String>, Value>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, field) in properties {
            path.push(name.clone());
            fields.insert(path.clone(), type_of(field));
            collect(field, path, fields);
            path.pop();
        }
    }
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        collect(items, path, fields);
    }
}

/// What tells one type from another, however it is written. Fields below it are fields of their own.
fn type_of(schema: &Value) -> Value {
    let mut kept = serde_json::Map::new();
    for word in ["type", "format", "airbyte_type", "contentEncoding", "oneOf", "anyOf", "allOf"] {
        if let Some(value) = schema.get(word) {
            kept.insert(word.to_owned(), value.clone());
        }
    }
    if let Some(types) = kept.get_mut("type") {
        let mut words: Vec<String> = match &*types {
            Value::Array(words) => words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect(),
            Value::String(word) => vec![word.clone()],
            _ => Vec::new(),
        };
        // Every field may be null in any case.
        words.retain(|word| word != "null");
        words.sort();
        *types = Value::from(words);
    }
    match schema.get("items") {
        Some(items) if items.is_object() => drop(kept.insert("items".to_owned(), type_of(items))),
        Some(items) => drop(kept.insert("items".to_owned(), items.clone())),
        None => {}
    }
    Value::Object(kept)
}
