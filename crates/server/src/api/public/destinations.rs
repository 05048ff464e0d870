//! Destinations: configured connectors to write to.

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

const KIND: ActorKind = ActorKind::Destination;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_destinations, create_destination)).routes(routes!(
        get_destination,
        patch_destination,
        put_destination,
        delete_destination
    ))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DestinationResponse {
    destination_id: Uuid,
    name: String,
    /// The connector's name, such as `sqlite`.
    destination_type: String,
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

impl DestinationResponse {
    fn new(named: Named) -> Self {
        Self::with(named, false)
    }

    fn with(named: Named, coordinates: bool) -> Self {
        let configuration = named.configuration(coordinates);
        Self {
            destination_id: named.actor.id.0,
            name: named.actor.name,
            destination_type: named.slug,
            definition_id: named.actor.definition_id.0,
            workspace_id: named.actor.workspace_id.0,
            configuration,
            created_at: named.actor.created_at.as_second(),
            resource_allocation: named.actor.resource_allocation,
        }
    }
}

/// Lists destinations
#[utoipa::path(
    get, path = "/destinations", tag = "Destinations", operation_id = "listDestinations",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Paged<DestinationResponse>)),
    extensions(("x-role" = json!("reader"))),
)]
async fn list_destinations(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    paging: Paging,
) -> Result<axum::Json<Paged<DestinationResponse>>> {
    let named = actors::list(&server, &caller, KIND, asked, &paging).await?;
    Ok(actors::paged(named, &paging, DestinationResponse::new))
}

/// Creates a destination
#[utoipa::path(
    post, path = "/destinations", tag = "Destinations", operation_id = "createDestination",
    request_body = ActorCreateRequest,
    responses((status = 200, body = DestinationResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn create_destination(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<ActorCreateRequest>,
) -> Result<axum::Json<DestinationResponse>> {
    let named = actors::create(&server, &caller, KIND, asked).await?;
    Ok(axum::Json(DestinationResponse::new(named)))
}

/// Gets a destination
#[utoipa::path(
    get, path = "/destinations/{destinationId}", tag = "Destinations", operation_id = "getDestination",
    params(("destinationId" = Uuid, Path), GetQuery),
    responses((status = 200, body = DestinationResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_destination(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ActorId>,
    Query(asked): Query<GetQuery>,
) -> Result<axum::Json<DestinationResponse>> {
    let named = actors::get(&server, &caller, KIND, id).await?;
    Ok(axum::Json(DestinationResponse::with(named, asked.include_secret_coordinates)))
}

/// Changes what is given of a destination
#[utoipa::path(
    patch, path = "/destinations/{destinationId}", tag = "Destinations", operation_id = "patchDestination",
    params(("destinationId" = Uuid, Path)),
    request_body = ActorPatchRequest,
    responses((status = 200, body = DestinationResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn patch_destination(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ActorId>,
    Json(asked): Json<ActorPatchRequest>,
) -> Result<axum::Json<DestinationResponse>> {
    let named = actors::patch(&server, &caller, KIND, id, asked).await?;
    Ok(axum::Json(DestinationResponse::new(named)))
}

/// Replaces the name and the configuration of a destination
#[utoipa::path(
    put, path = "/destinations/{destinationId}", tag = "Destinations", operation_id = "putDestination",
    params(("destinationId" = Uuid, Path)),
    request_body = ActorPutRequest,
    responses((status = 200, body = DestinationResponse)),
    extensions(("x-role" = json!("editor"))),
)]
async fn put_destination(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ActorId>,
    Json(asked): Json<ActorPutRequest>,
) -> Result<axum::Json<DestinationResponse>> {
    let named = actors::put(&server, &caller, KIND, id, asked).await?;
    Ok(axum::Json(DestinationResponse::new(named)))
}

/// Deletes a destination and its connections
#[utoipa::path(
    delete, path = "/destinations/{destinationId}", tag = "Destinations", operation_id = "deleteDestination",
    params(("destinationId" = Uuid, Path)),
    responses((status = 204)),
    extensions(("x-role" = json!("editor"))),
)]
async fn delete_destination(State(server): State<Server>, caller: Caller, Id(id): Id<ActorId>) -> Result<StatusCode> {
    actors::delete(&server, &caller, KIND, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
