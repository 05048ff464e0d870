//! The versions of a definition, and the way back to one of them. Airbyte has no such calls; the keys are in its manner.

use super::allowed;
use super::body::{
    DestinationDefinitionIdBody, DestinationDefinitionRead, SourceDefinitionIdBody, SourceDefinitionRead,
};
use crate::api::config::call::{Call, Calls, EDITOR, READER};
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{ActorKind, Definition, SpecChange, Version, spec_changes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use ActorKind::{Destination, Source};

/// The versions of a definition.
#[derive(Serialize, ToSchema)]
struct DefinitionVersionReadList {
    /// The newest first.
    versions: Vec<DefinitionVersionRead>,
}

/// A version that was in use, or is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DefinitionVersionRead {
    version_id: Uuid,
    /// Counted from 1 for each definition.
    number: i64,
    docker_repository: String,
    docker_image_tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    protocol_version: String,
    /// It is the one in use.
    is_current: bool,
    /// What it changes in what the connector needs, against the one in use.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<SpecChange>,
    /// Seconds since 1970.
    created_at: i64,
}

/// Which version takes the place of the one in use.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceDefinitionRollBack {
    source_definition_id: Uuid,
    number: i64,
}

/// Which version takes the place of the one in use.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DestinationDefinitionRollBack {
    destination_definition_id: Uuid,
    number: i64,
}

pub(super) fn router() -> OpenApiRouter<Server> {
    Calls::of("definition_version")
        .answer(
            "/source_definitions/list_versions",
            READER,
            "The versions of a source's definition.",
            |call: Call<SourceDefinitionIdBody>| async move { versions(Source, &call, call.body.id).await },
        )
        .answer(
            "/destination_definitions/list_versions",
            READER,
            "The versions of a destination's definition.",
            |call: Call<DestinationDefinitionIdBody>| async move { versions(Destination, &call, call.body.id).await },
        )
        .answer(
            "/source_definitions/roll_back",
            EDITOR,
            "Goes to a version that was in use before; nothing is asked of the connector.",
            |call: Call<SourceDefinitionRollBack>| async move {
                let (id, number) = (call.body.source_definition_id, call.body.number);
                roll_back(Source, &call, id, number).await.map(|it| SourceDefinitionRead::from(&it))
            },
        )
        .answer(
            "/destination_definitions/roll_back",
            EDITOR,
            "Goes to a version that was in use before; nothing is asked of the connector.",
            |call: Call<DestinationDefinitionRollBack>| async move {
                let (id, number) = (call.body.destination_definition_id, call.body.number);
                roll_back(Destination, &call, id, number).await.map(|it| DestinationDefinitionRead::from(&it))
            },
        )
        .router()
}

async fn versions<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<DefinitionVersionReadList> {
    let definition = allowed(kind, call, id).await?;
    let versions = call.plane().definition_versions(definition.id).await?;
    Ok(DefinitionVersionReadList {
        versions: versions.iter().map(|version| read(&definition.version, version)).collect(),
    })
}

fn read(current: &Version, version: &Version) -> DefinitionVersionRead {
    DefinitionVersionRead {
        version_id: version.id.0,
        number: version.number,
        docker_repository: version.repository.clone(),
        docker_image_tag: version.tag.clone(),
        digest: version.digest.clone(),
        protocol_version: version.protocol_version.clone(),
        is_current: version.id == current.id,
        changes: spec_changes(&current.spec, &version.spec),
        created_at: version.created_at.as_second(),
    }
}

async fn roll_back<B>(kind: ActorKind, call: &Call<B>, id: Uuid, number: i64) -> Result<Definition> {
    let definition = allowed(kind, call, id).await?;
    Ok(call.plane().roll_back_definition(call.by(), kind, definition.id, number).await?)
}
