//! What a new spec refuses that the old one took.

use crate::clause::spec::form::types_of;
use serde_json::Value;

/// Limits of which a higher number refuses more, and those of which a lower one does.
const LOWER_LIMITS: [&str; 4] = ["minimum", "exclusiveMinimum", "minLength", "minItems"];
const UPPER_LIMITS: [&str; 4] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems"];

/// One sentence for each.
pub(super) fn changes(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", old, new, &mut found);
    found
}

fn compare(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    let place = if path.is_empty() { "the configuration" } else { path };
    found.extend(type_change(old, new).map(|change| format!("{place}: {change}")));
    found
        .extend(value_changes(old, new).into_iter().chain(limits(old, new)).map(|change| format!("{place}: {change}")));
    let names = |schema: &Value| -> Vec<String> {
        schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    let before = names(old);
    let demanded = names(new).into_iter().filter(|name| !before.contains(name));
    found.extend(demanded.map(|name| format!("{place}: the property `{name}` is required now")));
    for (name, property) in old["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match new["properties"].get(name) {
            Some(new) => compare(&path, property, new, found),
            None => found.push(format!("{path}: the property is gone")),
        }
    }
    choices(path, old, new, found);
    if old["items"].is_object() && new["items"].is_object() {
        compare(&format!("{path}[]"), &old["items"], &new["items"], found);
    }
}

fn type_change(old: &Value, new: &Value) -> Option<String> {
    let (before, now) = (types_of(old), types_of(new));
    let takes = |name: &&str| now.contains(name) || (*name == "integer" && now.contains(&"number"));
    let is_narrower = !now.is_empty() && !before.is_empty() && !before.iter().all(takes);
    is_narrower.then(|| format!("the type was {} and is {}", old["type"], new["type"]))
}

fn value_changes(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let constant = |schema: &Value| schema.get("const").cloned();
    match (constant(old), constant(new)) {
        (Some(before), Some(now)) if before != now => found.push(format!("the constant was {before} and is {now}")),
        (None, Some(now)) if old.get("enum").is_none() => found.push(format!("only the constant {now} is taken now")),
        _ => {}
    }
    match (old["enum"].as_array(), new["enum"].as_array()) {
        (Some(before), Some(now)) => {
            found.extend(
                before.iter().filter(|value| !now.contains(value)).map(|value| format!("the value {value} is gone")),
            );
        }
        (None, Some(now)) if constant(old).is_none() => {
            found.push(format!("only {} are taken now", Value::from(now.clone())));
        }
        _ => {}
    }
    found
}

fn limits(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let tighter = |words: &[&str], is_tighter: fn(f64, f64) -> bool| -> Vec<String> {
        let is_tighter = |word: &&&str| match (old[**word].as_f64(), new[**word].as_f64()) {
            (None, Some(_)) => true,
            (Some(before), Some(now)) => is_tighter(before, now),
            _ => false,
        };
        words.iter().filter(is_tighter).map(|word| format!("`{word}` is {} now", new[*word])).collect()
    };
    found.extend(tighter(&LOWER_LIMITS, |before, now| now > before));
    found.extend(tighter(&UPPER_LIMITS, |before, now| now < before));
    if new["pattern"].is_string() && old["pattern"] != new["pattern"] {
        found.push(format!("`pattern` is {} now", new["pattern"]));
    }
    if new["additionalProperties"] == false && old["additionalProperties"] != false {
        found.push("additional properties are refused now".to_owned());
    }
    found
}

/// Choices are the same when they have the same constants.
fn choices(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    let Some(before) = old["oneOf"].as_array() else {
        if new.get("oneOf").is_some() {
            found.push(format!("{path}: it has choices now"));
        }
        return;
    };
    let Some(now) = new["oneOf"].as_array() else { return found.push(format!("{path}: the choices are gone")) };
    for (at, choice) in before.iter().enumerate() {
        let constants = constants(choice);
        let same = match constants.is_empty() {
            true => now.get(at),
            false => now.iter().find(|other| constants.iter().all(|it| self::constants(other).contains(it))),
        };
        match same {
            Some(same) => compare(&format!("{path}.oneOf[{at}]"), choice, same, found),
            None => found.push(format!("{path}: the choice {} is gone", shown(choice, at))),
        }
    }
}

fn shown(choice: &Value, at: usize) -> String {
    choice["title"].as_str().map_or_else(|| format!("number {}", at + 1), |title| format!("“{title}”"))
}

fn constants(choice: &Value) -> Vec<(String, Value)> {
    let properties = choice["properties"].as_object().into_iter().flatten();
    let own = choice.get("const").map(|value| (String::new(), value.clone()));
    properties.filter_map(|(name, it)| Some((name.clone(), it.get("const")?.clone()))).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::changes;
    use serde_json::{Value, json};

    fn of(old: Value, new: Value) -> usize {
        let whole = |properties| json!({"type": "object", "required": [], "properties": properties});
        changes(&whole(old), &whole(new)).len()
    }

    #[test]
    fn wider_specs_are_compatible() {
        assert_eq!(of(json!({"a": {"type": "string"}}), json!({"a": {"type": "string"}, "b": {"type": "string"}})), 0);
        assert_eq!(
            of(
                json!({"a": {"type": "integer", "minimum": 2}}),
                json!({"a": {"type": ["number", "null"], "minimum": 1}})
            ),
            0
        );
        assert_eq!(of(json!({"a": {"enum": ["x"]}}), json!({"a": {"enum": ["x", "y"], "title": "A"}})), 0);
        let choice = |kind: &str| json!({"properties": {"kind": {"const": kind}}});
        let of_choices =
            |kinds: &[&str]| json!({"a": {"oneOf": kinds.iter().map(|kind| choice(kind)).collect::<Vec<_>>()}});
        assert_eq!(of(of_choices(&["x", "y"]), of_choices(&["z", "y", "x"])), 0);
        assert_eq!(of(of_choices(&["x", "y"]), of_choices(&["x"])), 1);
    }

    #[test]
    fn narrower_specs_are_not() {
        for (old, new) in [
            (json!({"type": "string"}), json!({"type": "integer"})),
            (json!({"type": ["string", "null"]}), json!({"type": "string"})),
            (json!({"type": "number"}), json!({"type": "integer"})),
            (json!({"enum": ["x", "y"]}), json!({"enum": ["x"]})),
            (json!({"type": "string"}), json!({"type": "string", "enum": ["x"]})),
            (json!({"const": "x"}), json!({"const": "y"})),
            (json!({"minimum": 1}), json!({"minimum": 2})),
            (json!({"maxLength": 9}), json!({"maxLength": 8})),
            (json!({}), json!({"pattern": "^a$"})),
            (json!({"properties": {"b": {}}}), json!({"properties": {}})),
            (json!({"items": {"type": "string"}}), json!({"items": {"type": "integer"}})),
            (json!({"oneOf": []}), json!({})),
        ] {
            assert_eq!(of(json!({"a": old}), json!({"a": new})), 1, "{old} {new}");
        }
        assert_eq!(of(json!({"a": {}}), json!({})), 1);
        assert_eq!(changes(&json!({"required": ["a"]}), &json!({"required": ["a", "b"]})).len(), 1);
        assert_eq!(changes(&json!({"required": ["a"]}), &json!({})).len(), 0);
    }
}
