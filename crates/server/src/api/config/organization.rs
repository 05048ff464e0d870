//! `/organizations/*`: an instance has one, with the id zero. Its address is that of the first user, who logs in with it.

use super::call::{Call, Calls, Needs};
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{Error, UserChange, UserId, ZERO};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// How it is called.
pub(crate) const ORGANIZATION: &str = "Default Organization";

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationIdBody {
    organization_id: Uuid,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationUpdate {
    organization_id: Uuid,
    /// The address with which the first user logs in.
    email: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationRead {
    organization_id: Uuid,
    organization_name: &'static str,
    email: String,
}

#[derive(Serialize, ToSchema)]
struct OrganizationReadList {
    organizations: Vec<OrganizationRead>,
}

/// What everybody may know of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationInfoRead {
    organization_id: Uuid,
    organization_name: &'static str,
    sso: bool,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("organization")
        .answer("/organizations/get", Needs::Login, "The organization.", get)
        .answer("/organizations/get_organization_info", Needs::Login, "What everybody may know of it.", get_info)
        .answer("/organizations/list_by_user_id", Needs::Login, "The organization.", list)
        .answer("/organizations/update", Needs::Instance, "Changes the address of the first user.", update)
        .router()
}

pub(crate) fn organization_info() -> OrganizationInfoRead {
    OrganizationInfoRead { organization_id: ZERO, organization_name: ORGANIZATION, sso: false }
}

/// Its address is told to administrators alone: it is half of what one logs in with.
async fn organization<B>(call: &Call<B>) -> Result<OrganizationRead> {
    let email = if call.caller.rights.instance_admin {
        call.plane().user(UserId(ZERO)).await.map(|user| user.email).unwrap_or_default()
    } else {
        String::new()
    };
    Ok(OrganizationRead { organization_id: ZERO, organization_name: ORGANIZATION, email })
}

fn is_ours(id: Uuid) -> Result<()> {
    if id == ZERO { Ok(()) } else { Err(Error::not_found("organization", id).into()) }
}

async fn get(call: Call<OrganizationIdBody>) -> Result<OrganizationRead> {
    is_ours(call.body.organization_id)?;
    organization(&call).await
}

async fn get_info(call: Call<OrganizationIdBody>) -> Result<OrganizationInfoRead> {
    is_ours(call.body.organization_id)?;
    Ok(organization_info())
}

/// There is one page.
async fn list(call: Call<super::page::PaginationBody>) -> Result<OrganizationReadList> {
    if call.body.offset() > 0 {
        return Ok(OrganizationReadList { organizations: Vec::new() });
    }
    Ok(OrganizationReadList { organizations: vec![organization(&call).await?] })
}

async fn update(call: Call<OrganizationUpdate>) -> Result<OrganizationRead> {
    is_ours(call.body.organization_id)?;
    call.caller.needs_instance_admin()?;
    if let Some(email) = call.body.email.clone() {
        let change = UserChange { email: Some(email), name: None };
        call.plane().change_user(call.by(), UserId(ZERO), change).await?;
        call.server.gate.forget();
    }
    organization(&call).await
}
