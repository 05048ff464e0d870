//! The public API: what the SDKs, Terraform, Dagster, Airflow and PyAirbyte speak.

mod applications;
mod workspaces;

use crate::settings::Server;
use utoipa_axum::router::OpenApiRouter;

/// Below `/api/public/v1`.
pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().merge(applications::router()).merge(workspaces::router())
}

/// Below `/`: where SDKs ask for a token when they are told nothing else.
pub(crate) fn root_router() -> OpenApiRouter<Server> {
    applications::root_router()
}
