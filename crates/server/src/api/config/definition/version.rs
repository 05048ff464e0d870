//! `/actor_definition_versions/*`: which version a configured connector runs.

use super::specification::version_of;
use crate::api::config::actor::{DestinationIdBody, SourceIdBody};
use crate::api::config::call::{Call, Calls, READER};
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{ActorKind, Definition, DefinitionOrigin, Version};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// A version of a definition.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ActorDefinitionVersionRead {
    docker_repository: String,
    docker_image_tag: String,
    supports_refreshes: bool,
    /// It is pinned to this version.
    is_version_override_applied: bool,
    support_level: &'static str,
    support_state: &'static str,
    supports_file_transfer: bool,
    supports_data_activation: bool,
}

pub(super) fn router() -> OpenApiRouter<Server> {
    Calls::of("actor_definition_version")
        .answer(
            "/actor_definition_versions/get_for_source",
            READER,
            "The version that a source runs.",
            |call: Call<SourceIdBody>| async move {
                let (definition, version, is_pinned) = version_of(ActorKind::Source, &call, call.body.id).await?;
                Ok(read(&definition, &version, is_pinned))
            },
        )
        .answer(
            "/actor_definition_versions/get_for_destination",
            READER,
            "The version that a destination runs.",
            |call: Call<DestinationIdBody>| async move { destination(call).await },
        )
        .router()
}

async fn destination(call: Call<DestinationIdBody>) -> Result<ActorDefinitionVersionRead> {
    let (definition, version, is_pinned) = version_of(ActorKind::Destination, &call, call.body.id).await?;
    Ok(read(&definition, &version, is_pinned))
}

fn read(definition: &Definition, version: &Version, is_pinned: bool) -> ActorDefinitionVersionRead {
    let is_bundled = definition.origin == DefinitionOrigin::Bundled;
    ActorDefinitionVersionRead {
        docker_repository: version.repository.clone(),
        docker_image_tag: version.tag.clone(),
        supports_refreshes: version.supports_refreshes,
        is_version_override_applied: is_pinned,
        support_level: if is_bundled { "certified" } else { "none" },
        support_state: "supported",
        supports_file_transfer: false,
        supports_data_activation: false,
    }
}
