//! What is asked of the instance as a whole: what it is, and operations, of which there are none.

use super::call::{Call, Calls, Needs, Nothing};
use crate::settings::Server;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// What this instance is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct InstanceConfigurationResponse {
    edition: &'static str,
    version: &'static str,
    /// Where clients reach it.
    airbyte_url: String,
    initial_setup_complete: bool,
    default_user_id: Uuid,
    default_organization_id: Uuid,
    /// `simple_identity_provider`, or `none` when nobody needs to log in.
    auth: InstanceAuth,
}

#[derive(Serialize, ToSchema)]
struct InstanceAuth {
    mode: &'static str,
}

#[derive(Serialize, ToSchema)]
struct OperationReadList {
    operations: Vec<Uuid>,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("operation")
        .answer("/operations/list", Needs::Login, "Always none.", |_: Call<Nothing>| async {
            Ok(OperationReadList { operations: Vec::new() })
        })
        .router()
        .routes(routes!(instance_configuration))
}

/// What this instance is
#[utoipa::path(
    get, path = "/instance_configuration", tag = "instance", operation_id = "config_instance_configuration",
    responses((status = 200, body = InstanceConfigurationResponse)),
    security(()),
    extensions(("x-role" = json!("none"))),
)]
async fn instance_configuration(
    State(server): State<Server>,
    headers: HeaderMap,
) -> axum::Json<InstanceConfigurationResponse> {
    let mode = if server.settings.auth { "simple_identity_provider" } else { "none" };
    axum::Json(InstanceConfigurationResponse {
        edition: "community",
        version: env!("CARGO_PKG_VERSION"),
        airbyte_url: server.base_url(&headers),
        initial_setup_complete: true,
        default_user_id: Uuid::nil(),
        default_organization_id: Uuid::nil(),
        auth: InstanceAuth { mode },
    })
}
