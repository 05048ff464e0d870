//! Which values of a configuration are secrets.

use crate::clause::spec::form::Form;
use longshore_devkit::lint::names_a_secret;
use serde_json::Value;
use std::collections::BTreeSet;

/// The fewest characters of a secret that is searched for: shorter ones are found everywhere.
const FEWEST_CHARACTERS: usize = 8;

/// The secrets of a configuration by the names of their properties. What stands in the spec or in another property as well is
/// nothing that could be kept secret.
pub(super) fn secrets(spec: &Value, config: &Value) -> Vec<(String, String)> {
    let marked = marked(spec);
    let (mut secret, mut public) = (Vec::new(), Vec::new());
    collect(None, config, &|name| marked.contains(name) || names_a_secret(name), &mut secret, &mut public);
    let spec = spec.to_string();
    let is_public = |value: &str| {
        let quoted = Value::from(value).to_string();
        spec.contains(quoted.trim_matches('"')) || public.iter().any(|other| other.contains(value))
    };
    secret.retain(|(_, value)| value.chars().count() >= FEWEST_CHARACTERS && !is_public(value));
    secret
}

/// The names of the properties that the spec marks; those of lists by their items.
fn marked(spec: &Value) -> BTreeSet<String> {
    let form = Form::of(spec);
    let is_marked = |schema: &Value| schema["airbyte_secret"] == true || schema["items"]["airbyte_secret"] == true;
    form.properties()
        .filter(|place| is_marked(place.schema))
        .filter_map(|place| place.name.map(str::to_owned))
        .collect()
}

fn collect(
    name: Option<&str>,
    value: &Value,
    is_secret: &impl Fn(&str) -> bool,
    secret: &mut Vec<(String, String)>,
    public: &mut Vec<String>,
) {
    let text = match value {
        Value::Object(members) => {
            return members.iter().for_each(|(name, value)| collect(Some(name), value, is_secret, secret, public));
        }
        Value::Array(items) => return items.iter().for_each(|item| collect(name, item, is_secret, secret, public)),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) => return,
    };
    match name.filter(|name| is_secret(name)) {
        Some(name) => secret.push((name.to_owned(), text)),
        None => public.push(text),
    }
}

#[cfg(test)]
mod tests {
    use super::secrets;
    use serde_json::{Value, json};

    fn names(spec: &Value, config: &Value) -> Vec<String> {
        secrets(spec, config).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn marked_and_named_secrets_are_found_wherever_they_stand() {
        let spec = json!({"connectionSpecification": {"properties": {
            "pin": {"type": "string", "airbyte_secret": true},
            "list": {"type": "array", "items": {"type": "string", "airbyte_secret": true}}}}});
        let config = json!({"pin": "12345678x", "list": ["abcdefgh1"], "auth": {"api_key": "k-123456789"}, "host": "db.example"});
        assert_eq!(names(&spec, &config), ["pin", "list", "api_key"]);
    }

    #[test]
    fn what_is_short_or_public_is_no_secret() {
        let spec = json!({"connectionSpecification": {"properties": {"token": {"default": "changeme1"}}}});
        assert_eq!(names(&spec, &json!({"token": "changeme1"})), Vec::<String>::new());
        assert_eq!(names(&spec, &json!({"token": "short"})), Vec::<String>::new());
        assert_eq!(names(&spec, &json!({"password": "postgres1", "database": "postgres1"})), Vec::<String>::new());
        assert_eq!(names(&spec, &json!({"primary_key": "identifier"})), Vec::<String>::new());
    }
}
