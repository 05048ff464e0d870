//! The types of columns: told from values, written as a JSON Schema, and read back from one.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a value looks like. A `null` looks like nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Number,
    Date,
    /// Without an offset from UTC.
    LocalTimestamp,
    /// With one.
    Timestamp,
    Text,
    Array,
    Object,
}

impl Kind {
    /// The JSON Schema word.
    fn json_type(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Date | Self::LocalTimestamp | Self::Timestamp | Self::Text => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// What a piece of text looks like by itself. A number with leading zeros is none: its zeros would be lost.
    pub(crate) fn of_text(text: &str) -> Self {
        match text.as_bytes() {
            _ if is_boolean(text) => Self::Boolean,
            [b'-' | b'0'..=b'9', ..] if is_number(text) => {
                if is_integer(text) {
                    Self::Integer
                } else {
                    Self::Number
                }
            }
            _ => Self::of_string(text),
        }
    }

    /// What a string looks like: a date, a timestamp, or any text. Only the spelling of RFC 3339 counts, with `T`.
    pub(crate) fn of_string(text: &str) -> Self {
        let bytes = text.as_bytes();
        let date = bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-';
        match bytes.get(10) {
            None if date && text.parse::<jiff::civil::Date>().is_ok() => Self::Date,
            Some(b'T') if date && text.parse::<jiff::Timestamp>().is_ok() => Self::Timestamp,
            Some(b'T') if date && text.parse::<jiff::civil::DateTime>().is_ok() => Self::LocalTimestamp,
            _ => Self::Text,
        }
    }
}

/// Whether JSON can say it with a literal.
pub(crate) fn is_boolean(text: &str) -> bool {
    matches!(text.len(), 4 | 5) && (text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"))
}

/// Whether it is a number as JSON spells them, of any length.
pub(crate) fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit())
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// Whether it is a number without fraction and exponent.
pub(crate) fn is_integer(text: &str) -> bool {
    is_number(text) && !text.contains(['.', 'e', 'E'])
}

/// The columns of a file in the order in which they were first seen, and what their values looked like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns(pub(crate) IndexMap<String, BTreeSet<Kind>>);

impl Columns {
    /// The JSON Schema of a record. Every column may be null.
    pub(crate) fn schema(&self) -> Value {
        let properties: Map<String, Value> =
            self.0.iter().map(|(name, kinds)| (name.clone(), column_schema(kinds))).collect();
        json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": properties})
    }
}

fn column_schema(kinds: &BTreeSet<Kind>) -> Value {
    let only = |kind: Kind| kinds.len() == 1 && kinds.contains(&kind);
    let date_time =
        |airbyte_type: &str| json!({"type": ["null", "string"], "format": "date-time", "airbyte_type": airbyte_type});
    if kinds.is_empty() {
        return json!({"type": ["null", "string"]});
    }
    if only(Kind::Date) {
        return json!({"type": ["null", "string"], "format": "date"});
    }
    if only(Kind::Timestamp) {
        return date_time("timestamp_with_timezone");
    }
    if only(Kind::LocalTimestamp) {
        return date_time("timestamp_without_timezone");
    }
    let mut types = vec!["null"];
    for kind in kinds {
        let covered = *kind == Kind::Integer && kinds.contains(&Kind::Number);
        if !covered && !types.contains(&kind.json_type()) {
            types.push(kind.json_type());
        }
    }
    json!({ "type": types })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_apart_by_its_spelling() {
        for (text, kind) in [
            ("true", Kind::Boolean),
            ("FALSE", Kind::Boolean),
            ("0", Kind::Integer),
            ("-12", Kind::Integer),
            ("123456789012345678901234567890", Kind::Integer),
            ("1.50", Kind::Number),
            ("1e400", Kind::Number),
            ("007", Kind::Text),
            ("+5", Kind::Text),
            (" 5", Kind::Text),
            ("5 ", Kind::Text),
            ("-", Kind::Text),
            ("2024-02-29", Kind::Date),
            ("2023-02-29", Kind::Text),
            ("20240229", Kind::Integer),
            ("2024-02-29T12:00:00Z", Kind::Timestamp),
            ("2024-02-29T12:00:00.123+02:00", Kind::Timestamp),
            ("2024-02-29T12:00:00", Kind::LocalTimestamp),
            ("2024-02-29 12:00:00", Kind::Text),
            ("é2024-02-29", Kind::Text),
        ] {
            assert_eq!(Kind::of_text(text), kind, "{text}");
        }
    }

    #[test]
    fn a_schema_is_the_union_of_what_was_seen() {
        for (kinds, schema) in [
            (vec![], json!({"type": ["null", "string"]})),
            (vec![Kind::Integer, Kind::Number], json!({"type": ["null", "number"]})),
            (vec![Kind::Date], json!({"type": ["null", "string"], "format": "date"})),
            (vec![Kind::Date, Kind::Timestamp], json!({"type": ["null", "string"]})),
            (vec![Kind::Object, Kind::Integer, Kind::Date], json!({"type": ["null", "integer", "string", "object"]})),
        ] {
            assert_eq!(column_schema(&kinds.into_iter().collect()), schema);
        }
    }
}
