//! What a JSON schema says about a property: the kind of its values.

use serde_json::{Map, Value};

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Number,
    /// Dates and times too: they are kept as they are written.
    String,
    Object,
    Array,
    /// A union, or no type at all: each value as what it is.
    Any,
}

/// The properties of a stream's schema, in its order. Empty when it names none.
pub(crate) fn properties(json_schema: &str) -> Vec<(String, Kind)> {
    let schema: Value = serde_json::from_str(json_schema).unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties.iter().map(|(name, schema)| (name.clone(), Kind::of(schema))).collect()
}

impl Kind {
    /// Reads one property's schema.
    pub(crate) fn of(schema: &Value) -> Self {
        let Some(schema) = schema.as_object() else { return Self::Any };
        match schema.get("airbyte_type").and_then(Value::as_str) {
            Some("integer" | "big_integer") => return Self::Integer,
            Some("number" | "big_number") => return Self::Number,
            Some("json") => return Self::Any,
            _ => {}
        }
        match schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            Some(options) => Self::union(options.iter().filter(|option| !is_null(option)).map(Self::of)),
            None => Self::of_type(schema),
        }
    }

    fn of_type(schema: &Map<String, Value>) -> Self {
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => {
                Self::union(names.iter().filter_map(Value::as_str).filter(|name| *name != "null").map(Self::named))
            }
            _ if schema.contains_key("properties") => Self::Object,
            _ if schema.contains_key("items") => Self::Array,
            _ => Self::Any,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "object" => Self::Object,
            "array" => Self::Array,
            _ => Self::Any,
        }
    }

    /// One kind that takes the values of all; integers are numbers.
    fn union(kinds: impl Iterator<Item = Self>) -> Self {
        let both = |a, b| match (a, b) {
            (a, b) if a == b => a,
            (Self::Integer, Self::Number) | (Self::Number, Self::Integer) => Self::Number,
            _ => Self::Any,
        };
        kinds.reduce(both).unwrap_or(Self::Any)
    }

    /// The type with which a new column of this kind is declared.
    pub(crate) fn declared(self) -> &'static str {
        match self {
            Self::Boolean | Self::Integer => "INTEGER",
            Self::Number => "NUMERIC",
            Self::String | Self::Object | Self::Array => "TEXT",
            Self::Any => "",
        }
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_type_is_understood() {
        for (schema, kind) in [
            (r#"{"type":"integer"}"#, Kind::Integer),
            (r#"{"type":["null","string"],"format":"date-time"}"#, Kind::String),
            (r#"{"type":"number","airbyte_type":"integer"}"#, Kind::Integer),
            (r#"{"type":"string","airbyte_type":"big_integer"}"#, Kind::Integer),
            (r#"{"type":["integer","number","null"]}"#, Kind::Number),
            (r#"{"type":["string","integer"]}"#, Kind::Any),
            (r#"{"oneOf":[{"type":"null"},{"type":"boolean"}]}"#, Kind::Boolean),
            (r#"{"anyOf":[{"type":"string"},{"type":"object"}]}"#, Kind::Any),
            (r#"{"properties":{}}"#, Kind::Object),
            (r#"{"items":{}}"#, Kind::Array),
            (r#"{"airbyte_type":"json","type":"object"}"#, Kind::Any),
            ("true", Kind::Any),
            ("{}", Kind::Any),
        ] {
            assert_eq!(Kind::of(&serde_json::from_str(schema).unwrap()), kind, "{schema}");
        }
    }

    #[test]
    fn a_schema_without_properties_has_none() {
        for schema in ["true", "{}", r#"{"type":"object"}"#] {
            assert_eq!(properties(schema), []);
        }
    }
}
