//! Advice on the form that a spec becomes: secrets, titles, order, choices.

use super::Advice;
use super::rules::advice;
use serde_json::Value;

/// Names of secrets.
const SECRETS: [&str; 17] = [
    "access_token",
    "api_token",
    "certificate",
    "client_secret",
    "client_token",
    "credentials",
    "jwt",
    "key",
    "password",
    "refresh_token",
    "secret",
    "service_account",
    "service_account_info",
    "token",
    "tenant_id",
    "app_id",
    "appid",
];

/// How names of secrets end.
const SECRET_ENDS: [&str; 8] =
    ["api_key", "apikey", "_token", "_secret", "password", "private_key", "secret_key", "access_key"];

/// Names that end like a secret and are none.
const NO_SECRETS: [&str; 4] = ["public_key", "page_token", "next_token", "key_pair"];

/// How deep properties of properties are followed.
const DEEPEST: usize = 8;

/// All advice on a spec.
pub(super) fn found_in(spec: &Value) -> Vec<Advice> {
    let schema = &spec["connectionSpecification"];
    let mut found = Vec::new();
    level(schema, "", DEEPEST, &mut found);
    let has_properties = schema["properties"].as_object().is_some_and(|properties| !properties.is_empty());
    if has_properties && !schema["required"].is_array() {
        found.push(advice("spec-required-missing", "the spec does not say which properties are required"));
    }
    found
}

/// One level of properties, and those below.
fn level(schema: &Value, path: &str, depth: usize, found: &mut Vec<Advice>) {
    let Some(properties) = schema["properties"].as_object().filter(|_| depth > 0) else { return };
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let place = if path.is_empty() { "the spec".to_owned() } else { format!("`{path}`") };
        found.push(advice("spec-additional-properties", format!("{place} forbids additional properties")));
    }
    order(properties, path, found);
    for (name, property) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        one(name, property, &path, found);
        level(property, &path, depth - 1, found);
        level(&property["items"], &format!("{path}[]"), depth - 1, found);
        for choice in property["oneOf"].as_array().into_iter().flatten() {
            level(choice, &path, depth - 1, found);
        }
    }
}

fn one(name: &str, property: &Value, path: &str, found: &mut Vec<Advice>) {
    let is_marked = property["airbyte_secret"] == true;
    let can_be_secret = can_hold_a_secret(property);
    if names_a_secret(name) && !is_marked && can_be_secret {
        found.push(advice("spec-secret-not-marked", format!("`{path}` looks like a secret and is not marked as one")));
    }
    if is_marked && !can_be_secret {
        found.push(advice("spec-secret-cannot-be-one", format!("`{path}` is marked as a secret and cannot hold one")));
    }
    if property.get("const").is_none() {
        for (word, rule) in [("title", "spec-title-missing"), ("description", "spec-description-missing")] {
            if property[word].as_str().is_none_or(|text| text.trim().is_empty()) {
                found.push(advice(rule, format!("`{path}` has no {word}")));
            }
        }
    }
    if let Some(why) = property["oneOf"].as_array().and_then(|choices| wrong_shape(property, choices)) {
        found.push(advice("spec-one-of-shape", format!("the choices of `{path}` cannot be told apart: {why}")));
    }
}

/// Whether a property with this name is taken for a secret: `api_key`, `db_password`, and not `public_key`.
#[must_use]
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let is_named = SECRETS.contains(&name.as_str()) || SECRET_ENDS.iter().any(|end| name.ends_with(end));
    is_named && !NO_SECRETS.iter().any(|no_secret| name.ends_with(no_secret))
}

/// Whether the schema of a property lets it hold a secret: a text or a number that is not fixed.
#[must_use]
pub fn can_hold_a_secret(property: &Value) -> bool {
    let types: Vec<&str> = match &property["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    property.get("const").is_none() && types.iter().any(|name| ["string", "number", "integer"].contains(name))
}

/// Forms show properties in their order.
fn order(properties: &serde_json::Map<String, Value>, path: &str, found: &mut Vec<Advice>) {
    let place = if path.is_empty() { "the spec".to_owned() } else { format!("`{path}`") };
    let orders: Vec<(&String, Option<i64>)> = properties
        .iter()
        .filter(|(_, it)| it.get("const").is_none())
        .map(|(name, it)| (name, it["order"].as_i64()))
        .collect();
    if orders.len() > 1 && orders.iter().all(|(_, order)| order.is_none()) {
        found.push(advice("spec-order", format!("the properties of {place} have no order")));
        return;
    }
    for (at, (name, order)) in orders.iter().enumerate() {
        let twin = orders[..at].iter().find(|(_, other)| order.is_some() && other == order);
        let same_group = |twin: &str| properties[twin].get("group") == properties[*name].get("group");
        if let Some((twin, _)) = twin.filter(|(twin, _)| same_group(twin)) {
            found.push(advice("spec-order", format!("`{name}` has the same order as `{twin}`")));
        }
    }
}

/// Why the choices of a property cannot be told apart. Exactly one property that each choice has is to be constant in all of
/// them.
#[must_use]
pub fn wrong_shape(property: &Value, choices: &[Value]) -> Option<String> {
    if property["type"] != "object" {
        return Some("its `type` is not object".to_owned());
    }
    let properties: Option<Vec<_>> = choices.iter().map(|choice| choice["properties"].as_object()).collect();
    let Some(properties) = properties else { return Some("a choice has no `properties`".to_owned()) };
    let names = properties.first().map(|first| first.keys().collect::<Vec<_>>()).unwrap_or_default();
    let is_const =
        |name: &&&String| properties.iter().all(|it| it.get(**name).is_some_and(|it| it.get("const").is_some()));
    let is_single = |name: &&&String| {
        properties.iter().all(|it| {
            it.get(**name).is_some_and(|it| {
                it["enum"].as_array().is_some_and(|values| values.len() == 1 && values.first() == it.get("default"))
            })
        })
    };
    let constant = names.iter().filter(is_const).count();
    let constant = if constant == 0 { names.iter().filter(is_single).count() } else { constant };
    match constant {
        1 => {
            let differing = properties.iter().flat_map(|it| it.values()).find(|it| {
                let default = it.get("default");
                it.get("const").is_some_and(|value| default.is_some_and(|default| default != value))
            });
            differing.map(|_| "a default is not the constant beside it".to_owned())
        }
        0 => Some("no property is constant in each".to_owned()),
        count => Some(format!("{count} properties are constant in each, and one is wanted")),
    }
}

#[cfg(test)]
mod tests {
    use super::found_in;
    use serde_json::{Value, json};

    fn rules(schema: &Value) -> Vec<&'static str> {
        found_in(&json!({"connectionSpecification": schema})).into_iter().map(|advice| advice.rule).collect()
    }

    fn property(more: &Value) -> Value {
        let mut property = json!({"type": "string", "title": "T", "description": "D"});
        property.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        property
    }

    fn with(name: &str, more: &Value) -> Value {
        json!({"required": [], "properties": {name: property(more)}})
    }

    #[test]
    fn a_good_spec_gets_no_advice() {
        let choice = |word: &str| json!({"properties": {"kind": {"type": "string", "const": word}, "api_key": property(&json!({"airbyte_secret": true}))}});
        let schema = json!({"required": ["auth"], "additionalProperties": true, "properties": {
            "auth": property(&json!({"order": 0, "type": "object", "oneOf": [choice("a"), choice("b")]})),
            "start": property(&json!({"order": 1}))}});
        assert_eq!(rules(&schema), Vec::<&str>::new());
    }

    #[test]
    fn secrets_are_marked_where_they_can_be_and_nowhere_else() {
        for name in ["password", "api_key", "X-Api-Token", "client_secret", "private_key", "db_password"] {
            assert_eq!(rules(&with(name, &json!({}))), ["spec-secret-not-marked"], "{name}");
            assert_eq!(rules(&with(name, &json!({"airbyte_secret": true}))), Vec::<&str>::new(), "{name}");
        }
        for name in ["primary_key", "public_key", "tokens_per_second", "page_token"] {
            assert_eq!(rules(&with(name, &json!({}))), Vec::<&str>::new(), "{name}");
        }
        let flag = json!({"type": "boolean", "airbyte_secret": true});
        assert_eq!(rules(&with("use_token", &flag)), ["spec-secret-cannot-be-one"]);
        assert_eq!(rules(&with("credentials", &json!({"type": "object"}))), Vec::<&str>::new());
    }

    #[test]
    fn forms_need_titles_descriptions_orders_and_what_is_required() {
        let bare =
            json!({"properties": {"a": {"type": "string"}, "b": {"type": "string", "title": "B", "description": " "}}});
        let expected = [
            "spec-order",
            "spec-title-missing",
            "spec-description-missing",
            "spec-description-missing",
            "spec-required-missing",
        ];
        assert_eq!(rules(&bare), expected);
        let twins = json!({"required": [], "properties": {"a": property(&json!({"order": 1})), "b": property(&json!({"order": 1}))}});
        assert_eq!(rules(&twins), ["spec-order"]);
        let closed = json!({"required": [], "additionalProperties": false, "properties": {"a": property(&json!({}))}});
        assert_eq!(rules(&closed), ["spec-additional-properties"]);
    }

    #[test]
    fn choices_are_told_apart_by_one_constant() {
        let of = |parent: &str, choices: Value| with("auth", &json!({"type": parent, "oneOf": choices}));
        let constant = |name: &str, value: &str| json!({"properties": {name: {"const": value}}});
        assert_eq!(rules(&of("string", json!([constant("k", "a")]))), ["spec-one-of-shape"]);
        assert_eq!(rules(&of("object", json!([constant("k", "a"), constant("l", "b")]))), ["spec-one-of-shape"]);
        assert_eq!(rules(&of("object", json!([{}]))), ["spec-one-of-shape"]);
        let enumerated =
            json!({"properties": {"k": {"title": "K", "description": "D", "enum": ["a"], "default": "a"}}});
        assert_eq!(rules(&of("object", json!([enumerated]))), Vec::<&str>::new());
    }
}
