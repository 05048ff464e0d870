//! Whether the server lives, and whether it can work.

use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

pub(crate) fn router() -> Router<Server> {
    Router::new()
        .route("/health", get(alive))
        .route("/api/public/v1/health", get(alive))
        .route("/api/v1/health", get(available))
        .route("/ready", get(ready))
}

async fn alive() -> &'static str {
    "Successful operation"
}

async fn available() -> Json<Value> {
    Json(json!({ "available": true }))
}

/// Whether the database answers and has the tables of this version.
async fn ready(State(server): State<Server>) -> Result<Json<Value>> {
    server.plane.ping().await?;
    if server.plane.is_migrated().await? {
        return Ok(Json(json!({ "ready": true })));
    }
    let detail = "the database waits for `longshore migrate`";
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "try-again-later", "database.not_migrated", detail)
        .retry_after(1))
}
