//! Where two JSON documents differ.

use serde_json::Value;

/// Lists whose order means nothing.
const UNORDERED: [&str; 5] =
    ["required", "type", "supported_sync_modes", "supported_destination_sync_modes", "source_defined_primary_key"];

/// One sentence for each place where `found` is not what was expected.
pub(crate) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut places = Vec::new();
    compare("", "", expected, found, &mut places);
    places
}

fn compare(path: &str, word: &str, expected: &Value, found: &Value, places: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(there)) => {
            for (name, value) in wanted {
                let path = below(path, name);
                match there.get(name) {
                    Some(found) => compare(&path, name, value, found, places),
                    None => places.push(format!("{path} is missing (expected: {})", short(value))),
                }
            }
            for (name, value) in there.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
                places.push(format!("{} is unexpected: {}", below(path, name), short(value)));
            }
        }
        (Value::Array(wanted), Value::Array(there)) if UNORDERED.contains(&word) => {
            let is_same = wanted.len() == there.len() && wanted.iter().all(|value| there.contains(value));
            if !is_same {
                places.push(format!("{path} is {}, expected: {}", short(found), short(expected)));
            }
        }
        (Value::Array(wanted), Value::Array(there)) if wanted.len() == there.len() => {
            for (at, (wanted, there)) in wanted.iter().zip(there).enumerate() {
                compare(&format!("{path}[{at}]"), "", wanted, there, places);
            }
        }
        _ if is_equal(expected, found) => {}
        _ => places.push(format!("{path} is {}, expected: {}", short(found), short(expected))),
    }
}

/// 1 and 1.0 are the same number.
fn is_equal(one: &Value, other: &Value) -> bool {
    one == other || matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if one == other)
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn differences_are_told_by_their_place() {
        let expected = json!({"a": 1, "b": {"c": "x", "required": ["p", "q"]}, "d": [1, 2]});
        assert!(
            differences(&expected, &json!({"a": 1.0, "b": {"c": "x", "required": ["q", "p"]}, "d": [1, 2]})).is_empty()
        );
        let found = json!({"a": 2, "b": {"required": ["p"]}, "d": [2, 1], "e": null});
        let told = differences(&expected, &found);
        assert_eq!(
            told,
            [
                "a is 2, expected: 1",
                "b.c is missing (expected: \"x\")",
                "b.required is [\"p\"], expected: [\"p\",\"q\"]",
                "d[0] is 2, expected: 1",
                "d[1] is 1, expected: 2",
                "e is unexpected: null",
            ]
        );
    }
}
