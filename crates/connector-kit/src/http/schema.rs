//! The JSON Schema of records as they were seen, for APIs that do not say what they send.

use serde_json::{Map, Value, json};

/// The schema of some records. Any field may be null or missing; nested objects are described, elements of arrays are not.
pub(crate) fn seen<'a>(records: impl Iterator<Item = &'a str>) -> Value {
    let mut fields = Map::new();
    for record in records {
        if let Ok(Value::Object(record)) = serde_json::from_str(record) {
            record.iter().for_each(|(name, value)| widen(&mut fields, name, value));
        }
    }
    json!({"type": "object", "properties": fields})
}

fn widen(fields: &mut Map<String, Value>, name: &str, value: &Value) {
    let field = fields.entry(name).or_insert_with(|| json!({"type": ["null"]}));
    let kind = match value {
        Value::Null => return,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if let Some(kinds) = field["type"].as_array_mut() {
        match kind {
            "number" => kinds.retain(|known| known != "integer"),
            "integer" if kinds.contains(&"number".into()) => return,
            _ => {}
        }
        if !kinds.contains(&kind.into()) {
            kinds.push(kind.into());
        }
    }
    if let Value::Object(inner) = value
        && let Value::Object(field) = field
        && let Value::Object(inner_fields) = field.entry("properties").or_insert_with(|| json!({}))
    {
        inner.iter().for_each(|(name, value)| widen(inner_fields, name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_widen_as_records_differ() {
        let records = [r#"{"id": 1, "n": 1, "a": null, "o": {"x": "y"}}"#, r#"{"id": 2, "n": 1.5, "a": [1]}"#];
        assert_eq!(
            seen(records.into_iter()),
            json!({"type": "object", "properties": {
                "id": {"type": ["null", "integer"]},
                "n": {"type": ["null", "number"]},
                "a": {"type": ["null", "array"]},
                "o": {"type": ["null", "object"], "properties": {"x": {"type": ["null", "string"]}}},
            }})
        );
    }
}
