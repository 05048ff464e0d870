//! Secrets of a form, and the consent that fills some of them in.

use super::form::{Form, Place, types_of};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong};
use longshore_devkit::lint::{can_hold_a_secret, names_a_secret};
use serde_json::Value;

/// Names that may be secrets and need not.
const DOUBTFUL: [&str; 8] =
    ["key", "certificate", "credentials", "tenant_id", "app_id", "appid", "service_account", "service_account_info"];

pub(super) const SECRETS_MARKED: Rule = Rule {
    id: "spec.secrets_marked",
    level: Level::Must,
    title: "Secrets of the spec are marked airbyte_secret",
    demand: "A property of the spec that is named like a secret (`password`, `token`, `api_key`, `client_secret`, \
             `private_key` …) MUST have `airbyte_secret: true`.",
    reason: "Platforms store it in clear text, show it to everybody who may see the connection, and write it into logs.",
    check: "Every property that can hold a text and is named like a secret is listed when it has no `airbyte_secret: true`.",
    remedy: "Add `\"airbyte_secret\": true` to the property, or give what is no secret another name.",
};

pub(super) const DOUBTFUL_SECRETS_MARKED: Rule = Rule {
    id: "spec.doubtful_secrets_marked",
    level: Level::Should,
    title: "Properties that may be secrets are marked",
    demand: "A property of the spec named `key`, `certificate`, `credentials`, `tenant_id`, `app_id`, `appid`, \
             `service_account` or `service_account_info` SHOULD have `airbyte_secret: true`.",
    reason: "Under these names there are secrets more often than not, and the usual suites demand the mark.",
    check: "Every property of that name that can hold a text is listed when it has no `airbyte_secret: true`.",
    remedy: "Add `\"airbyte_secret\": true` to the property, or give what is no secret another name.",
};

pub(super) const SECRETS_CAN_BE_HELD: Rule = Rule {
    id: "spec.secrets_can_be_held",
    level: Level::Must,
    title: "airbyte_secret stands where a secret can be",
    demand: "`airbyte_secret: true` MUST stand at properties that hold a text or a number, and not at a constant, a boolean, \
             an object or an array.",
    reason: "Platforms replace the value by the name of a secret, which is a text, and the configuration is no longer valid.",
    check: "Every property with `airbyte_secret: true` and a type is looked at.",
    remedy: "Move `airbyte_secret` to the properties within the object, or to the items of the array, that are secret.",
};

pub(super) const OAUTH_PATHS: Rule = Rule {
    id: "spec.oauth_paths",
    level: Level::Must,
    title: "OAuth paths of the spec exist",
    demand: "Every path that `advanced_auth` or `authSpecification` names MUST lead to a property of the spec.",
    reason: "After the consent, the platform writes the tokens to these paths; the connector never sees them elsewhere.",
    check: "`predicate_key`, each `path_in_connector_config`, and the flow parameters of `authSpecification` are followed \
            through properties and choices.",
    remedy: "Correct the path, or add the property to the connectionSpecification.",
};

pub(super) const OAUTH_DEFAULT: Rule = Rule {
    id: "spec.oauth_default",
    level: Level::Should,
    title: "OAuth is the first choice of the spec",
    demand: "Where `advanced_auth` has a `predicate_key`, the first choice of that `oneOf` SHOULD be the one with \
             `predicate_value`.",
    reason: "A form opens with the first choice, and consent is what most people want.",
    check: "The constant of the first choice is compared with `predicate_value`.",
    remedy: "Move the OAuth choice to the front of the `oneOf`.",
};

pub(super) fn secrets_marked(form: &Form<'_>) -> Finding {
    unmarked(&SECRETS_MARKED, form, |name| names_a_secret(name) && !is_doubtful(name))
}

pub(super) fn doubtful_secrets_marked(form: &Form<'_>) -> Finding {
    unmarked(&DOUBTFUL_SECRETS_MARKED, form, is_doubtful)
}

fn is_doubtful(name: &str) -> bool {
    DOUBTFUL.contains(&name.to_ascii_lowercase().as_str())
}

fn unmarked(rule: &Rule, form: &Form<'_>, is_named: impl Fn(&str) -> bool) -> Finding {
    let is_secret = |place: &&Place<'_>| {
        let is_text = types_of(place.schema).contains(&"string") && place.schema.get("enum").is_none();
        place.name.is_some_and(&is_named) && is_text && can_hold_a_secret(place.schema)
    };
    let secrets = || form.properties().filter(is_secret);
    if secrets().next().is_none() {
        return rule.skipped("no property of the spec has such a name");
    }
    let wrong = secrets().filter(|place| place.schema["airbyte_secret"] != true);
    let message =
        |place: &Place<'_>| format!("{} is named like a secret and has no `airbyte_secret: true`", place.named());
    let wrong = wrong.map(|place| Wrong::new(message(place), place.shown()));
    rule.judged(format!("{} properties named like a secret", secrets().count()), wrong.collect())
}

pub(super) fn secrets_can_be_held(form: &Form<'_>) -> Finding {
    let marked = || form.places.iter().filter(|place| place.schema["airbyte_secret"] == true);
    if marked().next().is_none() {
        return SECRETS_CAN_BE_HELD.skipped("no property of the spec is marked as a secret");
    }
    let is_typed = |place: &&Place<'_>| place.schema.get("type").is_some() || place.schema.get("const").is_some();
    let wrong = marked().filter(is_typed).filter(|place| !can_hold_a_secret(place.schema));
    let message = |place: &Place<'_>| format!("{} has `airbyte_secret: true` and cannot hold a secret", place.named());
    let wrong = wrong.map(|place| Wrong::new(message(place), place.shown()));
    SECRETS_CAN_BE_HELD.judged(format!("{} secrets", marked().count()), wrong.collect())
}

pub(super) fn oauth_paths(form: &Form<'_>) -> Finding {
    let paths = paths(form.spec);
    if paths.is_empty() {
        return OAUTH_PATHS.skipped("the spec describes no consent");
    }
    let leads_nowhere = |path: &&Vec<Value>| resolve(vec![form.schema], path).is_empty();
    let shown = |path: &Vec<Value>| Value::from(path.clone()).to_string();
    let wrong = paths.iter().filter(leads_nowhere);
    let wrong =
        wrong.map(|path| Wrong::new(format!("the path {} is not in the spec", shown(path)), auth(form).to_string()));
    OAUTH_PATHS.judged(format!("{} paths", paths.len()), wrong.collect())
}

fn auth<'a>(form: &Form<'a>) -> &'a Value {
    form.spec.get("advanced_auth").unwrap_or(&form.spec["authSpecification"])
}

/// All paths into the configuration that the spec names.
fn paths(spec: &Value) -> Vec<Vec<Value>> {
    let auth = &spec["advanced_auth"];
    let mut paths: Vec<Vec<Value>> = auth["predicate_key"].as_array().cloned().into_iter().collect();
    let oauth = &auth["oauth_config_specification"];
    let sections = [
        "oauth_user_input_from_connector_config_specification",
        "complete_oauth_output_specification",
        "complete_oauth_server_output_specification",
    ];
    for properties in sections.iter().filter_map(|section| oauth[*section]["properties"].as_object()) {
        paths.extend(properties.values().filter_map(|it| it["path_in_connector_config"].as_array().cloned()));
    }
    let old = &spec["authSpecification"]["oauth2Specification"];
    let root = old["rootObject"].as_array().cloned().unwrap_or_default();
    for list in ["oauthFlowInitParameters", "oauthFlowOutputParameters"] {
        let params = old[list].as_array().into_iter().flatten().filter_map(Value::as_array);
        paths.extend(params.map(|param| root.iter().chain(param).cloned().collect()));
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// The schemas at a path. A number takes one of the choices.
fn resolve<'a>(schemas: Vec<&'a Value>, path: &[Value]) -> Vec<&'a Value> {
    let Some((word, rest)) = path.split_first() else { return schemas };
    let mut below = Vec::new();
    for schema in schemas {
        let choices = || schema["oneOf"].as_array().into_iter().flatten();
        match word {
            Value::String(name) => {
                let all = std::iter::once(schema).chain(choices());
                below.extend(all.filter_map(|schema| schema["properties"].get(name)));
            }
            Value::Number(at) => below.extend(at.as_u64().and_then(|at| choices().nth(usize::try_from(at).ok()?))),
            _ => {}
        }
    }
    if below.is_empty() { below } else { resolve(below, rest) }
}

pub(super) fn oauth_default(form: &Form<'_>) -> Finding {
    let auth = &form.spec["advanced_auth"];
    let value = &auth["predicate_value"];
    let Some((last, above)) = auth["predicate_key"].as_array().and_then(|path| path.split_last()) else {
        return OAUTH_DEFAULT.skipped("the spec describes no consent that depends on a choice");
    };
    let parents = resolve(vec![form.schema], above);
    let Some(choices) = parents.iter().find_map(|parent| parent["oneOf"].as_array()) else {
        return OAUTH_DEFAULT.skipped("the `predicate_key` is in no `oneOf`");
    };
    let constant = |choice: &Value| {
        let property = &choice["properties"][last.as_str().unwrap_or_default()];
        property.get("const").or(property["enum"].get(0)).or(property.get("default")).cloned()
    };
    let first = choices.first().and_then(constant).unwrap_or_default();
    match first == *value {
        true => OAUTH_DEFAULT.passed(format!("the first choice has {value}")),
        false => OAUTH_DEFAULT
            .failed(format!("the first choice has {first}, and OAuth is {value}"))
            .with(choices.first().map(ToString::to_string).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::spec::tests::status;
    use crate::finding::Status::{Failed, Passed, Skipped};
    use serde_json::json;

    #[test]
    fn secrets_are_marked_where_they_can_be() {
        let of = |name: &str, more: Value| status(secrets_marked, &json!({name: more}));
        for name in ["password", "api_key", "client_secret", "access_token", "private_key"] {
            assert_eq!(of(name, json!({"type": "string"})), Failed, "{name}");
            assert_eq!(of(name, json!({"type": "string", "airbyte_secret": true})), Passed, "{name}");
        }
        for name in ["public_key", "primary_key", "tokens", "key", "tenant_id"] {
            assert_eq!(of(name, json!({"type": "string"})), Skipped, "{name}");
        }
        assert_eq!(of("use_token", json!({"type": "boolean"})), Skipped);
        assert_eq!(status(doubtful_secrets_marked, &json!({"tenant_id": {"type": "string"}})), Failed);
        let nested = json!({"a": {"oneOf": [{"properties": {"api_key": {"type": "string"}}}]}});
        assert_eq!(status(secrets_marked, &nested), Failed);
    }

    #[test]
    fn marks_stand_where_a_secret_can_be() {
        let of = |schema: Value| status(secrets_can_be_held, &json!({"a": schema}));
        assert_eq!(of(json!({"type": "string"})), Skipped);
        assert_eq!(of(json!({"type": ["string", "null"], "airbyte_secret": true})), Passed);
        assert_eq!(of(json!({"type": "array", "items": {"type": "string", "airbyte_secret": true}})), Passed);
        for kind in ["boolean", "object", "array"] {
            assert_eq!(of(json!({"type": kind, "airbyte_secret": true})), Failed, "{kind}");
        }
        assert_eq!(of(json!({"type": "string", "const": "x", "airbyte_secret": true})), Failed);
    }

    fn spec(key: &[&str], output: &[&str]) -> Value {
        let choice = |word: &str| json!({"properties": {"kind": {"const": word}, "token": {"type": "string"}}});
        json!({"connectionSpecification": {"properties": {"auth": {"oneOf": [choice("oauth"), choice("key")]}}},
               "advanced_auth": {"predicate_key": key, "predicate_value": "oauth", "oauth_config_specification": {
                   "complete_oauth_output_specification": {"properties": {"t": {"path_in_connector_config": output}}}}}})
    }

    #[test]
    fn paths_of_consents_lead_somewhere() {
        let of = |spec: &Value| oauth_paths(&Form::of(spec)).status;
        assert_eq!(of(&spec(&["auth", "kind"], &["auth", "token"])), Passed);
        assert_eq!(of(&spec(&["auth", "kind"], &["auth", "refresh"])), Failed);
        assert_eq!(of(&spec(&["credentials", "kind"], &["auth", "token"])), Failed);
        assert_eq!(of(&json!({"connectionSpecification": {}})), Skipped);
        let mut old = spec(&[], &[]);
        old["advanced_auth"] = Value::Null;
        old["authSpecification"] = json!({"auth_type": "oauth2.0", "oauth2Specification": {"rootObject": ["auth", 0],
            "oauthFlowInitParameters": [], "oauthFlowOutputParameters": [["token"]]}});
        assert_eq!(of(&old), Passed);
        old["authSpecification"]["oauth2Specification"]["oauthFlowOutputParameters"] = json!([["other"]]);
        assert_eq!(of(&old), Failed);
    }

    #[test]
    fn consent_comes_first() {
        let mut spec = spec(&["auth", "kind"], &["auth", "token"]);
        assert_eq!(oauth_default(&Form::of(&spec)).status, Passed);
        spec["advanced_auth"]["predicate_value"] = json!("key");
        assert_eq!(oauth_default(&Form::of(&spec)).status, Failed);
        assert_eq!(oauth_default(&Form::of(&json!({}))).status, Skipped);
    }
}
