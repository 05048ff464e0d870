//! OAuth: the client ids and secrets that an instance or a workspace has for connectors.

use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::{RawPathParams, State};
use axum::http::StatusCode;
use longshore_control_plane::{ActorKind, Definition, DefinitionFilter, Error, Role, WorkspaceId, ZERO};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(put_workspace_oauth_credentials))
        .routes(routes!(delete_workspace_oauth_credentials))
        .routes(routes!(put_organization_oauth_credentials))
        .routes(routes!(delete_organization_oauth_credentials))
        .routes(routes!(initiate_oauth))
}

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActorType {
    Source,
    Destination,
}

impl ActorType {
    fn kind(self) -> ActorKind {
        match self {
            Self::Source => ActorKind::Source,
            Self::Destination => ActorKind::Destination,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OAuthCredentialsRequest {
    actor_type: ActorType,
    /// The connector's name, such as `google-sheets`.
    name: String,
    /// Put into its configurations when it is started; never shown again.
    #[schema(value_type = Object)]
    configuration: Map<String, Value>,
}

/// Sets the OAuth credentials of a connector in a workspace
#[utoipa::path(
    put, path = "/workspaces/{workspaceId}/oauthCredentials", tag = "Workspaces",
    operation_id = "createOrUpdateWorkspaceOAuthCredentials",
    params(("workspaceId" = Uuid, Path)),
    request_body = OAuthCredentialsRequest,
    responses((status = 200)),
    extensions(("x-role" = json!("admin"))),
)]
async fn put_workspace_oauth_credentials(
    State(server): State<Server>,
    caller: Caller,
    Id(workspace): Id<WorkspaceId>,
    Json(asked): Json<OAuthCredentialsRequest>,
) -> Result<StatusCode> {
    caller.needs(Role::Admin, workspace)?;
    let kind = asked.actor_type.kind();
    let definition = of_workspace(&server, kind, workspace, &asked.name).await?;
    put(&server, &caller, Some(workspace), &definition, asked.configuration).await
}

/// Takes them away
#[utoipa::path(
    delete, path = "/workspaces/{workspaceId}/oauthCredentials/{actorType}/{name}", tag = "Workspaces",
    operation_id = "deleteWorkspaceOAuthCredentials",
    params(("workspaceId" = Uuid, Path), ("actorType" = ActorType, Path), ("name" = String, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("admin"))),
)]
async fn delete_workspace_oauth_credentials(
    State(server): State<Server>,
    caller: Caller,
    params: RawPathParams,
) -> Result<StatusCode> {
    let (owner, kind, name) = parts(&params)?;
    let workspace = WorkspaceId(owner);
    caller.needs(Role::Admin, workspace)?;
    let definition = of_workspace(&server, kind, workspace, &name).await?;
    delete(&server, &caller, Some(workspace), &definition).await
}

/// Sets the OAuth credentials of a connector for the whole instance
#[utoipa::path(
    put, path = "/organizations/{organizationId}/oauthCredentials", tag = "Organizations",
    operation_id = "createOrUpdateOrganizationOAuthCredentials",
    params(("organizationId" = Uuid, Path)),
    request_body = OAuthCredentialsRequest,
    responses((status = 200)),
    extensions(("x-role" = json!("instance_admin"))),
)]
async fn put_organization_oauth_credentials(
    State(server): State<Server>,
    caller: Caller,
    Id(organization): Id<Uuid>,
    Json(asked): Json<OAuthCredentialsRequest>,
) -> Result<StatusCode> {
    caller.needs_instance_admin()?;
    let definition = of_instance(&server, asked.actor_type.kind(), organization, &asked.name).await?;
    put(&server, &caller, None, &definition, asked.configuration).await
}

/// Takes them away
#[utoipa::path(
    delete, path = "/organizations/{organizationId}/oauthCredentials/{actorType}/{name}", tag = "Organizations",
    operation_id = "deleteOrganizationOAuthCredentials",
    params(("organizationId" = Uuid, Path), ("actorType" = ActorType, Path), ("name" = String, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("instance_admin"))),
)]
async fn delete_organization_oauth_credentials(
    State(server): State<Server>,
    caller: Caller,
    params: RawPathParams,
) -> Result<StatusCode> {
    caller.needs_instance_admin()?;
    let (organization, kind, name) = parts(&params)?;
    let definition = of_instance(&server, kind, organization, &name).await?;
    delete(&server, &caller, None, &definition).await
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "read to be checked; the flow itself is not here")]
struct InitiateOauthRequest {
    source_type: Option<String>,
    redirect_url: String,
    workspace_id: Uuid,
}

/// Begins an OAuth flow in the browser: not here; 422
#[utoipa::path(
    post, path = "/sources/initiateOAuth", tag = "Sources", operation_id = "initiateOAuth",
    request_body = InitiateOauthRequest,
    responses((status = 422)),
    extensions(("x-role" = json!("editor"))),
)]
async fn initiate_oauth(caller: Caller, Json(asked): Json<InitiateOauthRequest>) -> Result<StatusCode> {
    caller.needs(Role::Editor, WorkspaceId(asked.workspace_id))?;
    let detail = "there is no OAuth flow in the browser here; put the tokens into the configuration";
    Err(Problem::unprocessable("oauth.no_flow", detail))
}

fn parts(params: &RawPathParams) -> Result<(Uuid, ActorKind, String)> {
    let mut values = params.iter().map(|(_, value)| value);
    let owner = values.next().and_then(|value| value.parse().ok());
    let kind = values
        .next()
        .and_then(|value| [ActorKind::Source, ActorKind::Destination].into_iter().find(|kind| kind.word() == value));
    let name = values.next().map(str::to_owned);
    match (owner, kind, name) {
        (Some(owner), Some(kind), Some(name)) => Ok((owner, kind, name)),
        _ => Err(Problem::bad_place("", "expected an id, source or destination, and the name of a connector")),
    }
}

async fn of_workspace(server: &Server, kind: ActorKind, workspace: WorkspaceId, name: &str) -> Result<Definition> {
    match server.plane.definition_by_slug(kind, workspace, name).await {
        Err(Error::NotFound { .. }) => Err(Problem::value_not_found(name)),
        other => Ok(other?),
    }
}

async fn of_instance(server: &Server, kind: ActorKind, organization: Uuid, name: &str) -> Result<Definition> {
    if organization != ZERO {
        return Err(Problem::not_found("organization", organization));
    }
    let all = server.plane.definitions(kind, &DefinitionFilter::default()).await?;
    let found = all.into_iter().find(|it| it.workspace_id.is_none() && it.slug() == name);
    found.ok_or_else(|| Problem::value_not_found(name))
}

async fn put(
    server: &Server,
    caller: &Caller,
    workspace: Option<WorkspaceId>,
    definition: &Definition,
    configuration: Map<String, Value>,
) -> Result<StatusCode> {
    let (kind, configuration) = (definition.kind, Value::Object(configuration));
    server.plane.set_oauth_parameter(caller.by(), workspace, kind, definition.id, configuration).await?;
    Ok(StatusCode::OK)
}

async fn delete(
    server: &Server,
    caller: &Caller,
    workspace: Option<WorkspaceId>,
    definition: &Definition,
) -> Result<StatusCode> {
    server.plane.delete_oauth_parameter(caller.by(), workspace, definition.kind, definition.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
