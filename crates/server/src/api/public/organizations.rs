//! Organizations: an instance has one, with the id zero.

use crate::caller::Caller;
use crate::problem::Result;
use crate::settings::Server;
use axum::extract::State;
use longshore_control_plane::{UserId, ZERO};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_organizations))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationResponse {
    organization_id: Uuid,
    organization_name: &'static str,
    /// That of the first user; empty for whoever is no administrator of the instance.
    email: String,
}

#[derive(Serialize, ToSchema)]
struct OrganizationsResponse {
    data: Vec<OrganizationResponse>,
}

/// Lists the organization of the instance
#[utoipa::path(
    get, path = "/organizations", tag = "Organizations", operation_id = "listOrganizationsForUser",
    responses((status = 200, body = OrganizationsResponse)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_organizations(State(server): State<Server>, caller: Caller) -> Result<axum::Json<OrganizationsResponse>> {
    let email = match caller.rights.instance_admin {
        true => server.plane.user(UserId(ZERO)).await.map(|user| user.email).unwrap_or_default(),
        false => String::new(),
    };
    let organization = OrganizationResponse { organization_id: ZERO, organization_name: "Default Organization", email };
    Ok(axum::Json(OrganizationsResponse { data: vec![organization] }))
}
