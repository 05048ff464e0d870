//! Makes a connector project ready to be started: installed, compiled, and named by what runs then.

use crate::config;
use crate::failure::{Result, usage};
use crate::print::note;
use longshore_devkit::{ConnectorType, Project, Start, Tools};
use longshore_protocol::FailureOrigin;
use longshore_runner::ConnectorRef;
use std::sync::Arc;

/// The reference to start. Any but that of a project is returned as it is.
///
/// # Errors
/// `connector.not_a_project`, `reference.wrong_role`, and those of [`Start`].
pub(crate) async fn runnable(reference: ConnectorRef, role: Option<FailureOrigin>) -> Result<ConnectorRef> {
    let ConnectorRef::Project { dir } = &reference else { return Ok(reference) };
    let project = Project::open(dir)?;
    check_role(&project, role)?;
    let start = Start::of(&project)?;
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
    start.install(&tools).await?;
    start.compile(&tools).await
}

fn check_role(project: &Project, role: Option<FailureOrigin>) -> Result<()> {
    let is = match project.metadata().connector_type {
        ConnectorType::Source => FailureOrigin::Source,
        ConnectorType::Destination => FailureOrigin::Destination,
    };
    match role {
        Some(role) if role != is => {
            let name = project.connector_name();
            Err(usage("reference.wrong_role", format!("{name} is a {is}, and a {role} is needed here; name a {role}")))
        }
        _ => Ok(()),
    }
}
