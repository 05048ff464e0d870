//! The schemas of streams: valid, resolved, open, and with types that destinations know.

use super::rules::{
    ADDITIONAL_PROPERTIES, DATA_TYPES, NO_COMPOSITION, NO_REFS, SCHEMA_HAS_PROPERTIES, SCHEMA_IS_OBJECT, SCHEMA_VALID,
};
use super::streams::{Offered, each};
use crate::clause::spec::form::{Place, places, types_of};
use crate::finding::Finding;
use crate::rule::{Rule, Wrong};
use serde_json::Value;

pub(super) fn valid(streams: &[Offered<'_>]) -> Finding {
    let wrong = streams.iter().filter(|it| it.schema.is_object()).filter_map(|it| {
        let error = jsonschema::draft7::meta::validate(it.schema).err()?;
        let path = error.instance_path().to_string();
        let evidence = it.schema.pointer(&path).unwrap_or(it.schema).to_string();
        Some(Wrong::new(format!("the schema of the stream {} is not valid at `{path}`: {error}", it.label()), evidence))
    });
    each(&SCHEMA_VALID, streams, wrong.collect())
}

pub(super) fn is_object(streams: &[Offered<'_>]) -> Finding {
    let wrong = streams.iter().filter_map(|it| {
        let types = types_of(it.schema);
        let why = match it.schema {
            Value::Object(_) if types.contains(&"object") => return None,
            Value::Object(members) if !members.contains_key("type") && members.contains_key("properties") => {
                return None;
            }
            // What it refers to is told of the reference.
            Value::Object(members) if members.contains_key("$ref") => return None,
            Value::Object(members) => format!("has the type {}", members.get("type").unwrap_or(&Value::Null)),
            other => format!("is {other}"),
        };
        Some(Wrong::new(
            format!("the schema of the stream {} {why}, and not object", it.label()),
            it.schema.to_string(),
        ))
    });
    each(&SCHEMA_IS_OBJECT, streams, wrong.collect())
}

pub(super) fn no_refs(streams: &[Offered<'_>]) -> Finding {
    each_place(&NO_REFS, streams, |place| place.schema.get("$ref").map(|target| format!("refers to {target}")))
}

pub(super) fn no_composition(streams: &[Offered<'_>]) -> Finding {
    each_place(&NO_COMPOSITION, streams, |place| {
        let word = ["allOf", "not"].into_iter().find(|word| place.schema.get(word).is_some())?;
        Some(format!("uses `{word}`"))
    })
}

pub(super) fn additional_properties(streams: &[Offered<'_>]) -> Finding {
    each_place(&ADDITIONAL_PROPERTIES, streams, |place| {
        let is_closed = place.schema.get("additionalProperties") == Some(&Value::Bool(false));
        is_closed.then(|| "has `additionalProperties: false`".to_owned())
    })
}

pub(super) fn data_types(streams: &[Offered<'_>]) -> Finding {
    each_place(&DATA_TYPES, streams, |place| {
        let name = place.schema.get("airbyte_type")?;
        let (types, format): (&[&str], Option<&str>) = match name.as_str() {
            Some("timestamp_with_timezone" | "timestamp_without_timezone") => (&["string"], Some("date-time")),
            Some("time_with_timezone" | "time_without_timezone") => (&["string"], Some("time")),
            Some("integer") => (&["number", "integer"], None),
            Some("big_integer" | "big_number") => (&["string", "number", "integer"], None),
            Some("json") => return None,
            _ => return Some(format!("has the `airbyte_type` {name}, which the protocol does not know")),
        };
        let has_type = types_of(place.schema).iter().any(|it| types.contains(it));
        let has_format = format.is_none_or(|format| place.schema["format"] == format);
        let (kind, found) = (&place.schema["type"], &place.schema["format"]);
        (!has_type || !has_format).then(|| format!("has the `airbyte_type` {name} with type {kind} and format {found}"))
    })
}

pub(super) fn has_properties(streams: &[Offered<'_>]) -> Finding {
    let is_bare = |it: &&Offered<'_>| {
        let has = |word: &str| it.schema.get(word).is_some();
        it.schema.is_object()
            && it.schema["properties"].as_object().is_none_or(serde_json::Map::is_empty)
            && !["$ref", "allOf", "oneOf", "anyOf"].into_iter().any(has)
    };
    let wrong = streams.iter().filter(is_bare);
    let wrong =
        wrong.map(|it| Wrong::new(format!("the stream {} has no properties", it.label()), it.schema.to_string()));
    each(&SCHEMA_HAS_PROPERTIES, streams, wrong.collect())
}

/// Judges every schema within the schemas of all streams.
fn each_place(rule: &Rule, streams: &[Offered<'_>], why: impl Fn(&Place<'_>) -> Option<String>) -> Finding {
    let wrong = streams.iter().flat_map(|it| {
        let told = |place: &Place<'_>, why: String| match place.path.as_str() {
            "" => format!("the schema of the stream {} {why}", it.label()),
            path => format!("`{path}` of the stream {} {why}", it.label()),
        };
        let wrong = places(it.schema)
            .into_iter()
            .filter_map(|place| Some(Wrong::new(told(&place, why(&place)?), place.schema.to_string())));
        wrong.collect::<Vec<_>>()
    });
    each(rule, streams, wrong.collect())
}
