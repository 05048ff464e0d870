//! Containers of Longshore processes that were killed: found by their label, and removed.

use super::container::remove;
use super::engine::Engine;
use crate::Settings;
use crate::owner::Owner;
use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptionsBuilder;
use longshore_protocol::FailureReason;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says which process of Longshore made a container.
pub(super) const OWNER_LABEL: &str = "io.longshore.owner";

/// Removes the containers of Longshore processes that have ended. [`start`](crate::start) does so itself before the
/// first container of each process.
///
/// # Errors
/// `docker.unavailable` or `docker.permission_denied`.
pub async fn remove_leftover_containers(settings: &Settings) -> Result<(), FailureReason> {
    remove_leftovers(&Engine::connect(settings).await?).await;
    Ok(())
}

/// The same, once in the life of this process.
pub(super) async fn remove_once(engine: &Engine) {
    static IS_DONE: AtomicBool = AtomicBool::new(false);
    if !IS_DONE.swap(true, Ordering::Relaxed) {
        remove_leftovers(engine).await;
    }
}

/// Best effort: what cannot be removed now does no harm to this run, and the next one tries again.
async fn remove_leftovers(engine: &Engine) {
    let Ok(this) = Owner::this_process() else { return };
    let filters = HashMap::from([("label", vec![OWNER_LABEL])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    for container in engine.docker.list_containers(Some(options)).await.unwrap_or_default() {
        if let (Some(owner), Some(id)) = (owner_of(&container), &container.id)
            && this.knows_as_ended(&owner)
        {
            let _ = remove(engine, id).await;
        }
    }
}

fn owner_of(container: &ContainerSummary) -> Option<Owner> {
    container.labels.as_ref()?.get(OWNER_LABEL)?.parse().ok()
}
