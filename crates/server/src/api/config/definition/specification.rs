//! `/source_definition_specifications/*` and those of destinations: what a connector needs.

use super::body::{
    DestinationDefinitionIdBody, DestinationDefinitionSpecificationRead, SourceDefinitionIdBody,
    SourceDefinitionSpecificationRead,
};
use crate::api::config::actor::{self, DestinationIdBody, SourceIdBody};
use crate::api::config::call::{Call, Calls, READER};
use crate::api::config::check::SynchronousJobRead;
use crate::problem::{Problem, Result};
use crate::settings::Server;
use longshore_control_plane::{ActorKind, CommandKind, Definition, Version};
use longshore_protocol::Spec;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<Server> {
    Calls::of("definition_specification")
        .answer(
            "/source_definition_specifications/get",
            READER,
            "What a source needs.",
            |call: Call<SourceDefinitionIdBody>| async move {
                let definition = super::allowed(ActorKind::Source, &call, call.body.id).await?;
                read(&definition.version).map(|spec| of_source(definition.id.0, &definition, spec))
            },
        )
        .answer(
            "/source_definition_specifications/get_for_source",
            READER,
            "What a configured source needs.",
            |call: Call<SourceIdBody>| async move {
                let (definition, spec) = of_actor(ActorKind::Source, &call, call.body.id).await?;
                Ok(of_source(definition.id.0, &definition, spec))
            },
        )
        .answer(
            "/destination_definition_specifications/get",
            READER,
            "What a destination needs.",
            |call: Call<DestinationDefinitionIdBody>| async move {
                let definition = super::allowed(ActorKind::Destination, &call, call.body.id).await?;
                read(&definition.version).map(|spec| of_destination(definition.id.0, &definition, spec))
            },
        )
        .answer(
            "/destination_definition_specifications/get_for_destination",
            READER,
            "What a configured destination needs.",
            |call: Call<DestinationIdBody>| async move {
                let (definition, spec) = of_actor(ActorKind::Destination, &call, call.body.id).await?;
                Ok(of_destination(definition.id.0, &definition, spec))
            },
        )
        .router()
}

/// The version that a configured connector runs.
pub(super) async fn version_of<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<(Definition, Version, bool)> {
    let actor = actor::allowed(kind, call, id).await?;
    let definition = call.plane().definition(kind, actor.definition_id).await?;
    match actor.version_id {
        Some(pinned) => Ok((definition, call.plane().version(pinned).await?, true)),
        None => {
            let version = definition.version.clone();
            Ok((definition, version, false))
        }
    }
}

async fn of_actor<B>(kind: ActorKind, call: &Call<B>, id: Uuid) -> Result<(Definition, Spec)> {
    let (definition, version, _) = version_of(kind, call, id).await?;
    let spec = read(&version)?;
    Ok((definition, spec))
}

fn read(version: &Version) -> Result<Spec> {
    serde_json::from_str(version.spec.get()).map_err(|_| Problem::failed())
}

fn of_source(id: Uuid, definition: &Definition, spec: Spec) -> SourceDefinitionSpecificationRead {
    SourceDefinitionSpecificationRead {
        id,
        documentation_url: spec.documentation_url.or_else(|| definition.documentation_url.clone()),
        connection_specification: spec.connection_specification,
        advanced_auth: spec.advanced_auth,
        supported_destination_sync_modes: None,
        job_info: SynchronousJobRead::known(CommandKind::Spec, definition.updated_at),
    }
}

fn of_destination(id: Uuid, definition: &Definition, spec: Spec) -> DestinationDefinitionSpecificationRead {
    DestinationDefinitionSpecificationRead {
        id,
        documentation_url: spec.documentation_url.or_else(|| definition.documentation_url.clone()),
        connection_specification: spec.connection_specification,
        advanced_auth: spec.advanced_auth,
        supported_destination_sync_modes: Some(spec.supported_destination_sync_modes.unwrap_or_default()),
        job_info: SynchronousJobRead::known(CommandKind::Spec, definition.updated_at),
    }
}
