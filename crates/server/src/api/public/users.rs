//! Users: who there is.

use crate::caller::Caller;
use crate::problem::Result;
use crate::query::{self, Query};
use crate::settings::Server;
use axum::extract::State;
use longshore_control_plane::{Page, User, UserFilter, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_users))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// There is one, with the id zero.
    #[serde(rename = "organizationId")]
    _organization: Option<Uuid>,
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    ids: Vec<UserId>,
    #[serde(deserialize_with = "query::list")]
    emails: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct UserResponse {
    id: Uuid,
    name: String,
    email: String,
}

#[derive(Serialize, ToSchema)]
struct UsersResponse {
    data: Vec<UserResponse>,
}

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        Self { id: user.id.0, name: user.name, email: user.email }
    }
}

/// Lists users: all for an administrator of the instance, oneself for others
#[utoipa::path(
    get, path = "/users", tag = "Users", operation_id = "listUsersWithinAnOrganization",
    params(ListQuery),
    responses((status = 200, body = UsersResponse)),
    extensions(("x-role" = json!("user"))),
)]
async fn list_users(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
) -> Result<axum::Json<UsersResponse>> {
    let filter = UserFilter { ids: given(asked.ids), emails: given(asked.emails) };
    let users = server.plane.users(&filter, Page::all()).await?;
    let is_seen = |user: &User| caller.rights.instance_admin || user.id == caller.user;
    Ok(axum::Json(UsersResponse { data: users.into_iter().filter(is_seen).map(UserResponse::from).collect() }))
}

fn given<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}
