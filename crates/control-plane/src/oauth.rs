//! OAuth parameters of the instance or of a workspace: put into configurations when a connector is started, never stored there.

use crate::{ActorKind, By, ControlPlane, DefinitionId, Result, WorkspaceId};
use serde_json::Value;

impl ControlPlane {
    /// Sets the parameters of a definition, for a workspace or for the instance.
    ///
    /// # Errors
    /// Definition or workspace not found; `oauth.invalid`; `database.*`.
    pub async fn set_oauth_parameter(
        &self,
        by: By,
        workspace: Option<WorkspaceId>,
        kind: ActorKind,
        definition: DefinitionId,
        configuration: Value,
    ) -> Result<()> {
        let _ = (by, workspace, kind, definition, configuration);
        unimplemented!()
    }

    /// Takes them away.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_oauth_parameter(
        &self,
        by: By,
        workspace: Option<WorkspaceId>,
        kind: ActorKind,
        definition: DefinitionId,
    ) -> Result<()> {
        let _ = (by, workspace, kind, definition);
        unimplemented!()
    }
}
