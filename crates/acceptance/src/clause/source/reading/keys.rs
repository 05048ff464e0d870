//! What tells two records apart, as text that can be compared and looked up.

use super::value_at;
use longshore_protocol::ConfiguredStream;
use serde_json::Value;

/// The primary key in force: the configured one, else the stream's own.
pub(super) fn primary_key(configured: &ConfiguredStream) -> &[Vec<String>] {
    let keys = [&configured.primary_key, &configured.stream.source_defined_primary_key];
    let filled = keys.into_iter().flatten().find(|paths| paths.iter().any(|path| !path.is_empty()));
    filled.map(Vec::as_slice).unwrap_or_default()
}

/// The values of a primary key, or the whole record when there is none.
pub(super) fn key_of(primary_key: &[Vec<String>], data: &Value) -> String {
    if primary_key.is_empty() {
        return canonical(data);
    }
    let values: Vec<String> =
        primary_key.iter().map(|path| canonical(value_at(data, path).unwrap_or(&Value::Null))).collect();
    values.join(",")
}

/// A value as text that is the same for equal values, in whatever order and spelling they were written.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, into: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            into.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                into.push_str(if at == 0 { "" } else { "," });
                into.push_str(&Value::from(name.as_str()).to_string());
                into.push(':');
                write(value, into);
            }
            into.push('}');
        }
        Value::Array(items) => {
            into.push('[');
            for (at, item) in items.iter().enumerate() {
                into.push_str(if at == 0 { "" } else { "," });
                write(item, into);
            }
            into.push(']');
        }
        Value::Number(number) => match number.as_f64() {
            // 12.0 and 12 are the same number.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                into.push_str(&(float as i64).to_string());
            }
            _ => into.push_str(&number.to_string()),
        },
        other => into.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_and_spelling_do_not_tell_records_apart() {
        let one = serde_json::from_str(r#"{"a":1.0,"b":{"c":[1,null],"d":"x"}}"#).unwrap();
        let other = serde_json::from_str(r#"{"b":{"d":"x","c":[1,null]},"a":1}"#).unwrap();
        assert_eq!(canonical(&one), canonical(&other));
        assert_ne!(canonical(&json!({"a": "1"})), canonical(&json!({"a": 1})));
    }

    #[test]
    fn a_key_is_its_values_or_the_whole_record() {
        let paths = [vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()]];
        assert_eq!(key_of(&paths, &json!({"a": "x", "b": {"c": 2}, "d": 3})), r#""x",2"#);
        assert_eq!(key_of(&paths, &json!({"d": 3})), "null,null");
        assert_eq!(key_of(&[], &json!({"b": 1, "a": 2})), r#"{"a":2,"b":1}"#);
    }
}
