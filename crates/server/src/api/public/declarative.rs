//! Declarative sources: definitions that are made of a manifest.

use super::definitions::seen;
use crate::caller::{Caller, Id, Ids};
use crate::json::Json;
use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::State;
use longshore_control_plane::{
    ActorKind, Definition, DefinitionFilter, DefinitionId, DefinitionOrigin, Role, WorkspaceId,
};
use longshore_protocol::RawJson;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list_declarative_source_definitions, create_declarative_source_definition))
        .routes(routes!(
            get_declarative_source_definition,
            update_declarative_source_definition,
            delete_declarative_source_definition
        ))
}

#[derive(Deserialize, ToSchema)]
struct CreateDeclarativeSourceDefinitionRequest {
    name: String,
    /// A manifest of the low-code language.
    #[schema(value_type = Object)]
    manifest: RawJson,
}

#[derive(Deserialize, ToSchema)]
struct UpdateDeclarativeSourceDefinitionRequest {
    /// Becomes the next version, in use at once.
    #[schema(value_type = Object)]
    manifest: RawJson,
}

#[derive(Serialize, ToSchema)]
struct DeclarativeSourceDefinitionResponse {
    id: Uuid,
    name: String,
    #[schema(value_type = Object)]
    manifest: RawJson,
    version: i64,
}

#[derive(Serialize, ToSchema)]
struct DeclarativeSourceDefinitionsResponse {
    data: Vec<DeclarativeSourceDefinitionResponse>,
}

impl TryFrom<Definition> for DeclarativeSourceDefinitionResponse {
    type Error = Problem;

    fn try_from(definition: Definition) -> Result<Self> {
        let manifest = definition.version.manifest.ok_or_else(Problem::failed)?;
        Ok(Self { id: definition.id.0, name: definition.name, manifest, version: definition.version.number })
    }
}

type Answer = Result<axum::Json<DeclarativeSourceDefinitionResponse>>;

fn answer(definition: Definition) -> Answer {
    definition.try_into().map(axum::Json)
}

/// Lists the declarative sources of a workspace
#[utoipa::path(
    get, path = "/workspaces/{workspaceId}/definitions/declarative_sources",
    tag = "DeclarativeSourceDefinitions", operation_id = "listDeclarativeSourceDefinitions",
    params(("workspaceId" = Uuid, Path)),
    responses((status = 200, body = DeclarativeSourceDefinitionsResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn list_declarative_source_definitions(
    State(server): State<Server>,
    caller: Caller,
    Id(workspace): Id<WorkspaceId>,
) -> Result<axum::Json<DeclarativeSourceDefinitionsResponse>> {
    caller.needs(Role::Reader, workspace)?;
    let origins = Some(vec![DefinitionOrigin::Declarative]);
    let filter = DefinitionFilter { workspace: Some(workspace), origins, includes_deleted: false };
    let definitions = server.plane.definitions(ActorKind::Source, &filter).await?;
    let data = definitions.into_iter().map(TryInto::try_into).collect::<Result<Vec<_>>>()?;
    Ok(axum::Json(DeclarativeSourceDefinitionsResponse { data }))
}

/// Makes a source definition of a manifest
#[utoipa::path(
    post, path = "/workspaces/{workspaceId}/definitions/declarative_sources",
    tag = "DeclarativeSourceDefinitions", operation_id = "createDeclarativeSourceDefinition",
    params(("workspaceId" = Uuid, Path)),
    request_body = CreateDeclarativeSourceDefinitionRequest,
    responses((status = 200, body = DeclarativeSourceDefinitionResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn create_declarative_source_definition(
    State(server): State<Server>,
    caller: Caller,
    Id(workspace): Id<WorkspaceId>,
    Json(asked): Json<CreateDeclarativeSourceDefinitionRequest>,
) -> Answer {
    caller.needs(Role::Editor, workspace)?;
    answer(server.plane.create_declarative(caller.by(), workspace, &asked.name, asked.manifest).await?)
}

/// Gets a declarative source
#[utoipa::path(
    get, path = "/workspaces/{workspaceId}/definitions/declarative_sources/{definitionId}",
    tag = "DeclarativeSourceDefinitions", operation_id = "getDeclarativeSourceDefinition",
    params(("workspaceId" = Uuid, Path), ("definitionId" = Uuid, Path)),
    responses((status = 200, body = DeclarativeSourceDefinitionResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_declarative_source_definition(
    State(server): State<Server>,
    caller: Caller,
    Ids(workspace, id): Ids<WorkspaceId, DefinitionId>,
) -> Answer {
    caller.needs(Role::Reader, workspace)?;
    answer(seen(&server, ActorKind::Source, workspace, id, true).await?)
}

/// Gives a declarative source another manifest
#[utoipa::path(
    put, path = "/workspaces/{workspaceId}/definitions/declarative_sources/{definitionId}",
    tag = "DeclarativeSourceDefinitions", operation_id = "updateDeclarativeSourceDefinition",
    params(("workspaceId" = Uuid, Path), ("definitionId" = Uuid, Path)),
    request_body = UpdateDeclarativeSourceDefinitionRequest,
    responses((status = 200, body = DeclarativeSourceDefinitionResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn update_declarative_source_definition(
    State(server): State<Server>,
    caller: Caller,
    Ids(workspace, id): Ids<WorkspaceId, DefinitionId>,
    Json(asked): Json<UpdateDeclarativeSourceDefinitionRequest>,
) -> Answer {
    caller.needs(Role::Editor, workspace)?;
    seen(&server, ActorKind::Source, workspace, id, true).await?;
    answer(server.plane.change_declarative(caller.by(), id, asked.manifest).await?)
}

/// Deletes a declarative source that no connection uses
#[utoipa::path(
    delete, path = "/workspaces/{workspaceId}/definitions/declarative_sources/{definitionId}",
    tag = "DeclarativeSourceDefinitions", operation_id = "deleteDeclarativeSourceDefinition",
    params(("workspaceId" = Uuid, Path), ("definitionId" = Uuid, Path)),
    responses((status = 200, body = DeclarativeSourceDefinitionResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn delete_declarative_source_definition(
    State(server): State<Server>,
    caller: Caller,
    Ids(workspace, id): Ids<WorkspaceId, DefinitionId>,
) -> Answer {
    caller.needs(Role::Editor, workspace)?;
    seen(&server, ActorKind::Source, workspace, id, true).await?;
    answer(server.plane.delete_definition(caller.by(), ActorKind::Source, id).await?)
}
