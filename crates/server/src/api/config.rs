//! The Config API: the part of it that real clients use. Every operation is a POST with a JSON body unless it says otherwise.

use crate::settings::Server;
use utoipa_axum::router::OpenApiRouter;

/// Below `/api/v1`.
pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
}

/// Below `/`: the login of browsers.
pub(crate) fn root_router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
}
