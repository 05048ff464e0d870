//! The answer to a check, and how a connector's answer is waited for.

use super::call::Call;
use super::job::{AttemptFailureReason, LogRead, log_of};
use crate::problem::Result;
use longshore_control_plane::{Command, CommandInput, CommandKind, CommandOutput, CommandStatus, WorkspaceId};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A connector may have to be fetched first; a client that waits less goes away by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Whether a configuration works.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckConnectionRead {
    /// `succeeded` or `failed`.
    pub(crate) status: &'static str,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    pub(crate) job_info: SynchronousJobRead,
}

/// How a connector was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SynchronousJobRead {
    pub(crate) id: String,
    /// `get_spec`, `check_connection_source` or `discover_schema`.
    pub(crate) config_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) config_id: Option<String>,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// Seconds since 1970.
    pub(crate) ended_at: i64,
    /// Whether the connector gave an answer.
    pub(crate) succeeded: bool,
    pub(crate) connector_configuration_updated: bool,
    /// Always `formatted`.
    pub(crate) log_type: &'static str,
    pub(crate) logs: LogRead,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_reason: Option<AttemptFailureReason>,
}

impl SynchronousJobRead {
    /// Of a command that has ended.
    pub(crate) fn of(command: &Command) -> Self {
        let ended_at = command.ended_at.unwrap_or(command.created_at);
        Self {
            id: command.id.to_string(),
            config_type: config_type(command.kind),
            config_id: command.actor_id.map(|id| id.to_string()),
            created_at: command.created_at.as_second(),
            ended_at: ended_at.as_second(),
            succeeded: command.status == CommandStatus::Succeeded,
            connector_configuration_updated: false,
            log_type: "formatted",
            logs: log_of(&command.log),
            failure_reason: command.failure.as_ref().map(|reason| AttemptFailureReason::of(reason, ended_at)),
        }
    }

    /// Of an answer that was known already.
    pub(crate) fn known(kind: CommandKind, at: jiff::Timestamp) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            config_type: config_type(kind),
            config_id: None,
            created_at: at.as_second(),
            ended_at: at.as_second(),
            succeeded: true,
            connector_configuration_updated: false,
            log_type: "formatted",
            logs: LogRead::default(),
            failure_reason: None,
        }
    }
}

fn config_type(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::Spec => "get_spec",
        CommandKind::Check => "check_connection_source",
        CommandKind::Discover => "discover_schema",
    }
}

/// Asks a connector whether a configuration works, and waits. A connector that fails is an answer, too.
pub(crate) async fn checked<B>(
    call: &Call<B>,
    workspace: WorkspaceId,
    input: CommandInput,
) -> Result<CheckConnectionRead> {
    let id = call.plane().start_command(call.by(), None, Some(workspace), input).await?;
    let command = call.plane().await_command(id, PATIENCE).await?;
    let (succeeded, message) = match &command.output {
        Some(CommandOutput::Check { succeeded, message }) => (*succeeded, message.clone()),
        _ => (false, command.failure.as_ref().map(|reason| reason.message.clone())),
    };
    let status = if succeeded { "succeeded" } else { "failed" };
    Ok(CheckConnectionRead { status, message, job_info: SynchronousJobRead::of(&command) })
}
