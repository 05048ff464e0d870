//! `/sources/discover_schema`: what a source offers.

use super::actor::allowed;
use super::call::{Call, Calls, EDITOR};
use super::catalog::SyncCatalog;
use super::check::SynchronousJobRead;
use crate::problem::Result;
use crate::settings::Server;
use longshore_control_plane::{ActorKind, CommandKind, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceDiscoverSchemaBody {
    source_id: Uuid,
    /// The source is asked even when its last answer is still good.
    #[serde(rename = "disable_cache", alias = "disableCache")]
    disable_cache: Option<bool>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceDiscoverSchemaRead {
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<SyncCatalog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog_id: Option<Uuid>,
    job_info: SynchronousJobRead,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("source").answer("/sources/discover_schema", EDITOR, "What a source offers.", discover).router()
}

async fn discover(call: Call<SourceDiscoverSchemaBody>) -> Result<SourceDiscoverSchemaRead> {
    let source = allowed(ActorKind::Source, &call, call.body.source_id).await?;
    let disable_cache = call.body.disable_cache.unwrap_or_default();
    let discovered = match call.plane().discover(call.by(), source.id, disable_cache).await {
        Ok(discovered) => discovered,
        Err(Error::Failed(reason)) => return Ok(failed(&call, &reason)),
        Err(other) => return Err(other.into()),
    };
    let job_info = discovered
        .command
        .as_ref()
        .map_or_else(|| SynchronousJobRead::known(CommandKind::Discover, call.plane().now()), SynchronousJobRead::of);
    Ok(SourceDiscoverSchemaRead {
        catalog: Some(SyncCatalog::of_catalog(&discovered.catalog)),
        catalog_id: Some(discovered.catalog_id.0),
        job_info,
    })
}

/// A source that fails is an answer: clients read `jobInfo.succeeded`.
fn failed<B>(call: &Call<B>, reason: &longshore_protocol::FailureReason) -> SourceDiscoverSchemaRead {
    let now = call.plane().now();
    let mut job_info = SynchronousJobRead::known(CommandKind::Discover, now);
    job_info.succeeded = false;
    job_info.failure_reason = Some(super::job::AttemptFailureReason::of(reason, now));
    SourceDiscoverSchemaRead { catalog: None, catalog_id: None, job_info }
}
