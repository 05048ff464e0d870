//! `spec`: what the source is and what it wants to know.

use super::Run;
use super::defect::Defect as D;
use serde_json::{Value, json};

/// Runs the verb; the exit code.
pub(crate) fn spec(run: &mut Run) -> u8 {
    let mut spec = sound();
    if let Some(defect) = run.defect {
        spoil(&mut spec, defect);
    }
    let message = json!({"type": "SPEC", "spec": spec});
    if run.has(D::SpecTwice) {
        run.out.send(message.clone());
    }
    run.out.send(message);
    0
}

fn sound() -> Value {
    let kind = |name: &str| json!({"type": "string", "const": name, "title": "Kind"});
    let format = json!({
        "type": "object", "title": "Format", "order": 3,
        "oneOf": [
            {"title": "Plain", "type": "object", "required": ["kind"], "properties": {"kind": kind("plain")}},
            {"title": "Compact", "type": "object", "required": ["kind"],
             "properties": {"kind": kind("compact"), "level": {"type": "integer", "title": "Level", "default": 1}}},
        ],
    });
    let date = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
    json!({
        "documentationUrl": "https://example.org/docs/source-mutant",
        "protocol_version": "0.5.2",
        "supportsIncremental": true,
        "connectionSpecification": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Mutant", "type": "object", "additionalProperties": true, "required": ["count", "token"],
            "properties": {
                "count": {"type": "integer", "title": "Count", "minimum": 1, "default": 60, "order": 0},
                "token": {"type": "string", "title": "Token", "airbyte_secret": true, "order": 1},
                "start_date": {"type": "string", "title": "Begin", "format": "date", "pattern": date, "order": 2},
                "format": format,
                "lock": {"type": "string", "title": "Folder of locks", "order": 4},
            },
        },
    })
}

fn spoil(spec: &mut Value, defect: D) {
    let one_of = |variants: Value| json!({"type": "object", "title": "Way", "oneOf": variants});
    let added = match defect {
        D::SpecSchemaInvalid => return spec["connectionSpecification"]["type"] = json!("objekt"),
        D::SpecOfProtocolOne => return spec["protocol_version"] = json!("1.0.0"),
        D::SpecWithoutDocumentation => {
            return drop(spec.as_object_mut().and_then(|spec| spec.remove("documentationUrl")));
        }
        D::SpecDrifted => return spec["connectionSpecification"]["properties"]["count"]["title"] = json!("How many"),
        D::SpecChanges => {
            return spec["connectionSpecification"]["description"] = json!(std::process::id().to_string());
        }
        D::SpecRefusesConfig => return spec["connectionSpecification"]["properties"]["count"]["maximum"] = json!(3),
        D::SecretNotMarked => {
            return spec["connectionSpecification"]["properties"]["token"]["airbyte_secret"] = json!(false);
        }
        D::SpecForbidsMore => return spec["connectionSpecification"]["additionalProperties"] = json!(false),
        D::RequiredUnknown => return spec["connectionSpecification"]["required"] = json!(["count", "token", "tokne"]),
        D::DefaultUnfit => return spec["connectionSpecification"]["properties"]["count"]["default"] = json!("many"),
        D::OrderTwice => return spec["connectionSpecification"]["properties"]["lock"]["order"] = json!(1),
        D::RequiredAdded => {
            spec["connectionSpecification"]["required"] = json!(["count", "token", "lock"]);
            return;
        }
        D::CertificateNotMarked => {
            spec["connectionSpecification"]["properties"]["certificate"] =
                json!({"type": "string", "title": "Certificate"});
            return;
        }
        D::DateWithoutPattern => json!({"type": "string", "format": "date"}),
        D::SecretObject => json!({"type": "object", "airbyte_secret": true, "properties": {"a": {"type": "string"}}}),
        D::EnumRepeats => json!({"type": "string", "enum": ["a", "b", "a"]}),
        D::OneOfWithoutConst => one_of(json!([
            {"title": "A", "type": "object", "properties": {"kind": {"type": "string"}}},
            {"title": "B", "type": "object", "properties": {"kind": {"type": "string"}, "b": {"type": "string"}}}])),
        D::TypeList => json!({"type": ["string", "integer"]}),
        D::ObjectWithoutProperties => json!({"type": "object"}),
        D::ArrayWithoutItems => json!({"type": "array"}),
        D::ComplexKeyword => json!({"type": "string", "not": {"const": "x"}}),
        D::SpecWithRef => {
            spec["connectionSpecification"]["definitions"] = json!({"name": {"type": "string"}});
            json!({"$ref": "#/definitions/name"})
        }
        D::GroupNested => json!({"type": "object", "properties": {"a": {"type": "string", "group": "main"}}}),
        D::DisplayTypeOfText => json!({"type": "string", "display_type": "dropdown"}),
        D::OauthPathUnknown | D::OauthNotFirst => return oauth(spec, defect),
        _ => return,
    };
    spec["connectionSpecification"]["properties"]["extra"] = added;
}

/// Consent in place of a token: for one of two kinds of credentials, of which it should be the first.
fn oauth(spec: &mut Value, defect: D) {
    let variant = |kind: &str, secret: &str| {
        let kind = json!({"type": "string", "const": kind});
        json!({"title": secret, "type": "object", "required": ["kind", secret],
               "properties": {"kind": kind, secret: {"type": "string", "airbyte_secret": true}}})
    };
    let mut variants = vec![variant("oauth", "refresh_token"), variant("password", "password")];
    if defect == D::OauthNotFirst {
        variants.reverse();
    }
    let path = if defect == D::OauthPathUnknown { "refresh_tokne" } else { "refresh_token" };
    let output = json!({"type": "object", "properties": {
        "refresh_token": {"type": "string", "path_in_connector_config": ["credentials", path]}}});
    spec["connectionSpecification"]["properties"]["credentials"] =
        json!({"type": "object", "title": "Credentials", "order": 5, "oneOf": variants});
    spec["advanced_auth"] = json!({
        "auth_flow_type": "oauth2.0", "predicate_key": ["credentials", "kind"], "predicate_value": "oauth",
        "oauth_config_specification": {"complete_oauth_output_specification": output},
    });
}
