//! Sources: configured connectors to read from.

use super::actors::{self, ActorCreateRequest, ActorPatchRequest, ActorPutRequest, GetQuery, ListQuery, Named};
use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::page::{PageQuery, Paged, Paging};
use crate::problem::Result;
use crate::query::Query;
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use longshore_control_plane::{ActorId, ActorKind};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

const KIND: ActorKind = ActorKind::Source;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_sources, create_source)).routes(routes!(
        get_source,
        patch_source,
        put_source,
        delete_source
    ))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceResponse {
    source_id: Uuid,
    name: String,
    /// The connector's name, such as `faker`.
    source_type: String,
    definition_id: Uuid,
    workspace_id: Uuid,
    /// Secrets are masked.
    #[schema(value_type = Object)]
    configuration: Value,
    /// Seconds since 1970.
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    resource_allocation: Option<Value>,
}

impl SourceResponse {
    fn new(named: Named) -> Self {
        Self::with(named, false)
    }

    fn with(named: Named, coordinates: bool) -> Self {
        let configuration = named.configuration(coordinates);
        Self {
            source_id: named.actor.id.0,
            name: named.actor.name,
            source_type: named.slug,
            definition_id: named.actor.definition_id.0,
            workspace_id: named.actor.workspace_id.0,
            configuration,
            created_at: named.actor.created_at.as_second(),
            resource_allocation: named.actor.resource_allocation,
        }
    }
}

/// Lists sources
#[utoipa::path(
    get, path = "/sources", tag = "Sources", operation_id = "listSources",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Paged<SourceResponse>)),
    extensions(("x-role" = json!("reader"))),
)]
async fn list_sources(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    paging: Paging,
) -> Result<axum::Json<Paged<SourceResponse>>> {
    let named = actors::list(&server, &caller, KIND, asked, &paging).await?;
    Ok(actors::paged(named, &paging, SourceResponse::new))
}

/// Creates a source
#[utoipa::path(
    post, path = "/sources", tag = "Sources", operation_id = "createSource",
    request_body = ActorCreateRequest,
    responses((status = 200, body = SourceResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn create_source(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<ActorCreateRequest>,
) -> Result<axum::Json<SourceResponse>> {
    let named = actors::create(&server, &caller, KIND, asked).await?;
    Ok(axum::Json(SourceResponse::new(named)))
}

/// Gets a source
#[utoipa::path(
    get, path = "/sources/{sourceId}", tag = "Sources", operation_id = "getSource",
    params(("sourceId" = Uuid, Path), GetQuery),
    responses((status = 200, body = SourceResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_source(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ActorId>,
    Query(asked): Query<GetQuery>,
) -> Result<axum::Json<SourceResponse>> {
    let named = actors::get(&server, &caller, KIND, id).await?;
    Ok(axum::Json(SourceResponse::with(named, asked.include_secret_coordinates)))
}

/// Changes what is given of a source
#[utoipa::path(
    patch, path = "/sources/{sourceId}", tag = "Sources", operation_id = "patchSource",
    params(("sourceId" = Uuid, Path)),
    request_body = ActorPatchRequest,
    responses((status = 200, body = SourceResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn patch_source(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ActorId>,
    Json(asked): Json<ActorPatchRequest>,
) -> Result<axum::Json<SourceResponse>> {
    let named = actors::patch(&server, &caller, KIND, id, asked).await?;
    Ok(axum::Json(SourceResponse::new(named)))
}

/// Replaces the name and the configuration of a source
#[utoipa::path(
    put, path = "/sources/{sourceId}", tag = "Sources", operation_id = "putSource",
    params(("sourceId" = Uuid, Path)),
    request_body = ActorPutRequest,
    responses((status = 200, body = SourceResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn put_source(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ActorId>,
    Json(asked): Json<ActorPutRequest>,
) -> Result<axum::Json<SourceResponse>> {
    let named = actors::put(&server, &caller, KIND, id, asked).await?;
    Ok(axum::Json(SourceResponse::new(named)))
}

/// Deletes a source and its connections
#[utoipa::path(
    delete, path = "/sources/{sourceId}", tag = "Sources", operation_id = "deleteSource",
    params(("sourceId" = Uuid, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("editor"))),
)]
async fn delete_source(State(server): State<Server>, caller: Caller, Id(id): Id<ActorId>) -> Result<StatusCode> {
    actors::delete(&server, &caller, KIND, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
