//! The answers of commands.

use crate::api::config::catalog::SyncCatalog;
use crate::api::config::job::{AttemptFailureReason, log_of};
use crate::problem::{Problem, Result};
use axum::http::StatusCode;
use longshore_control_plane::{Command, CommandOutput};
use longshore_protocol::{Catalog, RawJson};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Which answer.
#[derive(Deserialize, ToSchema)]
pub(super) struct OutputBody {
    pub(super) id: Uuid,
    /// With what the connector logged.
    with_logs: Option<bool>,
}

impl OutputBody {
    pub(super) fn with_logs(&self) -> bool {
        self.with_logs.unwrap_or_default()
    }
}

/// What the connector logged.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CommandLog {
    log_type: &'static str,
    log_lines: Vec<String>,
}

/// What a connector needs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpecOutput {
    id: Uuid,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    spec: Option<RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<AttemptFailureReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<CommandLog>,
}

/// Whether a configuration works.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckOutput {
    id: Uuid,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<AttemptFailureReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<CommandLog>,
}

/// What a source offers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DiscoverOutput {
    id: Uuid,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<SyncCatalog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<AttemptFailureReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<CommandLog>,
}

/// Refuses while there is no answer yet.
fn ended(command: &Command) -> Result<()> {
    if command.status.is_final() {
        return Ok(());
    }
    let detail = "there is no answer yet; ask for its status";
    Err(Problem::new(StatusCode::CONFLICT, "state-conflict", "command.not_ended", detail))
}

fn failure(command: &Command) -> Option<AttemptFailureReason> {
    let at = command.ended_at.unwrap_or(command.created_at);
    command.failure.as_ref().map(|reason| AttemptFailureReason::of(reason, at))
}

fn logs(command: &Command, with_logs: bool) -> Option<CommandLog> {
    with_logs.then(|| CommandLog { log_type: "formatted", log_lines: log_of(&command.log).log_lines })
}

fn word(succeeded: bool) -> &'static str {
    if succeeded { "succeeded" } else { "failed" }
}

impl SpecOutput {
    pub(super) fn of(command: &Command, with_logs: bool) -> Result<Self> {
        ended(command)?;
        let spec = match &command.output {
            Some(CommandOutput::Spec { spec, .. }) => Some(spec.clone()),
            _ => None,
        };
        let (id, status) = (command.id.0, word(spec.is_some()));
        Ok(Self { id, status, spec, failure_reason: failure(command), logs: logs(command, with_logs) })
    }
}

impl CheckOutput {
    pub(super) fn of(command: &Command, with_logs: bool) -> Result<Self> {
        ended(command)?;
        let (succeeded, message) = match &command.output {
            Some(CommandOutput::Check { succeeded, message }) => (*succeeded, message.clone()),
            _ => (false, command.failure.as_ref().map(|reason| reason.message.clone())),
        };
        let (id, status) = (command.id.0, word(succeeded));
        Ok(Self { id, status, message, failure_reason: failure(command), logs: logs(command, with_logs) })
    }
}

impl DiscoverOutput {
    pub(super) fn of(command: &Command, with_logs: bool) -> Result<Self> {
        ended(command)?;
        let (catalog, catalog_id) = match &command.output {
            Some(CommandOutput::Discover { catalog, catalog_id }) => {
                let catalog: Catalog = serde_json::from_str(catalog.get()).map_err(|_| Problem::failed())?;
                (Some(SyncCatalog::of_catalog(&catalog)), catalog_id.map(|id| id.0))
            }
            _ => (None, None),
        };
        Ok(Self {
            id: command.id.0,
            status: word(catalog.is_some()),
            catalog_id,
            catalog,
            failure_reason: failure(command),
            logs: logs(command, with_logs),
        })
    }
}
