//! Whether the spec can be used: one message, a JSON Schema of an object, a URL, a version that is spoken here.

use super::chart::Found;
use super::ending::silent;
use super::hearing::{Heard, wanted};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde_json::Value;

/// The version of a connector that does not say one.
const DEFAULT_VERSION: &str = "0.2.0";

/// The only major version there is.
const MAJOR: u64 = 0;

/// The `spec` of the only SPEC message, if it can be used and the connector ended well.
pub(crate) fn spec(heard: &Heard, origin: FailureOrigin) -> Result<Found<Value>, FailureReason> {
    let failure =
        |code: &str, message: String| Err(FailureReason::new(origin, FailureKind::SystemError, code, message));
    let said = &heard.said;
    let Some(spec) = said.specs.first() else {
        return Err(silent(heard, origin));
    };
    if said.spec_count > 1 {
        let message = format!(
            "`spec` printed {} SPEC messages, of which others take the first or the last; print exactly one",
            said.spec_count
        );
        return failure("connector.several_answers", message);
    }
    if let Some((code, message)) = wrong(spec, said.bad_spec.as_deref()) {
        return failure(code, message);
    }
    ended_well(heard, origin)?;
    let properties = spec["connectionSpecification"]["properties"].as_object().map_or(0, serde_json::Map::len);
    Ok(Found::new(
        spec.clone(),
        format!("one SPEC message, {properties} {}", if properties == 1 { "property" } else { "properties" }),
    ))
}

/// Whether a connector that answered ended as it should.
pub(super) fn ended_well(heard: &Heard, origin: FailureOrigin) -> Result<(), FailureReason> {
    let Some(code) = heard.ended.exit.code.filter(|code| *code != 0) else { return Ok(()) };
    let (verb, wanted) = (heard.verb, wanted(heard.verb));
    let message = format!(
        "`{verb}` printed a good {wanted} message and ended with code {code}; let the program end with 0 once it has answered"
    );
    let code = "connector.failed_after_answer";
    Err(FailureReason::new(origin, FailureKind::SystemError, code, message).with_detail(heard.ended.stderr.clone()))
}

/// The code and the sentence of what keeps a spec from being used.
fn wrong(spec: &Value, not_decoded: Option<&str>) -> Option<(&'static str, String)> {
    if !spec.is_object() {
        let message = "the `spec` of the SPEC message is no object; print `{\"type\":\"SPEC\",\"spec\":{\"connectionSpecification\":{…}}}`";
        return Some(("connector.spec_invalid", message.to_owned()));
    }
    let Some(schema) = spec.get("connectionSpecification").filter(|schema| !schema.is_null()) else {
        let message = "the SPEC message has no `connectionSpecification`; add it, in this spelling: the JSON Schema of the configuration, `{\"type\":\"object\",\"properties\":{}}` when there is nothing to configure";
        return Some(("connector.spec_incomplete", message.to_owned()));
    };
    if let Some(why) = not_a_schema(schema) {
        let message =
            format!("the `connectionSpecification` is no JSON Schema (draft-07) of an object: {why}; correct it");
        return Some(("connector.spec_schema_invalid", message));
    }
    if let Some(url) = spec.get("documentationUrl").filter(|url| !url.as_str().is_some_and(is_url)) {
        let message =
            format!("the `documentationUrl` of the spec is {url}, and no URL; write one that begins with https://");
        return Some(("connector.spec_url_invalid", message));
    }
    let why = not_decoded?;
    Some((
        "connector.spec_invalid",
        format!("the SPEC message cannot be read: {why}; correct the types of its properties"),
    ))
}

fn not_a_schema(schema: &Value) -> Option<String> {
    if !schema.is_object() {
        return Some(format!("it is {}", kind_of(schema)));
    }
    if let Err(error) = jsonschema::draft7::meta::validate(schema) {
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { String::new() } else { format!(" (at {place})") };
        return Some(format!("{error}{place}"));
    }
    match schema.get("type") {
        Some(kind) if kind != "object" => {
            return Some(format!("its `type` is {kind}, and a configuration is an object"));
        }
        None if !["properties", "oneOf", "$ref", "allOf", "anyOf"].iter().any(|word| schema.get(word).is_some()) => {
            return Some("it has no `type`, which is `object`".to_owned());
        }
        _ => {}
    }
    if schema.get("properties").is_some_and(|properties| !properties.is_object()) {
        return Some("its `properties` are no object".to_owned());
    }
    jsonschema::draft7::new(schema).err().map(|error| error.to_string())
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

pub(crate) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control()))
}

/// Whether the version that a spec names is spoken here.
pub(super) fn protocol(spec: &Value, origin: FailureOrigin) -> Result<Found<()>, FailureReason> {
    let named = spec.get("protocol_version").filter(|version| !version.is_null());
    let Some(named) = named else {
        return Ok(Found::new((), format!("no version is named, which means {DEFAULT_VERSION}")));
    };
    let text = named.as_str().map_or_else(|| named.to_string(), str::to_owned);
    let numbers: Vec<Option<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [Some(MAJOR), rest @ ..] if rest.len() < 3 && rest.iter().all(Option::is_some) => {
            Ok(Found::new((), format!("{text}, which is spoken here")))
        }
        _ => {
            let message = format!(
                "the spec names protocol version `{text}`, and versions from 0.0.0 on below 1.0.0 are spoken here; write \
                 `\"protocol_version\": \"{DEFAULT_VERSION}\"`"
            );
            Err(FailureReason::new(origin, FailureKind::ConfigError, "connector.protocol_not_supported", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_url, protocol, wrong};
    use longshore_protocol::FailureOrigin;
    use serde_json::{Value, json};

    fn code(spec: &Value) -> &'static str {
        wrong(spec, None).map_or("", |(code, _)| code)
    }

    #[test]
    fn a_spec_that_can_be_used_is_a_schema_of_an_object() {
        assert_eq!(
            code(&json!({"connectionSpecification": {"type": "object", "properties": {"a": {"type": "string"}}}})),
            ""
        );
        assert_eq!(
            code(&json!({"connectionSpecification": {"properties": {}}, "documentationUrl": "https://x.test/a"})),
            ""
        );
        assert_eq!(code(&json!("spec")), "connector.spec_invalid");
        assert_eq!(code(&json!({"documentationUrl": "x"})), "connector.spec_incomplete");
        for schema in [
            json!([]),
            json!({"type": "string"}),
            json!({}),
            json!({"type": "object", "properties": []}),
            json!({"type": "objekt"}),
            json!({"type": "object", "properties": {"a": {"type": "strnig"}}}),
            json!({"type": "object", "required": "a"}),
            json!({"type": "object", "properties": {"a": {"pattern": "["}}}),
        ] {
            assert_eq!(code(&json!({"connectionSpecification": schema})), "connector.spec_schema_invalid", "{schema}");
        }
        assert_eq!(
            code(&json!({"connectionSpecification": {"type": "object"}, "documentationUrl": "docs"})),
            "connector.spec_url_invalid"
        );
    }

    #[test]
    fn a_url_has_a_host() {
        assert!(is_url("http://localhost:8080") && is_url("https://x.test/a?b#c"));
        assert!(!["https://", "https:///a", "ftp://x", "https://x y", ""].iter().any(|text| is_url(text)));
    }

    #[test]
    fn only_the_major_version_counts() {
        let spoken = |version: Value| protocol(&json!({"protocol_version": version}), FailureOrigin::Source).is_ok();
        assert!(spoken(json!("0.2.0")) && spoken(json!("0.19.0")) && spoken(json!("0.3")) && spoken(Value::Null));
        assert!(!spoken(json!("9.0.0")) && !spoken(json!("1.0.0")) && !spoken(json!("latest")) && !spoken(json!(2)));
    }
}
