//! The answer to `spec` as a whole: one message, a schema, what it says beside the form, and whether it stays the same.

use super::difference::differences;
use super::form::Form;
use crate::finding::Finding;
use crate::plan::Plan;
use crate::rule::{Level, Rule, Wrong};
use crate::take::Take;
use jsonschema::{Draft, ValidationError, Validator};
use longshore_protocol::FailureOrigin;
use serde_json::{Map, Value};

/// What a destination may support.
pub(crate) const SYNC_MODES: [&str; 5] = ["append", "overwrite", "append_dedup", "update", "soft_delete"];

pub(super) const ONE_MESSAGE: Rule = Rule {
    id: "spec.one_message",
    level: Level::Must,
    title: "spec prints exactly one SPEC message",
    demand: "`spec` MUST print exactly one SPEC message, and needs no configuration.",
    reason: "Without it no platform can add the connector; of several, platforms take one or another.",
    check: "The SPEC messages on the standard output of `spec` are counted.",
    remedy: "Print the spec once, as one line of JSON: {\"type\": \"SPEC\", \"spec\": {\"connectionSpecification\": …}}.",
};

pub(super) const SCHEMA_VALID: Rule = Rule {
    id: "spec.schema_valid",
    level: Level::Must,
    title: "connectionSpecification is a JSON Schema of an object",
    demand: "The `connectionSpecification` MUST be an object that is a valid JSON Schema (draft-07) with `type: object`.",
    reason: "Platforms make a form of it and validate configurations with it; neither works with anything else.",
    check: "It is validated against the meta-schema of draft-07.",
    remedy: "Correct the keyword that is named.",
};

pub(super) const PROTOCOL_VERSION: Rule = Rule {
    id: "spec.protocol_version",
    level: Level::Must,
    title: "protocol_version has major 0",
    demand: "The `protocol_version` of the spec MUST be absent or a version such as `0.2.0`, whose first number is 0.",
    reason: "Platforms refuse a connector that speaks a protocol that they do not know.",
    check: "The `protocol_version` of the SPEC message is read.",
    remedy: "Write the version of the protocol, not that of the connector: `\"protocol_version\": \"0.2.0\"`.",
};

pub(super) const DOCUMENTATION_URL: Rule = Rule {
    id: "spec.documentation_url",
    level: Level::Should,
    title: "documentationUrl is a URL",
    demand: "The spec SHOULD have a `documentationUrl` that begins with http:// or https://.",
    reason: "Forms link it, and people who configure the connector find nothing without it.",
    check: "The `documentationUrl` of the SPEC message is read; it is not opened.",
    remedy: "Add `\"documentationUrl\": \"https://…\"` to the spec.",
};

pub(super) const MATCHES_FILE: Rule = Rule {
    id: "spec.matches_file",
    level: Level::Must,
    title: "The spec is the expected one",
    demand: "The SPEC message MUST say what the file says that the test configuration names as `spec_path`.",
    reason: "The file is what was reviewed; whatever differs was changed without anybody noticing.",
    check: "Both are compared, without the order of properties, and without members that are null, false or an empty text at \
            the top.",
    remedy: "Take over the change in the file, or undo it in the connector.",
};

pub(super) const CONFIG_FITS: Rule = Rule {
    id: "spec.config_fits",
    level: Level::Must,
    title: "The configuration is valid for the spec",
    demand: "A configuration with which the connector works MUST be valid for its `connectionSpecification`.",
    reason: "Platforms validate before they ask the connector, so nobody could save this configuration.",
    check: "The configuration under test is validated (draft-07, without formats).",
    remedy: "Correct the configuration, or the property of the spec that is named.",
};

pub(super) const SYNC_MODES_KNOWN: Rule = Rule {
    id: "spec.sync_modes",
    level: Level::Must,
    title: "supported_destination_sync_modes are known",
    demand: "The spec of a destination MUST have `supported_destination_sync_modes` with at least one of `append`, `overwrite`, \
             `append_dedup`, `update`, `soft_delete`, and never `overwrite_dedup`, which platforms derive.",
    reason: "Platforms offer the modes that stand there. Without one there is no connection; with an unknown one the spec is \
             refused.",
    check: "The list in the SPEC message is read.",
    remedy: "Write the modes that the destination really has: `\"supported_destination_sync_modes\": [\"append\", \
             \"overwrite\"]`.",
};

pub(super) const STABLE: Rule = Rule {
    id: "spec.stable",
    level: Level::Should,
    title: "spec says the same every time",
    demand: "Two runs of `spec` SHOULD print the same spec.",
    reason: "Platforms keep the first one; a form that changes by itself makes saved configurations invalid.",
    check: "`spec` is run twice and the answers are compared.",
    remedy: "Remove what changes from run to run: dates, random examples, the order of lists.",
};

/// A validator as platforms have it: draft-07, and formats are no more than a hint.
pub(crate) fn validator(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(false).build(schema)
}

/// What of a configuration is not valid: one sentence each, without its values.
pub(crate) fn violations(schema: &Value, config: &Value) -> Result<Vec<String>, String> {
    let validator = validator(schema).map_err(|error| error.to_string())?;
    let told = |error: ValidationError<'_>| {
        let path = error.instance_path().to_string();
        let place = if path.is_empty() { "the configuration".to_owned() } else { path };
        format!("{place}: {}", error.masked_with("this"))
    };
    Ok(validator.iter_errors(config).map(told).collect())
}

pub(super) fn one_message(take: &Take) -> Finding {
    let lines: Vec<String> = take.heard.iter().filter(|it| it.message("SPEC").is_some()).map(|it| it.text()).collect();
    match lines.as_slice() {
        [] => ONE_MESSAGE.failed("`spec` printed no SPEC message").with(take.last_words()),
        [_] => ONE_MESSAGE.passed("1 SPEC message"),
        many => many
            .iter()
            .fold(ONE_MESSAGE.failed(format!("`spec` printed {} SPEC messages", many.len())), |finding, line| {
                finding.with(line.as_str())
            }),
    }
}

pub(super) fn schema_valid(form: &Form<'_>) -> Finding {
    if !form.schema.is_object() {
        let message = format!("the `connectionSpecification` is {}, and no object", form.schema);
        return SCHEMA_VALID.failed(message).with(form.spec.to_string());
    }
    if let Err(error) = jsonschema::draft7::meta::validate(form.schema) {
        let path = error.instance_path().to_string();
        let place = if path.is_empty() { "the connectionSpecification".to_owned() } else { path.clone() };
        let evidence = form.schema.pointer(&path).unwrap_or(form.schema);
        return SCHEMA_VALID.failed(format!("{place} is no JSON Schema: {error}")).with(evidence.to_string());
    }
    let is_resolved = form.schema.get("$ref").is_none();
    match &form.schema["type"] {
        kind if is_resolved && kind != "object" => SCHEMA_VALID
            .failed(format!("the `type` of the connectionSpecification is {kind}, and not \"object\""))
            .with(form.schema.to_string()),
        _ => SCHEMA_VALID.passed(format!("a JSON Schema of an object with {}", form.counted())),
    }
}

pub(super) fn protocol_version(form: &Form<'_>) -> Finding {
    let version = &form.spec["protocol_version"];
    let is_version = |text: &str| {
        let mut parts = text.split('.');
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.next() == Some("0") && parts.all(is_number)
    };
    match version {
        Value::Null => PROTOCOL_VERSION.skipped("the spec names no version of the protocol, which is allowed"),
        Value::String(text) if is_version(text) => PROTOCOL_VERSION.passed(format!("it is {text}")),
        other => PROTOCOL_VERSION.failed(format!("the `protocol_version` is {other}")),
    }
}

pub(super) fn documentation_url(form: &Form<'_>) -> Finding {
    let url = &form.spec["documentationUrl"];
    let is_url = |text: &str| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    };
    match url {
        Value::Null => DOCUMENTATION_URL.failed("the spec has no `documentationUrl`"),
        Value::String(text) if is_url(text) => DOCUMENTATION_URL.passed(format!("it is {text}")),
        other => DOCUMENTATION_URL.failed(format!("the `documentationUrl` is {other}, which is no URL")),
    }
}

pub(super) fn matches_file(form: &Form<'_>, plan: &Plan) -> Finding {
    let Some(expected) = &plan.spec else {
        return MATCHES_FILE.skipped("the test configuration names no expected spec (`spec_path`)");
    };
    let places = differences(&filled(expected), &filled(form.spec));
    let wrong = places.into_iter().map(|place| Wrong::new(format!("the spec differs from the file: {place}"), ""));
    MATCHES_FILE.judged("the spec says what the file says", wrong.collect())
}

/// Without the members at the top that mean nothing.
fn filled(spec: &Value) -> Value {
    let means_something = |value: &Value| !value.is_null() && *value != false && value != "";
    let members = spec.as_object().into_iter().flatten().filter(|(_, value)| means_something(value));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

pub(super) fn config_fits(form: &Form<'_>, plan: &Plan) -> Finding {
    let Some(config) = &plan.config else {
        return CONFIG_FITS.skipped(plan.no_config.clone().unwrap_or_else(|| "there is no configuration".to_owned()));
    };
    let Ok(config) = serde_json::from_str::<Value>(config) else {
        return CONFIG_FITS.failed("the configuration is not JSON");
    };
    match violations(form.schema, &config) {
        Err(why) => CONFIG_FITS.skipped(format!("the spec cannot be used to validate: {why}")),
        Ok(violations) => {
            let told = |it: String| Wrong::new(format!("the configuration is not valid for the spec: {it}"), "");
            CONFIG_FITS.judged("the configuration is valid", violations.into_iter().map(told).collect())
        }
    }
}

pub(super) fn sync_modes(form: &Form<'_>, origin: FailureOrigin) -> Finding {
    if origin != FailureOrigin::Destination {
        return SYNC_MODES_KNOWN.skipped("it is a source");
    }
    let list = &form.spec["supported_destination_sync_modes"];
    let Some(modes) = list.as_array().filter(|modes| !modes.is_empty()) else {
        let found = if list.is_null() { "missing".to_owned() } else { list.to_string() };
        return SYNC_MODES_KNOWN.failed(format!("`supported_destination_sync_modes` is {found}"));
    };
    let is_known = |mode: &Value| mode.as_str().is_some_and(|mode| SYNC_MODES.contains(&mode));
    let unknown = modes.iter().filter(|mode| !is_known(mode));
    let wrong = unknown.map(|mode| Wrong::new(format!("the sync mode {mode} is not known"), list.to_string()));
    SYNC_MODES_KNOWN.judged(format!("it has {list}"), wrong.collect())
}

pub(super) fn stable(first: &Value, second: Option<&Value>) -> Finding {
    let Some(second) = second else { return STABLE.failed("the second run of `spec` printed no SPEC message") };
    let places = differences(first, second);
    let wrong = places.into_iter().map(|place| Wrong::new(format!("the second spec differs: {place}"), ""));
    STABLE.judged("two runs said the same", wrong.collect())
}

#[cfg(test)]
mod tests;
