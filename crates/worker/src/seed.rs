//! Puts the connectors of this program into the database: asked for their spec only where this version was not there yet.

use crate::answer::spec_of;
use crate::desk::Desk;
use crate::failure::Result;
use crate::settings::{BundledConnector, WorkerSettings};
use longshore_control_plane::{ActorKind, BundledDefinition};
use longshore_protocol::FailureReason;
use longshore_runner::{ConnectorRef, Settings};

/// Puts all of them there.
///
/// # Errors
/// When one does not answer, which is a defect of this program, or the database does not.
pub(crate) async fn seed(desk: &Desk, settings: &WorkerSettings) -> Result<()> {
    let mut runner = None;
    for connector in &settings.bundled {
        if is_there(desk, connector).await? {
            continue;
        }
        let runner = match &runner {
            Some(runner) => runner,
            None => runner.insert((settings.runner)()?),
        };
        put(desk, runner, connector).await?;
    }
    Ok(())
}

async fn is_there(desk: &Desk, connector: &BundledConnector) -> Result<bool> {
    let (kind, id) = (kind(connector), connector.definition_id());
    let known = desk.ask(move |plane| async move {
        match plane.definition(kind, id).await {
            Ok(definition) => Ok(Some(definition.version.tag)),
            Err(longshore_control_plane::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let known = known.await.map_err(longshore_control_plane::Error::into_reason)?;
    Ok(known.as_deref() == Some(connector.version.as_str()))
}

async fn put(desk: &Desk, runner: &Settings, connector: &BundledConnector) -> Result<()> {
    let spec = spec_of(runner, &ConnectorRef::Bundled { name: connector.name.clone() }).await?;
    let spec = serde_json::value::to_raw_value(&spec).map_err(|error| broken(connector, &error))?;
    let definition = BundledDefinition {
        id: connector.definition_id(),
        kind: kind(connector),
        name: connector.title.clone(),
        reference: connector.name.clone(),
        version: connector.version.clone(),
        spec,
        documentation_url: None,
    };
    let put = desk.ask(move |plane| async move { plane.put_bundled(definition).await });
    put.await.map_err(longshore_control_plane::Error::into_reason)
}

fn kind(connector: &BundledConnector) -> ActorKind {
    if connector.is_destination() { ActorKind::Destination } else { ActorKind::Source }
}

fn broken(connector: &BundledConnector, error: &serde_json::Error) -> FailureReason {
    crate::failure::usage("connector.no_spec", format!("the spec of {} is unclear: {error}", connector.name))
}
