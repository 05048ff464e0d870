//! `spec`: what the destination is and what it wants to know.

use super::defect::Defect as D;
use crate::lines::print;
use serde_json::json;

/// Prints the spec.
pub(super) fn spec(defect: Option<D>) {
    let mut modes = vec!["append", "overwrite", "append_dedup"];
    match defect {
        Some(D::NoModes) => modes.clear(),
        Some(D::UnknownMode) => modes.push("overwrite_dedup"),
        _ => {}
    }
    let properties = json!({
        "path": {"type": "string", "title": "File", "description": "The database file", "order": 0},
        "password": {"type": "string", "title": "Password", "airbyte_secret": true, "order": 1},
    });
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#", "title": "Mutant", "type": "object",
        "additionalProperties": true, "required": ["path"], "properties": properties,
    });
    let spec = json!({
        "documentationUrl": "https://example.org/docs/destination-mutant", "protocol_version": "0.5.2",
        "supportsIncremental": true, "supported_destination_sync_modes": modes, "connectionSpecification": schema,
    });
    print(&json!({"type": "SPEC", "spec": spec}).to_string());
}
