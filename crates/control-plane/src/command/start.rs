//! What is asked, made ready to be kept: references are admitted, secrets sealed.

use super::kept::KeptInput;
use super::{CommandInput, CommandKind, UNSAVED_LIFETIME};
use crate::actor::Fitting;
use crate::reference::Reference;
use crate::sealing::Opened;
use crate::secret::SCHEMA;
use crate::store::command::NewCommand;
use crate::store::row::json;
use crate::store::{Change, secret as secrets};
use crate::{Actor, ActorId, CommandId, ControlPlane, Result, WorkspaceId, ZERO};
use serde_json::Value;

impl ControlPlane {
    /// Makes of what is asked what is kept of it; secrets are sealed.
    pub(super) async fn prepare_command(
        &self,
        change: &mut Change<'_>,
        id: CommandId,
        workspace: Option<WorkspaceId>,
        input: CommandInput,
    ) -> Result<NewCommand> {
        let asked = |kind, actor: Option<&Actor>, kept: &KeptInput| NewCommand {
            id,
            kind,
            workspace_id: actor.map(|actor| actor.workspace_id).or(workspace),
            actor_id: actor.map(|actor| actor.id),
            input: json(kept),
        };
        match input {
            CommandInput::Spec { reference, kind, refresh } => {
                self.policy().admit(&Reference::of(&reference, "", self.bundled())?)?;
                Ok(asked(CommandKind::Spec, None, &KeptInput::Spec { reference, kind, refresh }))
            }
            CommandInput::Check { actor_id } => {
                let actor = self.found_actor(actor_id).await?;
                Ok(asked(CommandKind::Check, Some(&actor), &KeptInput::Check { actor_id }))
            }
            CommandInput::CheckUnsaved { definition_id, kind, configuration, of } => {
                let workspace_id = workspace.unwrap_or(WorkspaceId(ZERO));
                let definition = self.definition(kind, definition_id).await?;
                let fitting = Fitting {
                    workspace: workspace_id,
                    version: &definition.version,
                    definition: definition_id,
                    is_draft: false,
                };
                let configuration = self.seal_unsaved(change, &fitting, &configuration, of).await?;
                let kept = KeptInput::CheckUnsaved { definition_id, kind, workspace_id, configuration, of };
                Ok(asked(CommandKind::Check, None, &kept))
            }
            CommandInput::Discover { actor_id } => {
                let actor = self.found_actor(actor_id).await?;
                let (version_id, configuration_hash) = self.print_of(&actor).await?;
                let kept = KeptInput::Discover { actor_id, version_id, configuration_hash };
                Ok(asked(CommandKind::Discover, Some(&actor), &kept))
            }
        }
    }

    /// Seals a configuration that nobody saves; its secrets are gone soon.
    async fn seal_unsaved(
        &self,
        change: &mut Change<'_>,
        fitting: &Fitting<'_>,
        sent: &Value,
        of: Option<ActorId>,
    ) -> Result<Value> {
        let saved = match of {
            Some(id) => self.found_actor(id).await?.configuration,
            None => Value::Null,
        };
        let opened = self.opened(change, &saved).await?;
        let spec: Value = serde_json::from_str(fitting.version.spec.get()).unwrap_or_default();
        let clear = opened.unmasked(&spec[SCHEMA], sent)?;
        self.seal_configuration(fitting, &Opened::default(), &clear).await?;
        let sealed = Opened::default().seal(None, &spec[SCHEMA], &clear);
        secrets::delete_expired(change, self.now()).await?;
        let until = self.now() + UNSAVED_LIFETIME;
        self.store_sealed(change, None, sealed, Some(until)).await
    }
}
