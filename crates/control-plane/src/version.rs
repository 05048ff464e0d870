//! Versions of definitions, and what one changes against another.

use crate::store::version as rows;
use crate::{ControlPlane, DefinitionId, Error, Result, VersionId};
use jiff::Timestamp;
use longshore_protocol::RawJson;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A version of a definition; it never changes but for its digest, where its tag moves.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// Whose version it is.
    pub definition_id: DefinitionId,
    /// Counted from 1 for each definition.
    pub number: i64,
    /// What a worker starts, such as `docker:registry.example.com/team/source-x:1.2`.
    pub reference: String,
    /// The repository, as it is shown.
    pub repository: String,
    /// The tag, as it is shown.
    pub tag: String,
    /// The digest that the tag had, `sha256:…`; runs use it.
    pub digest: Option<String>,
    /// What the connector answered to `spec`, as it came.
    pub spec: RawJson,
    /// The manifest of a declarative source.
    pub manifest: Option<RawJson>,
    /// The version of the protocol that it speaks.
    pub protocol_version: String,
    /// Whether its destination takes refreshes.
    pub supports_refreshes: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What one spec changes against another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpecChange {
    /// The property, such as `credentials.token`.
    pub path: String,
    /// What changed.
    pub kind: SpecChangeKind,
}

/// What can change of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecChangeKind {
    /// It is new, and optional.
    Added,
    /// It must be there now.
    Required,
    /// It need not be there any more.
    Optional,
    /// It is gone.
    Removed,
    /// It has another type.
    Retyped,
}

/// What the new spec changes against the old one; both are whole connector specifications.
#[must_use]
pub fn spec_changes(old: &RawJson, new: &RawJson) -> Vec<SpecChange> {
    let (old, new) = (properties(old), properties(new));
    let mut changes = Vec::new();
    for (path, before) in &old {
        match new.get(path) {
            None => changes.push(SpecChange { path: path.clone(), kind: SpecChangeKind::Removed }),
            Some(after) => changes.extend(before.against(after).map(|kind| SpecChange { path: path.clone(), kind })),
        }
    }
    for (path, after) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        let kind = if after.is_required { SpecChangeKind::Required } else { SpecChangeKind::Added };
        changes.push(SpecChange { path: path.clone(), kind });
    }
    changes
}

impl ControlPlane {
    /// The versions of a definition, the newest first.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn definition_versions(&self, id: DefinitionId) -> Result<Vec<Version>> {
        let versions = rows::of_definition(self.store().reader(), id).await?;
        if versions.is_empty() { Err(Error::not_found("definition", id)) } else { Ok(versions) }
    }

    /// One version.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn version(&self, id: VersionId) -> Result<Version> {
        let found = rows::get(self.store().reader(), id).await?;
        found.ok_or_else(|| Error::not_found("version", id))
    }
}

/// A property of a spec.
struct Property {
    /// `None` when it may be anything; the name of the type, or of all types.
    of_type: Option<String>,
    is_required: bool,
}

impl Property {
    fn against(&self, after: &Self) -> impl Iterator<Item = SpecChangeKind> {
        let retyped = (self.of_type != after.of_type).then_some(SpecChangeKind::Retyped);
        let required = match (self.is_required, after.is_required) {
            (false, true) => Some(SpecChangeKind::Required),
            (true, false) => Some(SpecChangeKind::Optional),
            _ => None,
        };
        retyped.into_iter().chain(required)
    }
}

/// The properties of a spec by their dotted paths; those of alternatives under the same path.
fn properties(spec: &RawJson) -> BTreeMap<String, Property> {
    let spec: Value = serde_json::from_str(spec.get()).unwrap_or_default();
    let mut found = BTreeMap::new();
    gather(&spec["connectionSpecification"], "", &mut found);
    found
}

fn gather(schema: &Value, path: &str, found: &mut BTreeMap<String, Property>) {
    for key in ["oneOf", "anyOf", "allOf"] {
        for alternative in schema[key].as_array().into_iter().flatten() {
            gather(alternative, path, found);
        }
    }
    if schema["items"].is_object() {
        gather(&schema["items"], path, found);
    }
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let of_type = property.get("type").map(ToString::to_string);
        let is_required = required.contains(&name.as_str());
        found.entry(path.clone()).or_insert(Property { of_type, is_required });
        gather(property, &path, found);
    }
}

#[cfg(test)]
mod tests {
    use super::SpecChangeKind::{Added, Optional, Removed, Required, Retyped};
    use super::spec_changes;
    use longshore_protocol::RawJson;
    use serde_json::{Value, json};

    fn spec(schema: Value) -> RawJson {
        serde_json::value::to_raw_value(&json!({ "connectionSpecification": schema })).unwrap()
    }

    #[test]
    fn a_spec_that_stays_changes_nothing() {
        let one = spec(json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } }));
        assert!(spec_changes(&one, &one).is_empty());
    }

    #[test]
    fn each_change_of_a_property_is_told_with_its_path() {
        let old = spec(json!({ "required": ["kept", "freed"], "properties": {
            "kept": { "type": "string" }, "freed": { "type": "string" }, "gone": {}, "retyped": { "type": "string" },
            "credentials": { "oneOf": [{ "properties": { "token": { "type": "string" } } }] } } }));
        let new = spec(json!({ "required": ["kept", "wanted"], "properties": {
            "kept": { "type": "string" }, "freed": { "type": "string" }, "retyped": { "type": "integer" },
            "added": {}, "wanted": {}, "credentials": { "oneOf": [
                { "required": ["token"], "properties": { "token": { "type": "string" } } }] } } }));
        let changes: Vec<_> = spec_changes(&old, &new).into_iter().map(|one| (one.path, one.kind)).collect();
        let expected = [
            ("credentials.token", Required),
            ("freed", Optional),
            ("gone", Removed),
            ("retyped", Retyped),
            ("added", Added),
            ("wanted", Required),
        ];
        assert_eq!(changes, expected.map(|(path, kind)| (path.to_owned(), kind)));
    }
}
