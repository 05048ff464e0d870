//! The Config API: the part of it that real clients use. Every operation is a POST with a JSON body unless it says otherwise.

mod actor;
mod call;
mod catalog;
mod check;
mod command;
mod connection;
mod definition;
mod discover;
mod instance;
mod job;
mod organization;
mod page;
mod session;
mod state;
mod user;
mod web_backend;
mod workspace;

use crate::settings::Server;
use utoipa_axum::router::OpenApiRouter;

/// Below `/api/v1`.
pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(workspace::router())
        .merge(organization::router())
        .merge(user::router())
        .merge(definition::router())
        .merge(actor::router())
        .merge(discover::router())
        .merge(connection::router())
        .merge(job::router())
        .merge(state::router())
        .merge(command::router())
        .merge(web_backend::router())
        .merge(instance::router())
}

/// Below `/`: the login of browsers.
pub(crate) fn root_router() -> OpenApiRouter<Server> {
    session::router()
}
