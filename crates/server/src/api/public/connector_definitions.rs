//! Connector definitions: all connectors that can be configured in a workspace.

use crate::caller::Caller;
use crate::problem::{Problem, Result};
use crate::query::Query;
use crate::settings::Server;
use axum::extract::State;
use longshore_control_plane::{ActorKind, Definition, DefinitionFilter, Role, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_connector_definitions))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Of which kind.
    #[serde(rename = "type")]
    #[param(required = true, inline)]
    kind: Option<ConnectorType>,
    /// In which workspace; without it, what the caller may use everywhere.
    workspace_id: Option<Uuid>,
}

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ConnectorType {
    Source,
    Destination,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectorDefinition {
    id: Uuid,
    name: String,
    connector_definition_type: &'static str,
    version: String,
}

#[derive(Serialize, ToSchema)]
struct ConnectorDefinitionsResponse {
    data: Vec<ConnectorDefinition>,
}

impl From<Definition> for ConnectorDefinition {
    fn from(definition: Definition) -> Self {
        Self {
            id: definition.id.0,
            connector_definition_type: definition.kind.word(),
            name: definition.name,
            version: definition.version.tag,
        }
    }
}

/// Lists the connectors that can be configured
#[utoipa::path(
    get, path = "/connector_definitions", tag = "ConnectorDefinitions", operation_id = "listConnectorDefinitions",
    params(ListQuery),
    responses((status = 200, body = ConnectorDefinitionsResponse)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_connector_definitions(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
) -> Result<axum::Json<ConnectorDefinitionsResponse>> {
    let kind = match asked.kind {
        Some(ConnectorType::Source) => ActorKind::Source,
        Some(ConnectorType::Destination) => ActorKind::Destination,
        None => return Err(Problem::bad_place("type", "expected source or destination")),
    };
    let workspace = asked.workspace_id.map(WorkspaceId);
    if let Some(workspace) = workspace {
        caller.needs(Role::Reader, workspace)?;
    }
    let filter = DefinitionFilter { workspace, ..DefinitionFilter::default() };
    let definitions = server.plane.definitions(kind, &filter).await?;
    let is_seen =
        |definition: &Definition| definition.workspace_id.is_none_or(|owner| caller.needs(Role::Reader, owner).is_ok());
    let data = definitions.into_iter().filter(is_seen).map(ConnectorDefinition::from).collect();
    Ok(axum::Json(ConnectorDefinitionsResponse { data }))
}
