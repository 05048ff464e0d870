//! `/sources/*` and `/destinations/*`: configured connectors, and the checks of their configurations.

mod body;

use super::call::{Call, Calls, EDITOR, READER};
use super::check::{CheckConnectionRead, checked};
use super::workspace::WorkspaceIdBody;
use crate::problem::Result;
use crate::settings::Server;
use body::{
    ActorFields, ChangeBody, DestinationCoreConfig, DestinationCreate, DestinationReadList, DestinationUpdate,
    DestinationUpdateCheck, NewBody, SourceCoreConfig, SourceCreate, SourceReadList, SourceUpdate, SourceUpdateCheck,
    UnsavedBody,
};
use longshore_control_plane::{
    Actor, ActorChange, ActorFilter, ActorId, ActorKind, CommandInput, ConfigurationChange, Definition,
    DefinitionFilter, DefinitionId, NewActor, Page, WorkspaceId, shown_configuration,
};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub(crate) use body::{DestinationIdBody, DestinationRead, SourceIdBody, SourceRead};

use ActorKind::{Destination, Source};

pub(crate) fn router() -> OpenApiRouter<Server> {
    sources().merge(destinations())
}

fn sources() -> OpenApiRouter<Server> {
    Calls::of("source")
        .answer("/sources/create", EDITOR, "Creates a source.", |call: Call<SourceCreate>| async move {
            create(Source, call.map(NewBody::from)).await.map(SourceRead::from)
        })
        .answer(
            "/sources/update",
            EDITOR,
            "Replaces the configuration of a source.",
            |call: Call<SourceUpdate>| async {
                change(Source, call.map(ChangeBody::from), ConfigurationChange::Replace).await.map(SourceRead::from)
            },
        )
        .answer("/sources/partial_update", EDITOR, "Changes what is sent.", |call: Call<SourceUpdate>| async {
            change(Source, call.map(ChangeBody::from), ConfigurationChange::Merge).await.map(SourceRead::from)
        })
        .answer("/sources/get", READER, "A source.", |call: Call<SourceIdBody>| async move {
            get(Source, &call, call.body.id).await.map(SourceRead::from)
        })
        .answer("/sources/list", READER, "The sources of a workspace.", |call: Call<WorkspaceIdBody>| async move {
            let list = list(Source, call).await?.into_iter().map(SourceRead::from).collect();
            Ok(SourceReadList { list })
        })
        .done(
            "/sources/delete",
            EDITOR,
            "Deletes a source and its connections.",
            |call: Call<SourceIdBody>| async move { delete(Source, &call, call.body.id).await },
        )
        .answer("/sources/check_connection", EDITOR, "Whether a source works.", |call: Call<SourceIdBody>| async move {
            check(Source, &call, call.body.id).await
        })
        .answer(
            "/sources/check_connection_for_update",
            EDITOR,
            "Whether a source would work with another configuration.",
            |call: Call<SourceUpdateCheck>| async { check_unsaved(Source, call.map(UnsavedBody::from)).await },
        )
        .answer(
            "/scheduler/sources/check_connection",
            EDITOR,
            "Whether a configuration would work.",
            |call: Call<SourceCoreConfig>| async { check_unsaved(Source, call.map(UnsavedBody::from)).await },
        )
        .router()
}

fn destinations() -> OpenApiRouter<Server> {
    Calls::of("destination")
        .answer("/destinations/create", EDITOR, "Creates a destination.", |call: Call<DestinationCreate>| async {
            create(Destination, call.map(NewBody::from)).await.map(DestinationRead::from)
        })
        .answer("/destinations/update", EDITOR, "Replaces its configuration.", |call: Call<DestinationUpdate>| async {
            change(Destination, call.map(ChangeBody::from), ConfigurationChange::Replace)
                .await
                .map(DestinationRead::from)
        })
        .answer(
            "/destinations/partial_update",
            EDITOR,
            "Changes what is sent.",
            |call: Call<DestinationUpdate>| async {
                change(Destination, call.map(ChangeBody::from), ConfigurationChange::Merge)
                    .await
                    .map(DestinationRead::from)
            },
        )
        .answer("/destinations/get", READER, "A destination.", |call: Call<DestinationIdBody>| async move {
            get(Destination, &call, call.body.id).await.map(DestinationRead::from)
        })
        .answer("/destinations/list", READER, "The destinations of a workspace.", |call: Call<WorkspaceIdBody>| async {
            let list = list(Destination, call).await?.into_iter().map(DestinationRead::from).collect();
            Ok(DestinationReadList { list })
        })
        .done(
            "/destinations/delete",
            EDITOR,
            "Deletes it and its connections.",
            |call: Call<DestinationIdBody>| async move { delete(Destination, &call, call.body.id).await },
        )
        .answer(
            "/destinations/check_connection",
            EDITOR,
            "Whether it works.",
            |call: Call<DestinationIdBody>| async move { check(Destination, &call, call.body.id).await },
        )
        .answer(
            "/destinations/check_connection_for_update",
            EDITOR,
            "Whether a destination would work with another configuration.",
            |call: Call<DestinationUpdateCheck>| async {
                check_unsaved(Destination, call.map(UnsavedBody::from)).await
            },
        )
        .answer(
            "/scheduler/destinations/check_connection",
            EDITOR,
            "Whether a configuration would work.",
            |call: Call<DestinationCoreConfig>| async { check_unsaved(Destination, call.map(UnsavedBody::from)).await },
        )
        .router()
}

/// A configured connector and what it is.
pub(crate) struct Configured(Actor, Definition);

impl From<Configured> for SourceRead {
    fn from(it: Configured) -> Self {
        let (id, definition_id, definition_name) = (it.0.id.0, it.0.definition_id.0, it.1.name.clone());
        Self { id, definition_id, definition_name, fields: fields(&it) }
    }
}

impl From<Configured> for DestinationRead {
    fn from(it: Configured) -> Self {
        let (id, definition_id, definition_name) = (it.0.id.0, it.0.definition_id.0, it.1.name.clone());
        Self { id, definition_id, definition_name, fields: fields(&it) }
    }
}

fn fields(Configured(actor, definition): &Configured) -> ActorFields {
    ActorFields {
        workspace_id: actor.workspace_id.0,
        name: actor.name.clone(),
        connection_configuration: shown_configuration(actor, false),
        icon: definition.icon.clone(),
        resource_allocation: actor.resource_allocation.clone(),
        is_version_override_applied: actor.version_id.is_some(),
        support_state: "supported",
        status: "active",
        is_draft: actor.is_draft,
        created_at: actor.created_at.as_second(),
    }
}

/// The source or destination, when the caller may do with it what is asked.
pub(crate) async fn allowed<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<Actor> {
    let actor = call.plane().actor(kind, ActorId(id)).await?;
    call.allowed_in(actor.workspace_id)?;
    Ok(actor)
}

/// It together with what it is.
pub(crate) async fn configured<B>(call: &Call<B>, actor: Actor) -> Result<Configured> {
    let definition = call.plane().definition(actor.kind, actor.definition_id).await?;
    Ok(Configured(actor, definition))
}

async fn create(kind: ActorKind, call: Call<NewBody>) -> Result<Configured> {
    let body = &call.body;
    let workspace_id = WorkspaceId(body.workspace_id);
    call.allowed_in(workspace_id)?;
    super::definition::usable(&call, kind, DefinitionId(body.definition_id), workspace_id).await?;
    let new = NewActor {
        kind,
        workspace_id,
        definition_id: DefinitionId(body.definition_id),
        name: body.name.clone(),
        configuration: body.configuration.clone(),
        resource_allocation: body.resource_allocation.clone(),
        is_draft: body.is_draft,
    };
    let actor = call.plane().create_actor(call.by(), new).await?;
    configured(&call, actor).await
}

async fn change(kind: ActorKind, call: Call<ChangeBody>, how: fn(Value) -> ConfigurationChange) -> Result<Configured> {
    let actor = allowed(kind, &call, call.body.id).await?;
    let change = ActorChange {
        name: call.body.name.clone(),
        configuration: call.body.configuration.clone().map(how),
        resource_allocation: call.body.resource_allocation.clone(),
        version: None,
    };
    let actor = call.plane().change_actor(call.by(), kind, actor.id, change).await?;
    configured(&call, actor).await
}

async fn get<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<Configured> {
    let actor = allowed(kind, call, id).await?;
    configured(call, actor).await
}

async fn list(kind: ActorKind, call: Call<WorkspaceIdBody>) -> Result<Vec<Configured>> {
    let workspace = WorkspaceId(call.body.workspace_id);
    call.allowed_in(workspace)?;
    let filter = ActorFilter { workspaces: Some(vec![workspace]), ..ActorFilter::default() };
    let actors = call.plane().actors(kind, &filter, Page::all()).await?;
    let known = DefinitionFilter { workspace: Some(workspace), includes_deleted: true, origins: None };
    let definitions = call.plane().definitions(kind, &known).await?;
    let definition_of = |actor: &Actor| definitions.iter().find(|definition| definition.id == actor.definition_id);
    let with_definition = |actor: Actor| definition_of(&actor).cloned().map(|definition| Configured(actor, definition));
    Ok(actors.into_iter().filter_map(with_definition).collect())
}

async fn delete<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<()> {
    let actor = allowed(kind, call, id).await?;
    Ok(call.plane().delete_actor(call.by(), kind, actor.id).await?)
}

async fn check<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<CheckConnectionRead> {
    let actor = allowed(kind, call, id).await?;
    checked(call, actor.workspace_id, CommandInput::Check { actor_id: actor.id }).await
}

async fn check_unsaved(kind: ActorKind, call: Call<UnsavedBody>) -> Result<CheckConnectionRead> {
    let of = match call.body.of {
        Some(id) => Some(allowed(kind, &call, id).await?),
        None => None,
    };
    let workspace = of.as_ref().map(|actor| actor.workspace_id).or(call.body.workspace_id.map(WorkspaceId));
    let definition = of.as_ref().map(|actor| actor.definition_id).or(call.body.definition_id.map(DefinitionId));
    let (Some(workspace), Some(definition_id)) = (workspace, definition) else {
        return Err(crate::problem::Problem::bad_place("", "which definition and which workspace is missing"));
    };
    call.allowed_in(workspace)?;
    super::definition::usable(&call, kind, definition_id, workspace).await?;
    let configuration = call.body.configuration.clone();
    let of = of.map(|actor| actor.id);
    checked(&call, workspace, CommandInput::CheckUnsaved { definition_id, kind, configuration, of }).await
}
