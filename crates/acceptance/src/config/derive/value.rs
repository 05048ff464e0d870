//! A value that a schema allows.

use super::GIVE;
use serde_json::{Map, Value, json};

/// How deep schemas may refer to each other.
const DEEPEST: usize = 32;

/// Texts of well-known formats.
const FORMATS: [(&str, &str); 3] =
    [("date", "2024-01-01"), ("date-time", "2024-01-01T00:00:00Z"), ("time", "00:00:00")];

/// The patterns in which specs write dates and moments, without anchors.
const PATTERNS: [(&str, &str); 4] = [
    ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "2024-01-01"),
    (r"\d{4}-\d{2}-\d{2}", "2024-01-01"),
    ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "2024-01-01T00:00:00Z"),
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", "2024-01-01T00:00:00Z"),
];

/// Makes values of the schemas of one spec.
pub(super) struct Maker<'a> {
    pub(super) root: &'a Value,
}

impl<'a> Maker<'a> {
    /// The configuration as a whole; `made` gets a few words for each value.
    pub(super) fn whole(&self, made: &mut Vec<String>) -> Result<Value, String> {
        let mut object = self.object(self.root, "", made, 0)?;
        if let Some(option) = self.option(self.root, "", made, 0)?.as_ref().and_then(Value::as_object) {
            object.extend(option.clone());
        }
        Ok(Value::Object(object))
    }

    fn value(&self, schema: &'a Value, path: &str, made: &mut Vec<String>, depth: usize) -> Result<Value, String> {
        let schema = self.resolved(schema);
        if depth > DEEPEST {
            return Err(format!("`{path}` refers to itself; {GIVE}"));
        }
        if let Some((value, of_what)) = written(schema) {
            made.push(format!("`{path}` {of_what}"));
            return Ok(value);
        }
        if is_secret(schema) {
            return Err(format!("`{path}` is a secret, of which it has no default; {GIVE}"));
        }
        if let Some(value) = first(schema, "examples").or_else(|| schema.get("example").cloned()) {
            made.push(format!("`{path}` its first example"));
            return Ok(value);
        }
        let option = self.option(schema, path, made, depth)?;
        if schema["properties"].is_object() {
            let mut object = self.object(schema, path, made, depth)?;
            object.extend(option.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
            return Ok(Value::Object(object));
        }
        if let Some(option) = option {
            return Ok(option);
        }
        let value = plain(schema).ok_or_else(|| format!("`{path}` has neither a default nor an example; {GIVE}"))?;
        made.push(format!("`{path}` a plain value of its type"));
        Ok(value)
    }

    /// What is required, and what has a default.
    fn object(
        &self,
        schema: &'a Value,
        path: &str,
        made: &mut Vec<String>,
        depth: usize,
    ) -> Result<Map<String, Value>, String> {
        let required =
            |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(seed) = fixed_seed(name, self.resolved(property)) {
                made.push(format!("`{name}` {seed}, so that two reads can be compared"));
                object.insert(name.clone(), seed);
                continue;
            }
            let has_value = written(self.resolved(property)).is_some_and(|(_, of_what)| of_what == DEFAULT);
            if required(name) || has_value {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                object.insert(name.clone(), self.value(property, &inner, made, depth + 1)?);
            }
        }
        Ok(object)
    }

    /// The first option that can be made without anybody's help.
    fn option(
        &self,
        schema: &'a Value,
        path: &str,
        made: &mut Vec<String>,
        depth: usize,
    ) -> Result<Option<Value>, String> {
        let options = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let mut why_not = None;
        for option in options.into_iter().flatten() {
            let mut words = Vec::new();
            match self.value(option, path, &mut words, depth + 1) {
                Ok(value) => {
                    made.append(&mut words);
                    return Ok(Some(value));
                }
                Err(why) => why_not = why_not.or(Some(why)),
            }
        }
        why_not.map_or(Ok(None), Err)
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let Some(reference) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) else { break };
            let Some(target) = self.root.pointer(reference) else { break };
            schema = target;
        }
        schema
    }
}

/// Made-up data that is different each time proves nothing, and that is what a seed below 0 usually stands for.
fn fixed_seed(name: &str, schema: &Value) -> Option<Value> {
    let is_random = name == "seed" && type_of(schema) == Some("integer") && schema["default"].as_i64()? < 0;
    is_random.then(|| json!(1))
}

const DEFAULT: &str = "its default";

/// A value that the schema itself writes down.
fn written(schema: &Value) -> Option<(Value, &'static str)> {
    if let Some(value) = schema.get("const") {
        return Some((value.clone(), "its one value"));
    }
    if let Some(value) = schema.get("default").filter(|value| !value.is_null()) {
        return Some((value.clone(), DEFAULT));
    }
    first(schema, "enum").map(|value| (value, "the first of its values"))
}

fn first(schema: &Value, key: &str) -> Option<Value> {
    schema[key].as_array()?.first().cloned()
}

fn is_secret(schema: &Value) -> bool {
    schema["airbyte_secret"] == true
}

/// A value for which the type is enough.
fn plain(schema: &Value) -> Option<Value> {
    match type_of(schema)? {
        "string" => text(schema).map(Value::from),
        "integer" | "number" => schema.get("minimum").filter(|least| least.is_number()).cloned(),
        "boolean" => Some(json!(false)),
        "array" if schema["minItems"].as_u64().unwrap_or(0) == 0 => Some(json!([])),
        "object" if schema["required"].as_array().is_none_or(Vec::is_empty) => Some(json!({})),
        "null" => Some(Value::Null),
        _ => None,
    }
}

fn text(schema: &Value) -> Option<&'static str> {
    let bare = schema["pattern"].as_str().map(|pattern| pattern.trim_start_matches('^').trim_end_matches('$'));
    let by_pattern = |pattern: &str| PATTERNS.iter().find(|(it, _)| *it == pattern).map(|(_, text)| *text);
    let by_format = || FORMATS.iter().find(|(format, _)| schema["format"] == *format).map(|(_, text)| *text);
    match bare {
        Some(pattern) => by_pattern(pattern),
        None => by_format(),
    }
}

/// The type that a schema names, the first that is not null when there are several.
pub(super) fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}
