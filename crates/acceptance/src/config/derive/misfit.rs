//! Configurations that a spec forbids, each by one change of one that fits.

use super::schema_of;
use super::value::type_of;
use crate::plan::{CheckCase, CheckResult};
use serde_json::{Map, Value, json};

/// What stands in place of a value of another type.
const NO_NUMBER: &str = "this is not a number";

/// The most required properties that are left out, one at a time.
const MOST_MISSING: usize = 4;

/// A word that no list of values has.
const NO_MEMBER: &str = "no such value";

/// Configurations that must be refused: some lack a required property each, one has a value of a wrong type, one a value
/// that is not among those of its list. None when the schema or the configuration cannot be used.
pub(in crate::config) fn invalid(spec: &Value, config: &str) -> Vec<CheckCase> {
    let (Ok(schema), Ok(Value::Object(config))) = (schema_of(spec), serde_json::from_str(config)) else {
        return Vec::new();
    };
    let Ok(validator) = jsonschema::draft7::new(schema) else { return Vec::new() };
    // What does not fit before any change proves nothing afterwards.
    if !validator.is_valid(&Value::Object(config.clone())) {
        return Vec::new();
    }
    let others = [of_wrong_type(schema, &config), beside_the_list(schema, &config)];
    let made = without_required(schema, &config).into_iter().chain(others.into_iter().flatten());
    let made = made.filter(|(_, config)| !validator.is_valid(config));
    let case = |(origin, config): (String, Value)| CheckCase {
        config: config.to_string(),
        origin: format!("derived: {origin}"),
        expects: CheckResult::Fails,
        is_derived: true,
    };
    made.map(case).collect()
}

/// Each without one property that has no default, since a connector may well fill that in.
fn without_required(schema: &Value, config: &Map<String, Value>) -> Vec<(String, Value)> {
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let has_default = |name: &str| schema["properties"][name].get("default").is_some();
    let without = |name: &str| {
        let rest = config.iter().filter(|(key, _)| *key != name).map(|(key, value)| (key.clone(), value.clone()));
        (format!("{name} is missing"), Value::Object(rest.collect()))
    };
    let names = names.filter(|name| config.contains_key(*name) && !has_default(name));
    names.take(MOST_MISSING).map(without).collect()
}

/// The needed properties first: others a connector may not even look at.
fn of_wrong_type(schema: &Value, config: &Map<String, Value>) -> Option<(String, Value)> {
    let is_required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
    let properties = || schema["properties"].as_object().into_iter().flatten();
    let needed = properties().filter(|(name, _)| is_required(name));
    let others = properties().filter(|(name, _)| !is_required(name));
    needed.chain(others).find_map(|(name, property)| {
        let (value, is_what) = match type_of(property)? {
            "integer" | "number" | "boolean" => (json!(NO_NUMBER), "a text"),
            "object" | "array" => (json!(NO_NUMBER), "a text"),
            "string" => (json!({"this": "is an object"}), "an object"),
            _ => return None,
        };
        Some((format!("{name} is {is_what}"), with(config, name, value)))
    })
}

fn beside_the_list(schema: &Value, config: &Map<String, Value>) -> Option<(String, Value)> {
    let properties = schema["properties"].as_object()?;
    let (name, _) =
        properties.iter().find(|(_, it)| it["enum"].is_array() && type_of(it).is_none_or(|it| it == "string"))?;
    Some((format!("{name} is none of its values"), with(config, name, json!(NO_MEMBER))))
}

fn with(config: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut config = config.clone();
    config.insert(name.to_owned(), value);
    Value::Object(config)
}
