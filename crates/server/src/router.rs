//! Which path is answered by what.

use crate::problem::Problem;
use crate::settings::{Server, ServerSettings};
use crate::{api, health, metrics, openapi, path, request};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::get;
use longshore_control_plane::ControlPlane;

/// The HTTP server: both APIs, health, metrics and their description. Serve it with the addresses of its clients
/// (`into_make_service_with_connect_info::<SocketAddr>()`), so that tries of passwords are counted for each.
pub fn app(plane: ControlPlane, settings: ServerSettings) -> Router {
    let server = Server::new(plane, settings);
    let (routes, document) = api::router().split_for_parts();
    let routes = routes
        .merge(health::router())
        .route("/metrics", get(metrics::show))
        .route("/", get(to_document))
        .route("/api/public/v1", get(to_document))
        .merge(openapi::router(&document))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(server.clone(), request::measure))
        .with_state(server);
    // The path is tidied before it is routed: what is layered around a router comes after its routing.
    Router::new().fallback_service(routes).layer(from_fn(path::tidy)).layer(from_fn(request::surround))
}

async fn to_document() -> Redirect {
    Redirect::to("/openapi.json")
}

async fn no_such_path() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "resource-not-found", "request.not_found", "there is nothing at this path")
}

async fn no_such_method() -> Problem {
    let detail = "this path knows other methods";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "bad-request", "request.method", detail)
}
