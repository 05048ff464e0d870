//! Answers of connectors as tables.

use crate::catalog::word;
use crate::table::table;
use longshore_protocol::spec::CheckStatus;
use longshore_protocol::{Catalog, ConnectionStatus, FailureKind, FailureOrigin, FailureReason, Spec};
use longshore_runner::ConnectorRef;
use serde_json::Value;

/// The properties of the configuration, in the order in which a form would show them.
pub(crate) fn spec(spec: &Spec) -> String {
    let schema: Value = serde_json::from_str(spec.connection_specification.get()).unwrap_or_default();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut properties: Vec<(&String, &Value)> = schema["properties"].as_object().into_iter().flatten().collect();
    properties.sort_by_key(|(_, property)| property["order"].as_i64().unwrap_or(i64::MAX));
    let rows = properties.iter().map(|(name, property)| {
        let notes = [
            required.contains(&name.as_str()).then_some("required".to_owned()),
            (property["airbyte_secret"] == true).then_some("secret".to_owned()),
            property.get("default").map(|default| format!("default {default}")),
        ];
        vec![
            (*name).clone(),
            type_of(property),
            notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
            property["description"].as_str().or(property["title"].as_str()).unwrap_or_default().to_owned(),
        ]
    });
    let mut text = table(&["property", "type", "", "description"], rows.collect(), &[]);
    if let Some(modes) = &spec.supported_destination_sync_modes {
        text += &format!("\n\nsync modes: {}", modes.iter().map(word).collect::<Vec<_>>().join(", "));
    }
    if let Some(url) = &spec.documentation_url {
        text += &format!("\ndocumentation: {url}");
    }
    text
}

fn type_of(property: &Value) -> String {
    match &property["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect::<Vec<_>>().join("|")
        }
        _ if property.get("oneOf").is_some() => "one of".to_owned(),
        _ => "any".to_owned(),
    }
}

/// The streams on offer.
pub(crate) fn catalog(catalog: &Catalog) -> String {
    let paths = |paths: &[Vec<String>]| paths.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(", ");
    let rows = catalog.streams.iter().map(|stream| {
        let schema: Value = serde_json::from_str(stream.json_schema.get()).unwrap_or_default();
        vec![
            stream.descriptor().to_string(),
            schema["properties"].as_object().map_or(0, serde_json::Map::len).to_string(),
            stream.supported_sync_modes.iter().map(word).collect::<Vec<_>>().join(", "),
            stream.default_cursor_field.as_ref().map(|path| path.join(".")).unwrap_or_default(),
            stream.source_defined_primary_key.as_deref().map(paths).unwrap_or_default(),
        ]
    });
    table(&["stream", "fields", "sync modes", "cursor", "primary key"], rows.collect(), &[1])
}

/// That a configuration works.
///
/// # Errors
/// Why it does not.
pub(crate) fn status(reference: &ConnectorRef, status: &ConnectionStatus) -> Result<String, FailureReason> {
    if status.status == CheckStatus::Succeeded {
        return Ok(format!("the configuration works: {reference} could reach what it needs"));
    }
    let message = status.message.clone().unwrap_or_else(|| "the connector does not say why".to_owned());
    Err(FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "connector.check_failed", message))
}
