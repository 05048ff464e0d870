//! What surrounds every request: its id, its measures, and what remains of a handler that panics.

use crate::problem::Problem;
use crate::settings::Server;
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use uuid::Uuid;

const ID: &str = "x-request-id";

tokio::task_local! {
    static REQUEST: String;
}

/// The id of the request that is being answered.
pub(crate) fn id() -> String {
    REQUEST.try_with(Clone::clone).unwrap_or_else(|_| Uuid::new_v4().to_string())
}

/// Gives the request its id, which the answer carries, and turns a panic into a problem.
pub(crate) async fn surround(request: Request, next: Next) -> Response {
    let id = request.headers().get(ID).and_then(given).unwrap_or_else(|| Uuid::new_v4().to_string());
    let mut response = REQUEST.scope(id.clone(), answer(request, next)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID, value);
    }
    response
}

/// The id that the client or a proxy gave, when it is one.
fn given(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    ((1..=64).contains(&text.len()) && is_plain).then(|| text.to_owned())
}

async fn answer(request: Request, next: Next) -> Response {
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(error_id = id(), code = "server.failed", "a handler panicked");
        Problem::failed().into_response()
    })
}

/// Counts and times the request under the route that it took.
pub(crate) async fn measure(
    State(server): State<Server>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let (begun, method) = (Instant::now(), request.method().clone());
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    server.metrics.count(&method, route, response.status(), begun.elapsed());
    tracing::debug!(id = id(), %method, route, status = response.status().as_u16(), "answered");
    response
}
