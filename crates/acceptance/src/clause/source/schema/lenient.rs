//! A schema as records are held to it: null and absence are always right, and formats that nobody acts on are not judged.

use super::formats;
use serde_json::{Map, Value, json};

/// Keywords that are dropped: what they demand, no destination needs. Under those of the second row, accepting null would
/// refuse something else.
const DROPPED: [&str; 9] =
    ["required", "dependencies", "minProperties", "default", "examples", "not", "if", "then", "else"];

/// Keywords that hold one schema.
const SCHEMA: [&str; 4] = ["additionalItems", "contains", "propertyNames", "additionalProperties"];

/// Keywords that hold schemas by name.
const BY_NAME: [&str; 4] = ["properties", "patternProperties", "definitions", "$defs"];

/// What a schema demands beyond doubt.
pub(super) fn of(schema: &Value) -> Value {
    let Value::Object(keywords) = schema else { return schema.clone() };
    let mut lenient = Map::new();
    for (keyword, value) in keywords.iter().filter(|(keyword, _)| !DROPPED.contains(&keyword.as_str())) {
        if let Some((keyword, value)) = relax(keyword, value) {
            lenient.insert(keyword.to_owned(), value);
        }
    }
    nullable(lenient)
}

fn relax<'k>(keyword: &'k str, value: &Value) -> Option<(&'k str, Value)> {
    let all = |schemas: &[Value]| Value::Array(schemas.iter().map(of).collect());
    Some(match (keyword, value) {
        ("additionalProperties", Value::Bool(_)) | ("$id" | "$schema" | "id", _) => return None,
        ("format", Value::String(format)) if !formats::is_judged(format) => return None,
        ("type", Value::String(kind)) => (keyword, json!([kind, "null"])),
        ("type", Value::Array(kinds)) if !kinds.contains(&json!("null")) => {
            (keyword, kinds.iter().cloned().chain([json!("null")]).collect())
        }
        ("enum", Value::Array(values)) => (keyword, values.iter().cloned().chain([Value::Null]).collect()),
        ("const", value) => ("enum", json!([value, null])),
        // A list of schemas means any of them to platforms, not a tuple.
        ("items", Value::Array(schemas)) => (keyword, json!({"anyOf": all(schemas)})),
        ("items", schema) => (keyword, of(schema)),
        // Null fits several of them, and so may a number.
        ("oneOf" | "anyOf", Value::Array(schemas)) => ("anyOf", all(schemas)),
        ("allOf", Value::Array(schemas)) => (keyword, all(schemas)),
        (_, Value::Object(schemas)) if BY_NAME.contains(&keyword) => {
            (keyword, schemas.iter().map(|(name, schema)| (name.clone(), of(schema))).collect())
        }
        (_, schema) if SCHEMA.contains(&keyword) => (keyword, of(schema)),
        (_, value) => (keyword, value.clone()),
    })
}

/// A list of alternatives accepts null too, whatever they are.
fn nullable(mut schema: Map<String, Value>) -> Value {
    if let Some(Value::Array(alternatives)) = schema.get_mut("anyOf") {
        alternatives.push(json!({"type": "null"}));
    }
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(schema: Value, value: Value) -> bool {
        jsonschema::draft7::new(&of(&schema)).unwrap().is_valid(&value)
    }

    #[test]
    fn null_is_right_everywhere() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer"}, "b": {"enum": ["x"]}, "c": {"const": 1}, "d": {"type": ["string", "integer"]},
            "e": {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"f": {"type": "string"}}}]},
            "g": {"type": "array", "items": {"type": "string"}}, "type": {"type": "string"},
        }});
        let nulls = json!({"a": null, "b": null, "c": null, "d": null, "e": {"f": null}, "g": [null], "type": null});
        assert!(accepts(schema.clone(), nulls));
        assert!(accepts(schema.clone(), json!({"e": null})));
        for wrong in [json!({"a": "1"}), json!({"b": "y"}), json!({"d": []}), json!({"e": {"f": 1}}), json!({"g": [1]})]
        {
            assert!(!accepts(schema.clone(), wrong.clone()), "{wrong}");
        }
    }

    #[test]
    fn a_list_of_item_schemas_is_a_union_and_alternatives_may_overlap() {
        let union = json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}]});
        assert!(accepts(union.clone(), json!([1, 2, "x"])));
        assert!(!accepts(union, json!([true])));
        assert!(accepts(json!({"oneOf": [{"type": "number"}, {"type": "integer"}]}), json!(1)));
        assert!(accepts(json!({"type": "object", "additionalProperties": false}), json!({"x": 1})));
    }

    #[test]
    fn references_within_the_schema_are_followed() {
        let schema =
            json!({"properties": {"a": {"$ref": "#/definitions/n"}}, "definitions": {"n": {"type": "integer"}}});
        assert!(accepts(schema.clone(), json!({"a": null})));
        assert!(!accepts(schema, json!({"a": "x"})));
    }
}
