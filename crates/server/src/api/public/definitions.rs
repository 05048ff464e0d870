//! Custom connectors: definitions of sources and destinations that a workspace has added by image and tag.

use crate::caller::{Caller, Id, Ids};
use crate::json::Json;
use crate::problem::Result;
use crate::settings::Server;
use axum::extract::State;
use longshore_control_plane::{
    ActorKind, Definition, DefinitionChange, DefinitionFilter, DefinitionId, DefinitionOrigin, Error, NewDefinition,
    Role, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list_source_definitions, create_source_definition))
        .routes(routes!(get_source_definition, update_source_definition, delete_source_definition))
        .routes(routes!(list_destination_definitions, create_destination_definition))
        .routes(routes!(get_destination_definition, update_destination_definition, delete_destination_definition))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreateDefinitionRequest {
    name: String,
    /// An image without its tag, or `pypi:PACKAGE`.
    docker_repository: String,
    /// The tag of the image, or the version of the package.
    #[serde(default)]
    docker_image_tag: String,
    documentation_url: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateDefinitionRequest {
    name: String,
    /// Another one asks the connector for its specification.
    docker_image_tag: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DefinitionResponse {
    id: Uuid,
    name: String,
    docker_repository: String,
    docker_image_tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation_url: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct DefinitionsResponse {
    data: Vec<DefinitionResponse>,
}

impl From<Definition> for DefinitionResponse {
    fn from(definition: Definition) -> Self {
        Self {
            id: definition.id.0,
            name: definition.name,
            docker_repository: definition.version.repository,
            docker_image_tag: definition.version.tag,
            documentation_url: definition.documentation_url,
        }
    }
}

/// The definition, as seen from a workspace; what is made of a manifest is not seen here.
pub(super) async fn seen(
    server: &Server,
    kind: ActorKind,
    workspace: WorkspaceId,
    id: DefinitionId,
    is_declarative: bool,
) -> Result<Definition> {
    let definition = server.plane.definition(kind, id).await?;
    let is_seen = definition.workspace_id.is_none_or(|owner| owner == workspace)
        && (definition.origin == DefinitionOrigin::Declarative) == is_declarative;
    if is_seen { Ok(definition) } else { Err(Error::not_found("definition", id).into()) }
}

/// What belongs to the whole instance is changed by its administrators alone.
fn may_change(caller: &Caller, workspace: WorkspaceId, definition: &Definition) -> Result<()> {
    caller.needs(Role::Editor, workspace)?;
    match definition.origin {
        // That it cannot be changed at all is what its editors are told.
        DefinitionOrigin::Bundled => Ok(()),
        DefinitionOrigin::Custom | DefinitionOrigin::Declarative => {
            caller.needs_where(Role::Editor, definition.workspace_id)
        }
    }
}

async fn list(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    workspace: WorkspaceId,
) -> Result<DefinitionsResponse> {
    caller.needs(Role::Reader, workspace)?;
    let origins = Some(vec![DefinitionOrigin::Bundled, DefinitionOrigin::Custom]);
    let filter = DefinitionFilter { workspace: Some(workspace), origins, includes_deleted: false };
    let definitions = server.plane.definitions(kind, &filter).await?;
    Ok(DefinitionsResponse { data: definitions.into_iter().map(DefinitionResponse::from).collect() })
}

async fn create(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    workspace: WorkspaceId,
    asked: CreateDefinitionRequest,
) -> Result<DefinitionResponse> {
    caller.needs(Role::Editor, workspace)?;
    let new = NewDefinition {
        id: None,
        kind,
        name: asked.name,
        workspace_id: Some(workspace),
        repository: asked.docker_repository,
        tag: asked.docker_image_tag,
        documentation_url: asked.documentation_url.filter(|url| !url.is_empty()),
        icon: None,
        resource_requirements: None,
        spec: None,
    };
    Ok(server.plane.create_definition(caller.by(), new).await?.into())
}

async fn get(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    workspace: WorkspaceId,
    id: DefinitionId,
) -> Result<DefinitionResponse> {
    caller.needs(Role::Reader, workspace)?;
    Ok(seen(server, kind, workspace, id, false).await?.into())
}

async fn update(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    (workspace, id): (WorkspaceId, DefinitionId),
    asked: UpdateDefinitionRequest,
) -> Result<DefinitionResponse> {
    caller.needs(Role::Editor, workspace)?;
    may_change(caller, workspace, &seen(server, kind, workspace, id, false).await?)?;
    let change =
        DefinitionChange { name: Some(asked.name), tag: Some(asked.docker_image_tag), ..DefinitionChange::default() };
    Ok(server.plane.change_definition(caller.by(), kind, id, change).await?.into())
}

async fn delete(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    workspace: WorkspaceId,
    id: DefinitionId,
) -> Result<DefinitionResponse> {
    caller.needs(Role::Editor, workspace)?;
    may_change(caller, workspace, &seen(server, kind, workspace, id, false).await?)?;
    Ok(server.plane.delete_definition(caller.by(), kind, id).await?.into())
}

/// The five operations of a kind: the same but for their paths.
#[rustfmt::skip] // it moves these attributes further to the right each time
macro_rules! operations {
    ($kind:ident, $many:literal, $one:literal, $tag:literal,
     $list:ident $list_id:literal, $create:ident $create_id:literal, $get:ident $get_id:literal,
     $update:ident $update_id:literal, $delete:ident $delete_id:literal) => {
        /// Lists the definitions of a workspace and of the instance
        #[utoipa::path(
            get, path = $many, tag = $tag, operation_id = $list_id,
            params(("workspaceId" = Uuid, Path)),
            responses((status = 200, body = DefinitionsResponse)),
            extensions(("x-role" = json!("reader"))),
        )]
        async fn $list(
            State(server): State<Server>,
            caller: Caller,
            Id(workspace): Id<WorkspaceId>,
        ) -> Result<axum::Json<DefinitionsResponse>> {
            list(&server, &caller, ActorKind::$kind, workspace).await.map(axum::Json)
        }

        /// Adds a connector; it is started and asked for its specification
        #[utoipa::path(
            post, path = $many, tag = $tag, operation_id = $create_id,
            params(("workspaceId" = Uuid, Path)),
            request_body = CreateDefinitionRequest,
            responses((status = 200, body = DefinitionResponse)),
            extensions(("x-role" = json!("editor"))),
        )]
        async fn $create(
            State(server): State<Server>,
            caller: Caller,
            Id(workspace): Id<WorkspaceId>,
            Json(asked): Json<CreateDefinitionRequest>,
        ) -> Result<axum::Json<DefinitionResponse>> {
            create(&server, &caller, ActorKind::$kind, workspace, asked).await.map(axum::Json)
        }

        /// Gets a definition
        #[utoipa::path(
            get, path = $one, tag = $tag, operation_id = $get_id,
            params(("workspaceId" = Uuid, Path), ("definitionId" = Uuid, Path)),
            responses((status = 200, body = DefinitionResponse)),
            extensions(("x-role" = json!("reader"))),
        )]
        async fn $get(
            State(server): State<Server>,
            caller: Caller,
            Ids(workspace, id): Ids<WorkspaceId, DefinitionId>,
        ) -> Result<axum::Json<DefinitionResponse>> {
            get(&server, &caller, ActorKind::$kind, workspace, id).await.map(axum::Json)
        }

        /// Changes the name and the tag of a definition; the versions before stay known
        #[utoipa::path(
            put, path = $one, tag = $tag, operation_id = $update_id,
            params(("workspaceId" = Uuid, Path), ("definitionId" = Uuid, Path)),
            request_body = UpdateDefinitionRequest,
            responses((status = 200, body = DefinitionResponse)),
            extensions(("x-role" = json!("editor"))),
        )]
        async fn $update(
            State(server): State<Server>,
            caller: Caller,
            Ids(workspace, id): Ids<WorkspaceId, DefinitionId>,
            Json(asked): Json<UpdateDefinitionRequest>,
        ) -> Result<axum::Json<DefinitionResponse>> {
            update(&server, &caller, ActorKind::$kind, (workspace, id), asked).await.map(axum::Json)
        }

        /// Deletes a definition that no connection uses
        #[utoipa::path(
            delete, path = $one, tag = $tag, operation_id = $delete_id,
            params(("workspaceId" = Uuid, Path), ("definitionId" = Uuid, Path)),
            responses((status = 200, body = DefinitionResponse)),
            extensions(("x-role" = json!("editor"))),
        )]
        async fn $delete(
            State(server): State<Server>,
            caller: Caller,
            Ids(workspace, id): Ids<WorkspaceId, DefinitionId>,
        ) -> Result<axum::Json<DefinitionResponse>> {
            delete(&server, &caller, ActorKind::$kind, workspace, id).await.map(axum::Json)
        }
    };
}

operations!(
    Source,
    "/workspaces/{workspaceId}/definitions/sources",
    "/workspaces/{workspaceId}/definitions/sources/{definitionId}",
    "SourceDefinitions",
    list_source_definitions "listSourceDefinitions",
    create_source_definition "createSourceDefinition",
    get_source_definition "getSourceDefinition",
    update_source_definition "updateSourceDefinition",
    delete_source_definition "deleteSourceDefinition"
);

operations!(
    Destination,
    "/workspaces/{workspaceId}/definitions/destinations",
    "/workspaces/{workspaceId}/definitions/destinations/{definitionId}",
    "DestinationDefinitions",
    list_destination_definitions "listDestinationDefinitions",
    create_destination_definition "createDestinationDefinition",
    get_destination_definition "getDestinationDefinition",
    update_destination_definition "updateDestinationDefinition",
    delete_destination_definition "deleteDestinationDefinition"
);
