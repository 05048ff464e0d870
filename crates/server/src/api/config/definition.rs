//! `/source_definitions/*` and `/destination_definitions/*`: kinds of connectors, and what they need.

mod body;
mod history;
mod specification;
mod version;

use super::call::{Call, Calls, EDITOR, Nothing, READER};
use super::workspace::WorkspaceIdBody;
use crate::problem::{Problem, Result};
use crate::settings::Server;
use body::{
    ChangeBody, CustomDestinationDefinitionCreate, CustomSourceDefinitionCreate, DefinitionCreate, DefinitionFields,
    DestinationDefinitionIdBody, DestinationDefinitionRead, DestinationDefinitionReadList, DestinationDefinitionUpdate,
    Scope, ScopeType, SourceDefinitionIdBody, SourceDefinitionRead, SourceDefinitionReadList, SourceDefinitionUpdate,
};
use longshore_control_plane::{
    ActorKind, Definition, DefinitionChange, DefinitionFilter, DefinitionId, DefinitionOrigin, Error, NewDefinition,
    Role, WorkspaceId,
};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use ActorKind::{Destination, Source};

pub(crate) fn router() -> OpenApiRouter<Server> {
    sources().merge(destinations()).merge(specification::router()).merge(version::router()).merge(history::router())
}

fn sources() -> OpenApiRouter<Server> {
    let list_of = |found: Vec<Definition>| SourceDefinitionReadList { list: found.iter().map(Into::into).collect() };
    Calls::of("source_definition")
        .answer(
            "/source_definitions/create_custom",
            EDITOR,
            "Adds a connector; without a specification it is asked for it.",
            |call: Call<CustomSourceDefinitionCreate>| async {
                create(Source, call.map(CustomSourceDefinitionCreate::parts))
                    .await
                    .map(|it| SourceDefinitionRead::from(&it))
            },
        )
        .answer("/source_definitions/update", EDITOR, "Changes one.", |call: Call<SourceDefinitionUpdate>| async {
            change(Source, call.map(ChangeBody::from)).await.map(|it| SourceDefinitionRead::from(&it))
        })
        .answer("/source_definitions/get", READER, "One.", |call: Call<SourceDefinitionIdBody>| async move {
            allowed(Source, &call, call.body.id).await.map(|it| SourceDefinitionRead::from(&it))
        })
        .answer(
            "/source_definitions/get_for_workspace",
            READER,
            "One.",
            |call: Call<SourceDefinitionIdBody>| async move {
                allowed(Source, &call, call.body.id).await.map(|it| SourceDefinitionRead::from(&it))
            },
        )
        .answer("/source_definitions/list", READER, "All.", move |call: Call<Nothing>| async move {
            list(Source, &call).await.map(list_of)
        })
        .answer("/source_definitions/list_latest", READER, "All.", move |call: Call<Nothing>| async move {
            list(Source, &call).await.map(list_of)
        })
        .answer(
            "/source_definitions/list_for_workspace",
            READER,
            "Those of a workspace and of the instance.",
            move |call: Call<WorkspaceIdBody>| async move { list_for(Source, &call).await.map(list_of) },
        )
        .done("/source_definitions/delete", EDITOR, "Deletes one.", |call: Call<SourceDefinitionIdBody>| async move {
            delete(Source, &call, call.body.id).await
        })
        .router()
}

fn destinations() -> OpenApiRouter<Server> {
    let list_of =
        |found: Vec<Definition>| DestinationDefinitionReadList { list: found.iter().map(Into::into).collect() };
    Calls::of("destination_definition")
        .answer(
            "/destination_definitions/create_custom",
            EDITOR,
            "Adds a connector; without a specification it is asked for it.",
            |call: Call<CustomDestinationDefinitionCreate>| async {
                let call = call.map(CustomDestinationDefinitionCreate::parts);
                create(Destination, call).await.map(|it| DestinationDefinitionRead::from(&it))
            },
        )
        .answer(
            "/destination_definitions/update",
            EDITOR,
            "Changes one.",
            |call: Call<DestinationDefinitionUpdate>| async {
                change(Destination, call.map(ChangeBody::from)).await.map(|it| DestinationDefinitionRead::from(&it))
            },
        )
        .answer("/destination_definitions/get", READER, "One.", |call: Call<DestinationDefinitionIdBody>| async move {
            allowed(Destination, &call, call.body.id).await.map(|it| DestinationDefinitionRead::from(&it))
        })
        .answer(
            "/destination_definitions/get_for_workspace",
            READER,
            "One.",
            |call: Call<DestinationDefinitionIdBody>| async move {
                allowed(Destination, &call, call.body.id).await.map(|it| DestinationDefinitionRead::from(&it))
            },
        )
        .answer("/destination_definitions/list", READER, "All.", move |call: Call<Nothing>| async move {
            list(Destination, &call).await.map(list_of)
        })
        .answer("/destination_definitions/list_latest", READER, "All.", move |call: Call<Nothing>| async move {
            list(Destination, &call).await.map(list_of)
        })
        .answer(
            "/destination_definitions/list_for_workspace",
            READER,
            "Those of a workspace and of the instance.",
            move |call: Call<WorkspaceIdBody>| async move { list_for(Destination, &call).await.map(list_of) },
        )
        .done(
            "/destination_definitions/delete",
            EDITOR,
            "Deletes one.",
            |call: Call<DestinationDefinitionIdBody>| async move { delete(Destination, &call, call.body.id).await },
        )
        .router()
}

/// The definition, when the caller may do with it what is asked.
pub(crate) async fn allowed<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<Definition> {
    let definition = call.plane().definition(kind, DefinitionId(id)).await?;
    call.allowed_where(definition.workspace_id)?;
    Ok(definition)
}

/// The definition, when it is one that a workspace may use.
pub(crate) async fn usable<B>(
    call: &Call<B>,
    kind: ActorKind,
    id: DefinitionId,
    workspace: WorkspaceId,
) -> Result<Definition> {
    let definition = call.plane().definition(kind, id).await?;
    if definition.workspace_id.is_some_and(|owner| owner != workspace) {
        return Err(Error::not_found("definition", id).into());
    }
    Ok(definition)
}

async fn create(kind: ActorKind, call: Call<(Scope, DefinitionCreate)>) -> Result<Definition> {
    let (scope, body) = &call.body;
    let workspace_id = owner(*scope)?;
    call.allowed_where(workspace_id)?;
    let new = NewDefinition {
        id: None,
        kind,
        name: body.name.clone(),
        workspace_id,
        repository: body.docker_repository.clone(),
        tag: body.docker_image_tag.clone(),
        documentation_url: body.documentation_url.clone().filter(|url| !url.is_empty()),
        icon: body.icon.clone(),
        resource_requirements: body.resource_requirements.clone(),
        spec: body.connector_specification.clone(),
    };
    Ok(call.plane().create_definition(call.by(), new).await?)
}

/// `None` for the whole instance.
fn owner(scope: Scope) -> Result<Option<WorkspaceId>> {
    match (scope.workspace, scope.other, scope.kind) {
        (Some(workspace), ..) => Ok(Some(WorkspaceId(workspace))),
        (None, Some(workspace), Some(ScopeType::Workspace) | None) => Ok(Some(WorkspaceId(workspace))),
        (None, _, Some(ScopeType::Organization)) => Ok(None),
        (None, None, _) => Err(Problem::bad_place("/workspaceId", "expected a workspace")),
    }
}

async fn change(kind: ActorKind, call: Call<ChangeBody>) -> Result<Definition> {
    let definition = allowed(kind, &call, call.body.id).await?;
    let change = DefinitionChange {
        name: call.body.name.clone(),
        tag: call.body.tag.clone(),
        documentation_url: call.body.documentation_url.clone().map(|url| Some(url).filter(|url| !url.is_empty())),
        resource_requirements: call.body.resource_requirements.clone(),
    };
    Ok(call.plane().change_definition(call.by(), kind, definition.id, change).await?)
}

async fn delete<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<()> {
    let definition = allowed(kind, call, id).await?;
    call.plane().delete_definition(call.by(), kind, definition.id).await?;
    Ok(())
}

/// All that the caller may see.
async fn list<B>(kind: ActorKind, call: &Call<B>) -> Result<Vec<Definition>> {
    let all = call.plane().definitions(kind, &DefinitionFilter::default()).await?;
    let is_visible = |definition: &Definition| {
        definition.workspace_id.is_none_or(|owner| call.caller.needs(Role::Reader, owner).is_ok())
    };
    Ok(all.into_iter().filter(is_visible).collect())
}

async fn list_for(kind: ActorKind, call: &Call<WorkspaceIdBody>) -> Result<Vec<Definition>> {
    let workspace = WorkspaceId(call.body.workspace_id);
    call.allowed_in(workspace)?;
    let filter = DefinitionFilter { workspace: Some(workspace), ..DefinitionFilter::default() };
    Ok(call.plane().definitions(kind, &filter).await?)
}

impl From<&Definition> for SourceDefinitionRead {
    fn from(definition: &Definition) -> Self {
        Self { id: definition.id.0, fields: definition.into() }
    }
}

impl From<&Definition> for DestinationDefinitionRead {
    fn from(definition: &Definition) -> Self {
        Self { id: definition.id.0, fields: definition.into() }
    }
}

impl From<&Definition> for DefinitionFields {
    fn from(definition: &Definition) -> Self {
        let is_custom = definition.origin != DefinitionOrigin::Bundled;
        Self {
            name: definition.name.clone(),
            docker_repository: definition.version.repository.clone(),
            docker_image_tag: definition.version.tag.clone(),
            documentation_url: definition.documentation_url.clone().unwrap_or_default(),
            icon: definition.icon.clone(),
            protocol_version: definition.version.protocol_version.clone(),
            custom: is_custom,
            enterprise: false,
            support_level: if is_custom { "none" } else { "certified" },
            release_stage: if is_custom { "custom" } else { "generally_available" },
            source_type: "custom",
            resource_requirements: definition.resource_requirements.clone(),
            language: if definition.origin == DefinitionOrigin::Declarative { "manifest-only" } else { "unknown" },
        }
    }
}
