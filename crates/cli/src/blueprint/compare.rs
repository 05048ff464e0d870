//! Compares configurations, field by field. Secrets on a server are masked: those are not compared, and nothing that may be a
//! secret is told.

use super::MASK;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How configurations are compared.
pub(crate) struct Rules<'a> {
    /// Keys whose values the connector declares secret.
    pub(crate) secrets: &'a BTreeSet<String>,
    /// Secrets of the file are written even where there is one.
    pub(crate) sets_secrets: bool,
}

/// What came out.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// A line for each field that changes.
    pub(crate) changes: Vec<String>,
    /// Where the file has a secret and the server has one, too.
    pub(crate) kept: Vec<String>,
    /// Where the file keeps a secret that is not there.
    pub(crate) missing: Vec<String>,
}

/// Compares, and gives what is to be sent: the wish, with masks for secrets that stay.
pub(crate) fn configurations(current: &Value, wanted: &Value, rules: &Rules<'_>) -> (Value, Comparison) {
    let mut comparison = Comparison::default();
    let sent = compare(Some(current), wanted, "configuration", false, rules, &mut comparison);
    (sent, comparison)
}

/// The places at which a configuration that is new keeps a secret.
pub(crate) fn masks(wanted: &Value) -> Vec<String> {
    let rules = Rules { secrets: &BTreeSet::new(), sets_secrets: true };
    let mut comparison = Comparison::default();
    compare(None, wanted, "configuration", false, &rules, &mut comparison);
    comparison.missing
}

fn compare(
    current: Option<&Value>,
    wanted: &Value,
    path: &str,
    is_secret: bool,
    rules: &Rules<'_>,
    out: &mut Comparison,
) -> Value {
    match (current, wanted) {
        (_, Value::String(text)) if text == MASK => {
            if current.is_none_or(Value::is_null) {
                out.missing.push(path.to_owned());
            }
            wanted.clone()
        }
        (Some(Value::Object(before)), Value::Object(after)) => objects(before, after, path, is_secret, rules, out),
        (None, Value::Object(after)) => {
            out.changes.push(format!("{path}: added"));
            let mut nothing = Comparison::default();
            let sent = objects(&Map::new(), after, path, is_secret, rules, &mut nothing);
            out.missing.append(&mut nothing.missing);
            sent
        }
        (Some(Value::Array(before)), Value::Array(after)) if before.len() == after.len() => {
            let items = before.iter().zip(after).enumerate();
            let items = items.map(|(at, (before, after))| {
                compare(Some(before), after, &format!("{path}.{at}"), is_secret, rules, out)
            });
            Value::Array(items.collect())
        }
        (Some(Value::String(mask)), _) if mask == MASK => against_mask(wanted, path, rules, out),
        (Some(before), after) if before == after => wanted.clone(),
        (before, after) => {
            out.changes.push(told(before, after, path, is_secret));
            wanted.clone()
        }
    }
}

fn objects(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    path: &str,
    is_secret: bool,
    rules: &Rules<'_>,
    out: &mut Comparison,
) -> Value {
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    out.changes.extend(gone.map(|key| format!("{path}.{key}: removed")));
    let members = after.iter().map(|(key, value)| {
        let is_secret = is_secret || rules.secrets.contains(key);
        (key.clone(), compare(before.get(key), value, &format!("{path}.{key}"), is_secret, rules, out))
    });
    Value::Object(members.collect())
}

/// A secret is there. A reference in its place is another thing; what else the file has may be the same.
fn against_mask(wanted: &Value, path: &str, rules: &Rules<'_>, out: &mut Comparison) -> Value {
    let names_one =
        |text: &str| text.starts_with("secret_coordinate::") || (text.starts_with("${") && text.ends_with('}'));
    let is_reference = wanted.as_str().is_some_and(names_one);
    if is_reference || rules.sets_secrets {
        out.changes.push(format!("{path}: (secret)"));
        return wanted.clone();
    }
    out.kept.push(path.to_owned());
    Value::String(MASK.to_owned())
}

/// What becomes of a value. Values that were not there before are not told: nobody has said yet whether they are secret.
fn told(before: Option<&Value>, after: &Value, path: &str, is_secret: bool) -> String {
    match before {
        None => format!("{path}: added"),
        Some(_) if is_secret => format!("{path}: (secret)"),
        Some(before) => format!("{path}: {} -> {}", short(before), short(after)),
    }
}

/// A value in a line; what is long or has parts is only named.
pub(super) fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    match value {
        Value::Array(items) => format!("[{} items]", items.len()),
        Value::Object(members) => format!("{{{} keys}}", members.len()),
        other => {
            let text = other.to_string();
            if text.chars().count() > LONGEST { text.chars().take(LONGEST).chain(['…']).collect() } else { text }
        }
    }
}

/// The keys that a specification declares secret, wherever they stand.
pub(crate) fn secret_keys(specification: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect(specification, None, &mut keys);
    keys
}

fn collect(value: &Value, key: Option<&str>, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if members.get("airbyte_secret") == Some(&Value::Bool(true)) {
                keys.extend(key.map(str::to_owned));
            }
            for (name, member) in members {
                // The property whose schema a oneOf or an items stands in keeps its name.
                let inner = if ["oneOf", "anyOf", "allOf", "items"].contains(&name.as_str()) {
                    key
                } else {
                    Some(name.as_str())
                };
                collect(member, inner, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, keys)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compared(current: Value, wanted: Value, sets_secrets: bool) -> (Value, Comparison) {
        let secrets = BTreeSet::from(["token".to_owned()]);
        configurations(&current, &wanted, &Rules { secrets: &secrets, sets_secrets })
    }

    #[test]
    fn fields_that_change_are_told_one_by_one() {
        for (current, wanted, lines) in [
            (json!({"a": 1}), json!({"a": 1}), vec![]),
            (json!({"a": 1}), json!({"a": 2}), vec!["configuration.a: 1 -> 2"]),
            (json!({"a": 1}), json!({}), vec!["configuration.a: removed"]),
            (json!({}), json!({"a": "x"}), vec!["configuration.a: added"]),
            (json!({}), json!({"a": {"b": 1}}), vec!["configuration.a: added"]),
            (json!({"a": {"b": [1, 2]}}), json!({"a": {"b": [1, 3]}}), vec!["configuration.a.b.1: 2 -> 3"]),
            (json!({"a": [1]}), json!({"a": [1, 2]}), vec!["configuration.a: [1 items] -> [2 items]"]),
            (json!({"token": "${ONE}"}), json!({"token": "hunter2"}), vec!["configuration.token: (secret)"]),
            (json!({"token": {"x": 1}}), json!({"token": {"x": 2}}), vec!["configuration.token.x: (secret)"]),
        ] {
            let (sent, comparison) = compared(current, wanted.clone(), false);
            assert_eq!(comparison.changes, lines, "{wanted}");
            assert_eq!(sent, wanted);
        }
    }

    #[test]
    fn a_masked_secret_is_kept_and_never_told() {
        let (sent, comparison) = compared(json!({"token": MASK}), json!({"token": "hunter2"}), false);
        assert_eq!((sent, comparison.changes.len()), (json!({"token": MASK}), 0));
        assert_eq!(comparison.kept, ["configuration.token"]);
        let (sent, comparison) = compared(json!({"token": MASK}), json!({"token": "hunter2"}), true);
        assert_eq!(sent, json!({"token": "hunter2"}));
        assert_eq!(comparison.changes, ["configuration.token: (secret)"]);
    }

    #[test]
    fn a_reference_takes_the_place_of_a_secret() {
        let (sent, comparison) = compared(json!({"token": MASK}), json!({"token": "${TOKEN}"}), false);
        assert_eq!(sent, json!({"token": "${TOKEN}"}));
        assert_eq!(comparison.changes, ["configuration.token: (secret)"]);
    }

    #[test]
    fn a_mask_keeps_what_is_there_and_misses_what_is_not() {
        let (_, comparison) = compared(json!({"token": MASK, "a": 1}), json!({"token": MASK, "a": MASK}), false);
        assert!(comparison.changes.is_empty() && comparison.missing.is_empty());
        assert_eq!(compared(json!({}), json!({"token": MASK}), false).1.missing, ["configuration.token"]);
        assert_eq!(masks(&json!({"a": [{"b": MASK}]})), Vec::<String>::new()); // a list is new as a whole
        assert_eq!(masks(&json!({"a": {"b": MASK}})), ["configuration.a.b"]);
    }

    #[test]
    fn secret_keys_are_found_wherever_they_are_declared() {
        let spec = json!({"properties": {
            "token": {"type": "string", "airbyte_secret": true},
            "auth": {"oneOf": [{"properties": {"password": {"airbyte_secret": true}}}]},
            "keys": {"items": {"airbyte_secret": true}},
            "count": {"type": "integer"},
        }});
        assert_eq!(Vec::from_iter(secret_keys(&spec)), ["keys", "password", "token"]);
    }
}
