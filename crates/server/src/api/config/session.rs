//! `/api/login` and `/api/logout`: the sessions of browsers.

use crate::auth::{self, SESSION};
use crate::json::Json;
use crate::problem::Result;
use crate::settings::Server;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Who logs in.
#[derive(Deserialize, ToSchema)]
struct LoginRequest {
    /// The address.
    #[serde(alias = "email")]
    username: String,
    password: String,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(login)).routes(routes!(logout))
}

/// Begins a session; its cookie is in the answer
#[utoipa::path(
    post, path = "/api/login", tag = "session", operation_id = "login",
    request_body = LoginRequest,
    responses((status = 204)),
    security(()),
    extensions(("x-role" = json!("none"))),
)]
async fn login(State(server): State<Server>, parts: Parts, Json(asked): Json<LoginRequest>) -> Result<Response> {
    auth::refuse_other_sites(&server, &parts, false)?;
    let from = auth::address(&parts.extensions);
    let user = auth::log_in(&server, from, &asked.username, &asked.password).await?;
    let token = server.plane.begin_session(user, server.settings.session_lifetime).await?;
    Ok(with_cookie(auth::session_cookie(&server, &token)))
}

/// Ends the session of the cookie
#[utoipa::path(
    post, path = "/api/logout", tag = "session", operation_id = "logout",
    responses((status = 204)),
    security(()),
    extensions(("x-role" = json!("none"))),
)]
async fn logout(State(server): State<Server>, parts: Parts) -> Result<Response> {
    auth::refuse_other_sites(&server, &parts, false)?;
    if let Some(token) = auth::cookie_value(&parts.headers, SESSION) {
        server.plane.end_session(token).await?;
    }
    Ok(with_cookie(auth::ended_cookie(&server)))
}

fn with_cookie(cookie: String) -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
