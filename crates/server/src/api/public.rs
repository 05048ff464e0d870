//! The public API: what the SDKs, Terraform, Dagster, Airflow and PyAirbyte speak.

mod actors;
mod applications;
mod connections;
mod connector_definitions;
mod declarative;
mod definitions;
mod destinations;
mod jobs;
mod oauth;
mod organizations;
mod permissions;
mod sources;
mod streams;
mod tags;
mod users;
mod workspaces;

use crate::settings::Server;
use utoipa_axum::router::OpenApiRouter;

/// Below `/api/public/v1`.
pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(applications::router())
        .merge(workspaces::router())
        .merge(sources::router())
        .merge(destinations::router())
        .merge(connections::router())
        .merge(jobs::router())
        .merge(streams::router())
        .merge(connector_definitions::router())
        .merge(definitions::router())
        .merge(declarative::router())
        .merge(tags::router())
        .merge(permissions::router())
        .merge(organizations::router())
        .merge(users::router())
        .merge(oauth::router())
}

/// Below `/`: where SDKs ask for a token when they are told nothing else.
pub(crate) fn root_router() -> OpenApiRouter<Server> {
    applications::root_router()
}
