//! Declarative sources: definitions made of a manifest.

use crate::{By, ControlPlane, Definition, DefinitionId, Result, WorkspaceId};
use longshore_protocol::RawJson;

impl ControlPlane {
    /// Makes a source definition of a manifest, whose own `spec` says what a configuration looks like.
    ///
    /// # Errors
    /// Workspace not found; `definition.manifest_invalid`, `definition.name_missing`; `database.*`.
    pub async fn create_declarative(
        &self,
        by: By,
        workspace: WorkspaceId,
        name: &str,
        manifest: RawJson,
    ) -> Result<Definition> {
        let _ = (by, workspace, name, manifest);
        unimplemented!()
    }

    /// Gives it another manifest: a new version, in use at once.
    ///
    /// # Errors
    /// Not found; `definition.manifest_invalid`; `database.*`.
    pub async fn change_declarative(&self, by: By, id: DefinitionId, manifest: RawJson) -> Result<Definition> {
        let _ = (by, id, manifest);
        unimplemented!()
    }
}
