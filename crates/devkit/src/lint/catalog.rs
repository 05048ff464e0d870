//! Advice on the streams that a source offers: their keys and cursors.

use super::Advice;
use super::rules::advice;
use serde_json::Value;

/// All advice on a catalog.
pub(super) fn found_in(catalog: &Value) -> Vec<Advice> {
    let streams = catalog["streams"].as_array().into_iter().flatten();
    streams.flat_map(|stream| key(stream).into_iter().chain(cursor(stream))).collect()
}

fn name(stream: &Value) -> &str {
    stream["name"].as_str().unwrap_or("?")
}

fn key(stream: &Value) -> Option<Advice> {
    let paths = stream["source_defined_primary_key"].as_array().filter(|paths| !paths.is_empty());
    let Some(paths) = paths else {
        return Some(advice("catalog-no-primary-key", format!("stream {} names no primary key", name(stream))));
    };
    let missing = paths.iter().find(|path| !has_field(stream, path))?;
    let message = format!("the primary key {missing} of stream {} is not in its schema", name(stream));
    Some(advice("catalog-key-not-in-schema", message))
}

fn cursor(stream: &Value) -> Option<Advice> {
    let modes = stream["supported_sync_modes"].as_array();
    let is_incremental = modes.is_some_and(|modes| modes.iter().any(|mode| mode == "incremental"));
    if !is_incremental {
        return Some(advice("catalog-no-cursor", format!("stream {} cannot be read incrementally", name(stream))));
    }
    let path = stream["default_cursor_field"].as_array().filter(|path| !path.is_empty());
    match path {
        None if stream["source_defined_cursor"] == true => None,
        None => {
            let message = format!("stream {} is read incrementally and names no cursor", name(stream));
            Some(advice("catalog-no-cursor", message))
        }
        Some(path) if !has_field(stream, &Value::from(path.clone())) => {
            let message =
                format!("the cursor {} of stream {} is not in its schema", Value::from(path.clone()), name(stream));
            Some(advice("catalog-cursor-not-in-schema", message))
        }
        Some(_) => None,
    }
}

/// Whether the schema of a stream has the field at a path; a schema without properties may have any.
#[must_use]
pub fn has_field(stream: &Value, path: &Value) -> bool {
    let mut schema = &stream["json_schema"];
    let words = path.as_array().into_iter().flatten().filter_map(Value::as_str);
    for word in words {
        match schema["properties"].as_object() {
            None => return true,
            Some(properties) => match properties.get(word) {
                None => return false,
                Some(property) => schema = property,
            },
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::found_in;
    use serde_json::{Value, json};

    fn rules(stream: Value) -> Vec<&'static str> {
        let mut whole = json!({"name": "s", "json_schema": {"properties": {"id": {}, "a": {"properties": {"b": {}}}}}});
        whole.as_object_mut().unwrap().extend(stream.as_object().unwrap().clone());
        found_in(&json!({"streams": [whole]})).into_iter().map(|advice| advice.rule).collect()
    }

    #[test]
    fn keys_and_cursors_are_named_and_in_the_schema() {
        let both = json!(["full_refresh", "incremental"]);
        let good = json!({"source_defined_primary_key": [["id"], ["a", "b"]], "supported_sync_modes": both, "default_cursor_field": ["a", "b"]});
        assert_eq!(rules(good), Vec::<&str>::new());
        assert_eq!(rules(json!({})), ["catalog-no-primary-key", "catalog-no-cursor"]);
        let wrong = json!({"source_defined_primary_key": [["x"]], "supported_sync_modes": both, "default_cursor_field": ["a", "x"]});
        assert_eq!(rules(wrong), ["catalog-key-not-in-schema", "catalog-cursor-not-in-schema"]);
        let own = json!({"source_defined_primary_key": [["id"]], "supported_sync_modes": both, "source_defined_cursor": true});
        assert_eq!(rules(own), Vec::<&str>::new());
        let silent = json!({"source_defined_primary_key": [["id"]], "supported_sync_modes": both});
        assert_eq!(rules(silent), ["catalog-no-cursor"]);
    }
}
