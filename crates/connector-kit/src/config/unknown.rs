//! Keys of a configuration that its schema does not know. Platforms add some, so they are no failure; a typing error is
//! one of them, so they are said.

use serde_json::Value;
use std::collections::BTreeMap;

/// The paths of the keys that the schema does not know, as in `auth.tokn`.
pub(crate) fn unknown_keys(config: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(config, schema, "", &mut found);
    found
}

fn look(config: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
    let (Some(members), Some(known)) = (config.as_object(), known_keys(config, schema)) else { return };
    for (key, value) in members {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match known.get(key.as_str()) {
            Some(schema) => look(value, schema, &path, found),
            // Platforms mark with it what they add.
            None if key.starts_with('_') => {}
            None => found.push(path),
        }
    }
}

/// The keys that an object may have, with their schemas; `None` when it may have any.
fn known_keys<'a>(config: &Value, schema: &'a Value) -> Option<BTreeMap<&'a str, &'a Value>> {
    let takes_any = schema.get("additionalProperties").is_some_and(|it| *it != Value::Bool(false));
    let says_which = ["type", "properties", "oneOf", "anyOf"].into_iter().any(|word| schema.get(word).is_some());
    if takes_any || !says_which {
        return None;
    }
    let choices = ["oneOf", "anyOf"].into_iter().filter_map(|word| schema.get(word)?.as_array()).flatten();
    let shapes = choices.filter(|choice| fits(config, choice)).chain([schema]);
    let known = shapes.filter_map(|schema| schema.get("properties")?.as_object()).flatten();
    Some(known.map(|(key, schema)| (key.as_str(), schema)).collect())
}

/// Whether the configuration has the constants that select this choice.
fn fits(config: &Value, choice: &Value) -> bool {
    let properties = choice.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .all(|(key, schema)| schema.get("const").is_none_or(|it| config.get(key) == Some(it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_looked_for_where_the_schema_says_what_there_is() {
        let schema = json!({"properties": {
            "count": {"type": "integer"},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "anything": {"description": "any"},
            "auth": {"oneOf": [
                {"properties": {"method": {"const": "none"}}},
                {"properties": {"method": {"const": "token"}, "token": {"type": "string"}}},
            ]},
        }});
        for (config, unknown) in [
            (json!({"count": 1, "headers": {"a": "b"}, "anything": {"c": 1}, "__injected": {}}), vec![]),
            (json!({"cuont": 1}), vec!["cuont"]),
            (json!({"auth": {"method": "token", "token": "x"}}), vec![]),
            (json!({"auth": {"method": "token", "tokn": "x"}}), vec!["auth.tokn"]),
            (json!({"auth": {"method": "none", "token": "x"}}), vec!["auth.token"]),
        ] {
            assert_eq!(unknown_keys(&config, &schema), unknown, "{config}");
        }
    }
}
