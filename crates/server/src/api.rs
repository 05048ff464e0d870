//! The two APIs, a file for each resource.

mod config;
mod public;

use crate::openapi;
use crate::settings::Server;
use utoipa_axum::router::OpenApiRouter;

/// All that is described.
pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::with_openapi(openapi::beginning())
        .nest("/api/public/v1", public::router())
        .nest("/api/v1", config::router())
        .merge(public::root_router())
        .merge(config::root_router())
}
