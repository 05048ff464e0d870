//! Configurations beside the JSON Schema that describes them: which places hold secrets, and whether a configuration fits.

use crate::{Error, Problem, Result, outside_name};
use jsonschema::{Draft, Validator};
use serde_json::Value;

/// The most problems that one answer tells.
const MOST_PROBLEMS: usize = 50;

/// The most schemas that may apply to one value, where schemas name themselves.
const MOST_SCHEMAS: usize = 500;

/// A schema that applies to a value, and its own place within the whole schema.
struct Applied<'a> {
    schema: &'a Value,
    pointer: String,
}

/// The places of secrets: what any schema that may apply calls `airbyte_secret`, unless it is a constant.
pub(crate) fn secret_places(schema: &Value, configuration: &Value) -> Vec<String> {
    let mut places = Vec::new();
    walk(schema, configuration, &mut |pointer, value, applied| {
        let says =
            |key: &str, what: fn(&Value) -> bool| applied.iter().any(|one| one.schema.get(key).is_some_and(what));
        let is_secret = says("airbyte_secret", |word| *word == Value::Bool(true)) && !says("const", |_| true);
        if is_secret && !value.is_null() {
            places.push(pointer.to_owned());
        }
        !is_secret
    });
    places
}

/// The places of texts that name a secret elsewhere, whatever the schema says of them.
pub(crate) fn outside_places(configuration: &Value) -> Vec<String> {
    let mut places = Vec::new();
    walk(&Value::Bool(true), configuration, &mut |pointer, value, _| {
        if value.as_str().is_some_and(|text| outside_name(text).is_some()) {
            places.push(pointer.to_owned());
        }
        true
    });
    places
}

/// Whether a configuration fits. What is kept elsewhere fits everywhere; problems never tell a value.
pub(crate) fn validate(schema: &Value, configuration: &Value) -> Result<()> {
    let validator =
        compile(relaxed(schema, configuration)).map_err(|why| Error::invalid("definition.spec_invalid", why))?;
    let problems: Vec<_> = validator
        .iter_errors(configuration)
        .take(MOST_PROBLEMS)
        .map(|error| Problem {
            path: format!("/configuration{}", error.instance_path()),
            message: error.masked().to_string(),
        })
        .collect();
    let Some(first) = problems.first() else { return Ok(()) };
    let message =
        format!("the configuration does not fit the connector's specification: {}: {}", first.path, first.message);
    Err(Error::Invalid { code: "configuration.invalid", message, problems })
}

/// A validator of what connectors write: draft 7, whatever draft they name.
pub(crate) fn compile(mut schema: Value) -> std::result::Result<Validator, String> {
    if let Some(object) = schema.as_object_mut() {
        // They name drafts and places that do not exist.
        object.remove("$schema");
        object.remove("$id");
    }
    let options = jsonschema::options().with_draft(Draft::Draft7);
    options.build(&schema).map_err(|error| error.to_string())
}

/// The schema that asks nothing of values that are kept elsewhere, except where they are constants.
fn relaxed(schema: &Value, configuration: &Value) -> Value {
    let mut places = Vec::new();
    walk(schema, configuration, &mut |_, value, applied| {
        if value.as_str().is_some_and(|text| outside_name(text).is_some()) {
            let free = applied.iter().filter(|one| one.schema.get("const").is_none());
            places.extend(free.map(|one| one.pointer.clone()));
        }
        true
    });
    let mut relaxed = schema.clone();
    for place in places {
        if let Some(part) = relaxed.pointer_mut(&place) {
            *part = Value::Bool(true);
        }
    }
    relaxed
}

/// Visits each value with the schemas that may apply to it; a visitor says whether to go on into the value.
fn walk(schema: &Value, configuration: &Value, visit: &mut dyn FnMut(&str, &Value, &[Applied<'_>]) -> bool) {
    let first = Applied { schema, pointer: String::new() };
    step(schema, configuration, "", vec![first], visit);
}

fn step<'a>(
    root: &'a Value,
    value: &Value,
    pointer: &str,
    schemas: Vec<Applied<'a>>,
    visit: &mut dyn FnMut(&str, &Value, &[Applied<'_>]) -> bool,
) {
    let applied = expand(root, schemas);
    if !visit(pointer, value, &applied) {
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let key = escaped(key);
                let below = applied.iter().flat_map(|one| of_member(one, &key)).collect();
                step(root, member, &format!("{pointer}/{key}"), below, visit);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let below = applied.iter().flat_map(|one| of_item(one, at)).collect();
                step(root, item, &format!("{pointer}/{at}"), below, visit);
            }
        }
        _ => {}
    }
}

/// With the alternatives and references of all schemas, and theirs.
fn expand<'a>(root: &'a Value, schemas: Vec<Applied<'a>>) -> Vec<Applied<'a>> {
    let mut all = schemas;
    let mut at = 0;
    while let Some(one) = all.get(at).filter(|_| all.len() < MOST_SCHEMAS) {
        let mut more = Vec::new();
        for key in ["oneOf", "anyOf", "allOf"] {
            let alternatives = one.schema.get(key).and_then(Value::as_array).into_iter().flatten();
            more.extend(alternatives.enumerate().map(|(at, _)| format!("{}/{key}/{at}", one.pointer)));
        }
        let parts = ["if", "then", "else"].into_iter().filter(|key| one.schema.get(key).is_some());
        more.extend(parts.map(|key| format!("{}/{key}", one.pointer)));
        let reference = one.schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        more.extend(reference.map(ToOwned::to_owned));
        more.retain(|pointer| all.iter().all(|known| known.pointer != *pointer));
        let found = more.into_iter().filter_map(|pointer| Some(Applied { schema: root.pointer(&pointer)?, pointer }));
        all.extend(found.collect::<Vec<_>>());
        at += 1;
    }
    all
}

/// The schemas of a member; of one that is not named, those of all others.
fn of_member<'a>(one: &Applied<'a>, key: &str) -> Vec<Applied<'a>> {
    if let Some(named) = below(one, &["properties", key]) {
        return vec![named];
    }
    let patterns = one.schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    let patterns = patterns.filter_map(|(pattern, _)| below(one, &["patternProperties", &escaped(pattern)]));
    patterns.chain(below(one, &["additionalProperties"])).collect()
}

fn of_item<'a>(one: &Applied<'a>, at: usize) -> Vec<Applied<'a>> {
    if one.schema.get("items").is_some_and(Value::is_object) {
        return below(one, &["items"]).into_iter().collect();
    }
    let own = below(one, &["items", &at.to_string()]);
    own.or_else(|| below(one, &["additionalItems"])).into_iter().collect()
}

/// A part of a schema, if it is there; its path is escaped.
fn below<'a>(one: &Applied<'a>, path: &[&str]) -> Option<Applied<'a>> {
    let path = path.iter().map(|part| format!("/{part}")).collect::<String>();
    let schema = one.schema.pointer(&path)?;
    Some(Applied { schema, pointer: format!("{}{path}", one.pointer) })
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::{outside_places, secret_places, validate};
    use serde_json::{Value, json};

    fn schema() -> Value {
        json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "required": ["host"],
            "definitions": { "key": { "type": "string", "airbyte_secret": true } },
            "properties": {
                "host": { "type": "string", "minLength": 3 },
                "port": { "type": "integer" },
                "password": { "type": "string", "airbyte_secret": true, "minLength": 12 },
                "keys": { "type": "array", "items": { "type": "object", "properties": {
                    "name": { "type": "string" }, "value": { "$ref": "#/definitions/key" } } } },
                "credentials": { "oneOf": [
                    { "properties": { "kind": { "const": "token", "airbyte_secret": true },
                        "token": { "type": "string", "airbyte_secret": true } }, "required": ["kind", "token"] },
                    { "properties": { "kind": { "const": "none" } }, "required": ["kind"] }] },
                "headers": { "type": "object", "additionalProperties": { "type": "string", "airbyte_secret": true } },
                "certificate": { "type": "object", "airbyte_secret": true }
            }
        })
    }

    #[test]
    fn secrets_are_found_wherever_they_are_nested() {
        let configuration = json!({
            "host": "db", "password": "p", "port": 1,
            "keys": [{ "name": "a", "value": "k" }, { "value": "l" }],
            "credentials": { "kind": "token", "token": "t" },
            "headers": { "X-A/B": "h" },
            "certificate": { "pem": "c" }
        });
        let mut places = secret_places(&schema(), &configuration);
        places.sort();
        let expected =
            ["/certificate", "/credentials/token", "/headers/X-A~1B", "/keys/0/value", "/keys/1/value", "/password"];
        assert_eq!(places, expected);
    }

    #[test]
    fn a_schema_that_names_itself_ends() {
        let schema = json!({ "$ref": "#/definitions/tree", "definitions": { "tree": { "properties": {
            "left": { "$ref": "#/definitions/tree" }, "key": { "airbyte_secret": true } } } } });
        let configuration = json!({ "left": { "left": { "key": "k" } } });
        assert_eq!(secret_places(&schema, &configuration), ["/left/left/key"]);
    }

    #[test]
    fn problems_name_the_place_and_never_the_value() {
        let configuration = json!({ "port": "hush-value", "password": "short-one" });
        let error = validate(&schema(), &configuration).unwrap_err();
        assert_eq!(error.code(), "configuration.invalid");
        let text = format!("{error:?} {error}");
        assert!(text.contains("/configuration/port") && text.contains("\"host\""), "{text}");
        assert!(text.contains("/configuration/password"), "{text}");
        assert!(!text.contains("hush-value") && !text.contains("short-one"), "{text}");
    }

    #[test]
    fn what_is_kept_elsewhere_fits_everywhere() {
        let configuration = json!({ "host": "${H}", "port": "${PORT}", "password": "secret_coordinate::p",
            "credentials": { "kind": "token", "token": "${T}" } });
        assert_eq!(outside_places(&configuration).len(), 4);
        validate(&schema(), &configuration).unwrap();
    }

    #[test]
    fn a_constant_is_not_relaxed() {
        let configuration = json!({ "host": "localhost", "credentials": { "kind": "${KIND}" } });
        assert_eq!(validate(&schema(), &configuration).unwrap_err().code(), "configuration.invalid");
    }
}
