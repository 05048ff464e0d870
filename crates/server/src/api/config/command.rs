//! `/commands/*`: spec, check and discover without waiting; a client makes the id and asks how far it is.

mod output;

use super::call::{Call, Calls, EDITOR, READER};
use crate::problem::{Problem, Result};
use crate::settings::Server;
use longshore_control_plane::{
    Actor, ActorId, ActorKind, Command, CommandId, CommandInput, CommandStatus, Definition, DefinitionId, Error,
    WorkspaceId,
};
use output::{CheckOutput, DiscoverOutput, OutputBody, SpecOutput};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// What is asked of a connector that is not added yet, or of a definition.
#[derive(Deserialize, ToSchema)]
struct RunSpecBody {
    /// Chosen by the client.
    id: Uuid,
    workspace_id: Uuid,
    docker_image: Option<String>,
    docker_image_tag: Option<String>,
    actor_definition_id: Option<Uuid>,
}

/// A source or destination, or a definition with a configuration.
#[derive(Deserialize, ToSchema)]
struct RunCheckBody {
    /// Chosen by the client.
    id: Uuid,
    actor_id: Option<Uuid>,
    workspace_id: Option<Uuid>,
    actor_definition_id: Option<Uuid>,
    config: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
struct RunDiscoverBody {
    /// Chosen by the client.
    id: Uuid,
    actor_id: Uuid,
}

/// A command by id.
#[derive(Deserialize, ToSchema)]
struct CommandIdBody {
    id: Uuid,
}

/// A command.
#[derive(Serialize, ToSchema)]
struct RunRead {
    id: Uuid,
}

/// How far it is.
#[derive(Serialize, ToSchema)]
struct CommandStatusRead {
    id: Uuid,
    /// `pending`, `running`, `completed` or `cancelled`.
    status: &'static str,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("command")
        .answer("/commands/run/spec", EDITOR, "Asks a connector for its specification.", run_spec)
        .answer("/commands/run/check", EDITOR, "Asks whether a configuration works.", run_check)
        .answer("/commands/run/discover", EDITOR, "Asks what a source offers.", run_discover)
        .answer("/commands/status", READER, "How far it is.", status)
        .answer("/commands/cancel", EDITOR, "Cancels it.", cancel)
        .answer("/commands/output/spec", READER, "The answer.", output_spec)
        .answer("/commands/output/check", READER, "The answer.", output_check)
        .answer("/commands/output/discover", READER, "The answer.", output_discover)
        .router()
}

async fn run<B>(call: &Call<B>, id: Uuid, workspace: WorkspaceId, input: CommandInput) -> Result<RunRead> {
    call.allowed_in(workspace)?;
    // The same id again means the same command, but not somebody else's.
    if let Ok(known) = call.plane().command(CommandId(id)).await {
        allowed_with(call, &known)?;
    }
    let id = call.plane().start_command(call.by(), Some(CommandId(id)), Some(workspace), input).await?;
    Ok(RunRead { id: id.0 })
}

async fn run_spec(call: Call<RunSpecBody>) -> Result<RunRead> {
    let body = &call.body;
    let workspace = WorkspaceId(body.workspace_id);
    call.allowed_in(workspace)?;
    let input = match (body.actor_definition_id, &body.docker_image) {
        (Some(id), _) => {
            let definition = any_definition(&call, id, workspace).await?;
            CommandInput::Spec { reference: definition.version.reference, kind: definition.kind, refresh: true }
        }
        (None, Some(image)) => {
            let tag = body.docker_image_tag.as_deref().unwrap_or_default();
            let kind = if image.contains("destination-") { ActorKind::Destination } else { ActorKind::Source };
            CommandInput::Spec { reference: call.plane().reference(image, tag)?, kind, refresh: true }
        }
        (None, None) => return Err(Problem::bad_place("/docker_image", "expected an image, or a definition")),
    };
    run(&call, body.id, workspace, input).await
}

async fn run_check(call: Call<RunCheckBody>) -> Result<RunRead> {
    let body = &call.body;
    let of = match body.actor_id {
        Some(id) => Some(any_actor(&call, id).await?),
        None => None,
    };
    let (workspace, input) = match (of, &body.config, body.workspace_id, body.actor_definition_id) {
        (Some(actor), None, ..) => (actor.workspace_id, CommandInput::Check { actor_id: actor.id }),
        (Some(actor), Some(config), ..) => {
            let (definition_id, kind, configuration) = (actor.definition_id, actor.kind, config.clone());
            (actor.workspace_id, CommandInput::CheckUnsaved { definition_id, kind, configuration, of: Some(actor.id) })
        }
        (None, Some(config), Some(workspace), Some(definition)) => {
            let workspace = WorkspaceId(workspace);
            call.allowed_in(workspace)?;
            let Definition { id: definition_id, kind, .. } = any_definition(&call, definition, workspace).await?;
            (workspace, CommandInput::CheckUnsaved { definition_id, kind, configuration: config.clone(), of: None })
        }
        _ => {
            return Err(Problem::bad_place(
                "/actor_id",
                "expected a source or destination, or a definition, its workspace and a configuration",
            ));
        }
    };
    run(&call, body.id, workspace, input).await
}

async fn run_discover(call: Call<RunDiscoverBody>) -> Result<RunRead> {
    let source = super::actor::allowed(ActorKind::Source, &call, call.body.actor_id).await?;
    run(&call, call.body.id, source.workspace_id, CommandInput::Discover { actor_id: source.id }).await
}

/// Clients do not say which of the two it is.
async fn any_actor<B>(call: &Call<B>, id: Uuid) -> Result<Actor> {
    let actor = match call.plane().actor(ActorKind::Source, ActorId(id)).await {
        Err(Error::NotFound { .. }) => call.plane().actor(ActorKind::Destination, ActorId(id)).await?,
        other => other?,
    };
    call.allowed_in(actor.workspace_id)?;
    Ok(actor)
}

async fn any_definition<B>(call: &Call<B>, id: Uuid, workspace: WorkspaceId) -> Result<Definition> {
    let id = DefinitionId(id);
    let kind = match call.plane().definition(ActorKind::Source, id).await {
        Err(Error::NotFound { .. }) => ActorKind::Destination,
        other => other?.kind,
    };
    super::definition::usable(call, kind, id, workspace).await
}

fn allowed_with<B>(call: &Call<B>, command: &Command) -> Result<()> {
    match command.workspace_id {
        Some(workspace) => call.allowed_in(workspace),
        None => call.caller.needs_instance_admin(),
    }
}

async fn allowed<B>(call: &Call<B>, id: Uuid) -> Result<Command> {
    let command = call.plane().command(CommandId(id)).await?;
    allowed_with(call, &command)?;
    Ok(command)
}

async fn status(call: Call<CommandIdBody>) -> Result<CommandStatusRead> {
    let command = allowed(&call, call.body.id).await?;
    let status = match command.status {
        CommandStatus::Pending => "pending",
        CommandStatus::Running => "running",
        CommandStatus::Succeeded | CommandStatus::Failed => "completed",
        CommandStatus::Cancelled => "cancelled",
    };
    Ok(CommandStatusRead { id: command.id.0, status })
}

async fn cancel(call: Call<CommandIdBody>) -> Result<RunRead> {
    let command = allowed(&call, call.body.id).await?;
    call.plane().cancel_command(command.id).await?;
    Ok(RunRead { id: command.id.0 })
}

async fn output_spec(call: Call<OutputBody>) -> Result<SpecOutput> {
    let command = allowed(&call, call.body.id).await?;
    SpecOutput::of(&command, call.body.with_logs())
}

async fn output_check(call: Call<OutputBody>) -> Result<CheckOutput> {
    let command = allowed(&call, call.body.id).await?;
    CheckOutput::of(&command, call.body.with_logs())
}

async fn output_discover(call: Call<OutputBody>) -> Result<DiscoverOutput> {
    let command = allowed(&call, call.body.id).await?;
    DiscoverOutput::of(&command, call.body.with_logs())
}
