//! Whether a value fits its declared type.

use serde_json::Value;

/// Null fits everywhere, and everything fits where nothing is declared. Members of objects are not looked at.
pub(super) fn fits(text: &str, schema: &Value) -> bool {
    if text == "null" {
        return true;
    }
    let variants = ["oneOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten();
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut variants = variants.peekable();
    match (variants.peek(), types.is_empty()) {
        (Some(_), _) => variants.any(|variant| fits(text, variant)),
        (None, true) => true,
        (None, false) => types.iter().any(|kind| is_of(text, kind, schema)),
    }
}

fn is_of(text: &str, kind: &str, schema: &Value) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    let is_number = first == b'-' || first.is_ascii_digit();
    match kind {
        "integer" => is_number && is_whole(text),
        "number" if schema["airbyte_type"] == "integer" => is_number && is_whole(text),
        "number" => is_number,
        "boolean" => text == "true" || text == "false",
        "object" => first == b'{',
        "array" => first == b'[',
        "string" if first == b'"' => match schema["format"].as_str() {
            Some("date" | "date-time" | "time") => text.as_bytes().get(1).is_some_and(u8::is_ascii_digit),
            _ => true,
        },
        _ => false,
    }
}

fn is_whole(text: &str) -> bool {
    !text.contains(['.', 'e', 'E']) || text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
}
