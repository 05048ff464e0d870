//! Schemas of taps, made plain: references put in, alternatives that differ in nothing but null joined, words that no
//! reader of JSON Schema knows taken out. What says something about values stays.

use serde_json::{Map, Value, json};

/// A chain of references that is longer ends in a schema that says nothing.
const REFERENCES: usize = 8;

/// The schema of a record.
pub(crate) fn of_record(schema: &Value) -> Value {
    let mut clean = clean(schema, schema, &[]);
    if !clean.is_object() {
        clean = json!({});
    }
    let types = types_of(&clean);
    if !types.iter().any(|name| name == "object") {
        clean["type"] = json!("object");
    }
    if !clean["properties"].is_object() {
        clean["properties"] = json!({});
    }
    clean
}

/// `seen`: the references that led here.
fn clean(schema: &Value, root: &Value, seen: &[&str]) -> Value {
    if let Some(reference) = schema["$ref"].as_str()
        && let Some(target) = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer))
    {
        return followed(schema, reference, target, root, seen);
    }
    let Value::Object(members) = schema else {
        // Some write the name of a type where a schema belongs.
        return schema.as_str().map_or_else(|| schema.clone(), |name| json!({"type": name}));
    };
    let inner = |value: &Value| clean(value, root, seen);
    let mut out = Map::new();
    for (word, value) in members {
        let plain = match (word.as_str(), value) {
            ("$schema" | "$id" | "definitions" | "$defs" | "$ref" | "selected" | "inclusion", _) => continue,
            ("properties" | "patternProperties", Value::Object(schemas)) => {
                Value::Object(schemas.iter().map(|(name, schema)| (name.clone(), inner(schema))).collect())
            }
            ("items" | "additionalProperties", Value::Object(_)) => inner(value),
            ("anyOf" | "oneOf" | "allOf" | "items", Value::Array(schemas)) => {
                Value::Array(schemas.iter().map(inner).collect())
            }
            ("type", _) => plain_type(value),
            _ => value.clone(),
        };
        out.insert(word.clone(), plain);
    }
    joined(out)
}

/// What a reference leads to; what stands beside the reference wins.
fn followed(schema: &Value, reference: &str, target: &Value, root: &Value, seen: &[&str]) -> Value {
    if seen.contains(&reference) || seen.len() >= REFERENCES {
        return json!({});
    }
    let mut members = target.as_object().cloned().unwrap_or_default();
    let beside = schema.as_object().into_iter().flatten().filter(|(word, _)| *word != "$ref");
    members.extend(beside.map(|(word, value)| (word.clone(), value.clone())));
    let seen: Vec<&str> = seen.iter().copied().chain([reference]).collect();
    clean(&Value::Object(members), root, &seen)
}

/// A list of one type is that type; types are named once.
fn plain_type(value: &Value) -> Value {
    let mut names: Vec<Value> = Vec::new();
    for name in value.as_array().into_iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    match names.len() {
        0 => value.clone(),
        1 => names.remove(0),
        _ => Value::Array(names),
    }
}

/// `anyOf` of one kind of value, null, and the same kind with a format, is that kind with that format.
fn joined(mut schema: Map<String, Value>) -> Value {
    for word in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = schema.get(word) else { continue };
        let mut kinds: Vec<String> = alternatives.iter().flat_map(types_of).collect();
        kinds.sort();
        kinds.dedup();
        let nullable = kinds.iter().any(|kind| kind == "null");
        kinds.retain(|kind| kind != "null");
        let [kind] = kinds.as_slice() else { continue };
        let all_typed = alternatives.iter().all(|alternative| !types_of(alternative).is_empty());
        if schema.contains_key("type") || !all_typed {
            continue;
        }
        let of_kind = |alternative: &&Value| types_of(alternative).contains(kind);
        let told =
            alternatives.iter().filter(of_kind).max_by_key(|alternative| alternative.as_object().map_or(0, Map::len));
        let mut joined = told.and_then(Value::as_object).cloned().unwrap_or_default();
        joined.insert("type".to_owned(), if nullable { json!([kind, "null"]) } else { json!(kind) });
        schema.remove(word);
        schema.extend(joined);
        break;
    }
    Value::Object(schema)
}

fn types_of(schema: &Value) -> Vec<String> {
    match &schema["type"] {
        Value::String(name) => vec![name.clone()],
        names => names.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

/// The schema for a target, which rejects a whole run for one value that does not fit: any field but a key may be null or
/// missing, and there may be more.
pub(crate) fn relaxed(schema: &Value, key: &[String]) -> Value {
    let mut schema = schema.clone();
    let Some(members) = schema.as_object_mut() else { return schema };
    members.remove("required");
    if members.get("additionalProperties") == Some(&json!(false)) {
        members.remove("additionalProperties");
    }
    if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties.iter_mut() {
            *property = relaxed(property, &[]);
            if !key.contains(name) {
                add_null(property);
            }
        }
    }
    if let Some(items) = members.get_mut("items") {
        *items = relaxed(items, &[]);
        add_null(items);
    }
    schema
}

fn add_null(schema: &mut Value) {
    let mut types = types_of(schema);
    if !types.is_empty() && !types.iter().any(|name| name == "null") {
        types.insert(0, "null".to_owned());
        schema["type"] = json!(types);
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut)
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

/// What differs between the schema of the catalog and that of a message, for people. Empty when nothing does.
pub(crate) fn differences(catalog: &Value, message: &Value) -> Vec<String> {
    let (Some(before), Some(after)) = (catalog["properties"].as_object(), message["properties"].as_object()) else {
        return Vec::new();
    };
    let kinds = |schema: &Value| {
        let mut kinds = types_of(schema);
        kinds.retain(|kind| kind != "null");
        kinds.sort();
        kinds
    };
    let told = |schema: &Value| kinds(schema).join(" or ");
    let mut found = Vec::new();
    for (name, schema) in after {
        match before.get(name) {
            None => found.push(format!("`{name}` is new")),
            Some(old) if kinds(old) != kinds(schema) => {
                found.push(format!("`{name}` was {} and is {}", told(old), told(schema)));
            }
            Some(_) => {}
        }
    }
    found.extend(before.keys().filter(|name| !after.contains_key(*name)).map(|name| format!("`{name}` is gone")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_alternatives_are_made_plain() {
        let schema = json!({
            "$schema": "x", "type": ["null", "object"], "selected": true,
            "definitions": {"name": {"type": ["string"], "selected": true}, "again": {"$ref": "#/definitions/name"}},
            "properties": {
                "a": {"$ref": "#/definitions/again", "description": "d"},
                "b": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["null", "string"]}]},
                "c": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {}}]},
                "d": {"type": ["null", "string"], "format": "singer.decimal"},
                "e": {"type": "number", "multipleOf": 0.01},
                "f": {},
                "g": {"anyOf": [{"type": "integer"}, "null"]},
            },
        });
        assert_eq!(
            of_record(&schema),
            json!({"type": ["null", "object"], "properties": {
                "a": {"type": "string", "description": "d"},
                "b": {"type": ["string", "null"], "format": "date-time"},
                "c": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {}}]},
                "d": {"type": ["null", "string"], "format": "singer.decimal"},
                "e": {"type": "number", "multipleOf": 0.01},
                "f": {},
                "g": {"type": ["integer", "null"]},
            }})
        );
    }

    #[test]
    fn a_reference_to_itself_ends() {
        let schema = json!({"properties": {"a": {"$ref": "#"}}});
        assert!(of_record(&schema).to_string().len() < 10_000);
        assert_eq!(of_record(&json!(null)), json!({"type": "object", "properties": {}}));
        assert_eq!(of_record(&json!({"properties": {"a": {"$ref": "#/properties/a"}}}))["properties"]["a"], json!({}));
    }

    #[test]
    fn a_target_gets_a_schema_that_rejects_nothing_for_being_absent() {
        let schema = json!({"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
            "id": {"type": "integer"}, "a": {"type": ["string"]}, "e": {"type": "string", "enum": ["x"]},
            "o": {"type": "object", "required": ["p"], "properties": {"p": {"type": "number"}}},
        }});
        assert_eq!(
            relaxed(&schema, &["id".to_owned()]),
            json!({"type": "object", "properties": {
                "id": {"type": "integer"}, "a": {"type": ["null", "string"]},
                "e": {"type": ["null", "string"], "enum": ["x", null]},
                "o": {"type": ["null", "object"], "properties": {"p": {"type": ["null", "number"]}}},
            }})
        );
    }

    #[test]
    fn differences_are_told() {
        let before = json!({"properties": {"a": {"type": "integer"}, "b": {"type": ["null", "string"]}, "c": {}}});
        let after = json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}, "d": {}}});
        assert_eq!(differences(&before, &after), ["`a` was integer and is string", "`d` is new", "`c` is gone"]);
        assert!(differences(&before, &before).is_empty());
    }
}
