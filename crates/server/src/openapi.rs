//! The description of both APIs, made from the code that answers them.

use crate::api;
use crate::settings::Server;
use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};

#[derive(OpenApi)]
#[openapi(info(
    title = "Longshore",
    description = "The public API (`/api/public/v1`) and the part of the Config API (`/api/v1`) that clients use. \
                   `x-role` says which role an operation needs: none, user, reader, runner, editor, admin or instance_admin."
))]
struct Described;

/// The description as a document of OpenAPI 3.1.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    api::router().into_openapi()
}

/// What the routes of the APIs are added to.
pub(crate) fn beginning() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    let none: [&str; 0] = [];
    document.security = Some(vec![SecurityRequirement::new("bearer", none), SecurityRequirement::new("basic", none)]);
    document
}

pub(crate) fn router(document: &utoipa::openapi::OpenApi) -> Router<Server> {
    let text = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    let show = get(async move || ([(header::CONTENT_TYPE, "application/json")], text));
    Router::new().route("/openapi.json", show.clone()).route("/api/public/v1/openapi.json", show)
}
