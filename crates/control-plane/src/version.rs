//! Versions of definitions, and what one changes against another.

use crate::{ControlPlane, DefinitionId, Result, VersionId};
use jiff::Timestamp;
use longshore_protocol::RawJson;
use serde::Serialize;

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
    let _ = (old, new);
    unimplemented!()
}

impl ControlPlane {
    /// The versions of a definition, the newest first.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn definition_versions(&self, id: DefinitionId) -> Result<Vec<Version>> {
        let _ = id;
        unimplemented!()
    }

    /// One version.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn version(&self, id: VersionId) -> Result<Version> {
        let _ = id;
        unimplemented!()
    }
}
