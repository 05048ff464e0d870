//! Applications, which are pairs of a client id and a client secret, and the tokens that they are exchanged for.

use crate::auth;
use crate::caller::{Caller, Id};
use crate::json::{self, Json};
use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use longshore_control_plane::{Application, ApplicationId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(create_access_token))
        .routes(routes!(list_applications, create_application))
        .routes(routes!(get_application, delete_application))
}

/// SDKs that are told no token URL ask at the root of the server.
pub(crate) fn root_router() -> OpenApiRouter<Server> {
    let token = axum::routing::post(create_access_token);
    OpenApiRouter::new()
        .route("/applications/token", token.clone())
        .route("/v1/applications/token", token)
        .route("/api/v1/applications/token", axum::routing::post(create_config_access_token))
}

/// How clients write it, as JSON or as a form.
#[derive(Deserialize, ToSchema)]
struct TokenRequest {
    client_id: Option<String>,
    client_secret: Option<String>,
    /// `client_credentials`, or nothing.
    #[serde(alias = "grant-type")]
    grant_type: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct TokenResponse {
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
}

/// Exchanges a client id and a client secret for an access token
#[utoipa::path(
    post, path = "/applications/token", tag = "Applications", operation_id = "createAccessToken",
    request_body = TokenRequest,
    responses((status = 200, body = TokenResponse)),
    security(()),
    extensions(("x-role" = json!("none"))),
)]
async fn create_access_token(State(server): State<Server>, request: Request) -> Result<Response> {
    let token = token_for(&server, request).await?;
    Ok(uncached(axum::Json(token).into_response()))
}

/// The Config API answers with nothing but the token.
async fn create_config_access_token(State(server): State<Server>, request: Request) -> Result<Response> {
    let access_token = token_for(&server, request).await?.access_token;
    Ok(uncached(axum::Json(json!({ "access_token": access_token })).into_response()))
}

async fn token_for(server: &Server, request: Request) -> Result<TokenResponse> {
    let from = auth::address(request.extensions());
    let by_header = auth::basic(request.headers());
    let is_form = has_form(request.headers());
    let asked = read(&json::body(request, server).await?, is_form)?;
    if asked.grant_type.as_deref().is_some_and(|grant| !grant.eq_ignore_ascii_case("client_credentials")) {
        return Err(Problem::bad_place("/grant_type", "expected client_credentials"));
    }
    let (id, secret) = match (asked.client_id, asked.client_secret) {
        (Some(id), Some(secret)) => (id, secret),
        _ => by_header.ok_or_else(|| Problem::bad_place("", "client_id and client_secret are missing"))?,
    };
    let user = auth::client(server, from, &id, &secret).await?;
    let access_token = auth::issue(server, user);
    Ok(TokenResponse { access_token, token_type: "Bearer", expires_in: server.settings.token_lifetime.as_secs() })
}

fn has_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

fn read(body: &[u8], is_form: bool) -> Result<TokenRequest> {
    // `curl --data` calls JSON a form.
    if is_form && !body.trim_ascii_start().starts_with(b"{") {
        return serde_urlencoded::from_bytes(body).map_err(|_| Problem::bad_place("", "expected a form"));
    }
    json::parse(body)
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Deserialize, ToSchema)]
struct ApplicationCreate {
    name: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApplicationRead {
    id: Uuid,
    name: String,
    client_id: String,
    /// Whole in the answer that creates it; masked ever after.
    client_secret: String,
    /// Seconds since 1970.
    created_at: i64,
}

#[derive(Serialize, ToSchema)]
struct ApplicationReadList {
    applications: Vec<ApplicationRead>,
}

impl ApplicationRead {
    fn new(of: Application, secret: Option<String>) -> Self {
        Self {
            id: of.id.0,
            name: of.name,
            client_id: of.client_id,
            client_secret: secret.unwrap_or_else(|| "**********".to_owned()),
            created_at: of.created_at.as_second(),
        }
    }
}

/// Lists the applications of the caller
#[utoipa::path(
    get, path = "/applications", tag = "Applications", operation_id = "listApplications",
    responses((status = 200, body = ApplicationReadList)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_applications(State(server): State<Server>, caller: Caller) -> Result<axum::Json<ApplicationReadList>> {
    let applications = server.plane.applications(caller.user).await?;
    let applications = applications.into_iter().map(|of| ApplicationRead::new(of, None)).collect();
    Ok(axum::Json(ApplicationReadList { applications }))
}

/// Creates an application of the caller
#[utoipa::path(
    post, path = "/applications", tag = "Applications", operation_id = "createApplication",
    request_body = ApplicationCreate,
    responses((status = 200, body = ApplicationRead)),
    extensions(("x-role" = json!("user"))),
)]
async fn create_application(
    State(server): State<Server>,
    caller: Caller,
    Json(asked): Json<ApplicationCreate>,
) -> Result<Response> {
    let (application, secret) = server.plane.create_application(caller.by(), caller.user, &asked.name).await?;
    Ok(uncached(axum::Json(ApplicationRead::new(application, Some(secret))).into_response()))
}

/// Gets an application
#[utoipa::path(
    get, path = "/applications/{applicationId}", tag = "Applications", operation_id = "getApplication",
    params(("applicationId" = Uuid, Path)),
    responses((status = 200, body = ApplicationRead)),
    extensions(("x-role" = json!("user"))),
)]
async fn get_application(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> Result<axum::Json<ApplicationRead>> {
    Ok(axum::Json(ApplicationRead::new(own(&server, &caller, id).await?, None)))
}

/// Deletes an application; tokens that it has got stay good until they expire
#[utoipa::path(
    delete, path = "/applications/{applicationId}", tag = "Applications", operation_id = "deleteApplication",
    params(("applicationId" = Uuid, Path)),
    responses((status = 200, body = ApplicationRead)),
    extensions(("x-role" = json!("user"))),
)]
async fn delete_application(
    State(server): State<Server>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> Result<axum::Json<ApplicationRead>> {
    let application = own(&server, &caller, id).await?;
    server.plane.delete_application(caller.by(), id).await?;
    server.gate.forget();
    Ok(axum::Json(ApplicationRead::new(application, None)))
}

/// Of others an application is as good as not there.
async fn own(server: &Server, caller: &Caller, id: ApplicationId) -> Result<Application> {
    let application = server.plane.application(id).await?;
    if application.user_id == caller.user || caller.rights.instance_admin {
        return Ok(application);
    }
    Err(Problem::not_found("application", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_ask_for_tokens_as_json_and_as_forms() {
        for (body, is_form) in [
            (r#"{"client_id":"a","client_secret":"b","grant-type":"client_credentials"}"#, false),
            (r#"{"client_id":"a","client_secret":"b","grant_type":"client_credentials"}"#, true),
            ("grant_type=client_credentials&client_id=a&client_secret=b&scope=", true),
        ] {
            let Ok(asked) = read(body.as_bytes(), is_form) else { panic!("{body} is right") };
            assert_eq!((asked.client_id.as_deref(), asked.client_secret.as_deref()), (Some("a"), Some("b")));
            assert_eq!(asked.grant_type.as_deref(), Some("client_credentials"));
        }
    }
}
